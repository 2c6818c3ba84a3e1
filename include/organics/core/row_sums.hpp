// Matrix times vector for a team: the one loop that the right-hand side, the fixed-point iteration and the reductions
// share. Team contract: as in team.hpp; there is NO closing sync, since each row's owner receives its sum in `out`.
#pragma once

#include <cstddef>

#include "organics/core/team.hpp"

namespace organics::core {

/// out(i, sum_j M[i + n j] v(j)) for this lane's rows of the n x n matrix M, j = first..n-1 added in order.
/// Rows go four at a time where there are that many, so that one v(j) serves four sums.
template <class T, class Team, class V, class Out>
ORGANICS_FN void row_sums(const Team& team, const T* M, int n, int first, V&& v, Out&& out) {
  constexpr int block = 4;
  const int stride = team.size();
  int i = team.rank();
  for (; n - i > (block - 1) * stride; i += block * stride) {
    T sum[block] = {};
    for (int j = first; j < n; ++j) {
      const T* column = M + static_cast<std::ptrdiff_t>(j) * n + i;
      const T vj = v(j);
      for (int r = 0; r < block; ++r) sum[r] += column[r * stride] * vj;
    }
    for (int r = 0; r < block; ++r) out(i + r * stride, sum[r]);
  }
  for (; i < n; i += stride) {
    const T* row = M + i;
    T sum = T(0);
    for (int j = first; j < n; ++j) sum += row[static_cast<std::ptrdiff_t>(j) * n] * v(j);
    out(i, sum);
  }
}

}  // namespace organics::core
