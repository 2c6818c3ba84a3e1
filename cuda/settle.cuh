// The steady-state ladder on a device, for circuits that are given or drawn: what steady_state and sweep share.
#pragma once

#include "launch.cuh"
#include "organics/core/draw.hpp"
#include "organics/core/steady_state.hpp"
#include "organics/steady_state.hpp"

namespace organics::cuda {

/// Where circuit i comes from: a batch in device memory, or an ensemble, from which it is drawn where it is used.
template <class T>
struct Source {
  int n;
  std::int64_t items;
  Circuits<T> circuits;  ///< when not drawn
  bool drawn = false;
  EnsembleOf<T> ensemble = {};
  std::uint64_t seed = 0;
  std::int64_t first = 0;

  /// Numbers of storage for one drawn circuit.
  __host__ __device__ std::size_t storage() const { return drawn ? core::circuit_storage_size(n) : 0; }

  template <class Team>
  __device__ core::Circuit<T> get(const Team& team, std::int64_t i, T* storage, T* scratch) const {
    if (!drawn) return circuit_for<Team>(circuit(circuits, i));
    EnsembleOf<T> e = ensemble;
    if constexpr (std::is_same_v<Team, core::Solo>) e.n = 1;
    return core::draw_circuit(team, e, seed, static_cast<std::uint64_t>(first + i), storage, scratch);
  }
};

/// Where the spectrum at each steady state goes, and the norm of that state; null: not wanted. NaN where there is none.
template <class T>
struct SpectrumRecords {
  T* abscissa = nullptr;
  T* frequency = nullptr;
  T* state_norm = nullptr;
  Verdict* verdict = nullptr;
};

template <class T>
struct SettleArguments {
  Source<T> source;
  BatchView<const T> x0;  ///< empty: the whole ladder from rest; else the flow from x0
  core::SettleOptions<T> options;
  SteadyStateResults<T> results;
  SpectrumRecords<T> records;
  bool mixed = false;  ///< drawn, in double, from rest: the rung in mixed precision comes first
};

/// Takes scratch from the arena and, unless that only measures, queues the work on the stream.
template <class T>
void settle_on_device(cudaStream_t stream, Arena& arena, const SettleArguments<T>& arguments);

/// Circuits at their states, to be proven stable.
template <class T>
struct CertifyArguments {
  Source<T> source;
  BatchView<const T> states;
  const Status* status = nullptr;  ///< null: all; else only those that are ok are tried
  BatchView<std::uint8_t> proven;
  BatchView<std::int32_t> squarings = {};
  T perturbation = T(0);  ///< of the Jacobian, Frobenius norm, 1/s
};

/// As settle_on_device.
template <class T>
void certify_on_device(cudaStream_t stream, Arena& arena, const CertifyArguments<T>& arguments);

}  // namespace organics::cuda
