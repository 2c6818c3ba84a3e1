// Whether a sweep has found out enough.
#pragma once

#include <chrono>
#include <string>

#include "io/sweep_file.hpp"

namespace organics::cli {

class StopWatch {
 public:
  explicit StopWatch(const io::StopRules& rules) : rules_(rules) {}

  /// Looks at the rules; after the first that holds, `reason` tells which.
  bool should_stop(const SweepResults& results);

  /// From now on another sweep is looked at; the time goes on.
  void next_sweep() { reason_.clear(); }

  /// Whether the rule that held ends not this sweep alone, but all that were to follow.
  bool ends_all() const { return ends_all_; }

  /// Which rule held; empty: none did.
  const std::string& reason() const { return reason_; }

 private:
  using clock = std::chrono::steady_clock;

  io::StopRules rules_;
  clock::time_point start_ = clock::now();
  std::string reason_;
  bool ends_all_ = false;
};

}  // namespace organics::cli
