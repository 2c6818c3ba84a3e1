// Equilibria without time stepping: the closed form for Wr = I, the paper's fixed-point iteration, and Newton.
//
// With s = sqrt(a), u = b1 z, c = (b0 sigma)^2: equilibria solve (I - D(1 - s) Wr) y = u (main model) and a = c + W (a r^2).
// Rawat, Heeger and Martiniani (NeurIPS 2024). Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/derivatives.hpp"
#include "organics/core/lu.hpp"
#include "organics/core/model.hpp"
#include "organics/core/singular_value.hpp"

namespace organics::core {

/// True when Wr is exactly the identity.
template <class T>
ORGANICS_FN MaskOf<T> recurrence_is_identity(const Circuit<T>& p) {
  MaskOf<T> identity(true);
  for (int j = 0; j < p.n; ++j) {
    for (int i = 0; i < p.n; ++i) {
      identity = identity && p.Wr[static_cast<std::ptrdiff_t>(j) * p.n + i] == (i == j ? T(1) : T(0));
      if (!any(identity)) return identity;
    }
  }
  return identity;
}

/// The normalisation equation, the one equilibrium when Wr = I: a = c + W r(u)^2 and y = u / sqrt(a); in the rectified
/// model only where u > 0, and y = u elsewhere. Writes x = (y, a).
template <class T, class Team>
ORGANICS_FN void closed_form_equilibrium(const Team& team, const Circuit<T>& p, T* x) {
  const int n = p.n;
  row_sums(
      team, p.W, n, 0,
      [&](int j) {
        const T r = p.rate(p.u(j));
        return r * r;
      },
      [&](int i, T pool) { x[n + i] = p.c(i) + pool; });
  for_each_own(team, n, [&](int i) {
    const T u = p.u(i);
    const T s = square_root(x[n + i]);
    x[i] = select(p.model == ModelKind::rectified && !(u > T(0)), u, select(u == T(0), T(0), u / s));
  });
  team.sync();
}

/// Vectors and the matrix that the iterations need (m = 2n), and what Newton does with its Jacobian.
template <class T>
struct NewtonWork {
  T* matrix;           ///< m x m
  IndexOf<T>* pivots;  ///< m
  T* residual;         ///< m
  T* terms;            ///< m
  T* step;             ///< m (Newton)
  T* base;             ///< m: x before the step (Newton)

  /// Factors tau J at x; false where that is singular.
  template <class Team>
  ORGANICS_FN MaskOf<T> factor(const Team& team, const CircuitModel<T>& model, const T* x) const {
    model.scaled_jacobian(team, x, matrix);
    team.sync();
    return lu_factor(team, matrix, model.dimension(), pivots);
  }

