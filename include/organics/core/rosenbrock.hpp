// One step of an L-stable linearly implicit method of order 2 with a third-order error estimate: the modified
// Rosenbrock pair of Shampine and Reichelt (1997), SIAM J. Sci. Comput. 18, 1, section 3 (autonomous form).
//
//   M = I - h d J, d = 1 / (2 + sqrt 2), e = 6 + sqrt 2
//   M k1 = f0,  M (k2 - k1) = f(x + h/2 k1) - k1,  x_new = x + h k2,
//   M k3 = f2 - e (k2 - f1) - 2 (k1 - f0),  f2 = f(x_new),  error = h/6 (k1 - 2 k2 + k3)
// One LU of the whole Jacobian a step; f2 is the next step's f0. A model also has `jacobian(team, t, x, J)`.
// Team contract: as in team.hpp; x and f0 are visible on entry, all results on return.
#pragma once

#include <cstddef>

#include "organics/core/lu.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of one step: the matrix, pivots, and vectors of m numbers.
template <class T>
struct RosenbrockWork {
  T* matrix;    ///< m x m
  int* pivots;  ///< m
  T* stage;
  T* f1;
  T* k1;
  T* k2;
  T* k3;
};

/// Steps from x (slope f0) by h: x_new, f2 = f(x_new), and the error estimate in work.k3.
/// Returns false, on every lane, when M is singular or not finite.
template <class T, class Team, class Model>
ORGANICS_FN bool rosenbrock_step(const Team& team, const Model& model, const T* x, const T* f0, T h, T* x_new, T* f2,
                                 const RosenbrockWork<T>& work) {
  const int m = model.dimension();
  const T d = T(0.29289321881345254);  // 1 / (2 + sqrt 2)
  const T e = T(7.4142135623730951);   // 6 + sqrt 2
  model.jacobian(team, T(0), x, work.matrix);
  team.sync();
  for_each_own(team, m, [&](int i) {
    for (int j = 0; j < m; ++j) {
      T& entry = work.matrix[static_cast<std::ptrdiff_t>(j) * m + i];
      entry = (i == j ? T(1) : T(0)) - h * d * entry;
    }
    work.k1[i] = f0[i];
  });
  team.sync();
  if (!lu_factor(team, work.matrix, m, work.pivots)) return false;
  lu_solve(team, work.matrix, m, work.pivots, work.k1);
  for_each_own(team, m, [&](int i) { work.stage[i] = x[i] + T(0.5) * h * work.k1[i]; });
  team.sync();
  model.rhs(team, T(0), work.stage, work.f1);
  team.sync();
  for_each_own(team, m, [&](int i) { work.k2[i] = work.f1[i] - work.k1[i]; });
  team.sync();
  lu_solve(team, work.matrix, m, work.pivots, work.k2);
  for_each_own(team, m, [&](int i) {
    work.k2[i] += work.k1[i];
    x_new[i] = x[i] + h * work.k2[i];
  });
  team.sync();
  model.rhs(team, T(0), x_new, f2);
  team.sync();
  for_each_own(team, m,
               [&](int i) { work.k3[i] = f2[i] - e * (work.k2[i] - work.f1[i]) - T(2) * (work.k1[i] - f0[i]); });
  team.sync();
  lu_solve(team, work.matrix, m, work.pivots, work.k3);
  for_each_own(team, m, [&](int i) { work.k3[i] = h / T(6) * (work.k1[i] - T(2) * work.k2[i] + work.k3[i]); });
  team.sync();
  return true;
}

}  // namespace organics::core
