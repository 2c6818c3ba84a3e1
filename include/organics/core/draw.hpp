// Draws a random circuit as a pure function of (ensemble, seed, index).
//
// Every number of circuit `index` comes from the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw
// 2011; Random123) with key = seed and counter = (index, parameter, entry): nothing is stored, order does not matter,
// and uniform draws have the same bits on every machine. Gaussian ones go through log and cos, whose last bit may
// differ between host and device.
#pragma once

#include <Random123/philox.h>

#include <cstddef>
#include <cstdint>

#include "organics/core/circuit_storage.hpp"

namespace organics::core {

/// Which parameter a random number is for; part of the generator's counter, so the values are fixed for good.
enum class Stream : std::uint32_t { b0 = 0, b1 = 1, sigma = 2, W = 3, Wr = 4, z = 5 };

/// The four 32-bit words of (seed, index, stream, entry).
ORGANICS_FN inline r123::Philox4x32::ctr_type random_words(std::uint64_t seed, std::uint64_t index, Stream stream,
                                                           std::uint32_t entry) {
  const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(index),
                                               static_cast<std::uint32_t>(index >> 32),
                                               static_cast<std::uint32_t>(stream), entry}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  return r123::Philox4x32{}(counter, key);
}

/// A uniform number strictly between 0 and 1 out of two words: an odd multiple of 2^-53 (double) or 2^-24 (float).
template <class T>
ORGANICS_FN T unit_uniform(std::uint32_t high, std::uint32_t low);
template <>
ORGANICS_FN inline double unit_uniform<double>(std::uint32_t high, std::uint32_t low) {
  const std::uint64_t bits = (static_cast<std::uint64_t>(high) << 20) | (low >> 12);
  return (static_cast<double>(bits) * 2.0 + 1.0) * 0x1p-53;
}
template <>
ORGANICS_FN inline float unit_uniform<float>(std::uint32_t high, std::uint32_t /*low*/) {
  return (static_cast<float>(high >> 9) * 2.0F + 1.0F) * 0x1p-24F;
}

/// Entry `k` of a uniform stream.
template <class T>
ORGANICS_FN T draw_uniform(UniformRange<T> range, std::uint64_t seed, std::uint64_t index, Stream stream, int k) {
  const auto words = random_words(seed, index, stream, static_cast<std::uint32_t>(k));
  // fma by name: one rounding on every machine, whatever its compiler contracts
  return std::fma(range.upper - range.lower, unit_uniform<T>(words[0], words[1]), range.lower);
}

/// Entry `k` of a standard Gaussian stream (Box and Muller 1958, the cosine half).
template <class T>
ORGANICS_FN T draw_gaussian(std::uint64_t seed, std::uint64_t index, Stream stream, int k) {
  const auto words = random_words(seed, index, stream, static_cast<std::uint32_t>(k));
  const T radius = std::sqrt(T(-2) * std::log(unit_uniform<T>(words[0], words[1])));
  return radius * std::cos(T(6.283185307179586477) * unit_uniform<T>(words[2], words[3]));
}

/// Scratch that draw_circuit needs, in numbers.
ORGANICS_FN constexpr std::size_t draw_scratch_size(int n) { return largest_singular_value_scratch(n); }

/// Hands the numbers of circuit `index` to put(k, number), k being its place in the storage, with z and Wr not yet
/// scaled to their norms. Does not sync.
template <class T, class Team, class Put>
ORGANICS_FN void draw_numbers(const Team& team, const EnsembleOf<T>& ensemble, std::uint64_t seed, std::uint64_t index,
                              Put&& put) {
  const int n = ensemble.n;
  for_each_own(team, n, [&](int i) {
    put(i, ensemble.tau_y);
    put(n + i, ensemble.tau_a);
    put(2 * n + i, draw_uniform<T>(ensemble.b0, seed, index, Stream::b0, i));
    put(3 * n + i, draw_uniform<T>(ensemble.b1, seed, index, Stream::b1, i));
    put(4 * n + i, draw_uniform<T>(ensemble.sigma, seed, index, Stream::sigma, i));
    put(5 * n + i, draw_gaussian<T>(seed, index, Stream::z, i));
  });
  const bool gaussian = ensemble.recurrent == RecurrentWeights::gaussian;
  const T wr_norm = ensemble.Wr_norm;
  const int Wr = 6 * n;
  const int W = Wr + n * n;
  for_each_own(team, n * n, [&](int k) {
    put(W + k, draw_uniform<T>(ensemble.W, seed, index, Stream::W, k));
    put(Wr + k, gaussian ? draw_gaussian<T>(seed, index, Stream::Wr, k) : (k % (n + 1) == 0 ? wr_norm : T(0)));
  });
}

/// Draws circuit `index` into `storage` (circuit_storage_size(n) numbers).
template <class T, class Team>
ORGANICS_FN Circuit<T> draw_circuit(const Team& team, const EnsembleOf<T>& ensemble, std::uint64_t seed,
                                    std::uint64_t index, T* storage, T* scratch) {
  draw_numbers(team, ensemble, seed, index, [&](int k, T number) { storage[k] = number; });
  team.sync();
  scale_to_norms(team, ensemble.n, ensemble.recurrent, ensemble.Wr_norm, ensemble.z_norm, storage, scratch);
  return stored_circuit(storage, ensemble.n, ensemble.model);
}

}  // namespace organics::core
