// Matrix times vector for a team: the one loop that the right-hand side, the fixed-point iteration and the reductions
// share. Team contract: as in team.hpp; there is NO closing sync, since each row's owner receives its sum in `out`.
#pragma once

#include <cstddef>

#include "organics/core/team.hpp"

namespace organics::core {

/// out(i, sum_j M[i + n j] v(j)) for this lane's rows of the n x n matrix M, j = first..n-1 added in order.
/// Rows go several at a time where there are that many, so that one v(j) serves several sums.
template <class T, class Team, class V, class Out>
ORGANICS_INLINED_FN void row_sums(const Team& team, const T* M, int n, int first, V&& v, Out&& out) {
  const int stride = team.size();
  for_each_own_block(typename Blocks<T>::OfRows{}, team, n, [&](auto size, int i) {
    constexpr int rows = decltype(size)::value;
    T sum[rows];
    for (int r = 0; r < rows; ++r) sum[r] = T(0);
    for (int j = first; j < n; ++j) {
      const T* column = M + static_cast<std::ptrdiff_t>(j) * n + i;
      const T vj = v(j);
      for (int r = 0; r < rows; ++r) sum[r] += column[r * stride] * vj;
    }
    for (int r = 0; r < rows; ++r) out(i + r * stride, sum[r]);
  });
}

}  // namespace organics::core
