// A batch of main circuits as peers take it: numbers one after the other and nothing else, so that a peer's source needs
// no header of ours and may be compiled for the processor at hand without changing a line of ours.
#pragma once

#include <cstdint>

namespace organics::bench {

/// n numbers per circuit; matrices n x n column-major.
struct PlainBatch {
  int n;
  std::int64_t items;
  const double *tau_y, *tau_a, *b0, *b1, *sigma, *z, *Wr, *W;
};

}  // namespace organics::bench
