// The recurrent weights Wr of a random circuit: entries drawn one by one, then what a kind makes of the whole matrix,
// then the scale. Team contract as in team.hpp.
#pragma once

#include <cmath>
#include <cstddef>

#include "organics/core/circuit_storage.hpp"
#include "organics/core/orthogonal.hpp"
#include "organics/core/random.hpp"
#include "organics/core/singular_value.hpp"
#include "organics/core/spectral_radius.hpp"

namespace organics::core {

/// Scratch of shape_recurrent and scale_recurrent, in numbers.
ORGANICS_FN constexpr std::size_t recurrent_scratch(int n) {
  const std::size_t factors = 2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  const std::size_t measure = largest_singular_value_scratch(n) > spectral_radius_scratch(n)
                                  ? largest_singular_value_scratch(n)
                                  : spectral_radius_scratch(n);
  const std::size_t other = measure > orthogonal_factor_scratch(n) ? measure : orthogonal_factor_scratch(n);
  return factors > other ? factors : other;
}

/// exp(-d^2 / (2 width^2)) at the circular distance d of neurons i and j.
template <class T>
ORGANICS_FN T ring_bump(int n, int i, int j, T width) {
  const int apart = i > j ? i - j : j - i;
  const T ratio = static_cast<T>(min(apart, n - apart)) / width;
  return std::exp(T(-0.5) * ratio * ratio);
}

/// Number of excitatory neurons under Dale's law; the thousandth lets a half go up in every precision.
template <class T>
ORGANICS_FN int excitatory_neurons(T fraction, int n) {
  return static_cast<int>(fraction * static_cast<T>(n) + T(0.501));
}

/// Entry (i, j) of Wr as it is before shape_recurrent; the identity comes scaled.
template <class T>
ORGANICS_OUTLINED_FN T recurrent_entry(const EnsembleOf<T>& e, std::uint64_t seed, std::uint64_t index, int i, int j) {
  constexpr T root_half = T(0.70710678118654752440);
  const int n = e.n;
  const int k = i + n * j;
  switch (e.recurrent) {
    case RecurrentWeights::identity:
      return i == j ? e.Wr_norm : T(0);
    case RecurrentWeights::ring:
      return ring_bump(n, i, j, e.Wr_width) - e.Wr_inhibition;
    case RecurrentWeights::given:
      return e.Wr_given[k];
    case RecurrentWeights::diagonal:
      if (i != j) return T(0);
      break;
    case RecurrentWeights::sparse:
      if (!(draw_uniform<T>({T(0), T(1)}, seed, index, Stream::Wr_kept, k) < e.Wr_density)) return T(0);
      break;
    default:
      break;
  }
  const T g = draw_gaussian<T>(seed, index, Stream::Wr, k);
  if (e.recurrent == RecurrentWeights::nonnegative) return absolute(g);
  if (e.recurrent == RecurrentWeights::symmetric || e.recurrent == RecurrentWeights::antisymmetric) {
    const T mirrored = draw_gaussian<T>(seed, index, Stream::Wr, j + n * i);
    return root_half * (e.recurrent == RecurrentWeights::symmetric ? g + mirrored : g - mirrored);
  }
  if (!e.Wr_dale) return g;
  return j < excitatory_neurons(e.Wr_excitatory, n) ? absolute(g) : -absolute(g);
}

/// Makes the matrix of its kind out of the entries, which must be visible. Needs recurrent_scratch(n).
template <class T, class Team>
ORGANICS_FN void shape_recurrent(const Team& team, const EnsembleOf<T>& e, std::uint64_t seed, std::uint64_t index,
                                 T* Wr, T* scratch) {
  const int n = e.n;
  if (e.recurrent == RecurrentWeights::orthogonal) orthogonal_factor(team, Wr, n, scratch);
  if (e.recurrent == RecurrentWeights::positive_definite) {
    detail::form_gram(team, Wr, n, T(1), scratch);
    for_each_own(team, n * n, [&](int k) { Wr[k] = scratch[k]; });
    team.sync();
  }
  if (e.recurrent == RecurrentWeights::low_rank) {
    // U is what the first columns of Wr are already
    const int size = n * e.Wr_rank;
    T* V = scratch + size;
    for_each_own(team, size, [&](int k) {
      scratch[k] = Wr[k];
      V[k] = draw_gaussian<T>(seed, index, Stream::Wr_right, k);
    });
    team.sync();
    for_each_own(team, n * n, [&](int k) {
      T sum = T(0);
      for (int r = 0; r < e.Wr_rank; ++r) sum += scratch[k % n + n * r] * V[k / n + n * r];
      Wr[k] = sum;
    });
    team.sync();
  }
}

/// What is to become Wr_norm, the same on every lane; 1 for kinds of which it is known to be 1, or that come scaled.
template <class T, class Team>
ORGANICS_FN T recurrent_measure(const Team& team, const EnsembleOf<T>& e, const T* Wr, T* scratch) {
  const bool known = e.recurrent == RecurrentWeights::identity || e.recurrent == RecurrentWeights::orthogonal;
  if (known || e.Wr_scale == RecurrentScale::none) return T(1);
  return e.Wr_scale == RecurrentScale::norm ? largest_singular_value(team, Wr, e.n, scratch)
                                            : spectral_radius(team, Wr, e.n, scratch);
}

/// Scales Wr as the ensemble says. Does NOT sync at the end.
template <class T, class Team>
ORGANICS_FN void scale_recurrent(const Team& team, const EnsembleOf<T>& e, T* Wr, T* scratch) {
  const T measure = recurrent_measure(team, e, Wr, scratch);
  if (e.recurrent == RecurrentWeights::identity || measure == T(0)) return;
  team.sync();  // every lane has read the matrix
  scale_matrix(team, e.n, e.Wr_norm, measure, Wr);
}

}  // namespace organics::core
