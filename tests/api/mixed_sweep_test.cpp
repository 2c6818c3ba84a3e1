// Sweeps in mixed precision: circuit by circuit the verdict, status and rung of the sweep in double.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/cuda_test.hpp"

namespace organics::test {
namespace {

struct Swept {
  SweepResults results;
  std::vector<Status> status;
  std::vector<Verdict> verdict;
  std::vector<Rung> rung;
};

SweepOptions verdicts_of(std::int64_t circuits, Precision precision) {
  SweepOptions options;
  options.circuits = circuits;
  options.precision = precision;
  options.verdict_only = true;
  return options;
}

Swept swept(const Executor& executor, const Ensemble& ensemble, SweepOptions options) {
  Swept all;
  options.columns = {SweptColumn::status, SweptColumn::verdict, SweptColumn::rung};
  options.records = [&](const SweptCircuits& chunk) {
    all.status.insert(all.status.end(), chunk.status.begin(), chunk.status.end());
    all.verdict.insert(all.verdict.end(), chunk.verdict.begin(), chunk.verdict.end());
    all.rung.insert(all.rung.end(), chunk.rung.begin(), chunk.rung.end());
  };
  all.results = sweep(executor, ensemble, options);
  return all;
}

/// The kinds of registers that this machine has, and none.
std::vector<Simd> simds_here() {
  std::vector<Simd> here;
  for (const Simd simd : {Simd::none, Simd::baseline, Simd::avx2, Simd::avx512}) {
    try {
      thread_count({1, simd});
      here.push_back(simd);
    } catch (const InvalidArgument&) {  // not this one
    }
  }
  return here;
}

/// Returns what double says.
SweepResults expect_as_in_double(const Ensemble& ensemble, std::int64_t circuits,
                                 const SteadyStateOptions& steady_state = {}) {
  const auto options_in = [&](Precision precision) {
    SweepOptions options = verdicts_of(circuits, precision);
    options.steady_state = steady_state;
    return options;
  };
  const Swept wide = swept(Cpu{2, Simd::none}, ensemble, options_in(Precision::float64));
  for (const Simd simd : simds_here()) {
    SCOPED_TRACE(testing::Message() << "n " << ensemble.n << ", " << name(simd));
    const Swept mixed = swept(Cpu{2, simd}, ensemble, options_in(Precision::mixed));
    EXPECT_EQ(mixed.status, wide.status);
    EXPECT_EQ(mixed.verdict, wide.verdict);
    EXPECT_EQ(mixed.rung, wide.rung);
  }
  return wide.results;
}

std::int64_t count_of(const SweepResults& results, Verdict verdict) {
  return results.verdicts[static_cast<int>(verdict)];
}

Ensemble figure4(int n) {
  Ensemble ensemble;
  ensemble.n = n;
  return ensemble;
}

TEST(MixedSweep, OrdinaryCircuitsAreAsInDouble) {
  for (const int n : {1, 2, 10, 20, 50}) {
    const std::int64_t circuits = n <= 2 ? 2000 : n <= 10 ? 500 : n <= 20 ? 150 : 40;
    const SweepResults wide = expect_as_in_double(figure4(n), circuits);
    EXPECT_GT(count_of(wide, Verdict::stable), circuits * 9 / 10);
  }
}

TEST(MixedSweep, UnstableCircuitsAreAsInDouble) {
  Ensemble stormy = figure4(1);
  stormy.z_norm = 3;
  Ensemble strong = figure4(3);
  strong.Wr_norm = 2;
  strong.z_norm = 2;
  Ensemble rectified = strong;
  rectified.model = ModelKind::rectified;
  Ensemble wild = figure4(5);
  wild.Wr_norm = 3;
  wild.tau_y = Distribution::log_uniform(1e-3, 3e-2);
  wild.tau_a = Distribution::log_uniform(1e-3, 3e-2);
  for (const Ensemble& ensemble : {stormy, strong, rectified, wild}) {
    const SweepResults wide = expect_as_in_double(ensemble, 400);
    EXPECT_LT(count_of(wide, Verdict::stable), 400);
    EXPECT_GT(count_of(wide, Verdict::stable), 0);
  }
}

TEST(MixedSweep, CornersAreAsInDouble) {
  Ensemble silent = figure4(4);
  silent.sigma = {0, 0};
  silent.z_norm = 0;
  expect_as_in_double(silent, 100);
  Ensemble identity = figure4(3);
  identity.recurrent = RecurrentWeights::identity;
  expect_as_in_double(identity, 100);
  Ensemble small = figure4(3);
  small.sigma = {0, 1e-8};
  expect_as_in_double(small, 200);
}

TEST(MixedSweep, BadlyScaledCircuitsAreAsInDouble) {
  for (const int n : {1, 2, 6}) {
    Ensemble spread = figure4(n);
    spread.tau_y = Distribution::log_uniform(1e-6, 1e6);
    spread.tau_a = Distribution::log_uniform(1e-6, 1e6);
    expect_as_in_double(spread, 300);
    Ensemble fast = figure4(n);
    fast.tau_y = 1e-60;  // rates that float cannot hold
    fast.tau_a = 2e-60;
    expect_as_in_double(fast, 200);
    Ensemble large = figure4(n);
    large.W = {0, 1e50};
    large.b0 = {0, 1e45};
    large.z_norm = 1e40;
    expect_as_in_double(large, 20);
  }
}

/// Two equal neurons that rest at y^2 = 0.9, a = 0.25. What they do together is damped; their difference is made to grow by
/// recurrence (3 (1 - sqrt a) > 1) and held by normalisation, and how fast a follows decides whether that focus is stable:
/// its trace 1/2 / tau_y - 1/10 / tau_a is 0 at tau_a = tau_y / 5. The real parts are within `spread` of it.
Ensemble at_the_margin(double spread) {
  static const double Wr[] = {1.75, -1.25, -1.25, 1.75};  // 1/2 together, 3 against each other
  const double y = std::sqrt(0.9);
  const double sigma = std::sqrt(0.025);
  Ensemble e = figure4(2);
  e.recurrent = RecurrentWeights::given;
  e.Wr_given = Wr;
  e.Wr_scale = RecurrentScale::none;
  e.W_kind = NormalisationWeights::identity;
  e.W = {1, 1};
  e.b0 = {1, 1};
  e.b1 = {1, 1};
  e.sigma = {sigma, sigma};
  e.drive = InputDrive::distribution;
  e.z = {0.75 * y, 0.75 * y};
  e.tau_y = 1;
  e.tau_a = Distribution(0.2 * (1 - spread), 0.2 * (1 + spread));
  e.tau_a.per = DrawnPer::circuit;
  return e;
}

TEST(MixedSweep, AtTheMarginNoUnstableCircuitIsCalledStable) {
  SteadyStateOptions brief;  // no flow tells anything here
  brief.max_steps = 100;
  brief.cycle_steps = 0;
  for (const double spread : {1e-2, 1e-4, 1e-6, 1e-8, 1e-10}) {
    const SweepResults wide = expect_as_in_double(at_the_margin(spread), 200, brief);
    EXPECT_GT(count_of(wide, Verdict::stable), 50) << spread;
    EXPECT_GT(200 - count_of(wide, Verdict::stable), 50) << spread;
    EXPECT_GT(wide.rungs[static_cast<int>(Rung::fixed_point)], 50) << "where mixed precision has its say";
  }
}

void expect_same_statistics(const SweepResults& a, const SweepResults& b) {
  EXPECT_EQ(a.circuits, b.circuits);
  for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(a.verdicts[i], b.verdicts[i]);
  for (int i = 0; i < status_count; ++i) EXPECT_EQ(a.statuses[i], b.statuses[i]);
  for (int i = 0; i < rung_count; ++i) {
    EXPECT_EQ(a.rungs[i], b.rungs[i]);
    EXPECT_EQ(a.newton_steps[i], b.newton_steps[i]);
    EXPECT_EQ(a.lu_factorisations[i], b.lu_factorisations[i]);
  }
  EXPECT_EQ(a.digests, b.digests);
}

TEST(MixedSweep, ThreadsChunksAndPartsDoNotMatter) {
  const Ensemble ensemble = figure4(3);
  for (const Simd simd : simds_here()) {
    SweepOptions options = verdicts_of(300, Precision::mixed);
    const SweepResults whole = sweep(Cpu{1, simd}, ensemble, options);
    for (const std::int64_t chunk : {1, 7, 50}) {
      options.chunk = chunk;
      expect_same_statistics(sweep(Cpu{2, simd}, ensemble, options), whole);
    }
    SweepState resumed;
    options.after_chunk = [](const SweepState& state) { return state.results.circuits < 130; };
    sweep(Cpu{2, simd}, ensemble, options, resumed);
    EXPECT_LT(resumed.results.circuits, 300);
    options.after_chunk = nullptr;
    sweep(Cpu{2, simd}, ensemble, options, resumed);
    expect_same_statistics(resumed.results, whole);
    SweepResults parts;
    for (const std::int64_t first : {200, 0, 100}) {
      options.first = first;
      options.circuits = 100;
      parts.merge(sweep(Cpu{2, simd}, ensemble, options), options.worst);
    }
    expect_same_statistics(parts, whole);
  }
}

TEST(MixedSweep, CertifiesAsDoubleDoes) {
  Ensemble strong = figure4(3);
  strong.Wr_norm = 2;
  SweepOptions options = verdicts_of(300, Precision::float64);
  options.certify = true;
  const SweepResults wide = sweep(Cpu{2}, strong, options);
  options.precision = Precision::mixed;
  const SweepResults mixed = sweep(Cpu{2}, strong, options);
  EXPECT_EQ(mixed.proven, wide.proven);
  EXPECT_GT(mixed.proven, 200);
}

TEST(MixedSweep, IsForVerdictsOnly) {
  SweepOptions options = verdicts_of(10, Precision::mixed);
  options.verdict_only = false;
  try {
    sweep(Cpu{1}, figure4(2), options);
    ADD_FAILURE() << "not refused";
  } catch (const InvalidArgument& error) {
    for (const char* part : {"precision: mixed", "expected verdict_only"}) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(MixedSweep, PrecisionsHaveNames) {
  EXPECT_STREQ(name(Precision::float64), "double");
  EXPECT_STREQ(name(Precision::float32), "float");
  EXPECT_STREQ(name(Precision::mixed), "mixed");
}

using CudaMixedSweep = CudaTest;

TEST_F(CudaMixedSweep, IsAsInDoubleOnTheCpu) {
  Ensemble strong = figure4(3);
  strong.Wr_norm = 2;
  strong.z_norm = 2;
  for (const Ensemble& ensemble : {figure4(1), figure4(2), figure4(10), figure4(50), figure4(120), strong,
                                   at_the_margin(1e-2), at_the_margin(1e-6)}) {
    const std::int64_t circuits = ensemble.n <= 10 ? 200 : 8;
    SCOPED_TRACE(testing::Message() << "n " << ensemble.n);
    const Swept wide = swept(Cpu{2, Simd::none}, ensemble, verdicts_of(circuits, Precision::float64));
    const Swept mixed = swept(Cuda{}, ensemble, verdicts_of(circuits, Precision::mixed));
    EXPECT_EQ(mixed.status, wide.status);
    EXPECT_EQ(mixed.verdict, wide.verdict);
    EXPECT_EQ(mixed.rung, wide.rung);
  }
}

}  // namespace
}  // namespace organics::test
