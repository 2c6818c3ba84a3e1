// LU factorisation with partial pivoting and the solution of A x = b, in place.
//
// P A = L U column by column, right-looking (Golub and Van Loan, Matrix Computations, 4th ed., 3.4). The strict lower
// triangle of the result holds L (its diagonal is 1), the rest U; pivots[k] is the row that changed places with row k.
// Team contract as in team.hpp. The pivot is searched by every lane; rows are swapped by the owners of the columns,
// eliminated by the owners of the rows. No sum is split over lanes, so the bits do not depend on the width.
#pragma once

#include <cstddef>
#include <type_traits>

#include "organics/core/scalar.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

namespace detail {

/// Columns of L that are finished before they are taken out of the columns to their right. A lane that works alone
/// loads and stores each of those once for so many; in a team each would be one more sync.
template <class Team>
inline constexpr std::size_t panel_width = std::is_same_v<Team, Solo> ? 4 : 1;

/// Row >= k of the entry of largest magnitude; a NaN where there is one.
template <class T>
ORGANICS_FN IndexOf<T> pivot_row(const T* column, int k, int n) {
  IndexOf<T> row(k);
  T largest = absolute(column[k]);
  for (int i = k + 1; i < n; ++i) {
    const T magnitude = absolute(column[i]);
    const MaskOf<T> larger = magnitude > largest || magnitude != magnitude;
    largest = select(larger, magnitude, largest);
    row = select(larger, IndexOf<T>(i), row);
  }
  return row;
}

/// y_i -= factor x_i for i = first, first + stride, ... < end.
template <class T>
ORGANICS_FN void subtract_multiple(int first, int end, int stride, T factor, const T* __restrict x, T* __restrict y) {
  for (int i = first; i < end; i += stride) y[i] -= factor * x[i];
}

/// Takes a panel of L, columns k..k + Width - 1 from `panel` on, out of column y: first out of its rows k..k + Width - 1,
/// which become U, then out of rows first, first + stride, ... < n, which lie below.
template <std::size_t Width, class T>
ORGANICS_FN void subtract_panel(int first, int n, int stride, int k, const T* __restrict panel, T* __restrict y) {
  constexpr int width = Width;
  T u[Width];
  for (int r = 0; r < width; ++r) {
    u[r] = y[k + r];
    for (int s = 0; s < r; ++s) u[r] -= u[s] * panel[static_cast<std::ptrdiff_t>(s) * n + k + r];
    if (r > 0) y[k + r] = u[r];
  }
  for (int i = first; i < n; i += stride) {
    T rest = y[i];
    for (int r = 0; r < width; ++r) rest -= u[r] * panel[static_cast<std::ptrdiff_t>(r) * n + i];
    y[i] = rest;
  }
}

/// Divides this lane's share of the entries below the pivot by the pivot.
template <class T>
ORGANICS_FN void scale_multipliers(int first, int end, int stride, T pivot, T* x) {
  const MaskOf<T> normal = absolute(pivot) >= smallest_normal<T>();
  const T inverse = T(1) / pivot;
  if (all(normal)) {
    for (int i = first; i < end; i += stride) x[i] *= inverse;
  } else {  // the inverse may overflow, the quotients do not: no entry is larger than the pivot
    for (int i = first; i < end; i += stride) x[i] = select(normal, x[i] * inverse, x[i] / pivot);
  }
}

}  // namespace detail

/// Factors A (n x n) in place. False, on every lane, when a pivot is zero or not finite; A and pivots are then garbage.
template <class T, class Team>
ORGANICS_OUTLINED_FN MaskOf<T> lu_factor(const Team& team, T* A, int n, IndexOf<T>* pivots) {
  constexpr int width = detail::panel_width<Team>;
  const int stride = team.size();
  MaskOf<T> regular(true);
  int first = team.rank();
  for (int start = 0; start < n; start += width) {
    T* panel = A + static_cast<std::ptrdiff_t>(start) * n;
    const int end = start + width < n ? start + width : n;
    for (int k = start; k < end; ++k) {
      T* column_k = A + static_cast<std::ptrdiff_t>(k) * n;
      const IndexOf<T> p = detail::pivot_row(column_k, k, n);
      const T pivot = entry(column_k, p);
      team.sync();  // every lane has seen the column before anyone moves it
      regular = regular && absolute(pivot) > T(0) && is_finite(pivot);
      if (!any(regular)) return regular;
      if (team.rank() == 0) pivots[k] = p;
      if (any(p != IndexOf<T>(k))) {
        for_each_own(team, n, [&](int j) { exchange(A + static_cast<std::ptrdiff_t>(j) * n, k, p); });
        team.sync();
      }
      if (first <= k) first += stride;  // this lane's first row below the pivot
      detail::scale_multipliers(first, n, stride, pivot, column_k);
      for (int j = k + 1; j < end; ++j) {
        T* column = A + static_cast<std::ptrdiff_t>(j) * n;
        detail::subtract_multiple(first, n, stride, column[k], column_k, column);
      }
    }
    for (int j = end; j < n; ++j) {
      detail::subtract_panel<detail::panel_width<Team>>(first, n, stride, start, panel,
                                                        A + static_cast<std::ptrdiff_t>(j) * n);
    }
    team.sync();
  }
  return regular;
}

