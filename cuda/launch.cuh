// Launching one operation over a batch: a thread, a tile of a warp or a block per circuit.
//
// An operation is a POD with
//   using Scalar;  int n;  std::size_t numbers() const, integers() const;
//   static constexpr std::size_t solo_numbers;   // what one thread needs at n = 1
//   static constexpr bool never_in_tiles = true; // where circuits that tiles could serve are launched elsewhere
//   template <class Team> __device__ void operator()(const Team&, std::int64_t item, Scalar* numbers, int* integers) const;
// numbers and integers are its scratch for one circuit. The kernels here only decide how many lanes a circuit gets and
// where its scratch lies: local memory (n = 1), shared memory, or the workspace when that is too small.
#pragma once

#include <type_traits>

#include "organics/core/model.hpp"
#include "organics/core/team_cuda.cuh"
#include "runtime.hpp"

namespace organics::cuda {

/// Items to serve: 0 .. items - 1, or the first *count entries of `list`. Teams draw from it until it is empty, so that
/// a slow circuit holds up nobody. `next` must be zero at launch.
struct Queue {
  unsigned long long* next;
  std::int64_t items;
  const std::int64_t* list = nullptr;
  const unsigned long long* count = nullptr;

  __device__ std::int64_t size() const { return count == nullptr ? items : static_cast<std::int64_t>(*count); }
  __device__ std::int64_t at(std::int64_t i) const { return list == nullptr ? i : list[i]; }
  /// The next item, or -1.
  __device__ std::int64_t take() const {
    const auto i = static_cast<std::int64_t>(atomicAdd(next, 1ULL));
    return i < size() ? at(i) : -1;
  }
};

/// The circuits left to the next kernel, appended by any team in any order (each circuit's result depends on it alone).
struct Remaining {
  unsigned long long* count;
  std::int64_t* list;

  __device__ void append(std::int64_t i) const { list[atomicAdd(count, 1ULL)] = i; }
};

/// The next item for a whole team, or -1. `slot` is shared by the team. Begins and ends with every lane in sync.
template <class Team>
__device__ std::int64_t take_together(const Queue& queue, const Team& team, std::int64_t* slot) {
  if (team.rank() == 0) *slot = queue.take();
  team.sync();
  const std::int64_t item = *slot;
  team.sync();
  return item;
}

/// Scratch of one team in bytes: the slot through which an item is announced, then numbers, then integers.
template <class Op>
std::size_t team_bytes(const Op& op) {
  const std::size_t bytes = 16 + op.numbers() * sizeof(typename Op::Scalar) + op.integers() * sizeof(int);
  return (bytes + 15) / 16 * 16;
}

/// A team serves items until the queue is empty. `slot` is shared by the team.
template <class Op, class Team>
__device__ void serve(const Op& op, const Queue& queue, const Team& team, std::int64_t* slot,
                      typename Op::Scalar* numbers) {
  int* integers = reinterpret_cast<int*>(numbers + op.numbers());
  for (;;) {
    const std::int64_t item = take_together(queue, team, slot);
    if (item < 0) return;
    op(team, item, numbers, integers);
    team.sync();
  }
}

inline constexpr int solo_threads = 128;
inline constexpr int tile_threads = 128;
inline constexpr int block_threads = 128;

// __grid_constant__ lets an operation hand out addresses of its tables without a copy of them on every thread's stack.
// The 1 in the launch bounds gives ptxas the whole register file; without it, it saved registers and spilled.

/// One thread per circuit, scratch in local memory (registers where the compiler can); n = 1 is a constant here.
template <class Op>
__global__ void __launch_bounds__(solo_threads, 1) solo_kernel(const __grid_constant__ Op op, Queue queue) {
  typename Op::Scalar numbers[Op::solo_numbers];
  int integers[4];  // pivots: no state has more components at n = 1
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < queue.size();
       i += stride) {
    op(core::Solo{}, queue.at(i), numbers, integers);
  }
}

/// `width` lanes of a warp per circuit, scratch in shared memory.
template <class Op>
__global__ void __launch_bounds__(tile_threads, 1)
    tile_kernel(const __grid_constant__ Op op, Queue queue, int width, unsigned bytes) {
  extern __shared__ __align__(16) unsigned char shared_memory[];
  unsigned char* mine = shared_memory + threadIdx.x / static_cast<unsigned>(width) * bytes;
  serve(op, queue, core::Tile(width), reinterpret_cast<std::int64_t*>(mine),
        reinterpret_cast<typename Op::Scalar*>(mine + 16));
}

/// A block per circuit, scratch in shared memory or, where `global` is given, in the workspace.
template <class Op>
__global__ void __launch_bounds__(block_threads, 1)
    block_kernel(const __grid_constant__ Op op, Queue queue, unsigned char* global, std::size_t bytes) {
  extern __shared__ __align__(16) unsigned char shared_memory[];
  __shared__ std::int64_t slot;
  unsigned char* mine = global == nullptr ? shared_memory : global + blockIdx.x * bytes;
  serve(op, queue, core::Block{}, &slot, reinterpret_cast<typename Op::Scalar*>(mine + 16));
}

/// Largest dynamic shared memory of a block: all but what its announcing slot takes, rounded up generously.
inline std::size_t dynamic_shared_limit(const DeviceLimits& limits) {
  return static_cast<std::size_t>(limits.shared_bytes) - 1024;
}

