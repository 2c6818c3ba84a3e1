// LU factorisation with partial pivoting and the solution of A x = b, in place.
//
// P A = L U column by column, right-looking (Golub and Van Loan, Matrix Computations, 4th ed., 3.4). The strict lower
// triangle of the result holds L (its diagonal is 1), the rest U; pivots[k] is the row that changed places with row k.
// Team contract as in team.hpp. The pivot is searched by every lane; rows are swapped by the owners of the columns,
// eliminated by the owners of the rows. No sum is split over lanes, so the bits do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/scalar.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

namespace detail {

/// Row >= k of the entry of largest magnitude; the first NaN where there is one.
template <class T>
ORGANICS_FN int pivot_row(const T* column, int k, int n) {
  int row = k;
  T largest = absolute(column[k]);
  for (int i = k + 1; i < n; ++i) {
    const T magnitude = absolute(column[i]);
    if (magnitude > largest || magnitude != magnitude) {
      largest = magnitude;
      row = i;
    }
  }
  return row;
}

/// y_i -= factor x_i for i = first, first + stride, ... < end.
template <class T>
ORGANICS_FN void subtract_multiple(int first, int end, int stride, T factor, const T* __restrict x, T* __restrict y) {
  for (int i = first; i < end; i += stride) y[i] -= factor * x[i];
}

/// Divides this lane's share of the entries below the pivot by the pivot.
template <class T>
ORGANICS_FN void scale_multipliers(int first, int end, int stride, T pivot, T* x) {
  if (absolute(pivot) >= smallest_normal<T>()) {
    const T inverse = T(1) / pivot;
    for (int i = first; i < end; i += stride) x[i] *= inverse;
  } else {  // the inverse may overflow, the quotients do not: no entry is larger than the pivot
    for (int i = first; i < end; i += stride) x[i] /= pivot;
  }
}

}  // namespace detail

/// Factors A (n x n) in place. False, on every lane, when a pivot is zero or not finite; A and pivots are then garbage.
template <class T, class Team>
ORGANICS_OUTLINED_FN bool lu_factor(const Team& team, T* A, int n, int* pivots) {
  const int stride = team.size();
  int first = team.rank();
  for (int k = 0; k < n; ++k) {
    T* column_k = A + static_cast<std::ptrdiff_t>(k) * n;
    const int p = detail::pivot_row(column_k, k, n);
    const T pivot = column_k[p];
    team.sync();  // every lane has seen the column before anyone moves it
    if (!(absolute(pivot) > T(0)) || !is_finite(pivot)) return false;
    if (team.rank() == 0) pivots[k] = p;
    if (p != k) {
      for_each_own(team, n, [&](int j) {
        T* column = A + static_cast<std::ptrdiff_t>(j) * n;
        const T moved = column[k];
        column[k] = column[p];
        column[p] = moved;
      });
      team.sync();
    }
    if (first <= k) first += stride;  // this lane's first row below the pivot
    detail::scale_multipliers(first, n, stride, pivot, column_k);
    for (int j = k + 1; j < n; ++j) {
      T* column = A + static_cast<std::ptrdiff_t>(j) * n;
      detail::subtract_multiple(first, n, stride, column[k], column_k, column);
    }
    team.sync();
  }
  return true;
}

/// Solves A x = b from the factors, b becomes x.
template <class T, class Team>
ORGANICS_OUTLINED_FN void lu_solve(const Team& team, const T* LU, int n, const int* pivots, T* b) {
  const int stride = team.size();
  if (team.rank() == 0) {
    for (int k = 0; k < n; ++k) {
      const int p = pivots[k];
      const T moved = b[k];
      b[k] = b[p];
      b[p] = moved;
    }
  }
  team.sync();
  // L c = P b: once c_k is final, every lane takes it out of its rows below.
  int first = team.rank();
  for (int k = 0; k < n - 1; ++k) {
    if (first <= k) first += stride;
    detail::subtract_multiple(first, n, stride, b[k], LU + static_cast<std::ptrdiff_t>(k) * n, b);
    team.sync();
  }
  // U x = c: the owner of row k divides, then every lane takes x_k out of its rows above.
  for (int k = n - 1; k >= 0; --k) {
    const T* column = LU + static_cast<std::ptrdiff_t>(k) * n;
    if (k % stride == team.rank()) b[k] /= column[k];
    team.sync();  // the last one closes the function: nothing lies above row 0, and b is the caller's again
    if (k > 0) detail::subtract_multiple(team.rank(), k, stride, b[k], column, b);
  }
}

}  // namespace organics::core
