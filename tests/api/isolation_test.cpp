// A circuit's result depends on that circuit alone: not on its neighbours, its place, the threads, or how parameters
// are stored.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"

namespace organics::test {
namespace {

constexpr int n = 3;
constexpr int m = 2 * n;

std::vector<CircuitData> good_circuits(int count) {
  Random random(61);
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) list.push_back(wild_circuit(random, n, ModelKind::main));
  return list;
}

/// Three uncoupled copies of the neuron that blows up.
CircuitData bad_circuit() {
  return {n,
          ModelKind::main,
          filled(n, 0.002),
          filled(n, 0.002),
          filled(n, 1),
          filled(n, 1),
          filled(n, 1),
          filled(n, 1),
          identity_matrix(n, -1),
          identity_matrix(n)};
}

/// Everything the three operations say, circuit after circuit.
struct Everything {
  Integrated<double> integrated;
  SettledAll<double> settled;
  JudgedAll<double> judged;
};

Everything compute(const Circuits<double>& circuits, int threads) {
  const Cpu cpu{threads};
  IntegrateOptions options;
  options.rtol = 1e-4;
  Everything out;
  out.integrated = integrate_all<double>(cpu, circuits, {}, {0, 0.003, 0.02}, 3, options);
  out.settled = settle_all<double>(cpu, circuits);
  out.judged = judge_all<double>(cpu, circuits, out.settled.states);
  return out;
}

/// Circuit i of `a` and circuit j of `b` have the same bits in every result.
void expect_same(const Everything& a, std::size_t i, const Everything& b, std::size_t j) {
  const auto same = [&](const auto& left, const auto& right, int size) {
    EXPECT_TRUE(same_bits(item(left, i, size), item(right, j, size))) << "circuit " << i << " and circuit " << j;
  };
  same(a.integrated.states, b.integrated.states, 3 * m);
  same(a.integrated.status, b.integrated.status, 1);
  same(a.integrated.accepted, b.integrated.accepted, 1);
  same(a.integrated.rejected, b.integrated.rejected, 1);
  same(a.integrated.time_reached, b.integrated.time_reached, 1);
  same(a.settled.states, b.settled.states, m);
  same(a.settled.status, b.settled.status, 1);
  same(a.settled.rung, b.settled.rung, 1);
  same(a.settled.residual, b.settled.residual, 1);
  same(a.settled.steps, b.settled.steps, 1);
  same(a.judged.eigenvalues, b.judged.eigenvalues, 2 * m);
  same(a.judged.abscissa, b.judged.abscissa, 1);
  same(a.judged.error, b.judged.error, 1);
  same(a.judged.frequency, b.judged.frequency, 1);
  same(a.judged.verdict, b.judged.verdict, 1);
  same(a.judged.status, b.judged.status, 1);
}

TEST(Isolation, OneDivergingCircuitLeavesTheOthersAlone) {
  const auto good = good_circuits(9);
  const Everything without = compute(BatchData<double>(good), 1);
  for (const std::size_t place : {std::size_t{0}, std::size_t{4}, std::size_t{9}}) {
    auto circuits = good;
    circuits.insert(circuits.begin() + static_cast<std::ptrdiff_t>(place), bad_circuit());
    const Everything with = compute(BatchData<double>(circuits), 2);
    EXPECT_EQ(with.integrated.status[place], Status::diverged);
    EXPECT_EQ(with.settled.status[place], Status::diverged);
    for (std::size_t i = 0; i < good.size(); ++i) expect_same(without, i, with, i < place ? i : i + 1);
  }
}

TEST(Isolation, ResultsDoNotDependOnTheNumberOfThreads) {
  auto circuits = good_circuits(23);
  circuits[5] = bad_circuit();
  const Everything one = compute(BatchData<double>(circuits), 1);
  for (const int threads : {2, 3, 8, 64, 0}) {
    const Everything more = compute(BatchData<double>(circuits), threads);
    for (std::size_t i = 0; i < circuits.size(); ++i) expect_same(one, i, more, i);
  }
}

TEST(Isolation, ResultsDoNotDependOnOrderOrBatchSize) {
  const auto circuits = good_circuits(7);
  const Everything forward = compute(BatchData<double>(circuits), 2);
  const Everything backward = compute(BatchData<double>({circuits.rbegin(), circuits.rend()}), 2);
  for (std::size_t i = 0; i < 7; ++i) {
    expect_same(forward, i, backward, 6 - i);
    expect_same(forward, i, compute(BatchData<double>({circuits[i]}), 1), 0);
  }
}

/// Circuits driven in time, each by a signal of its own, with events, summaries, saved steps and a span of its own.
struct DrivenBatch {
  std::vector<CircuitData> circuits;
  std::vector<double> knots, values, times, spans, levels;  // circuit after circuit
  static constexpr int samples = 3;
  static constexpr int capacity = 6;

