// A sweep that is stopped, continued and put together again has the statistics of the undisturbed one.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "organics/sweep.hpp"
#include "organics/wilson.hpp"

namespace organics::test {
namespace {

using Ranges = std::vector<IndexRange>;

/// One neuron with strong input: many circuits have nothing stable.
Ensemble stormy() {
  Ensemble ensemble;
  ensemble.n = 1;
  ensemble.z_norm = 3;
  return ensemble;
}

SweepOptions options_of(std::int64_t circuits) {
  SweepOptions options;
  options.circuits = circuits;
  options.chunk = 16;
  options.worst = 5;
  return options;
}

void expect_same(const SweepResults& a, const SweepResults& b) {
  EXPECT_EQ(a.circuits, b.circuits);
  for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(a.verdicts[i], b.verdicts[i]);
  for (int i = 0; i < status_count; ++i) EXPECT_EQ(a.statuses[i], b.statuses[i]);
  EXPECT_EQ(a.histogram, b.histogram);
  EXPECT_EQ(a.abscissa_max, b.abscissa_max);
  ASSERT_EQ(a.worst.size(), b.worst.size());
  for (std::size_t i = 0; i < a.worst.size(); ++i) EXPECT_EQ(a.worst[i].index, b.worst[i].index);
  ASSERT_EQ(a.unsettled.size(), b.unsettled.size());
  for (std::size_t i = 0; i < a.unsettled.size(); ++i) EXPECT_EQ(a.unsettled[i].index, b.unsettled[i].index);
}

TEST(SweepState, AStoppedSweepContinues) {
  SweepOptions options = options_of(200);
  const SweepResults whole = sweep(Cpu{2}, stormy(), options);
  SweepState state;
  int calls = 0;
  options.after_chunk = [&](const SweepState& now) {
    EXPECT_EQ(now.results.circuits, now.done.at(0).circuits);
    return ++calls % 3 != 0;  // stop at every third chunk
  };
  sweep(Cpu{1}, stormy(), options, state);
  EXPECT_EQ(state.done, (Ranges{{0, 48}}));
  while (state.results.circuits < 200) sweep(Cpu{2}, stormy(), options, state);
  EXPECT_EQ(calls, 13);
  EXPECT_EQ(state.done, (Ranges{{0, 200}}));
  expect_same(state.results, whole);
  sweep(Cpu{1}, stormy(), options, state);
  EXPECT_EQ(calls, 13) << "nothing is left to do";
}

TEST(SweepState, GapsAreFilled) {
  const SweepOptions options = options_of(100);
  SweepState state;
  for (const IndexRange range : Ranges{{70, 10}, {20, 30}}) {
    SweepOptions part = options;
    part.first = range.first;
    part.circuits = range.circuits;
    sweep(Cpu{1}, stormy(), part, state);
  }
  EXPECT_EQ(state.done, (Ranges{{20, 30}, {70, 10}}));
  sweep(Cpu{1}, stormy(), options, state);
  EXPECT_EQ(state.done, (Ranges{{0, 100}}));
  expect_same(state.results, sweep(Cpu{1}, stormy(), options));
}

TEST(SweepState, KnowsWhatIsMissing) {
  const SweepState state{{}, {{20, 30}, {70, 10}}};
  EXPECT_EQ(state.missing({0, 100}), (Ranges{{0, 20}, {50, 20}, {80, 20}}));
  EXPECT_EQ(state.missing({30, 10}), Ranges{});
  EXPECT_EQ(state.missing({10, 15}), (Ranges{{10, 10}}));
  EXPECT_EQ(state.missing({45, 30}), (Ranges{{50, 20}}));
  EXPECT_EQ(state.missing({90, 5}), (Ranges{{90, 5}}));
  EXPECT_EQ(state.missing({90, 0}), Ranges{});
  EXPECT_EQ(SweepState{}.missing({3, 4}), (Ranges{{3, 4}}));
}

TEST(SweepState, NoCircuitIsCountedTwice) {
  const auto part = [](std::int64_t first, std::int64_t circuits) {
    SweepOptions options = options_of(circuits);
    options.first = first;
    SweepState state;
    sweep(Cpu{1}, stormy(), options, state);
    return state;
  };
  SweepState state = part(10, 20);
  for (const IndexRange range : Ranges{{0, 11}, {29, 5}, {12, 3}, {0, 50}, {10, 20}}) {
    EXPECT_THROW(state.merge(part(range.first, range.circuits), 5), InvalidArgument);
  }
  EXPECT_EQ(state.done, (Ranges{{10, 20}}));
  EXPECT_EQ(state.results.circuits, 20) << "a refused merge changes nothing";
  state.merge(part(30, 4), 5);
  state.merge(part(0, 10), 5);
  EXPECT_EQ(state.done, (Ranges{{0, 34}}));
  expect_same(state.results, sweep(Cpu{1}, stormy(), options_of(34)));
}

TEST(SweepState, AThrowingCallbackLeavesAWholeState) {
  SweepOptions options = options_of(100);
  SweepState state;
  options.after_chunk = [](const SweepState& now) -> bool {
    if (now.results.circuits >= 40) throw std::runtime_error("enough");
    return true;
  };
  EXPECT_THROW(sweep(Cpu{1}, stormy(), options, state), std::runtime_error);
  EXPECT_EQ(state.done, (Ranges{{0, 48}}));
  EXPECT_EQ(state.results.circuits, 48);
}

/// Largest |p - count / total| = z sqrt(p (1 - p) / total) of the two roots of Wilson's equation, by bisection.
double wilson_root(double from, double to, std::int64_t count, std::int64_t total) {
  const double fraction = static_cast<double>(count) / static_cast<double>(total);
  for (int i = 0; i < 200; ++i) {
    const double p = 0.5 * (from + to);
    const double deviations = std::abs(p - fraction) / std::sqrt(p * (1 - p) / static_cast<double>(total));
    (deviations > 1.959963984540054 ? from : to) = p;  // `to` is at the fraction, `from` at 0 or 1
  }
  return from;
}

TEST(WilsonInterval, SolvesItsEquation) {
  for (const std::int64_t total : {1, 10, 1000, 1000000}) {
    for (const std::int64_t count : {total / 3, total / 2, total - 1}) {
      const Interval interval = wilson_interval(count, total);
      const double fraction = static_cast<double>(count) / static_cast<double>(total);
      if (count > 0) {
        EXPECT_NEAR(interval.lower, wilson_root(0, fraction, count, total), 1e-9);
      }
      if (count < total) {
        EXPECT_NEAR(interval.upper, wilson_root(1, fraction, count, total), 1e-9);
      }
    }
    EXPECT_EQ(wilson_interval(0, total).lower, 0);
    EXPECT_EQ(wilson_interval(total, total).upper, 1);
  }
  EXPECT_NEAR(wilson_interval(0, 1000).upper, 3.84 / 1003.84, 1e-5);
  EXPECT_EQ(wilson_interval(0, 0).upper, 1);
}

}  // namespace
}  // namespace organics::test
