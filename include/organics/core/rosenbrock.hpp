// One step of a Rosenbrock method (linearly implicit Runge-Kutta), for any model and any table, and its interpolant.
//
//   (I/(h gamma) - J) u_s = f(t + alpha_s h, x + sum_{j<s} a_sj u_j) + sum_{j<s} (c_sj/h) u_j + h d_s df/dt
//   x_new = x + sum_s m_s u_s,   error = sum_s e_s u_s
// (Hairer and Wanner, Solving Ordinary Differential Equations II, 2nd ed. 1996, IV.7). One LU of the whole Jacobian a
// step. Team contract: as in team.hpp; x and f0 = f(t, x) are visible on entry, all results on return.
#pragma once

#include <cstddef>

#include "organics/core/derivatives.hpp"
#include "organics/core/lu.hpp"
#include "organics/core/rosenbrock_methods.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of one step.
template <class T>
struct RosenbrockWork {
  T* matrix;    ///< m x m
  int* pivots;  ///< m
  T* u;         ///< stages x m
  T* f;         ///< m: after a step the right-hand side of the last stage
  T* stage;     ///< m
  T* ft;        ///< m: partial f / partial t; unused (may be null) for an autonomous model
};

/// sum_j weight_j u_j over the first `count` stages, component i.
template <class T>
ORGANICS_FN T weighted_stage(const T* weights, const T* u, int count, int m, int i) {
  T sum = T(0);
  for (int j = 0; j < count; ++j) sum += weights[j] * u[static_cast<std::ptrdiff_t>(j) * m + i];
  return sum;
}

/// Largest row sum of |J| (the maximum norm): an upper bound of its spectral radius. `terms` is scratch of m.
template <class T, class Team>
ORGANICS_FN T matrix_norm(const Team& team, const T* J, int m, T* terms) {
  for_each_own(team, m, [&](int i) {
    T sum = T(0);
    for (int j = 0; j < m; ++j) sum += absolute(J[static_cast<std::ptrdiff_t>(j) * m + i]);
    terms[i] = sum;
  });
  team.sync();
  T norm = T(0);
  for (int i = 0; i < m; ++i) norm = max_or_nan(norm, terms[i]);
  team.sync();
  return norm;
}

/// J -> I/(h gamma) - J, factored. False, on every lane, when that is singular or not finite.
template <class T, class Team>
ORGANICS_FN bool factor_shifted(const Team& team, T* matrix, int m, T shift, int* pivots, Cost& cost) {
  for_each_own(team, m, [&](int i) {
    for (int j = 0; j < m; ++j) {
      T& entry = matrix[static_cast<std::ptrdiff_t>(j) * m + i];
      entry = (i == j ? shift : T(0)) - entry;
    }
  });
  team.sync();
  ++cost.lu;
  return lu_factor(team, matrix, m, pivots);
}

/// Steps from x (slope f0) by h: x_new, and in `error` the magnitude of the error estimate of each component.
/// `jacobian_norm` (where not null) is the maximum norm of J. Returns false, on every lane, when the matrix is singular.
template <class T, class Team, class Model>
ORGANICS_FN bool rosenbrock_step(const Team& team, const Model& model, const RosenbrockTableau<T>& table, T t,
                                 const T* x, const T* f0, T h, T* x_new, T* error, T* jacobian_norm,
                                 const RosenbrockWork<T>& work, Cost& cost) {
  const int m = model.dimension();
  evaluate_jacobian(team, model, t, x, f0, work.matrix, work.stage, work.f, cost);
  if (jacobian_norm != nullptr) *jacobian_norm = matrix_norm(team, work.matrix, m, error);
  if (!factor_shifted(team, work.matrix, m, T(1) / (h * table.gamma), work.pivots, cost)) return false;
  constexpr bool autonomous = is_autonomous<Model>();
  if constexpr (!autonomous) evaluate_time_derivative(team, model, t, x, f0, h, work.ft, cost);
  for (int s = 0; s < table.stages; ++s) {
    T* u = work.u + static_cast<std::ptrdiff_t>(s) * m;
    const T* f = f0;
    if (s > 0) {
      T* at = table.last_stage_at_end && s == table.stages - 1 ? x_new : work.stage;
      for_each_own(team, m, [&](int i) { at[i] = x[i] + weighted_stage(table.a[s], work.u, s, m, i); });
      team.sync();
      model.rhs(team, t + table.alpha[s] * h, at, work.f);
      team.sync();
      ++cost.rhs;
      f = work.f;
    }
    for_each_own(team, m, [&](int i) {
      T sum = f[i] + weighted_stage(table.c[s], work.u, s, m, i) / h;
      if constexpr (!autonomous) sum += h * table.d[s] * work.ft[i];
      u[i] = sum;
    });
    team.sync();
    lu_solve(team, work.matrix, m, work.pivots, u);
  }
  for_each_own(team, m, [&](int i) {
    if (!table.last_stage_at_end) x_new[i] = x[i] + weighted_stage(table.m, work.u, table.stages, m, i);
    error[i] = absolute(weighted_stage(table.e, work.u, table.stages, m, i));
  });
  team.sync();
  return true;
}

/// Fills the interpolant's coefficients q of a step just taken.
template <class T, class Team>
ORGANICS_FN void rosenbrock_interpolate(const Team& team, const RosenbrockTableau<T>& table, const T* u, int m, T* q) {
  for_each_own(team, m, [&](int i) {
    for (int j = 0; j < table.dense_degree; ++j) {
      T sum = T(0);
      for (int s = 0; s < table.stages; ++s) sum += table.dense[s][j] * u[static_cast<std::ptrdiff_t>(s) * m + i];
      q[static_cast<std::ptrdiff_t>(j) * m + i] = sum;
    }
  });
  team.sync();
}

}  // namespace organics::core
