// A batch of circuits that owns its numbers, in double or float, with results beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/organics.hpp"
#include "support/circuit_data.hpp"

namespace organics::test {

/// Circuits of one size and model, packed one after the other.
template <class T>
class BatchData {
 public:
  explicit BatchData(const std::vector<CircuitData>& circuits) {
    items_ = static_cast<std::int64_t>(circuits.size());
    if (!circuits.empty()) {
      n_ = circuits.front().n;
      model_ = circuits.front().model;
    }
    for (const CircuitData& data : circuits) {
      append(tau_y, data.tau_y);
      append(tau_a, data.tau_a);
      append(b0, data.b0);
      append(b1, data.b1);
      append(sigma, data.sigma);
      append(z, data.z);
      append(Wr, data.Wr);
      append(W, data.W);
    }
  }

  Circuits<T> view() const {
    const auto vectors = [&](const std::vector<T>& values) { return packed(values.data(), items_, n_); };
    const auto matrices = [&](const std::vector<T>& values) { return packed(values.data(), items_, n_, n_); };
    return {n_,          items_,         model_,     vectors(tau_y), vectors(tau_a), vectors(b0),
            vectors(b1), vectors(sigma), vectors(z), matrices(Wr),   matrices(W)};
  }
  operator Circuits<T>() const { return view(); }  // NOLINT(google-explicit-constructor)

  int n() const { return n_; }
  std::int64_t items() const { return items_; }
  std::vector<T> tau_y, tau_a, b0, b1, sigma, z, Wr, W;

 private:
  static void append(std::vector<T>& to, const std::vector<double>& from) {
    for (const double value : from) to.push_back(static_cast<T>(value));
  }
  int n_ = 1;
  std::int64_t items_ = 0;
  ModelKind model_ = ModelKind::main;
};

/// Memory for one result of each circuit, filled with a mark so that what was not written shows.
template <class T>
std::vector<T> result_memory(std::int64_t items, int size, T mark) {
  return std::vector<T>(static_cast<std::size_t>(items * size), mark);
}

template <class T>
struct Integrated {
  std::vector<T> states, time_reached;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected;
};

/// integrate() with memory for all results. `x0` empty: rest. `x0` and `times`: one for all circuits, or one for each.
template <class T>
Integrated<T> integrate_all(const Executor& executor, const Circuits<T>& circuits, const std::vector<T>& x0,
                            const std::vector<T>& times, int samples, const IntegrateOptions& options) {
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  const auto view = [&](const std::vector<T>& values, int rows) -> BatchView<const T> {
    if (values.empty()) return {};
    return values.size() == static_cast<std::size_t>(rows) ? shared(values.data(), items, rows)
                                                           : packed(values.data(), items, rows);
  };
  Integrated<T> out{result_memory<T>(items, m * samples, T(-77)), result_memory<T>(items, 1, T(-77)),
                    result_memory(items, 1, Status::singular), result_memory<std::int32_t>(items, 1, -77),
                    result_memory<std::int32_t>(items, 1, -77)};
  IntegrateInputs<T> inputs;
  inputs.x0 = view(x0, m);
  inputs.times = view(times, samples);
  IntegrateResults<T> results;
  results.states = packed(out.states.data(), items, m, samples);
  results.status = packed(out.status.data(), items, 1);
  results.accepted = packed(out.accepted.data(), items, 1);
  results.rejected = packed(out.rejected.data(), items, 1);
  results.time_reached = packed(out.time_reached.data(), items, 1);
  integrate<T>(executor, circuits, inputs, options, results);
  return out;
}

/// Memory for every result of integrate().
template <class T>
struct IntegrateMemory {
  std::int64_t items;
  int m, samples, capacity, events;
  std::vector<T> states, time_reached, final_state, last_step, step_times, step_states, event_times;
  std::vector<T> minimum, maximum, mean, peak_time, settling_time, frequency;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs, jacobians, lu, steps_saved, ended_by, event_counts;

  IntegrateMemory(std::int64_t circuits, int state, int times, int steps, int event_number)
      : items(circuits), m(state), samples(times), capacity(steps), events(event_number) {
    for (auto* values : {&final_state, &minimum, &maximum, &mean, &peak_time})
      *values = result_memory(items, m, T(-77));
    for (auto* values : {&time_reached, &last_step, &settling_time, &frequency}) {
      *values = result_memory(items, 1, T(-77));
    }
    for (auto* values : {&accepted, &rejected, &rhs, &jacobians, &lu, &steps_saved, &ended_by}) {
      *values = result_memory<std::int32_t>(items, 1, -77);
    }
    states = result_memory(items, m * samples, T(-77));
    step_times = result_memory(items, capacity, T(-77));
    step_states = result_memory(items, m * capacity, T(-77));
    event_times = result_memory(items, events, T(-77));
    event_counts = result_memory<std::int32_t>(items, events, -77);
    status = result_memory(items, 1, Status::singular);
  }

