// The one seam between the library and CUDA: what cuda/ implements, and src/no_cuda.cpp refuses where there is none.
//
// Arguments were validated by the caller (shapes always, values where the arrays are on the host).
#pragma once

#include <cstddef>
#include <string>

#include "organics/equilibria.hpp"
#include "organics/executor.hpp"
#include "organics/integrate.hpp"
#include "organics/noise.hpp"
#include "organics/sensitivity.hpp"
#include "organics/spectra.hpp"
#include "organics/stability.hpp"
#include "organics/steady_state.hpp"
#include "organics/sweep.hpp"

namespace organics::backend {

bool built();
int device_count();
std::string describe(const Cuda& cuda);

/// True when the pointer is memory of a CUDA device.
bool on_device(const void* pointer);

template <class T>
void integrate(const Cuda& cuda, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
               const IntegrateOptions& options, const IntegrateResults<T>& results);
template <class T>
void steady_state(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> x0,
                  const SteadyStateOptions& options, const SteadyStateResults<T>& results);
template <class T>
void equilibria(const Cuda& cuda, const Circuits<T>& circuits, const EquilibriaOptions& options,
                const EquilibriaResults<T>& results);
template <class T>
void stability(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> states,
               const StabilityResults<T>& results, const StabilityOptions& options);
template <class T>
void spectra(const Cuda& cuda, BatchView<const T> matrices, const SpectraOptions& options,
             const SpectraResults<T>& results);
template <class T>
void abscissa_sensitivity(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> states,
                          const SensitivityResults<T>& results);
template <class T>
void simulate(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> amplitude,
              const core::NoiseMarchOptions<T>& options, const NoiseResults<T>& results);

template <class T>
std::size_t integrate_workspace_size(const Cuda& cuda, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
                                     const IntegrateOptions& options);
template <class T>
std::size_t steady_state_workspace_size(const Cuda& cuda, const Circuits<T>& circuits);
template <class T>
std::size_t equilibria_workspace_size(const Cuda& cuda, const Circuits<T>& circuits, const EquilibriaOptions& options);
template <class T>
std::size_t stability_workspace_size(const Cuda& cuda, const Circuits<T>& circuits);
template <class T>
std::size_t spectra_workspace_size(const Cuda& cuda, BatchView<const T> matrices, const SpectraResults<T>& results);
template <class T>
std::size_t abscissa_sensitivity_workspace_size(const Cuda& cuda, const Circuits<T>& circuits);
template <class T>
std::size_t simulate_workspace_size(const Cuda& cuda, const Circuits<T>& circuits,
                                    const core::NoiseMarchOptions<T>& options);

/// Statistics of the circuits of a chunk, whose columns that have room are filled; the caller cuts a sweep into such
/// chunks.
SweepResults sweep_chunk(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options, SweptCircuits& chunk);
/// Device memory of a chunk of `count` circuits.
std::size_t sweep_chunk_bytes(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options,
                              std::int64_t count);
/// Largest chunk that fits the device (or the caller's workspace).
std::int64_t sweep_chunk_limit(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options);

}  // namespace organics::backend
