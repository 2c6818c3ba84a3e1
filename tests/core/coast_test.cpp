// Coasting: how many steps are taken in a row, and that what ends a row is left to march_step(). That the steps have the
// bits of march_step() is tested where whole marches are (tests/api/march_models_test.cpp).
#include "organics/core/coast.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "organics/core/constant_tableau.hpp"
#include "organics/core/sampler.hpp"

namespace organics::test {
namespace {

/// x' = rate, which jumps to infinity beyond a state.
struct Slope {
  double rate = 1;
  double cliff = std::numeric_limits<double>::infinity();
  static constexpr int dimension() { return 1; }
  template <class Team>
  void rhs(const Team& /*team*/, double /*t*/, const double* x, double* dx) const {
    dx[0] = x[0] > cliff ? std::numeric_limits<double>::infinity() : rate;
  }
};

/// A march in the middle of a stretch from 0 to 1 in 100 steps.
template <Method method>
struct Middle {
  using Table = core::ConstantTableau<double, method>;
  Table tableau;
  core::EqualStepper<double, Table> stepper{{tableau}};
  core::MarchOptions<double> options;
  core::March<double> march;
  core::Stretch<double> stretch = {1, 0.01};
  core::Sampler<double> sampler;
  Slope model;
  double x[1] = {0};
  double numbers[32] = {};

  Middle() {
    options.fixed_step = 0.01;
    options.max_steps = 1000000;
    options.state_bound = 1e25;
  }
  /// Steps that are taken.
  int coast() {
    const int before = march.accepted;
    const auto work = core::march_work<double>(numbers, nullptr, 1, Table::stages, Table::dense_degree);
    core::coast(core::Solo{}, model, stepper, options, sampler, march, stretch, x, work);
    return march.accepted - before;
  }
};

TEST(Coast, TakesRowsOfStepsUpToTheEndOfTheStretch) {
  Middle<Method::rk4> middle;
  EXPECT_EQ(middle.coast(), core::longest_coast);
  EXPECT_EQ(middle.march.cost.rhs, 4 * core::longest_coast);
  EXPECT_EQ(middle.march.status, Status::ok);
  EXPECT_NEAR(middle.march.t, 0.64, 1e-12);
  EXPECT_NEAR(middle.x[0], 0.64, 1e-12);
  EXPECT_NEAR(middle.march.last_step, 0.01, 1e-12);
  const int rest = middle.coast();
  EXPECT_GE(rest, 33);
  EXPECT_LE(rest, 35);
  EXPECT_LT(middle.march.t, 0.99);
  EXPECT_EQ(middle.coast(), 0);
}

TEST(Coast, StopsBeforeASample) {
  Middle<Method::rk4> middle;
  middle.sampler.next_time = 0.205;
  EXPECT_GE(middle.coast(), 18);
  EXPECT_LT(middle.march.t, middle.sampler.next_time);
  EXPECT_EQ(middle.coast(), 0);
}

TEST(Coast, LeavesNoMoreThanTheBudget) {
  Middle<Method::rk4> middle;
  middle.options.max_steps = 10;
  middle.march.rejected = 3;
  EXPECT_EQ(middle.coast(), 7);
  EXPECT_EQ(middle.coast(), 0);
}

TEST(Coast, LeavesAStepOutOfBoundsUntaken) {
  Middle<Method::rk4> middle;
  middle.options.state_bound = 0.055;
  EXPECT_EQ(middle.coast(), 5);
  EXPECT_NEAR(middle.x[0], 0.05, 1e-12);
  EXPECT_EQ(middle.march.status, Status::ok);  // march_step() is to say otherwise
  middle.options.state_bound = std::numeric_limits<double>::infinity();
  middle.model.cliff = 0.1;
  EXPECT_LE(middle.coast(), 6);
  EXPECT_LT(middle.x[0], 0.115);  // a slope that is not finite is no way to go
}

TEST(Coast, NeedsTheFirstSlopeOfAMethodThatKeepsTheLast) {
  Middle<Method::tsitouras54> middle;
  EXPECT_EQ(middle.coast(), 0);
  middle.numbers[0] = 1;
  middle.march.slope_known = true;
  EXPECT_EQ(middle.coast(), core::longest_coast);
  EXPECT_EQ(middle.march.cost.rhs, 6 * core::longest_coast);
  EXPECT_TRUE(middle.march.slope_known);
}

TEST(Coast, LeavesStepsThatTimesCannotTellApart) {
  Middle<Method::rk4> middle;
  middle.march.t = 1e15;
  middle.stretch = {1e15 + 100, 0.01};
  EXPECT_EQ(middle.coast(), 0);
}

}  // namespace
}  // namespace organics::test
