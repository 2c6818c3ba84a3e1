// A drawn batch as peers take it.
#pragma once

#include "plain_batch.hpp"
#include "support.hpp"

namespace organics::bench {

inline PlainBatch peer_batch(const DrawnBatch& b) {
  return {b.n,         b.items,        b.tau_y.data(), b.tau_a.data(), b.b0.data(),
          b.b1.data(), b.sigma.data(), b.z.data(),     b.Wr.data(),    b.W.data()};
}

}  // namespace organics::bench
