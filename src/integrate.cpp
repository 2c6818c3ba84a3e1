#include "organics/integrate.hpp"

#include <limits>

#include "core_options.hpp"
#include "parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Integrates circuit i of the batch on one lane.
template <class T>
void integrate_one(const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> times,
                   const core::Tableau<T>& tableau, const core::MarchOptions<T>& options,
                   const IntegrateResults<T>& results, std::int64_t i, T* scratch) {
  const core::Solo team;
  const core::CircuitModel<T> model{circuit(circuits, i)};
  T* x = scratch;
  const core::MarchWork<T> work(x + model.dimension(), model.dimension(), tableau.stages);
  core::load_start(team, model, x0.item_or_null(i), x);
  const core::March<T> march = core::march_through(team, model, tableau, options, x, times.item(i), times.rows,
                                                   results.states.item_or_null(i), work);
  if (results.status) *results.status.item(i) = march.status;
  if (results.accepted) *results.accepted.item(i) = march.accepted;
  if (results.rejected) *results.rejected.item(i) = march.rejected;
  if (results.time_reached) *results.time_reached.item(i) = march.t;
}

template <class T>
void require_increasing(const BatchView<const T>& times) {
  const std::int64_t distinct = times.item_stride == 0 ? std::min<std::int64_t>(1, times.items) : times.items;
  for (std::int64_t i = 0; i < distinct; ++i) {
    for (int k = 1; k < times.rows; ++k) {
      if (times.item(i)[k] > times.item(i)[k - 1]) continue;
      throw InvalidArgument(fmt::format("circuit {}: times[{}] = {}: expected more than times[{}] = {}", i, k,
                                        times.item(i)[k], k - 1, times.item(i)[k - 1]));
    }
  }
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
                       BatchView<const T> times, const IntegrateOptions& options, const IntegrateResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  validate(options);
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  require_shape("x0", x0, items, m, 1, true, true);
  require(times.rows >= 1 || items == 0, "times: rows", times.rows, "at least 1 time");
  require_shape("times", times, items, times.rows, 1, false, true);
  require_shape("results.states", results.states, items, m, times.rows, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  require_shape("results.accepted", results.accepted, items, 1, 1, true, false);
  require_shape("results.rejected", results.rejected, items, 1, 1, true, false);
  require_shape("results.time_reached", results.time_reached, items, 1, 1, true, false);
  if (items == 0) return;
  require_place(executor, "x0", x0.data, device);
  require_place(executor, "times", times.data, device);
  require_place(executor, "results.states", results.states.data, device);
  require_place(executor, "results.status", results.status.data, device);
  require_place(executor, "results.accepted", results.accepted.data, device);
  require_place(executor, "results.rejected", results.rejected.data, device);
  require_place(executor, "results.time_reached", results.time_reached.data, device);
  if (device) return;
  require_finite("x0", x0);
  require_finite("times", times);
  require_increasing(times);
}

}  // namespace

template <class T>
void integrate(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> times,
               const IntegrateOptions& options, const IntegrateResults<T>& results) {
  require_arguments(executor, circuits, x0, times, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::integrate(*cuda, circuits, x0, times, options, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const auto tableau = core::tableau<T>(options.method);
  const auto core_options = march_options<T>(options);
  const int m = 2 * circuits.n;
  WorkerScratch<T> scratch(threads, static_cast<std::size_t>(m) + core::march_scratch(m, tableau.stages), 0);
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    integrate_one(circuits, x0, times, tableau, core_options, results, i, scratch.numbers(worker));
  });
}

template <class T>
std::size_t integrate_workspace_size(const Executor& executor, const Circuits<T>& circuits) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::integrate_workspace_size(*cuda, circuits) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                           \
  template void integrate<T>(const Executor&, const Circuits<T>&, BatchView<const T>, BatchView<const T>, \
                             const IntegrateOptions&, const IntegrateResults<T>&);                        \
  template std::size_t integrate_workspace_size<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
