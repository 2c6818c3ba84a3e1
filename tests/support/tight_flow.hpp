// Where a circuit goes from rest, tightly integrated: the reference for the steady-state ladder.
//
// It is the library's march (method automatic, rtol 1e-9, absolute tolerances tied to c), which shares the right-hand side
// with the ladder and neither its method, its tolerances nor its rules for stopping.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include "organics/core/fixed_point.hpp"
#include "organics/core/march.hpp"
#include "organics/core/recorder.hpp"
#include "support/circuit_data.hpp"

namespace organics::test {

/// Where a circuit goes from rest.
struct Reference {
  Status status;
  bool at_rest;  ///< every component moves slower than 1e-7 of its size in a time constant
  double time;
  std::vector<double> x;
};

inline Reference follow_from_rest(const CircuitData& data) {
  static const auto tables = core::method_tables<double>(Method::automatic);
  const int m = 2 * data.n;
  const auto numbers = static_cast<std::size_t>(m);
  std::vector<double> x = filled(m, 0);
  std::vector<double> atol = filled(m, 1e-11);
  for (int i = 0; i < data.n; ++i) {
    x[static_cast<std::size_t>(data.n + i)] = data.c(i);
    atol[static_cast<std::size_t>(data.n + i)] = 1e-9 * data.c(i);
  }
  std::vector<double> memory(core::march_scratch(m, tables, true));
  std::vector<int> pivots(numbers);
  core::MarchOptions<double> options;
  options.state_bound = 1e25;
  options.max_steps = 100000;
  const core::Tolerance<double> tolerance = {1e-9, 0, nullptr, atol.data()};
  const Event at_rest = {EventKind::steady, 0, Crossing::either, true};
  const double level = 1e-7;
  core::Recording<double> recording;
  recording.events = &at_rest;
  recording.event_count = 1;
  recording.levels = &level;
  core::Recorder<double> recorder(recording, tolerance);
  core::SwitchingStepper<double> stepper(tables);
  auto model = data.circuit_model();
  const auto work = core::march_work(memory.data(), pivots.data(), m, tables.slots(true), tables.degree());
  const auto march = core::march_over(core::Solo{}, model, stepper, options, tolerance, recorder, x.data(), 0.0,
                                      1e6 * (data.tau_y[0] + data.tau_a[0]), work);
  return {march.status, march.ended_by == 0, march.t, x};
}

/// Equal to a thousandth of what each component weighs.
inline bool same_state(const CircuitData& data, const std::vector<double>& a, const std::vector<double>& b) {
  for (int i = 0; i < 2 * data.n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (!(std::abs(a[k] - b[k]) <= 1e-3 * core::state_weight(data.circuit(), i, b[k]))) return false;
  }
  return true;
}

}  // namespace organics::test
