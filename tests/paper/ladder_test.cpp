// The steady-state ladder against a tight integration from rest, on thirteen kinds of circuits: nothing that settles is
// missed, nothing that stays bounded is said to run away, and the state is the one the flow reaches.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/ladder_ensembles.hpp"
#include "support/settling.hpp"
#include "support/tight_flow.hpp"

namespace organics::test {
namespace {

/// What became of the circuits of an ensemble.
struct Count {
  int settled = 0;   ///< the reference came to rest
  int diverged = 0;  ///< the reference ran away
  int missed = 0;    ///< came to rest, and the ladder says no
  int false_blow_ups = 0;
  int missed_blow_ups = 0;  ///< ran away, and following the flow ends otherwise
  int other_state = 0;      ///< followed to another state than the reference
  int elsewhere = 0;        ///< the direct rungs found another stable state
  int late = 0;             ///< blow-up time off by more than 5 %
};

void compare(const CircuitData& data, Count& count) {
  const Reference reference = follow_from_rest(data);
  std::vector<double> rest = filled(2 * data.n, 0);
  for (int i = 0; i < data.n; ++i) rest[static_cast<std::size_t>(data.n + i)] = data.c(i);
  auto options = settle_defaults();
  options.spectra = false;
  Ladder ladder(data);
  const auto found = ladder.from_rest(options);
  Ladder flow(data);
  const auto followed = flow.followed(rest, options);
  const bool blows_up = reference.status == Status::diverged;
  count.settled += reference.at_rest ? 1 : 0;
  count.diverged += blows_up ? 1 : 0;
  count.false_blow_ups +=
      !blows_up && (found.status == Status::diverged || followed.status == Status::diverged) ? 1 : 0;
  if (blows_up) {
    count.missed_blow_ups += followed.status == Status::diverged ? 0 : 1;
    count.late += std::abs(followed.time - reference.time) > 0.05 * reference.time ? 1 : 0;
    count.elsewhere += found.status == Status::ok ? 1 : 0;
  }
  if (!reference.at_rest) return;
  count.missed += found.status != Status::ok || followed.status != Status::ok ? 1 : 0;
  count.other_state += followed.status == Status::ok && !same_state(data, flow.x(), reference.x) ? 1 : 0;
  count.elsewhere += found.status == Status::ok && !same_state(data, ladder.x(), reference.x) ? 1 : 0;
}

class LadderEnsembles : public testing::TestWithParam<LadderEnsemble> {};

TEST_P(LadderEnsembles, MissesNothingAndInventsNoBlowUp) {
  const LadderEnsemble& ensemble = GetParam();
  Random random(81);
  Count count;
  constexpr int circuits = 100;
  for (int i = 0; i < circuits; ++i) compare(ensemble.draw(random, random.integer(1, 6)), count);
  EXPECT_EQ(count.missed, 0);
  EXPECT_EQ(count.false_blow_ups, 0);
  EXPECT_EQ(count.missed_blow_ups, 0);
  EXPECT_EQ(count.other_state, 0);
  EXPECT_EQ(count.late, 0);
  EXPECT_LE(count.elsewhere, 2) << "with two stable states the direct rungs may find the other one";
  EXPECT_GE(count.settled + count.diverged, 90) << "the reference decides most";
  RecordProperty("settled", count.settled);
  RecordProperty("diverged", count.diverged);
  RecordProperty("elsewhere", count.elsewhere);
}

std::string word(const testing::TestParamInfo<LadderEnsemble>& info) { return std::to_string(info.index); }

INSTANTIATE_TEST_SUITE_P(All, LadderEnsembles, testing::ValuesIn(ladder_ensembles), word);

}  // namespace
}  // namespace organics::test
