// The backend of a build without CUDA: everything says so.
#include "backend.hpp"

namespace organics::backend {

namespace {
[[noreturn]] void refuse() {
  throw DeviceError(
      "executor cuda: this build of organics has no CUDA; use the cpu executor, or build with a CUDA "
      "toolkit and ORGANICS_CUDA=ON");
}
}  // namespace

bool built() { return false; }
int device_count() { return 0; }
std::string describe(const Cuda& /*cuda*/) { refuse(); }
bool on_device(const void* /*pointer*/) { return false; }

template <class T>
void integrate(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&, const IntegrateOptions&,
               const IntegrateResults<T>&) {
  refuse();
}
template <class T>
void steady_state(const Cuda&, const Circuits<T>&, BatchView<const T>, const SteadyStateOptions&,
                  const SteadyStateResults<T>&) {
  refuse();
}
template <class T>
void equilibria(const Cuda&, const Circuits<T>&, const EquilibriaOptions&, const EquilibriaResults<T>&) {
  refuse();
}
template <class T>
void stability(const Cuda&, const Circuits<T>&, BatchView<const T>, const StabilityResults<T>&,
               const StabilityOptions&) {
  refuse();
}
template <class T>
void spectra(const Cuda&, BatchView<const T>, const SpectraOptions&, const SpectraResults<T>&) {
  refuse();
}
template <class T>
void abscissa_sensitivity(const Cuda&, const Circuits<T>&, BatchView<const T>, const SensitivityResults<T>&) {
  refuse();
}
template <class T>
void simulate(const Cuda&, const Circuits<T>&, BatchView<const T>, BatchView<const T>,
              const core::NoiseMarchOptions<T>&, const NoiseResults<T>&) {
  refuse();
}
template <class T>
std::size_t integrate_workspace_size(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&,
                                     const IntegrateOptions&) {
  refuse();
}
template <class T>
std::size_t steady_state_workspace_size(const Cuda&, const Circuits<T>&) {
  refuse();
}
template <class T>
std::size_t equilibria_workspace_size(const Cuda&, const Circuits<T>&, const EquilibriaOptions&) {
  refuse();
}
template <class T>
std::size_t stability_workspace_size(const Cuda&, const Circuits<T>&) {
  refuse();
}
template <class T>
std::size_t spectra_workspace_size(const Cuda&, BatchView<const T>, const SpectraResults<T>&) {
  refuse();
}
template <class T>
std::size_t abscissa_sensitivity_workspace_size(const Cuda&, const Circuits<T>&) {
  refuse();
}
template <class T>
std::size_t simulate_workspace_size(const Cuda&, const Circuits<T>&, const core::NoiseMarchOptions<T>&) {
  refuse();
}
SweepResults sweep_chunk(const Cuda&, const Ensemble&, const SweepOptions&, SweptCircuits&) { refuse(); }
std::size_t sweep_chunk_bytes(const Cuda&, const Ensemble&, const SweepOptions&, std::int64_t) { refuse(); }
std::int64_t sweep_chunk_limit(const Cuda&, const Ensemble&, const SweepOptions&) { refuse(); }

#define ORGANICS_INSTANTIATE(T)                                                                                        \
  template void integrate<T>(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&, const IntegrateOptions&,      \
                             const IntegrateResults<T>&);                                                              \
  template void steady_state<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, const SteadyStateOptions&,        \
                                const SteadyStateResults<T>&);                                                         \
  template void equilibria<T>(const Cuda&, const Circuits<T>&, const EquilibriaOptions&, const EquilibriaResults<T>&); \
  template std::size_t equilibria_workspace_size<T>(const Cuda&, const Circuits<T>&, const EquilibriaOptions&);        \
  template void stability<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, const StabilityResults<T>&,          \
                             const StabilityOptions&);                                                                 \
  template void spectra<T>(const Cuda&, BatchView<const T>, const SpectraOptions&, const SpectraResults<T>&);          \
  template void abscissa_sensitivity<T>(const Cuda&, const Circuits<T>&, BatchView<const T>,                           \
                                        const SensitivityResults<T>&);                                                 \
  template std::size_t spectra_workspace_size<T>(const Cuda&, BatchView<const T>, const SpectraResults<T>&);           \
  template std::size_t abscissa_sensitivity_workspace_size<T>(const Cuda&, const Circuits<T>&);                        \
  template void simulate<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, BatchView<const T>,                   \
                            const core::NoiseMarchOptions<T>&, const NoiseResults<T>&);                                \
  template std::size_t simulate_workspace_size<T>(const Cuda&, const Circuits<T>&, const core::NoiseMarchOptions<T>&); \
  template std::size_t integrate_workspace_size<T>(const Cuda&, const Circuits<T>&, const IntegrateInputs<T>&,         \
                                                   const IntegrateOptions&);                                           \
  template std::size_t steady_state_workspace_size<T>(const Cuda&, const Circuits<T>&);                                \
  template std::size_t stability_workspace_size<T>(const Cuda&, const Circuits<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