  /// Views of all of it.
  IntegrateResults<T> all() {
    const auto view = [&](auto& values, int rows, int cols = 1) { return packed(values.data(), items, rows, cols); };
    IntegrateResults<T> r = counted();
    if (samples > 0) r.states = view(states, m, samples);
    r.final_state = view(final_state, m);
    if (capacity > 0) r.step_times = view(step_times, 1, capacity);
    if (capacity > 0) r.step_states = view(step_states, m, capacity);
    r.steps_saved = view(steps_saved, 1);
    r.ended_by = view(ended_by, 1);
    if (events > 0) r.event_counts = view(event_counts, events);
    if (events > 0) r.event_times = view(event_times, events);
    r.summary = {view(minimum, m),   view(maximum, m),       view(mean, m),
                 view(peak_time, m), view(settling_time, 1), view(frequency, 1)};
    return r;
  }

  /// Views of how it ended and what it cost, alone.
  IntegrateResults<T> counted() {
    const auto view = [&](auto& values) { return packed(values.data(), items, 1); };
    IntegrateResults<T> r;
    r.status = view(status);
    r.accepted = view(accepted);
    r.rejected = view(rejected);
    r.time_reached = view(time_reached);
    r.last_step = view(last_step);
    r.rhs_evaluations = view(rhs);
    r.jacobian_evaluations = view(jacobians);
    r.lu_factorisations = view(lu);
    return r;
  }
};

/// integrate() with memory for every result, `capacity` saved steps a circuit.
template <class T>
IntegrateMemory<T> integrate_recording(const Executor& executor, const Circuits<T>& circuits,
                                       const IntegrateInputs<T>& inputs, const IntegrateOptions& options,
                                       int capacity = 0) {
  IntegrateMemory<T> memory(circuits.items, state_size(circuits, inputs.gains), inputs.times ? inputs.times.rows : 0,
                            capacity, static_cast<int>(options.events.size()));
  integrate<T>(executor, circuits, inputs, options, memory.all());
  return memory;
}

template <class T>
struct SettledAll {
  std::vector<T> states, residual;
  std::vector<Status> status;
  std::vector<Rung> rung;
  std::vector<std::int32_t> steps;
};

/// steady_state() with memory for all results.
template <class T>
SettledAll<T> settle_all(const Executor& executor, const Circuits<T>& circuits, const std::vector<T>& x0 = {},
                         const SteadyStateOptions& options = {}) {
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  BatchView<const T> start;
  if (!x0.empty()) {
    start = x0.size() == static_cast<std::size_t>(m) ? shared(x0.data(), items, m) : packed(x0.data(), items, m);
  }
  SettledAll<T> out{result_memory<T>(items, m, T(-77)), result_memory<T>(items, 1, T(-77)),
                    result_memory(items, 1, Status::singular), result_memory(items, 1, Rung::none),
                    result_memory<std::int32_t>(items, 1, -77)};
  steady_state<T>(
      executor, circuits, start, options,
      {packed(out.states.data(), items, m), packed(out.status.data(), items, 1), packed(out.rung.data(), items, 1),
       packed(out.residual.data(), items, 1), packed(out.steps.data(), items, 1)});
  return out;
}

template <class T>
struct JudgedAll {
  std::vector<T> eigenvalues, abscissa, error, frequency;
  std::vector<Verdict> verdict;
  std::vector<Status> status;
};

/// stability() with memory for all results.
template <class T>
JudgedAll<T> judge_all(const Executor& executor, const Circuits<T>& circuits, const std::vector<T>& states) {
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  JudgedAll<T> out{result_memory<T>(items, 2 * m, T(-77)),     result_memory<T>(items, 1, T(-77)),
                   result_memory<T>(items, 1, T(-77)),         result_memory<T>(items, 1, T(-77)),
                   result_memory(items, 1, Verdict::marginal), result_memory(items, 1, Status::singular)};
  stability<T>(executor, circuits, packed(states.data(), items, m),
               {packed(out.eigenvalues.data(), items, 2, m), packed(out.abscissa.data(), items, 1),
                packed(out.error.data(), items, 1), packed(out.frequency.data(), items, 1),
                packed(out.verdict.data(), items, 1), packed(out.status.data(), items, 1)});
  return out;
}

/// Item `i` of packed results of `size` numbers each.
template <class T>
std::vector<T> item(const std::vector<T>& values, std::size_t i, int size) {
  const auto first = values.begin() + static_cast<std::ptrdiff_t>(i) * size;
  return {first, first + size};
}

}  // namespace organics::test
