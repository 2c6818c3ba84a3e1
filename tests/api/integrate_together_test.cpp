// Trajectories of circuits that are marched side by side in vector registers: those of each circuit alone.
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

constexpr Simd registers[] = {Simd::baseline, Simd::avx2, Simd::avx512};

bool has(Simd simd) {
  try {
    return thread_count({1, simd}) == 1;
  } catch (const InvalidArgument&) {
    return false;
  }
}

/// Circuits that take very different numbers of steps, and some that run away, in no order.
std::vector<CircuitData> mixed_circuits(int n, ModelKind model, int count = 61) {
  Random random(static_cast<std::uint64_t>(91 + n));
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) {
    CircuitData data = wild_circuit(random, n, model, i % 4 == 3 ? 4 : 1);
    if (i % 7 == 2) data.tau_y = filled(n, 3e-5);
    if (i % 9 == 4) data.Wr = identity_matrix(n, -1), data.b1 = filled(n, 50);
    list.push_back(data);
  }
  return list;
}

/// Everything that a march of samples alone leaves.
template <class T>
struct Marched {
  std::vector<T> states, final_state, last_step, time_reached;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs, ended_by;
};

template <class T>
Marched<T> integrate_samples(const Executor& executor, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
                             const IntegrateOptions& options) {
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  const int samples = inputs.times.rows;
  Marched<T> out{result_memory<T>(items, m * samples, T(-77)), result_memory<T>(items, m, T(-77)),
                 result_memory<T>(items, 1, T(-77)),           result_memory<T>(items, 1, T(-77)),
                 result_memory(items, 1, Status::singular),    result_memory<std::int32_t>(items, 1, -77),
                 result_memory<std::int32_t>(items, 1, -77),   result_memory<std::int32_t>(items, 1, -77),
                 result_memory<std::int32_t>(items, 1, -77)};
  IntegrateResults<T> results;
  results.states = packed(out.states.data(), items, m, samples);
  results.final_state = packed(out.final_state.data(), items, m);
  results.last_step = packed(out.last_step.data(), items, 1);
  results.time_reached = packed(out.time_reached.data(), items, 1);
  results.status = packed(out.status.data(), items, 1);
  results.accepted = packed(out.accepted.data(), items, 1);
  results.rejected = packed(out.rejected.data(), items, 1);
  results.rhs_evaluations = packed(out.rhs.data(), items, 1);
  results.ended_by = packed(out.ended_by.data(), items, 1);
  integrate<T>(executor, circuits, inputs, options, results);
  return out;
}

template <class T>
void expect_same(const Marched<T>& a, const Marched<T>& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.accepted, b.accepted);
  EXPECT_EQ(a.rejected, b.rejected);
  EXPECT_EQ(a.rhs, b.rhs);
  EXPECT_EQ(a.ended_by, b.ended_by);
  EXPECT_TRUE(same_bits(a.states, b.states));
  EXPECT_TRUE(same_bits(a.final_state, b.final_state));
  EXPECT_TRUE(same_bits(a.last_step, b.last_step));
  EXPECT_TRUE(same_bits(a.time_reached, b.time_reached));
}

template <class T>
IntegrateInputs<T> at_times(const std::vector<T>& times, std::int64_t items) {
  IntegrateInputs<T> inputs;
  inputs.times = shared(times.data(), items, static_cast<int>(times.size()));
  return inputs;
}

IntegrateOptions by(Method method) {
  IntegrateOptions options;
  options.method = method;
  options.max_steps = 2000;
  if (!has_error_estimate(method)) options.fixed_step = 1e-4;
  return options;
}

/// 128-bit registers have no fused multiply-add, so that one circuit alone has the same bits; with wider registers results
/// agree as far as the tolerances of the march say.
template <class T>
void expect_results_of_one_by_one(int n, ModelKind model, Method method, int count = 61) {
  SCOPED_TRACE(testing::Message() << "n " << n << ", " << name(method));
  const BatchData<T> batch(mixed_circuits(n, model, count));
  const std::vector<T> times = {T(0), T(1e-4), T(2e-3), T(0.02)};
  const auto inputs = at_times(times, batch.items());
  const auto alone = integrate_samples<T>(Cpu{1, Simd::none}, batch, inputs, by(method));
  EXPECT_GT(std::count(alone.status.begin(), alone.status.end(), Status::ok), 2 * count / 5);
  EXPECT_LT(std::count(alone.status.begin(), alone.status.end(), Status::ok), count);
  for (const Simd simd : registers) {
    if (!has(simd)) continue;
    SCOPED_TRACE(name(simd));
    const auto together = integrate_samples<T>(Cpu{2, simd}, batch, inputs, by(method));
    if (simd == Simd::baseline) expect_same(together, alone);
    const auto m = static_cast<std::size_t>(2 * n);
    for (std::size_t i = 0; i < alone.status.size(); ++i) {
      if (alone.status[i] != Status::ok) continue;
      EXPECT_EQ(together.status[i], Status::ok) << i;
      EXPECT_EQ(together.time_reached[i], times.back());
      for (std::size_t k = m * i; k < m * (i + 1); ++k) {
        EXPECT_NEAR(together.final_state[k], alone.final_state[k], 1e-3 * (1 + std::abs(alone.final_state[k]))) << i;
      }
    }
  }
}

