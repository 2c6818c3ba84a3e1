#include "organics/stability.hpp"

#include <algorithm>
#include <cmath>

#include "organics/core/certificate.hpp"
#include "organics/core/spectrum.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

template <class T>
void write_spectrum_of(const core::CircuitModel<T>& model, BatchView<const T> states,
                       const StabilityResults<T>& results, std::int64_t i, const core::SpectrumWork<T>& work) {
  const core::Solo team;
  const core::Spectrum<T> spectrum = core::spectrum(team, model, states.item(i), work);
  const core::SpectrumOutput<T> out = {results.eigenvalues.item_or_null(i),    results.abscissa.item_or_null(i),
                                       results.abscissa_error.item_or_null(i), results.frequency.item_or_null(i),
                                       results.verdict.item_or_null(i),        results.status.item_or_null(i)};
  core::write_spectrum(team, spectrum, work, model.dimension(), out);
  if (std::int32_t* unstable = results.unstable.item_or_null(i)) {
    *unstable = spectrum.status == Status::ok ? core::count_unstable(work.re, model.dimension(), spectrum.error) : -1;
  }
}

template <class T>
void write_certificate_of(const core::CircuitModel<T>& model, BatchView<const T> states,
                          const StabilityResults<T>& results, T perturbation, std::int64_t i, T* numbers, int* pivots) {
  const core::Solo team;
  const int m = model.dimension();
  const std::ptrdiff_t entries = static_cast<std::ptrdiff_t>(m) * m;
  model.jacobian(team, T(0), states.item(i), numbers);
  const core::Certificate certificate =
      core::certify_stability(team, numbers, m, perturbation, core::certificate_work(numbers + entries, pivots, m));
  if (std::uint8_t* proven = results.proven.item_or_null(i)) *proven = certificate.proven ? 1 : 0;
  if (std::int32_t* squarings = results.squarings.item_or_null(i)) *squarings = certificate.squarings;
}

/// Numbers that the spectrum and the certificate of one circuit need, one after the other.
std::size_t judge_scratch(int m) {
  const auto entries = static_cast<std::size_t>(m) * static_cast<std::size_t>(m);
  return std::max(core::spectrum_scratch(m), entries + core::certificate_scratch(m));
}

/// Judges circuit i of the batch on one lane.
template <class T>
void judge_one(const Circuits<T>& circuits, BatchView<const T> states, const StabilityResults<T>& results,
               T perturbation, std::int64_t i, T* numbers, int* pivots) {
  const core::CircuitModel<T> model{circuit(circuits, i)};
  if (results.wants_spectrum()) {
    write_spectrum_of(model, states, results, i, core::spectrum_work(numbers, model.dimension()));
  }
  if (results.wants_certificate()) write_certificate_of(model, states, results, perturbation, i, numbers, pivots);
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
                       const StabilityResults<T>& results, const StabilityOptions& options) {
  require(options.perturbation >= 0 && std::isfinite(core::perturbation_of<T>(options.perturbation)), "perturbation",
          options.perturbation, "a number >= 0 that the precision can hold, 1/s");
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
  require_shape("results.unstable", results.unstable, items, 1, 1, true, false);
  require_shape("results.proven", results.proven, items, 1, 1, true, false);
  require_shape("results.squarings", results.squarings, items, 1, 1, true, false);
  if (items == 0) return;
  require_place(executor, "states", states.data, device);
  require_place(executor, "results.eigenvalues", results.eigenvalues.data, device);
  require_place(executor, "results.abscissa", results.abscissa.data, device);
  require_place(executor, "results.abscissa_error", results.abscissa_error.data, device);
  require_place(executor, "results.frequency", results.frequency.data, device);
  require_place(executor, "results.verdict", results.verdict.data, device);
  require_place(executor, "results.status", results.status.data, device);
  require_place(executor, "results.unstable", results.unstable.data, device);
  require_place(executor, "results.proven", results.proven.data, device);
  require_place(executor, "results.squarings", results.squarings.data, device);
}

}  // namespace

template <class T>
void stability(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
               const StabilityResults<T>& results, const StabilityOptions& options) {
  require_arguments(executor, circuits, states, results, options);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::stability(*cuda, circuits, states, results, options);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const int m = 2 * circuits.n;
  const T perturbation = core::perturbation_of<T>(options.perturbation);
  WorkerScratch<T> scratch(threads, judge_scratch(m), static_cast<std::size_t>(m));
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    judge_one(circuits, states, results, perturbation, i, scratch.numbers(worker), scratch.integers(worker));
  });
}

template <class T>
std::size_t stability_workspace_size(const Executor& executor, const Circuits<T>& circuits) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::stability_workspace_size(*cuda, circuits) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                   \
  template void stability<T>(const Executor&, const Circuits<T>&, BatchView<const T>, const StabilityResults<T>&, \
                             const StabilityOptions&);                                                            \
  template std::size_t stability_workspace_size<T>(const Executor&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
