// How a stochastic run is steered: kind of noise, scheme, steps, and what is recorded on the way.
//
// Plain data that the host API, the CPU executor and every kernel share.
#pragma once

#include <cstdint>

#include "organics/core/scalar.hpp"

namespace organics {

/// What the noise of a component is scaled by.
enum class NoiseKind : std::uint8_t {
  additive = 0,    ///< a constant
  multiplicative,  ///< the component itself, in the sense of Ito
};

/// Fixed-step schemes; both converge to the Ito solution.
enum class NoiseScheme : std::uint8_t {
  euler_maruyama = 0,  ///< strong order 1/2, 1 for additive noise (Maruyama 1955)
  heun,                ///< strong order 1, second order in the drift (Ruemelin 1982)
};

}  // namespace organics

namespace organics::core {

/// Options of a stochastic run in the scalar of the batch.
template <class T>
struct NoiseMarchOptions {
  NoiseScheme scheme;
  NoiseKind kind;
  T step;
  std::int64_t discard;  ///< steps before recording starts
  std::int64_t steps;    ///< recorded steps
  int save_every;        ///< recorded steps from sample to sample; 0: no samples
  std::uint64_t seed;
  std::int64_t first;    ///< trajectory index of the first circuit of a batch
  T state_bound;         ///< max |x| beyond which the circuit has diverged
  std::int64_t segment;  ///< recorded steps in a periodogram; 0: no spectra
  int bins;
  int component;
  int partner;  ///< second component; -1: none

  ORGANICS_FN std::int64_t samples() const { return save_every > 0 ? steps / save_every : 0; }
  ORGANICS_FN std::int64_t segments() const { return segment > 0 ? steps / segment : 0; }
  ORGANICS_FN int signals() const { return partner >= 0 ? 2 : 1; }
};

}  // namespace organics::core
