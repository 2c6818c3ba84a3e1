#include "cli/sweep_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "cli/progress.hpp"
#include "cli/sweep_over_ranks.hpp"
#include "cli/sweep_saver.hpp"
#include "cli/version.hpp"

namespace organics::cli {
namespace {

Progress line_about(const SweepProgress& p, const std::string& before) {
  std::string verdicts = before;
  for (int i = 0; i < verdict_count; ++i) {
    if (p.verdicts[i] == 0) continue;
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : "  ", name(static_cast<Verdict>(i)), p.verdicts[i]);
  }
  return {p.done, p.total, p.seconds, verdicts};
}

/// Runs what is missing of the sweep, with progress, saving and the rules that end it early.
void continue_sweep(const SweepRun& run, const Ranks& ranks, const Executor& executor, io::SweepCheckpoint& sweep_here,
                    SweepSaver* saver, StopWatch& watch) {
  io::SweepFile& file = sweep_here.file;
  SweepState& state = sweep_here.state;
  const ProgressLine line(run.quiet || ranks.rank() > 0);
  if (line.enabled())
    file.options.progress = [&](const SweepProgress& progress) { line.show(line_about(progress, run.progress)); };
  file.options.after_chunk = [&](const SweepState& now) {
    const bool go_on = saver == nullptr || saver->save_now_and_then(now);
    return go_on && !watch.should_stop(now.results);
  };
  try {
    if (ranks.size() > 1) {
      sweep_over_ranks(ranks, executor, sweep_here);
    } else {
      sweep(executor, file.ensemble, file.options, state);
    }
  } catch (...) {
    // what is done is whole, whatever became of the rest
    if (saver != nullptr && !state.done.empty()) saver->save(state);
    throw;
  }
  if (saver != nullptr) saver->die_if_told(state);
}

/// The checkpoint that this rank keeps, if any. Rank 0 alone decides what a signal means: it keeps what all have done.
std::optional<SweepSaver> saver_of(const SweepRun& run, const Ranks& ranks, const io::SweepCheckpoint& wanted) {
  std::optional<SweepSaver> saver;
  if (run.checkpoint.empty()) return saver;
  if (ranks.rank() == 0) {
    saver.emplace(run.checkpoint, wanted);
  } else {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
  }
  return saver;
}

io::SweepCheckpoint nothing_done(const SweepRun& run, const Executor& executor) {
  return {version, std::holds_alternative<Cuda>(executor) ? "cuda" : "cpu", run.file, run.whole, {}};
}

}  // namespace

void check_checkpoint(const SweepRun& run, const Ranks& ranks, const Executor& executor) {
  saver_of(run, ranks, nothing_done(run, executor));
}

SweepOutcome run_sweep(const SweepRun& run, const Ranks& ranks, const Executor& executor, StopWatch& watch) {
  io::SweepCheckpoint sweep_here = nothing_done(run, executor);
  std::optional<SweepSaver> saver = saver_of(run, ranks, sweep_here);
  if (saver) sweep_here.state = saver->saved();
  continue_sweep(run, ranks, executor, sweep_here, saver ? &*saver : nullptr, watch);
  const SweepOptions& options = run.file.options;
  SweepOutcome outcome;
  outcome.complete = sweep_here.state.missing({options.first, options.circuits}).empty();
  outcome.saved = !saver || saver->save(sweep_here.state);
  outcome.results = std::move(sweep_here.state.results);
  return outcome;
}

}  // namespace organics::cli
