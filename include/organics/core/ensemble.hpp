// Ensemble: a distribution over circuits of one size.
//
// The defaults are the Figure 4 ensemble of Rawat, Heeger and Martiniani (NeurIPS 2024): b0, b1, sigma, W uniform on
// (0, 1), taus 2 ms, Wr a Gaussian matrix over its largest singular value, z a Gaussian vector over its norm.
// core/draw.hpp draws from it.
#pragma once

#include <cstdint>
#include <type_traits>

#include "organics/core/model.hpp"

namespace organics {

/// The vectors of a circuit.
enum class Parameter : std::uint8_t { tau_y = 0, tau_a, b0, b1, sigma, z };

enum class DistributionKind : std::uint8_t {
  uniform = 0,  ///< on (lower, upper), up to the rounding of the sum; equal bounds give that constant
  log_uniform,  ///< the logarithm is uniform; 0 < lower <= upper
  normal,       ///< mean `centre`, standard deviation `spread`; values below `lower` are drawn again
  log_normal,   ///< median `centre`, standard deviation of the logarithm `spread`
  tied,         ///< `factor` times the same neuron's value of `source`, which is not tied itself
};

/// How many draws there are of a parameter.
enum class DrawnPer : std::uint8_t {
  neuron = 0,  ///< one for each neuron (W: for each entry)
  circuit,     ///< one that all neurons (W: all entries) share
};

/// The distribution of one number, as numbers of type T (device code for float holds no double). A number converts to
/// the constant, {lower, upper} to the uniform distribution.
template <class T>
struct DistributionOf {
  T lower = 0;
  T upper = 1;
  T centre = 0;
  T spread = 0;
  T factor = 1;
  DistributionKind kind = DistributionKind::uniform;
  DrawnPer per = DrawnPer::neuron;
  Parameter source = Parameter::tau_y;

  constexpr DistributionOf() = default;
  ORGANICS_FN constexpr DistributionOf(T constant) : lower(constant), upper(constant) {}
  ORGANICS_FN constexpr DistributionOf(T least, T most) : lower(least), upper(most) {}

  static constexpr DistributionOf log_uniform(T lower, T upper) {
    DistributionOf d(lower, upper);
    d.kind = DistributionKind::log_uniform;
    return d;
  }
  /// What is below `lower` is drawn again; the mean must not be.
  static constexpr DistributionOf normal(T mean, T deviation, T lower = T(-__builtin_inf())) {
    DistributionOf d(lower, T(__builtin_inf()));
    d.kind = DistributionKind::normal;
    d.centre = mean;
    d.spread = deviation;
    return d;
  }
  static constexpr DistributionOf log_normal(T median, T spread) {
    DistributionOf d;
    d.kind = DistributionKind::log_normal;
    d.centre = median;
    d.spread = spread;
    return d;
  }
  static constexpr DistributionOf same_as(Parameter source, T factor = 1) {
    DistributionOf d;
    d.kind = DistributionKind::tied;
    d.source = source;
    d.factor = factor;
    return d;
  }
  /// The same distribution, drawn once for all neurons.
  constexpr DistributionOf per_circuit() const {
    DistributionOf d = *this;
    d.per = DrawnPer::circuit;
    return d;
  }

