// Sweeps: the same statistics whatever the threads, chunks and splits, and every listed circuit can be regenerated.
#include "organics/sweep.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"

namespace organics::test {
namespace {

Ensemble figure4(int n) {
  Ensemble ensemble;
  ensemble.n = n;
  return ensemble;
}

/// One neuron with strong input: many circuits have nothing stable, so every list and count is used.
Ensemble stormy() {
  Ensemble ensemble = figure4(1);
  ensemble.z_norm = 3;
  return ensemble;
}

SweepOptions options_of(std::int64_t circuits, std::int64_t chunk = 0) {
  SweepOptions options;
  options.circuits = circuits;
  options.chunk = chunk;
  options.worst = 7;
  options.histogram = {-700, 0, 35};
  return options;
}

bool same_number(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void expect_same_list(const std::vector<SweptCircuit>& a, const std::vector<SweptCircuit>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].index, b[i].index);
    EXPECT_TRUE(same_number(a[i].abscissa, b[i].abscissa));
    EXPECT_TRUE(same_number(a[i].frequency, b[i].frequency));
    EXPECT_EQ(a[i].status, b[i].status);
    EXPECT_EQ(a[i].verdict, b[i].verdict);
  }
}

void expect_same_statistics(const SweepResults& a, const SweepResults& b, bool costs = true) {
  EXPECT_EQ(a.circuits, b.circuits);
  for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(a.verdicts[i], b.verdicts[i]) << name(static_cast<Verdict>(i));
  for (int i = 0; i < status_count; ++i) EXPECT_EQ(a.statuses[i], b.statuses[i]) << name(static_cast<Status>(i));
  for (int i = 0; i < rung_count; ++i) EXPECT_EQ(a.rungs[i], b.rungs[i]) << name(static_cast<Rung>(i));
  EXPECT_EQ(a.histogram, b.histogram);
  EXPECT_TRUE(same_number(a.abscissa_min, b.abscissa_min));
  EXPECT_TRUE(same_number(a.abscissa_max, b.abscissa_max));
  expect_same_list(a.worst, b.worst);
  expect_same_list(a.marginal, b.marginal);
  expect_same_list(a.unsettled, b.unsettled);
  for (std::size_t i = 0; i < a.digests.size(); ++i) {
    if (costs || i < static_cast<std::size_t>(Quantity::newton_steps)) {
      EXPECT_EQ(a.digests[i], b.digests[i]) << i;
    }
  }
}

TEST(Sweep, SameStatisticsForEveryThreadCountAndChunkSize) {
  for (const Ensemble& ensemble : {stormy(), figure4(4)}) {
    const SweepResults reference = sweep(Cpu{1}, ensemble, options_of(500));
    for (const int threads : {1, 2, 3, 7}) {
      for (const std::int64_t chunk : {1, 17, 0}) {
        expect_same_statistics(reference, sweep(Cpu{threads}, ensemble, options_of(500, chunk)));
      }
    }
  }
}

TEST(Sweep, HalvesMergeToTheWholeInEitherOrder) {
  const SweepResults whole = sweep(Cpu{2}, stormy(), options_of(900));
  SweepOptions first = options_of(400);
  SweepOptions second = options_of(500);
  second.first = 400;
  const SweepResults a = sweep(Cpu{2}, stormy(), first);
  const SweepResults b = sweep(Cpu{2}, stormy(), second);
  SweepResults ab = a;
  ab.merge(b, 7);
  SweepResults ba = b;
  ba.merge(a, 7);
  expect_same_statistics(whole, ab);
  expect_same_statistics(whole, ba);
}