template <class Op>
inline constexpr bool in_tiles = !requires { Op::never_in_tiles; };

/// How an operation of this size is launched on a device.
struct Shape {
  enum class Kind { solo, tile, block, block_global } kind;
  int width = 1;          ///< lanes per circuit (tile)
  int teams = 1;          ///< circuits per block (tile)
  std::size_t bytes = 0;  ///< of one team
};

/// Tiles as long as a multiprocessor can hold eight of them; else a block per circuit; else its scratch goes to the
/// workspace. Lanes: about one per two rows of the state, a power of two.
template <class Op>
Shape choose_shape(const Op& op, const DeviceLimits& limits) {
  if (op.n == 1) return {Shape::Kind::solo, 1, 1, 0};
  const std::size_t bytes = team_bytes(op);
  const std::size_t shared = dynamic_shared_limit(limits);
  if (bytes > shared) return {Shape::Kind::block_global, block_threads, 1, bytes};
  if (!in_tiles<Op> || bytes > shared / 8) return {Shape::Kind::block, block_threads, 1, bytes};
  int width = 4;
  while (width < 32 && width < op.n) width *= 2;
  int teams = tile_threads / width;
  while (teams > 1 && static_cast<std::size_t>(teams) * width > 32 &&
         static_cast<std::size_t>(teams) * bytes > shared / 2) {
    teams /= 2;
  }
  while (teams > 1 && static_cast<std::size_t>(teams) * bytes > shared) teams /= 2;
  return {Shape::Kind::tile, width, teams, bytes};
}

/// Blocks whose scratch lies in the workspace: two for each multiprocessor, no more than there are circuits.
inline int global_blocks(const DeviceLimits& limits, std::int64_t items) {
  return static_cast<int>(std::min<std::int64_t>(2 * limits.multiprocessors, items));
}

/// Device memory that a launch of `op` over at most `items` circuits needs beside its queue.
template <class Op>
std::size_t launch_bytes(const Op& op, std::int64_t items) {
  const DeviceLimits limits = device_limits();
  const Shape shape = choose_shape(op, limits);
  return shape.kind == Shape::Kind::block_global ? shape.bytes * static_cast<std::size_t>(global_blocks(limits, items))
                                                 : 0;
}

/// Blocks that fill the device with a kernel, but no more than there is work for.
template <class Kernel>
int blocks_for(Kernel kernel, int threads, std::size_t shared, std::int64_t wanted, const DeviceLimits& limits) {
  // always the same value: it belongs to the kernel, and another thread may be about to launch it
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(dynamic_shared_limit(limits))),
        "reserve shared memory");
  int resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, threads, shared), "ask for the occupancy");
  const std::int64_t full = static_cast<std::int64_t>(std::max(1, resident)) * limits.multiprocessors;
  return static_cast<int>(std::max<std::int64_t>(1, std::min(full, wanted)));
}

/// Queues `op` over `queue` (of at most queue.items items) on the stream. `scratch`: launch_bytes(op, items) of device memory.
template <class Op>
void launch(const Op& op, const Queue& queue, unsigned char* scratch, cudaStream_t stream) {
  if (queue.items == 0) return;
  const DeviceLimits limits = device_limits();
  const Shape shape = choose_shape(op, limits);
  switch (shape.kind) {
    case Shape::Kind::solo: {
      const std::int64_t wanted = (queue.items + solo_threads - 1) / solo_threads;
      const int blocks = blocks_for(solo_kernel<Op>, solo_threads, 0, wanted, limits);
      solo_kernel<<<blocks, solo_threads, 0, stream>>>(op, queue);
      break;
    }
    case Shape::Kind::tile: {
      if constexpr (in_tiles<Op>) {
        const int threads = shape.width * shape.teams;
        const std::size_t shared = shape.bytes * static_cast<std::size_t>(shape.teams);
        const std::int64_t wanted = (queue.items + shape.teams - 1) / shape.teams;
        const int blocks = blocks_for(tile_kernel<Op>, threads, shared, wanted, limits);
        tile_kernel<<<blocks, threads, shared, stream>>>(op, queue, shape.width, static_cast<unsigned>(shape.bytes));
      }
      break;
    }
    case Shape::Kind::block: {
      const int blocks = blocks_for(block_kernel<Op>, block_threads, shape.bytes, queue.items, limits);
      block_kernel<<<blocks, block_threads, shape.bytes, stream>>>(op, queue, nullptr, shape.bytes);
      break;
    }
    case Shape::Kind::block_global: {
      const int blocks = global_blocks(limits, queue.items);
      block_kernel<<<blocks, block_threads, 0, stream>>>(op, queue, scratch, shape.bytes);
      break;
    }
  }
  check(cudaGetLastError(), "launch a kernel");
}

/// Circuit `item` for a team: at n = 1 the size is a compile-time constant, so that loops unroll.
template <class Team, class T>
__device__ core::Circuit<T> circuit_for(const core::Circuit<T>& circuit) {
  core::Circuit<T> result = circuit;
  if constexpr (std::is_same_v<Team, core::Solo>) result.n = 1;
  return result;
}

}  // namespace organics::cuda
