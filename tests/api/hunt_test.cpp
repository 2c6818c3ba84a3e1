// hunt(): it finds what is known to exist, finds nothing where a theorem says there is nothing, and stays in bounds.
#include "organics/hunt.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "organics/equilibria.hpp"
#include "organics/error.hpp"
#include "organics/stability.hpp"

namespace organics::test {
namespace {

HuntOptions small_hunt() {
  HuntOptions options;
  options.draws = 2000;
  options.climbs = 16;
  options.steps = 60;
  options.most = 5;
  return options;
}

double abscissa_at(const OwnedCircuit<double>& c, const std::vector<double>& state) {
  double abscissa = std::nan("");
  StabilityResults<double> results;
  results.abscissa = packed(&abscissa, 1, 1);
  stability<double>(Cpu{1}, as_batch(c), packed(state.data(), 1, 2 * c.n), results);
  return abscissa;
}

Status from_rest(const OwnedCircuit<double>& c, std::vector<double>& state) {
  Status status{};
  state.resize(2 * static_cast<std::size_t>(c.n));
  SteadyStateResults<double> results;
  results.status = packed(&status, 1, 1);
  results.states = packed(state.data(), 1, 2 * c.n);
  steady_state<double>(Cpu{1}, as_batch(c), {}, {}, results);
  return status;
}

int stable_equilibria(const OwnedCircuit<double>& c) {
  EquilibriaOptions options;
  options.starts = 64;
  options.seed = 99;
  std::vector<Verdict> verdict(static_cast<std::size_t>(options.room));
  EquilibriaResults<double> results;
  results.verdict = packed(verdict.data(), 1, options.room);
  equilibria<double>(Cpu{1}, as_batch(c), options, results);
  return static_cast<int>(std::count(verdict.begin(), verdict.end(), Verdict::stable));
}

/// What was found is looked at again, by other means and from more starts.
void expect_unstable(const HuntResults& results) {
  for (const HuntedCircuit& found : results.found) {
    std::vector<double> state;
    EXPECT_EQ(from_rest(found.circuit, state), found.status);
    EXPECT_NE(found.status, Status::ok);
    EXPECT_EQ(found.stable, 0);
    EXPECT_EQ(stable_equilibria(found.circuit), 0);
  }
}

/// math.md, section 7: a single neuron with wr = -1 may have no stable equilibrium.
TEST(Hunt, FindsSingleNeurons) {
  Ensemble e;
  e.n = 1;
  HuntOptions options = small_hunt();
  options.draws = 100;  // of which none is unstable: those found are climbed to
  const HuntResults results = hunt(Cpu{}, e, options);
  ASSERT_EQ(results.found.size(), 5U);
  expect_unstable(results);
  for (const HuntedCircuit& found : results.found) {
    EXPECT_GT(found.step, 0);
    EXPECT_EQ(found.circuit.Wr[0], -1);
    // the exact criterion: no stable equilibrium where w u^2 >= 4 (1 - (c / 4)^(1/3))^3
    const OwnedCircuit<double>& p = found.circuit;
    const double c = std::pow(p.b0[0] * p.sigma[0], 2);
    const double u = p.b1[0] * p.z[0];
    EXPECT_GE(p.W[0] * u * u, 4 * std::pow(1 - std::cbrt(c / 4), 3));
  }
}

/// Section 7: symmetric positive definite Wr of norm 1 with equal time constants. No random draw shows it.
TEST(Hunt, FindsPositiveDefiniteWeightsThatCycle) {
  Ensemble e;
  e.n = 2;
  e.recurrent = RecurrentWeights::positive_definite;
  HuntOptions options = small_hunt();
  options.draws = 10000;
  options.climbs = 64;
  options.steps = 150;
  const HuntResults results = hunt(Cpu{}, e, options);
  ASSERT_GE(results.found.size(), 1U);
  expect_unstable(results);
  for (const HuntedCircuit& found : results.found) {
    EXPECT_GT(found.step, 0) << "climbed to, not drawn";
    EXPECT_GT(found.abscissa, 0);
    const std::vector<double>& Wr = found.circuit.Wr;
    EXPECT_EQ(Wr[1], Wr[2]);
    EXPECT_GE(Wr[0] * Wr[3] - Wr[1] * Wr[2], -1e-15);
    const double mean = 0.5 * (Wr[0] + Wr[3]);
    EXPECT_NEAR(mean + std::hypot(0.5 * (Wr[0] - Wr[3]), Wr[1]), 1, 1e-12) << "the norm";
    EXPECT_EQ(found.circuit.tau_y, std::vector<double>(2, 0.002));
  }
}

/// Section 7: nonnegative Wr with W = alpha ones, and orthogonal Wr.
TEST(Hunt, FindsTheOtherKindsThatAreKnown) {
  Ensemble nonnegative;
  nonnegative.n = 2;
  nonnegative.recurrent = RecurrentWeights::nonnegative;
  nonnegative.W = nonnegative.W.per_circuit();
  Ensemble orthogonal;
  orthogonal.n = 3;
  orthogonal.recurrent = RecurrentWeights::orthogonal;
  for (const Ensemble& e : {nonnegative, orthogonal}) {
    HuntOptions options = small_hunt();
    options.steps = 250;
    const HuntResults results = hunt(Cpu{}, e, options);
    EXPECT_GE(results.found.size(), 1U);
    expect_unstable(results);
  }
}

/// Wr = I is stable whatever the rest (Rawat, Heeger and Martiniani 2024, theorem 4.1): nothing can be found.
TEST(Hunt, FindsNothingWhereStabilityIsProven) {
  Ensemble e;
  e.n = 3;
  e.recurrent = RecurrentWeights::identity;
  e.tau_y = e.tau_a = Distribution::log_uniform(1e-3, 1e-1);
  const HuntResults results = hunt(Cpu{}, e, small_hunt());
  EXPECT_TRUE(results.found.empty());
  EXPECT_TRUE(results.escaped.empty());
  EXPECT_TRUE(results.undecided.empty());
  EXPECT_EQ(results.trials, 16 * 60);
  ASSERT_FALSE(results.highest.empty());
}

TEST(Hunt, ClimbsFarAboveWhatWasDrawn) {
  Ensemble e;
  e.n = 5;
  e.b0 = e.sigma = Distribution(0.3, 1);
  e.recurrent = RecurrentWeights::positive_definite;
  HuntOptions options = small_hunt();
  options.most = 16;
  options.draws = 500;
  SweepOptions sweep_options;
  sweep_options.seed = options.seed;
  sweep_options.circuits = options.draws;
  const double drawn = sweep(Cpu{}, e, sweep_options).abscissa_max;
  const HuntResults results = hunt(Cpu{}, e, options);
  ASSERT_EQ(results.highest.size(), 16U);
  double before = 0;
  for (const HuntedCircuit& top : results.highest) {
    EXPECT_LE(top.abscissa, before) << "in order";
    before = top.abscissa;
    std::vector<double> state;
    EXPECT_EQ(from_rest(top.circuit, state), Status::ok);
    EXPECT_NEAR(abscissa_at(top.circuit, state), top.abscissa, 1e-6 * std::abs(top.abscissa));
  }
  EXPECT_GT(results.highest.front().abscissa, 0.5 * drawn) << "the abscissa is negative";
}

/// Circuits that do not settle though they could, or of which nothing is known, are listed once for each start.
TEST(Hunt, ListsTheFirstStrayOfEachStart) {
  Ensemble e;
  e.n = 1;
  e.sigma = 0;
  HuntOptions options = small_hunt();
  options.draws = 200;
  options.climbs = 4;
  options.most = 100;
  const HuntResults results = hunt(Cpu{}, e, options);
  std::vector<std::int64_t> starts;
  for (const auto* list : {&results.escaped, &results.undecided}) {
    for (const HuntedCircuit& stray : *list) {
      if (stray.step > 0) starts.push_back(stray.index);
    }
  }
  EXPECT_GE(starts.size(), 3U);
  std::sort(starts.begin(), starts.end());
  EXPECT_EQ(std::adjacent_find(starts.begin(), starts.end()), starts.end());
}

TEST(Hunt, DependsOnItsOptionsAlone) {
  Ensemble e;
  e.n = 3;
  e.recurrent = RecurrentWeights::orthogonal;
  const HuntResults one = hunt(Cpu{1}, e, small_hunt());
  const HuntResults two = hunt(Cpu{2}, e, small_hunt());
  ASSERT_EQ(one.highest.size(), two.highest.size());
  ASSERT_EQ(one.found.size(), two.found.size());
  for (std::size_t k = 0; k < one.highest.size(); ++k) {
    EXPECT_EQ(one.highest[k].circuit.Wr, two.highest[k].circuit.Wr);
    EXPECT_EQ(one.highest[k].abscissa, two.highest[k].abscissa);
  }
  HuntOptions other = small_hunt();
  other.seed = 2;
  EXPECT_NE(hunt(Cpu{}, e, other).highest[0].abscissa, one.highest[0].abscissa);
}

TEST(Hunt, TellsHowItGetsOnAndEndsWhenTold) {
  Ensemble e;
  e.n = 2;
  HuntOptions options = small_hunt();
  options.draws = 100;
  std::vector<int> steps;
  options.after_step = [&](const HuntProgress& progress, const HuntResults&) {
    steps.push_back(progress.step);
    EXPECT_EQ(progress.steps, 60);
    return progress.step < 3;
  };
  const HuntResults results = hunt(Cpu{}, e, options);
  EXPECT_EQ(steps, (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(results.trials, 3 * 16);
}

TEST(Hunt, EndsWhenEnoughAreFound) {
  Ensemble e;
  e.n = 1;
  HuntOptions options = small_hunt();
  options.most = 2;
  const HuntResults results = hunt(Cpu{}, e, options);
  EXPECT_EQ(results.found.size(), 2U);
  EXPECT_EQ(results.found[0].step, 0) << "drawn unstable";
  EXPECT_EQ(results.trials, 0);
  expect_unstable(results);
}

TEST(Hunt, RefusesOptionsThatMakeNoSense) {
  const auto message = [](const HuntOptions& options) -> std::string {
    try {
      hunt(Cpu{}, Ensemble{}, options);
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return "";
  };
  HuntOptions options;
  options.climbs = 0;
  EXPECT_EQ(message(options), "climbs = 0: expected 1 to 1000000");
  options = {};
  options.steps = -1;
  EXPECT_EQ(message(options), "steps = -1: expected 0 to 1000000");
  options = {};
  options.draws = 0;
  EXPECT_EQ(message(options), "draws = 0: expected 1 to 1000000000");
  options = {};
  options.most = 0;
  EXPECT_EQ(message(options), "most = 0: expected 1 to 1000000");
  options = {};
  options.starts = 0;
  EXPECT_EQ(message(options), "starts = 0: expected 1 to 1000000");
  Ensemble still;
  still.b0 = still.b1 = still.sigma = still.W = 0.5;
  still.recurrent = RecurrentWeights::identity;
  still.drive = InputDrive::distribution;
  still.z = 1;
  EXPECT_THROW(hunt(Cpu{}, still, {}), InvalidArgument) << "nothing can move";
}

}  // namespace
}  // namespace organics::test
