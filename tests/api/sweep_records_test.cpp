// The records of a sweep: what it found of each circuit, chunk by chunk.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "organics/organics.hpp"
#include "support/cuda_test.hpp"

namespace organics::test {
namespace {

const std::vector<SweptColumn> every_column = {SweptColumn::index,      SweptColumn::status,
                                               SweptColumn::verdict,    SweptColumn::abscissa,
                                               SweptColumn::frequency,  SweptColumn::damping_ratio,
                                               SweptColumn::state_norm, SweptColumn::newton_steps,
                                               SweptColumn::flow_steps, SweptColumn::lu_factorisations,
                                               SweptColumn::rung,       SweptColumn::proven};

/// One neuron with strong input: many circuits have nothing stable.
Ensemble stormy_neuron() {
  Ensemble ensemble;
  ensemble.n = 1;
  ensemble.z_norm = 3;
  return ensemble;
}

Ensemble three_neurons() {
  Ensemble ensemble;
  ensemble.n = 3;
  ensemble.Wr_norm = 2;
  ensemble.z_norm = 2;
  return ensemble;
}

SweepOptions recorded_options(std::int64_t circuits, std::vector<SweptColumn> columns, std::int64_t chunk = 0) {
  SweepOptions options;
  options.first = 40;
  options.circuits = circuits;
  options.chunk = chunk;
  options.columns = std::move(columns);
  return options;
}

template <class T>
void append_to(std::vector<T>& all, const std::vector<T>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Every chunk put together; they must follow each other without gaps.
SweptCircuits recorded(const Executor& executor, const Ensemble& ensemble, SweepOptions options,
                       SweepResults* results = nullptr) {
  SweptCircuits all;
  all.first = options.first;
  options.records = [&](const SweptCircuits& chunk) {
    EXPECT_EQ(chunk.first, all.first + all.circuits);
    all.circuits += chunk.circuits;
    append_to(all.status, chunk.status);
    append_to(all.verdict, chunk.verdict);
    append_to(all.abscissa, chunk.abscissa);
    append_to(all.frequency, chunk.frequency);
    append_to(all.damping_ratio, chunk.damping_ratio);
    append_to(all.state_norm, chunk.state_norm);
    append_to(all.newton_steps, chunk.newton_steps);
    append_to(all.flow_steps, chunk.flow_steps);
    append_to(all.lu_factorisations, chunk.lu_factorisations);
    append_to(all.rung, chunk.rung);
    append_to(all.proven, chunk.proven);
  };
  const SweepResults found = sweep(executor, ensemble, options);
  EXPECT_EQ(all.circuits, options.circuits);
  if (results != nullptr) *results = found;
  return all;
}

void expect_same_numbers(const std::vector<double>& a, const std::vector<double>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) << i << ": " << a[i] << " and " << b[i];
  }
}

void expect_same_records(const SweptCircuits& a, const SweptCircuits& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.verdict, b.verdict);
  expect_same_numbers(a.abscissa, b.abscissa);
  expect_same_numbers(a.frequency, b.frequency);
  expect_same_numbers(a.damping_ratio, b.damping_ratio);
  expect_same_numbers(a.state_norm, b.state_norm);
  EXPECT_EQ(a.newton_steps, b.newton_steps);
  EXPECT_EQ(a.flow_steps, b.flow_steps);
  EXPECT_EQ(a.lu_factorisations, b.lu_factorisations);
  EXPECT_EQ(a.rung, b.rung);
  EXPECT_EQ(a.proven, b.proven);
}

