// Powers of positive numbers in arithmetic alone, so that they are the same for a number and for each lane of a pack.
//
//   log2(f 2^e) = e + 2 / ln 2 artanh((f - 1) / (f + 1)),   2^(n + r) = 2^n exp(r ln 2)
// f lies within a factor sqrt(2) of 1 and |r| <= 1/2. What is asked for them is the size of the next step, which waits for
// every operation: both series are cut at nine digits (tests/core/power_test.cpp), and added up in halves.
#pragma once

#include "organics/core/scalar.hpp"

namespace organics::core {

/// The sum of c[first + k step] x^k: even and odd powers apart, as one term after another would wait for the last.
template <int first = 0, int step = 1, class T, int n>
ORGANICS_FN T polynomial(const double (&c)[n], T x) {
  if constexpr (first + step >= n) {
    return T(c[first]);
  } else {
    const T square = x * x;
    return polynomial<first, 2 * step>(c, square) + x * polynomial<first + step, 2 * step>(c, square);
  }
}

/// Logarithm to base 2 of a normal number x > 0, to nine digits; some finite number for any other x.
template <class T>
ORGANICS_FN T log_2(T x) {
  const T half = significand_of(x);  // in [1/2, 1)
  const MaskOf<T> small = half < T(0.70710678118654752440);
  const T f = select(small, half + half, half);
  const T e = select(small, exponent_of(x) - T(1), exponent_of(x));
  const T s = (f - T(1)) / (f + T(1));
  constexpr double odd_powers[] = {1.0, 1.0 / 3, 1.0 / 5, 1.0 / 7, 1.0 / 9};
  const T artanh = s * polynomial(odd_powers, s * s);
  return e + T(2.8853900817779268147) * artanh;
}

/// 2^x to nine digits, where |x| is less than the largest exponent.
template <class T>
ORGANICS_FN T exp_2(T x) {
  const T shift = T(1.5) / epsilon<T>();  // a sum with it is whole
  const T whole = (x + shift) - shift;
  const T r = (x - whole) * T(0.69314718055994530942);
  constexpr double powers[] = {1.0, 1.0, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040, 1.0 / 40320};
  const T e = polynomial(powers, r);
  return e * power_of_two(whole);
}

/// x^exponent for a normal number x > 0 and a result in the range of exp_2.
template <class T>
ORGANICS_FN T power(T x, T exponent) {
  return exp_2(exponent * log_2(x));
}

}  // namespace organics::core