/// Factorisations of each circuit, by `automatic`.
std::vector<std::int32_t> factorisations(const Executor& executor, const BatchData<double>& batch, double rtol,
                                         Marched<double>& marched) {
  const std::vector<double> times = {0, 1e-3, 0.01, 0.05};
  IntegrateOptions options = by(Method::automatic);
  options.rtol = rtol;
  marched = integrate_samples<double>(executor, batch, at_times(times, batch.items()), options);
  std::vector<std::int32_t> lu(static_cast<std::size_t>(batch.items()));
  IntegrateResults<double> results;
  results.lu_factorisations = packed(lu.data(), batch.items(), 1);
  integrate<double>(executor, batch, at_times(times, batch.items()), options, results);
  return lu;
}

/// Circuits that turn out stiff leave their lanes and are marched from their start by the method that changes.
TEST(IntegrateTogether, TheStiffAreHandedOver) {
  for (const int n : {1, 4}) {
    const BatchData<double> batch(mixed_circuits(n, ModelKind::main));
    for (const double rtol : {1e-4, 1e-7}) {
      SCOPED_TRACE(testing::Message() << "n " << n << ", rtol " << rtol);
      Marched<double> alone;
      Marched<double> together;
      const auto lu = factorisations(Cpu{1, Simd::none}, batch, rtol, alone);
      EXPECT_EQ(factorisations(Cpu{2, Simd::baseline}, batch, rtol, together), lu);
      expect_same(together, alone);
      const auto explicit_ones = std::count(lu.begin(), lu.end(), 0);
      EXPECT_GT(explicit_ones, 20);
      EXPECT_LT(explicit_ones, 60);
    }
  }
}

TEST(IntegrateTogether, TrajectoriesAreThoseOfEachCircuitAlone) {
  for (const Method method : {Method::dormand_prince54, Method::rk4, Method::verner65}) {
    for (const int n : {1, 4}) {
      for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
        expect_results_of_one_by_one<double>(n, model, method);
      }
      expect_results_of_one_by_one<float>(n, ModelKind::main, method);
    }
  }
}

/// In halves of registers, and alone with the vectors inside the circuit: rows left over fill a quarter of a register, a
/// half, and a whole one; those of the last fill several panels whatever the register.
TEST(IntegrateTogether, LargerCircuitsAreMarchedAsAlone) {
  for (const int n : {20, 26, 28, 29}) {
    expect_results_of_one_by_one<double>(n, ModelKind::main, Method::tsitouras54, 10);
  }
  expect_results_of_one_by_one<double>(27, ModelKind::rectified, Method::verner65, 10);
  expect_results_of_one_by_one<float>(52, ModelKind::main, Method::tsitouras54, 10);
  expect_results_of_one_by_one<double>(162, ModelKind::main, Method::dormand_prince54, 6);
}

/// A step of Euler's method, as long as the time constant, from y = 1 without input and with Wr = 1 ends at 1 - sqrt(a).
template <class T>
void expect_roots(int n) {
  std::vector<CircuitData> circuits;
  std::vector<T> x0;
  Random random(7);
  for (int i = 0; i < 500; ++i) {
    const std::vector<double> zero = filled(n, 0);
    const std::vector<double> one = filled(n, 1);
    circuits.push_back({n, ModelKind::main, one, one, zero, zero, zero, zero, identity_matrix(n), filled(n * n, 0)});
    for (int k = 0; k < n; ++k) x0.push_back(1);
    for (int k = 0; k < n; ++k) {
      x0.push_back(i == 0 ? T(0) : i == 1 ? T(-2) : i == 2 ? T(1e-37) : static_cast<T>(random.log_uniform(1e-9, 1e9)));
    }
  }
  const BatchData<T> batch(circuits);
  const std::vector<T> times = {T(0), T(1)};
  auto inputs = at_times(times, batch.items());
  inputs.x0 = packed<const T>(x0.data(), batch.items(), 2 * n);
  IntegrateOptions options = by(Method::euler);
  options.fixed_step = 1;
  for (const Simd simd : registers) {
    if (!has(simd)) continue;
    SCOPED_TRACE(testing::Message() << name(simd) << ", n " << n);
    const auto end = integrate_samples<T>(Cpu{1, simd}, batch, inputs, options).final_state;
    for (std::size_t i = 0; i < circuits.size(); ++i) {
      for (std::size_t k = 0; k < static_cast<std::size_t>(n); ++k) {
        const std::size_t y = i * 2 * static_cast<std::size_t>(n) + k;
        const T root = std::sqrt(std::max(x0[y + static_cast<std::size_t>(n)], T(0)));
        EXPECT_NEAR(end[y], 1 - root, 2 * std::numeric_limits<T>::epsilon() * (1 + root));
      }
    }
  }
}

TEST(IntegrateTogether, RootsAreGoodToTheLastPlace) {
  for (const int n : {1, 4, 20}) {
    expect_roots<double>(n);
    expect_roots<float>(n);
  }
}