/// Verdicts without eigenvalues: every count of the full sweep, and no abscissa anywhere.
TEST(Sweep, VerdictsAloneAreThoseOfTheFullSweep) {
  Ensemble strong = figure4(3);
  strong.Wr_norm = 2;
  strong.z_norm = 2;
  for (const Ensemble& ensemble : {stormy(), figure4(5), strong}) {
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      SweepOptions options = options_of(400);
      options.precision = precision;
      const SweepResults full = sweep(Cpu{2}, ensemble, options);
      options.verdict_only = true;
      const SweepResults verdicts = sweep(Cpu{2, Simd::baseline}, ensemble, options);  // costs are compared
      EXPECT_FALSE(full.verdict_only);
      EXPECT_TRUE(verdicts.verdict_only);
      EXPECT_TRUE(std::equal(std::begin(full.verdicts), std::end(full.verdicts), verdicts.verdicts));
      EXPECT_TRUE(std::equal(std::begin(full.statuses), std::end(full.statuses), verdicts.statuses));
      EXPECT_TRUE(std::equal(std::begin(full.rungs), std::end(full.rungs), verdicts.rungs));
      EXPECT_TRUE(std::equal(std::begin(full.newton_steps), std::end(full.newton_steps), verdicts.newton_steps));
      EXPECT_TRUE(std::isnan(verdicts.abscissa_min));
      EXPECT_TRUE(std::isnan(verdicts.abscissa_max));
      EXPECT_TRUE(verdicts.worst.empty());
      EXPECT_TRUE(verdicts.marginal.empty());
      for (const auto quantity : {Quantity::newton_steps, Quantity::flow_steps}) {
        EXPECT_EQ(verdicts.digests[static_cast<std::size_t>(quantity)],
                  full.digests[static_cast<std::size_t>(quantity)]);
      }
      for (const auto quantity :
           {Quantity::abscissa, Quantity::frequency, Quantity::damping_ratio, Quantity::state_norm}) {
        EXPECT_EQ(verdicts.digests[static_cast<std::size_t>(quantity)].total(), 0);
      }
      EXPECT_EQ(std::accumulate(verdicts.histogram.begin(), verdicts.histogram.end(), std::int64_t{0}), 0);
      ASSERT_EQ(verdicts.unsettled.size(), full.unsettled.size());
      for (std::size_t i = 0; i < full.unsettled.size(); ++i) {
        EXPECT_EQ(verdicts.unsettled[i].index, full.unsettled[i].index);
        EXPECT_EQ(verdicts.unsettled[i].verdict, full.unsettled[i].verdict);
        EXPECT_TRUE(std::isnan(verdicts.unsettled[i].abscissa));
      }
      EXPECT_THROW(sweep(Cpu{1}, ensemble, options_of(1)).merge(verdicts, 7), InvalidArgument);
    }
  }
}

TEST(Sweep, CostsAreThoseOfTheCircuits) {
  const SweepResults r = sweep(Cpu{2}, stormy(), options_of(300));
  const auto flow = static_cast<int>(Rung::flow);
  const auto direct = static_cast<int>(Rung::fixed_point);
  EXPECT_GE(r.newton_steps[direct], r.rungs[direct]);
  EXPECT_EQ(r.flow_steps[direct], 0);
  EXPECT_GE(r.flow_steps[flow], r.rungs[flow]);
  EXPECT_EQ(r.lu_factorisations[direct], r.newton_steps[direct] + 5 * r.rungs[direct]) << "five of the iteration";
  EXPECT_GT(r.flow_steps[static_cast<int>(Rung::none)], 100) << "runaways take many steps";
}

TEST(Sweep, CountsAddUp) {
  const SweepResults results = sweep(Cpu{2}, stormy(), options_of(1500));
  const auto sum = [](const auto& counts) {
    return std::accumulate(std::begin(counts), std::end(counts), std::int64_t{0});
  };
  EXPECT_EQ(results.circuits, 1500);
  EXPECT_EQ(sum(results.verdicts), 1500);
  EXPECT_EQ(sum(results.statuses), 1500);
  EXPECT_EQ(sum(results.rungs), 1500);
  EXPECT_EQ(sum(results.histogram), 1500 - results.verdicts[static_cast<int>(Verdict::none)]);
  EXPECT_EQ(results.rungs[static_cast<int>(Rung::none)], 1500 - results.statuses[static_cast<int>(Status::ok)] -
                                                             results.statuses[static_cast<int>(Status::limit_cycle)]);
  EXPECT_GT(results.statuses[static_cast<int>(Status::diverged)], 50) << "strong input does blow up";
  EXPECT_GT(results.statuses[static_cast<int>(Status::ok)], 50);
  EXPECT_EQ(results.unsettled.size(), 7U);
  for (std::size_t i = 1; i < results.unsettled.size(); ++i) {
    EXPECT_LT(results.unsettled[i - 1].index, results.unsettled[i].index);
    EXPECT_GE(results.worst[i - 1].abscissa, results.worst[i].abscissa);
  }
  EXPECT_EQ(results.worst[0].abscissa, results.abscissa_max);
}

