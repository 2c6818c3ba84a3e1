#include "organics/stability.hpp"

#include "organics/core/spectrum.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Judges circuit i of the batch on one lane.
template <class T>
void judge_one(const Circuits<T>& circuits, BatchView<const T> states, const StabilityResults<T>& results,
               std::int64_t i, const core::SpectrumWork<T>& work) {
  const core::Solo team;
  const core::CircuitModel<T> model{circuit(circuits, i)};
  const core::Spectrum<T> spectrum = core::spectrum(team, model, states.item(i), work);
  const core::SpectrumOutput<T> out = {results.eigenvalues.item_or_null(i),    results.abscissa.item_or_null(i),
                                       results.abscissa_error.item_or_null(i), results.frequency.item_or_null(i),
                                       results.verdict.item_or_null(i),        results.status.item_or_null(i)};
  core::write_spectrum(team, spectrum, work, model.dimension(), out);
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
                       const StabilityResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  require_shape("states", states, items, m, 1, false, true);
  require_shape("results.eigenvalues", results.eigenvalues, items, 2, m, true, false);
  require_shape("results.abscissa", results.abscissa, items, 1, 1, true, false);
  require_shape("results.abscissa_error", results.abscissa_error, items, 1, 1, true, false);
  require_shape("results.frequency", results.frequency, items, 1, 1, true, false);
  require_shape("results.verdict", results.verdict, items, 1, 1, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  if (items == 0) return;
  require_place(executor, "states", states.data, device);
  require_place(executor, "results.eigenvalues", results.eigenvalues.data, device);
  require_place(executor, "results.abscissa", results.abscissa.data, device);
  require_place(executor, "results.abscissa_error", results.abscissa_error.data, device);
  require_place(executor, "results.frequency", results.frequency.data, device);
  require_place(executor, "results.verdict", results.verdict.data, device);
  require_place(executor, "results.status", results.status.data, device);
}

}  // namespace

template <class T>
void stability(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
               const StabilityResults<T>& results) {
  require_arguments(executor, circuits, states, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::stability(*cuda, circuits, states, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const int m = 2 * circuits.n;
  WorkerScratch<T> scratch(threads, core::spectrum_scratch(m), 0);
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    judge_one(circuits, states, results, i, core::spectrum_work(scratch.numbers(worker), m));
  });
}

template <class T>
std::size_t stability_workspace_size(const Executor& executor, const Circuits<T>& circuits) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::stability_workspace_size(*cuda, circuits) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                    \
  template void stability<T>(const Executor&, const Circuits<T>&, BatchView<const T>, const StabilityResults<T>&); \
  template std::size_t stability_workspace_size<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
