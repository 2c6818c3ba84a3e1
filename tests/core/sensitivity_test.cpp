// sensitivity.hpp against central differences of what it differentiates: the steady state found again by Newton for
// each moved parameter, the Jacobian by its formula, the spectrum by Eigen. The oracle shares no code with the library.
#include "organics/core/sensitivity.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <array>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/crew.hpp"

namespace organics::test {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;
using Index = Eigen::Index;
using Complex = std::complex<double>;

Vector column(const std::vector<double>& v) { return Eigen::Map<const Vector>(v.data(), static_cast<Index>(v.size())); }

/// The circuit's equations once more, straight from the paper, with Eigen.
struct Oracle {
  Index n;
  bool rectified;
  Vector tau_y, tau_a, c, u;
  Matrix Wr, W;

  explicit Oracle(const CircuitData& data)
      : n(data.n),
        rectified(data.model == ModelKind::rectified),
        tau_y(column(data.tau_y)),
        tau_a(column(data.tau_a)),
        c(column(data.b0).cwiseProduct(column(data.sigma)).cwiseAbs2()),
        u(column(data.b1).cwiseProduct(column(data.z))),
        Wr(Eigen::Map<const Matrix>(data.Wr.data(), data.n, data.n)),
        W(Eigen::Map<const Matrix>(data.W.data(), data.n, data.n)) {}

