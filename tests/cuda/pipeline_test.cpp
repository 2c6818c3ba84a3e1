// Chunks of host arrays: their sizes, and the order in which they are queued and collected. No GPU is needed.
#include "pipeline.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace organics::cuda {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// What was asked of the slots: a chunk queued (its first item and how many), or a slot collected (count 0).
struct Event {
  int slot;
  std::int64_t first;
  std::int64_t count;
  bool operator==(const Event&) const = default;
};

std::vector<Event> record(std::int64_t items, std::int64_t chunk, int slots) {
  std::vector<Event> events;
  std::vector<std::int64_t> held(static_cast<std::size_t>(slots), -1);  // the first item of what is in each slot
  in_turns(
      items, {chunk, slots, 0},
      [&](int slot, std::int64_t first, std::int64_t count) {
        EXPECT_EQ(held.at(static_cast<std::size_t>(slot)), -1) << "a slot is used again before it was collected";
        held.at(static_cast<std::size_t>(slot)) = first;
        events.push_back({slot, first, count});
      },
      [&](int slot) {
        std::int64_t& first = held.at(static_cast<std::size_t>(slot));
        EXPECT_NE(first, -1) << "nothing is in that slot";
        events.push_back({slot, first, 0});
        first = -1;
      });
  for (const std::int64_t first : held) EXPECT_EQ(first, -1) << "a chunk was never collected";
  return events;
}

TEST(Pipeline, TheNextChunkIsQueuedBeforeOneIsCollected) {
  const std::vector<Event> expected = {{0, 0, 3}, {1, 3, 3}, {0, 0, 0}, {0, 6, 3},
                                       {1, 3, 0}, {1, 9, 1}, {0, 6, 0}, {1, 9, 0}};
  EXPECT_EQ(record(10, 3, 2), expected);
}

TEST(Pipeline, OneSlotIsCollectedBeforeItIsUsedAgain) {
  const std::vector<Event> expected = {{0, 0, 3}, {0, 0, 0}, {0, 3, 2}, {0, 3, 0}};
  EXPECT_EQ(record(5, 3, 1), expected);
}

TEST(Pipeline, EveryItemIsQueuedOnce) {
  for (const int slots : {1, 2}) {
    for (std::int64_t items = 0; items < 9; ++items) {
      for (std::int64_t chunk = 1; chunk < 11; ++chunk) {
        std::int64_t at = 0;
        for (const Event& event : record(items, chunk, slots)) {
          if (event.count == 0) continue;
          EXPECT_EQ(event.first, at);
          at += event.count;
        }
        EXPECT_EQ(at, items);
      }
    }
  }
}

TEST(Pipeline, AnErrorEndsIt) {
  int queued = 0;
  int collected = 0;
  const auto run = [&] {
    in_turns(
        10, {2, 2, 0},
        [&](int, std::int64_t, std::int64_t) {
          if (++queued == 3) throw std::runtime_error("no room");
        },
        [&](int) { ++collected; });
  };
  EXPECT_THROW(run(), std::runtime_error);
  EXPECT_EQ(queued, 3);
  EXPECT_EQ(collected, 1);
}

/// Bytes of chunks of circuits of `each` bytes, beside what all share.
auto bytes_of(std::size_t each, std::size_t common = 256) {
  return [=](std::int64_t items) { return common + each * static_cast<std::size_t>(items); };
}

TEST(Pipeline, ASmallBatchIsOnePiece) {
  const Chunks chunks = choose_chunks(1000, 100, 100 * mebibyte, bytes_of(1000));
  EXPECT_EQ(chunks.items, 1000);
  EXPECT_EQ(chunks.slots, 1);
  EXPECT_EQ(chunks.slot_bytes, bytes_of(1000)(1000));
}

TEST(Pipeline, ALargeBatchIsCutThoughItFits) {
  const Chunks chunks = choose_chunks(1 << 20, 1000, 1 << 30, bytes_of(600));
  EXPECT_EQ(chunks.items, 1 << 17) << "eight chunks";
  EXPECT_EQ(chunks.slots, 2);
  EXPECT_EQ(choose_chunks(1 << 20, 1 << 18, 1 << 30, bytes_of(600)).items, 1 << 18) << "a chunk fills the device";
  EXPECT_GE(choose_chunks(1 << 20, 1000, 1 << 30, bytes_of(100)).slot_bytes, worthwhile_bytes);
}

TEST(Pipeline, SlotsShareTheBudget) {
  for (std::size_t budget = 1000; budget < 30000; budget += 97) {
    const auto bytes = bytes_of(1000, 100);
    const Chunks chunks = choose_chunks(20, 1, budget, bytes);
    EXPECT_EQ(chunks.slot_bytes, bytes(chunks.items));
    if (budget < bytes(1)) {
      EXPECT_EQ(chunks.items, 1) << "for the caller to refuse";
      continue;
    }
    EXPECT_LE(static_cast<std::size_t>(chunks.slots) * chunks.slot_bytes, budget);
    EXPECT_EQ(chunks.slots == 1, budget >= bytes(20) || budget < 2 * bytes(1)) << budget;
  }
}

TEST(Pipeline, NothingIsOneChunkOfNothing) {
  const Chunks chunks = choose_chunks(0, 100, 1000, bytes_of(100));
  EXPECT_EQ(chunks.slots, 1);
  EXPECT_TRUE(record(0, chunks.items, chunks.slots).empty());
}

}  // namespace
}  // namespace organics::cuda
