// Host threads that take the next item from a shared counter: what every operation on a Cpu executor runs on.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace organics {

/// No more threads than there are items.
inline int useful_threads(int threads, std::int64_t items) {
  return static_cast<int>(std::max<std::int64_t>(1, std::min<std::int64_t>(threads, items)));
}

/// How many items a thread takes at a time: so few that a slow circuit holds up next to nobody, and of a large batch
/// enough that threads do not fight for the counter, or for the memory around neighbouring results.
inline std::int64_t run_length(std::int64_t workers, std::int64_t items) {
  return std::clamp<std::int64_t>(items / (256 * std::max<std::int64_t>(1, workers)), 1, 32);
}

/// Calls f(worker, item) for every item in [0, items), on `threads` threads (this one included). f must not throw.
/// Items are handed out in runs of run_length(), and no fewer than `least` at a time.
template <class F>
void parallel_for(int threads, std::int64_t items, std::int64_t least, const F& f) {
  std::atomic<std::int64_t> next{0};
  const std::int64_t grain = std::max(least, run_length(threads, items));
  const auto work = [&](int worker) {
    for (;;) {
      const std::int64_t begin = next.fetch_add(grain, std::memory_order_relaxed);
      if (begin >= items) return;
      const std::int64_t end = std::min(items, begin + grain);
      for (std::int64_t i = begin; i < end; ++i) f(worker, i);
    }
  };
  const auto useful = static_cast<int>(std::min<std::int64_t>(threads, (items + grain - 1) / grain));
  std::vector<std::jthread> others;
  others.reserve(static_cast<std::size_t>(std::max(0, useful - 1)));
  for (int worker = 1; worker < useful; ++worker) others.emplace_back(work, worker);
  work(0);
}

/// Scratch per worker, allocated before any of them starts.
template <class T>
class WorkerScratch {
 public:
  WorkerScratch(int workers, std::size_t numbers, std::size_t integers)
      : numbers_(static_cast<std::size_t>(workers), std::vector<T>(numbers)),
        integers_(static_cast<std::size_t>(workers), std::vector<int>(integers)) {}
  T* numbers(int worker) { return numbers_[static_cast<std::size_t>(worker)].data(); }
  int* integers(int worker) { return integers_[static_cast<std::size_t>(worker)].data(); }

 private:
  std::vector<std::vector<T>> numbers_;
  std::vector<std::vector<int>> integers_;
};

}  // namespace organics