/// Solves A x = b from the factors, b becomes x.
template <class T, class Team>
ORGANICS_OUTLINED_FN void lu_solve(const Team& team, const T* LU, int n, const IndexOf<T>* pivots, T* b) {
  const int stride = team.size();
  if (team.rank() == 0) {
    for (int k = 0; k < n; ++k) exchange(b, k, pivots[k]);
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

namespace detail {

/// Takes the known rows begin..end - 1 of `Columns` solutions at b out of rows i..i + Rows - 1, which go to `sums`.
/// Rows are taken out upwards (step 1) or downwards (step -1) from `begin`.
template <std::size_t Rows, std::size_t Columns, class T>
ORGANICS_FN void subtract_known(const T* LU, int n, int i, int begin, int count, int step, const T* b,
                                T (&sums)[Columns][Rows]) {
  constexpr int rows = Rows;
  constexpr int columns = Columns;
  for (int c = 0; c < columns; ++c) {
    for (int r = 0; r < rows; ++r) sums[c][r] = b[static_cast<std::ptrdiff_t>(c) * n + i + r];
  }
  for (int t = 0; t < count; ++t) {
    const int k = begin + step * t;
    const T* column = LU + static_cast<std::ptrdiff_t>(k) * n + i;
    for (int c = 0; c < columns; ++c) {
      const T known = b[static_cast<std::ptrdiff_t>(c) * n + k];
      for (int r = 0; r < rows; ++r) sums[c][r] -= known * column[r];
    }
  }
}

/// Rows i..i + Rows - 1 of L c = P b, those above being known.
template <std::size_t Rows, std::size_t Columns, class T>
ORGANICS_FN void solve_rows_of_lower(const T* LU, int n, int i, T* b) {
  constexpr int rows = Rows;
  constexpr int columns = Columns;
  T sums[Columns][Rows];
  subtract_known<Rows, Columns>(LU, n, i, 0, i, 1, b, sums);
  for (int c = 0; c < columns; ++c) {
    for (int r = 0; r < rows; ++r) {
      for (int s = 0; s < r; ++s) sums[c][r] -= sums[c][s] * LU[static_cast<std::ptrdiff_t>(i + s) * n + i + r];
      b[static_cast<std::ptrdiff_t>(c) * n + i + r] = sums[c][r];
    }
  }
}

/// Rows i..i + Rows - 1 of U x = c, those below being known.
template <std::size_t Rows, std::size_t Columns, class T>
ORGANICS_FN void solve_rows_of_upper(const T* LU, int n, int i, T* b) {
  constexpr int rows = Rows;
  constexpr int columns = Columns;
  T sums[Columns][Rows];
  subtract_known<Rows, Columns>(LU, n, i, n - 1, n - i - rows, -1, b, sums);
  for (int r = rows - 1; r >= 0; --r) {
    const T inverse = T(1) / LU[static_cast<std::ptrdiff_t>(i + r) * n + i + r];
    for (int c = 0; c < columns; ++c) {
      for (int s = rows - 1; s > r; --s) sums[c][r] -= sums[c][s] * LU[static_cast<std::ptrdiff_t>(i + s) * n + i + r];
      sums[c][r] *= inverse;
      b[static_cast<std::ptrdiff_t>(c) * n + i + r] = sums[c][r];
    }
  }
}

/// Solves for `Columns` right-hand sides at b on one lane, some rows at a time.
template <std::size_t Columns, class T>
ORGANICS_FN void solve_columns(const T* LU, int n, const IndexOf<T>* pivots, T* b) {
  constexpr int columns = Columns;
  constexpr int rows = TileShape<T>::rows;
  for (int k = 0; k < n; ++k) {
    if (!any(pivots[k] != IndexOf<T>(k))) continue;
    for (int c = 0; c < columns; ++c) exchange(b + static_cast<std::ptrdiff_t>(c) * n, k, pivots[k]);
  }
  const int rest = n % rows;  // rows of their own at the bottom
  for (int i = 0; i < n - rest; i += rows) solve_rows_of_lower<TileShape<T>::rows, Columns>(LU, n, i, b);
  for (int i = n - rest; i < n; ++i) solve_rows_of_lower<1, Columns>(LU, n, i, b);
  for (int i = n - 1; i >= n - rest; --i) solve_rows_of_upper<1, Columns>(LU, n, i, b);
  for (int i = n - rest - rows; i >= 0; i -= rows) solve_rows_of_upper<TileShape<T>::rows, Columns>(LU, n, i, b);
}

}  // namespace detail

/// Solves A X = B (n x count) from the factors, B becomes X. Multiplies by the inverses of the pivots, so that a pivot
/// whose inverse overflows gives what is not finite.
template <class T, class Team>
ORGANICS_OUTLINED_FN void lu_solve_columns(const Team& team, const T* LU, int n, const IndexOf<T>* pivots, T* B,
                                           int count) {
  constexpr std::size_t width = std::is_same_v<Team, Solo> ? TileShape<T>::columns : 1;
  constexpr int columns = width;
  for_each_own(team, (count + columns - 1) / columns, [&](int group) {
    const int j = group * columns;
    T* b = B + static_cast<std::ptrdiff_t>(j) * n;
    if (j + columns <= count) {
      detail::solve_columns<width>(LU, n, pivots, b);
      return;
    }
    for (int c = 0; c < count - j; ++c) detail::solve_columns<1>(LU, n, pivots, b + static_cast<std::ptrdiff_t>(c) * n);
  });
  team.sync();
}

}  // namespace organics::core
