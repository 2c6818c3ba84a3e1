// The interpolant of one step: for every component a polynomial in theta = (time - t) / h, whatever the method.
//
//   x_i(t + theta h) = x_i + sum_{j = 1..degree} q_ij theta^j
// Steppers fill in q from their slopes (dense output of the method's own order); samples, events and summaries then ask
// this one form for values, slopes and integrals.
#pragma once

#include <cstddef>

#include "organics/core/scalar.hpp"

namespace organics::core {

template <class T>
struct Interpolant {
  int m;
  int degree;
  T t;  ///< start of the step
  T h;
  const T* x;  ///< m: state at its start
  const T* q;  ///< degree x m: q[(j - 1) m + i]

  ORGANICS_FN T coefficient(int i, int j) const { return q[static_cast<std::ptrdiff_t>(j - 1) * m + i]; }

  ORGANICS_FN T value(int i, T theta) const {
    T sum = T(0);
    for (int j = degree; j >= 1; --j) sum = (sum + coefficient(i, j)) * theta;
    return x[i] + sum;
  }

  /// d x_i / d theta: h times the slope in time.
  ORGANICS_FN T slope(int i, T theta) const {
    T sum = T(0);
    for (int j = degree; j >= 1; --j) sum = sum * theta + static_cast<T>(j) * coefficient(i, j);
    return sum;
  }

  /// Integral of x_i over time from t to t + theta h.
  ORGANICS_FN T integral(int i, T theta) const {
    T sum = T(0);
    for (int j = degree; j >= 1; --j) sum = (sum + coefficient(i, j) / static_cast<T>(j + 1)) * theta;
    return (x[i] + sum) * theta * h;
  }
};

}  // namespace organics::core
