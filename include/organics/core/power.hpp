// Powers of positive numbers in arithmetic alone, so that they are the same for a number and for each lane of a pack.
//
// What is asked for them is the size of the next step, which waits for every operation of theirs: polynomials of six digits
// (of the smallest largest error, given that log2(1) = 0 and 2^0 = 1; tests/core/power_test.cpp), added up in halves, and no
// division.
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

/// Logarithm to base 2 of a normal number x > 0, to 1e-6; some finite number for any other x.
template <class T>
ORGANICS_FN T log_2(T x) {
  const T half = significand_of(x);  // in [1/2, 1)
  const MaskOf<T> small = half < T(0.70710678118654752440);
  const T f = select(small, half + half, half);
  const T exponent = exponent_of_normal(x);
  const T e = select(small, exponent - T(1), exponent);
  const T u = f - T(1);
  // log2(1 + u) / u for 1 + u within a factor sqrt(2) of 1
  constexpr double c[] = {1.442699726,  -0.7213758715, 0.4804650332, -0.3589618483,
                          0.2972625913, -0.2726979489, 0.1706345161};
  return e + u * polynomial(c, u);
}

/// 2^x to a relative error of 1e-6, where |x| is less than the largest exponent.
template <class T>
ORGANICS_FN T exp_2(T x) {
  const T shift = T(1.5) / epsilon<T>();  // a sum with it is whole
  const T whole = (x + shift) - shift;
  // 2^r for |r| <= 1/2
  constexpr double c[] = {1.0, 0.6931472149, 0.2402223462, 0.05550308362, 0.009671875098, 0.001340725913};
  return polynomial(c, x - whole) * power_of_two(whole);
}

/// x^exponent for a normal number x > 0 and a result in the range of exp_2.
template <class T>
ORGANICS_FN T power(T x, T exponent) {
  return exp_2(exponent * log_2(x));
}

}  // namespace organics::core
