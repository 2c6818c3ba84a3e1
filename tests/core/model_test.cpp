// The circuit's right-hand side against the plain formula, and its Jacobian against derivatives of that formula.
#include "organics/core/model.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cstddef>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

constexpr ModelKind kinds[] = {ModelKind::main, ModelKind::rectified};

std::vector<double> rhs(const CircuitData& data, const std::vector<double>& x) {
  std::vector<double> dx(x.size());
  data.circuit_model().rhs(core::Solo{}, 0.0, x.data(), dx.data());
  return dx;
}

Eigen::MatrixXd jacobian(const CircuitData& data, const std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd J(m, m);
  data.circuit_model().jacobian(core::Solo{}, 0.0, x.data(), J.data());
  return J;
}

void expect_rhs(const CircuitData& data, const std::vector<double>& x) {
  const auto got = rhs(data, x);
  const auto expected = naive_rhs(data, x);
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(got[i], expected[i], 1e-11 * (1 + std::abs(expected[i]))) << "n " << data.n << ", component " << i;
  }
}

TEST(Model, RightHandSideIsTheFormula) {
  Random random(11);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 20; ++n) {
      const CircuitData data = wild_circuit(random, n, kind);
      expect_rhs(data, random_state(random, n));
    }
  }
}

TEST(Model, RightHandSideKeepsTheFloorsWhereAIsNegativeAndWhereYIs) {
  Random random(12);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 9; ++n) {
      const CircuitData data = wild_circuit(random, n, kind);
      std::vector<double> x = random.gaussians(2 * n);
      expect_rhs(data, x);
      x[static_cast<std::size_t>(n)] = 0;
      x[0] = 0;
      expect_rhs(data, x);
    }
  }
}

TEST(Model, RestIsYZeroAndAEqualToC) {
  Random random(13);
  const CircuitData data = figure4_circuit(random, 3);
  std::vector<double> x(6, 7.0);
  data.circuit_model().rest(core::Solo{}, x.data());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(x[static_cast<std::size_t>(i)], 0);
    EXPECT_NEAR(x[static_cast<std::size_t>(3 + i)], data.c(i), 1e-16);
  }
}

TEST(Model, JacobianIsTheDerivativeOfTheFormula) {
  Random random(14);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 20; ++n) {
      const CircuitData data = wild_circuit(random, n, kind);
      const std::vector<double> x = random_state(random, n);
      const Eigen::MatrixXd J = jacobian(data, x);
      const double size = J.cwiseAbs().maxCoeff();
      EXPECT_LT((J - naive_jacobian(data, x)).cwiseAbs().maxCoeff(), 1e-13 * size) << "complex step, n " << n;
      EXPECT_LT((J - central_differences(data, x)).cwiseAbs().maxCoeff(), 1e-6 * size) << "differences, n " << n;
    }
  }
}

TEST(Model, AColumnOfANegativeNormaliserHoldsOnlyItsDecayAndAtZeroWhatItWouldGrowBy) {
  Random random(15);
  for (const ModelKind kind : kinds) {
    for (const double a : {0.0, -0.3}) {
      const int n = 4;
      const CircuitData data = wild_circuit(random, n, kind);
      std::vector<double> x = random_state(random, n);
      x[static_cast<std::size_t>(n + 2)] = a;
      const Eigen::MatrixXd J = jacobian(data, x);
      ASSERT_TRUE(J.allFinite());
      for (int i = 0; i < 2 * n; ++i) {
        const double decay = i == n + 2 ? -1 / data.tau_a[2] : 0;
        const double y = x[2];
        const double rate = kind == ModelKind::rectified ? std::max(y, 0.0) : y;
        const double growth = a == 0 && i >= n ? data.W[static_cast<std::size_t>(2 * n + i - n)] * rate * rate /
                                                     data.tau_a[static_cast<std::size_t>(i - n)]
                                               : 0;
        EXPECT_NEAR(J(i, n + 2), decay + growth, 1e-9 * std::abs(decay + growth)) << "row " << i;
      }
      for (int i = 0; i < n; ++i) {
        EXPECT_EQ(J(n + i, 2), 0) << "a silent normaliser does not pass y on";
      }
    }
  }
}

TEST(Model, ARectifiedUnitAtZeroHasNoSlope) {
  Random random(16);
  const int n = 3;
  CircuitData data = wild_circuit(random, n, ModelKind::rectified);
  for (const double y : {0.0, -0.7}) {
    std::vector<double> x = random_state(random, n);
    x[1] = y;
    const Eigen::MatrixXd J = jacobian(data, x);
    for (int i = 0; i < 2 * n; ++i) EXPECT_EQ(J(i, 1), i == 1 ? -1 / data.tau_y[1] : 0) << "row " << i;
  }
  data.model = ModelKind::main;
  std::vector<double> x = random_state(random, n);
  x[1] = 0;
  EXPECT_NE(jacobian(data, x)(0, 1), 0) << "the main model has no kink there";
}

TEST(Model, ScaledFormsAreTheTimeConstantsTimesTheOthers) {
  Random random(17);
  const int n = 6;
  const CircuitData data = wild_circuit(random, n, ModelKind::main);
  const std::vector<double> x = random_state(random, n);
  std::vector<double> f(x.size());
  Eigen::MatrixXd J(2 * n, 2 * n);
  data.circuit_model().scaled_rhs(core::Solo{}, x.data(), f.data());
  data.circuit_model().scaled_jacobian(core::Solo{}, x.data(), J.data());
  const auto dx = naive_rhs(data, x);
  const Eigen::MatrixXd expected = naive_jacobian(data, x);
  for (int i = 0; i < 2 * n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const double tau = i < n ? data.tau_y[k] : data.tau_a[k - static_cast<std::size_t>(n)];
    EXPECT_NEAR(f[k], tau * dx[k], 1e-12 * (1 + std::abs(f[k])));
    for (int j = 0; j < 2 * n; ++j) EXPECT_NEAR(J(i, j), tau * expected(i, j), 1e-12 * (1 + std::abs(J(i, j))));
  }
}

TEST(Model, StrangeNumbersComeThroughAsNan) {
  Random random(18);
  const int n = 2;
  const CircuitData data = figure4_circuit(random, n);
  std::vector<double> x = random_state(random, n);
  x[2] = std::nan("");
  const auto dx = rhs(data, x);
  EXPECT_TRUE(std::isnan(dx[0])) << "a floor must not turn NaN into 0";
  EXPECT_TRUE(std::isnan(dx[2]));
}

}  // namespace
}  // namespace organics::test
