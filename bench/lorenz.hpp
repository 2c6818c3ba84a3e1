// What the benchmarks of models of one's own march: the equations of Lorenz (1963), a batch in which rho differs, by the
// classical method with equal steps.
#pragma once

#include <cstdint>
#include <vector>

#include "organics/own_model.hpp"
#include "support/operation_counts.hpp"

namespace organics::bench {

/// x' = 10 (y - x),   y' = x (rho - z) - y,   z' = x y - 8/3 z
template <class T>
struct Lorenz {
  T rho;

  static constexpr int max_dimension = 3;
  static constexpr bool autonomous = true;
  static constexpr double rhs_operations = 2 + 3 + 3;
  ORGANICS_FN static constexpr int dimension() { return 3; }

  template <class Team>
  ORGANICS_FN void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = T(10) * (x[1] - x[0]);
    dx[1] = x[0] * (rho - x[2]) - x[1];
    dx[2] = x[0] * x[1] - T(8) / T(3) * x[2];
  }
};

/// rho from 0 to 21, where nothing is chaotic: results can be compared.
template <class T>
struct LorenzBatch {
  std::int64_t items;
  ORGANICS_FN Lorenz<T> operator()(std::int64_t i) const { return {T(21) * static_cast<T>(i) / static_cast<T>(items)}; }
};

inline constexpr int lorenz_steps = 1000;
inline constexpr Method lorenz_method = Method::rk4;

inline IntegrateOptions lorenz_options() {
  IntegrateOptions options;
  options.method = lorenz_method;
  options.fixed_step = 1.0 / lorenz_steps;
  return options;
}

template <class T>
inline constexpr T lorenz_start[] = {T(1), T(0), T(0)};
template <class T>
inline constexpr T lorenz_span[] = {T(0), T(1)};

/// Operations of one trajectory.
constexpr double lorenz_operations() {
  const test::StepWork work = test::step_work(lorenz_method);
  return lorenz_steps * (work.slopes * Lorenz<double>::rhs_operations + 3.0 * (2 * work.stage_terms + work.stages));
}

/// The final states of the batch, on the CPU.
template <class T>
void march_lorenz(const Cpu& cpu, std::int64_t items, std::vector<T>& final_states) {
  final_states.resize(static_cast<std::size_t>(3 * items));
  IntegrateInputs<T> inputs;
  inputs.x0 = shared<const T>(lorenz_start<T>, items, 3);
  inputs.span = shared<const T>(lorenz_span<T>, items, 2);
  IntegrateResults<T> results;
  results.final_state = packed(final_states.data(), items, 3);
  integrate_models(cpu, items, LorenzBatch<T>{items}, inputs, lorenz_options(), results);
}

}  // namespace organics::bench
