#include "eigen_peer.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>

namespace organics::bench::eigen {
namespace {

/// Calls f with the size as a type. Larger sizes gain next to nothing from being compiled in (a 20 x 20 spectrum 4
/// percent), and each takes a minute to compile.
template <class F>
auto with_size(int n, F&& f) {
  if (n == 1) return f(std::integral_constant<int, 1>{});
  return f(std::integral_constant<int, Eigen::Dynamic>{});
}

constexpr int twice(int N) { return N == Eigen::Dynamic ? N : 2 * N; }

template <int N>
using Matrix = Eigen::Matrix<double, N, N>;
template <int N>
using Vector = Eigen::Matrix<double, N, 1>;
template <int N>
using MatrixMap = Eigen::Map<const Matrix<N>>;
template <int N>
using VectorMap = Eigen::Map<const Vector<N>>;

/// One circuit as Eigen sees it, with all that judging it needs.
template <int N>
class Judge {
 public:
  static constexpr int M = twice(N);

  explicit Judge(int n) : n_(n), J_(2 * n, 2 * n), lu_(n), newton_lu_(2 * n), gram_(n), solver_(2 * n) {}

  void load(const PlainBatch& b, std::int64_t i) {
    const std::ptrdiff_t at = i * n_;
    tau_y_ = VectorMap<N>(b.tau_y + at, n_);
    tau_a_ = VectorMap<N>(b.tau_a + at, n_);
    c_ = (VectorMap<N>(b.b0 + at, n_).array() * VectorMap<N>(b.sigma + at, n_).array()).square();
    u_ = VectorMap<N>(b.b1 + at, n_).cwiseProduct(VectorMap<N>(b.z + at, n_));
    Wr_ = MatrixMap<N>(b.Wr + at * n_, n_, n_);
    W_ = MatrixMap<N>(b.W + at * n_, n_, n_);
  }

  void set_state(const double* x) {
    y_ = VectorMap<N>(x, n_);
    a_ = VectorMap<N>(x + n_, n_);
  }

  void iterate() {
    gram_.compute(Wr_ * Wr_.transpose(), Eigen::EigenvaluesOnly);
    const double lam = std::sqrt(gram_.eigenvalues()(n_ - 1));
    const Vector<N> drive = Wr_ * u_;
    const auto gain = lam - lam * lam + lam * lam * c_.array().sqrt();
    a_ = c_ + W_ * (c_.array() / gain.square() * drive.array().square()).matrix();
    for (int step = 0; step < 5; ++step) {
      system_.noalias() = -((1 - a_.array().sqrt()).matrix().asDiagonal() * Wr_);
      system_.diagonal().array() += 1;
      lu_.compute(system_);
      y_ = lu_.solve(u_);
      a_ = (c_ + W_ * (a_.array() * y_.array().square()).matrix()).eval();
    }
  }

  void normalise() {
    a_ = c_ + W_ * u_.array().square().matrix();
    y_ = u_.array() / a_.array().sqrt();
  }

  /// Newton steps done; negative where the residual did not come down.
  int newton() {
    for (int step = 0; step <= 10; ++step) {
      if (relative_residual() <= 1e-12) return step;
      form_jacobian(Vector<N>::Ones(n_), Vector<N>::Ones(n_));
      newton_lu_.compute(J_);
      const Vector<M> d = newton_lu_.solve(residual_);
      double length = 1;
      for (int i = 0; i < n_; ++i) {
        if (d(n_ + i) > 0) length = std::min(length, 0.9 * a_(i) / d(n_ + i));
      }
      y_ -= length * d.head(n_);
      a_ -= length * d.tail(n_);
    }
    return -1;
  }

  const Matrix<M>& jacobian() {
    form_jacobian(tau_y_, tau_a_);
    return J_;
  }

  double abscissa() {
    solver_.compute(jacobian(), false);
    return solver_.eigenvalues().real().maxCoeff();
  }

  void store(double* x) const {
    Eigen::Map<Vector<N>>(x, n_) = y_;
    Eigen::Map<Vector<N>>(x + n_, n_) = a_;
  }

 private:
  double relative_residual() {
    residual_.resize(2 * n_);
    const Vector<N> s = a_.array().sqrt();
    residual_.head(n_) = u_ - y_ + (1 - s.array()).matrix().cwiseProduct(Wr_ * y_);
    residual_.tail(n_) = c_ - a_ + W_ * (y_.array().square() * a_.array()).matrix();
    const double of_y = (residual_.head(n_).array().abs() / (u_.array().abs() + y_.array().abs() + 1e-6)).maxCoeff();
    return std::max(of_y, (residual_.tail(n_).array() / a_.array()).abs().maxCoeff());
  }