  explicit DrivenBatch(int count) : circuits(good_circuits(count)) {
    Random random(65);
    circuits[1] = bad_circuit();
    for (double& tau : circuits[2].tau_a) tau = 1e-5;  // stiff
    for (int i = 0; i < count; ++i) {
      const double begin = 0.001 * random.integer(0, 3);
      spans.insert(spans.end(), {begin, begin + 0.05});
      knots.insert(knots.end(), {begin, begin + random.uniform(0.01, 0.02), begin + 0.03});
      for (const double value : random.gaussians(3 * n)) values.push_back(value / 2);
      times.insert(times.end(), {begin, begin + random.uniform(0.001, 0.02), begin + 0.05});
      levels.insert(levels.end(), {random.uniform(-0.1, 0.1), random.uniform(0.02, 0.2), 1e-4});
    }
  }

  IntegrateMemory<double> integrate(Method method, int threads) const {
    const BatchData<double> batch(circuits);
    const std::int64_t items = batch.items();
    IntegrateInputs<double> inputs;
    inputs.span = packed(spans.data(), items, 2);
    inputs.times = packed(times.data(), items, samples);
    inputs.event_levels = packed(levels.data(), items, 3);
    inputs.stimulus.z = {packed(knots.data(), items, 3), packed(values.data(), items, n, 3), Interpolation::linear};
    IntegrateOptions options;
    options.method = method;
    options.rtol = 1e-5;
    options.save_every = 4;
    options.events = {{EventKind::level, 0, Crossing::either, false},
                      {EventKind::level, 1, Crossing::upward, true},
                      {EventKind::steady, 0, Crossing::either, false}};
    return integrate_recording<double>(Cpu{threads}, batch, inputs, options, capacity);
  }

