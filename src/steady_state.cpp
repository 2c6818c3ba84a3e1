#include "organics/steady_state.hpp"

#include "core_options.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Settles circuit i of the batch on one lane.
template <class T>
void settle_one(const Circuits<T>& circuits, BatchView<const T> x0, const core::SettleOptions<T>& options,
                const SteadyStateResults<T>& results, std::int64_t i, const core::SettleWork<T>& work, T* cycle) {
  const core::Solo team;
  const core::CircuitModel<T> model{circuit(circuits, i)};
  core::Settled<T> settled;
  if (x0) {
    settled = core::settle_by_following(team, model, options, x0.item(i), {}, work, cycle);
  } else {
    settled = core::settle_from_rest(team, model, options, work, cycle);
  }
  core::write_settled(team, model, settled, work, settled_output(results, i));
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
                       const SteadyStateOptions& options, const SteadyStateResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  validate(options);
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  require_shape("x0", x0, items, m, 1, true, true);
  require_shape("results.states", results.states, items, m, 1, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  require_shape("results.rung", results.rung, items, 1, 1, true, false);
  require_shape("results.residual", results.residual, items, 1, 1, true, false);
  require_shape("results.steps", results.steps, items, 1, 1, true, false);
  require_shape("results.time", results.time, items, 1, 1, true, false);
  require_shape("results.period", results.period, items, 1, 1, true, false);
  require_shape("results.amplitude", results.amplitude, items, 1, 1, true, false);
  require_shape("results.newton_steps", results.newton_steps, items, 1, 1, true, false);
  require_shape("results.rhs_evaluations", results.rhs_evaluations, items, 1, 1, true, false);
  require_shape("results.jacobian_evaluations", results.jacobian_evaluations, items, 1, 1, true, false);
  require_shape("results.lu_factorisations", results.lu_factorisations, items, 1, 1, true, false);
  if (items == 0) return;
  require_place(executor, "x0", x0.data, device);
  require_place(executor, "results.states", results.states.data, device);
  require_place(executor, "results.status", results.status.data, device);
  require_place(executor, "results.rung", results.rung.data, device);
  require_place(executor, "results.residual", results.residual.data, device);
  require_place(executor, "results.steps", results.steps.data, device);
  require_place(executor, "results.time", results.time.data, device);
  require_place(executor, "results.period", results.period.data, device);
  require_place(executor, "results.amplitude", results.amplitude.data, device);
  require_place(executor, "results.newton_steps", results.newton_steps.data, device);
  require_place(executor, "results.rhs_evaluations", results.rhs_evaluations.data, device);
  require_place(executor, "results.jacobian_evaluations", results.jacobian_evaluations.data, device);
  require_place(executor, "results.lu_factorisations", results.lu_factorisations.data, device);
  if (!device) require_finite("x0", x0);
}

}  // namespace

template <class T>
void steady_state(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
                  const SteadyStateOptions& options, const SteadyStateResults<T>& results) {
  require_arguments(executor, circuits, x0, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::steady_state(*cuda, circuits, x0, options, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const auto core_options = settle_options<T>(options, false);
  const int n = circuits.n;
  const std::size_t ladder = core::settle_scratch(n, core_options.spectra);
  WorkerScratch<T> scratch(threads, ladder + core::cycle_scratch(n), 2 * static_cast<std::size_t>(n));
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    T* numbers = scratch.numbers(worker);
    settle_one(circuits, x0, core_options, results, i, core::settle_work(numbers, scratch.integers(worker), n),
               numbers + ladder);
  });
}

template <class T>
std::size_t steady_state_workspace_size(const Executor& executor, const Circuits<T>& circuits) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::steady_state_workspace_size(*cuda, circuits) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                     \
  template void steady_state<T>(const Executor&, const Circuits<T>&, BatchView<const T>, const SteadyStateOptions&, \
                                const SteadyStateResults<T>&);                                                      \
  template std::size_t steady_state_workspace_size<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
