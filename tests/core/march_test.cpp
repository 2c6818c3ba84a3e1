// The march: where it lands, what stops it, and how its error follows the tolerance.
#include "organics/core/march.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/exact_models.hpp"
#include "support/marching.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr Method adaptive[] = {
    Method::heun,     Method::bogacki_shampine32, Method::dormand_prince54, Method::tsitouras54,
    Method::verner65, Method::dormand_prince853,  Method::rosenbrock23,     Method::rodas43,
    Method::automatic};

TEST(March, GivesTheStateAtEveryTime) {
  const std::vector<double> times = {0, 0.1, 0.1 + 1e-9, 1.0 / 3, 1.7, 5};
  for (const Method method : adaptive) {
    const Marched result = march(Witch{}, method, tolerances(1e-8, 1e-10), Witch::exact(0), times);
    EXPECT_EQ(result.march.status, Status::ok);
    EXPECT_EQ(result.march.t, times.back());
    for (std::size_t i = 0; i < times.size(); ++i) {
      EXPECT_NEAR(result.states[i], Witch::exact(times[i])[0], 5e-7) << name(method) << " at " << times[i];
    }
  }
}

TEST(March, LandsOnTimesThatAddingStepsWouldMissByARounding) {
  Random random(19);
  for (int trial = 0; trial < 300; ++trial) {
    const double start = random.uniform(-0.3, 0.3);
    const double end = start + random.log_uniform(1e-6, 3);
    const Marched result =
        march(Witch{}, Method::tsitouras54, tolerances(1e-6, 1e-9), Witch::exact(start), {start, end});
    EXPECT_EQ(result.march.t, end);
    EXPECT_EQ(march(Witch{}, Method::rk4, fixed_steps(0.07), Witch::exact(start), {start, end}).march.t, end);
  }
}

TEST(March, FirstTimeIsTheStartItself) {
  const Marched result = march(Rotation{}, Method::tsitouras54, tolerances(1e-6, 1e-9), {0.25, -3}, {2});
  EXPECT_EQ(result.march.status, Status::ok);
  EXPECT_EQ(result.march.accepted, 0);
  EXPECT_TRUE(same_bits(result.states, {0.25, -3}));
}

TEST(March, FixedStepsAreEqualAndNoLongerThanAskedFor) {
  const Marched even = march(Witch{}, Method::rk4, fixed_steps(0.1), {1}, {0, 1});
  EXPECT_EQ(even.march.accepted, 10);
  const Marched uneven = march(Witch{}, Method::rk4, fixed_steps(0.3), {1}, {0, 1});
  EXPECT_EQ(uneven.march.accepted, 4);
  const Marched quarter = march(Witch{}, Method::rk4, fixed_steps(0.25), {1}, {0, 1});
  EXPECT_TRUE(same_bits(uneven.x, quarter.x));
  EXPECT_EQ(uneven.march.rejected, 0);
}

TEST(March, BudgetEndsInStepLimitAndKeepsTheState) {
  const std::vector<double> times = {0, 0.01, 50};
  const Marched result =
      march(Rotation{}, Method::tsitouras54, tolerances(1e-10, 1e-12, 40), Rotation::exact(0), times);
  EXPECT_EQ(result.march.status, Status::step_limit);
  EXPECT_EQ(result.march.accepted + result.march.rejected, 40);
  EXPECT_GT(result.march.t, 0.01);
  EXPECT_LT(result.march.t, 50);
  const auto exact = Rotation::exact(result.march.t);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(result.x[i], exact[i], 1e-8) << "the state so far";
  EXPECT_NEAR(result.states[2], Rotation::exact(0.01)[0], 1e-9) << "what was reached is written";
  EXPECT_TRUE(std::isnan(result.states[4])) << "what was not is NaN";
  EXPECT_TRUE(std::isnan(result.states[5]));
}

