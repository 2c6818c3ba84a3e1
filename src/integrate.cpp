#include "organics/integrate.hpp"

#include "organics/parallel.hpp"
#include "organics/trajectory.hpp"
#include "validate_integrate.hpp"

namespace organics {

namespace {

/// Integrates circuit i on one lane: explicit methods and samples alone have the shorter way.
template <class T>
void integrate_one(const Circuits<T>& circuits, const MarchPlan<T>& plan, const core::MethodTables<T>& tables,
                   std::int64_t i, T* numbers, int* integers) {
  const core::Solo team;
  T* fourier = numbers + plan.m;
  T* march = fourier + core::dominant_frequency_size(plan.frequency_bins);
  const auto work = core::march_work(march, integers, plan.m, tables.slots(false), tables.degree());
  if (is_simple(plan, tables)) {
    core::CircuitModel<T> model{circuit(circuits, i)};
    integrate_model<true>(team, model, plan, tables, i, numbers, fourier, work);
  } else {
    auto model = driven_circuit(circuits, plan.inputs.stimulus, plan.inputs.gains, i);
    integrate_model<false>(team, model, plan, tables, i, numbers, fourier, work);
  }
}

}  // namespace

template <class T>
void integrate(const Executor& executor, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
               const IntegrateOptions& options, const IntegrateResults<T>& results) {
  require_integrate_arguments(executor, circuits, inputs, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::integrate(*cuda, circuits, inputs, options, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  const auto tables = core::method_tables<T>(options.method);
  const int m = state_size(circuits, inputs.gains);
  const MarchPlan<T> plan = march_plan(m, inputs, options, results);
  const std::size_t numbers = static_cast<std::size_t>(m) + core::dominant_frequency_size(plan.frequency_bins) +
                              core::march_scratch(m, tables, false);
  WorkerScratch<T> scratch(threads, numbers, static_cast<std::size_t>(m));
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    integrate_one(circuits, plan, tables, i, scratch.numbers(worker), scratch.integers(worker));
  });
}

template <class T>
std::size_t integrate_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                     const IntegrateInputs<T>& inputs, const IntegrateOptions& options) {
  validate(options);
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::integrate_workspace_size(*cuda, circuits, inputs, options) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                       \
  template void integrate<T>(const Executor&, const Circuits<T>&, const IntegrateInputs<T>&, const IntegrateOptions&, \
                             const IntegrateResults<T>&);                                                             \
  template std::size_t integrate_workspace_size<T>(const Executor&, const Circuits<T>&, const IntegrateInputs<T>&,    \
                                                   const IntegrateOptions&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