/// Judged one by one through the public functions, circuit by circuit: the same counts, histogram and lists.
TEST(Sweep, IsWhatTheOtherOperationsSayOfTheDrawnCircuits) {
  const Ensemble ensemble = stormy();
  SweepOptions options = options_of(300);
  options.first = 1000;
  options.seed = 99;
  const SweepResults results = sweep(Cpu{2}, ensemble, options);
  std::vector<std::int64_t> statuses(status_count, 0);
  std::vector<std::int64_t> histogram(37, 0);
  double largest = -std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < 300; ++i) {
    const auto circuit = draw<double>(ensemble, 99, 1000 + i);
    const auto settled = settle_all<double>(Cpu{1}, as_batch(circuit));
    ++statuses[static_cast<std::size_t>(settled.status[0])];
    if (settled.status[0] != Status::ok) continue;
    const auto judged = judge_all<double>(Cpu{1}, as_batch(circuit), settled.states);
    largest = std::max(largest, judged.abscissa[0]);
    const double place = (judged.abscissa[0] + 700) / 20;
    ++histogram[place < 0 ? 0U : place >= 35 ? 36U : 1 + static_cast<std::size_t>(place)];
  }
  for (int i = 0; i < status_count; ++i) EXPECT_EQ(results.statuses[i], statuses[static_cast<std::size_t>(i)]);
  EXPECT_EQ(results.histogram, histogram);
  EXPECT_EQ(results.abscissa_max, largest);
}

/// The quantile of a sorted list that Digest means.
double quantile_of(std::vector<double> numbers, double p) {
  std::sort(numbers.begin(), numbers.end());
  const double place = std::ceil(p * static_cast<double>(numbers.size()));
  return numbers[place < 1 ? 0 : static_cast<std::size_t>(place) - 1];
}

/// Every distribution against the numbers of the circuits one by one.
TEST(Sweep, DistributionsAreThoseOfTheDrawnCircuits) {
  Ensemble ensemble = figure4(3);
  ensemble.Wr_norm = 2;  // some rotate, some run away, some are near the margin
  ensemble.z_norm = 2;
  const SweepResults results = sweep(Cpu{2, Simd::none}, ensemble, options_of(400));
  std::vector<double> numbers[quantity_count];
  const auto of = [&](Quantity quantity) -> std::vector<double>& { return numbers[static_cast<int>(quantity)]; };
  for (std::int64_t i = 0; i < 400; ++i) {
    const auto circuit = draw<double>(ensemble, 1, i);
    std::int32_t newton = 0, flow = 0;
    Status status{};
    std::vector<double> state(6);
    SteadyStateResults<double> settled;
    settled.states = packed(state.data(), 1, 6);
    settled.status = packed(&status, 1, 1);
    settled.newton_steps = packed(&newton, 1, 1);
    settled.steps = packed(&flow, 1, 1);
    steady_state<double>(Cpu{1, Simd::none}, as_batch(circuit), {}, {}, settled);
    of(Quantity::newton_steps).push_back(newton);
    of(Quantity::flow_steps).push_back(flow);
    if (status != Status::ok) continue;
    double square = 0;
    for (const double x : state) square += x * x;
    of(Quantity::state_norm).push_back(std::sqrt(square));
    const auto judged = judge_all<double>(Cpu{1}, as_batch(circuit), state);
    of(Quantity::abscissa).push_back(judged.abscissa[0]);
    if (judged.frequency[0] == 0) continue;
    of(Quantity::frequency).push_back(judged.frequency[0]);
    of(Quantity::damping_ratio).push_back(-judged.abscissa[0] / std::hypot(judged.abscissa[0], judged.frequency[0]));
  }
  for (std::size_t k = 0; k < results.digests.size(); ++k) {
    const Digest& digest = results.digests[k];
    const auto all = static_cast<std::int64_t>(numbers[k].size());
    ASSERT_GT(all, 20) << name(static_cast<Quantity>(k));
    // the spectra of a few circuits that ended on something unstable are in the sweep as well
    EXPECT_GE(digest.total(), all) << name(static_cast<Quantity>(k));
    EXPECT_LE(digest.total(), all + results.verdicts[static_cast<int>(Verdict::unstable)]);
    if (digest.total() != all) continue;
    for (const double p : {0.0, 0.1, 0.5, 0.77, 1.0}) {
      const double exact = quantile_of(numbers[k], p);
      EXPECT_LE(std::abs(digest.quantile(p)), std::abs(exact)) << name(static_cast<Quantity>(k)) << ' ' << p;
      EXPECT_GE(std::abs(digest.quantile(p)) * (1 + 1.0 / 32), std::abs(exact)) << name(static_cast<Quantity>(k));
    }
  }
  EXPECT_EQ(results.digests[static_cast<std::size_t>(Quantity::state_norm)].total(), results.statuses[0]);
}

