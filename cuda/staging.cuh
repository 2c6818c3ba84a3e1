// Host arrays on a device: chunks are copied in, worked on and copied out, two at a time (pipeline.hpp).
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "organics/circuits.hpp"
#include "pipeline.hpp"
#include "runtime.hpp"

namespace organics::cuda {

/// The device side of one chunk: items first .. first + count - 1 of every view.
class Stage {
 public:
  Stage(Arena& arena, cudaStream_t stream, std::int64_t first, std::int64_t count)
      : arena_(arena), stream_(stream), first_(first), count_(count) {}

  std::int64_t count() const { return count_; }
  Arena& arena() { return arena_; }
  cudaStream_t stream() const { return stream_; }

  /// A packed device copy of the chunk's items (one copy of a shared value).
  template <class T>
  BatchView<const T> in(const BatchView<const T>& view) {
    if (!view) return {};
    const std::int64_t distinct = view.item_stride == 0 ? 1 : count_;
    const std::int64_t size = static_cast<std::int64_t>(view.rows) * view.cols;
    T* device = arena_.take<T>(static_cast<std::size_t>(distinct * size));
    if (!arena_.measuring()) {
      copy({device, view.item(first_), bytes<T>(size), bytes<T>(std::max(view.item_stride, size)), bytes<T>(size),
            static_cast<std::size_t>(distinct)},
           cudaMemcpyHostToDevice);
    }
    return {device, count_, view.rows, view.cols, view.item_stride == 0 ? 0 : size};
  }

  /// Device memory for the chunk's results, copied back by collect().
  template <class T>
  BatchView<T> out(const BatchView<T>& view) {
    if (!view) return {};
    const std::int64_t size = static_cast<std::int64_t>(view.rows) * view.cols;
    T* device = arena_.take<T>(static_cast<std::size_t>(count_ * size));
    if (!arena_.measuring()) {
      pending_.push_back({view.item(first_), device, bytes<T>(std::max(view.item_stride, size)), bytes<T>(size),
                          bytes<T>(size), static_cast<std::size_t>(count_)});
    }
    return {device, count_, view.rows, view.cols, size};
  }

  /// The circuits of the chunk.
  template <class T>
  Circuits<T> in(const Circuits<T>& c) {
    return {c.n,      count_,      c.model, in(c.tau_y), in(c.tau_a), in(c.b0),
            in(c.b1), in(c.sigma), in(c.z), in(c.Wr),    in(c.W)};
  }

  /// Copies results back and waits for the stream.
  void collect() {
    for (const Copy& copy_back : pending_) copy(copy_back, cudaMemcpyDeviceToHost);
    check(cudaStreamSynchronize(stream_), "finish a chunk");
  }

 private:
  /// `items` pieces of `width` bytes; strides are in bytes.
  struct Copy {
    void* to;
    const void* from;
    std::size_t to_stride;
    std::size_t from_stride;
    std::size_t width;
    std::size_t items;
  };

  template <class T>
  static std::size_t bytes(std::int64_t numbers) {
    return static_cast<std::size_t>(numbers) * sizeof(T);
  }

  /// Packed on both sides goes as one piece: the pitch of a 2D copy has a limit, and one piece is faster.
  void copy(const Copy& c, cudaMemcpyKind kind) const {
    const bool dense = c.to_stride == c.width && c.from_stride == c.width;
    check(dense ? cudaMemcpyAsync(c.to, c.from, c.width * c.items, kind, stream_)
                : cudaMemcpy2DAsync(c.to, c.to_stride, c.from, c.from_stride, c.width, c.items, kind, stream_),
          "copy a chunk");
  }

  Arena& arena_;
  cudaStream_t stream_;
  std::int64_t first_;
  std::int64_t count_;
  std::vector<Copy> pending_;
};

/// A chunk on its way, in a piece of device memory and on a stream.
struct Slot {
  Arena arena;
  Stage stage;

  Slot(Workspace memory, cudaStream_t stream, std::int64_t first, std::int64_t count)
      : arena(memory), stage(arena, stream, first, count) {}
};

/// The streams of the slots: the caller's, where there is one slot.
class SlotStreams {
 public:
  SlotStreams(cudaStream_t callers, int slots) : callers_(callers) {
    for (int slot = 0; slots > 1 && slot < slots; ++slot) own_.push_back(stream_after(callers));
  }
  cudaStream_t of(int slot) const { return own_.empty() ? callers_ : own_[static_cast<std::size_t>(slot)].get(); }

 private:
  cudaStream_t callers_;
  std::vector<OwnStream> own_;
};

/// Circuits that fill a multiprocessor, several times over.
inline constexpr std::int64_t filling_circuits = 64;

/// Runs body(stage) chunk by chunk, each on its stage's stream. In measuring mode (stage.arena().measuring()) body only
/// takes from the arena.
template <class Body>
void in_chunks(const Cuda& cuda, std::int64_t items, const char* function, const Body& body) {
  const auto bytes_for = [&](std::int64_t count) {
    Slot slot({}, cuda.stream, 0, count);
    body(slot.stage);
    return slot.arena.used();
  };
  const std::size_t budget = memory_budget(cuda);
  const Chunks chunks = choose_chunks(items, filling_circuits * device_limits().multiprocessors, budget, bytes_for);
  const std::size_t bytes = static_cast<std::size_t>(chunks.slots) * chunks.slot_bytes;
  require_budget(bytes, budget, function);
  if (cuda.workspace.data != nullptr) require_workspace(cuda, bytes, function);
  const CallMemory memory(cuda, bytes);
  const SlotStreams streams(cuda.stream, chunks.slots);
  std::array<std::optional<Slot>, 2> slots;
  in_turns(
      items, chunks,
      [&](int slot, std::int64_t first, std::int64_t count) {
        const Workspace piece = memory.piece(static_cast<std::size_t>(slot) * chunks.slot_bytes, chunks.slot_bytes);
        body(slots.at(static_cast<std::size_t>(slot)).emplace(piece, streams.of(slot), first, count).stage);
      },
      [&](int slot) { slots.at(static_cast<std::size_t>(slot))->stage.collect(); });
}

}  // namespace organics::cuda