  /// The same circuits, with what is theirs, in another order; some may be missing.
  DrivenBatch chosen(const std::vector<std::size_t>& order) const {
    DrivenBatch out = *this;
    out.circuits.clear();
    for (auto* list : {&out.knots, &out.values, &out.times, &out.spans, &out.levels}) list->clear();
    const auto append = [](std::vector<double>& to, const std::vector<double>& from, std::size_t i, int size) {
      const auto part = item(from, i, size);
      to.insert(to.end(), part.begin(), part.end());
    };
    for (const std::size_t i : order) {
      out.circuits.push_back(circuits[i]);
      append(out.knots, knots, i, 3);
      append(out.values, values, i, 3 * n);
      append(out.times, times, i, samples);
      append(out.spans, spans, i, 2);
      append(out.levels, levels, i, 3);
    }
    return out;
  }
};

/// Circuit i of `a` and circuit j of `b` have the same bits in everything recorded.
void expect_same(const IntegrateMemory<double>& a, std::size_t i, const IntegrateMemory<double>& b, std::size_t j) {
  const auto same = [&](auto member, int size) {
    EXPECT_TRUE(same_bits(item(a.*member, i, size), item(b.*member, j, size))) << "circuit " << i << " and " << j;
  };
  using Memory = IntegrateMemory<double>;
  for (const auto member :
       {&Memory::final_state, &Memory::minimum, &Memory::maximum, &Memory::mean, &Memory::peak_time}) {
    same(member, m);
  }
  for (const auto member : {&Memory::time_reached, &Memory::last_step, &Memory::settling_time, &Memory::frequency}) {
    same(member, 1);
  }
  for (const auto member : {&Memory::accepted, &Memory::rejected, &Memory::rhs, &Memory::jacobians, &Memory::lu,
                            &Memory::steps_saved, &Memory::ended_by}) {
    same(member, 1);
  }
  same(&Memory::status, 1);
  same(&Memory::states, m * a.samples);
  same(&Memory::step_times, a.capacity);
  same(&Memory::step_states, m * a.capacity);
  same(&Memory::event_times, a.events);
  same(&Memory::event_counts, a.events);
}

TEST(Isolation, EverythingRecordedDependsOnTheCircuitAlone) {
  constexpr int count = 9;
  const DrivenBatch batch(count);
  for (const Method method : {Method::automatic, Method::tsitouras54, Method::rodas43}) {
    const auto one = batch.integrate(method, 1);
    EXPECT_GT(std::count(one.ended_by.begin(), one.ended_by.end(), 1), 0) << "some end by the event";
    EXPECT_GT(std::count(one.ended_by.begin(), one.ended_by.end(), -1), 0) << "and some do not";
    if (method == Method::automatic) {
      EXPECT_GT(std::count(one.lu.begin(), one.lu.end(), 0), 0) << "some are never stiff";
      EXPECT_GT(one.lu[2], 0) << "and one is";
    }
    for (int threads = 2; threads <= 8; ++threads) {
      const auto more = batch.integrate(method, threads);
      for (std::size_t i = 0; i < count; ++i) expect_same(one, i, more, i);
    }
    const std::vector<std::vector<std::size_t>> orders = {
        {8, 7, 6, 5, 4, 3, 2, 1, 0}, {3, 0, 7, 2, 8, 5, 1, 6, 4}, {2, 6}, {1}, {0, 3, 5, 8}};
    for (const auto& order : orders) {
      const auto other = batch.chosen(order).integrate(method, 2);
      for (std::size_t k = 0; k < order.size(); ++k) expect_same(one, order[k], other, k);
    }
  }
}

TEST(Isolation, SharedParametersAreTheSameAsCopies) {
  Random random(62);
  const CircuitData base = wild_circuit(random, n, ModelKind::rectified);
  std::vector<CircuitData> copies(5, base);
  for (CircuitData& copy : copies) copy.z = random.gaussians(n);  // z varies, the rest is shared
  const BatchData<double> batch(copies);
  Circuits<double> sharing = batch.view();
  for (auto* vector :
       {&sharing.tau_y, &sharing.tau_a, &sharing.b0, &sharing.b1, &sharing.sigma, &sharing.Wr, &sharing.W}) {
    vector->item_stride = 0;
  }
  const Everything packed_result = compute(batch, 1);
  const Everything shared_result = compute(sharing, 2);
  for (std::size_t i = 0; i < copies.size(); ++i) expect_same(packed_result, i, shared_result, i);
}

TEST(Isolation, StartsAndTimesMayBeSharedOrPerCircuit) {
  Random random(63);
  const auto circuits = good_circuits(3);
  const BatchData<double> batch(circuits);
  std::vector<double> x0;
  std::vector<double> times;
  const std::vector<double> one_x0 = random_state(random, n);
  const std::vector<double> one_times = {0.5, 0.501, 0.51};
  for (int i = 0; i < 3; ++i) {
    x0.insert(x0.end(), one_x0.begin(), one_x0.end());
    times.insert(times.end(), one_times.begin(), one_times.end());
  }
  const auto together = integrate_all<double>(Cpu{1}, batch, one_x0, one_times, 3, {});
  const auto apart = integrate_all<double>(Cpu{2}, batch, x0, times, 3, {});
  EXPECT_TRUE(same_bits(together.states, apart.states));
  EXPECT_TRUE(same_bits(std::vector<double>(together.states.begin(), together.states.begin() + m), one_x0));
  EXPECT_EQ(together.time_reached[2], 0.51);
  const auto settled_together = settle_all<double>(Cpu{1}, batch, one_x0);
  const auto settled_apart = settle_all<double>(Cpu{2}, batch, x0);
  EXPECT_TRUE(same_bits(settled_together.states, settled_apart.states));
}

TEST(Isolation, EachCircuitHasItsOwnStartAndTimes) {
  Random random(64);
  const auto circuits = good_circuits(3);
  std::vector<double> x0;
  std::vector<double> times;
  for (int i = 0; i < 3; ++i) {
    const std::vector<double> start = random_state(random, n);
    x0.insert(x0.end(), start.begin(), start.end());
    times.insert(times.end(), {0.001 * i, 0.004 + 0.001 * i});
  }
  const auto flows = integrate_all<double>(Cpu{2}, BatchData<double>(circuits), x0, times, 2, {});
  const auto settled = settle_all<double>(Cpu{2}, BatchData<double>(circuits), x0);
  for (std::size_t i = 0; i < 3; ++i) {
    const BatchData<double> alone({circuits[i]});
    const auto flow = integrate_all<double>(Cpu{1}, alone, item(x0, i, m), item(times, i, 2), 2, {});
    EXPECT_TRUE(same_bits(item(flows.states, i, 2 * m), flow.states)) << "circuit " << i;
    const auto one = settle_all<double>(Cpu{1}, alone, item(x0, i, m));
    EXPECT_TRUE(same_bits(item(settled.states, i, m), one.states)) << "circuit " << i;
    EXPECT_EQ(settled.steps[i], one.steps[0]) << "circuit " << i;
  }
}

TEST(Isolation, ItemStrideMayBeLargerThanAnItem) {
  const auto circuits = good_circuits(4);
  const BatchData<double> batch(circuits);
  std::vector<double> wide(4 * 10, -99.0);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < n; ++k) wide[10 * i + k] = batch.z[n * i + k];
  }
  Circuits<double> strided = batch.view();
  strided.z = {wide.data(), 4, n, 1, 10};
  std::vector<double> states(4 * 11, -77.0);
  SteadyStateResults<double> results;
  results.states = {states.data(), 4, m, 1, 11};
  steady_state<double>(Cpu{2}, strided, {}, {}, results);
  const auto expected = settle_all<double>(Cpu{1}, batch);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < 11; ++k) {
      EXPECT_EQ(states[11 * i + k], k < m ? expected.states[m * i + k] : -77) << "gaps are left alone";
    }
  }
}

