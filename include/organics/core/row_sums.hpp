// Matrix times vector for a team: the one loop that the right-hand side, the fixed-point iteration and the reductions
// share. Team contract: as in team.hpp; there is NO closing sync, since each row's owner receives its sum in `out`.
//
// A matrix lies by columns, or in panels: the rows of one block (Blocks<T>::OfRows) together, column after column, then
// the next block. A team of one then reads it from end to end, which matters where it does not fit in the nearest cache.
#pragma once

#include <cstddef>

#include "organics/core/team.hpp"

namespace organics::core {

enum class MatrixLayout { columns, panels };

namespace detail {

/// Two matrices of more bytes than this are fetched ahead: they do not stay in the nearest cache of any processor in use.
inline constexpr std::size_t near_cache_bytes = 40 * 1024;
inline constexpr int columns_ahead = 4;
inline constexpr std::size_t cache_line = 64;

/// Fetches `count` numbers at p, which may lie past the end of the matrix.
template <class T>
ORGANICS_INLINED_FN void fetch([[maybe_unused]] const T* p, [[maybe_unused]] int count) {
#if defined(__GNUC__) && !defined(__CUDA_ARCH__)
  const char* first = reinterpret_cast<const char*>(p);
  const std::size_t bytes = static_cast<std::size_t>(count) * sizeof(T);
  for (std::size_t k = 0; k < bytes; k += cache_line) __builtin_prefetch(first + k);
#endif
}

template <bool ahead, MatrixLayout layout, class T, class Team, class V, class Out>
ORGANICS_INLINED_FN void add_rows(const Team& team, const T* M, int n, int first, V&& v, Out&& out) {
  const int stride = team.size();
  for_each_own_block(typename Blocks<T>::OfRows{}, team, n, [&](auto size, int i) {
    constexpr int rows = decltype(size)::value;
    constexpr bool panels = layout == MatrixLayout::panels;
    const T* block = M + (panels ? static_cast<std::ptrdiff_t>(i) * n : i);
    const int step = panels ? rows : n;
    T sum[rows];
    for (int r = 0; r < rows; ++r) sum[r] = T(0);
    for (int j = first; j < n; ++j) {
      const T* column = block + static_cast<std::ptrdiff_t>(j) * step;
      if constexpr (ahead) fetch(column + columns_ahead * rows, rows);
      const T vj = v(j);
      for (int r = 0; r < rows; ++r) sum[r] += column[r * stride] * vj;
    }
    for (int r = 0; r < rows; ++r) out(i + r * stride, sum[r]);
  });
}

}  // namespace detail

/// out(i, sum_j M[i + n j] v(j)) for this lane's rows of the n x n matrix M, j = first..n-1 added in order.
/// Rows go several at a time where there are that many, so that one v(j) serves several sums. In panels: for a team of one.
template <MatrixLayout layout = MatrixLayout::columns, class T, class Team, class V, class Out>
ORGANICS_INLINED_FN void row_sums(const Team& team, const T* M, int n, int first, V&& v, Out&& out) {
  if constexpr (layout == MatrixLayout::panels) {
    if (2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * sizeof(T) > detail::near_cache_bytes) {
      detail::add_rows<true, layout>(team, M, n, first, v, out);
      return;
    }
  }
  detail::add_rows<false, layout>(team, M, n, first, v, out);
}

/// The row sums of two matrices of the same size, over all columns, one after the other. An overload may turn the order
/// round from one call to the next, so that what is still in the nearest cache is used first (wide_sums.hpp).
template <MatrixLayout layout = MatrixLayout::columns, class T, class Team, class V, class Out, class SecondV,
          class SecondOut>
ORGANICS_INLINED_FN void both_row_sums(const Team& team, const T* A, const T* B, int n, V&& va, Out&& a_out,
                                       SecondV&& vb, SecondOut&& b_out, bool& /*turned*/) {
  row_sums<layout>(team, A, n, 0, va, a_out);
  row_sums<layout>(team, B, n, 0, vb, b_out);
}

/// How the panels of an n x n matrix lie.
template <class T>
struct Panels {
  /// Numbers of a matrix.
  static constexpr std::size_t numbers(int n) { return static_cast<std::size_t>(n) * static_cast<std::size_t>(n); }

  /// f(place, i, j) for every entry: its place in panels. f: (std::ptrdiff_t, int, int).
  template <class F>
  static void for_each(int n, F&& f) {
    std::ptrdiff_t place = 0;
    for_each_own_block(typename Blocks<T>::OfRows{}, Solo{}, n, [&](auto size, int i) {
      constexpr int rows = decltype(size)::value;
      for (int j = 0; j < n; ++j) {
        for (int r = 0; r < rows; ++r) f(place++, i + r, j);
      }
    });
  }
};

}  // namespace organics::core
