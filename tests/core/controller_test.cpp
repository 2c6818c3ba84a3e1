// The step-size controller: what it accepts, and by how much it changes the step.
#include "organics/core/controller.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace organics::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

constexpr StepControl controls[] = {StepControl::elementary, StepControl::pi, StepControl::pid};

/// The errors before it as they are remembered: logarithms, of none below 1e-4.
core::Decision<double> decide(StepControl control, int order, double error, double last, double before = 1,
                              bool after_rejection = false) {
  const auto remembered = [](double e) { return std::log2(std::max(e, 1e-4)); };
  return core::decide<double>(control, order, error, {remembered(last), remembered(before), after_rejection});
}

TEST(Controller, AcceptsExactlyWhatIsWithinTolerance) {
  for (const StepControl control : controls) {
    for (const int order : {1, 2, 4, 7}) {
      for (const double error : {0.0, 1e-300, 1e-9, 0.5, 1.0}) EXPECT_TRUE(decide(control, order, error, 1).accept);
      for (const double error : {std::nextafter(1.0, 2.0), 2.0, 1e9, 1e300}) {
        EXPECT_FALSE(decide(control, order, error, 1).accept);
      }
    }
  }
}

TEST(Controller, NeverAcceptsWhatIsNotANumber) {
  for (const StepControl control : controls) {
    for (const double error : {nan, -nan, infinity}) {
      for (const bool after_rejection : {false, true}) {
        const auto decision = decide(control, 4, error, 0.3, 1, after_rejection);
        EXPECT_FALSE(decision.accept);
        EXPECT_EQ(decision.factor, core::controller_min_factor);
      }
    }
  }
}

TEST(Controller, FactorStaysWithinItsBounds) {
  for (const StepControl control : controls) {
    for (double error = 1e-20; error < 1e20; error *= 7) {
      for (double previous = 1e-20; previous <= 1; previous *= 9) {
        for (const bool after_rejection : {false, true}) {
          const auto decision = decide(control, 4, error, previous, 1 - previous, after_rejection);
          EXPECT_GE(decision.factor, core::controller_min_factor);
          EXPECT_LE(decision.factor, core::controller_max_factor);
          EXPECT_TRUE(!after_rejection || decision.factor <= 1) << "a retry must not grow";
          EXPECT_TRUE(decision.accept || decision.factor < 1) << "a rejected step must shrink";
        }
      }
    }
  }
}

TEST(Controller, FactorsAreThoseOfTheirLaws) {
  const double k = 5;
  const double eps = 2e-6;  // powers have six digits
  EXPECT_NEAR(decide(StepControl::elementary, 4, 0.2, 0.6).factor, 0.9 * std::pow(0.2, -1 / k), eps);
  EXPECT_NEAR(decide(StepControl::pi, 4, 0.2, 0.6).factor, 0.9 * std::pow(0.2, -0.7 / k) * std::pow(0.6, 0.4 / k), eps);
  EXPECT_NEAR(decide(StepControl::pid, 4, 0.2, 0.6, 0.3).factor,
              0.9 * std::pow(0.2, -0.58 / k) * std::pow(0.6, 0.21 / k) * std::pow(0.3, -0.1 / k), eps);
  for (const StepControl control : controls) {
    EXPECT_NEAR(decide(control, 4, 3.0, 0.6).factor, 0.9 * std::pow(3.0, -1 / k), eps) << "after a rejection";
  }
}

TEST(Controller, SmallErrorsGrowTheStepAndErrorsAtToleranceShrinkIt) {
  for (const StepControl control : controls) {
    EXPECT_GT(decide(control, 4, 1e-6, 1e-6, 1e-6).factor, 1.5);
    EXPECT_LT(decide(control, 4, 1.0, 1.0, 1.0).factor, 1);
  }
}

TEST(Controller, NoErrorIsRememberedAsBelowOneInTenThousand) {
  for (const double error : {0.0, 1e-300, 1e-9, 1e-4}) {
    EXPECT_NEAR(decide(StepControl::pi, 4, error, 1).log_error, std::log2(1e-4), 2e-5);
  }
  EXPECT_NEAR(decide(StepControl::pi, 4, 0.25, 1).log_error, -2, 1e-15);
}

TEST(Controller, RemembersAcceptedErrorsOnly) {
  core::ErrorHistory<double> history;
  core::remember(history, {true, 1, -1});
  core::remember(history, {false, 0.3, 3});
  EXPECT_EQ(history.last, -1);
  EXPECT_TRUE(history.after_rejection);
  core::remember(history, {true, 1, -2});
  EXPECT_EQ(history.last, -2);
  EXPECT_EQ(history.before, -1);
  EXPECT_FALSE(history.after_rejection);
}

}  // namespace
}  // namespace organics::test
