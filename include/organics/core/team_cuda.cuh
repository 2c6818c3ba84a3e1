// The teams of a GPU: a tile of a warp, and a whole block. Only nvcc can read this header.
//
// The width of a tile is a run-time value: one kernel then serves every width, which keeps compile time low.
#pragma once

#include "organics/core/team.hpp"

namespace organics::core {

/// `width` neighbouring threads of one warp (a power of two, 1..32). Every thread of the tile must reach each sync().
class Tile {
 public:
  __device__ explicit Tile(int width)
      : width_(width),
        rank_(static_cast<int>(threadIdx.x) & (width - 1)),
        mask_((width == 32 ? 0xffffffffU : ((1U << width) - 1U))
              << (static_cast<int>(threadIdx.x & 31U) & ~(width - 1))) {}
  __device__ int rank() const { return rank_; }
  __device__ int size() const { return width_; }
  __device__ void sync() const { __syncwarp(mask_); }

 private:
  int width_;
  int rank_;
  unsigned mask_;
};

/// All threads of a one-dimensional thread block.
struct Block {
  __device__ static int rank() { return static_cast<int>(threadIdx.x); }
  __device__ static int size() { return static_cast<int>(blockDim.x); }
  __device__ static void sync() { __syncthreads(); }
};

}  // namespace organics::core
