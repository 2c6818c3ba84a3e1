// One step of an explicit Runge-Kutta method, for any model and any tableau, and its interpolant.
//
//   k_i = f(t + c_i h, x + h sum_{j<i} a_ij k_j),   x_new = x + h sum_i b_i k_i,   error = h sum_i e_i k_i
// A model is any type with `int dimension()` and `rhs(team, t, x, dx)`, whose dx the caller syncs before reading.
// Team contract: x and k[0] = f(t, x) are visible on entry; all of k, x_new and error are visible on return.
#pragma once

#include <cstddef>

#include "organics/core/tableau.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Component `i` of sum_j weight_j k_j, added in order of j.
template <class T>
ORGANICS_FN T weighted_slope(const T* weights, const T* k, int count, int m, int i) {
  T sum = T(0);
  for (int j = 0; j < count; ++j) {
    if (weights[j] != T(0)) sum += weights[j] * k[static_cast<std::ptrdiff_t>(j) * m + i];
  }
  return sum;
}

/// Slope `s` of a step from x: its argument is put together in `at`.
template <class T, class Team, class Model>
ORGANICS_FN void rk_slope(const Team& team, const Model& model, const Tableau<T>& tableau, int s, T t, const T* x, T h,
                          T* k, T* at) {
  const int m = model.dimension();
  for_each_own(team, m, [&](int i) { at[i] = x[i] + h * weighted_slope(tableau.row(s), k, s, m, i); });
  team.sync();
  model.rhs(team, t + tableau.c[s] * h, at, k + static_cast<std::ptrdiff_t>(s) * m);
  team.sync();
}

/// Slopes `k` hold tableau.stages x m numbers, of which the first m are f(t, x); `stage` is scratch of m that keeps the
/// argument of the last slope before that of x_new.
template <class T, class Team, class Model>
ORGANICS_FN void rk_step(const Team& team, const Model& model, const Tableau<T>& tableau, T t, const T* x, T h, T* k,
                         T* stage, T* x_new) {
  const int m = model.dimension();
  const int stages = tableau.stages;
  for (int s = 1; s < stages; ++s) {
    T* at = tableau.first_same_as_last && s == stages - 1 ? x_new : stage;
    rk_slope(team, model, tableau, s, t, x, h, k, at);
  }
  if (!tableau.first_same_as_last) {
    for_each_own(team, m, [&](int i) { x_new[i] = x[i] + h * weighted_slope(tableau.b, k, stages, m, i); });
    team.sync();
  }
}

/// Error estimate of the step, per component, with its sign lost. A method with two estimates combines them as Hairer,
/// Norsett and Wanner (1993), II.10 do, here for each component: e^2 / sqrt(e^2 + 0.01 e2^2).
template <class T, class Team>
ORGANICS_FN void rk_error(const Team& team, const Tableau<T>& tableau, const T* k, T h, int m, T* error) {
  for_each_own(team, m, [&](int i) {
    const T first = absolute(h * weighted_slope(tableau.e, k, tableau.stages, m, i));
    error[i] = first;
    if (!tableau.second_estimate) return;
    const T second = T(0.1) * absolute(h * weighted_slope(tableau.e2, k, tableau.stages, m, i));
    // written with the larger of the two as unit, so that nothing overflows or vanishes on the way
    const T larger = max_or_nan(first, second);
    const T ratio = first / larger;
    const T other = second / larger;
    error[i] = select(larger == T(0), T(0), first * (ratio / std::sqrt(ratio * ratio + other * other)));
  });
  team.sync();
}

/// Fills the interpolant's coefficients q of a step just taken from x; further slopes that the tableau wants for this
/// are evaluated here, with `stage` as scratch.
template <class T, class Team, class Model>
ORGANICS_FN void rk_interpolate(const Team& team, const Model& model, const Tableau<T>& tableau, T t, const T* x, T h,
                                T* k, T* stage, T* q) {
  const int m = model.dimension();
  const int slopes = tableau.stages + tableau.dense_stages;
  for (int s = tableau.stages; s < slopes; ++s) rk_slope(team, model, tableau, s, t, x, h, k, stage);
  for_each_own(team, m, [&](int i) {
    for (int j = 0; j < tableau.dense_degree; ++j) {
      T sum = T(0);
      for (int s = 0; s < slopes; ++s) {
        if (tableau.dense[s][j] != T(0)) sum += tableau.dense[s][j] * k[static_cast<std::ptrdiff_t>(s) * m + i];
      }
      q[static_cast<std::ptrdiff_t>(j) * m + i] = h * sum;
    }
  });
  team.sync();
}

/// Largest |x_i|; NaN if any component is.
template <class T>
ORGANICS_FN T max_norm(const T* x, int m) {
  T norm = T(0);
  for (int i = 0; i < m; ++i) norm = max_or_nan(norm, absolute(x[i]));
  return norm;
}

}  // namespace organics::core