TEST(Sweep, DigestsMergeToWhatAllNumbersGive) {
  Digest all, odd, even;
  for (int k = -50; k < 1000; k += 3) {
    const double number = 0.37 * k * k * k;
    all.add(number);
    (k % 2 == 0 ? even : odd).add(number);
  }
  Digest merged = odd;
  merged.merge(even);
  EXPECT_EQ(merged, all);
  even.merge(odd);
  EXPECT_EQ(even, all);
  even.merge({});
  EXPECT_EQ(even, all);
  Digest none;
  EXPECT_TRUE(std::isnan(none.quantile(0.5)));
  none.merge(all);
  EXPECT_EQ(none, all);
  EXPECT_EQ(all.total(), 350);
}

TEST(Sweep, BinsOfADigestFollowEachOther) {
  Digest digest;
  for (const double number : {0.0, 1e-9, 0.3, 64.0, 1e5}) digest.add(number);
  EXPECT_EQ(digest.width(0), 2 * digest.value(1)) << "0 and what is near it on either side";
  for (std::size_t k = 1; k + 1 < digest.counts.size(); ++k) {
    EXPECT_EQ(digest.value(k) + digest.width(k), digest.value(k + 1)) << k;
  }
  EXPECT_EQ(sweep_workspace_size(Cpu{}, figure4(2), {}), 0U);
}

/// Nearest to 0 from either side, not the largest.
TEST(Sweep, MarginalCircuitsAreThoseNearestToZero) {
  Ensemble ensemble = figure4(2);
  ensemble.Wr_norm = 3;
  ensemble.z_norm = 0;  // silence is an equilibrium, and often an unstable one
  SweepOptions options = options_of(3000);
  options.worst = 3000;
  const SweepResults all = sweep(Cpu{2}, ensemble, options);
  ASSERT_EQ(all.marginal.size(), all.worst.size());
  EXPECT_TRUE(std::is_sorted(all.marginal.begin(), all.marginal.end(),
                             [](const auto& p, const auto& q) { return std::abs(p.abscissa) < std::abs(q.abscissa); }));
  ASSERT_GT(all.verdicts[static_cast<int>(Verdict::unstable)], 0);
  EXPECT_NE(all.marginal[0].index, all.worst[0].index);
  options.worst = 5;
  const SweepResults few = sweep(Cpu{2}, ensemble, options);
  expect_same_list(few.marginal, {all.marginal.begin(), all.marginal.begin() + 5});
}