  /// Solves for b (m, visible), which becomes the solution.
  template <class Team>
  ORGANICS_FN void solve(const Team& team, int m, T* b) const {
    lu_solve(team, matrix, m, pivots, b);
  }
};

/// The paper's iteration from its own starting value: solve (I - D(1 - sqrt a) Wr H) y = u, then a <- c + W (a r(y)^2).
/// It is written for the main model; in the rectified one the y of the step before decides which units are active (H).
/// Writes x; returns false when a matrix is singular. What comes out is a start for Newton, not yet an answer.
template <class T, class Team>
ORGANICS_OUTLINED_FN MaskOf<T> fixed_point_iteration(const Team& team, const Circuit<T>& p, int steps, T* x,
                                                     const NewtonWork<T>& work, CostOf<IndexOf<T>>& cost) {
  const int n = p.n;
  T* y = x;
  T* a = x + n;
  const T norm = largest_singular_value(team, p.Wr, n, work.matrix);
  const T lam = select(norm > T(0), norm, T(1));
  row_sums(
      team, p.Wr, n, 0, [&](int j) { return p.rate(p.u(j)); }, [&](int i, T drive) { y[i] = drive * drive; });
  team.sync();
  row_sums(
      team, p.W, n, 0,
      [&](int j) {
        const T c = p.c(j);
        const T denominator = lam - lam * lam + lam * lam * square_root(c);
        // c = 0 asks for 0 or 0 / 0, as lam rounds; a start away from a = 0 finds the branch that matters
        return select(c == T(0) || denominator == T(0), y[j], y[j] * (c / (denominator * denominator)));
      },
      [&](int i, T pool) { a[i] = p.c(i) + pool; });
  team.sync();
  for_each_own(team, n, [&](int i) { y[i] = p.u(i); });
  team.sync();
  MaskOf<T> regular(true);
  for (int step = 0; step < steps; ++step) {
    for_each_own(team, n, [&](int i) {
      const T gain = T(1) - square_root(positive_part(a[i]));
      for (int j = 0; j < n; ++j) {
        const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
        work.matrix[ij] = (i == j ? T(1) : T(0)) - gain * p.Wr[ij] * p.rate_slope(y[j]);
      }
    });
    team.sync();
    count(cost.lu, regular);
    regular = regular && lu_factor(team, work.matrix, n, work.pivots);
    if (!any(regular)) return regular;
    for_each_own(team, n, [&](int i) { y[i] = p.u(i); });
    team.sync();
    lu_solve(team, work.matrix, n, work.pivots, y);
    row_sums(
        team, p.W, n, 0,
        [&](int j) {
          const T r = p.rate(y[j]);
          return a[j] * r * r;
        },
        [&](int i, T pool) { work.terms[i] = p.c(i) + pool; });
    team.sync();
    for_each_own(team, n, [&](int i) { a[i] = work.terms[i]; });
    team.sync();
  }
  return regular;
}

/// Writes the residual tau f at x to work.residual and returns its largest component relative to the terms of its own
/// equation: |u_i| + |y_i| for y_i, a_i for a_i. (A norm over all components once accepted a bogus a of 2e17.) The
/// scale of y_i also holds what rounding alone can leave of the recurrent sum, over the tolerance, and 1e-6 so that a
/// unit at y_i = 0 does not ask for the impossible. NaN when anything is.
template <class T, class Team>
ORGANICS_FN T relative_residual(const Team& team, const CircuitModel<T>& model, const T* x, T tolerance,
                                const NewtonWork<T>& work) {
  const Circuit<T>& p = model.circuit;
  const int n = p.n;
  const T rounding = T(4) * epsilon<T>() / tolerance;
  model.scaled_rhs(team, x, work.residual);
  for_each_own(team, n, [&](int i) {
    T recurrent = T(0);
    for (int j = 0; j < n; ++j) recurrent += absolute(p.Wr[static_cast<std::ptrdiff_t>(j) * n + i] * p.rate(x[j]));
    recurrent *= absolute(T(1) - square_root(positive_part(x[n + i])));
    const T y_scale = absolute(p.u(i)) + absolute(x[i]) + T(1e-6) + rounding * recurrent;
    const T a_residual = work.residual[n + i];
    work.terms[i] = absolute(work.residual[i]) / y_scale;
    work.terms[n + i] = select(a_residual == T(0), T(0), absolute(a_residual) / absolute(x[n + i]));
  });
  team.sync();
  T largest = T(0);
  for (int i = 0; i < 2 * n; ++i) largest = max_or_nan(largest, work.terms[i]);
  team.sync();
  return largest;
}

/// What a change of component i of the state counts against: |y_i| + 0.01, |a_i| + c_i (tied to c: an absolute scale
/// that is not makes false blow-ups of the flow where c is small).
template <class T>
ORGANICS_FN T state_weight(const Circuit<T>& p, int i, T x) {
  return absolute(x) + (i < p.n ? T(0.01) : max(p.c(i - p.n), smallest_normal<T>()));
}

/// Largest entry of d against the weights of the state x; NaN when anything is. Ends with a sync.
template <class T, class Team>
ORGANICS_FN T weighted_norm(const Team& team, const Circuit<T>& p, const T* x, const T* d) {
  T largest = T(0);
  for (int i = 0; i < 2 * p.n; ++i) largest = max_or_nan(largest, absolute(d[i]) / state_weight(p, i, x[i]));
  team.sync();
  return largest;
}

/// How often a Newton step is halved before it is taken whole after all.
inline constexpr int most_halvings = 4;

/// The Newton step at x, whose residual is in work.residual: solves tau J d = -tau f and moves x by a part of d, at most
/// all of it and no more than keeps every a_i at a tenth of its value. That part is halved until the correction that
/// the same Jacobian asks for at the new x is shorter than d was (the natural monotonicity test of Deuflhard, Newton
/// Methods for Nonlinear Problems, 2004, 3.3). The residual itself says less: it rises on the way to many equilibria of
/// small c. Where no part passes the longest is taken. Leaves the residual at the new x, and its relative size in
/// `residual`. Circuits that are not `moving` stay where they are; one whose Jacobian is singular moves no longer.
template <class T, class Team, class Work>
ORGANICS_FN void newton_step(const Team& team, const CircuitModel<T>& model, T* x, T tolerance, MaskOf<T>& moving,
                             T& residual, const Work& work, CostOf<IndexOf<T>>& cost) {
  const int m = model.dimension();
  const int n = m / 2;
  T* d = work.step;
  for_each_own(team, m, [&](int i) {
    d[i] = -work.residual[i];
    work.base[i] = x[i];
  });
  count(cost.jacobians, moving);
  count(cost.lu, moving);
  moving = moving && work.factor(team, model, x);
  if (!any(moving)) return;
  work.solve(team, m, d);
  T longest = T(1);
  for (int i = n; i < m; ++i) {
    longest = select(d[i] < T(0), min(longest, T(0.9) * absolute(x[i] / d[i])), longest);
  }
  const T size = weighted_norm(team, model.circuit, work.base, d);
  T length = longest;
  MaskOf<T> searching = moving;
  for (int trial = 0;; ++trial) {
    for_each_own(team, m, [&](int i) { x[i] = select(searching, work.base[i] + length * d[i], x[i]); });
    team.sync();
    residual = relative_residual(team, model, x, tolerance, work);
    count(cost.rhs, searching);
    searching = searching && !(residual <= tolerance);
    if (!any(searching) || trial > most_halvings) return;
    for_each_own(team, m, [&](int i) { work.terms[i] = work.residual[i]; });
    team.sync();
    work.solve(team, m, work.terms);
    const T correction = weighted_norm(team, model.circuit, work.base, work.terms);
    searching = searching && !(correction <= (T(1) - T(0.25) * length) * size);
    if (!any(searching)) return;
    length = trial < most_halvings ? T(0.5) * length : longest;
  }
}

/// Newton's method on tau f = 0 from x, at most `steps` steps. Converged when the relative residual is within tolerance
/// (after which one more step is taken unless it is far within) and a >= c. Each step is a Jacobian in `cost`. Work: a
/// NewtonWork, or one made of it that factors and solves in its own way.
template <class T, class Team, class Work>
ORGANICS_OUTLINED_FN MaskOf<T> newton(const Team& team, const CircuitModel<T>& model, T* x, int steps, T tolerance,
                                      const Work& work, CostOf<IndexOf<T>>& cost) {
  T residual = relative_residual(team, model, x, tolerance, work);
  MaskOf<T> within(false);
  MaskOf<T> moving(true);
  MaskOf<T> regular(true);
  count(cost.rhs, moving);
  for (int step = 0;; ++step) {
    const MaskOf<T> done = within || residual <= T(0.01) * tolerance;
    within = residual <= tolerance;
    moving = moving && !done && is_finite(residual);
    if (step == steps || !any(moving)) break;
    const MaskOf<T> before = moving;
    newton_step(team, model, x, tolerance, moving, residual, work, cost);
    regular = regular && (moving || !before);
  }
  within = within && regular;
  const Circuit<T>& p = model.circuit;
  for (int i = 0; i < p.n; ++i) within = within && x[p.n + i] >= p.c(i) * (T(1) - T(10) * tolerance);
  return within;
}

}  // namespace organics::core
