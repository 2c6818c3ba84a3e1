// Which bin a value falls into.
#pragma once

#include "organics/core/scalar.hpp"

namespace organics::core {

/// Index into bins + 2 counts: 0 below `lower`, 1..bins equal bins over [lower, upper), bins + 1 at or above `upper`.
ORGANICS_FN inline int histogram_bin(double value, double lower, double upper, int bins) {
  if (value < lower) return 0;
  if (value >= upper) return bins + 1;
  const int bin = static_cast<int>((value - lower) / (upper - lower) * bins);
  return 1 + min(bin, bins - 1);
}

}  // namespace organics::core