  Vector rate(const Vector& y) const { return rectified ? Vector(y.cwiseMax(0)) : y; }
  Vector scaled_rhs(const Vector& x) const {
    const Vector y = x.head(n);
    const Vector a = x.tail(n);
    const Vector r = rate(y);
    Vector f(2 * n);
    f.head(n) = -y + u + (1 - a.array().sqrt()).matrix().cwiseProduct(Wr * r);
    f.tail(n) = -a + c + W * r.cwiseAbs2().cwiseProduct(a);
    return f;
  }
  Matrix scaled_jacobian(const Vector& x) const {
    const Vector y = x.head(n);
    const Vector a = x.tail(n);
    const Vector s = a.cwiseSqrt();
    const Vector r = rate(y);
    const Vector slope = rectified ? Vector((y.array() > 0).cast<double>()) : Vector(Vector::Ones(n));
    const Matrix I = Matrix::Identity(n, n);
    Matrix J(2 * n, 2 * n);
    J.topLeftCorner(n, n) = (Vector::Ones(n) - s).asDiagonal() * Wr * slope.asDiagonal() - I;
    J.topRightCorner(n, n) = -(Wr * r).cwiseQuotient(2 * s).asDiagonal().toDenseMatrix();
    J.bottomLeftCorner(n, n) = 2 * W * a.cwiseProduct(r).asDiagonal();
    J.bottomRightCorner(n, n) = W * r.cwiseAbs2().asDiagonal() - I;
    return J;
  }
  /// Newton from a state nearby; damped so that a stays positive. False when it does not settle.
  bool settle(Vector& x) const {
    for (int step = 0; step < 100; ++step) {
      const Vector d = scaled_jacobian(x).fullPivLu().solve(-scaled_rhs(x));
      double length = 1;
      for (Index i = n; i < 2 * n; ++i) {
        if (d(i) < 0) length = std::min(length, -0.9 * x(i) / d(i));
      }
      x += length * d;
      if (!x.allFinite()) return false;
      if (d.norm() <= 1e-15 * x.norm()) break;
    }
    return scaled_rhs(x).norm() <= 1e-13 * (1 + x.norm());
  }
  Eigen::VectorXcd spectrum(const Vector& x) const {
    Vector taus(2 * n);
    taus << tau_y, tau_a;
    return Eigen::EigenSolver<Matrix>(taus.cwiseInverse().asDiagonal() * scaled_jacobian(x), false).eigenvalues();
  }
};

/// The member of a spectrum nearest to a number: follows an eigenvalue while parameters move.
Complex nearest(const Eigen::VectorXcd& spectrum, Complex to) {
  Index k = 0;
  (spectrum.array() - to).abs().minCoeff(&k);
  return spectrum(k);
}

struct Parameter {
  std::string name;
  std::vector<double> CircuitData::*values;
};

const std::array<Parameter, 8> parameters = {{{"tau_y", &CircuitData::tau_y},
                                              {"tau_a", &CircuitData::tau_a},
                                              {"b0", &CircuitData::b0},
                                              {"b1", &CircuitData::b1},
                                              {"sigma", &CircuitData::sigma},
                                              {"z", &CircuitData::z},
                                              {"Wr", &CircuitData::Wr},
                                              {"W", &CircuitData::W}}};

/// Derivatives in the order of `parameters`, one after the other.
struct Sensitivity {
  std::vector<double> values;
  double abscissa = -77;
  std::vector<Status> status;  // of every lane, then as written
};

/// Width 0 stands for Solo.
Sensitivity sensitivity(const CircuitData& data, const std::vector<double>& x, int width = 0) {
  const int n = data.n;
  std::vector<double> numbers(core::sensitivity_scratch(n), std::nan(""));
  std::vector<int> pivots(static_cast<std::size_t>(2 * n), -1);
  Sensitivity result;
  result.values.assign(static_cast<std::size_t>(6 * n + 2 * n * n), -77);
  result.status.resize(static_cast<std::size_t>(std::max(1, width)));
  Status written = Status::step_limit;
  double* v = result.values.data();
  const core::SensitivityOutput<double> out = {v,         v + n,     v + 2 * n,         v + 3 * n,        v + 4 * n,
                                               v + 5 * n, v + 6 * n, v + 6 * n + n * n, &result.abscissa, &written};
  const auto compute = [&](const auto& team) {
    result.status[static_cast<std::size_t>(team.rank())] = core::abscissa_sensitivity(
        team, data.circuit_model(), x.data(), core::sensitivity_work(numbers.data(), pivots.data(), n), out);
  };
  if (width == 0) {
    compute(core::Solo{});
  } else {
    Crew(width).run(compute);
  }
  result.status.push_back(written);
  return result;
}

/// Central difference of Re(lambda) with one Richardson step. False when the steady state is lost on the way.
bool difference(const CircuitData& data, std::vector<double> CircuitData::*values, std::size_t k, const Vector& x,
                Complex lambda, double& derivative) {
  const double size = std::max(std::abs((data.*values)[k]), 1e-3);
  const auto central = [&](double h, double& slope) {
    std::array<double, 2> re{};
    for (const int side : {0, 1}) {
      CircuitData moved = data;
      (moved.*values)[k] += (side == 0 ? -h : h);
      const Oracle oracle(moved);
      Vector state = x;
      if (!oracle.settle(state)) return false;
      re[static_cast<std::size_t>(side)] = nearest(oracle.spectrum(state), lambda).real();
    }
    slope = (re[1] - re[0]) / (2 * h);
    return true;
  };
  double wide = 0;
  double narrow = 0;
  if (!central(1e-3 * size, wide) || !central(5e-4 * size, narrow)) return false;
  derivative = (4 * narrow - wide) / 3;
  return true;
}

std::vector<double> as_list(const Vector& x) { return {x.data(), x.data() + x.size()}; }

/// Compares each derivative, times the size of its parameter, relative to the largest of its kind or the abscissa.
/// False where the circuit is of no use: no steady state near, a rival nearby, or a unit near its kink.
bool compare(const CircuitData& data, bool& complex_pair) {
  const Oracle oracle(data);
  Vector x(2 * oracle.n);
  x << oracle.u, oracle.c + oracle.W * oracle.rate(oracle.u).cwiseAbs2();
  if (!oracle.settle(x)) return false;
  if (oracle.rectified && (x.head(oracle.n).cwiseAbs().array() < 0.02).any()) return false;
  const Eigen::VectorXcd spectrum = oracle.spectrum(x);
  Index k = 0;
  const double abscissa = spectrum.real().maxCoeff(&k);
  const Complex lambda(spectrum(k).real(), std::abs(spectrum(k).imag()));
  complex_pair = lambda.imag() != 0;
  for (const Complex& other : spectrum) {
    const Complex partner(other.real(), std::abs(other.imag()));
    if (std::abs(partner - lambda) > 1e-9 * std::abs(lambda) && std::abs(partner - lambda) < 0.1 * std::abs(lambda)) {
      return false;  // differences would need smaller steps than Newton can resolve
    }
  }
  if (complex_pair && lambda.imag() < 0.1 * std::abs(lambda)) return false;  // nearly a double eigenvalue
  const Sensitivity found = sensitivity(data, as_list(x));
  for (const Status status : found.status) EXPECT_EQ(status, Status::ok);
  EXPECT_NEAR(found.abscissa, abscissa, 1e-10 * std::abs(lambda));
  std::size_t position = 0;
  for (const Parameter& parameter : parameters) {
    const std::vector<double>& values = data.*parameter.values;
    std::vector<double> expected(values.size());
    double largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!difference(data, parameter.values, i, x, lambda, expected[i])) return false;
      largest = std::max(largest, std::abs(expected[i]));
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double size = std::max(std::abs(values[i]), 1e-3);
      const double tolerance = 1e-5 * largest + 1e-8 * std::abs(lambda) / size;
      EXPECT_NEAR(found.values[position + i], expected[i], tolerance) << parameter.name << "[" << i << "]";
    }
    position += values.size();
  }
  return true;
}

