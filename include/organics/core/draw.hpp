// Draws a random circuit as a pure function of (ensemble, seed, index); core/random.hpp says where its numbers come
// from. Team contract: as in team.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "organics/core/circuit_storage.hpp"
#include "organics/core/normal_quantile.hpp"
#include "organics/core/random.hpp"
#include "organics/core/recurrent.hpp"
#include "organics/core/sequence.hpp"

namespace organics::core {

/// Scratch that draw_circuit needs, in numbers.
ORGANICS_FN constexpr std::size_t draw_scratch_size(int n) { return recurrent_scratch(n); }

ORGANICS_FN constexpr Stream stream_of(Parameter parameter) {
  constexpr Stream streams[] = {Stream::tau_y, Stream::tau_a, Stream::b0, Stream::b1, Stream::sigma, Stream::z};
  return streams[static_cast<int>(parameter)];
}

/// The value of a distribution that is not tied below which a share u of its draws lies.
template <class T>
ORGANICS_FN T quantile(const DistributionOf<T>& d, T u) {
  switch (d.kind) {
    case DistributionKind::normal: {
      // counted from above: what is drawn again lies below, and 1 - u is exact
      const T above = T(1) - normal_distribution((d.lower - d.centre) / d.spread);
      return max(d.lower, std::fma(-d.spread, normal_quantile(above * (T(1) - u)), d.centre));
    }
    case DistributionKind::log_normal:
      return d.centre * std::exp(d.spread * normal_quantile(u));
    case DistributionKind::log_uniform: {
      const T least = std::log(d.lower);
      return max(d.lower, min(d.upper, std::exp(std::fma(std::log(d.upper) - least, u, least))));
    }
    default:
      return std::fma(d.upper - d.lower, u, d.lower);
  }
}

/// The dimension of a sequence that a stream takes its numbers from.
ORGANICS_FN constexpr int dimension_of(Stream stream) {
  const int s = static_cast<int>(stream);
  return s < static_cast<int>(Stream::Wr) ? s : s - 1;  // Wr has none
}

/// The number of a whole circuit, by its place in a sequence; `e.sampling` is not random.
template <class T>
ORGANICS_OUTLINED_FN T draw_from_sequence(const EnsembleOf<T>& e, const DistributionOf<T>& d, std::uint64_t seed,
                                          std::uint64_t index, Stream stream) {
  return quantile(d, sequence_uniform<T>(e.sampling, e.strata, seed, index, dimension_of(stream)));
}

/// Entry k of a stream, from a distribution that is not tied; `shared`: the one that serves the whole circuit.
template <class T>
ORGANICS_FN T draw_entry(const EnsembleOf<T>& e, const DistributionOf<T>& d, std::uint64_t seed, std::uint64_t index,
                         Stream stream, int k, bool shared) {
  if (e.sampling != Sampling::random && shared && !is_constant(d)) [[unlikely]] {
    return draw_from_sequence(e, d, seed, index, stream);
  }
  return draw_value(d, seed, index, stream, shared ? 0 : k);
}

/// Neuron i's value of a parameter that has a distribution.
template <class T>
ORGANICS_FN T draw_parameter(const EnsembleOf<T>& e, Parameter parameter, std::uint64_t seed, std::uint64_t index,
                             int i) {
  const DistributionOf<T>& own = distribution_of(e, parameter);
  const bool tied = own.kind == DistributionKind::tied;
  const Parameter source = tied ? own.source : parameter;
  const DistributionOf<T>& drawn = distribution_of(e, source);
  const T value = draw_entry(e, drawn, seed, index, stream_of(source), i, drawn.per == DrawnPer::circuit);
  return tied ? own.factor * value : value;
}

/// Neuron i's input drive, not scaled yet.
template <class T>
ORGANICS_FN T draw_drive(const EnsembleOf<T>& e, std::uint64_t seed, std::uint64_t index, int i) {
  if (e.drive == InputDrive::scaled_gaussian) return draw_gaussian<T>(seed, index, Stream::z, i);
  return draw_parameter(e, Parameter::z, seed, index, i);
}

/// Entry (i, j) of W.
template <class T>
ORGANICS_FN T draw_normalisation(const EnsembleOf<T>& e, std::uint64_t seed, std::uint64_t index, int i, int j) {
  const int k = i + e.n * j;
  using enum NormalisationWeights;
  const bool on_diagonal = e.W_kind == identity || e.W_kind == diagonal;
  if (on_diagonal && i != j) return T(0);
  if (e.W_kind == sparse && !(draw_uniform<T>({T(0), T(1)}, seed, index, Stream::W_kept, k) < e.W_density)) {
    return T(0);
  }
  const T value = draw_entry(e, e.W, seed, index, Stream::W, k, shares_one_number(e));
  if (e.W_kind == given) return value * e.W_given[k];
  return e.W_kind == ring ? value * ring_bump(e.n, i, j, e.W_width) : value;
}

/// Hands the numbers of circuit `index` to put(k, number), k being its place in the storage, with z and Wr not yet
/// shaped and scaled. Does not sync.
template <class T, class Team, class Put>
ORGANICS_FN void draw_numbers(const Team& team, const EnsembleOf<T>& ensemble, std::uint64_t seed, std::uint64_t index,
                              Put&& put) {
  const int n = ensemble.n;
  for_each_own(team, n, [&](int i) {
    for (int p = 0; p < 5; ++p) put(p * n + i, draw_parameter(ensemble, static_cast<Parameter>(p), seed, index, i));
    put(5 * n + i, draw_drive(ensemble, seed, index, i));
  });
  const int Wr = 6 * n;
  const int W = Wr + n * n;
  for_each_own(team, n * n, [&](int k) {
    put(W + k, draw_normalisation(ensemble, seed, index, k % n, k / n));
    put(Wr + k, recurrent_entry(ensemble, seed, index, k % n, k / n));
  });
}

/// Draws circuit `index` into `storage` (circuit_storage_size(n) numbers); scratch: draw_scratch_size(n).
template <class T, class Team>
ORGANICS_FN Circuit<T> draw_circuit(const Team& team, const EnsembleOf<T>& ensemble, std::uint64_t seed,
                                    std::uint64_t index, T* storage, T* scratch) {
  const std::ptrdiff_t n = ensemble.n;
  T* z = storage + 5 * n;
  T* Wr = z + n;
  draw_numbers(team, ensemble, seed, index, [&](int k, T number) { storage[k] = number; });
  team.sync();
  shape_recurrent(team, ensemble, seed, index, Wr, scratch);
  scale_recurrent(team, ensemble, Wr, scratch);
  if (ensemble.drive == InputDrive::scaled_gaussian) scale_drive(team, ensemble.n, ensemble.z_norm, z);
  team.sync();
  return stored_circuit(storage, ensemble.n, ensemble.model);
}

}  // namespace organics::core