/// Rows of a result, in the other order.
template <class V>
std::vector<V> backwards(const std::vector<V>& values, std::size_t items) {
  const std::size_t size = values.size() / items;
  std::vector<V> result;
  for (std::size_t i = items; i-- > 0;) {
    result.insert(result.end(), values.begin() + static_cast<std::ptrdiff_t>(i * size),
                  values.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
  }
  return result;
}

TEST(IntegrateTogether, NeitherNeighboursNorThreadsNorOrderMatter) {
  for (const int n : {1, 4, 25}) {
    const std::vector<CircuitData> circuits = mixed_circuits(n, ModelKind::main, n < 25 ? 61 : 15);
    const std::vector<CircuitData> reversed(circuits.rbegin(), circuits.rend());
    const std::vector<double> times = {0, 1e-4, 2e-3, 0.02};
    const auto items = static_cast<std::int64_t>(circuits.size());
    for (const Simd simd : registers) {
      if (!has(simd)) continue;
      SCOPED_TRACE(testing::Message() << name(simd) << ", n " << n);
      const auto run = [&](int threads, const std::vector<CircuitData>& list) {
        const auto count = static_cast<std::int64_t>(list.size());
        return integrate_samples<double>(Cpu{threads, simd}, BatchData<double>(list), at_times(times, count),
                                         by(Method::tsitouras54));
      };
      const auto forwards = run(1, circuits);
      expect_same(run(4, circuits), forwards);
      auto back = run(3, reversed);
      const auto count = static_cast<std::size_t>(items);
      expect_same({backwards(back.states, count), backwards(back.final_state, count), backwards(back.last_step, count),
                   backwards(back.time_reached, count), backwards(back.status, count), backwards(back.accepted, count),
                   backwards(back.rejected, count), backwards(back.rhs, count), backwards(back.ended_by, count)},
                  forwards);
      for (const std::size_t i : {std::size_t{0}, std::size_t{13}}) {
        const auto alone = run(2, {circuits[i]});
        EXPECT_EQ(alone.accepted[0], forwards.accepted[i]);
        EXPECT_TRUE(
            same_bits(alone.states.data(), forwards.states.data() + i * alone.states.size(), alone.states.size()));
      }
    }
  }
}

TEST(IntegrateTogether, SharedParametersAreThoseOfEveryCircuit) {
  std::vector<CircuitData> circuits = mixed_circuits(3, ModelKind::main);
  for (CircuitData& data : circuits) {
    data.W = circuits[0].W;
    data.tau_y = circuits[0].tau_y;
  }
  const BatchData<double> batch(circuits);
  Circuits<double> view = batch.view();
  view.W = shared(batch.W.data(), batch.items(), 3, 3);
  view.tau_y = shared(batch.tau_y.data(), batch.items(), 3);
  const std::vector<double> times = {0, 0.02};
  const auto inputs = at_times(times, batch.items());
  const Executor executor = Cpu{2};
  expect_same(integrate_samples<double>(executor, view, inputs, by(Method::dormand_prince54)),
              integrate_samples<double>(executor, batch, inputs, by(Method::dormand_prince54)));
}

TEST(IntegrateTogether, StartsSpansAndTolerancesOfEachCircuit) {
  const int n = 2;
  const BatchData<double> batch(mixed_circuits(n, ModelKind::main));
  const auto items = static_cast<std::size_t>(batch.items());
  Random random(4);
  std::vector<double> x0;
  std::vector<double> span;
  std::vector<double> times;
  std::vector<double> rtol;
  std::vector<double> atol;
  for (std::size_t i = 0; i < items; ++i) {
    for (int k = 0; k < 2 * n; ++k) {
      x0.push_back(random.uniform(0, 1));
      rtol.push_back(random.log_uniform(1e-8, 1e-4));
      atol.push_back(random.log_uniform(1e-12, 1e-6));
    }
    const double length = random.uniform(0, 0.01);
    span.insert(span.end(), {0.001, 0.001 + length});
    times.insert(times.end(), {0.001, 0.001 + length / 5, 0.001 + length / 4, 0.001 + length / 2});
  }
  IntegrateInputs<double> inputs;
  inputs.x0 = packed<const double>(x0.data(), batch.items(), 2 * n);
  inputs.span = packed<const double>(span.data(), batch.items(), 2);
  inputs.times = packed<const double>(times.data(), batch.items(), 4);
  for (const int which : {0, 1, 2, 3}) {
    if (which & 1) inputs.rtol = packed<const double>(rtol.data(), batch.items(), 2 * n);
    inputs.atol = which & 2 ? packed<const double>(atol.data(), batch.items(), 2 * n) : BatchView<const double>{};
    const auto alone = integrate_samples<double>(Cpu{1, Simd::none}, batch, inputs, by(Method::dormand_prince54));
    expect_same(integrate_samples<double>(Cpu{2, Simd::baseline}, batch, inputs, by(Method::dormand_prince54)), alone);
  }
}

}  // namespace
}  // namespace organics::test