void compare_many(int n, ModelKind model, int wanted) {
  int done = 0;
  std::array<int, 2> kinds{};
  for (std::uint64_t seed = 0; seed < 400 && done < wanted; ++seed) {
    SCOPED_TRACE(testing::Message() << "n " << n << ", seed " << seed);
    Random random(9000 + seed);
    CircuitData data = wild_circuit(random, n, model);
    for (double& b0 : data.b0) b0 = 0.3 + 0.7 * b0;  // a away from the square root's singularity
    for (double& sigma : data.sigma) sigma = 0.3 + 0.7 * sigma;
    if (seed % 2 == 1) {  // strong input and like time constants: the rightmost pair tends to be complex
      for (double& z : data.z) z *= 3;
      for (double& tau : data.tau_a) tau = data.tau_y[0] * random.uniform(0.8, 1.2);
      for (double& tau : data.tau_y) tau = data.tau_y[0] * random.uniform(0.8, 1.2);
    }
    bool complex_pair = false;
    if (!compare(data, complex_pair)) continue;
    ++done;
    ++kinds[complex_pair ? 1 : 0];
    if (testing::Test::HasFailure()) return;
  }
  EXPECT_GE(done, wanted) << n << " neurons";
  EXPECT_GT(kinds[0], 0) << "real rightmost eigenvalues, " << n << " neurons";
  EXPECT_GT(kinds[1], 0) << "complex rightmost eigenvalues, " << n << " neurons";
}

TEST(Sensitivity, MainModelAgreesWithDifferences) {
  for (const int n : {1, 2, 5}) compare_many(n, ModelKind::main, 20);
}

TEST(Sensitivity, RectifiedModelAgreesWithDifferences) {
  for (const int n : {1, 2, 5}) compare_many(n, ModelKind::rectified, 20);
}

/// Time in units of k times the old one: all rates over k, so that sum of tau d/dtau is minus the abscissa.
TEST(Sensitivity, TimeConstantsScaleTheAbscissa) {
  Random random(5);
  for (const int n : {1, 3, 8}) {
    const CircuitData data = wild_circuit(random, n, ModelKind::main);
    const Oracle oracle(data);
    Vector x(2 * n);
    x << oracle.u, oracle.c + oracle.W * oracle.u.cwiseAbs2();
    if (!oracle.settle(x)) continue;
    const Sensitivity s = sensitivity(data, as_list(x));
    ASSERT_EQ(s.status[0], Status::ok);
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      const auto k = static_cast<std::size_t>(i);
      sum += data.tau_y[k] * s.values[k] + data.tau_a[k] * s.values[k + static_cast<std::size_t>(n)];
    }
    EXPECT_NEAR(sum, -s.abscissa, 1e-9 * std::abs(s.abscissa));
  }
}

