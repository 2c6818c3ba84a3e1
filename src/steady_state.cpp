#include "organics/steady_state.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "core_options.hpp"
#include "organics/parallel.hpp"
#include "together.hpp"
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

/// Settles circuits first .. first + count - 1 of the batch side by side, and those that this leaves open by one(i).
/// Where circuits are fewer than lanes the last fills the rest. `work` is for one circuit.
template <class T, class One>
void settle_together(const simd::Lanes<T>& lanes, const Circuits<T>& circuits, const core::SettleOptions<T>& options,
                     const SteadyStateResults<T>& results, std::int64_t first, int count, TogetherScratch<T>& scratch,
                     const core::SettleWork<T>& work, One&& one) {
  for (int lane = 0; lane < lanes.count; ++lane) {
    lay_circuit(circuit(circuits, first + std::min(lane, count - 1)), lanes.count, scratch.numbers.data() + lane);
  }
  const simd::Task<T> task = {circuits.n,           circuits.model,   false, {}, {}, {}, options.fixed_point_steps,
                              options.newton_steps, options.tolerance};
  const std::uint32_t settled = lanes.settle_and_prove(task, scratch.numbers.data(), scratch.bytes.data(),
                                                       scratch.states.data(), scratch.costs.data());
  const std::ptrdiff_t m = 2 * static_cast<std::ptrdiff_t>(circuits.n);
  for (int lane = 0; lane < count; ++lane) {
    if ((settled >> lane & 1U) == 0) {
      one(first + lane);
      continue;
    }
    const core::Cost& cost = scratch.costs[static_cast<std::size_t>(lane)];
    core::Settled<T> found;
    found.status = Status::ok;
    found.rung = Rung::fixed_point;
    found.newton_steps = cost.jacobians;
    found.cost = cost;
    std::copy_n(scratch.states.data() + lane * m, m, work.x);
    const core::CircuitModel<T> model{circuit(circuits, first + lane)};
    core::write_settled(core::Solo{}, model, found, work, settled_output(results, first + lane));
  }
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
  const auto work_of = [&](int worker) {
    return core::settle_work(scratch.numbers(worker), scratch.integers(worker), n);
  };
  const auto one = [&](int worker, std::int64_t i) {
    settle_one(circuits, x0, core_options, results, i, work_of(worker), scratch.numbers(worker) + ladder);
  };
  const simd::Lanes<T>* lanes = simd::lanes<T>(std::get<Cpu>(executor).simd);
  if (x0 || lanes == nullptr) {
    parallel_for(threads, circuits.items, 1, one);
    return;
  }
  std::vector<TogetherScratch<T>> together(static_cast<std::size_t>(threads), TogetherScratch<T>(*lanes, n));
  const std::int64_t width = lanes->count;
  parallel_for(threads, (circuits.items + width - 1) / width, 1, [&](int worker, std::int64_t group) {
    const auto here = static_cast<int>(std::min(width, circuits.items - group * width));
    settle_together(*lanes, circuits, core_options, results, group * width, here,
                    together[static_cast<std::size_t>(worker)], work_of(worker),
                    [&](std::int64_t i) { one(worker, i); });
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
