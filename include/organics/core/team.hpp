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
ORGANICS_FN void for_each_own(const Team& team, int n, F&& f) {
  for (int i = team.rank(); i < n; i += team.size()) f(i);
}

}  // namespace organics::core
