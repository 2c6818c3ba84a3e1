// organics merge: one report, or one checkpoint, from the checkpoints of parts of a sweep.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/plot.hpp"
#include "cli/sweep_report.hpp"
#include "io/atomic_file.hpp"
#include "io/sweep_checkpoint.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

struct MergeCommand {
  std::vector<std::string> files;
  std::string output;
  Plot plot;
  bool json = false;
};

/// From the first circuit of either to the last.
IndexRange hull(IndexRange a, IndexRange b) {
  const std::int64_t first = std::min(a.first, b.first);
  return {first, std::max(a.first + a.circuits, b.first + b.circuits) - first};
}

io::SweepCheckpoint merged(const std::vector<std::string>& files) {
  io::SweepCheckpoint whole = io::read_checkpoint(files.front());
  for (std::size_t i = 1; i < files.size(); ++i) {
    const io::SweepCheckpoint part = io::read_checkpoint(files[i]);
    io::require_same_sweep(files[i], part, whole);
    whole.whole = hull(whole.whole, part.whole);
    try {
      whole.state.merge(part.state, whole.file.options.worst);
    } catch (const InvalidArgument& error) {
      throw InvalidArgument(fmt::format("{}: {}", files[i], error.what()));
    }
  }
  whole.records_mark = 0;  // each part may have a file of records; the whole has none
  whole.file.options.first = whole.whole.first;
  whole.file.options.circuits = whole.whole.circuits;
  return whole;
}

/// Says which circuits of the whole sweep no part has; true when there are none such.
bool complete(const io::SweepCheckpoint& whole) {
  const auto gaps = whole.state.missing(whole.whole);
  for (const IndexRange& gap : gaps) {
    complain(fmt::format("merge: circuits {} to {} are missing", gap.first, gap.first + gap.circuits - 1));
  }
  return gaps.empty();
}

int run(const MergeCommand& command) {
  std::optional<io::AtomicFile> output;
  if (!command.output.empty()) output.emplace(command.output);
  require_plot(command.plot, 0);
  const io::SweepCheckpoint whole = merged(command.files);
  const bool all = complete(whole);
  if (output) output->commit(io::checkpoint_text(whole));
  const std::string executor = fmt::format("{} ({} files)", whole.executor, command.files.size());
  const SweepReport report{whole.file, whole.state.results, executor, "", ""};
  const std::string json = sweep_json(report);
  print(command.json ? json : sweep_text(report));
  draw_plot(command.plot, json);
  return all ? exit_ok : exit_some_not_ok;
}

}  // namespace

void add_merge(CLI::App& app, Action& action) {
  const auto command = std::make_shared<MergeCommand>();
  CLI::App* sub = app.add_subcommand("merge", "Put the checkpoints of parts of a sweep together, and report on all");
  sub->add_option("FILE", command->files, "checkpoints of organics sweep --checkpoint")->required();
  sub->add_option("--output", command->output, "also save everything as one checkpoint")
      ->type_name("FILE")
      ->check(not_empty());
  add_plot_options(*sub, command->plot);
  sub->add_flag("--json", command->json, "print JSON");
  sub->footer(
      "Example:\n"
      "  for i in 1 2 3 4; do organics sweep SWEEP.toml --shard $i/4 --checkpoint part$i.sweep & done; wait\n"
      "  organics merge part*.sweep\n"
      "The statistics are those of the whole sweep, bit for bit. Exit code 3: circuits are missing.");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
