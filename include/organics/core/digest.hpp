// The bins of a distribution whose quantiles are wanted: by sign, exponent and leading bits of a number, so that they need
// no range chosen beforehand, fall out the same on every machine, and add up.
#pragma once

#include <cstdint>
#include <cstring>

#include "organics/core/scalar.hpp"

namespace organics::core {

inline constexpr int digest_bits = 5;      ///< of the fraction: bins are 1/32 to 1/64 of their numbers wide
inline constexpr int digest_lowest = -40;  ///< powers of two: smaller magnitudes count as 0,
inline constexpr int digest_highest = 60;  ///< as large or larger ones as the largest below
inline constexpr int digest_magnitudes = (digest_highest - digest_lowest) << digest_bits;
inline constexpr int digest_bins = 2 * digest_magnitudes + 1;  ///< negative ones, 0, positive ones

/// The bin of a number, increasing with it; NaN falls into that of 0.
ORGANICS_FN inline int digest_bin(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  const std::uint64_t magnitude = bits & ~(std::uint64_t{1} << 63);
  constexpr int dropped = 52 - digest_bits;
  constexpr std::int64_t lowest = static_cast<std::int64_t>(1023 + digest_lowest) << digest_bits;
  const std::int64_t above = static_cast<std::int64_t>(magnitude >> dropped) - lowest;
  if (!(absolute(value) >= 0) || above < 0) return digest_magnitudes;
  const int k = 1 + static_cast<int>(above < digest_magnitudes ? above : digest_magnitudes - 1);
  return digest_magnitudes + (value < 0 ? -k : k);
}

/// The number of a bin that is nearest to 0.
inline double digest_value(int bin) {
  if (bin == digest_magnitudes) return 0;
  const bool negative = bin < digest_magnitudes;
  const std::int64_t above = (negative ? digest_magnitudes - bin : bin - digest_magnitudes) - 1;
  constexpr std::int64_t lowest = static_cast<std::int64_t>(1023 + digest_lowest) << digest_bits;
  const auto bits = static_cast<std::uint64_t>(above + lowest) << (52 - digest_bits);
  double value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return negative ? -value : value;
}

/// The Euclidean norm of a state, without overflow on the way; the same on every lane.
template <class T>
ORGANICS_FN T state_norm(const T* x, int m) {
  T largest = T(0);
  for (int i = 0; i < m; ++i) largest = max(largest, absolute(x[i]));
  if (largest == T(0)) return T(0);
  T sum = T(0);
  for (int i = 0; i < m; ++i) sum += (x[i] / largest) * (x[i] / largest);
  return largest * square_root(sum);
}

}  // namespace organics::core
