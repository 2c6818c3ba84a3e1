// Numbers between 0 and 1 that fill their range, and together the unit cube, more evenly than random ones, as a pure
// function of (seed, index, dimension): points of a Sobol sequence, and of Latin hypercubes.
//
// Sobol (1967): point i is the exclusive or of the directions of the bits of i, here with the primitive polynomials and
// first numbers of Joe and Kuo (2008, new-joe-kuo-6), and shifted by random bits: each point is uniform by itself, and
// what aligned powers of two of the points share among boxes stays as even. Latin hypercube (McKay, Beckman and Conover
// 1979): of each `strata` consecutive circuits one falls into each of as many equal strata, in random order. The numbers
// are made of integers, so they have the same bits on every machine.
#pragma once

#include <cstdint>

#include "organics/core/random.hpp"

namespace organics::core {

/// Dimensions there are: one for each stream whose number may be shared by a circuit.
inline constexpr int sequence_dimensions = 7;

/// 64 bits after the point.
struct Fraction {
  std::uint32_t high;
  std::uint32_t low;
};

namespace detail {

/// How the directions of a dimension begin: degree and inner coefficients of its polynomial, and first odd numbers.
struct SobolStart {
  int degree;
  std::uint32_t coefficients;
  std::uint32_t first[5];
};

ORGANICS_FN constexpr SobolStart sobol_start(int dimension) {
  switch (dimension) {
    case 1:
      return {1, 0, {1, 0, 0, 0, 0}};
    case 2:
      return {2, 1, {1, 3, 0, 0, 0}};
    case 3:
      return {3, 1, {1, 3, 1, 0, 0}};
    case 4:
      return {3, 2, {1, 1, 1, 0, 0}};
    case 5:
      return {4, 1, {1, 1, 3, 3, 0}};
    case 6:
      return {4, 4, {1, 3, 5, 13, 0}};
    default:
      return {0, 0, {0, 0, 0, 0, 0}};
  }
}

/// The direction after those in `latest` (the last one first), by the recurrence of the polynomial.
ORGANICS_FN constexpr std::uint64_t next_direction(const SobolStart& start, const std::uint64_t (&latest)[5]) {
  std::uint64_t next = 0;
  for (int j = 0; j < 5; ++j) {
    if (j == start.degree - 1) next ^= latest[j] ^ (latest[j] >> start.degree);
    if (j < start.degree - 1 && (start.coefficients >> (start.degree - 2 - j) & 1U) != 0) next ^= latest[j];
  }
  return next;
}

/// Number k, 0 to strata - 1, of a random permutation: a Feistel network over the next power of four, followed until it
/// falls into the range (Black and Rogaway 2002).
ORGANICS_FN inline std::uint32_t permuted(std::uint32_t k, std::uint32_t strata, std::uint64_t seed,
                                          std::uint64_t hypercube, int dimension) {
  constexpr std::uint32_t rounds = 6;
  std::uint32_t half = 1;
  while (half < 16 && (std::uint64_t{1} << (2 * half)) < strata) ++half;
  const std::uint32_t mask = (1U << half) - 1;
  do {
    std::uint32_t left = k >> half;
    std::uint32_t right = k & mask;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      const std::uint32_t entry = right | round << 16 | static_cast<std::uint32_t>(dimension) << 24;
      const std::uint32_t mixed = left ^ (random_words(seed, hypercube, Stream::hypercube, entry)[0] & mask);
      left = right;
      right = mixed;
    }
    k = left << half | right;
  } while (k >= strata);
  return k;
}

}  // namespace detail

/// Point `index` of the Sobol sequence, not shifted.
ORGANICS_FN constexpr std::uint64_t sobol_bits(std::uint64_t index, int dimension) {
  const detail::SobolStart start = detail::sobol_start(dimension);
  std::uint64_t latest[5] = {};
  std::uint64_t point = 0;
  for (int k = 0; k < 64 && index >> k != 0; ++k) {
    const std::uint64_t one = std::uint64_t{1} << (63 - k);
    const std::uint64_t first = k < 5 ? start.first[k] * one : 0;
    const std::uint64_t direction =
        start.degree == 0 ? one : (k < start.degree ? first : detail::next_direction(start, latest));
    if ((index >> k & 1U) != 0) point ^= direction;
    for (int j = 4; j > 0; --j) latest[j] = latest[j - 1];
    latest[0] = direction;
  }
  return point;
}

/// The shifted point.
ORGANICS_FN inline Fraction sobol_fraction(std::uint64_t seed, std::uint64_t index, int dimension) {
  const std::uint64_t point = sobol_bits(index, dimension);
  const auto shift = random_words(seed, 0, Stream::sobol_shift, static_cast<std::uint32_t>(dimension));
  return {static_cast<std::uint32_t>(point >> 32) ^ shift[0], static_cast<std::uint32_t>(point) ^ shift[1]};
}

/// Where circuit `index` falls in its hypercube of `strata` circuits: at random within its stratum.
ORGANICS_FN inline Fraction hypercube_fraction(std::uint64_t seed, std::uint64_t index, int dimension,
                                               std::uint32_t strata) {
  const auto k = static_cast<std::uint32_t>(index % strata);
  const std::uint64_t stratum = detail::permuted(k, strata, seed, index / strata, dimension);
  const auto within = random_words(seed, index, Stream::within_stratum, static_cast<std::uint32_t>(dimension));
  // (stratum + within / 2^64) / strata, digit by digit
  const std::uint64_t upper = stratum << 32 | within[0];
  const std::uint64_t lower = (upper % strata) << 32 | within[1];
  return {static_cast<std::uint32_t>(upper / strata), static_cast<std::uint32_t>(lower / strata)};
}

/// The number of circuit `index` in a dimension, strictly between 0 and 1. `sampling` is not random.
template <class T>
ORGANICS_FN T sequence_uniform(Sampling sampling, std::uint32_t strata, std::uint64_t seed, std::uint64_t index,
                               int dimension) {
  const Fraction at = sampling == Sampling::sobol ? sobol_fraction(seed, index, dimension)
                                                  : hypercube_fraction(seed, index, dimension, strata);
  return unit_uniform<T>(at.high, at.low);
}

}  // namespace organics::core
