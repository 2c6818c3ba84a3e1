// Ensemble: a distribution over circuits of one size.
//
// The defaults are the Figure 4 ensemble of Rawat, Heeger and Martiniani (NeurIPS 2024): b0, b1, sigma, W uniform on
// (0, 1), taus 2 ms, Wr a Gaussian matrix over its largest singular value, z a Gaussian vector over its norm.
// core/draw.hpp draws from it.
#pragma once

#include <cstdint>

#include "organics/core/model.hpp"

namespace organics {

/// Bounds of a uniform distribution on the open interval (lower, upper), up to the rounding of the sum; equal bounds give
/// that constant.
template <class T>
struct UniformRange {
  T lower = 0;
  T upper = 1;
};

enum class RecurrentWeights : std::uint8_t {
  gaussian = 0,  ///< standard Gaussian matrix scaled so that its largest singular value is `Wr_norm`
  identity,      ///< `Wr_norm` times the identity
};

/// A distribution over circuits, as numbers of type T (device code for float holds no double).
template <class T>
struct EnsembleOf {
  int n = 10;  ///< neurons of each kind; the state has 2n
  ModelKind model = ModelKind::main;
  T tau_y = T(0.002);     ///< seconds, every neuron
  T tau_a = T(0.002);     ///< seconds, every neuron
  UniformRange<T> b0;     ///< per neuron
  UniformRange<T> b1;     ///< per neuron
  UniformRange<T> sigma;  ///< per neuron
  UniformRange<T> W;      ///< per entry
  RecurrentWeights recurrent = RecurrentWeights::gaussian;
  T Wr_norm = 1;  ///< largest singular value of Wr
  T z_norm = 1;   ///< Euclidean norm of the Gaussian input drive z
};

using Ensemble = EnsembleOf<double>;

}  // namespace organics

namespace organics::core {

template <class T>
ORGANICS_FN constexpr UniformRange<T> convert(UniformRange<double> range) {
  return {static_cast<T>(range.lower), static_cast<T>(range.upper)};
}

/// The same ensemble over another scalar.
template <class T>
ORGANICS_FN constexpr EnsembleOf<T> convert(const Ensemble& e) {
  return {e.n,
          e.model,
          static_cast<T>(e.tau_y),
          static_cast<T>(e.tau_a),
          convert<T>(e.b0),
          convert<T>(e.b1),
          convert<T>(e.sigma),
          convert<T>(e.W),
          e.recurrent,
          static_cast<T>(e.Wr_norm),
          static_cast<T>(e.z_norm)};
}

}  // namespace organics::core