/// One neuron, Wr = 1, z = 0: y = 0, a = c, and the eigenvalues are -sqrt(c) / tau_y and -1 / tau_a.
TEST(Sensitivity, OneNeuronAtRestByHand) {
  const CircuitData data = one_neuron(1, 0.5, 0, 0.25, 0.002, 0.003);  // b0 = 1, sigma = sqrt(c) = 0.5
  const Sensitivity s = sensitivity(data, {0, 0.25});
  ASSERT_EQ(s.status[0], Status::ok);
  EXPECT_NEAR(s.abscissa, -250, 1e-10);
  // d(-b0 sigma / tau_y); Wr: d((1 - s) wr - 1) / tau_y = 0.5 / tau_y; nothing moves with the rest
  const std::vector<double> expected = {250 / 0.002, 0, -0.5 / 0.002, 0, -1 / 0.002, 0, 0.5 / 0.002, 0};
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(s.values[k], expected[k], 1e-9) << k;
}

void expect_refusal(const CircuitData& data, const std::vector<double>& x, Status expected) {
  const Sensitivity s = sensitivity(data, x);
  for (const Status status : s.status) EXPECT_EQ(status, expected);
  for (const double value : s.values) EXPECT_TRUE(std::isnan(value));
}

/// Two copies of one circuit side by side: each eigenvalue twice, the abscissa has a kink there.
CircuitData twins() {
  CircuitData data = one_neuron(1, 0.5, 0, 0.25);
  data.n = 2;
  for (auto field : {&CircuitData::tau_y, &CircuitData::tau_a, &CircuitData::b0, &CircuitData::b1, &CircuitData::sigma,
                     &CircuitData::z}) {
    (data.*field).push_back((data.*field)[0]);
  }
  data.Wr = identity_matrix(2);
  data.W = identity_matrix(2, 0.5);
  return data;
}

TEST(Sensitivity, RefusesWhatHasNoDerivative) {
  const CircuitData data = one_neuron(1, 0.5, 0, 0.25, 0.002, 0.003);
  expect_refusal(data, {0, 0.26}, Status::not_settled);
  expect_refusal(data, {1e-3, 0.25}, Status::not_settled);
  expect_refusal(data, {0, std::nan("")}, Status::non_finite);
  expect_refusal(one_neuron(1, 0.5, 0, 0, 0.002, 0.003), {0, 0}, Status::singular);
  expect_refusal(twins(), {0, 0, 0.25, 0.25}, Status::not_converged);
}

TEST(Sensitivity, EveryWidthGivesTheSameBits) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  std::vector<CircuitData> list = {one_neuron(1, 0.5, 0, 0.25, 0.002, 0.003), twins()};
  Random random(31);
  for (const int n : {1, 2, 4}) {
    list.push_back(wild_circuit(random, n, ModelKind::main));
    list.push_back(wild_circuit(random, n, ModelKind::rectified));
  }
  int settled = 0;
  for (const CircuitData& data : list) {
    const Oracle oracle(data);
    Vector x(2 * oracle.n);
    x << oracle.u, oracle.c + oracle.W * oracle.rate(oracle.u).cwiseAbs2();
    settled += oracle.settle(x) ? 1 : 0;
    const Sensitivity alone = sensitivity(data, as_list(x));
    for (const int width : crew_widths) {
      const Sensitivity together = sensitivity(data, as_list(x), width);
      EXPECT_TRUE(same_bits(together.values, alone.values)) << "n " << data.n << ", width " << width;
      for (const Status status : together.status) EXPECT_EQ(status, alone.status[0]) << "width " << width;
    }
  }
  EXPECT_GE(settled, 5);
}

}  // namespace
}  // namespace organics::test
