// Keeps the checkpoint of a running sweep.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

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

  /// Whether there was a checkpoint to continue.
  bool continues() const { return continues_; }

  /// Saves a sweep of which nothing is done, for what must not exist without its checkpoint. Throws where it cannot.
  void begin(const SweepState& nothing_done) { write(nothing_done); }

  /// The mark of the records that belong to the checkpoint, as it was saved.
  std::uint64_t records_mark() const { return checkpoint_.records_mark; }

  /// Called before each save: makes safe what is to count, and gives the mark of the records. What it throws, save throws,
  /// and saves nothing.
  void before_each_save(std::function<std::uint64_t()> call) { before_save_ = std::move(call); }

  /// For SweepOptions::after_chunk. Returns false after SIGINT or SIGTERM, with everything saved.
  bool save_now_and_then(const SweepState& state);

  /// Returns whether the file now holds `state`.
  bool save(const SweepState& state);

  /// Where a signal ended the sweep: saves, says so, and ends the program by that signal.
  void die_if_told(const SweepState& state);

 private:
  using clock = std::chrono::steady_clock;

  void write(const SweepState& state);

  std::string path_;
  io::SweepCheckpoint checkpoint_;
  std::int64_t circuits_in_file_ = 0;
  clock::time_point next_ = clock::now();
  bool complained_ = false;
  bool continues_ = false;
  std::function<std::uint64_t()> before_save_;
};

}  // namespace organics::cli