TEST(March, BudgetHoldsForFixedStepsToo) {
  auto options = fixed_steps(1e-3);
  options.max_steps = 17;
  const Marched result = march(Witch{}, Method::rk4, options, {1}, {0, 1});
  EXPECT_EQ(result.march.status, Status::step_limit);
  EXPECT_EQ(result.march.accepted, 17);
  EXPECT_NEAR(result.march.t, 17e-3, 1e-12);
}

TEST(March, StiffProblemEndsByItsBudgetAndNotByHanging) {
  const Marched result = march(StiffCosine{1e9}, Method::dormand_prince54, tolerances(1e-6, 1e-9, 2000), {1}, {0, 10});
  EXPECT_EQ(result.march.status, Status::step_limit);
  EXPECT_EQ(result.march.accepted + result.march.rejected, 2000);
  EXPECT_NEAR(result.x[0], std::cos(result.march.t), 1e-3);
}

TEST(March, NanOrInfinityAtTheStartIsNonFinite) {
  for (const double bad : {nan, std::numeric_limits<double>::infinity()}) {
    for (int i = 0; i < 2; ++i) {
      std::vector<double> x = {1, 2};
      x[static_cast<std::size_t>(i)] = bad;
      for (const std::vector<double>& times : {std::vector<double>{0.0}, std::vector<double>{0.0, 1.0}}) {
        const Marched result = march(Rotation{}, Method::tsitouras54, tolerances(1e-6, 1e-9), x, times);
        EXPECT_EQ(result.march.status, Status::non_finite);
        EXPECT_EQ(result.march.accepted, 0);
        for (const double value : result.states) EXPECT_TRUE(std::isnan(value));
      }
    }
  }
}

/// x' = 1 until t = 0.5, NaN after it.
struct TurnsNan {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team&, double t, const double*, double* dx) const {
    dx[0] = t < 0.5 ? 1 : nan;
  }
};

TEST(March, NanThatAppearsOnTheWayNeverEndsOk) {
  for (const Method method : adaptive) {
    const Marched result = march(TurnsNan{}, method, tolerances(1e-6, 1e-9, 5000), {0}, {0, 1});
    EXPECT_EQ(result.march.status, Status::non_finite) << name(method) << ": " << name(result.march.status);
    EXPECT_LE(result.march.t, 0.5);
    EXPECT_NEAR(result.x[0], result.march.t, 1e-12);
  }
  EXPECT_EQ(march(TurnsNan{}, Method::rk4, fixed_steps(0.1), {0}, {0, 1}).march.status, Status::non_finite);
}

TEST(March, FiniteTimeBlowUpIsDiverged) {
  for (const Method method : adaptive) {
    const Marched result = march(BlowUp{}, method, tolerances(1e-6, 1e-9), {1}, {0, 0.5, 2});
    EXPECT_EQ(result.march.status, Status::diverged) << name(method);
    EXPECT_NEAR(result.march.t, 1, 1e-2);
    EXPECT_NEAR(result.states[1], 2, 1e-4) << "what came before the end is kept";
    EXPECT_TRUE(std::isnan(result.states[2]));
  }
}

TEST(March, LeavingTheStateBoundIsDiverged) {
  auto options = tolerances(1e-8, 1e-10);
  options.state_bound = 100;
  const Marched result = march(BlowUp{}, Method::tsitouras54, options, {1}, {0, 2});
  EXPECT_EQ(result.march.status, Status::diverged);
  EXPECT_GT(result.x[0], 100);
  EXPECT_LT(result.x[0], 1000);
  EXPECT_NEAR(result.march.t, 1 - 1 / result.x[0], 1e-6) << "x is the exact solution there";
}

