// Every explicit method has the orders it states, by its algebra and as measured on equations with known solutions.
#include "organics/core/tableau.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "organics/core/explicit_methods.hpp"
#include "organics/core/order_conditions.hpp"
#include "organics/core/team.hpp"
#include "support/exact_models.hpp"

namespace organics::test {
namespace {

using Vector = std::vector<double>;

/// All slopes of one step, the ones for dense output included, written out.
template <class Model>
std::vector<Vector> naive_slopes(const core::Tableau<double>& table, const Model& model, double t, const Vector& x,
                                 double h) {
  std::vector<Vector> k;
  for (int s = 0; s < table.stages + table.dense_stages; ++s) {
    Vector at = x;
    for (std::size_t j = 0; j < k.size(); ++j) {
      for (std::size_t i = 0; i < x.size(); ++i) at[i] += h * table.row(s)[j] * k[j][i];
    }
    k.emplace_back(x.size());
    model.rhs(core::Solo(), t + table.c[s] * h, at.data(), k.back().data());
  }
  return k;
}

/// h sum_s weights_s k_s.
Vector combined(const double* weights, const std::vector<Vector>& k, double h) {
  Vector sum(k[0].size(), 0.0);
  for (std::size_t s = 0; s < k.size(); ++s) {
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += h * weights[s] * k[s][i];
  }
  return sum;
}

double distance(const Vector& a, const Vector& b) {
  double square = 0;
  for (std::size_t i = 0; i < a.size(); ++i) square += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(square);
}

Vector sum_of(Vector a, const Vector& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

/// b_s(theta), by powers.
std::array<double, core::max_stages> weights_at(const core::Tableau<double>& table, double theta) {
  std::array<double, core::max_stages> weights{};
  for (std::size_t s = 0; s < weights.size(); ++s) {
    for (int j = 0; j < table.dense_degree; ++j) weights[s] += table.dense[s][j] * std::pow(theta, j + 1);
  }
  return weights;
}

class EveryExplicitMethod : public ::testing::TestWithParam<int> {
 protected:
  Method method() const { return static_cast<Method>(GetParam()); }
  core::Tableau<double> tableau() const { return core::explicit_tableau<double>(method()); }
};

INSTANTIATE_TEST_SUITE_P(Tableau, EveryExplicitMethod, ::testing::Range(0, 8),
                         [](const auto& method) { return std::string(name(static_cast<Method>(method.param))); });

template <class Model>
double error_with(const core::Tableau<double>& table, const Model& model, int steps) {
  const double h = 1.6 / steps;
  Vector x = Model::exact(0);
  for (int n = 0; n < steps; ++n) x = sum_of(x, combined(table.b, naive_slopes(table, model, n * h, x, h), h));
  return distance(x, Model::exact(1.6));
}

template <class Model>
double measured_order(const core::Tableau<double>& table, const Model& model) {
  constexpr std::array<int, 9> coarse = {0, 160, 80, 80, 40, 30, 12, 0, 12};
  const int steps = coarse[static_cast<std::size_t>(table.order)];
  return std::log2(error_with(table, model, steps) / error_with(table, model, 2 * steps));
}

/// The error of order 6 of Verner's method is so small (defects of 5e-6) that, down to rounding, higher orders show:
/// there only the algebra says that its order is no more.
template <class Model>
void expect_its_order(const core::Tableau<double>& table, const Model& model) {
  const double measured = measured_order(table, model);
  EXPECT_GT(measured, table.order - 0.35);
  EXPECT_LT(measured, table.order + (table.order == 6 ? 2 : 0.35));
}

TEST_P(EveryExplicitMethod, ConvergesWithItsOrderOnANonAutonomousScalar) { expect_its_order(tableau(), Witch{}); }

TEST_P(EveryExplicitMethod, ConvergesWithItsOrderOnARotation) { expect_its_order(tableau(), Rotation{}); }

/// Length of the error estimate of one step from t = 0.5, x exact; two estimates as the tableau says.
double estimated_error(const core::Tableau<double>& table, double h) {
  const auto k = naive_slopes(table, Rotation{}, 0.5, Rotation::exact(0.5), h);
  const Vector e = combined(table.e, k, h);
  const Vector e2 = combined(table.e2, k, h);
  double square = 0;
  for (std::size_t i = 0; i < e.size(); ++i) {
    const double together = table.second_estimate ? e[i] * e[i] / std::hypot(e[i], 0.1 * e2[i]) : e[i];
    square += together * together;
  }
  return std::sqrt(square);
}

TEST_P(EveryExplicitMethod, ErrorEstimateShrinksAsStated) {
  const auto table = tableau();
  EXPECT_EQ(table.embedded_order > 0, has_error_estimate(method()));
  EXPECT_EQ(table.second_estimate, method() == Method::dormand_prince853);
  if (table.embedded_order == 0) {
    for (const double e : table.e) EXPECT_EQ(e, 0);
    return;
  }
  const double h = table.order > 5 ? 0.1 : 0.02;
  EXPECT_NEAR(std::log2(estimated_error(table, h) / estimated_error(table, h / 2)), table.embedded_order + 1, 0.35);
}

/// Error of the dense output of one step from t = 0.5, x exact, at two places inside it.
double dense_error(const core::Tableau<double>& table, double h) {
  const Vector x = Rotation::exact(0.5);
  const auto k = naive_slopes(table, Rotation{}, 0.5, x, h);
  double largest = 0;
  for (const double theta : {0.3, 0.7}) {
    const Vector between = sum_of(x, combined(weights_at(table, theta).data(), k, h));
    largest = std::max(largest, distance(between, Rotation::exact(0.5 + theta * h)));
  }
  return largest;
}

TEST_P(EveryExplicitMethod, DenseOutputConvergesWithItsOrder) {
  const auto table = tableau();
  const double h = table.order > 5 ? 0.2 : 0.04;
  EXPECT_NEAR(std::log2(dense_error(table, h) / dense_error(table, h / 2)), table.dense_order + 1, 0.35);
}

TEST_P(EveryExplicitMethod, DenseOutputStartsInTheOldStateAndEndsInTheNewOne) {
  const auto table = tableau();
  const Vector x = Rotation::exact(0.5);
  const auto k = naive_slopes(table, Rotation{}, 0.5, x, 0.2);
  const Vector x_new = sum_of(x, combined(table.b, k, 0.2));
  EXPECT_EQ(distance(sum_of(x, combined(weights_at(table, 0).data(), k, 0.2)), x), 0);
  EXPECT_LT(distance(sum_of(x, combined(weights_at(table, 1).data(), k, 0.2)), x_new), 2e-12);
}

/// Steps that know the slope at the new state leave with it, so the solution has no kinks.
TEST_P(EveryExplicitMethod, DenseOutputOfFirstSameAsLastHasTheSlopesOfBothEnds) {
  const auto table = tableau();
  if (!table.first_same_as_last) return;
  for (int s = 0; s < core::max_stages; ++s) {
    double slope = 0;
    for (int j = 0; j < table.dense_degree; ++j) slope += (j + 1) * table.dense[s][j];
    EXPECT_NEAR(table.dense[s][0], s == 0 ? 1 : 0, 1e-15) << s;
    EXPECT_NEAR(slope, s == table.stages - 1 ? 1 : 0, 1e-11) << s;
  }
}

TEST_P(EveryExplicitMethod, FirstSameAsLastIsWhatTheCoefficientsSay) {
  const auto table = tableau();
  bool expected = table.stages > 1 && table.b[table.stages - 1] == 0;
  for (int j = 0; j < table.stages - 1; ++j) expected = expected && table.row(table.stages - 1)[j] == table.b[j];
  EXPECT_EQ(table.first_same_as_last, expected);
  EXPECT_EQ(expected, method() != Method::euler && method() != Method::heun && method() != Method::rk4);
  if (expected) {
    EXPECT_EQ(table.c[table.stages - 1], 1);
  }
}

TEST_P(EveryExplicitMethod, StageTimesAreRowSumsAndUnusedEntriesAreZero) {
  const auto table = tableau();
  const int used = table.stages + table.dense_stages;
  ASSERT_LE(used, core::max_stages);
  ASSERT_LE(table.dense_degree, core::max_dense_degree);
  for (int s = 0; s < core::max_stages; ++s) {
    double sum = 0;
    for (int j = 0; j < s; ++j) {
      sum += table.row(s)[j];
      EXPECT_TRUE(s < used || table.row(s)[j] == 0);
    }
    EXPECT_NEAR(table.c[s], sum, 1e-13);
    EXPECT_TRUE(s < table.stages || (table.b[s] == 0 && table.e[s] == 0 && table.e2[s] == 0));
    for (int j = 0; j < core::max_dense_degree; ++j) {
      EXPECT_TRUE((s < used && j < table.dense_degree) || table.dense[s][j] == 0);
    }
  }
}

/// The published stage times, which the tableaus only imply.
TEST(Tableau, StageTimesAreThePublishedOnes) {
  const Vector verner = {0, 0.06, 1439.0 / 15000, 0.1439, 0.4973, 0.9725, 0.9995, 1, 1, 0.5};
  const Vector dormand_prince = {0,
                                 0.0526001519587677319,
                                 0.0789002279381515978,
                                 0.118350341907227397,
                                 0.281649658092772603,
                                 1.0 / 3,
                                 0.25,
                                 4.0 / 13,
                                 127.0 / 195,
                                 0.6,
                                 6.0 / 7,
                                 1,
                                 1,
                                 0.1,
                                 0.2,
                                 7.0 / 9};
  const auto v = core::verner65();
  const auto d = core::dormand_prince853();
  ASSERT_EQ(static_cast<std::size_t>(v.stages + v.dense_stages), verner.size());
  ASSERT_EQ(static_cast<std::size_t>(d.stages + d.dense_stages), dormand_prince.size());
  for (std::size_t s = 0; s < verner.size(); ++s) EXPECT_NEAR(v.c[s], verner[s], 1e-13);
  for (std::size_t s = 0; s < dormand_prince.size(); ++s) EXPECT_NEAR(d.c[s], dormand_prince[s], 1e-13);
}

TEST_P(EveryExplicitMethod, ProofRejectsPerturbedCoefficients) {
  const auto table = tableau();
  EXPECT_TRUE(core::proves_order(table));
  EXPECT_TRUE(core::proves_error_estimate(table));
  EXPECT_TRUE(core::proves_dense_order(table, 0.4));
  EXPECT_TRUE(core::proves_dense_end(table));
  for (int s = 0; s < table.stages + table.dense_stages; ++s) {
    auto changed = table;
    changed.dense[s][0] += 1e-7;
    EXPECT_FALSE(core::proves_dense_order(changed, 0.4)) << "dense" << s;
    EXPECT_FALSE(core::proves_dense_end(changed)) << "dense" << s;
    if (s >= table.stages) continue;
    changed = table;
    changed.b[s] += 1e-7;
    EXPECT_FALSE(core::proves_order(changed)) << "b" << s;
    changed = table;
    changed.e[s] += 1e-7;
    EXPECT_FALSE(core::proves_error_estimate(changed)) << "e" << s;
    for (int j = 0; j < s; ++j) {
      if (table.row(s)[j] == 0 || table.order < 2 || table.b[s] == 0) continue;
      changed = table;
      changed.row(s)[j] += 1e-7;
      EXPECT_FALSE(core::proves_order(changed)) << "a" << s << "," << j;
    }
  }
}

TEST_P(EveryExplicitMethod, ProofRejectsAnOrderStatedTooLowOrTooHigh) {
  for (const int change : {-1, 1}) {
    auto stated = tableau();
    stated.order += change;
    if (stated.order <= 8 && stated.order > 0) {
      EXPECT_FALSE(core::proves_order(stated));
    }
    stated = tableau();
    stated.embedded_order += change;
    if (has_error_estimate(method()) && stated.embedded_order > 0) {
      EXPECT_FALSE(core::proves_error_estimate(stated));
    }
    stated = tableau();
    stated.dense_order += change;
    if (stated.dense_order > 0) {
      EXPECT_FALSE(core::proves_dense_order(stated, 0.4));
    }
  }
}

TEST_P(EveryExplicitMethod, FloatTableauIsTheRoundedOne) {
  const auto wide = tableau();
  const auto narrow = core::explicit_tableau<float>(method());
  EXPECT_EQ(narrow.stages, wide.stages);
  EXPECT_EQ(narrow.dense_stages, wide.dense_stages);
  EXPECT_EQ(narrow.order, order(method()));
  EXPECT_EQ(narrow.embedded_order, wide.embedded_order);
  EXPECT_EQ(narrow.dense_order, wide.dense_order);
  EXPECT_EQ(narrow.dense_degree, wide.dense_degree);
  EXPECT_EQ(narrow.first_same_as_last, wide.first_same_as_last);
  EXPECT_EQ(narrow.second_estimate, wide.second_estimate);
  for (int s = 0; s < core::max_stages; ++s) {
    EXPECT_EQ(narrow.b[s], static_cast<float>(wide.b[s]));
    EXPECT_EQ(narrow.e[s], static_cast<float>(wide.e[s]));
    EXPECT_EQ(narrow.e2[s], static_cast<float>(wide.e2[s]));
    EXPECT_EQ(narrow.c[s], static_cast<float>(wide.c[s]));
    for (int j = 0; j < s; ++j) EXPECT_EQ(narrow.row(s)[j], static_cast<float>(wide.row(s)[j]));
    for (int j = 0; j < core::max_dense_degree; ++j)
      EXPECT_EQ(narrow.dense[s][j], static_cast<float>(wide.dense[s][j]));
  }
}

TEST(Tableau, OnlyExplicitMethodsHaveOne) {
  for (int i = 0; i < method_count; ++i) {
    const auto method = static_cast<Method>(i);
    EXPECT_EQ(core::explicit_tableau<double>(method).stages > 0, is_explicit(method)) << name(method);
    EXPECT_EQ(is_explicit(method), i < 8);
  }
  EXPECT_STREQ(name(Method::automatic), "auto");
  EXPECT_STREQ(name(static_cast<Method>(method_count)), "unknown");
}

/// The numbers of rooted trees (Cayley, 1857), and every density up to five vertices as in the tables of the book.
TEST(RootedTrees, AreAllThereWithTheirDensities) {
  constexpr std::array<int, 9> counts = {1, 1, 2, 4, 9, 20, 48, 115, 286};
  for (int n = 1; n <= 9; ++n) {
    EXPECT_EQ(core::trees.first[n + 1] - core::trees.first[n], counts[static_cast<std::size_t>(n - 1)]);
  }
  Vector densities(core::trees.density, core::trees.density + 17);
  std::sort(densities.begin() + 4, densities.begin() + 8);
  std::sort(densities.begin() + 8, densities.end());
  std::sort(densities.begin() + 2, densities.begin() + 4);
  EXPECT_EQ(densities, (Vector{1, 2, 3, 6, 4, 8, 12, 24, 5, 10, 15, 20, 20, 30, 40, 60, 120}));
}

}  // namespace
}  // namespace organics::test
