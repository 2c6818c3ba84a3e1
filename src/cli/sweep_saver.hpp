// Keeps the checkpoint of a running sweep.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "io/sweep_checkpoint.hpp"

namespace organics::cli {

/// Saves are whole or do not happen (AtomicFile), and take at most a fiftieth of the time. A save that fails is reported
/// on standard error, once, and tried again later: the work goes on.
class SweepSaver {
 public:
  /// Reads `path` where it exists. Throws InvalidArgument when that is not a checkpoint of this sweep, and
  /// std::runtime_error when the file cannot be written: both before any work.
  SweepSaver(const std::string& path, const io::SweepCheckpoint& wanted);

  /// What the file held, or nothing.
  const SweepState& saved() const { return checkpoint_.state; }

  /// For SweepOptions::after_chunk. Returns false after SIGINT or SIGTERM, with everything saved.
  bool save_now_and_then(const SweepState& state);

  /// Returns whether the file now holds `state`.
  bool save(const SweepState& state);

  /// Where a signal ended the sweep: saves, says so, and ends the program by that signal.
  void die_if_told(const SweepState& state);

 private:
  using clock = std::chrono::steady_clock;

  std::string path_;
  io::SweepCheckpoint checkpoint_;
  std::int64_t circuits_in_file_ = 0;
  clock::time_point next_ = clock::now();
  bool complained_ = false;
};

}  // namespace organics::cli
