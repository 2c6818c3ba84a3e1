// Every equilibrium of a circuit with one neuron of each kind, its Jacobian and its type.
//
// With s = sqrt(a), c = (b0 sigma)^2, u = b1 z, d(s) = 1 - wr + wr s, equilibria of the main model solve y d = u and
//   sqrt(1 - c / s^2) |d(s)| = sqrt(w) |u|,
// a quartic in s (Rawat, Heeger and Martiniani 2024, the two-dimensional model). The left side is monotone between
// s = sqrt(c), the fold s^3 = c p and the zero s = p of d, p = 1 - 1/wr, where p > sqrt(c), and rises all the way
// otherwise: so each piece holds at most one root, bisection finds it, and there are never more than three.
// One lane: n = 1 leaves nothing to share.
#pragma once

#include <cstdint>

#include "organics/core/eigenvalues.hpp"
#include "organics/core/model.hpp"
#include "organics/core/status.hpp"

namespace organics {

/// Type of an equilibrium of one neuron pair, from the two eigenvalues of the Jacobian there.
enum class EquilibriumType : std::uint8_t {
  stable_node = 0,
  stable_focus,
  saddle,
  unstable_node,
  unstable_focus,
  marginal,  ///< an eigenvalue on the imaginary axis to rounding, or stable from one side of a kink only
  none,      ///< there is no such equilibrium
};

inline constexpr int equilibrium_type_count = 7;

constexpr const char* name(EquilibriumType type) {
  constexpr const char* names[equilibrium_type_count] = {"stable node",    "stable focus", "saddle", "unstable node",
                                                         "unstable focus", "marginal",     "none"};
  const auto i = static_cast<int>(type);
  return i < equilibrium_type_count ? names[i] : "unknown";
}

/// No circuit with one neuron of each kind has more equilibria than this.
inline constexpr int max_planar_equilibria = 3;

}  // namespace organics

namespace organics::core {

template <class T>
struct PlanarEquilibrium {
  T y, a;
  T trace;        ///< of the Jacobian, 1/s
  T determinant;  ///< of the Jacobian, 1/s^2
  T re[2];        ///< real parts of its eigenvalues, ascending, 1/s
  T im[2];        ///< imaginary parts; of a pair, the negative one first
  EquilibriumType type;
};

/// All equilibria by ascending a, then y.
template <class T>
struct PlanarEquilibria {
  Status status = Status::ok;  ///< non_finite where a state is too large to represent
  int count = 0;
  PlanarEquilibrium<T> at[max_planar_equilibria];
};

/// The drive sqrt(w) |u| at which the two equilibria below s = p = 1 - 1/wr meet and vanish (main model):
///   |wr - 1| (1 - (c / p^2)^(1/3))^(3/2), the largest value on sqrt(c) < s < p; zero unless p > sqrt(c).
template <class T>
ORGANICS_FN T fold_drive(T wr, T c) {
  if (wr == T(0)) return T(0);
  const T p = (wr - T(1)) / wr;
  if (!(p > std::sqrt(c))) return T(0);
  const T rest = positive_part(T(1) - std::cbrt(c) / std::cbrt(p * p));
  return absolute(wr - T(1)) * rest * std::sqrt(rest);
}

/// Whether a main circuit with one neuron of each kind and c > 0 has a stable equilibrium, for any time constants.
///
/// wr > 0 and w > 0: always, above s = p. wr < 0: if and only if c < p^2 and w u^2 < (1 - wr)^2 (1 - (c/p^2)^(1/3))^3,
/// since a det J has the sign of wr (s^3 - c p), and only below the fold are d and det J both positive. wr = 0:
/// w u^2 < 1. w = 0: d(sqrt c) > 0. For wr = -1, |wr| = 1, this decides where Conjecture 5.3 of the paper holds.
template <class T>
ORGANICS_FN bool stable_fixed_point_exists(T wr, T w, T u, T c) {
  const T drive = std::sqrt(w) * absolute(u);
  if (w == T(0)) return (T(1) - wr) + wr * std::sqrt(c) > T(0);
  if (wr == T(0)) return drive < T(1);
  return wr > T(0) || drive < fold_drive(wr, c);
}

/// The same at wr = -1: a stable equilibrium exists if and only if c < 4 and w u^2 < 4 (1 - (c/4)^(1/3))^3.
template <class T>
ORGANICS_FN bool stable_fixed_point_exists_at_minus_one(T w, T u, T c) {
  const T rest = T(1) - std::cbrt(c / T(4));
  return c < T(4) && w * u * u < T(4) * rest * rest * rest;
}

namespace detail {

/// The equation of s: drive(s) = q.
template <class T>
struct PlanarEquation {
  T wr, w, u;
  T r;  ///< sqrt(c), the smallest s
  T q;  ///< sqrt(w) |u|
  T p;  ///< 1 - 1/wr, where d is zero; infinite for wr = 0

