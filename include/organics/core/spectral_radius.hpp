// The spectral radius of a real matrix: the largest magnitude of its eigenvalues.
//
// Rows and columns of nodes that lie on no path between cycles of the matrix's graph carry eigenvalues 0 alone; they
// are cleared first. What QR makes of a defective 0 is about the n-th root of the rounding, and no small number.
// Team contract as in team.hpp.
#pragma once

#include <cmath>
#include <cstddef>

#include "organics/core/eigenvalues.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of spectral_radius, in numbers.
ORGANICS_FN constexpr std::size_t spectral_radius_scratch(int n) {
  const auto size = static_cast<std::size_t>(n);
  return n == 1 ? 0 : size * size + 2 * size + eigenvalues_scratch(n);
}

namespace detail {

/// True when B has an entry other than 0 in both row and column i, at nodes that are alive.
template <class T>
ORGANICS_FN bool has_both_ways(const T* B, int n, const T* alive, int i) {
  bool in = false;
  bool out = false;
  for (int j = 0; j < n; ++j) {
    if (alive[j] == T(0)) continue;
    in = in || B[static_cast<std::ptrdiff_t>(j) * n + i] != T(0);
    out = out || B[static_cast<std::ptrdiff_t>(i) * n + j] != T(0);
  }
  return in && out;
}

/// Clears rows and columns of nodes that no path between cycles meets. Returns how many nodes are left.
/// `alive` and `next` hold n numbers each.
template <class T, class Team>
ORGANICS_FN int clear_acyclic(const Team& team, T* B, int n, T* alive, T* next) {
  for_each_own(team, n, [&](int i) { alive[i] = T(1); });
  team.sync();
  int left = n;
  for (;;) {
    for_each_own(team, n, [&](int i) { next[i] = alive[i] != T(0) && has_both_ways(B, n, alive, i) ? T(1) : T(0); });
    team.sync();
    int still = 0;
    for (int i = 0; i < n; ++i) still += next[i] != T(0) ? 1 : 0;
    T* const other = alive;
    alive = next;
    next = other;
    if (still == left) break;
    left = still;
    team.sync();  // every lane has counted
  }
  for_each_own(team, n, [&](int j) {
    for (int i = 0; i < n; ++i) {
      if (alive[i] == T(0) || alive[j] == T(0)) B[static_cast<std::ptrdiff_t>(j) * n + i] = T(0);
    }
  });
  team.sync();
  return left;
}

}  // namespace detail

/// The largest magnitude of an eigenvalue of A (n x n, kept), the same on every lane; NaN when the QR iteration fails or
/// an entry is not finite. Needs spectral_radius_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN T spectral_radius(const Team& team, const T* A, int n, T* scratch) {
  if (n == 1) return absolute(A[0]);
  T* B = scratch;
  T* re = B + static_cast<std::ptrdiff_t>(n) * n;
  T* im = re + n;
  for_each_own(team, n * n, [&](int k) { B[k] = A[k]; });
  team.sync();
  if (detail::clear_acyclic(team, B, n, re, im) == 0) return T(0);
  eigenvalues(team, B, n, re, im, im + n);
  T largest = T(0);
  for (int i = 0; i < n; ++i) largest = max_or_nan(largest, std::sqrt(re[i] * re[i] + im[i] * im[i]));
  team.sync();  // every lane has read the scratch
  return largest;
}

}  // namespace organics::core
