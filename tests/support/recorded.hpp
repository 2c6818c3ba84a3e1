// integrate() with everything recorded that it can record, of circuits that a stimulus drives.
#pragma once

#include <cstddef>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"

namespace organics::test {

/// Every result of a call, in one list of numbers per kind, circuit after circuit.
template <class T>
struct Recorded {
  std::vector<T> states, final_state, step_times, step_states, event_times, minimum, maximum, mean, peak_time;
  std::vector<T> time_reached, last_step, settling_time, frequency;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs, jacobians, lu, steps_saved, ended_by, event_counts;
};

/// A step and a ramp of the input drive of `n` neurons, in `seconds`; shared by all circuits.
template <class T>
struct ContrastSteps {
  std::vector<T> step_times, step_values, ramp_times, ramp_values;

  ContrastSteps(int n, T seconds) : step_times{T(0), seconds / 4}, ramp_times{T(0), seconds / 2, seconds / 2, seconds} {
    for (int k = 0; k < 2; ++k) {
      for (int i = 0; i < n; ++i) step_values.push_back((T(0.2) + T(k) * T(0.6) + T(0.01) * T(i)) / T(n));
    }
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < n; ++i) ramp_values.push_back(T(0.5) + T(0.1) * T(k) + T(0.01) * T(i));
    }
  }
  Stimulus<T> stimulus(std::int64_t items, int n) const {
    Stimulus<T> s;
    s.z = {shared(step_times.data(), items, 2), shared(step_values.data(), items, n, 2), Interpolation::constant};
    s.b1 = {shared(ramp_times.data(), items, 4), shared(ramp_values.data(), items, n, 4), Interpolation::linear};
    return s;
  }
};

/// Integrates `batch` for `seconds` from rest with a contrast step and a ramp of b1, two counted events, saved steps,
/// samples and all summaries. Options other than events and save_every are the caller's.
template <class T>
Recorded<T> record_all(const Executor& executor, const Circuits<T>& batch, T seconds, IntegrateOptions options) {
  const std::int64_t items = batch.items;
  const int m = 2 * batch.n;
  constexpr int samples = 5;
  constexpr int capacity = 4;
  const ContrastSteps<T> drive(batch.n, seconds);
  const std::vector<T> times = {T(0), seconds / 7, seconds / 3, seconds / T(1.9), seconds};
  const std::vector<T> levels = {T(0.05), T(1e-3)};
  options.events = {{EventKind::level, 0, Crossing::either, false}, {EventKind::steady, 0, Crossing::either, false}};
  options.save_every = 5;
  options.frequency_bins = 8;
  options.settle_tolerance = 1e-2;
  IntegrateInputs<T> in;
  in.times = shared(times.data(), items, samples);
  in.event_levels = shared(levels.data(), items, 2);
  in.stimulus = drive.stimulus(items, batch.n);
  Recorded<T> out;
  IntegrateResults<T> r;
  const auto numbers = [&](std::vector<T>& to, int rows, int cols = 1) {
    to = result_memory<T>(items, rows * cols, T(-77));
    return packed(to.data(), items, rows, cols);
  };
  const auto counts = [&](std::vector<std::int32_t>& to, int rows = 1) {
    to = result_memory<std::int32_t>(items, rows, -77);
    return packed(to.data(), items, rows);
  };
  r.states = numbers(out.states, m, samples);
  out.status = result_memory(items, 1, Status::singular);
  r.status = packed(out.status.data(), items, 1);
  r.accepted = counts(out.accepted);
  r.rejected = counts(out.rejected);
  r.time_reached = numbers(out.time_reached, 1);
  r.final_state = numbers(out.final_state, m);
  r.last_step = numbers(out.last_step, 1);
  r.rhs_evaluations = counts(out.rhs);
  r.jacobian_evaluations = counts(out.jacobians);
  r.lu_factorisations = counts(out.lu);
  r.step_times = numbers(out.step_times, 1, capacity);
  r.step_states = numbers(out.step_states, m, capacity);
  r.steps_saved = counts(out.steps_saved);
  r.ended_by = counts(out.ended_by);
  r.event_counts = counts(out.event_counts, 2);
  r.event_times = numbers(out.event_times, 2);
  r.summary.minimum = numbers(out.minimum, m);
  r.summary.maximum = numbers(out.maximum, m);
  r.summary.mean = numbers(out.mean, m);
  r.summary.peak_time = numbers(out.peak_time, m);
  r.summary.settling_time = numbers(out.settling_time, 1);
  r.summary.frequency = numbers(out.frequency, 1);
  integrate<T>(executor, batch, in, options, r);
  return out;
}

}  // namespace organics::test
