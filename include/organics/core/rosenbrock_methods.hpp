// The linearly implicit Runge-Kutta (Rosenbrock) methods: published coefficients as tables.
//
//   (I/(h gamma) - J) u_s = f(t + alpha_s h, x + sum_{j<s} a_sj u_j) + sum_{j<s} (c_sj/h) u_j + h d_s df/dt
//   x_new = x + sum_s m_s u_s,  error = sum_s e_s u_s,  x(t + theta h) = x + sum_s u_s sum_j dense_sj theta^(j+1)
// with J and df/dt at (t, x): the transformed form of Hairer and Wanner, Solving Ordinary Differential Equations II
// (1996), IV.7, in which no product with J is left. src/method_proofs.cpp proves the orders.
#pragma once

#include "organics/core/method.hpp"
#include "organics/core/scalar.hpp"
#include "organics/core/tableau.hpp"

namespace organics::core {

inline constexpr int max_rosenbrock_stages = 6;

template <class T>
struct RosenbrockTableau {
  int stages = 0;
  int order = 0;           ///< of m
  int embedded_order = 0;  ///< the error estimate shrinks as h^(embedded_order + 1)
  int dense_degree = 0;    ///< of the polynomial in theta
  int dense_order = 0;
  bool last_stage_at_end = false;  ///< the last right-hand side is f(t + h, x_new), the next step's first slope
  T gamma = T(0);
  T a[max_rosenbrock_stages][max_rosenbrock_stages] = {};
  T c[max_rosenbrock_stages][max_rosenbrock_stages] = {};
  T alpha[max_rosenbrock_stages] = {};  ///< stage times
  T d[max_rosenbrock_stages] = {};      ///< factors of h df/dt
  T m[max_rosenbrock_stages] = {};
  T e[max_rosenbrock_stages] = {};
  T dense[max_rosenbrock_stages][max_dense_degree] = {};
};

/// The same table over another scalar.
template <class T, class From>
ORGANICS_FN constexpr RosenbrockTableau<T> convert(const RosenbrockTableau<From>& from) {
  RosenbrockTableau<T> to;
  to.stages = from.stages;
  to.order = from.order;
  to.embedded_order = from.embedded_order;
  to.dense_degree = from.dense_degree;
  to.dense_order = from.dense_order;
  to.last_stage_at_end = from.last_stage_at_end;
  to.gamma = static_cast<T>(from.gamma);
  for (int s = 0; s < max_rosenbrock_stages; ++s) {
    to.alpha[s] = static_cast<T>(from.alpha[s]);
    to.d[s] = static_cast<T>(from.d[s]);
    to.m[s] = static_cast<T>(from.m[s]);
    to.e[s] = static_cast<T>(from.e[s]);
    for (int j = 0; j < max_rosenbrock_stages; ++j) {
      to.a[s][j] = static_cast<T>(from.a[s][j]);
      to.c[s][j] = static_cast<T>(from.c[s][j]);
    }
    for (int j = 0; j < max_dense_degree; ++j) to.dense[s][j] = static_cast<T>(from.dense[s][j]);
  }
  return to;
}

/// Shampine and Reichelt (1997), SIAM J. Sci. Comput. 18, 1, section 3, with the estimate of order 3 and the quadratic
/// dense output there. In their k: u_1 = h gamma k_1, u_2 = h gamma (k_2 - k_1) and, with q = 6 + sqrt 2,
/// u_3 = h gamma (k_3 - q (k_2 - k_1) - 2 k_1), which removes the slopes f_0 and f_1 from the third stage.
ORGANICS_FN constexpr RosenbrockTableau<double> rosenbrock23() {
  constexpr double gamma = 0.29289321881345247560;  // 1 / (2 + sqrt 2)
  constexpr double q = 7.4142135623730950488;
  RosenbrockTableau<double> t;
  t.stages = 3;
  t.order = t.embedded_order = t.dense_order = t.dense_degree = 2;
  t.last_stage_at_end = true;
  t.gamma = gamma;
  put(t.a[1], {1 / (2 * gamma)});
  put(t.a[2], {1 / gamma, 1 / gamma});
  put(t.c[1], {-1 / gamma});
  put(t.c[2], {-2 / gamma, -q / gamma});
  put(t.alpha, {0, 0.5, 1});
  put(t.d, {gamma, 0, -gamma});
  put(t.m, {1 / gamma, 1 / gamma});
  put(t.e, {-1 / (6 * gamma), (2 - q) / (6 * gamma), -1 / (6 * gamma)});
  put(t.dense[0], {1 / gamma});
  put(t.dense[1], {-2 / (1 - 2 * gamma), 1 / (gamma * (1 - 2 * gamma))});
  return t;
}

/// Hairer and Wanner (1996), VI.4: RODAS, with its dense output of order 3. Both solutions are stiffly accurate: the
/// embedded one is the argument of the last stage, x_new that plus u_6, so u_6 is the error.
ORGANICS_FN constexpr RosenbrockTableau<double> rodas43() {
  RosenbrockTableau<double> t;
  t.stages = 6;
  t.order = 4;
  t.embedded_order = t.dense_order = t.dense_degree = 3;
  t.gamma = 0.25;
  put(t.a[1], {1.544});
  put(t.a[2], {0.9466785280815826, 0.2557011698983284});
  put(t.a[3], {3.314825187068521, 2.896124015972201, 0.9986419139977817});
  put(t.a[4], {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950});
  put(t.a[5], {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1});
  put(t.c[1], {-5.6688});
  put(t.c[2], {-2.430093356833875, -0.2063599157091915});
  put(t.c[3], {-0.1073529058151375, -9.594562251023355, -20.47028614809616});
  put(t.c[4], {7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160});
  put(t.c[5], {8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054});
  put(t.alpha, {0, 0.386, 0.21, 0.63, 1, 1});
  put(t.d, {0.25, -0.1043, 0.1035, -0.0362});
  put(t.m, {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1, 1});
  put(t.e, {0, 0, 0, 0, 0, 1});
  const double p[3][max_rosenbrock_stages] = {
      {1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1, 1},
      {10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662},
      {-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872}};
  set_dense(t.dense, p, 3);
  return t;
}

/// The table of a method over scalar T; empty (no stages) where the method is not a Rosenbrock method.
template <class T>
ORGANICS_FN constexpr RosenbrockTableau<T> rosenbrock_tableau(Method method) {
  if (method == Method::rosenbrock23) return convert<T>(rosenbrock23());
  if (method == Method::rodas43) return convert<T>(rodas43());
  return {};
}

}  // namespace organics::core
