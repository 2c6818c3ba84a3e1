// The stiff step: its order, its error estimate, and that it damps what is infinitely stiff.
#include "organics/core/rosenbrock.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

/// x' = x (1 - x), x(t) = 1 / (1 + exp(-t)) from x(0) = 1/2.
struct Logistic {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team&, double, const double* x, double* dx) const {
    dx[0] = x[0] * (1 - x[0]);
  }
  template <class Team>
  void jacobian(const Team&, double, const double* x, double* J) const {
    J[0] = 1 - 2 * x[0];
  }
};

/// x' = A x, A = Q diag(-rates) Q^-1 with a shear Q, so that the fast and the slow mode are mixed.
struct TwoRates {
  double fast;
  double slow;
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team&, double, const double* x, double* dx) const {
    dx[0] = -fast * x[0] + (fast - slow) * x[1];
    dx[1] = -slow * x[1];
  }
  template <class Team>
  void jacobian(const Team&, double, const double*, double* J) const {
    J[0] = -fast;
    J[1] = 0;
    J[2] = fast - slow;
    J[3] = -slow;
  }
};

struct Stepped {
  bool solved;
  std::vector<double> x_new, f2, error;  // the error with its sign
};

template <class Model>
Stepped step(const Model& model, const std::vector<double>& x, double h, Method method = Method::rosenbrock23) {
  const auto m = x.size();
  const auto table = core::rosenbrock_tableau<double>(method);
  const auto stages = static_cast<std::size_t>(table.stages);
  std::vector<double> matrix(m * m), stage(m), f0(m), f(m), ft(m), u(stages * m), x_new(m), error(m), signed_error(m);
  std::vector<int> pivots(m);
  const core::Solo solo;
  model.rhs(solo, 0.0, x.data(), f0.data());
  const core::RosenbrockWork<double> work = {matrix.data(), pivots.data(), u.data(), f.data(), stage.data(), ft.data()};
  core::Cost cost;
  const bool solved = core::rosenbrock_step<double>(solo, model, table, 0, x.data(), f0.data(), h, x_new.data(),
                                                    error.data(), nullptr, work, cost);
  for (std::size_t i = 0; i < m; ++i) {
    signed_error[i] = core::weighted_stage(table.e, u.data(), table.stages, static_cast<int>(m), static_cast<int>(i));
    EXPECT_TRUE(!solved || std::abs(signed_error[i]) == error[i]);
  }
  return {solved, x_new, f, signed_error};
}

template <class Model>
std::vector<double> steps(const Model& model, std::vector<double> x, double duration, int count,
                          Method method = Method::rosenbrock23) {
  for (int i = 0; i < count; ++i) x = step(model, x, duration / count, method).x_new;
  return x;
}

TEST(Rosenbrock, HasOrderTwoOnANonlinearScalar) {
  const double exact = 1 / (1 + std::exp(-2.0));
  const double coarse = std::abs(steps(Logistic{}, {0.5}, 2, 40)[0] - exact);
  const double fine = std::abs(steps(Logistic{}, {0.5}, 2, 160)[0] - exact);
  EXPECT_NEAR(std::log2(coarse / fine) / 2, 2, 0.2);
}

TEST(Rosenbrock, HasItsOrderOnACircuit) {
  Random random(21);
  const CircuitData data = figure4_circuit(random, 4);
  const std::vector<double> x = random_state(random, 4);
  const std::vector<double> exact = naive_rk4(data, x, 0.004, 20000);
  for (const Method method : {Method::rosenbrock23, Method::rodas43}) {
    const auto error = [&](int count) {
      const auto got = steps(data.circuit_model(), x, 0.004, count, method);
      double square = 0;
      for (std::size_t i = 0; i < x.size(); ++i) square += std::pow(got[i] - exact[i], 2);
      return std::sqrt(square);
    };
    const int coarse = method == Method::rodas43 ? 120 : 200;
    EXPECT_NEAR(std::log2(error(coarse) / error(4 * coarse)) / 2, order(method), 0.25) << name(method);
  }
}

TEST(Rosenbrock, ErrorEstimateIsOfThirdOrder) {
  const double large = std::abs(step(Logistic{}, {0.3}, 0.02).error[0]);
  const double small = std::abs(step(Logistic{}, {0.3}, 0.01).error[0]);
  EXPECT_NEAR(std::log2(large / small), 3, 0.2);
}

TEST(Rosenbrock, TheEstimateRaisesTheStepToThirdOrder) {
  const auto local_error = [](double h) {
    const double odds = 0.3 / 0.7 * std::exp(h);
    const Stepped result = step(Logistic{}, {0.3}, h);
    return std::abs(result.x_new[0] - result.error[0] - odds / (1 + odds));
  };
  EXPECT_NEAR(std::log2(local_error(0.04) / local_error(0.02)), 4, 0.25);
}

TEST(Rosenbrock, OneHugeStepDampsAStiffDecay) {
  for (const double hz : {1e4, 1e8, 1e12}) {
    for (const Method method : {Method::rosenbrock23, Method::rodas43}) {
      EXPECT_LT(std::abs(step(TwoRates{hz, hz}, {1, 0.5}, 1, method).x_new[0]), 10 / hz) << "h lambda = " << -hz;
    }
  }
}

TEST(Rosenbrock, FollowsTheSlowModeWithStepsThatTheFastOneWouldForbid) {
  const auto x = steps(TwoRates{1e9, 1}, {1, 1}, 1, 100);
  EXPECT_NEAR(x[1], std::exp(-1.0), 1e-4);
  EXPECT_NEAR(x[0], std::exp(-1.0), 1e-4);
}

TEST(Rosenbrock, LastSlopeIsTheSlopeAtTheNewState) {
  const Stepped result = step(Logistic{}, {0.3}, 0.1);
  EXPECT_EQ(result.f2[0], result.x_new[0] * (1 - result.x_new[0]));
}

/// J = 1/gamma and h = 1: the matrix I/(h gamma) - J is exactly zero.
struct Resonant {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team&, double, const double* x, double* dx) const {
    dx[0] = x[0];
  }
  template <class Team>
  void jacobian(const Team&, double, const double*, double* J) const {
    J[0] = 1 / core::rosenbrock_tableau<double>(Method::rosenbrock23).gamma;
  }
};

TEST(Rosenbrock, ASingularMatrixIsReported) {
  EXPECT_FALSE(step(Resonant{}, {1}, 1).solved);
  EXPECT_TRUE(step(Resonant{}, {1}, 0.5).solved);
}

}  // namespace
}  // namespace organics::test
