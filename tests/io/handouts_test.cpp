// What ranks are given to do: every circuit once, parts of about a second, and an end that they reach together.
#include "cli/handouts.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/simulated_ranks.hpp"

namespace organics::test {
namespace {

using cli::Handouts;

TEST(Handouts, EveryMissingCircuitIsHandedOutOnce) {
  Handouts handouts({{10, 5}, {100, 1000}, {5000, 1}}, 3);
  std::vector<bool> seen(5001);
  std::int64_t count = 0;
  for (int rank = 0;; rank = (rank + 1) % 3) {
    const IndexRange part = handouts.next(rank, 7, 1e-3);
    if (part.circuits == 0) break;
    for (std::int64_t i = part.first; i < part.first + part.circuits; ++i) {
      EXPECT_FALSE(seen[static_cast<std::size_t>(i)]) << i;
      seen[static_cast<std::size_t>(i)] = true;
      ++count;
    }
  }
  EXPECT_EQ(count, 1006);
  EXPECT_TRUE(seen[10] && seen[14] && seen[100] && seen[1099] && seen[5000]);
  EXPECT_EQ(handouts.next(0, 0, 0).circuits, 0) << "and there is no more";
}

TEST(Handouts, PartsGrowToASecondAndNoFurther) {
  Handouts handouts({{0, 100000000}}, 2);
  EXPECT_EQ(handouts.next(0, 0, 0).circuits, 64) << "nothing is known of its speed";
  EXPECT_EQ(handouts.next(0, 64, 64e-5).circuits, 8 * 64) << "no faster than eightfold";
  std::int64_t last = 0;
  for (int i = 0; i < 6; ++i) last = handouts.next(0, 1000, 1e-2).circuits;
  EXPECT_EQ(last, 100000) << "a second's work";
  handouts.stop();
  EXPECT_EQ(handouts.next(0, 1000, 1e-2).circuits, 0);
}

TEST(Handouts, RanksOfUnevenSpeedFinishTogether) {
  SimulatedRanks ranks;
  for (int i = 0; i < 20; ++i) ranks.rates.push_back(i % 4 == 0 ? 1e3 : 4e4);
  ranks.answer_seconds = 1e-4;
  const SimulatedRun run = simulate(ranks, 6000000);
  const auto [first, last] = std::minmax_element(run.finished.begin(), run.finished.end());
  EXPECT_LT(*last - *first, 0.1);
  EXPECT_GT(run.efficiency, 0.97);
}

/// Parts as small as a circuit would keep rank 0 busy with the end alone: 35 parts a rank where these are 10.
TEST(Handouts, TheEndIsNotCutIntoCrumbs) {
  SimulatedRanks ranks;
  ranks.rates.assign(1000, 1e7);
  ranks.answer_seconds = 3e-4;
  const SimulatedRun run = simulate(ranks, 600000000000);
  EXPECT_GT(run.efficiency, 0.9) << run.seconds;
  EXPECT_LT(static_cast<double>(run.messages), 1000 * (60 + 30.0));
  const auto crumbs =
      std::count_if(run.parts.begin(), run.parts.end(), [](const IndexRange& part) { return part.circuits < 1000; });
  EXPECT_LT(crumbs, 4 * 1000) << "but for those that find out how fast a rank is";
}

}  // namespace
}  // namespace organics::test