TEST(Sweep, ListedCircuitsAreRegeneratedByTheirIndex) {
  for (const int n : {1, 3, 10}) {
    const SweepResults results = sweep(Cpu{2}, figure4(n), options_of(300));
    ASSERT_EQ(results.worst.size(), 7U);
    for (const SweptCircuit& worst : results.worst) {
      const auto circuit = draw<double>(figure4(n), 1, worst.index);
      // a sweep for abscissae takes circuits one at a time
      const auto settled = settle_all<double>(Cpu{1, Simd::none}, as_batch(circuit));
      const auto judged = judge_all<double>(Cpu{1}, as_batch(circuit), settled.states);
      EXPECT_EQ(settled.status[0], worst.status);
      EXPECT_EQ(judged.abscissa[0], worst.abscissa);
      EXPECT_EQ(judged.frequency[0], worst.frequency);
      EXPECT_EQ(judged.verdict[0], worst.verdict);
    }
  }
}

TEST(Sweep, IdentityRecurrenceIsStableWhateverTheRest) {
  for (const int n : {1, 2, 6}) {
    for (const auto model : {ModelKind::main, ModelKind::rectified}) {
      Ensemble ensemble = figure4(n);
      ensemble.model = model;
      ensemble.recurrent = RecurrentWeights::identity;
      ensemble.z_norm = 20;
      ensemble.W = {0, 5};
      ensemble.tau_a = 0.03;
      const SweepResults results = sweep(Cpu{2}, ensemble, options_of(400));
      EXPECT_EQ(results.verdicts[static_cast<int>(Verdict::stable)], 400);
      EXPECT_EQ(results.rungs[static_cast<int>(Rung::closed_form)], 400);
      EXPECT_TRUE(results.unsettled.empty());
    }
  }
}

/// Stability at Wr = I holds for every tau, gain and W, so no distribution of them may bring anything else.
TEST(Sweep, IdentityRecurrenceIsStableForEveryDistributionOfTheRest) {
  Ensemble ensemble = figure4(4);
  ensemble.recurrent = RecurrentWeights::identity;
  ensemble.tau_y = Distribution::log_uniform(1e-4, 1e-1);
  ensemble.b0 = Distribution::log_normal(0.5, 1);
  ensemble.b1 = Distribution::normal(0.5, 0.3, 0);
  ensemble.sigma = Distribution::log_uniform(0.01, 1).per_circuit();
  ensemble.drive = InputDrive::distribution;
  ensemble.z = Distribution::normal(0, 3);
  for (const auto kind : {NormalisationWeights::full, NormalisationWeights::identity, NormalisationWeights::sparse,
                          NormalisationWeights::ring}) {
    for (const auto& tau_a : {Distribution::log_uniform(1e-4, 1e-1), Distribution::same_as(Parameter::tau_y, 30)}) {
      ensemble.W_kind = kind;
      ensemble.tau_a = tau_a;
      const SweepResults results = sweep(Cpu{2}, ensemble, options_of(300));
      EXPECT_EQ(results.verdicts[static_cast<int>(Verdict::stable)], 300) << name(kind);
    }
  }
}

TEST(Sweep, EveryKindOfMatrixIsSweptTheSameOnEveryThreadCount) {
  for (int kind = 0; kind < recurrent_weights_count; ++kind) {
    Ensemble ensemble = figure4(4);
    ensemble.recurrent = static_cast<RecurrentWeights>(kind);
    static constexpr double given[16] = {1, 0, -2, 0, 0, 3, 0, 1, 0, 0, 1, 0, 1, 0, 0, -1};
    ensemble.Wr_given = given;
    ensemble.Wr_scale = RecurrentScale::radius;
    ensemble.Wr_norm = 0.5;
    const SweepResults results = sweep(Cpu{1}, ensemble, options_of(40));
    expect_same_statistics(results, sweep(Cpu{3}, ensemble, options_of(40, 7)));
    EXPECT_EQ(results.circuits, 40);
    EXPECT_GT(results.verdicts[static_cast<int>(Verdict::stable)], 20) << name(ensemble.recurrent);
  }
}