/// What steady_state and stability say of a circuit that is drawn by itself.
void expect_as_drawn(const SweptCircuits& all, std::size_t i, const Ensemble& ensemble, std::uint64_t seed) {
  const OwnedCircuit<double> circuit = draw<double>(ensemble, seed, all.first + static_cast<std::int64_t>(i));
  const Circuits<double> batch = as_batch(circuit);
  const int m = 2 * ensemble.n;
  std::vector<double> x(static_cast<std::size_t>(m));
  Status status{};
  Rung rung{};
  std::int32_t newton_steps = 0;
  steady_state<double>(Cpu{.threads = 1, .simd = Simd::none}, batch, {}, {},
                       {.states = packed(x.data(), 1, m),
                        .status = packed(&status, 1, 1),
                        .rung = packed(&rung, 1, 1),
                        .newton_steps = packed(&newton_steps, 1, 1)});
  EXPECT_EQ(all.status[i], status) << i;
  EXPECT_EQ(all.rung[i], rung) << i;
  EXPECT_EQ(all.newton_steps[i], newton_steps) << i;
  if (status != Status::ok) {
    EXPECT_TRUE(std::isnan(all.state_norm[i])) << i;
    return;
  }
  EXPECT_NEAR(all.state_norm[i], std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0)), 1e-12) << i;
  double abscissa = 0, frequency = 0;
  Verdict verdict{};
  stability<double>(
      Cpu{1}, batch, packed(static_cast<const double*>(x.data()), 1, m),
      {.abscissa = packed(&abscissa, 1, 1), .frequency = packed(&frequency, 1, 1), .verdict = packed(&verdict, 1, 1)});
  EXPECT_EQ(all.verdict[i], verdict) << i;
  EXPECT_NEAR(all.abscissa[i], abscissa, 1e-9 * std::abs(abscissa)) << i;
  EXPECT_NEAR(all.frequency[i], frequency, 1e-9 * std::abs(abscissa)) << i;
  if (frequency > 0) {
    EXPECT_NEAR(all.damping_ratio[i], -abscissa / std::hypot(abscissa, frequency), 1e-9) << i;
  } else {
    EXPECT_TRUE(std::isnan(all.damping_ratio[i])) << i;
  }
}

TEST(SweepRecords, AreWhatEachCircuitGivesOnItsOwn) {
  for (const Ensemble& ensemble : {stormy_neuron(), three_neurons()}) {
    SweepOptions options = recorded_options(150, every_column, 32);
    options.certify = true;
    const SweptCircuits all = recorded(Cpu{2}, ensemble, options);
    for (std::size_t i = 0; i < 150; ++i) expect_as_drawn(all, i, ensemble, options.seed);
  }
}

TEST(SweepRecords, AreTheSameForAnyThreadsAndChunksAndAddUp) {
  for (const Ensemble& ensemble : {stormy_neuron(), three_neurons()}) {
    SweepOptions options = recorded_options(200, every_column);
    options.certify = true;
    SweepResults results;
    const SweptCircuits reference = recorded(Cpu{1}, ensemble, options, &results);
    const auto count = [&](Status status) {
      return std::count(reference.status.begin(), reference.status.end(), status);
    };
    for (int i = 0; i < status_count; ++i) EXPECT_EQ(count(static_cast<Status>(i)), results.statuses[i]) << i;
    EXPECT_EQ(std::accumulate(reference.proven.begin(), reference.proven.end(), std::int64_t{0}), results.proven);
    EXPECT_GT(results.proven, 0);
    EXPECT_EQ(std::accumulate(reference.flow_steps.begin(), reference.flow_steps.end(), std::int64_t{0}),
              std::accumulate(std::begin(results.flow_steps), std::end(results.flow_steps), std::int64_t{0}));
    EXPECT_EQ(
        std::accumulate(reference.lu_factorisations.begin(), reference.lu_factorisations.end(), std::int64_t{0}),
        std::accumulate(std::begin(results.lu_factorisations), std::end(results.lu_factorisations), std::int64_t{0}));
    for (const int threads : {1, 3}) {
      for (const std::int64_t chunk : {1, 17}) {
        options.chunk = chunk;
        expect_same_records(reference, recorded(Cpu{threads}, ensemble, options));
      }
    }
  }
}

