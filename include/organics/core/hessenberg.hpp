// Towards the spectrum: balancing and the reduction to upper Hessenberg form, both similarity transformations in place.
//
// Balancing: A <- D^-1 A D with D of powers of two, so that row i and column i weigh about the same (Parlett and
// Reinsch 1969), in the 2-norm with the diagonal, which leaves alone what balancing would spoil, such as Frank matrices
// (James, Langou and Lowery 2014, arXiv:1401.5766). Reduction: Householder reflectors, each applied from both sides as
// one update of rank two (Golub and Van Loan, Matrix Computations, 4th ed., 7.4).
// A symmetric matrix becomes tridiagonal.
// Team contract as in team.hpp. Scalars that decide are computed by every lane from shared memory in the same order,
// rows and columns are updated by their owners: the bits do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/row_sums.hpp"
#include "organics/core/scalar.hpp"

namespace organics::core {

/// Scratch of balance, in numbers.
ORGANICS_FN constexpr std::size_t balance_scratch(int n) { return static_cast<std::size_t>(n); }

/// Scratch of reduce_to_hessenberg, in numbers.
ORGANICS_FN constexpr std::size_t reduce_to_hessenberg_scratch(int n) { return 3 * static_cast<std::size_t>(n); }

namespace detail {

/// Largest magnitude in A, NaN if there is a NaN. Needs n numbers of scratch, free again on return.
template <class T, class Team>
ORGANICS_FN T largest_magnitude(const Team& team, const T* A, int n, T* scratch) {
  for_each_own(team, n, [&](int i) { scratch[i] = T(0); });
  for (int j = 0; j < n; ++j) {
    const T* column = A + static_cast<std::ptrdiff_t>(j) * n;
    for_each_own(team, n, [&](int i) { scratch[i] = max_or_nan(scratch[i], absolute(column[i])); });
  }
  team.sync();
  T largest = T(0);
  for (int i = 0; i < n; ++i) largest = max_or_nan(largest, scratch[i]);
  team.sync();
  return largest;
}

/// A power of two that makes A safe to square; 1 for every matrix of ordinary size, and where that is not finite.
template <class T>
ORGANICS_FN T safe_scale(T largest) {
  const T safe = square_root(smallest_normal<T>()) / epsilon<T>();
  const MaskOf<T> extreme = largest > T(0) && is_finite(largest) && !(largest >= safe && largest <= T(1) / safe);
  if (!any(extreme)) return T(1);
  const T exponent = select(extreme, exponent_of(largest), T(0));
  return min(times_power_of_two(T(1), -exponent), T(1) / smallest_normal<T>());
}

/// w_j = factor sum_i v_i M(i, j) for this lane's columns j = first + rank, ..., i = first..n-1 in order.
template <class T, class Team>
ORGANICS_FN void multiply_columns(const Team& team, const T* M, int n, int first, T factor, const T* v, T* w) {
  constexpr int block = 4;
  const int stride = team.size();
  int j = first + team.rank();
  for (; j + (block - 1) * stride < n; j += block * stride) {
    const T* column = M + static_cast<std::ptrdiff_t>(j) * n;
    const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(stride) * n;
    T sum[block] = {};
    for (int i = first; i < n; ++i) {
      for (int r = 0; r < block; ++r) sum[r] += v[i] * column[r * step + i];
    }
    for (int r = 0; r < block; ++r) w[j + r * stride] = factor * sum[r];
  }
  for (; j < n; j += stride) {
    const T* column = M + static_cast<std::ptrdiff_t>(j) * n;
    T sum = T(0);
    for (int i = first; i < n; ++i) sum += v[i] * column[i];
    w[j] = factor * sum;
  }
}

/// True when a sum of squares lost nothing that matters to overflow or underflow.
template <class T>
ORGANICS_FN MaskOf<T> is_safe_square(T sum) {
  return sum >= smallest_normal<T>() / (epsilon<T>() * epsilon<T>()) && sum <= largest_finite<T>();
}

/// 2-norm of x_0, x_step, ..., x_{(n-1) step}, safe from overflow and underflow; not finite when an entry is not.
template <class T>
ORGANICS_FN T strided_norm(const T* x, int n, std::ptrdiff_t step) {
  T square = T(0);
  for (int j = 0; j < n; ++j) square += x[j * step] * x[j * step];
  const MaskOf<T> safe = is_safe_square(square);
  if (all(safe)) return square_root(square);
  T largest = T(0);
  for (int j = 0; j < n; ++j) largest = max_or_nan(largest, absolute(x[j * step]));
  T scaled = T(0);
  for (int j = 0; j < n; ++j) scaled += (x[j * step] / largest) * (x[j * step] / largest);
  const MaskOf<T> plain = safe || largest == T(0) || !is_finite(largest);
  return select(plain, square_root(square), largest * square_root(scaled));
}

/// The power of two that balances row i against column i; 1 when they weigh the same or the gain is below 5 percent.
template <class T>
ORGANICS_FN T balancing_factor(const T* A, int n, int i) {
  const T column = strided_norm(A + static_cast<std::ptrdiff_t>(i) * n, n, 1);
  const T row = strided_norm(A + i, n, n);
  const T half = T(0.5);
  const MaskOf<T> weighed = column > T(0) && row > T(0) && is_finite(column) && is_finite(row);
  const MaskOf<T> uneven = weighed && !(half * row <= column && half * column <= row);
  if (!any(uneven)) return T(1);
  // f = 2^k with f^2 nearest to row / column
  const T bound = T(0.0625) * largest_finite<T>();
  const T exponent = exponent_of(max(min(row / column, bound), T(1) / bound));
  const T f = times_power_of_two(T(1), select(uneven, round_down(half * exponent), T(0)));
  return select(uneven && column * f + row / f < T(0.95) * (column + row), f, T(1));
}

/// A Householder reflector I - tau v v^T with v = (1, inverse * tail) that maps (alpha, tail) to (beta, 0).
/// tau == 0: nothing to reflect, the tail is negligible.
template <class T>
struct Reflector {
  T beta;
  T tau;
  T inverse;
};

template <class T>
ORGANICS_FN Reflector<T> reflector(T alpha, T norm) {
  const T beta = -with_sign(norm, alpha);
  return {beta, (beta - alpha) / beta, T(1) / (alpha - beta)};
}

/// The reflector of x_0 = alpha, x_1..x_{count-1}.
template <class T>
ORGANICS_FN Reflector<T> column_reflector(const T* x, int count) {
  const T alpha = x[0];
  T tail = T(0);
  for (int i = 1; i < count; ++i) tail += x[i] * x[i];
  const T square = alpha * alpha + tail;
  const MaskOf<T> safe = is_safe_square(square);
  T norm = square_root(square);
  MaskOf<T> negligible = tail == T(0);
  if (!all(safe)) {
    T largest = T(0);
    for (int i = 1; i < count; ++i) largest = max_or_nan(largest, absolute(x[i]));
    negligible = (safe && negligible) || (!safe && largest < smallest_normal<T>());
    largest = max_or_nan(largest, absolute(alpha));
    T sum = T(0);
    for (int i = 0; i < count; ++i) sum += (x[i] / largest) * (x[i] / largest);
    norm = select(safe, norm, largest * square_root(sum));
  }
  const Reflector<T> h = reflector(alpha, norm);
  return {select(negligible, alpha, h.beta), select(negligible, T(0), h.tau), select(negligible, T(0), h.inverse)};
}

/// column_i -= u_i v_j + v_i w_j for this lane's rows.
template <class T, class Team>
ORGANICS_FN void subtract_rank_two(const Team& team, int n, const T* __restrict u, const T* __restrict v, T vj, T wj,
                                   T* __restrict column) {
  const int stride = team.size();
  for (int i = team.rank(); i < n; i += stride) column[i] -= u[i] * vj + v[i] * wj;
}

/// A <- H A H with H = I - tau v v^T, v zero up to row k; column k is known beforehand.
///   A - u' v^T - v w'^T,  u = tau A v, w = tau A^T v, g = tau w.v / 2, u' = u - g v, w' = w - g v
template <class T, class Team>
ORGANICS_FN void reflect_both_sides(const Team& team, T* A, int n, int k, const Reflector<T>& h, T* scratch) {
  T* v = scratch;
  T* u = v + n;
  T* w = u + n;
  T* column_k = A + static_cast<std::ptrdiff_t>(k) * n;
  for_each_own(team, n, [&](int i) { v[i] = i <= k ? T(0) : (i == k + 1 ? T(1) : h.inverse * column_k[i]); });
  team.sync();
  for_each_own(team, n, [&](int i) {
    if (i > k) column_k[i] = i == k + 1 ? h.beta : T(0);
  });
  row_sums(
      team, A, n, k + 1, [&](int j) { return v[j]; }, [&](int i, T sum) { u[i] = h.tau * sum; });
  multiply_columns(team, A, n, k + 1, h.tau, v, w);
  team.sync();
  T g = T(0);
  for (int j = k + 1; j < n; ++j) g += w[j] * v[j];
  g *= T(0.5) * h.tau;
  for_each_own(team, n, [&](int i) { u[i] -= g * v[i]; });
  for (int j = k + 1; j < n; ++j) {
    subtract_rank_two(team, n, u, v, v[j], w[j] - g * v[j], A + static_cast<std::ptrdiff_t>(j) * n);
  }
  team.sync();
}

}  // namespace detail

/// Balances A (n x n). Stopping early is always right, so the number of passes is capped. Needs balance_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN void balance(const Team& team, T* A, int n, T* scratch) {
  constexpr int most_passes = 40;
  for (int pass = 0; pass < most_passes; ++pass) {
    for_each_own(team, n, [&](int i) { scratch[i] = detail::balancing_factor(A, n, i); });
    team.sync();
    MaskOf<T> balanced(true);
    for (int i = 0; i < n; ++i) balanced = balanced && scratch[i] == T(1);
    team.sync();  // every lane has seen the factors
    if (all(balanced)) return;
    for (int i = 0; i < n; ++i) {
      const T f = detail::balancing_factor(A, n, i);
      if (all(f == T(1))) continue;
      const T inverse = T(1) / f;
      team.sync();  // every lane has weighed row and column i
      for_each_own(team, n, [&](int j) {
        if (j == i) return;
        A[static_cast<std::ptrdiff_t>(i) * n + j] *= f;
        A[static_cast<std::ptrdiff_t>(j) * n + i] *= inverse;
      });
      team.sync();
    }
  }
}

/// Reduces A (n x n) to upper Hessenberg form; entries below the subdiagonal become exactly 0.
/// Needs reduce_to_hessenberg_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN void reduce_to_hessenberg(const Team& team, T* A, int n, T* scratch) {
  for (int k = 0; k < n - 2; ++k) {
    T* below = A + static_cast<std::ptrdiff_t>(k) * n + k + 1;
    const detail::Reflector<T> h = detail::column_reflector(below, n - k - 1);
    if (any(h.tau != T(0))) {
      detail::reflect_both_sides(team, A, n, k, h, scratch);
    } else {
      team.sync();  // every lane has seen the column
      for_each_own(team, n - k - 2, [&](int i) { below[1 + i] = T(0); });
      team.sync();
    }
  }
}

}  // namespace organics::core
