// Marching a model of a test on one lane, with memory for everything.
#pragma once

#include <cstddef>
#include <limits>
#include <vector>

#include "organics/core/recorder.hpp"

namespace organics::test {

inline core::MarchOptions<double> tolerances(double rtol, double atol, int max_steps = 1000000) {
  core::MarchOptions<double> options;
  options.rtol = rtol;
  options.atol = atol;
  options.state_bound = 1e25;
  options.max_steps = max_steps;
  return options;
}

inline core::MarchOptions<double> fixed_steps(double step) {
  core::MarchOptions<double> options = tolerances(1e-6, 1e-9);
  options.fixed_step = step;
  return options;
}

struct Marched {
  core::March<double> march;
  std::vector<double> x;
  std::vector<double> states;  // time after time
};

/// Scratch of a march with any stepper.
struct MarchMemory {
  core::MethodTables<double> tables;
  std::vector<double> numbers;
  std::vector<int> integers;
  int m;

  MarchMemory(Method method, int dimension, double rtol = 1e-4)
      : tables(core::method_tables<double>(method, rtol)),
        numbers(core::march_scratch(dimension, tables, false), std::numeric_limits<double>::quiet_NaN()),
        integers(static_cast<std::size_t>(dimension)),
        m(dimension) {}

  core::MarchWork<double> work() {
    return core::march_work(numbers.data(), integers.data(), m, tables.slots(false), tables.degree());
  }
};

/// Marches `x` over [start, end] with what `recording` asks for.
template <class Model>
Marched march_recording(Model model, Method method, const core::MarchOptions<double>& options, std::vector<double> x,
                        double start, double end, const core::Recording<double>& recording) {
  MarchMemory memory(method, model.dimension(), options.rtol);
  const core::Tolerance<double> tolerance = {options.rtol, options.atol};
  Marched out{{}, std::move(x), {}};
  core::SwitchingStepper<double> stepper(memory.tables);
  core::Recorder<double> recorder(recording, tolerance);
  out.march = core::march_over(core::Solo{}, model, stepper, options, tolerance, recorder, out.x.data(), start, end,
                               memory.work());
  return out;
}

/// Marches `x` from times.front() to times.back(), the states at the times beside it.
template <class Model>
Marched march(const Model& model, Method method, const core::MarchOptions<double>& options, std::vector<double> x,
              const std::vector<double>& times) {
  std::vector<double> states(x.size() * times.size(), -77.0);
  core::Recording<double> recording;
  recording.times = times.data();
  recording.samples = static_cast<int>(times.size());
  recording.states = states.data();
  Marched out = march_recording(model, method, options, std::move(x), times.front(), times.back(), recording);
  out.states = states;
  return out;
}

}  // namespace organics::test
