// Chunks of host arrays through device memory, two at a time: how large they are, and what is queued when. Host code that
// knows nothing of CUDA, so that a test can watch it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace organics::cuda {

/// How a batch is cut. Each slot holds a chunk at a time.
struct Chunks {
  std::int64_t items;  ///< of a chunk
  int slots;
  std::size_t slot_bytes;
};

/// Beyond this a batch that fits is cut all the same, so that copies and work overlap; chunks stay so large that one fills
/// the device and that what a copy costs is its bytes.
inline constexpr std::int64_t enough_chunks = 8;
inline constexpr std::size_t worthwhile_bytes = std::size_t{32} << 20;

/// The chunks of a batch, in `budget` bytes. bytes_for(items): what a chunk of that size takes. `filling`: circuits that
/// fill the device. One circuit for which there is no room is for the caller to refuse.
template <class BytesFor>
Chunks choose_chunks(std::int64_t items, std::int64_t filling, std::size_t budget, const BytesFor& bytes_for) {
  std::int64_t size = std::max<std::int64_t>(1, items);
  const auto half = [&] { return (size + 1) / 2; };
  while (size > items / enough_chunks && half() >= filling && bytes_for(half()) >= worthwhile_bytes) size = half();
  if (size >= items && bytes_for(size) <= budget) return {size, 1, bytes_for(size)};
  while (size > 1 && 2 * bytes_for(size) > budget) size = half();
  const std::size_t bytes = bytes_for(size);
  return {size, 2 * bytes <= budget ? 2 : 1, bytes};
}

/// Puts the chunks through the slots in turn: queue(slot, first, count) begins one, collect(slot) waits for the one that is
/// in the slot. With two slots the next chunk is queued before the results of one are waited for, so that a device works
/// while the host copies.
template <class Queue, class Collect>
void in_turns(std::int64_t items, const Chunks& chunks, const Queue& queue, const Collect& collect) {
  const std::int64_t count = (items + chunks.items - 1) / chunks.items;
  const auto slot_of = [&](std::int64_t chunk) { return static_cast<int>(chunk % chunks.slots); };
  for (std::int64_t chunk = 0; chunk < count + chunks.slots - 1; ++chunk) {
    const std::int64_t first = chunk * chunks.items;
    if (chunk < count) queue(slot_of(chunk), first, std::min(chunks.items, items - first));
    const std::int64_t oldest = chunk - (chunks.slots - 1);
    if (oldest >= 0 && oldest < count) collect(slot_of(oldest));
  }
}

}  // namespace organics::cuda
