// integrate for circuits of two or more neurons on a device, by explicit methods: a tile of a warp per circuit.
//
// Up to 32 neurons every lane holds its row of Wr and of W in registers (cuda/registers.txt says so). Beyond, weights are
// read from memory; those that all circuits share, from one copy for each block where that leaves room for a few tiles.
#include "integrate.cuh"

namespace organics::cuda {

namespace {

/// Circuits for one tile.
struct TileSource {
  const Queue& queue;
  const core::Tile& team;
  std::int64_t* slot;  ///< of the tile
  const Remaining& stiff;

  __device__ std::int64_t next() const { return take_together(queue, team, slot); }
  __device__ void leave(std::int64_t i) const { stiff.append(i); }
};

/// Scratch of a tile: the slot through which a circuit is announced, then numbers.
template <class T, class Weights>
std::size_t tile_bytes(const ExplicitBatch<T>& batch) {
  const std::size_t bytes = 16 + march_batch_scratch<Weights>(batch.circuits.n, batch.tableau) * sizeof(T);
  // an odd multiple of 16, so that the tiles of a warp do not begin in the same bank
  return (bytes + 15) / 16 * 16 | 16;
}

/// Blocks on a multiprocessor for which a lane's registers are enough without a spill.
template <class T, int width>
inline constexpr int held_rows_blocks = sizeof(T) > 4 && width >= 16 ? 2 : 3;

/// A circuit for each tile of `width` lanes, with its weights in registers.
template <class T, int width>
__global__ void __launch_bounds__(tile_threads, held_rows_blocks<T, width>)
    held_rows_kernel(const __grid_constant__ ExplicitBatch<T> batch, const Queue queue, const Remaining stiff,
                     unsigned bytes) {
  extern __shared__ __align__(16) unsigned char shared_memory[];
  unsigned char* mine = shared_memory + threadIdx.x / width * bytes;
  T* numbers = reinterpret_cast<T*>(mine + 16);
  const core::Tile team(width);
  TileSource source = {queue, team, reinterpret_cast<std::int64_t*>(mine), stiff};
  const core::HeldRows<T, width> weights = {reinterpret_cast<core::Term<T>*>(numbers)};
  march_batch(team, batch, weights, source, numbers);
}

inline constexpr int most_warps = 8;

/// A circuit for each warp; registers are enough for two blocks on a multiprocessor without a spill. weight_bytes: of a copy
/// of the weights that all circuits share, before the scratch of the warps; 0: there is none.
template <class T>
__global__ void __launch_bounds__(32 * most_warps, 2)
    shared_terms_kernel(const __grid_constant__ ExplicitBatch<T> batch, const Queue queue, const Remaining stiff,
                        unsigned bytes, unsigned weight_bytes) {
  extern __shared__ __align__(16) unsigned char shared_memory[];
  unsigned char* mine = shared_memory + weight_bytes + threadIdx.x / 32 * bytes;
  T* numbers = reinterpret_cast<T*>(mine + 16);
  core::SharedTerms<T> weights = {reinterpret_cast<core::Term<T>*>(numbers)};
  if (weight_bytes > 0) {
    T* copy = reinterpret_cast<T*>(shared_memory);
    const int square = batch.circuits.n * batch.circuits.n;
    core::for_each_own(core::Block{}, square, [&](int k) {
      copy[k] = batch.circuits.Wr.data[k];
      copy[square + k] = batch.circuits.W.data[k];
    });
    core::Block::sync();
    weights.Wr = copy;
    weights.W = copy + square;
  }
  const core::Tile team(32);
  TileSource source = {queue, team, reinterpret_cast<std::int64_t*>(mine), stiff};
  march_batch(team, batch, weights, source, numbers);
}

/// f(width) for the least width, as a constant, that has a lane for each of n <= 32 neurons.
template <class F>
auto with_width(int n, F&& f) {
  if (n <= 4) return f(std::integral_constant<int, 4>{});
  if (n <= 8) return f(std::integral_constant<int, 8>{});
  if (n <= 16) return f(std::integral_constant<int, 16>{});
  return f(std::integral_constant<int, 32>{});
}

}  // namespace

template <class T>
Tiles choose_tiles(const ExplicitBatch<T>& batch, const DeviceLimits& limits) {
  const int n = batch.circuits.n;
  const std::size_t shared = dynamic_shared_limit(limits);
  if (n == 1) return {};
  if (n <= 32) {
    return with_width(n, [&](auto width) {
      const std::size_t bytes = tile_bytes<T, core::HeldRows<T, width>>(batch);
      int count = tile_threads / width;
      while (count * width > 32 && static_cast<std::size_t>(count) * bytes > shared / 2) count /= 2;
      return Tiles{width, count, bytes, 0};
    });
  }
  const std::size_t bytes = tile_bytes<T, core::SharedTerms<T>>(batch);
  const std::size_t weights =
      (2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * sizeof(T) + 15) / 16 * 16;
  const std::size_t least = weights + least_warps * bytes;
  if (batch.shares_weights() && least <= shared) {
    // two blocks of a few warps are more warps than one of the most
    const std::size_t room = ((least <= shared / 2 ? shared / 2 : shared) - weights) / bytes;
    return {32, static_cast<int>(std::min<std::size_t>(room, most_warps)), bytes, weights};
  }
  if (bytes > shared / 8) return {};
  return {32, tile_threads / 32, bytes, 0};
}

template <class T>
void integrate_in_tiles(cudaStream_t stream, const Queue& queue, const ExplicitBatch<T>& batch, const Remaining& stiff,
                        const Tiles& tiles) {
  if (queue.items == 0) return;
  const DeviceLimits limits = device_limits();
  const int threads = tiles.width * tiles.count;
  const std::size_t shared = tiles.weight_bytes + static_cast<std::size_t>(tiles.count) * tiles.bytes;
  const std::int64_t wanted = (queue.items + tiles.count - 1) / tiles.count;
  const auto bytes = static_cast<unsigned>(tiles.bytes);
  if (batch.circuits.n <= 32) {
    with_width(batch.circuits.n, [&](auto width) {
      const int blocks = blocks_for(held_rows_kernel<T, width>, threads, shared, wanted, limits);
      held_rows_kernel<T, width><<<blocks, threads, shared, stream>>>(batch, queue, stiff, bytes);
    });
  } else {
    const int blocks = blocks_for(shared_terms_kernel<T>, threads, shared, wanted, limits);
    shared_terms_kernel<T>
        <<<blocks, threads, shared, stream>>>(batch, queue, stiff, bytes, static_cast<unsigned>(tiles.weight_bytes));
  }
  check(cudaGetLastError(), "launch a kernel");
}

#define ORGANICS_INSTANTIATE(T)                                                                              \
  template Tiles choose_tiles<T>(const ExplicitBatch<T>&, const DeviceLimits&);                              \
  template void integrate_in_tiles<T>(cudaStream_t, const Queue&, const ExplicitBatch<T>&, const Remaining&, \
                                      const Tiles&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::cuda
