// Draws a random circuit as a pure function of (ensemble, seed, index); core/random.hpp says where its numbers come
// from. Team contract: as in team.hpp.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "organics/core/circuit_storage.hpp"
#include "organics/core/random.hpp"
#include "organics/core/recurrent.hpp"

namespace organics::core {

/// Scratch that draw_circuit needs, in numbers.
ORGANICS_FN constexpr std::size_t draw_scratch_size(int n) { return recurrent_scratch(n); }

ORGANICS_FN constexpr Stream stream_of(Parameter parameter) {
  constexpr Stream streams[] = {Stream::tau_y, Stream::tau_a, Stream::b0, Stream::b1, Stream::sigma, Stream::z};
  return streams[static_cast<int>(parameter)];
}

/// Neuron i's value of a parameter that has a distribution.
template <class T>
ORGANICS_FN T draw_parameter(const EnsembleOf<T>& e, Parameter parameter, std::uint64_t seed, std::uint64_t index,
                             int i) {
  const DistributionOf<T>& own = distribution_of(e, parameter);
  if (own.kind != DistributionKind::tied) return draw_value(own, seed, index, stream_of(parameter), i);
  return own.factor * draw_value(distribution_of(e, own.source), seed, index, stream_of(own.source), i);
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
  const bool circulant = e.W_kind == NormalisationWeights::identity || e.W_kind == NormalisationWeights::ring;
  const bool on_diagonal = e.W_kind == NormalisationWeights::identity || e.W_kind == NormalisationWeights::diagonal;
  if (on_diagonal && i != j) return T(0);
  if (e.W_kind == NormalisationWeights::sparse &&
      !(draw_uniform<T>({T(0), T(1)}, seed, index, Stream::W_kept, k) < e.W_density)) {
    return T(0);
  }
  const T value = draw_value(e.W, seed, index, Stream::W, circulant ? 0 : k);
  return e.W_kind == NormalisationWeights::ring ? value * ring_bump(e.n, i, j, e.W_width) : value;
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