  ORGANICS_FN T d(T s) const { return (T(1) - wr) + wr * s; }
  ORGANICS_FN T drive(T s) const { return std::sqrt(positive_part(s - r) * (s + r)) / s * absolute(d(s)); }
  /// |y| at s > 0, from the equation that loses fewer digits there: y d = u, or w y^2 = 1 - c / a.
  ORGANICS_FN T size_of_y(T s) const {
    const T excess = (s - r) * (s + r);
    const T slope = d(s);
    if (absolute(wr) * s * excess < r * r * absolute(slope) || w == T(0)) return absolute(u / slope);
    return std::sqrt(excess / w) / s;
  }
};

/// The root of drive(s) = q in (lower, upper), lower > 0, where drive - q changes its sign once.
template <class T>
ORGANICS_OUTLINED_FN T bisect_drive(const PlanarEquation<T>& equation, T lower, T upper, bool rising) {
  constexpr int enough = 4096;  // each step halves the logarithm or the width; a hundred suffice
  for (int step = 0; step < enough; ++step) {
    const T middle = upper > T(2) * lower ? std::sqrt(lower) * std::sqrt(upper) : lower + T(0.5) * (upper - lower);
    if (!(middle > lower && middle < upper)) break;
    const bool left_of_root = (equation.drive(middle) < equation.q) == rising;
    lower = select(left_of_root, middle, lower);
    upper = select(left_of_root, upper, middle);
  }
  const T below = absolute(equation.drive(lower) - equation.q);
  const T above = absolute(equation.drive(upper) - equation.q);
  return select(below < above, lower, upper);
}

/// Some s > lower with drive(s) >= q; drive grows without bound beyond lower.
template <class T>
ORGANICS_FN T drive_bound(const PlanarEquation<T>& equation, T lower) {
  T upper = T(2) * lower;
  while (equation.drive(upper) < equation.q && upper < largest_finite<T>() / T(8)) upper *= T(4);
  return upper;
}

/// Residual tau f at x = (y, a), and its largest component relative to the terms of its own equation (of 1 - s, both:
/// where they cancel, no representable a does better).
template <class T>
ORGANICS_FN T planar_residual(const CircuitModel<T>& model, const T* x, T* f) {
  const Circuit<T>& p = model.circuit;
  model.scaled_rhs(Solo{}, x, f);
  const T recurrent = (T(1) + std::sqrt(positive_part(x[1]))) * absolute(p.Wr[0] * p.rate(x[0]));
  const T y_scale = absolute(p.u(0)) + absolute(x[0]) + recurrent;
  const T y_part = select(f[0] == T(0), T(0), absolute(f[0]) / y_scale);
  return max_or_nan(y_part, select(f[1] == T(0), T(0), absolute(f[1]) / absolute(x[1])));
}

/// Newton steps on the two equations themselves, each kept only if it brings the residual down. None where the residual
/// is rounding already: following that would lose the digits that 1 - s cancels.
template <class T>
ORGANICS_FN void polish_planar(const CircuitModel<T>& model, T* x) {
  constexpr int steps = 3;
  const T rounding = T(8) * epsilon<T>();
  T f[2];
  T J[4];
  T residual = planar_residual(model, x, f);
  for (int step = 0; step < steps && residual > rounding && x[1] > T(0); ++step) {
    model.scaled_jacobian(Solo{}, x, J);
    const T determinant = J[0] * J[3] - J[2] * J[1];
    const T moved[2] = {x[0] - (J[3] * f[0] - J[2] * f[1]) / determinant,
                        x[1] - (J[0] * f[1] - J[1] * f[0]) / determinant};
    const T better = planar_residual(model, moved, f);
    if (!(better < residual) || !(moved[1] >= model.circuit.c(0)) || moved[0] * x[0] < T(0)) return;
    x[0] = moved[0];
    x[1] = moved[1];
    residual = better;
  }
}

/// Type from trace, determinant and eigenvalues. The trace and the determinant count as zero when they are within what
/// rounding can do to their terms.
template <class T>
ORGANICS_FN EquilibriumType planar_type(const Circuit<T>& p, const PlanarEquilibrium<T>& e, const T* J) {
  const T gain = T(1) - std::sqrt(positive_part(e.a));
  const T rate = p.rate(e.y);
  if (p.model == ModelKind::rectified && e.y == T(0) && !(gain * p.Wr[0] < T(1))) return EquilibriumType::marginal;
  const T y_terms = (T(1) + absolute(p.Wr[0] * gain)) / p.tau_y[0];
  const T a_terms = (T(1) + p.W[0] * rate * rate) / p.tau_a[0];
  const T rounding = T(64) * epsilon<T>();
  if (!(absolute(e.determinant) > rounding * (y_terms * a_terms + absolute(J[1] * J[2])))) {
    return EquilibriumType::marginal;
  }
  if (e.determinant < T(0)) return EquilibriumType::saddle;
  if (!(absolute(e.trace) > rounding * (y_terms + a_terms))) return EquilibriumType::marginal;
  const bool focus = e.im[0] != T(0);
  if (e.trace < T(0)) return focus ? EquilibriumType::stable_focus : EquilibriumType::stable_node;
  return focus ? EquilibriumType::unstable_focus : EquilibriumType::unstable_node;
}

}  // namespace detail

/// The equilibrium (y, a) of a circuit with n = 1 with its Jacobian's eigenvalues and its type.
template <class T>
ORGANICS_FN PlanarEquilibrium<T> judge_planar(const CircuitModel<T>& model, T y, T a) {
  const T x[2] = {y, a};
  T J[4];
  model.jacobian(Solo{}, T(0), x, J);
  PlanarEquilibrium<T> e;
  e.y = y;
  e.a = a;
  e.trace = J[0] + J[3];
  e.determinant = J[0] * J[3] - J[2] * J[1];
  const detail::EigenvaluePair<T> pair = detail::eigenvalues_2x2(J[0], J[2], J[1], J[3]);
  const bool swapped = pair.re1 > pair.re2 || (pair.re1 == pair.re2 && pair.im1 > pair.im2);
  e.re[0] = select(swapped, pair.re2, pair.re1);
  e.im[0] = select(swapped, pair.im2, pair.im1);
  e.re[1] = select(swapped, pair.re1, pair.re2);
  e.im[1] = select(swapped, pair.im1, pair.im2);
  e.type = detail::planar_type(model.circuit, e, J);
  return e;
}

namespace detail {

/// Appends the equilibrium (y, a), polished and judged. In the rectified model only if active, y > 0, unless `silent`.
template <class T>
ORGANICS_OUTLINED_FN void add_equilibrium(const CircuitModel<T>& model, T y, T a, bool silent,
                                          PlanarEquilibria<T>& found) {
  if (model.circuit.model == ModelKind::rectified && !silent && !(y > T(0))) return;
  if (!is_finite(y) || !is_finite(a)) {
    found.status = Status::non_finite;
    return;
  }
  if (found.count == max_planar_equilibria) return;  // cannot be
  T x[2] = {y, a};
  polish_planar(model, x);
  found.at[found.count++] = judge_planar(model, x[0], x[1]);
}

/// The equilibrium at s of the given sign of d.
template <class T>
ORGANICS_FN void add_root(const CircuitModel<T>& model, const PlanarEquation<T>& equation, T s, T sign_of_d,
                          PlanarEquilibria<T>& found) {
  const T y = with_sign(equation.size_of_y(s), equation.u * sign_of_d);
  add_equilibrium(model, y, s * s, false, found);
}

/// w = 0: a = c, and y d = u.
template <class T>
ORGANICS_FN void add_without_pool(const CircuitModel<T>& model, const PlanarEquation<T>& equation,
                                  PlanarEquilibria<T>& found) {
  const T d = equation.d(equation.r);
  if (d == T(0) && equation.u != T(0)) return;  // y grows without bound
  add_equilibrium(model, select(equation.u == T(0), T(0), equation.u / d), model.circuit.c(0), false, found);
}

/// u = 0, w > 0: rest, and where p > sqrt(c) the pair at s = p that d(p) = 0 leaves free to have any y d = 0.
template <class T>
ORGANICS_FN void add_without_drive(const CircuitModel<T>& model, const PlanarEquation<T>& equation,
                                   PlanarEquilibria<T>& found) {
  const T p = equation.p;
  add_equilibrium(model, T(0), model.circuit.c(0), true, found);
  if (!(p > equation.r) || equation.wr == T(0)) return;
  const T y = std::sqrt((p - equation.r) * (p + equation.r) / equation.w) / p;
  add_equilibrium(model, -y, p * p, false, found);
  add_equilibrium(model, y, p * p, false, found);
}

/// c = 0, u and w not: a = 0, where y (1 - wr) = u, and |d| = q, a linear equation of s on each side of p.
template <class T>
ORGANICS_FN void add_without_saturation(const CircuitModel<T>& model, const PlanarEquation<T>& equation,
                                        PlanarEquilibria<T>& found) {
  const T wr = equation.wr;
  if (wr != T(1)) add_equilibrium(model, equation.u / (T(1) - wr), T(0), false, found);
  if (wr == T(0)) return;
  const T reach = equation.q / absolute(wr);
  const T y = T(1) / std::sqrt(equation.w);
  const T lower = equation.p - reach;
  const T upper = equation.p + reach;
  if (lower > T(0)) add_equilibrium(model, with_sign(y, -equation.u * wr), lower * lower, false, found);
  if (upper > T(0)) add_equilibrium(model, with_sign(y, equation.u * wr), upper * upper, false, found);
}

/// The general case, c, u and w not zero.
template <class T>
ORGANICS_FN void add_by_pieces(const CircuitModel<T>& model, const PlanarEquation<T>& equation,
                               PlanarEquilibria<T>& found) {
  const T wr = equation.wr;
  const T r = equation.r;
  const T p = equation.p;
  const T q = equation.q;
  if (wr == T(0)) {  // drive stays below 1: beyond, a grows without bound
    if (q < T(1)) add_root(model, equation, r / std::sqrt((T(1) - q) * (T(1) + q)), T(1), found);
    return;
  }
  if (p > r) {
    const T c = model.circuit.c(0);
    const T fold = fold_drive(wr, c);
    const T s_fold = min(max(std::cbrt(c) * std::cbrt(p), r), p);
    // relative error of the fold's formula: its factor 1 - s_fold / p loses digits where s_fold is near p
    const T rounding = T(16) * epsilon<T>() * p / (p - s_fold);
    if (absolute(q - fold) <= rounding * fold) {
      add_root(model, equation, s_fold, -wr, found);
    } else if (q < fold) {
      add_root(model, equation, bisect_drive(equation, r, s_fold, true), -wr, found);
      add_root(model, equation, bisect_drive(equation, s_fold, p, false), -wr, found);
    }
  }
  const T lower = max(p, r);
  add_root(model, equation, bisect_drive(equation, lower, drive_bound(equation, lower), true), wr, found);
}

}  // namespace detail

/// Every equilibrium of a circuit with n = 1. Each is exact to rounding, polished on the equations themselves.
///
/// Rectified: those of the main model with y > 0, and the silent (u, c) if u <= 0. Two that coincide to rounding (a
/// fold) are one, of type marginal. Where c = 0, a = 0 is an equilibrium and its Jacobian is that of model.hpp. Where
/// a continuum solves the equations (w or c zero and d or 1 - w y^2 too), its member at a = c is listed, as marginal.
/// At the kink y = 0 of the rectified model the eigenvalues are those of the silent side, and the type is marginal when
/// the active side does not decay.
template <class T>
ORGANICS_FN PlanarEquilibria<T> planar_equilibria(const Circuit<T>& circuit) {
  const CircuitModel<T> model{circuit};
  const T wr = circuit.Wr[0];
  const T w = circuit.W[0];
  const T u = circuit.u(0);
  const T c = circuit.c(0);
  const detail::PlanarEquation<T> equation{wr, w, u, std::sqrt(c), std::sqrt(w) * absolute(u), (wr - T(1)) / wr};
  PlanarEquilibria<T> found;
  if (!is_finite(u) || !is_finite(c) || !is_finite(equation.q)) {
    found.status = Status::non_finite;
    return found;
  }
  if (circuit.model == ModelKind::rectified && u < T(0)) detail::add_equilibrium(model, u, c, true, found);
  if (u == T(0) && w > T(0)) {
    detail::add_without_drive(model, equation, found);
  } else if (u == T(0)) {
    detail::add_equilibrium(model, T(0), c, true, found);
  } else if (w == T(0)) {
    detail::add_without_pool(model, equation, found);
  } else if (c == T(0)) {
    detail::add_without_saturation(model, equation, found);
  } else {
    detail::add_by_pieces(model, equation, found);
  }
  return found;
}

}  // namespace organics::core
