// Confidence intervals for fractions that a sweep counts.
#pragma once

#include <cmath>
#include <cstdint>

namespace organics {

struct Interval {
  double lower = 0;
  double upper = 1;
};

/// 95 % confidence interval for a probability of which `count` of `total` independent draws speak (Wilson 1927): good
/// for rare events too, where count is 0 or small. Without draws, [0, 1].
inline Interval wilson_interval(std::int64_t count, std::int64_t total) {
  if (total <= 0) return {};
  const double z = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const auto n = static_cast<double>(total);
  const double p = static_cast<double>(count) / n;
  const double centre = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 / (1 + z * z / n);
  // at the ends rounding would leave the interval a little open
  return {count == 0 ? 0.0 : scale * (centre - half), count == total ? 1.0 : scale * (centre + half)};
}

}  // namespace organics