TEST(Isolation, AnEmptyBatchIsNoWork) {
  Circuits<double> none;
  none.n = 4;
  const std::vector<double> times = {0, 1};
  IntegrateInputs<double> inputs;
  inputs.times = shared(times.data(), 0, 2);
  EXPECT_NO_THROW(integrate<double>(Cpu{}, none, inputs, {}, {}));
  EXPECT_NO_THROW(steady_state<double>(Cpu{}, none, {}, {}, {}));
  EXPECT_NO_THROW(stability<double>(Cpu{}, none, {}, {}));
}

TEST(Isolation, EveryResultIsOptional) {
  const auto circuits = good_circuits(3);
  const BatchData<double> batch(circuits);
  const std::vector<double> times = {0, 0.003, 0.02};
  const Everything all = compute(batch, 1);
  IntegrateOptions options;
  options.rtol = 1e-4;
  std::vector<Status> status(3);
  IntegrateInputs<double> inputs;
  inputs.times = shared(times.data(), 3, 3);
  integrate<double>(Cpu{1}, batch, inputs, options, {});
  IntegrateResults<double> only_status;
  only_status.status = packed(status.data(), 3, 1);
  integrate<double>(Cpu{1}, batch, inputs, options, only_status);
  EXPECT_EQ(status, all.integrated.status);
  std::vector<double> residual(3);
  steady_state<double>(Cpu{1}, batch, {}, {}, {});
  SteadyStateResults<double> only_residual;
  only_residual.residual = packed(residual.data(), 3, 1);
  steady_state<double>(Cpu{1}, batch, {}, {}, only_residual);
  EXPECT_TRUE(same_bits(residual, all.settled.residual));
  std::vector<double> abscissa(3);
  const auto states = packed(static_cast<const double*>(all.settled.states.data()), 3, m);
  stability<double>(Cpu{1}, batch, states, {});
  StabilityResults<double> only_abscissa;
  only_abscissa.abscissa = packed(abscissa.data(), 3, 1);
  stability<double>(Cpu{1}, batch, states, only_abscissa);
  EXPECT_TRUE(same_bits(abscissa, all.judged.abscissa));
}

TEST(Isolation, StatesThatAreNotFiniteSpoilOnlyTheirOwnVerdict) {
  const auto circuits = good_circuits(3);
  const BatchData<double> batch(circuits);
  const auto settled = settle_all<double>(Cpu{1}, batch);
  const auto clean = judge_all<double>(Cpu{1}, batch, settled.states);
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    auto states = settled.states;
    states[m + 4] = bad;
    const auto got = judge_all<double>(Cpu{2}, batch, states);
    EXPECT_EQ(got.status[1], Status::non_finite);
    EXPECT_EQ(got.verdict[1], Verdict::none);
    EXPECT_TRUE(std::isnan(got.abscissa[1]));
    for (const double value : item(got.eigenvalues, 1, 2 * m)) EXPECT_TRUE(std::isnan(value));
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
      EXPECT_TRUE(same_bits(item(got.eigenvalues, i, 2 * m), item(clean.eigenvalues, i, 2 * m)));
      EXPECT_EQ(got.verdict[i], Verdict::stable);
    }
  }
}

}  // namespace
}  // namespace organics::test
