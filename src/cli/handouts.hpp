// Which circuits a rank works on next.
#pragma once

#include <cstdint>
#include <vector>

#include "organics/sweep.hpp"

namespace organics::cli {

/// Cuts what is missing into parts of about a second for the rank that asks; towards the end, of half the time that all
/// ranks together still need, so that ranks of uneven speed finish together, but of no less than a thirty-second of a
/// second: rank 0 answers one rank after another.
class Handouts {
 public:
  Handouts(std::vector<IndexRange> missing, int ranks);

  /// `circuits` in `seconds` are what the rank did last; nothing at first. No circuits: there are no more.
  IndexRange next(int rank, std::int64_t circuits, double seconds);

  /// From now on there are no more.
  void stop() { missing_.clear(); }

 private:
  struct Rank {
    double rate = 0;        ///< circuits per second; 0: not known yet
    std::int64_t last = 0;  ///< circuits of its last part
  };

  double seconds_left() const;

  std::vector<IndexRange> missing_;
  std::vector<Rank> ranks_;
};

}  // namespace organics::cli
