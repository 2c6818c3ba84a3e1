// A proof of stability by the symmetric part: where A = D^-1 J D has a negative definite (A + A^T) / 2 for some positive
// diagonal D, every eigenvalue of J lies in the open left half plane (D^-2 is a Lyapunov matrix of J).
//
// D makes rows and columns of A equally long (Osborne 1960: the D of least Frobenius norm), which is the right one for
// nearly every circuit of ordinary ensembles. H = -(A + A^T) / 2 is shown to be definite by the pivots of its LDL^T
// factorisation: if those of the computed H - c I are positive, then H is definite beyond all rounding
// (Demmel 1989; Rump 2006; docs/decisions/0014-symmetric-part-first.md adds the terms of c up).
// Work: m^3 / 3 operations, a thirtieth of what squaring a Cayley transform takes.
// Team contract as in team.hpp. Every sum has one owner: the bits do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/rounding_bound.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

template <class T>
struct SymmetricPartWork {
  T* squares;     ///< m x m
  T* symmetric;   ///< m x m
  T* scale;       ///< m: the diagonal of D
  T* inverse;     ///< m: of it
  T* magnitudes;  ///< m
};

namespace detail {

inline constexpr int osborne_sweeps = 2;

/// Sum of squares in column k, and in row k, without the diagonal, which is zero. Each in two parts, since additions wait
/// for each other.
template <class T>
ORGANICS_FN void sum_row_and_column(const T* squares, int m, int k, T& row, T& column) {
  T rows[2] = {T(0), T(0)};
  T columns[2] = {T(0), T(0)};
  const T* in_column = squares + static_cast<std::ptrdiff_t>(k) * m;
  const T* in_row = squares + k;
  int j = 0;
  for (; j + 1 < m; j += 2) {
    for (int part = 0; part < 2; ++part) {
      columns[part] += in_column[j + part];
      rows[part] += in_row[static_cast<std::ptrdiff_t>(j + part) * m];
    }
  }
  if (j < m) {
    columns[0] += in_column[j];
    rows[0] += in_row[static_cast<std::ptrdiff_t>(j) * m];
  }
  row = rows[0] + rows[1];
  column = columns[0] + columns[1];
}

/// Finds D for J. Whatever comes out is right, but a D far from 1 is refused: false where one is.
template <class T, class Team>
ORGANICS_FN MaskOf<T> osborne_scale(const Team& team, const T* J, int m, T safe, const SymmetricPartWork<T>& work) {
  T* const squares = work.squares;
  T* const scale = work.scale;  // squared, while it is sought
  for_each_own(team, m * m, [&](int k) { squares[k] = k % (m + 1) == 0 ? T(0) : (J[k] * safe) * (J[k] * safe); });
  for_each_own(team, m, [&](int i) { scale[i] = T(1); });
  team.sync();
  for (int sweep = 0; sweep < osborne_sweeps; ++sweep) {
    for (int k = 0; k < m; ++k) {
      T row;
      T column;
      sum_row_and_column(squares, m, k, row, column);
      const MaskOf<T> weighed = row > T(0) && column > T(0);
      const T factor = select(weighed, square_root(row / column), T(1));
      const T inverse = T(1) / factor;
      team.sync();  // every lane has seen row and column
      if (team.rank() == 0) scale[k] *= factor;
      for_each_own(team, m, [&](int j) {
        squares[static_cast<std::ptrdiff_t>(k) * m + j] *= factor;
        squares[static_cast<std::ptrdiff_t>(j) * m + k] *= inverse;
      });
      team.sync();
    }
  }
  MaskOf<T> near(true);
  constexpr int quarter = Limits<T>::exponent_range / 4;
  const T limit = times_power_of_two(T(1), T(quarter));
  for (int i = 0; i < m; ++i) near = near && scale[i] < limit && scale[i] > T(1) / limit;
  team.sync();  // every lane has seen the squared scales
  for_each_own(team, m, [&](int i) {
    scale[i] = square_root(scale[i]);
    work.inverse[i] = T(1) / scale[i];
  });
  team.sync();
  return near;
}

/// H <- -(A + A^T) / 2, lower triangle. Returns c: more than what H, and the pivots of H - c I, can be off by.
template <class T, class Team>
ORGANICS_FN T symmetric_part(const Team& team, const T* J, int m, T safe, T perturbation,
                             const SymmetricPartWork<T>& work) {
  const T* d = work.scale;
  const T* inverse = work.inverse;
  for_each_own(team, m, [&](int j) {
    T* column = work.symmetric + static_cast<std::ptrdiff_t>(j) * m;
    const T* below = J + static_cast<std::ptrdiff_t>(j) * m;
    column[j] = -below[j] * safe;
    T sum = T(0);
    for (int i = j + 1; i < m; ++i) {
      const T a = below[i] * safe * (d[j] * inverse[i]);
      const T b = J[static_cast<std::ptrdiff_t>(i) * m + j] * safe * (d[i] * inverse[j]);
      column[i] = T(-0.5) * (a + b);
      sum += absolute(a) + absolute(b);
    }
    work.magnitudes[j] = sum;
  });
  team.sync();
  T total = T(0);  // of the magnitudes of A off its diagonal
  T trace = T(0);
  T largest = T(0);
  T largest_inverse = T(0);
  for (int j = 0; j < m; ++j) {
    total += work.magnitudes[j];
    trace += absolute(work.symmetric[static_cast<std::ptrdiff_t>(j) * m + j]);
    largest = max(largest, d[j]);
    largest_inverse = max(largest_inverse, inverse[j]);
  }
  team.sync();
  const RoundingBound<T> bound{m};
  const T spread = largest * largest_inverse;  // >= 1, by which D can enlarge an entry, and what underflowed of it
  return bound.up(bound.gamma(2) * total + bound.gamma(m + 8) * trace + (perturbation * safe + bound.tiny()) * spread);
}

/// Whether every pivot of the symmetric matrix H - c I (lower triangle, destroyed) is positive.
template <class T, class Team>
ORGANICS_FN MaskOf<T> has_positive_pivots(const Team& team, T* H, int m, T c) {
  const int stride = team.size();
  for_each_own(team, m, [&](int i) { H[static_cast<std::ptrdiff_t>(i) * m + i] -= c; });
  team.sync();
  MaskOf<T> positive(true);
  int first = team.rank();  // this lane's first row below the pivot
  for (int k = 0; k < m; ++k) {
    const T* column_k = H + static_cast<std::ptrdiff_t>(k) * m;
    positive = positive && column_k[k] > T(0) && is_finite(column_k[k]);
    if (!any(positive)) return positive;
    if (first <= k) first += stride;
    const T inverse = T(1) / column_k[k];
    int own = first;
    for (int j = k + 1; j < m; ++j) {
      if (own < j) own += stride;
      const T factor = column_k[j] * inverse;
      T* column = H + static_cast<std::ptrdiff_t>(j) * m;
      for (int i = own; i < m; i += stride) column[i] -= factor * column_k[i];
    }
    team.sync();
  }
  return positive;
}

}  // namespace detail

/// Tries to prove J (m x m, visible, kept) stable, and with it every matrix within `perturbation` of it (Frobenius).
/// False says nothing. `safe`: a power of two that makes J safe to square.
template <class T, class Team>
ORGANICS_OUTLINED_FN MaskOf<T> symmetric_part_proves(const Team& team, const T* J, int m, T safe, T perturbation,
                                                     const SymmetricPartWork<T>& work) {
  const MaskOf<T> near = detail::osborne_scale(team, J, m, safe, work);
  if (!any(near)) return near;
  const T c = detail::symmetric_part(team, J, m, safe, perturbation, work);
  return near && detail::has_positive_pivots(team, work.symmetric, m, c);
}

}  // namespace organics::core
