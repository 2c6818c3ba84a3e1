// The type of a Butcher tableau: an explicit Runge-Kutta method with its error estimates and its dense output, as data.
//
//   k_s = f(t + c_s h, x + h sum_{j<s} a_sj k_j),   x_new = x + h sum_s b_s k_s,   error = h sum_s e_s k_s
//   x(t + theta h) = x + h sum_s k_s sum_j dense_sj theta^(j+1)
// A Tableau is a value, one type for every method. A ConstantTableau (constant_tableau.hpp) has the same interface and is
// a type for each. Stage times and first-same-as-last are derived, not declared.
#pragma once

#include <cstddef>

#include "organics/core/method.hpp"
#include "organics/core/scalar.hpp"

namespace organics::core {

inline constexpr int max_stages = 16;
inline constexpr int max_dense_degree = 7;

/// Weights of slopes 0 .. count - 1.
template <class T>
struct SlopeWeights {
  const T* values;
  int count;
  int stride = 1;
};

/// f(j, weight of slope j) in order of j, but for those of weight 0.
template <class T, class F>
ORGANICS_INLINED_FN void for_each_weight(const SlopeWeights<T>& weights, F&& f) {
  for (int j = 0; j < weights.count; ++j) {
    const T weight = weights.values[j * weights.stride];
    if (weight != T(0)) f(j, weight);
  }
}

template <class T>
struct Tableau {
  int stages = 0;          ///< slopes of every attempted step
  int dense_stages = 0;    ///< further slopes, after an accepted step and only where dense output is wanted
  int order = 0;           ///< of b
  int embedded_order = 0;  ///< the error estimate shrinks as h^(embedded_order + 1); 0: there is none
  int dense_order = 0;
  int dense_degree = 0;  ///< of the polynomial in theta
  bool first_same_as_last = false;
  bool second_estimate = false;                 ///< the error of component i is e_i^2 / sqrt(e_i^2 + e2_i^2 / 100)
  T a[max_stages * (max_stages - 1) / 2] = {};  ///< rows one after the other, row s of s numbers
  T b[max_stages] = {};
  T e[max_stages] = {};   ///< b - b_hat
  T e2[max_stages] = {};  ///< the second estimate
  T c[max_stages] = {};   ///< stage times
  T dense[max_stages][max_dense_degree] = {};

  /// a_s0 ... a_s,s-1.
  ORGANICS_FN constexpr const T* row(int s) const { return a + s * (s - 1) / 2; }
  ORGANICS_FN constexpr T* row(int s) { return a + s * (s - 1) / 2; }

  /// When slope s is taken, in steps.
  ORGANICS_FN T time(int s) const { return c[s]; }
  ORGANICS_FN SlopeWeights<T> slope_weights(int s) const { return {row(s), s}; }
  ORGANICS_FN SlopeWeights<T> end_weights() const { return {b, stages}; }
  ORGANICS_FN SlopeWeights<T> error_weights() const { return {e, stages}; }
  ORGANICS_FN SlopeWeights<T> second_error_weights() const { return {e2, stages}; }
  /// Of theta^(power + 1) in the interpolant.
  ORGANICS_FN SlopeWeights<T> dense_weights(int power) const {
    return {dense[0] + power, stages + dense_stages, max_dense_degree};
  }
};

/// f(s) for every slope of a step but the first.
template <class T, class F>
ORGANICS_FN void for_each_slope(const Tableau<T>& tableau, F&& f) {
  for (int s = 1; s < tableau.stages; ++s) f(s);
}

/// f(s) for the further slopes of the interpolant.
template <class T, class F>
ORGANICS_FN void for_each_dense_slope(const Tableau<T>& tableau, F&& f) {
  for (int s = tableau.stages; s < tableau.stages + tableau.dense_stages; ++s) f(s);
}

/// f(j) for every power of theta in the interpolant, less one.
template <class T, class F>
ORGANICS_FN void for_each_power(const Tableau<T>& tableau, F&& f) {
  for (int j = 0; j < tableau.dense_degree; ++j) f(j);
}

/// The same tableau over another scalar.
template <class T, class From>
ORGANICS_FN constexpr Tableau<T> convert(const Tableau<From>& from) {
  Tableau<T> to;
  to.stages = from.stages;
  to.dense_stages = from.dense_stages;
  to.order = from.order;
  to.embedded_order = from.embedded_order;
  to.dense_order = from.dense_order;
  to.dense_degree = from.dense_degree;
  to.first_same_as_last = from.first_same_as_last;
  to.second_estimate = from.second_estimate;
  for (int i = 0; i < max_stages * (max_stages - 1) / 2; ++i) to.a[i] = static_cast<T>(from.a[i]);
  for (int s = 0; s < max_stages; ++s) {
    to.b[s] = static_cast<T>(from.b[s]);
    to.e[s] = static_cast<T>(from.e[s]);
    to.e2[s] = static_cast<T>(from.e2[s]);
    to.c[s] = static_cast<T>(from.c[s]);
    for (int j = 0; j < max_dense_degree; ++j) to.dense[s][j] = static_cast<T>(from.dense[s][j]);
  }
  return to;
}

/// Fills in what follows from a and b: the time of every stage, and whether the last slope is that of the new state.
/// A time that rounding alone keeps from the end of the step becomes the end of the step.
ORGANICS_FN constexpr Tableau<double> derived(Tableau<double> t) {
  for (int s = 0; s < t.stages + t.dense_stages; ++s) {
    t.c[s] = 0;
    for (int j = 0; j < s; ++j) t.c[s] += t.row(s)[j];
    if (t.c[s] > 1 - 1e-12 && t.c[s] < 1 + 1e-12) t.c[s] = 1;
  }
  const int last = t.stages - 1;
  t.first_same_as_last = last > 0 && t.b[last] == 0;
  for (int j = 0; j < last; ++j) t.first_same_as_last = t.first_same_as_last && t.row(last)[j] == t.b[j];
  return t;
}

/// Writes the coefficients into `to`.
template <std::size_t n>
ORGANICS_FN constexpr void put(double* to, const double (&coefficients)[n]) {
  for (std::size_t i = 0; i < n; ++i) to[i] = coefficients[i];
}

/// Powers of theta of theta (p_0 + (1 - theta) (p_1 + theta (p_2 + (1 - theta) (p_3 + ...)))), the form in which dense
/// output is published: p_0 is that of the whole step, p_1 and p_2 fit the slopes at both ends. `count` rows of p.
template <class T, std::size_t stages>
ORGANICS_FN constexpr void set_dense(T (&dense)[stages][max_dense_degree], const T (*p)[stages], int count) {
  for (std::size_t s = 0; s < stages; ++s) {
    T* q = dense[s];
    for (int i = count - 1; i >= 0; --i) {
      // q = p_i + q * (theta or 1 - theta), of degree count - 1 - i
      for (int j = count - 1 - i; j > 0; --j) q[j] = i % 2 == 0 ? q[j] - q[j - 1] : q[j - 1];
      q[0] = p[i][s] + (i % 2 == 0 ? q[0] : T(0));
    }
  }
}

}  // namespace organics::core