  /// The Jacobian with rows divided by these time constants.
  void form_jacobian(const Vector<N>& tau_y, const Vector<N>& tau_a) {
    const Vector<N> s = a_.array().sqrt();
    const Vector<N> drive = Wr_ * y_;
    auto yy = J_.topLeftCorner(n_, n_);
    auto aa = J_.bottomRightCorner(n_, n_);
    yy.noalias() = ((1 - s.array()) / tau_y.array()).matrix().asDiagonal() * Wr_;
    yy.diagonal() -= tau_y.cwiseInverse();
    J_.topRightCorner(n_, n_).setZero();
    J_.topRightCorner(n_, n_).diagonal() = -drive.array() / (2 * s.array() * tau_y.array());
    const auto over_tau = tau_a.cwiseInverse().asDiagonal();
    J_.bottomLeftCorner(n_, n_).noalias() = over_tau * W_ * (2 * a_.array() * y_.array()).matrix().asDiagonal();
    aa.noalias() = over_tau * W_ * y_.array().square().matrix().asDiagonal();
    aa.diagonal() -= tau_a.cwiseInverse();
  }

  int n_;
  Vector<N> tau_y_, tau_a_, c_, u_, y_, a_;
  Matrix<N> Wr_, W_, system_;
  Matrix<M> J_;
  Vector<M> residual_;
  Eigen::PartialPivLU<Matrix<N>> lu_;
  Eigen::PartialPivLU<Matrix<M>> newton_lu_;
  Eigen::SelfAdjointEigenSolver<Matrix<N>> gram_;
  Eigen::EigenSolver<Matrix<M>> solver_;
};

/// `settle(judge)` finds the state and returns how many Newton steps that took, negative where it failed.
template <class Settle>
Verdicts judge_with(const PlainBatch& batch, double* states, double* abscissa, Settle&& settle) {
  return with_size(batch.n, [&](auto size) {
    Judge<decltype(size)::value> judge(batch.n);
    Verdicts verdicts;
    for (std::int64_t i = 0; i < batch.items; ++i) {
      judge.load(batch, i);
      const int steps = settle(judge);
      abscissa[i] = steps < 0 ? std::numeric_limits<double>::quiet_NaN() : judge.abscissa();
      judge.store(states + i * 2 * batch.n);
      verdicts.stable += abscissa[i] < 0 ? 1 : 0;
      verdicts.newton_steps += std::max(steps, 0);
    }
    return verdicts;
  });
}

}  // namespace

bool is_fixed_size(int m) { return m == 2; }

bool spectra(int m, std::int64_t count, const double* matrices, double* re, double* im) {
  return with_size(is_fixed_size(m) ? m / 2 : 0, [&](auto size) {
    constexpr int M = twice(decltype(size)::value);
    Eigen::EigenSolver<Matrix<M>> solver(m);
    bool good = true;
    for (std::int64_t i = 0; i < count; ++i) {
      solver.compute(MatrixMap<M>(matrices + i * m * m, m, m), false);
      good = good && solver.info() == Eigen::Success;
      if (solver.info() != Eigen::Success) continue;
      Eigen::Map<Vector<M>>(re + i * m, m) = solver.eigenvalues().real();
      Eigen::Map<Vector<M>>(im + i * m, m) = solver.eigenvalues().imag();
    }
    return good;
  });
}

void jacobians(const PlainBatch& batch, const double* states, double* out) {
  const int m = 2 * batch.n;
  Judge<Eigen::Dynamic> judge(batch.n);
  for (std::int64_t i = 0; i < batch.items; ++i) {
    judge.load(batch, i);
    judge.set_state(states + i * m);
    Eigen::Map<Eigen::MatrixXd>(out + i * m * m, m, m) = judge.jacobian();
  }
}

Verdicts judge(const PlainBatch& batch, double* states, double* abscissa) {
  return judge_with(batch, states, abscissa, [](auto& judge) {
    judge.iterate();
    return judge.newton();
  });
}

Verdicts judge_identity(const PlainBatch& batch, double* states, double* abscissa) {
  return judge_with(batch, states, abscissa, [](auto& judge) {
    judge.normalise();
    return 0;
  });
}

}  // namespace organics::bench::eigen
