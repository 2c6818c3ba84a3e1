// Random numbers as a pure function of where they are used.
//
// They come from the counter-based generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011; Random123) with key =
// seed and counter = (index, stream, entry): nothing is stored, order does not matter, and uniform draws have the same
// bits on every machine. Gaussian ones go through log and cos, whose last bit may differ between host and device.
#pragma once

#include <Random123/philox.h>

#include <cmath>
#include <cstdint>

#include "organics/core/ensemble.hpp"
#include "organics/core/scalar.hpp"

namespace organics::core {

/// What a random number is for; part of the generator's counter, so the values are fixed for good. Stream s + 256 k,
/// 0 < k < 64, holds the k-th repetition of a draw of stream s that was rejected.
enum class Stream : std::uint32_t {
  b0 = 0,
  b1 = 1,
  sigma = 2,
  W = 3,
  Wr = 4,
  z = 5,
  tau_y = 6,
  tau_a = 7,
  Wr_kept = 8,    ///< which entries of a sparse Wr there are
  W_kept = 9,     ///< which entries of a sparse W there are
  Wr_right = 10,  ///< the right factor of a Wr of low rank
  hunt = 11,      ///< directions of hunt(), index: trial and climb
  // of core/sequence.hpp:
  sobol_shift = 12,
  hypercube = 13,
  within_stratum = 14
};

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

/// Bounds of a uniform distribution.
template <class T>
struct UniformRange {
  T lower;
  T upper;
};

/// Entry `k` of a uniform stream.
template <class T>
ORGANICS_FN T draw_uniform(UniformRange<T> range, std::uint64_t seed, std::uint64_t index, Stream stream, int k) {
  const auto words = random_words(seed, index, stream, static_cast<std::uint32_t>(k));
  // fma by name: one rounding on every machine, whatever its compiler contracts
  return std::fma(range.upper - range.lower, unit_uniform<T>(words[0], words[1]), range.lower);
}

/// Entry `k` of a standard Gaussian stream (Box and Muller 1958, the cosine half). Its magnitude is below 8.6.
template <class T>
ORGANICS_FN T draw_gaussian(std::uint64_t seed, std::uint64_t index, Stream stream, int k) {
  const auto words = random_words(seed, index, stream, static_cast<std::uint32_t>(k));
  const T radius = std::sqrt(T(-2) * std::log(unit_uniform<T>(words[0], words[1])));
  return radius * std::cos(T(6.283185307179586477) * unit_uniform<T>(words[2], words[3]));
}

/// Entry `k` of a normal stream, drawn again while it is below `d.lower`. As the mean is not, 64 draws in a row fail
/// with probability 2^-64 at most; the bound stands for that.
template <class T>
ORGANICS_FN T draw_truncated_normal(const DistributionOf<T>& d, std::uint64_t seed, std::uint64_t index, Stream stream,
                                    int k) {
  for (std::uint32_t attempt = 0; attempt < 64; ++attempt) {
    const auto repetition = static_cast<Stream>(static_cast<std::uint32_t>(stream) + 256 * attempt);
    const T value = std::fma(d.spread, draw_gaussian<T>(seed, index, repetition, k), d.centre);
    if (value >= d.lower) return value;
  }
  return d.lower;
}

/// Entry `k` of a stream from a distribution that is not tied; entry 0 where one draw serves the circuit.
template <class T>
ORGANICS_OUTLINED_FN T draw_value(const DistributionOf<T>& d, std::uint64_t seed, std::uint64_t index, Stream stream,
                                  int k) {
  const int entry = d.per == DrawnPer::circuit ? 0 : k;
  if (d.kind == DistributionKind::normal) return draw_truncated_normal(d, seed, index, stream, entry);
  if (d.kind == DistributionKind::log_normal) {
    return d.centre * std::exp(d.spread * draw_gaussian<T>(seed, index, stream, entry));
  }
  if (d.kind == DistributionKind::log_uniform) {
    const T logarithm = draw_uniform<T>({std::log(d.lower), std::log(d.upper)}, seed, index, stream, entry);
    return max(d.lower, min(d.upper, std::exp(logarithm)));
  }
  if (d.lower == d.upper) return d.lower;
  return draw_uniform<T>({d.lower, d.upper}, seed, index, stream, entry);
}

}  // namespace organics::core