TEST(March, ErrorFollowsTheTolerance) {
  for (const Method method : adaptive) {
    double previous = 1;
    for (const double rtol : {1e-4, 1e-6, 1e-8}) {
      const Marched result = march(Rotation{}, method, tolerances(rtol, rtol * 1e-2), Rotation::exact(0), {0, 2});
      ASSERT_EQ(result.march.status, Status::ok);
      const auto exact = Rotation::exact(2);
      const double error = std::hypot(result.x[0] - exact[0], result.x[1] - exact[1]);
      EXPECT_LT(error, (order(method) == 2 ? 300 : 60) * rtol) << name(method);
      EXPECT_LT(error, previous / 5) << name(method);
      previous = error;
    }
  }
}

TEST(March, ErrorControlRejectsAStepThatIsTooLong) {
  auto options = tolerances(1e-9, 1e-11);
  options.initial_step = 1;
  const Marched result = march(Rotation{}, Method::dormand_prince54, options, Rotation::exact(0), {0, 2});
  EXPECT_GT(result.march.rejected, 0);
  EXPECT_NEAR(result.x[0], Rotation::exact(2)[0], 1e-7);
}

TEST(March, AskingForMoreTimesChangesNoTrajectory) {
  for (const Method method : adaptive) {
    const Marched direct = march(Witch{}, method, tolerances(1e-8, 1e-10), {1}, {0, 3});
    const Marched sampled = march(Witch{}, method, tolerances(1e-8, 1e-10), {1}, {0, 1, 1.0001, 2, 3});
    EXPECT_TRUE(same_bits(direct.x, sampled.x)) << name(method);
    EXPECT_EQ(direct.march.accepted, sampled.march.accepted);
    EXPECT_EQ(sampled.states.back(), sampled.x[0]) << "the last sample is the last state";
  }
}

/// x' = 1.
struct Unit {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team&, double, const double*, double* dx) const {
    dx[0] = 1;
  }
};

TEST(March, MovesTheStateByTheStepThatTheTimeReallyMakes) {
  const double late = 1e9;  // times here are 1.2e-7 apart, the steps asked for 1e-6
  const Marched fixed = march(Unit{}, Method::rk4, fixed_steps(1e-6), {0}, {late, late + 0.5});
  EXPECT_NEAR(fixed.x[0], 0.5, 1e-12);
  auto options = tolerances(1e-6, 1e-9);
  options.max_step = 1e-6;
  EXPECT_NEAR(march(Unit{}, Method::tsitouras54, options, {0}, {late, late + 0.25}).x[0], 0.25, 1e-12);
  options.max_step = 1e-8;
  EXPECT_EQ(march(Unit{}, Method::tsitouras54, options, {0}, {late, late + 0.5}).march.status, Status::step_too_small);
}

TEST(March, StateAtRestWithZeroAbsoluteToleranceIsNoDivisionByZero) {
  const Marched result = march(Rotation{}, Method::tsitouras54, tolerances(1e-6, 0), {0, 0}, {0, 1});
  EXPECT_EQ(result.march.status, Status::ok) << name(result.march.status);
  EXPECT_TRUE(same_bits(result.x, {0, 0}));
}

TEST(March, LeavesAStateAtZeroWithZeroAbsoluteTolerance) {
  const CircuitData data = one_neuron(1, 1, 1, 0.01);
  const Marched result = march(data.circuit_model(), Method::tsitouras54, tolerances(1e-6, 0), {0, 0.01}, {0, 0.1});
  EXPECT_EQ(result.march.status, Status::ok) << name(result.march.status);
  EXPECT_NEAR(result.x[0], 1 / std::sqrt(1.01), 1e-4);
}

TEST(March, TimesThatDoNotIncreaseNeverEndOk) {
  for (const std::vector<double>& times : {std::vector<double>{0, nan}, {nan, 1}, {0, 1, 0.5}, {nan}}) {
    const Marched result = march(Rotation{}, Method::tsitouras54, tolerances(1e-6, 1e-9), {1, 0}, times);
    EXPECT_EQ(result.march.status, Status::non_finite);
    EXPECT_TRUE(std::isnan(result.states.back()));
  }
}

}  // namespace
}  // namespace organics::test