TEST(SweepRecords, HoldTheColumnsThatWereAskedForAndNoOthers) {
  const SweptCircuits some = recorded(Cpu{1}, stormy_neuron(), recorded_options(50, {SweptColumn::damping_ratio}));
  EXPECT_EQ(some.damping_ratio.size(), 50U);
  EXPECT_TRUE(some.abscissa.empty() && some.frequency.empty() && some.status.empty() && some.verdict.empty());
  EXPECT_TRUE(some.state_norm.empty() && some.newton_steps.empty() && some.flow_steps.empty() && some.rung.empty());
  EXPECT_TRUE(some.lu_factorisations.empty() && some.proven.empty());
}

TEST(SweepRecords, OfVerdictsAloneAreThoseOfTheFullSweep) {
  const std::vector<SweptColumn> columns = {SweptColumn::status, SweptColumn::verdict};
  for (const Ensemble& ensemble : {stormy_neuron(), three_neurons()}) {
    SweepOptions options = recorded_options(200, columns, 33);
    const SweptCircuits full = recorded(Cpu{2}, ensemble, options);
    options.verdict_only = true;
    expect_same_records(full, recorded(Cpu{2}, ensemble, options));
  }
}

/// So that a checkpoint never counts circuits whose records were lost.
TEST(SweepRecords, ComeBeforeTheirCircuitsCountAndMayKeepThemFromCounting) {
  SweepOptions options = recorded_options(100, {SweptColumn::status}, 10);
  std::int64_t seen = 0;
  options.records = [&](const SweptCircuits& chunk) {
    if (chunk.first == 40 + 70) throw std::runtime_error("full");
    seen += chunk.circuits;
  };
  options.after_chunk = [&](const SweepState& state) {
    EXPECT_EQ(state.results.circuits, seen);
    return true;
  };
  SweepState state;
  EXPECT_THROW(sweep(Cpu{1}, stormy_neuron(), options, state), std::runtime_error);
  EXPECT_EQ(state.done, (std::vector<IndexRange>{{40, 70}}));
}

TEST(SweepRecords, RefusesColumnsThatTheSweepDoesNotKnow) {
  SweepOptions options = recorded_options(10, {SweptColumn::proven});
  EXPECT_THROW(sweep(Cpu{1}, stormy_neuron(), options), InvalidArgument);
  options.certify = true;
  EXPECT_NO_THROW(sweep(Cpu{1}, stormy_neuron(), options));
  for (const SweptColumn column :
       {SweptColumn::abscissa, SweptColumn::frequency, SweptColumn::damping_ratio, SweptColumn::state_norm}) {
    options.columns = {column};
    options.verdict_only = true;
    EXPECT_THROW(sweep(Cpu{1}, stormy_neuron(), options), InvalidArgument) << name(column);
  }
}

class CudaSweepRecords : public CudaTest {};

TEST_F(CudaSweepRecords, AreThoseOfTheCpuWhereNothingIsClose) {
  for (const Ensemble& ensemble : {stormy_neuron(), three_neurons()}) {
    SweepOptions options = recorded_options(300, every_column, 128);
    options.certify = true;
    const SweptCircuits cpu = recorded(Cpu{}, ensemble, options);
    const SweptCircuits cuda = recorded(Cuda{}, ensemble, options);
    ASSERT_EQ(cuda.status.size(), 300U);
    for (std::size_t i = 0; i < 300; ++i) {
      if (cpu.status[i] != Status::ok || cpu.verdict[i] != Verdict::stable || cpu.abscissa[i] > -1) continue;
      EXPECT_EQ(cuda.status[i], cpu.status[i]) << i;
      EXPECT_EQ(cuda.verdict[i], cpu.verdict[i]) << i;
      EXPECT_NEAR(cuda.abscissa[i], cpu.abscissa[i], 1e-6 * std::abs(cpu.abscissa[i])) << i;
      EXPECT_NEAR(cuda.state_norm[i], cpu.state_norm[i], 1e-8 * cpu.state_norm[i]) << i;
    }
    options.columns = {SweptColumn::damping_ratio};
    expect_same_numbers(recorded(Cuda{}, ensemble, options).damping_ratio, cuda.damping_ratio);
  }
}

}  // namespace
}  // namespace organics::test
