// The largest singular value of a square matrix.
//
// G = A A^T, reduced to tridiagonal form by reflectors; its largest eigenvalue x by Newton's method from the right on
// p(x) = det(x - G), with p'/p from the recurrence of the pivots of x - G (Golub and Van Loan, Matrix Computations,
// 4th ed., 8.4), inside a bracket that is bisected whenever Newton is slow. sigma_max = sqrt(x).
// Team contract as in team.hpp; G is formed by the owners of its rows, the root is found by every lane.
#pragma once

#include <cstddef>

#include "organics/core/hessenberg.hpp"
#include "organics/core/scalar.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of largest_singular_value, in numbers.
ORGANICS_FN constexpr std::size_t largest_singular_value_scratch(int n) {
  return static_cast<std::size_t>(n) * static_cast<std::size_t>(n) + reduce_to_hessenberg_scratch(n);
}

namespace detail {

/// G = (scale A) (scale A)^T. Ends with a sync.
template <class T, class Team>
ORGANICS_FN void form_gram(const Team& team, const T* A, int n, T scale, T* G) {
  for (int j = 0; j < n; ++j) {
    const T* row = A + j;
    T* column = G + static_cast<std::ptrdiff_t>(j) * n;
    const auto entry = [&](int k) { return row[static_cast<std::ptrdiff_t>(k) * n]; };
    if (all(scale == T(1))) {
      row_sums(team, A, n, 0, entry, [&](int i, T sum) { column[i] = sum; });
      continue;
    }
    for_each_own(team, n, [&](int i) {
      T sum = T(0);
      for (int k = 0; k < n; ++k) sum += (scale * A[static_cast<std::ptrdiff_t>(k) * n + i]) * (scale * entry(k));
      column[i] = sum;
    });
  }
  team.sync();
}

/// p'(x) / p(x) of the symmetric tridiagonal matrix in G, or 0 unless x lies above all its eigenvalues.
///   s_i = x - d_i - e_{i-1}^2 / s_{i-1} > 0,   p'/p = sum_i s_i' / s_i
template <class T>
ORGANICS_FN T newton_slope(const T* G, int n, T x) {
  MaskOf<T> above(true);
  T slope = T(0);
  T ratio = T(0);     // s' / s of the row before
  T coupling = T(0);  // e^2 / s of the row before
  for (int i = 0; i < n; ++i) {
    const T* column = G + static_cast<std::ptrdiff_t>(i) * n;
    const T s = x - column[i] - coupling;
    above = above && s > T(0);
    if (!any(above)) return T(0);
    const T inverse = T(1) / s;
    ratio = (T(1) + coupling * ratio) * inverse;
    slope += ratio;
    if (i + 1 < n) coupling = column[i + 1] * column[i + 1] * inverse;
  }
  return select(above, slope, T(0));
}

/// Bounds of the largest eigenvalue of the tridiagonal matrix in G: its largest diagonal entry, and Gershgorin's.
template <class T>
ORGANICS_FN void eigenvalue_bounds(const T* G, int n, T& lower, T& upper) {
  T before = T(0);
  for (int i = 0; i < n; ++i) {
    const T* column = G + static_cast<std::ptrdiff_t>(i) * n;
    const T after = i + 1 < n ? absolute(column[i + 1]) : T(0);
    lower = i == 0 ? column[0] : max(lower, column[i]);
    upper = i == 0 ? column[0] + after : max(upper, column[i] + (before + after));
    before = after;
  }
}

/// Largest eigenvalue of the symmetric, positive semidefinite tridiagonal matrix in G.
/// Above all eigenvalues m := p'/p obeys 1/(x - x_max) <= m <= n/(x - x_max): each Newton step bounds x_max from both
/// sides. At least every second evaluation halves the bracket, so the cap is never what ends a finite problem.
template <class T>
ORGANICS_FN T largest_tridiagonal_eigenvalue(const T* G, int n) {
  constexpr int most_evaluations = 160;
  T lower = T(0);
  T upper = T(0);
  eigenvalue_bounds(G, n, lower, upper);
  T x = upper * (T(1) + T(4) * epsilon<T>());
  MaskOf<T> open(true);
  for (int k = 0; k < most_evaluations; ++k) {
    const T width = upper - lower;
    open = open && width > T(2) * epsilon<T>() * upper;
    if (!any(open)) break;
    const T slope = newton_slope(G, n, x);
    const MaskOf<T> above = slope > T(0);
    const T step = T(1) / slope;
    upper = select(open && above, min(upper, x - step), upper);
    lower = select(open, max(lower, select(above, x - static_cast<T>(n) * step, x)), lower);
    open = open && (!above || step > T(2) * epsilon<T>() * x);
    const MaskOf<T> fast = above && upper - lower < T(0.5) * width;
    x = select(fast, upper, lower + T(0.5) * (upper - lower));
  }
  return upper;
}

}  // namespace detail

/// The largest singular value of A (n x n), the same on every lane; NaN when A has an entry that is not finite.
/// Needs largest_singular_value_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN T largest_singular_value(const Team& team, const T* A, int n, T* scratch) {
  if (n == 1) return select(is_finite(A[0]), absolute(A[0]), A[0] - A[0]);
  T* G = scratch;
  T* rest = scratch + static_cast<std::ptrdiff_t>(n) * n;
  const T largest = detail::largest_magnitude(team, A, n, rest);
  const T of_others = largest - largest;  // of matrices that are zero, or not finite
  const MaskOf<T> ordinary = is_finite(largest) && largest > T(0);
  if (!any(ordinary)) return of_others;
  const T scale = detail::safe_scale(largest);
  detail::form_gram(team, A, n, scale, G);
  reduce_to_hessenberg(team, G, n, rest);
  const T sigma = square_root(detail::largest_tridiagonal_eigenvalue(G, n));
  team.sync();  // every lane has read the scratch
  return select(ordinary, sigma / scale, of_others);
}

}  // namespace organics::core
