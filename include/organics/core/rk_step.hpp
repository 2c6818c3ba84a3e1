// One step of an explicit Runge-Kutta method, for any model and any tableau, and its interpolant.
//
//   k_i = f(t + c_i h, x + h sum_{j<i} a_ij k_j),   x_new = x + h sum_i b_i k_i,   error = h sum_i e_i k_i
// T may be a pack (pack.hpp); the tableau is one of numbers.
// A model is any type with `int dimension()` and `rhs(team, t, x, dx)`, whose dx the caller syncs before reading.
// Team contract: x and k[0] = f(t, x) are visible on entry; all of k, x_new and error are visible on return.
#pragma once

#include <cstddef>

#include "organics/core/tableau.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Components i, i + stride, ... of sum_j weight_j k_j, each added in order of j.
template <class T, int rows>
struct WeightedSlopes {
  T sum[rows];

  template <class OfSlopes>
  ORGANICS_FN WeightedSlopes(const OfSlopes& weights, const T* k, int m, int i, int stride) {
    for (int r = 0; r < rows; ++r) sum[r] = T(0);
    for_each_weight(weights, [&](int j, NumberOf<T> number) {
      const T weight = T(number);
      const T* slope = k + static_cast<std::ptrdiff_t>(j) * m + i;
      for (int r = 0; r < rows; ++r) sum[r] += weight * slope[r * stride];
    });
  }
};

/// out(i, component i of sum_j weight_j k_j) for this lane's components.
template <class T, class Team, class Weights, class Out>
ORGANICS_INLINED_FN void weighted_slopes(const Team& team, const Weights& weights, const T* k, int m, Out&& out) {
  const int stride = team.size();
  for_each_own_block(typename Blocks<T>::OfSlopes{}, team, m, [&](auto size, int i) {
    constexpr int rows = decltype(size)::value;
    const WeightedSlopes<T, rows> slopes(weights, k, m, i, stride);
    for (int r = 0; r < rows; ++r) out(i + r * stride, slopes.sum[r]);
  });
}

/// Slope `s` of a step from x: its argument is put together in `at`.
template <class T, class Team, class Model, class Table, class Stage>
ORGANICS_FN void rk_slope(const Team& team, const Model& model, const Table& tableau, Stage s, T t, const T* x, T h,
                          T* k, T* at) {
  const int m = model.dimension();
  weighted_slopes(team, tableau.slope_weights(s), k, m, [&](int i, T sum) { at[i] = x[i] + h * sum; });
  team.sync();
  model.rhs(team, t + T(tableau.time(s)) * h, at, k + static_cast<std::ptrdiff_t>(s) * m);
  team.sync();
}

/// Slopes `k` hold tableau.stages x m numbers, of which the first m are f(t, x); `stage` is scratch of m that keeps the
/// argument of the last slope before that of x_new. The tableau is a Tableau or a ConstantTableau.
template <class T, class Team, class Model, class Table>
ORGANICS_FN void rk_step(const Team& team, const Model& model, const Table& tableau, T t, const T* x, T h, T* k,
                         T* stage, T* x_new) {
  const int m = model.dimension();
  const int last = tableau.stages - 1;
  for_each_slope(tableau, [&](auto s) {
    rk_slope(team, model, tableau, s, t, x, h, k, tableau.first_same_as_last && s == last ? x_new : stage);
  });
  if (!tableau.first_same_as_last) {
    weighted_slopes(team, tableau.end_weights(), k, m, [&](int i, T sum) { x_new[i] = x[i] + h * sum; });
    team.sync();
  }
}

/// Error estimate of the step, per component, with its sign lost. A method with two estimates combines them as Hairer,
/// Norsett and Wanner (1993), II.10 do, here for each component: e^2 / sqrt(e^2 + 0.01 e2^2).
template <class T, class Team, class Table>
ORGANICS_FN void rk_error(const Team& team, const Table& tableau, const T* k, T h, int m, T* error) {
  weighted_slopes(team, tableau.error_weights(), k, m, [&](int i, T sum) { error[i] = absolute(h * sum); });
  if (tableau.second_estimate) {
    weighted_slopes(team, tableau.second_error_weights(), k, m, [&](int i, T sum) {
      const T first = error[i];
      const T second = T(0.1) * absolute(h * sum);
      // written with the larger of the two as unit, so that nothing overflows or vanishes on the way
      const T larger = max_or_nan(first, second);
      const T ratio = first / larger;
      const T other = second / larger;
      error[i] = select(larger == T(0), T(0), first * (ratio / square_root(ratio * ratio + other * other)));
    });
  }
  team.sync();
}

/// Fills the interpolant's coefficients q of a step just taken from x; further slopes that the tableau wants for this
/// are evaluated here, with `stage` as scratch.
template <class T, class Team, class Model, class Table>
ORGANICS_FN void rk_interpolate(const Team& team, const Model& model, const Table& tableau, T t, const T* x, T h, T* k,
                                T* stage, T* q) {
  const int m = model.dimension();
  for_each_dense_slope(tableau, [&](auto s) { rk_slope(team, model, tableau, s, t, x, h, k, stage); });
  for_each_power(tableau, [&](auto j) {
    T* coefficients = q + static_cast<std::ptrdiff_t>(j) * m;
    weighted_slopes(team, tableau.dense_weights(j), k, m, [&](int i, T sum) { coefficients[i] = h * sum; });
  });
  team.sync();
}

/// Largest |x_i|; NaN if any component is.
template <class T>
ORGANICS_FN T max_norm(const T* x, int m) {
  T norm = T(0);
  for (int i = 0; i < m; ++i) norm = max_magnitude(norm, x[i]);
  return norm;
}

/// sum_i (a_i - b_i)^2.
template <class T>
ORGANICS_FN T squared_distance(const T* a, const T* b, int m) {
  T sum = T(0);
  for (int i = 0; i < m; ++i) {
    const T difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

}  // namespace organics::core
