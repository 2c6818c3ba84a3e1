#include "cli/sweep_saver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>

#include "cli/failure.hpp"
#include "cli/signals.hpp"
#include "io/atomic_file.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

/// A report on more circuits than were asked for would be a report on another sweep.
void require_inside(const std::string& path, const SweepState& state, const SweepOptions& options) {
  const std::int64_t end = options.first + options.circuits;
  for (const IndexRange& range : state.done) {
    if (range.first >= options.first && range.first + range.circuits <= end) continue;
    throw InvalidArgument(fmt::format("{}: the checkpoint holds circuits {} to {}, expected only some of {} to {}",
                                      path, range.first, range.first + range.circuits - 1, options.first, end - 1));
  }
}

}  // namespace

SweepSaver::SweepSaver(const std::string& path, const io::SweepCheckpoint& wanted) : path_(path), checkpoint_(wanted) {
  const bool exists = std::filesystem::exists(path);
  if (exists && !std::filesystem::is_regular_file(path)) {
    throw InvalidArgument(fmt::format("--checkpoint: {} is not a regular file, expected a file", path));
  }
  const io::AtomicFile writable(path);  // else it says why now
  if (exists) {
    io::SweepCheckpoint found = io::read_checkpoint(path);
    io::require_same_sweep(path, found, checkpoint_);
    require_inside(path, found.state, wanted.file.options);
    checkpoint_.state = std::move(found.state);
    checkpoint_.records_mark = found.records_mark;
    circuits_in_file_ = checkpoint_.state.results.circuits;
    continues_ = true;
  }
  watch_signals();
}

bool SweepSaver::save_now_and_then(const SweepState& state) {
  if (signal_received() != 0 || clock::now() >= next_) save(state);
  return signal_received() == 0;
}

void SweepSaver::write(const SweepState& state) {
  checkpoint_.state = state;
  io::AtomicFile(path_).commit(io::checkpoint_text(checkpoint_));
  circuits_in_file_ = state.results.circuits;
}

bool SweepSaver::save(const SweepState& state) {
  const auto start = clock::now();
  bool good = true;
  if (before_save_) checkpoint_.records_mark = before_save_();
  try {
    write(state);
  } catch (const std::exception& error) {
    if (!complained_) complain(fmt::format("{}: what is done since is not saved", error.what()));
    complained_ = true;
    good = false;
  }
  const auto end = clock::now();
  next_ = end + 50 * (end - start);
  return good;
}

void SweepSaver::die_if_told(const SweepState& state) {
  if (signal_received() == 0) return;
  if (circuits_in_file_ != state.results.circuits) save(state);  // the signal came after the last one
  const SweepOptions& options = checkpoint_.file.options;
  complain(fmt::format("stopped; {} of {} circuits are in {}, and the same command continues", circuits_in_file_,
                       options.circuits, path_));
  die_of_signal();
}

}  // namespace organics::cli
