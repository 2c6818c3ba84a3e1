// A drawn batch as the Eigen peer takes it.
#pragma once

#include "eigen_peer.hpp"
#include "support.hpp"

namespace organics::bench {

inline eigen::Batch peer_batch(const DrawnBatch& b) {
  return {b.n,         b.items,        b.tau_y.data(), b.tau_a.data(), b.b0.data(),
          b.b1.data(), b.sigma.data(), b.z.data(),     b.Wr.data(),    b.W.data()};
}

}  // namespace organics::bench
