// Team: the lanes that work on one circuit together.
//
// A team is any type with `int rank()`, `int size()` and `void sync()`, nothing else. Every cooperative algorithm
// of the core is written over it; the machine only decides how wide it is. The contract, everywhere:
//   * all lanes call the algorithm with the same arguments (shared memory, same sizes);
//   * what a lane reads on entry was made visible by the caller's last sync();
//   * on return everything the algorithm wrote is visible to all lanes (it ends with a sync() where it wrote);
//   * scalars that steer control flow are computed by every lane from shared memory in the same order,
//     so branches are uniform and results do not depend on the width (reduce by index, not by lane).
#pragma once

#include <type_traits>
#include <utility>

#include "organics/core/scalar.hpp"

namespace organics::core {

/// A team of one: the CPU executor, and one GPU thread per circuit.
struct Solo {
  ORGANICS_FN static constexpr int rank() { return 0; }
  ORGANICS_FN static constexpr int size() { return 1; }
  ORGANICS_FN static constexpr void sync() {}
};

/// Calls f(i) for this lane's share of 0..n-1 (i = rank, rank + size, ...). Does not sync.
template <class Team, class F>
ORGANICS_INLINED_FN void for_each_own(const Team& team, int n, F&& f) {
  for (int i = team.rank(); i < n; i += team.size()) f(i);
}

/// The same in blocks: f(rows, i) for the indices i, i + size, ... of this lane, `rows` of them (an integral_constant), by
/// the sizes given, largest first; the last is 1.
template <int rows, int... smaller, class Team, class F>
ORGANICS_INLINED_FN void for_each_own_block(std::integer_sequence<int, rows, smaller...> /*sizes*/, const Team& team,
                                            int n, F&& f, int taken = 0) {
  const int stride = team.size();
  int i = team.rank() + taken;
  for (; n - i > (rows - 1) * stride; i += rows * stride) f(std::integral_constant<int, rows>{}, i);
  if constexpr (sizeof...(smaller) > 0) {
    for_each_own_block(std::integer_sequence<int, smaller...>{}, team, n, f, i - team.rank());
  }
}

}  // namespace organics::core