  bool operator==(const DistributionOf&) const = default;
};

using Distribution = DistributionOf<double>;

/// Kinds of Wr before it is scaled. G is a matrix of independent standard Gaussian numbers.
enum class RecurrentWeights : std::uint8_t {
  gaussian = 0,       ///< G
  identity,           ///< I
  orthogonal,         ///< uniform (Haar) on the orthogonal group
  symmetric,          ///< (G + G^T) / sqrt(2)
  antisymmetric,      ///< (G - G^T) / sqrt(2)
  positive_definite,  ///< G G^T
  diagonal,           ///< the diagonal of G
  sparse,             ///< each entry of G kept with probability `Wr_density`
  ring,               ///< exp(-d^2 / (2 Wr_width^2)) - Wr_inhibition at circular distance d
  low_rank,           ///< U V^T, U and V Gaussian with `Wr_rank` columns
  nonnegative,        ///< |G|
  given,              ///< `Wr_given`
};

/// What of Wr is scaled to `Wr_norm`. A matrix of which that is 0 is left as it was drawn.
enum class RecurrentScale : std::uint8_t {
  norm = 0,  ///< the largest singular value
  radius,    ///< the largest magnitude of an eigenvalue
  none,      ///< nothing: Wr is `Wr_norm` times the matrix of its kind
};

/// Which entries of W there are; what is there comes from the distribution of W.
enum class NormalisationWeights : std::uint8_t {
  full = 0,  ///< every entry
  identity,  ///< one number, drawn once a circuit, times I
  diagonal,  ///< the diagonal
  ring,      ///< one number, drawn once a circuit, times exp(-d^2 / (2 W_width^2)) at circular distance d
  sparse,    ///< each entry with probability `W_density`
  given,     ///< one number, drawn once a circuit, times `W_given`
};

enum class InputDrive : std::uint8_t {
  scaled_gaussian = 0,  ///< a standard Gaussian vector scaled to Euclidean norm `z_norm`
  distribution,         ///< from the distribution `z`
};

/// How the numbers that a whole circuit shares are drawn (DrawnPer::circuit, and the number of an identity, ring or given
/// W); all others are random.
enum class Sampling : std::uint8_t {
  random = 0,       ///< independent of each other and from circuit to circuit
  sobol,            ///< the Sobol sequence, shifted at random
  latin_hypercube,  ///< Latin hypercubes of `strata` consecutive circuits each
};

/// A distribution over circuits, as numbers of type T.
template <class T>
struct EnsembleOf {
  int n = 10;  ///< neurons of each kind; the state has 2n
  ModelKind model = ModelKind::main;
  DistributionOf<T> tau_y = T(0.002);  ///< seconds, > 0
  DistributionOf<T> tau_a = T(0.002);  ///< seconds, > 0
  DistributionOf<T> b0;                ///< >= 0
  DistributionOf<T> b1;                ///< >= 0
  DistributionOf<T> sigma;             ///< >= 0
  DistributionOf<T> W;                 ///< >= 0, not tied
  RecurrentWeights recurrent = RecurrentWeights::gaussian;
  T Wr_norm = 1;  ///< largest singular value of Wr, or what `Wr_scale` says
  T z_norm = 1;   ///< of a scaled Gaussian z
  InputDrive drive = InputDrive::scaled_gaussian;
  DistributionOf<T> z;
  RecurrentScale Wr_scale = RecurrentScale::norm;
  T Wr_density = T(0.1);
  T Wr_width = 1;  ///< neurons
  T Wr_inhibition = T(0.5);
  int Wr_rank = 1;
  /// Dale's law, for kinds gaussian, sparse and diagonal: the outgoing weights (a column) of the first
  /// round(Wr_excitatory n) neurons are >= 0, those of the others <= 0, magnitudes as drawn.
  bool Wr_dale = false;
  T Wr_excitatory = T(0.8);
  NormalisationWeights W_kind = NormalisationWeights::full;
  T W_density = T(0.1);
  T W_width = 1;  ///< neurons
  Sampling sampling = Sampling::random;
  std::uint32_t strata = 0;  ///< of a Latin hypercube, at least 2
  // of the kinds `given`, n x n, column-major; not owned:
  const T* Wr_given = nullptr;  ///< finite
  const T* W_given = nullptr;   ///< finite, >= 0
};

using Ensemble = EnsembleOf<double>;

}  // namespace organics

namespace organics::core {

template <class T>
ORGANICS_FN constexpr DistributionOf<T> convert(const Distribution& d) {
  DistributionOf<T> to(static_cast<T>(d.lower), static_cast<T>(d.upper));
  to.centre = static_cast<T>(d.centre);
  to.spread = static_cast<T>(d.spread);
  to.factor = static_cast<T>(d.factor);
  to.kind = d.kind;
  to.per = d.per;
  to.source = d.source;
  return to;
}

/// The same ensemble over another scalar; the matrices that it is given are null where that is not double.
template <class T>
ORGANICS_FN constexpr EnsembleOf<T> convert(const Ensemble& e) {
  if constexpr (std::is_same_v<T, double>) return e;
  return {e.n,
          e.model,
          convert<T>(e.tau_y),
          convert<T>(e.tau_a),
          convert<T>(e.b0),
          convert<T>(e.b1),
          convert<T>(e.sigma),
          convert<T>(e.W),
          e.recurrent,
          static_cast<T>(e.Wr_norm),
          static_cast<T>(e.z_norm),
          e.drive,
          convert<T>(e.z),
          e.Wr_scale,
          static_cast<T>(e.Wr_density),
          static_cast<T>(e.Wr_width),
          static_cast<T>(e.Wr_inhibition),
          e.Wr_rank,
          e.Wr_dale,
          static_cast<T>(e.Wr_excitatory),
          e.W_kind,
          static_cast<T>(e.W_density),
          static_cast<T>(e.W_width),
          e.sampling,
          e.strata,
          nullptr,
          nullptr};
}

/// Whether one draw from the distribution of W serves the whole circuit.
template <class T>
ORGANICS_FN bool shares_one_number(const EnsembleOf<T>& e) {
  using enum NormalisationWeights;
  return e.W_kind == identity || e.W_kind == ring || e.W_kind == given || e.W.per == DrawnPer::circuit;
}

/// Whether a distribution that is not tied gives one value alone.
template <class T>
ORGANICS_FN bool is_constant(const DistributionOf<T>& d) {
  const bool by_bounds = d.kind == DistributionKind::uniform || d.kind == DistributionKind::log_uniform;
  return by_bounds ? d.lower == d.upper : d.spread == T(0);
}

template <class T>
ORGANICS_FN const DistributionOf<T>& distribution_of(const EnsembleOf<T>& e, Parameter parameter) {
  switch (parameter) {
    case Parameter::tau_y:
      return e.tau_y;
    case Parameter::tau_a:
      return e.tau_a;
    case Parameter::b0:
      return e.b0;
    case Parameter::b1:
      return e.b1;
    case Parameter::sigma:
      return e.sigma;
    default:
      return e.z;
  }
}

}  // namespace organics::core
