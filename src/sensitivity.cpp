#include "organics/sensitivity.hpp"

#include "organics/core/sensitivity.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Where the results of circuit i go.
template <class T>
core::SensitivityOutput<T> output(const SensitivityResults<T>& results, std::int64_t i) {
  return {results.tau_y.item_or_null(i), results.tau_a.item_or_null(i), results.b0.item_or_null(i),
          results.b1.item_or_null(i),    results.sigma.item_or_null(i), results.z.item_or_null(i),
          results.Wr.item_or_null(i),    results.W.item_or_null(i),     results.abscissa.item_or_null(i),
          results.status.item_or_null(i)};
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
                       const SensitivityResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  const std::int64_t items = circuits.items;
  const int n = circuits.n;
  require_shape("states", states, items, 2 * n, 1, false, true);
  if (items > 0) require_place(executor, "states", states.data, device);
  const auto check = [&](const char* field, const auto& view, int rows, int cols) {
    require_shape(field, view, items, rows, cols, true, false);
    if (items > 0) require_place(executor, field, view.data, device);
  };
  check("results.tau_y", results.tau_y, n, 1);
  check("results.tau_a", results.tau_a, n, 1);
  check("results.b0", results.b0, n, 1);
  check("results.b1", results.b1, n, 1);
  check("results.sigma", results.sigma, n, 1);
  check("results.z", results.z, n, 1);
  check("results.Wr", results.Wr, n, n);
  check("results.W", results.W, n, n);
  check("results.abscissa", results.abscissa, 1, 1);
  check("results.status", results.status, 1, 1);
}

}  // namespace

template <class T>
void abscissa_sensitivity(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
                          const SensitivityResults<T>& results) {
  require_arguments(executor, circuits, states, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::abscissa_sensitivity(*cuda, circuits, states, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const int n = circuits.n;
  WorkerScratch<T> scratch(threads, core::sensitivity_scratch(n), 2 * static_cast<std::size_t>(n));
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    const auto work = core::sensitivity_work(scratch.numbers(worker), scratch.integers(worker), n);
    const core::CircuitModel<T> model{circuit(circuits, i)};
    core::abscissa_sensitivity(core::Solo{}, model, states.item(i), work, output(results, i));
  });
}

template <class T>
std::size_t abscissa_sensitivity_workspace_size(const Executor& executor, const Circuits<T>& circuits) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::abscissa_sensitivity_workspace_size(*cuda, circuits) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                  \
  template void abscissa_sensitivity<T>(const Executor&, const Circuits<T>&, BatchView<const T>, \
                                        const SensitivityResults<T>&);                           \
  template std::size_t abscissa_sensitivity_workspace_size<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
