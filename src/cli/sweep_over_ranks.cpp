#include "cli/sweep_over_ranks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <thread>
#include <vector>

#include "cli/handouts.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

using clock = std::chrono::steady_clock;

/// A range of circuits as a message; no circuits: go home.
std::string range_text(IndexRange range) { return fmt::format("{} {}", range.first, range.circuits); }

IndexRange range_in(const std::string& text) {
  IndexRange range;
  std::sscanf(text.c_str(), "%ld %ld", &range.first, &range.circuits);
  return range;
}

/// One range on this rank.
SweepState part_of(const Executor& executor, const io::SweepFile& file, IndexRange range) {
  SweepOptions options = file.options;
  options.first = range.first;
  options.circuits = range.circuits;
  options.progress = nullptr;
  options.after_chunk = nullptr;
  SweepState state;
  sweep(executor, file.ensemble, options, state);
  return state;
}

/// Rank 0: hands out, works, merges, reports.
class Coordinator {
 public:
  Coordinator(const Ranks& ranks, const Executor& executor, io::SweepCheckpoint& whole)
      : ranks_(ranks),
        executor_(executor),
        whole_(whole),
        earlier_(whole.state.results.seconds),
        handouts_(whole.state.missing({whole.file.options.first, whole.file.options.circuits}), ranks.size()) {}

  void run() {
    std::future<SweepState> own = begin(handouts_.next(0, 0, 0));
    int away = ranks_.size() - 1;
    while (own.valid() || away > 0) {
      const auto message = ranks_.poll();
      if (message) away -= answer(*message) ? 0 : 1;
      const bool done = own.valid() && own.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
      if (done) {
        const SweepState part = own.get();
        merge(part);
        own = begin(handouts_.next(0, part.results.circuits, part.results.seconds));
      }
      if (!message && !done) std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  }

 private:
  std::future<SweepState> begin(IndexRange range) {
    if (range.circuits == 0) return {};
    return std::async(std::launch::async, [this, range] { return part_of(executor_, whole_.file, range); });
  }

  /// Takes what a rank did (nothing at first) and gives it more; false when there is no more.
  bool answer(const Ranks::Message& message) {
    SweepState part;
    if (!message.text.empty()) {
      part = io::parse_checkpoint(fmt::format("rank {}", message.from), message.text).state;
      merge(part);
    }
    const IndexRange range = handouts_.next(message.from, part.results.circuits, part.results.seconds);
    ranks_.send(message.from, range_text(range));
    return range.circuits > 0;
  }

  void merge(const SweepState& part) {
    const SweepOptions& options = whole_.file.options;
    whole_.state.merge(part, options.worst);
    const double now = std::chrono::duration<double>(clock::now() - start_).count();
    whole_.state.results.seconds = earlier_ + now;  // as the user's clock shows, not the sum over ranks
    if (options.progress && now - reported_ >= 0.1) {
      reported_ = now;
      SweepProgress progress{whole_.state.results.circuits, options.circuits, earlier_ + now, {}};
      std::copy(std::begin(whole_.state.results.verdicts), std::end(whole_.state.results.verdicts), progress.verdicts);
      options.progress(progress);
    }
    if (options.after_chunk && !options.after_chunk(whole_.state)) handouts_.stop();
  }

  const Ranks& ranks_;
  const Executor& executor_;
  io::SweepCheckpoint& whole_;
  double earlier_;
  clock::time_point start_ = clock::now();
  double reported_ = 0;
  Handouts handouts_;
};

void work(const Ranks& ranks, const Executor& executor, const io::SweepCheckpoint& whole) {
  io::SweepCheckpoint part{whole.version, whole.executor, whole.file, whole.whole, {}};
  std::string done;
  for (;;) {
    ranks.send(0, done);
    const IndexRange range = range_in(ranks.receive(0));
    if (range.circuits == 0) return;
    part.state = part_of(executor, whole.file, range);
    done = io::checkpoint_text(part);
  }
}

}  // namespace

void sweep_over_ranks(const Ranks& ranks, const Executor& executor, io::SweepCheckpoint& checkpoint) {
  if (checkpoint.state.results.circuits == 0) {  // in place, for a sweep of no circuits
    checkpoint.state = part_of(executor, checkpoint.file, {checkpoint.file.options.first, 0});
  }
  if (ranks.rank() == 0) {
    Coordinator(ranks, executor, checkpoint).run();
  } else {
    work(ranks, executor, checkpoint);
  }
}

}  // namespace organics::cli