/// Circuits that are judged side by side are scaled there only where that is all that the draw leaves to do.
TEST(Sweep, CircuitsOfEveryEnsembleAreTheSameSideBySide) {
  Ensemble drive = figure4(1);
  drive.drive = InputDrive::distribution;
  drive.z = {-3, 3};
  Ensemble raw = figure4(2);
  raw.Wr_scale = RecurrentScale::none;
  Ensemble skew = stormy();
  skew.n = 2;
  skew.recurrent = RecurrentWeights::orthogonal;
  for (const Ensemble& ensemble : {drive, raw, skew}) {
    SweepOptions options = options_of(500);
    const SweepResults alone = sweep(Cpu{2}, ensemble, options);
    EXPECT_GT(alone.verdicts[static_cast<int>(Verdict::none)], 10);
    EXPECT_GT(alone.verdicts[static_cast<int>(Verdict::stable)], 10);
    options.verdict_only = true;
    const SweepResults together = sweep(Cpu{2}, ensemble, options);
    for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(together.verdicts[i], alone.verdicts[i]);
  }
}

TEST(Sweep, FloatAgreesWithDoubleOnAlmostEveryCircuit) {
  SweepOptions options = options_of(600);
  const SweepResults wide = sweep(Cpu{2}, figure4(3), options);
  options.precision = Precision::float32;
  const SweepResults narrow = sweep(Cpu{2}, figure4(3), options);
  EXPECT_NEAR(static_cast<double>(narrow.verdicts[0]), static_cast<double>(wide.verdicts[0]), 6);
  EXPECT_NEAR(narrow.abscissa_min, wide.abscissa_min, 1e-2 * std::abs(wide.abscissa_min));
}

TEST(Sweep, AnotherSeedIsAnotherSweep) {
  SweepOptions options = options_of(200);
  const SweepResults one = sweep(Cpu{1}, figure4(2), options);
  options.seed = 2;
  EXPECT_NE(sweep(Cpu{1}, figure4(2), options).histogram, one.histogram);
}

TEST(Sweep, NoCircuitsIsNoWork) {
  const SweepResults results = sweep(Cpu{}, figure4(2), options_of(0));
  EXPECT_EQ(results.circuits, 0);
  EXPECT_EQ(results.histogram, std::vector<std::int64_t>(37, 0));
  EXPECT_TRUE(std::isnan(results.abscissa_max));
  SweepResults merged = results;
  merged.merge(sweep(Cpu{1}, figure4(2), options_of(50)), 7);
  expect_same_statistics(merged, sweep(Cpu{1}, figure4(2), options_of(50)));
}

TEST(Sweep, ReportsProgressUpToTheEnd) {
  SweepOptions options = options_of(200, 10);
  std::int64_t last = 0;
  options.progress = [&](const SweepProgress& progress) {
    EXPECT_GT(progress.done, last);
    EXPECT_EQ(progress.total, 200);
    last = progress.done;
  };
  sweep(Cpu{2}, figure4(1), options);
  EXPECT_EQ(last, 200);
}

void expect_refused(const std::function<void(Ensemble&, SweepOptions&)>& change,
                    const std::vector<std::string>& parts) {
  Ensemble ensemble = figure4(2);
  SweepOptions options = options_of(10);
  change(ensemble, options);
  try {
    sweep(Cpu{1}, ensemble, options);
    ADD_FAILURE() << "not refused: " << parts.front();
  } catch (const InvalidArgument& error) {
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << part << " in: " << error.what();
    }
  }
}

