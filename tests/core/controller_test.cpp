// The step-size controller: what it accepts, and by how much it changes the step.
#include "organics/core/controller.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace organics::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Controller, AcceptsExactlyWhatIsWithinTolerance) {
  for (const int order : {1, 2, 4}) {
    const core::PIController<double> controller(order);
    for (const double error : {0.0, 1e-300, 1e-9, 0.5, 1.0}) EXPECT_TRUE(controller.decide(error, 1, false).accept);
    for (const double error : {std::nextafter(1.0, 2.0), 2.0, 1e9, 1e300}) {
      EXPECT_FALSE(controller.decide(error, 1, false).accept);
    }
  }
}

TEST(Controller, NeverAcceptsWhatIsNotANumber) {
  const core::PIController<double> controller(4);
  for (const double error : {nan, -nan, infinity}) {
    for (const bool after_rejection : {false, true}) {
      const auto decision = controller.decide(error, 0.3, after_rejection);
      EXPECT_FALSE(decision.accept);
      EXPECT_EQ(decision.factor, controller.min_factor);
    }
  }
}

TEST(Controller, FactorStaysWithinItsBounds) {
  const core::PIController<double> controller(4);
  for (double error = 1e-20; error < 1e20; error *= 7) {
    for (double previous = 1e-20; previous <= 1; previous *= 9) {
      for (const bool after_rejection : {false, true}) {
        const auto decision = controller.decide(error, previous, after_rejection);
        EXPECT_GE(decision.factor, controller.min_factor);
        EXPECT_LE(decision.factor, controller.max_factor);
        EXPECT_TRUE(!after_rejection || decision.factor <= 1) << "a retry must not grow";
        EXPECT_TRUE(decision.accept || decision.factor < 1) << "a rejected step must shrink";
      }
    }
  }
}

TEST(Controller, FactorIsTheProportionalIntegralLaw) {
  const core::PIController<double> controller(4);
  const double expected = 0.9 * std::pow(0.2, -0.7 / 5) * std::pow(0.6, 0.4 / 5);
  EXPECT_NEAR(controller.decide(0.2, 0.6, false).factor, expected, 1e-15);
  EXPECT_NEAR(controller.decide(3.0, 0.6, false).factor, 0.9 * std::pow(3.0, -1.0 / 5), 1e-15);
}

TEST(Controller, SmallErrorsGrowTheStepAndErrorsAtToleranceShrinkIt) {
  const core::PIController<double> controller(4);
  EXPECT_GT(controller.decide(1e-6, 1e-6, false).factor, 1.5);
  EXPECT_LT(controller.decide(1.0, 1.0, false).factor, 1);
}

}  // namespace
}  // namespace organics::test
