// Every tableau has the order it states, by its algebra and as measured on equations with known solutions.
#include "organics/core/tableau.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "organics/core/rk_step.hpp"
#include "support/exact_models.hpp"
#include "support/marching.hpp"

namespace organics::test {
namespace {

class EveryMethod : public ::testing::TestWithParam<int> {
 protected:
  Method method() const { return static_cast<Method>(GetParam()); }
  core::Tableau<double> tableau() const { return core::tableau<double>(method()); }
};

INSTANTIATE_TEST_SUITE_P(Tableau, EveryMethod, ::testing::Range(0, method_count),
                         [](const auto& method) { return std::string(name(static_cast<Method>(method.param))); });

/// Error at t = 1.6 with equal steps.
template <class Model>
double error_with(Method method, const Model& model, int steps) {
  constexpr double end = 1.6;
  const Marched result = march(model, method, fixed_steps(end / steps), Model::exact(0), {0, end});
  EXPECT_EQ(result.march.status, Status::ok);
  EXPECT_EQ(result.march.accepted, steps);
  const std::vector<double> exact = Model::exact(end);
  double square = 0;
  for (std::size_t i = 0; i < exact.size(); ++i) square += std::pow(result.x[i] - exact[i], 2);
  return std::sqrt(square);
}

/// Slope of log error over log step from 40 to 320 steps (fewer for order 5, whose error reaches rounding).
template <class Model>
double measured_order(Method method, const Model& model, int order) {
  const int coarse = order >= 5 ? 40 : 80;
  return std::log2(error_with(method, model, coarse) / error_with(method, model, 4 * coarse)) / 2;
}

TEST_P(EveryMethod, ConvergesWithItsOrderOnANonAutonomousScalar) {
  EXPECT_NEAR(measured_order(method(), Witch{}, tableau().order), tableau().order, 0.2);
}

TEST_P(EveryMethod, ConvergesWithItsOrderOnARotation) {
  EXPECT_NEAR(measured_order(method(), Rotation{}, tableau().order), tableau().order, 0.2);
}

/// The embedded estimate of one step from t = 0.5, x exact.
template <class Model>
double estimated_error(const core::Tableau<double>& tableau, const Model& model, double h) {
  const int m = model.dimension();
  const std::vector<double> x = Model::exact(0.5);
  std::vector<double> k(static_cast<std::size_t>(m * core::max_stages));
  std::vector<double> stage(static_cast<std::size_t>(m));
  std::vector<double> x_new(static_cast<std::size_t>(m));
  const core::Solo solo;
  model.rhs(solo, 0.5, x.data(), k.data());
  core::rk_step(solo, model, tableau, 0.5, x.data(), h, k.data(), stage.data(), x_new.data());
  double square = 0;
  for (int i = 0; i < m; ++i)
    square += std::pow(h * core::weighted_slope(tableau.e, k.data(), tableau.stages, m, i), 2);
  return std::sqrt(square);
}

TEST_P(EveryMethod, ErrorEstimateShrinksWithTheOrderOfTheEmbeddedMethod) {
  const auto t = tableau();
  if (t.embedded_order == 0) {
    for (const double e : t.e) EXPECT_EQ(e, 0);
    return;
  }
  const double h = 0.02;
  const double slope = std::log2(estimated_error(t, Rotation{}, h) / estimated_error(t, Rotation{}, h / 2));
  EXPECT_NEAR(slope, t.embedded_order + 1, 0.2);
}

TEST_P(EveryMethod, FirstSameAsLastIsWhatTheCoefficientsSay) {
  const auto t = tableau();
  bool expected = t.stages > 1;
  for (int i = 0; i < core::max_stages; ++i) expected = expected && t.a[t.stages - 1][i] == t.b[i];
  EXPECT_EQ(t.first_same_as_last, expected);
  EXPECT_EQ(expected, method() == Method::bogacki_shampine32 || method() == Method::dormand_prince54 ||
                          method() == Method::tsitouras54);
}

TEST_P(EveryMethod, StagesAreExplicitAndTheirTimesAreRowSums) {
  const auto t = tableau();
  for (int i = 0; i < core::max_stages; ++i) {
    double sum = 0;
    for (int j = 0; j < core::max_stages; ++j) {
      sum += t.a[i][j];
      EXPECT_TRUE(j < i || t.a[i][j] == 0);
    }
    EXPECT_NEAR(t.c[i], sum, 1e-15);
  }
}

TEST_P(EveryMethod, ProofRejectsAnyPerturbedCoefficient) {
  const auto t = tableau();
  EXPECT_TRUE(core::proves_order(t));
  for (int i = 0; i < t.stages; ++i) {
    auto changed = t;
    changed.b[i] += 1e-9;
    EXPECT_FALSE(core::proves_order(changed)) << "b" << i;
    for (int j = 0; j < i; ++j) {
      if (t.a[i][j] == 0 || t.order < 2 || i == t.stages - 1) continue;
      changed = t;
      changed.a[i][j] += 1e-9;
      changed.c[i] += 1e-9;
      EXPECT_FALSE(core::proves_order(changed)) << "a" << i << j;
    }
    if (t.embedded_order > 0) {
      changed = t;
      changed.e[i] += 1e-9;
      EXPECT_FALSE(core::proves_order(changed)) << "e" << i;
    }
  }
}

TEST_P(EveryMethod, ProofRejectsAnOrderStatedTooLowOrTooHigh) {
  auto stated = tableau();
  if (stated.order < 5) {
    ++stated.order;
    EXPECT_FALSE(core::proves_order(stated));
    --stated.order;
  }
  if (stated.order > 1) {
    --stated.order;
    EXPECT_FALSE(core::proves_order(stated));
  }
}

TEST_P(EveryMethod, FloatTableauIsTheRoundedOne) {
  const auto wide = tableau();
  const auto narrow = core::tableau<float>(method());
  EXPECT_EQ(narrow.stages, wide.stages);
  EXPECT_EQ(narrow.first_same_as_last, wide.first_same_as_last);
  for (int i = 0; i < core::max_stages; ++i) {
    EXPECT_EQ(narrow.b[i], static_cast<float>(wide.b[i]));
    EXPECT_EQ(narrow.e[i], static_cast<float>(wide.e[i]));
    EXPECT_EQ(narrow.c[i], static_cast<float>(wide.c[i]));
    for (int j = 0; j < core::max_stages; ++j) EXPECT_EQ(narrow.a[i][j], static_cast<float>(wide.a[i][j]));
  }
}

}  // namespace
}  // namespace organics::test