TEST(Sweep, BadEnsemblesAndOptionsAreRefused) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused([](auto& e, auto&) { e.n = 0; }, {"n = 0", "1 to"});
  expect_refused([](auto& e, auto&) { e.tau_y = 0; }, {"tau_y = 0"});
  expect_refused([](auto& e, auto&) { e.tau_a = -1; }, {"tau_a = -1"});
  expect_refused([](auto& e, auto&) { e.b0 = {2, 1}; }, {"b0 = [2, 1]", "lower <= upper"});
  expect_refused([](auto& e, auto&) { e.b1 = {-1, 1}; }, {"b1 = [-1, 1]", "0 <= lower"});
  expect_refused([](auto& e, auto&) { e.sigma = {0, nan}; }, {"sigma = [0, nan]"});
  expect_refused([](auto& e, auto&) { e.W = {-0.5, 1}; }, {"W = [-0.5, 1]"});
  expect_refused([](auto& e, auto&) { e.Wr_norm = nan; }, {"Wr_norm = nan"});
  expect_refused([](auto& e, auto&) { e.z_norm = -2; }, {"z_norm = -2"});
  expect_refused([](auto& e, auto&) { e.tau_y = Distribution::normal(1, 1); }, {"tau_y = normal [1, 1]", "log_normal"});
  expect_refused([](auto& e, auto&) { e.tau_a = Distribution::same_as(Parameter::tau_a); }, {"tau_a", "not tied"});
  expect_refused([](auto& e, auto&) { e.b0 = Distribution::same_as(Parameter::z); }, {"b0 = 1 times z", "not tied"});
  expect_refused([](auto& e, auto&) { e.tau_y = Distribution::same_as(Parameter::b0); }, {"tau_y", "> 0"});
  expect_refused([](auto& e, auto&) { e.W = Distribution::same_as(Parameter::b0); }, {"W = 1 times b0", "not tied"});
  expect_refused([](auto& e, auto&) { e.Wr_rank = 3; }, {"Wr_rank = 3", "1 to n"});
  expect_refused([](auto& e, auto&) { e.Wr_density = 0; }, {"Wr_density = 0"});
  expect_refused([](auto& e, auto&) { e.W_width = 0; }, {"W_width = 0", "0.1"});
  expect_refused([](auto& e, auto&) { e.Wr_excitatory = nan; }, {"Wr_excitatory = nan"});
  expect_refused([](auto& e, auto&) { e.Wr_dale = true, e.recurrent = RecurrentWeights::ring; }, {"Wr_dale"});
  expect_refused([](auto&, auto& o) { o.circuits = -1; }, {"circuits = -1"});
  expect_refused([](auto&, auto& o) { o.first = -1; }, {"first = -1"});
  expect_refused([](auto&, auto& o) { o.chunk = -1; }, {"chunk = -1"});
  expect_refused([](auto&, auto& o) { o.worst = -1; }, {"worst = -1"});
  expect_refused([](auto&, auto& o) { o.histogram.bins = 0; }, {"bins = 0"});
  expect_refused([](auto&, auto& o) { o.histogram.upper = -700; }, {"upper = -700"});
  expect_refused([](auto&, auto& o) { o.histogram.lower = nan; }, {"lower = nan"});
  expect_refused([](auto&, auto& o) { o.steady_state.newton_steps = -1; }, {"newton_steps = -1"});
  EXPECT_THROW(draw<double>(figure4(2), 1, -1), InvalidArgument);
}

TEST(Sweep, MergesWithEmptyResultsInEitherOrder) {
  SweepOptions options;
  options.circuits = 50;
  const SweepResults part = sweep(Cpu{}, figure4(2), options);
  SweepResults total;
  total.merge(part, options.worst);
  EXPECT_EQ(total.circuits, 50);
  EXPECT_EQ(total.histogram, part.histogram);
  total.merge(SweepResults{}, options.worst);
  EXPECT_EQ(total.histogram, part.histogram);
  options.histogram.bins = 7;
  EXPECT_THROW(total.merge(sweep(Cpu{}, figure4(2), options), options.worst), InvalidArgument);
}

