// The Rosenbrock tables: order conditions as the book lists them, measured orders, stability, and the published form.
#include "organics/core/rosenbrock_methods.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

#include "organics/core/order_conditions.hpp"

namespace organics::test {
namespace {

using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using Table = core::RosenbrockTableau<double>;

/// x' = (1 + t) |x|^2 (-x_1, x_0): on the unit circle the angle is t + t^2 / 2.
Vector2d rhs(double t, const Vector2d& x) { return (1 + t) * x.squaredNorm() * Vector2d(-x[1], x[0]); }
Vector2d time_derivative(const Vector2d& x) { return x.squaredNorm() * Vector2d(-x[1], x[0]); }
Matrix2d jacobian(double t, const Vector2d& x) {
  Matrix2d J;
  J << -2 * x[0] * x[1], -x.squaredNorm() - 2 * x[1] * x[1], x.squaredNorm() + 2 * x[0] * x[0], 2 * x[0] * x[1];
  return (1 + t) * J;
}
Vector2d exact(double t) { return {std::cos(t + t * t / 2), std::sin(t + t * t / 2)}; }

/// The u of one step, as the formula reads.
std::vector<Vector2d> naive_stages(const Table& table, double t, const Vector2d& x, double h) {
  const Matrix2d matrix = Matrix2d::Identity() / (h * table.gamma) - jacobian(t, x);
  std::vector<Vector2d> u;
  for (int s = 0; s < table.stages; ++s) {
    Vector2d at = x;
    Vector2d sum = Vector2d::Zero();
    for (int j = 0; j < s; ++j) {
      const auto& earlier = u[static_cast<std::size_t>(j)];
      at += table.a[s][j] * earlier;
      sum += table.c[s][j] / h * earlier;
    }
    u.emplace_back(
        matrix.partialPivLu().solve(rhs(t + table.alpha[s] * h, at) + sum + h * table.d[s] * time_derivative(x)));
  }
  return u;
}

Vector2d combined(const double* weights, const std::vector<Vector2d>& u) {
  Vector2d sum = Vector2d::Zero();
  for (std::size_t s = 0; s < u.size(); ++s) sum += weights[s] * u[s];
  return sum;
}

Vector2d dense_at(const Table& table, const std::vector<Vector2d>& u, double theta) {
  Vector2d sum = Vector2d::Zero();
  for (std::size_t s = 0; s < u.size(); ++s) {
    for (int j = 0; j < table.dense_degree; ++j) sum += table.dense[s][j] * std::pow(theta, j + 1) * u[s];
  }
  return sum;
}

class EveryRosenbrockMethod : public ::testing::TestWithParam<Method> {
 protected:
  Table table() const { return core::rosenbrock_tableau<double>(GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(Rosenbrock, EveryRosenbrockMethod, ::testing::Values(Method::rosenbrock23, Method::rodas43),
                         [](const auto& method) { return std::string(name(method.param)); });

/// alpha, Gamma and the weights of k that the transformed coefficients come from.
struct Untransformed {
  MatrixXd alpha, gamma, beta;
  VectorXd b, hat;
};

Untransformed untransformed(const Table& table) {
  const int n = table.stages;
  MatrixXd A(n, n);
  MatrixXd C(n, n);
  VectorXd m(n);
  VectorXd e(n);
  for (int i = 0; i < n; ++i) {
    m[i] = table.m[i];
    e[i] = table.e[i];
    for (int j = 0; j < n; ++j) {
      A(i, j) = table.a[i][j];
      C(i, j) = table.c[i][j];
    }
  }
  Untransformed form;
  form.gamma = (MatrixXd::Identity(n, n) / table.gamma - C).inverse();
  form.alpha = A * form.gamma;
  form.beta = form.alpha + form.gamma;
  form.b = form.gamma.transpose() * m;
  form.hat = form.gamma.transpose() * (m - e);
  return form;
}

/// Largest violation of Table IV.7.1 of Hairer and Wanner (1996), with gamma in beta.
double book_defect(const Untransformed& form, const VectorXd& b, int order) {
  const VectorXd one = VectorXd::Ones(b.size());
  const VectorXd a = form.alpha * one;
  const VectorXd beta = form.beta * one;
  const VectorXd a2 = a.cwiseProduct(a);
  std::vector<double> defects = {b.sum() - 1};
  if (order >= 2) defects.push_back(b.dot(beta) - 1.0 / 2);
  if (order >= 3) {
    defects.push_back(b.dot(a2) - 1.0 / 3);
    defects.push_back(b.dot(form.beta * beta) - 1.0 / 6);
  }
  if (order >= 4) {
    defects.push_back(b.dot(a2.cwiseProduct(a)) - 1.0 / 4);
    defects.push_back(b.dot(a.cwiseProduct(form.alpha * beta)) - 1.0 / 8);
    defects.push_back(b.dot(form.beta * a2) - 1.0 / 12);
    defects.push_back(b.dot(form.beta * (form.beta * beta)) - 1.0 / 24);
  }
  double largest = 0;
  for (const double defect : defects) largest = std::max(largest, std::abs(defect));
  return largest;
}

TEST_P(EveryRosenbrockMethod, SatisfiesTheOrderConditionsOfTheBook) {
  const auto form = untransformed(table());
  EXPECT_EQ(table().order, order(GetParam()));
  EXPECT_LT(book_defect(form, form.b, table().order), 1e-13);
  EXPECT_LT(book_defect(form, form.hat, 3), 1e-13);  // of both: 2(3) and 4(3)
  if (GetParam() == Method::rosenbrock23) {
    EXPECT_GT(book_defect(form, form.b, 3), 1e-3);
  }
  if (GetParam() == Method::rodas43) {
    EXPECT_GT(book_defect(form, form.hat, 4), 1e-3);
  }
}

TEST_P(EveryRosenbrockMethod, StageTimesAndTimeDerivativesAreRowSums) {
  const auto form = untransformed(table());
  for (int s = 0; s < table().stages; ++s) {
    EXPECT_NEAR(table().alpha[s], form.alpha.row(s).sum(), 1e-14) << s;
    EXPECT_NEAR(table().d[s], form.gamma.row(s).sum(), 1e-14) << s;
    EXPECT_NEAR(form.gamma(s, s), table().gamma, 1e-14) << s;
    for (int j = s; j < core::max_rosenbrock_stages; ++j) {
      EXPECT_EQ(table().a[s][j], 0);
      EXPECT_EQ(table().c[s][j], 0);
    }
  }
}

double error_with(const Table& table, int steps) {
  const double h = 1.6 / steps;
  Vector2d x = exact(0);
  for (int n = 0; n < steps; ++n) x += combined(table.m, naive_stages(table, n * h, x, h));
  return (x - exact(1.6)).norm();
}

TEST_P(EveryRosenbrockMethod, ConvergesWithItsOrder) {
  EXPECT_NEAR(std::log2(error_with(table(), 160) / error_with(table(), 320)), table().order, 0.2);
}

TEST_P(EveryRosenbrockMethod, ErrorEstimateShrinksAsStated) {
  const auto estimate = [&](double h) { return combined(table().e, naive_stages(table(), 0.5, exact(0.5), h)).norm(); };
  EXPECT_NEAR(std::log2(estimate(0.02) / estimate(0.01)), table().embedded_order + 1, 0.2);
}

/// Subtracting the estimate gives the embedded solution, of order 3 in both methods.
TEST_P(EveryRosenbrockMethod, EmbeddedSolutionHasOrderThree) {
  const auto error = [&](double h) {
    const auto u = naive_stages(table(), 0.5, exact(0.5), h);
    return (exact(0.5) + combined(table().m, u) - combined(table().e, u) - exact(0.5 + h)).norm();
  };
  EXPECT_NEAR(std::log2(error(0.02) / error(0.01)), 4, 0.2);
}

TEST_P(EveryRosenbrockMethod, DenseOutputConvergesWithItsOrder) {
  const auto error = [&](double h) {
    const auto u = naive_stages(table(), 0.5, exact(0.5), h);
    double largest = 0;
    for (const double theta : {0.3, 0.7}) {
      largest = std::max(largest, (exact(0.5) + dense_at(table(), u, theta) - exact(0.5 + theta * h)).norm());
    }
    return largest;
  };
  EXPECT_NEAR(std::log2(error(0.02) / error(0.01)), table().dense_order + 1, 0.2);
}

TEST_P(EveryRosenbrockMethod, DenseOutputEndsInTheNewState) {
  const auto u = naive_stages(table(), 0.5, exact(0.5), 0.2);
  EXPECT_LT((dense_at(table(), u, 1) - combined(table().m, u)).norm(), 1e-14);
}

/// R(z), the factor by which a step of x' = z x, h = 1, multiplies x.
std::complex<double> stability_function(const Table& table, std::complex<double> z) {
  std::vector<std::complex<double>> u;
  std::complex<double> x_new = 1;
  for (int s = 0; s < table.stages; ++s) {
    std::complex<double> at = 1;
    std::complex<double> sum = 0;
    for (std::size_t j = 0; j < u.size(); ++j) {
      at += table.a[s][j] * u[j];
      sum += table.c[s][j] * u[j];
    }
    u.push_back((z * at + sum) / (1 / table.gamma - z));
    x_new += table.m[s] * u.back();
  }
  return x_new;
}

TEST_P(EveryRosenbrockMethod, IsLStable) {
  for (double y = 1e-3; y < 1e6; y *= 1.02) {
    EXPECT_LE(std::abs(stability_function(table(), {0, y})), 1 + 1e-12) << y;
  }
  EXPECT_LT(std::abs(stability_function(table(), -1e8)), 1e-6);
  EXPECT_LT(std::abs(stability_function(table(), {0, 1e8})), 1e-6);
  EXPECT_NEAR(std::abs(stability_function(table(), -0.01) - std::exp(-0.01)), 0, 1e-6);
}

TEST_P(EveryRosenbrockMethod, LastStageIsAtTheEndWhereTheTableSaysSo) {
  bool expected = true;
  const int last = table().stages - 1;
  for (int j = 0; j < table().stages; ++j) expected = expected && table().a[last][j] == table().m[j];
  EXPECT_EQ(table().last_stage_at_end, expected && table().alpha[last] == 1);
  EXPECT_EQ(table().last_stage_at_end, GetParam() == Method::rosenbrock23);
}

/// Rosenbrock 2(3) as Shampine and Reichelt print it, in their k.
TEST(Rosenbrock, TransformedStepIsThePublishedOne) {
  const double t = 0.5;
  const double h = 0.3;
  const Vector2d x = exact(t) * 1.1;
  const double d = 1 / (2 + std::sqrt(2));
  const double e32 = 6 + std::sqrt(2);
  const auto W = (Matrix2d::Identity() - h * d * jacobian(t, x)).partialPivLu();
  const Vector2d T = time_derivative(x);
  const Vector2d F0 = rhs(t, x);
  const Vector2d k1 = W.solve(F0 + h * d * T);
  const Vector2d F1 = rhs(t + h / 2, x + h / 2 * k1);
  const Vector2d k2 = W.solve(F1 - k1) + k1;
  const Vector2d x_new = x + h * k2;
  const Vector2d F2 = rhs(t + h, x_new);
  const Vector2d k3 = W.solve(F2 - e32 * (k2 - F1) - 2 * (k1 - F0) + h * d * T);

  const auto table = core::rosenbrock23();
  const auto u = naive_stages(table, t, x, h);
  EXPECT_LT((x + combined(table.m, u) - x_new).norm(), 1e-14);
  // they estimate embedded minus new, the table new minus embedded
  EXPECT_LT((combined(table.e, u) + h / 6 * (k1 - 2 * k2 + k3)).norm(), 1e-14);
  const double theta = 0.4;
  const Vector2d between = x + h / (1 - 2 * d) * (theta * (1 - theta) * k1 + theta * (theta - 2 * d) * k2);
  EXPECT_LT((x + dense_at(table, u, theta) - between).norm(), 1e-14);
}

TEST_P(EveryRosenbrockMethod, ProofRejectsPerturbedCoefficients) {
  EXPECT_TRUE(core::proves_order(table()));
  EXPECT_TRUE(core::proves_error_estimate(table()));
  EXPECT_TRUE(core::proves_dense_order(table(), 0.4));
  EXPECT_TRUE(core::proves_dense_end(table()));
  for (int s = 0; s < table().stages; ++s) {
    auto changed = table();
    changed.m[s] += 1e-7;
    EXPECT_FALSE(core::proves_order(changed)) << "m" << s;
    EXPECT_FALSE(core::proves_dense_end(changed)) << "m" << s;
    for (int j = 0; j < s; ++j) {
      if (table().m[s] == 0) continue;
      changed = table();
      changed.a[s][j] += 1e-7;
      EXPECT_FALSE(core::proves_order(changed)) << "a" << s << j;
      changed = table();
      changed.c[s][j] += 1e-7;
      EXPECT_FALSE(core::proves_order(changed)) << "c" << s << j;
    }
    // the last u of RODAS is its error estimate, of fourth order in h: any multiple of it keeps the orders stated
    if (GetParam() == Method::rodas43 && s == 5) continue;
    changed = table();
    changed.e[s] += 1e-7;
    EXPECT_FALSE(core::proves_error_estimate(changed)) << "e" << s;
    changed = table();
    changed.dense[s][1] += 1e-7;
    EXPECT_FALSE(core::proves_dense_order(changed, 0.4)) << "dense" << s;
  }
}

TEST_P(EveryRosenbrockMethod, FloatTableIsTheRoundedOne) {
  const auto wide = table();
  const auto narrow = core::rosenbrock_tableau<float>(GetParam());
  EXPECT_EQ(narrow.stages, wide.stages);
  EXPECT_EQ(narrow.order, wide.order);
  EXPECT_EQ(narrow.embedded_order, wide.embedded_order);
  EXPECT_EQ(narrow.dense_order, wide.dense_order);
  EXPECT_EQ(narrow.dense_degree, wide.dense_degree);
  EXPECT_EQ(narrow.last_stage_at_end, wide.last_stage_at_end);
  EXPECT_EQ(narrow.gamma, static_cast<float>(wide.gamma));
  for (int s = 0; s < core::max_rosenbrock_stages; ++s) {
    EXPECT_EQ(narrow.alpha[s], static_cast<float>(wide.alpha[s]));
    EXPECT_EQ(narrow.d[s], static_cast<float>(wide.d[s]));
    EXPECT_EQ(narrow.m[s], static_cast<float>(wide.m[s]));
    EXPECT_EQ(narrow.e[s], static_cast<float>(wide.e[s]));
    for (int j = 0; j < core::max_rosenbrock_stages; ++j) {
      EXPECT_EQ(narrow.a[s][j], static_cast<float>(wide.a[s][j]));
      EXPECT_EQ(narrow.c[s][j], static_cast<float>(wide.c[s][j]));
    }
    for (int j = 0; j < core::max_dense_degree; ++j)
      EXPECT_EQ(narrow.dense[s][j], static_cast<float>(wide.dense[s][j]));
  }
}

TEST(Rosenbrock, OnlyRosenbrockMethodsHaveATable) {
  for (int i = 0; i < method_count; ++i) {
    const auto method = static_cast<Method>(i);
    EXPECT_EQ(core::rosenbrock_tableau<double>(method).stages > 0, is_rosenbrock(method)) << name(method);
  }
}

}  // namespace
}  // namespace organics::test
