// Crew: a team of host threads, for tests only.
//
// A team of one cannot find a missing sync. Under ThreadSanitizer a Crew can, and without it a width test can: run an
// algorithm with Solo and with crews of several widths and compare the bits.
#pragma once

#include <barrier>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace organics::test {

/// One lane of a Crew, a team in the sense of core/team.hpp.
class CrewLane {
 public:
  CrewLane(int rank, int size, std::barrier<>& barrier) : rank_(rank), size_(size), barrier_(&barrier) {}
  int rank() const { return rank_; }
  int size() const { return size_; }
  void sync() const { barrier_->arrive_and_wait(); }

 private:
  int rank_;
  int size_;
  std::barrier<>* barrier_;
};

class Crew {
 public:
  explicit Crew(int size) : size_(size) {}

  /// Calls f(lane) in `size` threads and waits for them. A lane that returns early leaves the barrier, so that an
  /// algorithm whose lanes disagree gives a wrong answer and does not hang.
  template <class F>
  void run(F&& f) const {
    std::barrier<> barrier(size_);
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(size_));
    for (int rank = 0; rank < size_; ++rank) {
      threads.emplace_back([&f, &barrier, rank, size = size_] {
        f(CrewLane(rank, size, barrier));
        barrier.arrive_and_drop();
      });
    }
  }

 private:
  int size_;
};

/// Widths that meet the corners: one, even, odd, more lanes than rows.
inline constexpr int crew_widths[] = {1, 2, 3, 5, 8};

/// True when two arrays have the same bits, NaN included.
template <std::floating_point T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::bit_cast<Bits>(a[i]) != std::bit_cast<Bits>(b[i])) return false;
  }
  return true;
}

/// True when this compiler fuses a * b + c here: bits may then depend on the width, and only the preset `exact`, which
/// forbids it, can compare them.
inline bool compiler_contracts() {
  volatile double one = 1.0;
  const double a = one + 0x1p-30;
  const double c = -(one + 0x1p-29);
  return a * a + c != 0.0;
}

}  // namespace organics::test