TEST(Sweep, NumbersThatFloatCannotHoldAreRefused) {
  expect_refused(
      [](auto& e, auto& o) {
        e.tau_y = 1e-60;
        o.precision = Precision::float32;
      },
      {"tau_y = 1e-60", "float"});
  const auto refused_in_float = [](const Distribution& b0, const std::string& what) {
    expect_refused(
        [&](auto& e, auto& o) {
          e.b0 = b0;
          o.precision = Precision::float32;
        },
        {what, "float"});
  };
  refused_in_float({0, 1e50}, "b0 = [0, 1e+50]");
  refused_in_float(Distribution::log_uniform(1e-60, 1), "b0 = log_uniform [1e-60, 1]");
  refused_in_float(Distribution::log_normal(1, 20), "b0 = log_normal [1, 20]");
}

TEST(Sweep, OneNeuronDrawsHaveRecurrenceOfExactlyTheNorm) {
  for (std::int64_t i = 0; i < 200; ++i) EXPECT_EQ(std::abs(draw<double>(figure4(1), 3, i).Wr[0]), 1.0);
}

/// The kinds of registers that this machine has.
std::vector<Simd> simds_here() {
  SweepOptions none;
  none.circuits = 0;
  none.verdict_only = true;
  std::vector<Simd> here;
  for (const Simd simd : {Simd::baseline, Simd::avx2, Simd::avx512}) {
    try {
      sweep(Cpu{1, simd}, figure4(1), none);
      here.push_back(simd);
    } catch (const InvalidArgument& error) {
      EXPECT_NE(std::string(error.what()).find(name(simd)), std::string::npos) << error.what();
    }
  }
  return here;
}

/// Ensembles whose circuits end in every way, and one whose every circuit a pack hands on.
std::vector<Ensemble> ensembles_for_packs() {
  Ensemble strong = figure4(3);
  strong.Wr_norm = 2;
  strong.z_norm = 2;
  Ensemble rectified = strong;
  rectified.model = ModelKind::rectified;
  Ensemble silent = figure4(4);
  silent.sigma = {0, 0};
  silent.z_norm = 0;
  Ensemble identity = figure4(3);
  identity.recurrent = RecurrentWeights::identity;
  return {stormy(), figure4(2), figure4(5), strong, rectified, silent, identity};
}

TEST(Sweep, CircuitsJudgedTogetherCountAsEachAlone) {
  for (const Ensemble& ensemble : ensembles_for_packs()) {
    for (const Precision precision : {Precision::float64, Precision::float32}) {
      SweepOptions options = options_of(601);
      options.precision = precision;
      options.verdict_only = true;
      const SweepResults alone = sweep(Cpu{2, Simd::none}, ensemble, options);
      for (const Simd simd : simds_here()) {
        SCOPED_TRACE(testing::Message() << "n " << ensemble.n << ", " << name(simd));
        const SweepResults together = sweep(Cpu{2, simd}, ensemble, options);
        expect_same_statistics(alone, together, simd == Simd::baseline);
        const auto direct = static_cast<int>(Rung::fixed_point);
        // where sums are fused with products, the residual of a state may fall on the other side of the tolerance: a step
        const std::int64_t slack = simd == Simd::baseline ? 0 : together.rungs[direct];
        EXPECT_NEAR(static_cast<double>(together.newton_steps[direct]), static_cast<double>(alone.newton_steps[direct]),
                    static_cast<double>(slack));
        EXPECT_NEAR(static_cast<double>(together.lu_factorisations[direct]),
                    static_cast<double>(alone.lu_factorisations[direct]), static_cast<double>(slack));
      }
    }
  }
}

TEST(Sweep, NeitherThreadsNorChunksChangeWhatIsJudgedTogether) {
  for (const Simd simd : simds_here()) {
    SweepOptions options = options_of(500);
    options.verdict_only = true;
    const SweepResults reference = sweep(Cpu{1, simd}, stormy(), options);
    for (const int threads : {1, 2, 3}) {
      for (const std::int64_t chunk : {1, 7, 64}) {
        options.chunk = chunk;
        const SweepResults other = sweep(Cpu{threads, simd}, stormy(), options);
        expect_same_statistics(reference, other);
        EXPECT_TRUE(std::equal(std::begin(other.newton_steps), std::end(other.newton_steps), reference.newton_steps));
      }
    }
  }
}

}  // namespace
}  // namespace organics::test
