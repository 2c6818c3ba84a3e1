// The orthogonal factor of a square matrix.
//
// A = Q R by Householder reflectors (Golub and Van Loan, Matrix Computations, 4th ed., 5.2), with the diagonal of R
// made positive: then Q is unique, and of a Gaussian A it is uniform on the orthogonal group (Mezzadri 2007, Notices of
// the AMS 54, 592). Team contract as in team.hpp; columns belong to lanes, so bits do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/hessenberg.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of orthogonal_factor, in numbers.
ORGANICS_FN constexpr std::size_t orthogonal_factor_scratch(int n) {
  return static_cast<std::size_t>(n) * static_cast<std::size_t>(n + 2);
}

namespace detail {

/// x <- (I - tau v v^T) x with v = (1, inverse * tail).
template <class T>
ORGANICS_FN void reflect_column(const T* tail, int count, T tau, T inverse, T* x) {
  T sum = x[0];
  for (int i = 1; i < count; ++i) sum += inverse * tail[i] * x[i];
  sum *= tau;
  x[0] -= sum;
  for (int i = 1; i < count; ++i) x[i] -= sum * (inverse * tail[i]);
}

}  // namespace detail

/// A <- Q. Needs orthogonal_factor_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN void orthogonal_factor(const Team& team, T* A, int n, T* scratch) {
  T* Q = scratch;
  T* tau = Q + static_cast<std::ptrdiff_t>(n) * n;
  T* inverse = tau + n;
  const auto column = [&](T* matrix, int j) { return matrix + static_cast<std::ptrdiff_t>(j) * n; };
  // the reflectors: column k keeps the tail of the k-th from now on, and on its diagonal the sign of R's
  for (int k = 0; k < n; ++k) {
    const T* below = column(A, k) + k;
    const detail::Reflector<T> h = detail::column_reflector(below, n - k);
    for (int j = k + 1 + team.rank(); j < n; j += team.size()) {
      detail::reflect_column(below, n - k, h.tau, h.inverse, column(A, j) + k);
    }
    team.sync();
    if (team.rank() == 0) {
      tau[k] = h.tau;
      inverse[k] = h.inverse;
      A[static_cast<std::ptrdiff_t>(k) * (n + 1)] = with_sign(T(1), h.beta);
    }
  }
  team.sync();
  // Q = H_0 ... H_{n-1} D, column by column from the last reflector
  for_each_own(team, n, [&](int j) {
    T* q = column(Q, j);
    for (int i = 0; i < n; ++i) q[i] = i == j ? A[static_cast<std::ptrdiff_t>(j) * (n + 1)] : T(0);
    for (int k = j; k >= 0; --k) detail::reflect_column(column(A, k) + k, n - k, tau[k], inverse[k], q + k);
  });
  team.sync();
  for_each_own(team, n * n, [&](int k) { A[k] = Q[k]; });
  team.sync();
}

}  // namespace organics::core
