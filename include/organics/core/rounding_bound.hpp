// What rounding can do to a sum, for proofs in floating-point arithmetic.
#pragma once

#include "organics/core/scalar.hpp"

namespace organics::core {

/// k roundings, (1 + u)^k with u = eps / 2, change a number by at most gamma(k) <= k eps of it as long as k eps <= 1;
/// the bounds themselves are sums and products of non-negative numbers, and rounded up() at the end. What underflows is
/// below `tiny`. For m x m matrices.
template <class T>
struct RoundingBound {
  int m;
  ORGANICS_FN T gamma(int k) const { return static_cast<T>(k) * epsilon<T>(); }
  ORGANICS_FN T up(T bound) const { return bound * (T(1) + gamma(4 * m + 32)); }
  /// Of a row of a matrix whose entries are each a sum of m products.
  ORGANICS_FN T tiny() const { return T(4) * static_cast<T>(m) * static_cast<T>(m) * smallest_normal<T>(); }
};

}  // namespace organics::core
