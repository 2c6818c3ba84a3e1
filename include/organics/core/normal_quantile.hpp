// The standard normal distribution and its inverse.
#pragma once

#include <cmath>

#include "organics/core/scalar.hpp"

namespace organics::core {

/// Phi(x).
template <class T>
ORGANICS_FN T normal_distribution(T x) {
  return T(0.5) * std::erfc(T(-0.70710678118654752440) * x);
}

namespace detail {

/// numerator(r) / denominator(r), polynomials of degree 7 by increasing power.
template <class T>
ORGANICS_FN T ratio_of_polynomials(const T (&numerator)[8], const T (&denominator)[8], T r) {
  T above = numerator[7];
  T below = denominator[7];
  for (int k = 6; k >= 0; --k) {
    above = above * r + numerator[k];
    below = below * r + denominator[k];
  }
  return above / below;
}

}  // namespace detail

/// x with Phi(x) = p, for 0 < p < 1, to about 1e-16 of itself (double): algorithm AS 241 (PPND16) of Wichura (1988).
template <class T>
ORGANICS_FN T normal_quantile(T p) {
  const T q = p - T(0.5);
  if (absolute(q) <= T(0.425)) {
    const T numerator[] = {T(3.3871328727963666080e0), T(1.3314166789178437745e2), T(1.9715909503065514427e3),
                           T(1.3731693765509461125e4), T(4.5921953931549871457e4), T(6.7265770927008700853e4),
                           T(3.3430575583588128105e4), T(2.5090809287301226727e3)};
    const T denominator[] = {T(1),
                             T(4.2313330701600911252e1),
                             T(6.8718700749205790830e2),
                             T(5.3941960214247511077e3),
                             T(2.1213794301586595867e4),
                             T(3.9307895800092710610e4),
                             T(2.8729085735721942674e4),
                             T(5.2264952788528545610e3)};
    return q * detail::ratio_of_polynomials(numerator, denominator, T(0.180625) - q * q);
  }
  const T r = std::sqrt(-std::log(q < T(0) ? p : T(1) - p));
  T size = T(0);
  if (r <= T(5)) {
    const T numerator[] = {T(1.42343711074968357734e0),  T(4.63033784615654529590e0), T(5.76949722146069140550e0),
                           T(3.64784832476320460504e0),  T(1.27045825245236838258e0), T(2.41780725177450611770e-1),
                           T(2.27238449892691845833e-2), T(7.74545014278341407640e-4)};
    const T denominator[] = {T(1),
                             T(2.05319162663775882187e0),
                             T(1.67638483018380384940e0),
                             T(6.89767334985100004550e-1),
                             T(1.48103976427480074590e-1),
                             T(1.51986665636164571966e-2),
                             T(5.47593808499534494600e-4),
                             T(1.05075007164441684324e-9)};
    size = detail::ratio_of_polynomials(numerator, denominator, r - T(1.6));
  } else {
    const T numerator[] = {T(6.65790464350110377720e0),  T(5.46378491116411436990e0),  T(1.78482653991729133580e0),
                           T(2.96560571828504891230e-1), T(2.65321895265761230930e-2), T(1.24266094738807843860e-3),
                           T(2.71155556874348757815e-5), T(2.01033439929228813265e-7)};
    const T denominator[] = {T(1),
                             T(5.99832206555887937690e-1),
                             T(1.36929880922735805310e-1),
                             T(1.48753612908506148525e-2),
                             T(7.86869131145613259100e-4),
                             T(1.84631831751005468180e-5),
                             T(1.42151175831644588870e-7),
                             T(2.04426310338993978564e-15)};
    size = detail::ratio_of_polynomials(numerator, denominator, r - T(5));
  }
  return q < T(0) ? -size : size;
}

}  // namespace organics::core
