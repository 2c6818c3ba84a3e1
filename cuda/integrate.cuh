// What the operations of integrate on a device share.
#pragma once

#include "launch.cuh"
#include "organics/march_batch.hpp"

namespace organics::cuda {

/// Whether single neurons have a kernel of their own for this method.
constexpr bool has_planar_kernel(Method method) {
  return method == Method::dormand_prince54 || method == Method::tsitouras54 || method == Method::verner65 ||
         method == Method::rk4;
}

/// Queues the marches of single neurons by a method that has_planar_kernel(), the tableau of the batch.
template <class T>
void integrate_planar(cudaStream_t stream, const Queue& queue, const ExplicitBatch<T>& batch, const Remaining& stiff,
                      Method method);

/// How circuits are put on tiles.
struct Tiles {
  int width = 0;                 ///< lanes of a tile; 0: they are not
  int count = 0;                 ///< tiles of a block
  std::size_t bytes = 0;         ///< scratch of a tile
  std::size_t weight_bytes = 0;  ///< copy of the weights that all circuits share, for a block; 0: none
};

/// A copy of the weights in shared memory is worth it if there is room for this many warps beside it.
inline constexpr int least_warps = 4;

template <class T>
Tiles choose_tiles(const ExplicitBatch<T>& batch, const DeviceLimits& limits);

/// Queues the marches on tiles that choose_tiles() put the batch on.
template <class T>
void integrate_in_tiles(cudaStream_t stream, const Queue& queue, const ExplicitBatch<T>& batch, const Remaining& stiff,
                        const Tiles& tiles);

}  // namespace organics::cuda
