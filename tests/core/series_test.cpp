// A signal between its knots, at its jumps, beyond its ends, and entered in any order.
#include "organics/core/series.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "support/random.hpp"

namespace organics::test {
namespace {

constexpr double no_stop = core::largest_finite<double>();

struct Knots {
  std::vector<double> times;
  std::vector<double> values;  ///< rows x count
  int rows = 1;

  core::Series<double> series(Interpolation kind) const {
    return {times.data(), values.data(), static_cast<int>(times.size()), rows, kind, -1};
  }
};

double entered_value(core::Series<double> series, int row, double t) {
  series.enter(t);
  return series.value(row, t);
}

TEST(Series, WithoutKnotsIsNotGiven) {
  core::Series<double> series;
  EXPECT_FALSE(series);
  series.enter(3.0);
  EXPECT_EQ(series.segment, -1);
  EXPECT_EQ(series.slope(0), 0);
  EXPECT_EQ(series.next_stop(0.0), no_stop);
}

TEST(Series, ConstantHoldsAKnotsColumnUntilTheNextKnot) {
  const Knots knots{{1, 2, 4}, {10, 11, 20, 21, 30, 31}, 2};
  const auto series = knots.series(Interpolation::constant);
  ASSERT_TRUE(series);
  const std::vector<std::pair<double, double>> expected = {{-5, 10}, {0.999, 10}, {1, 10}, {1.999, 10},
                                                           {2, 20},  {3.999, 20}, {4, 30}, {1e9, 30}};
  for (const auto& [t, value] : expected) {
    EXPECT_EQ(entered_value(series, 0, t), value) << "t = " << t;
    EXPECT_EQ(entered_value(series, 1, t), value + 1) << "t = " << t;
  }
}

TEST(Series, LinearGoesStraightFromKnotToKnotAndStaysBeyondTheEnds) {
  const Knots knots{{1, 2, 4}, {10, -1, 20, -1, 0, 3}, 2};
  auto series = knots.series(Interpolation::linear);
  const std::vector<std::vector<double>> expected = {{0, 10, -1},  {1, 10, -1}, {1.25, 12.5, -1}, {2, 20, -1},
                                                     {2.5, 15, 0}, {3, 10, 1},  {4, 0, 3},        {9, 0, 3}};
  for (const auto& row : expected) {
    EXPECT_EQ(entered_value(series, 0, row[0]), row[1]) << "t = " << row[0];
    EXPECT_EQ(entered_value(series, 1, row[0]), row[2]) << "t = " << row[0];
  }
  const std::vector<std::vector<double>> slopes = {{0, 0, 0}, {1.5, 10, 0}, {2, -10, 2}, {4, 0, 0}, {5, 0, 0}};
  for (const auto& row : slopes) {
    series.enter(row[0]);
    EXPECT_EQ(series.slope(0), row[1]) << "t = " << row[0];
    EXPECT_EQ(series.slope(1), row[2]) << "t = " << row[0];
  }
  EXPECT_EQ(knots.series(Interpolation::constant).slope(0), 0);
}

TEST(Series, AStepThatEndsOnAKnotSeesTheLimitFromTheLeft) {
  const Knots jump{{0, 1, 1, 3}, {0, 4, 7, 9}};  // linear to 4, jumps to 7, linear to 9
  auto series = jump.series(Interpolation::linear);
  series.enter(0.0);
  EXPECT_EQ(series.value(0, 1.0), 4);
  EXPECT_EQ(series.slope(0), 4);
  EXPECT_EQ(series.next_stop(0.0), 1);
  series.enter(1.0);
  EXPECT_EQ(series.value(0, 1.0), 7);
  EXPECT_EQ(series.slope(0), 1);
  EXPECT_EQ(series.next_stop(1.0), 3);
  EXPECT_EQ(series.value(0, 3.0), 9);

  const Knots steps{{0, 1}, {5, 6}};
  auto held = steps.series(Interpolation::constant);
  held.enter(0.5);
  EXPECT_EQ(held.value(0, 1.0), 5);
  held.enter(1.0);
  EXPECT_EQ(held.value(0, 1.0), 6);
}

TEST(Series, NextStopIsTheNextLaterKnot) {
  const Knots knots{{1, 2, 2, 4}, {0, 0, 0, 0}};
  auto series = knots.series(Interpolation::linear);
  const std::vector<std::pair<double, double>> expected = {{0, 1}, {1, 2}, {1.5, 2}, {2, 4}, {3.9, 4}, {4, no_stop}};
  for (const auto& [t, stop] : expected) {
    EXPECT_EQ(series.next_stop(t), stop) << "before entering, t = " << t;
    series.enter(t);
    EXPECT_EQ(series.next_stop(t), stop) << "t = " << t;
  }
}

TEST(Series, EnterFindsTheSegmentFromWhereverItIs) {
  Random random(61);
  for (const int count : {1, 2, 3, 10, 33}) {
    Knots knots;
    for (int k = 0; k < count; ++k) knots.times.push_back(random.integer(0, count));  // many coincide
    std::sort(knots.times.begin(), knots.times.end());
    knots.values = random.gaussians(count);
    auto series = knots.series(Interpolation::linear);
    for (int trial = 0; trial < 300; ++trial) {
      const double t = random.integer(-2, 2 * count + 4) / 2.0;
      const auto after = std::upper_bound(knots.times.begin(), knots.times.end(), t);
      series.enter(t);
      EXPECT_EQ(series.segment, static_cast<int>(after - knots.times.begin()) - 1) << "t = " << t;
      EXPECT_EQ(series.next_stop(t), after == knots.times.end() ? no_stop : *after) << "t = " << t;
    }
  }
}

TEST(Series, FloatIsTheSame) {
  const std::vector<float> times = {0, 2};
  const std::vector<float> values = {1, 5};
  core::Series<float> series{times.data(), values.data(), 2, 1, Interpolation::linear, -1};
  series.enter(0.5F);
  EXPECT_EQ(series.value(0, 0.5F), 2.0F);
  EXPECT_EQ(series.slope(0), 2.0F);
  EXPECT_EQ(series.next_stop(0.5F), 2.0F);
  EXPECT_EQ(series.next_stop(2.0F), core::largest_finite<float>());
}

}  // namespace
}  // namespace organics::test
