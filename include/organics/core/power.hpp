// Powers of positive numbers in arithmetic alone, so that they are the same for a number and for each lane of a pack.
//
//   log2(f 2^e) = e + 2 / ln 2 artanh((f - 1) / (f + 1)),   2^(n + r) = 2^n exp(r ln 2)
// f lies within a factor sqrt(2) of 1 and |r| <= 1/2: both series are cut where they have reached the last bit of double,
// and what is left is rounding (tests/core/power_test.cpp).
#pragma once

#include "organics/core/scalar.hpp"

namespace organics::core {

/// first + x (second + x (...)).
template <class T, class... Rest>
ORGANICS_FN T polynomial(T x, double first, Rest... rest) {
  if constexpr (sizeof...(Rest) == 0) {
    return T(first);
  } else {
    return polynomial(x, rest...) * x + T(first);
  }
}

/// Logarithm to base 2 of a normal number x > 0; some finite number for any other x.
template <class T>
ORGANICS_FN T log_2(T x) {
  const T half = significand_of(x);  // in [1/2, 1)
  const MaskOf<T> small = half < T(0.70710678118654752440);
  const T f = select(small, half + half, half);
  const T e = select(small, exponent_of(x) - T(1), exponent_of(x));
  const T s = (f - T(1)) / (f + T(1));
  const T artanh =
      s * polynomial(s * s, 1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9, 1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19);
  return e + T(2.8853900817779268147) * artanh;
}

/// 2^x, where |x| is less than the largest exponent.
template <class T>
ORGANICS_FN T exp_2(T x) {
  const T shift = T(1.5) / epsilon<T>();  // a sum with it is whole
  const T whole = (x + shift) - shift;
  const T r = (x - whole) * T(0.69314718055994530942);
  const T e = polynomial(r, 1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320,
                         1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800);
  return e * power_of_two(whole);
}

/// x^exponent for a normal number x > 0 and a result in the range of exp_2.
template <class T>
ORGANICS_FN T power(T x, T exponent) {
  return exp_2(exponent * log_2(x));
}

}  // namespace organics::core
