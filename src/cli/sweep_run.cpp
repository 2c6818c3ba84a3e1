#include "cli/sweep_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <optional>

#include "cli/failure.hpp"
#include "cli/progress.hpp"
#include "cli/sweep_over_ranks.hpp"
#include "cli/sweep_saver.hpp"
#include "cli/version.hpp"
#include "io/records_file.hpp"
#include "organics/error.hpp"

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

/// Saves what is done, and ends the records where there are some. Complains where that fails: there may be more to say.
bool save_for_good(SweepSaver* saver, io::RecordsFile* records, const SweepState& state) {
  try {
    const bool saved = saver == nullptr || saver->save(state);
    if (records != nullptr) records->finish();
    return saved;
  } catch (const std::exception& error) {
    complain(error.what());
    return false;
  }
}

/// Runs what is missing of the sweep, with progress, saving and the rules that end it early.
void continue_sweep(const SweepRun& run, const Ranks& ranks, const Executor& executor, io::SweepCheckpoint& sweep_here,
                    SweepSaver* saver, io::RecordsFile* records, StopWatch& watch) {
  io::SweepFile& file = sweep_here.file;
  SweepState& state = sweep_here.state;
  const ProgressLine line(run.quiet || ranks.rank() > 0);
  if (line.enabled())
    file.options.progress = [&](const SweepProgress& progress) { line.show(line_about(progress, run.progress)); };
  if (records != nullptr) {
    file.options.columns = run.columns;
    file.options.records = [&](const SweptCircuits& circuits) { records->append(circuits); };
  }
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
    if (saver != nullptr && !state.done.empty()) save_for_good(saver, nullptr, state);
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
    const SweepOptions& options = run.file.options;
    const bool goes_on = !saver->saved().missing({options.first, options.circuits}).empty();
    if (run.records.empty() && saver->records_mark() != 0 && goes_on) {
      throw InvalidArgument(fmt::format(
          "--checkpoint: {} goes with a file of records, expected --records with that file", run.checkpoint));
    }
  } else {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
  }
  return saver;
}

io::SweepCheckpoint nothing_done(const SweepRun& run, const Executor& executor) {
  return {version, std::holds_alternative<Cuda>(executor) ? "cuda" : "cpu", run.file, run.whole, {}};
}

/// How many circuits, from the first on, the checkpoint holds; nothing where there is none to continue.
std::optional<std::int64_t> done_in_order(const SweepRun& run, const SweepSaver* saver) {
  if (saver == nullptr || !saver->continues()) return std::nullopt;
  const std::vector<IndexRange>& done = saver->saved().done;
  const SweepOptions& options = run.file.options;
  if (done.empty()) return 0;
  if (done.size() == 1 && done[0].first == options.first) return done[0].circuits;
  throw InvalidArgument(fmt::format(
      "{}: the checkpoint does not hold the first circuits of {} to {} and no others, expected it, as records "
      "are in the order of the circuits",
      run.checkpoint, options.first, options.first + options.circuits - 1));
}

io::RecordsPlan plan_of(const SweepRun& run, const Executor& executor, const SweepSaver* saver) {
  return {run.records,
          run.columns,
          run.file,
          version,
          describe(executor),
          saver != nullptr,
          saver != nullptr ? saver->records_mark() : 0};
}

/// The file of records, begun or continued. Where a checkpoint is kept there is one before there are any, so that no kill
/// leaves records alone.
void open_records(std::optional<io::RecordsFile>& records, const SweepRun& run, const Executor& executor,
                  SweepSaver* saver) {
  const auto done = done_in_order(run, saver);
  const io::RecordsPlan plan = plan_of(run, executor, saver);
  io::RecordsFile::check(plan, done);
  SweepOptions options = run.file.options;
  options.circuits = 0;
  SweepState nothing;
  sweep(executor, run.file.ensemble, options, nothing);  // refuses what is wrong before there is a file
  if (saver != nullptr && !done) saver->begin(nothing);
  records.emplace(plan, done);
  if (saver == nullptr) return;
  saver->before_each_save([rows = &*records] {
    rows->flush();
    return rows->mark();
  });
}

}  // namespace

void check_files(const SweepRun& run, const Ranks& ranks, const Executor& executor) {
  const std::optional<SweepSaver> saver = saver_of(run, ranks, nothing_done(run, executor));
  if (run.records.empty()) return;
  const SweepSaver* keeper = saver ? &*saver : nullptr;
  io::RecordsFile::check(plan_of(run, executor, keeper), done_in_order(run, keeper));
}

SweepOutcome run_sweep(const SweepRun& run, const Ranks& ranks, const Executor& executor, StopWatch& watch) {
  io::SweepCheckpoint sweep_here = nothing_done(run, executor);
  std::optional<SweepSaver> saver = saver_of(run, ranks, sweep_here);
  SweepSaver* keeper = saver ? &*saver : nullptr;
  if (saver) sweep_here.state = saver->saved();
  std::optional<io::RecordsFile> records;
  if (!run.records.empty()) open_records(records, run, executor, keeper);
  io::RecordsFile* rows = records ? &*records : nullptr;
  continue_sweep(run, ranks, executor, sweep_here, keeper, rows, watch);
  const SweepOptions& options = run.file.options;
  SweepOutcome outcome;
  outcome.complete = sweep_here.state.missing({options.first, options.circuits}).empty();
  outcome.saved = save_for_good(keeper, rows, sweep_here.state);
  outcome.results = std::move(sweep_here.state.results);
  return outcome;
}

}  // namespace organics::cli
