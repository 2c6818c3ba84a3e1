// One step of an explicit Runge-Kutta method, for any model and any tableau.
//
//   k_i = f(t + c_i h, x + h sum_{j<i} a_ij k_j),   x_new = x + h sum_i b_i k_i,   error = h sum_i e_i k_i
// A model is any type with `int dimension()` and `rhs(team, t, x, dx)`, whose dx the caller syncs before reading.
// Team contract: x and k[0] = f(t, x) are visible on entry; all of k and x_new are visible on return.
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

/// Slopes `k` hold tableau.stages x m numbers, of which the first m are f(t, x); `stage` is scratch of m.
template <class T, class Team, class Model>
ORGANICS_FN void rk_step(const Team& team, const Model& model, const Tableau<T>& tableau, T t, const T* x, T h, T* k,
                         T* stage, T* x_new) {
  const int m = model.dimension();
  const int stages = tableau.stages;
  for (int s = 1; s < stages; ++s) {
    T* at = tableau.first_same_as_last && s == stages - 1 ? x_new : stage;
    for_each_own(team, m, [&](int i) { at[i] = x[i] + h * weighted_slope(tableau.a[s], k, s, m, i); });
    team.sync();
    model.rhs(team, t + tableau.c[s] * h, at, k + static_cast<std::ptrdiff_t>(s) * m);
    team.sync();
  }
  if (!tableau.first_same_as_last) {
    for_each_own(team, m, [&](int i) { x_new[i] = x[i] + h * weighted_slope(tableau.b, k, stages, m, i); });
    team.sync();
  }
}

/// Largest error of the step in units of the tolerance, max_i |error_i| / (atol + rtol max(|x_i|, |x_new_i|));
/// NaN if any component is. The same on every lane. `terms` is scratch of m.
template <class T, class Team>
ORGANICS_FN T error_norm(const Team& team, const Tableau<T>& tableau, const T* x, const T* x_new, const T* k, T h,
                         int m, T atol, T rtol, T* terms) {
  for_each_own(team, m, [&](int i) {
    const T scale = atol + rtol * max(absolute(x[i]), absolute(x_new[i]));
    const T error = absolute(h * weighted_slope(tableau.e, k, tableau.stages, m, i));
    terms[i] = select(error == T(0), T(0), error / scale);  // with atol = 0 a component at rest has scale 0
  });
  team.sync();
  T norm = T(0);
  for (int i = 0; i < m; ++i) norm = max_or_nan(norm, terms[i]);
  return norm;
}

/// Largest |x_i|; NaN if any component is.
template <class T>
ORGANICS_FN T max_norm(const T* x, int m) {
  T norm = T(0);
  for (int i = 0; i < m; ++i) norm = max_or_nan(norm, absolute(x[i]));
  return norm;
}

}  // namespace organics::core
