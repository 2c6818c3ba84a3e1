// organics sweep: stability statistics of the random circuits that a sweep file describes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include "cli/command.hpp"
#include "cli/explain.hpp"
#include "cli/failure.hpp"
#include "cli/grid_report.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/plot.hpp"
#include "cli/ranks.hpp"
#include "cli/shard.hpp"
#include "cli/stop_rules.hpp"
#include "cli/sweep_report.hpp"
#include "cli/sweep_run.hpp"
#include "cli/version.hpp"
#include "io/atomic_file.hpp"
#include "io/circuits_file.hpp"
#include "io/hdf5_file.hpp"
#include "io/records_file.hpp"
#include "io/sweep_file.hpp"
#include "io/sweep_hdf5.hpp"
#include "io/swept_rows.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

constexpr auto most_circuits = std::numeric_limits<std::int64_t>::max() / 2;

struct SweepCommand {
  CommonOptions common;
  std::string program;
  std::string file;
  std::optional<std::int64_t> circuits;
  std::optional<std::int64_t> first;
  std::optional<std::uint64_t> seed;
  std::optional<std::int64_t> replay;
  std::optional<std::int64_t> cell;
  std::string checkpoint;
  std::string shard;
  std::string hdf5;
  Plot plot;
  std::string records;
  std::optional<std::string> columns;
  std::optional<double> stop_seconds, stop_width;
  bool stop_counterexample = false;
  bool explain = false;
  bool quiet = false;
  bool certify = false;
  bool verdict_only = false;
};

io::SweepFile read(const SweepCommand& command) {
  io::SweepFile file = io::read_sweep_file(command.file);
  file.options.circuits = command.circuits.value_or(file.options.circuits);
  file.options.first = command.first.value_or(file.options.first);
  file.options.seed = command.seed.value_or(file.options.seed);
  file.options.certify = file.options.certify || command.certify;
  file.options.verdict_only = file.options.verdict_only || command.verdict_only;
  file.stop.seconds = command.stop_seconds.value_or(file.stop.seconds);
  file.stop.width = command.stop_width.value_or(file.stop.width);
  file.stop.counterexample = file.stop.counterexample || command.stop_counterexample;
  validate(file.ensemble);
  for (const Ensemble& cell : file.cells) validate(cell);
  if (!command.cell) return file;
  if (*command.cell >= static_cast<std::int64_t>(file.cells.size())) {
    throw InvalidArgument(fmt::format("--cell: {}, expected a point of the grid, 0 to {}", *command.cell,
                                      static_cast<std::int64_t>(file.cells.size()) - 1));
  }
  return io::at_cell(file, static_cast<std::size_t>(*command.cell));
}

/// The word as a shell reads it back.
std::string shell_word(const std::string& word) {
  const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=+,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

template <class T>
std::vector<double> as_doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

/// Circuit `index` as it was judged: drawn in the precision of the sweep.
template <class T>
OwnedCircuit<double> drawn_in(const io::SweepFile& file, std::int64_t index) {
  const OwnedCircuit<T> c = draw<T>(file.ensemble, file.options.seed, index);
  return {c.n,
          c.model,
          as_doubles(c.tau_y),
          as_doubles(c.tau_a),
          as_doubles(c.b0),
          as_doubles(c.b1),
          as_doubles(c.sigma),
          as_doubles(c.z),
          as_doubles(c.Wr),
          as_doubles(c.W)};
}

int run_replay(const io::SweepFile& file, std::int64_t index) {
  if (!file.cells.empty()) throw InvalidArgument("--replay: expected --cell beside it, as the sweep file has a [grid]");
  io::CircuitRecord record;
  record.name = fmt::format("seed {}, circuit {}", file.options.seed, index);
  record.circuit =
      file.options.precision == Precision::float32 ? drawn_in<float>(file, index) : drawn_in<double>(file, index);
  // times, so that the file can be integrated as it is: from rest through some tens of time constants
  const double tau = longest_time_constant(record.circuit);
  for (int k = 0; k <= 20; ++k) record.times.push_back(2 * tau * k);
  print(io::circuits_file_text({record}));
  return exit_ok;
}

/// The part that --shard leaves of the sweep.
io::SweepFile part_of(io::SweepFile file, const std::string& shard) {
  if (!shard.empty()) take_shard(shard, file.options);
  return file;
}

/// The columns of the records, if there are to be any.
std::vector<SweptColumn> columns_of(const SweepCommand& command, const io::SweepFile& file) {
  if (command.records.empty()) return {};
  const auto asked = command.columns ? io::columns_in(*command.columns, file.options) : io::usual_columns(file.options);
  return io::columns_of_file(command.records, asked);
}

SweepRun run_of(const SweepCommand& command, const io::SweepFile& all) {
  return {part_of(all, command.shard),
          {all.options.first, all.options.circuits},
          command.checkpoint,
          command.records,
          columns_of(command, all),
          "",
          command.quiet};
}

/// What the reports say of the executor.
std::string place(const Ranks& ranks, const Executor& executor) {
  return (ranks.size() > 1 ? fmt::format("{} ranks, the first on ", ranks.size()) : "") + describe(executor);
}

/// The command that replays a circuit, up to its index, or up to the point of the grid.
std::string replay_command(const SweepCommand& command, const io::SweepFile& file) {
  const std::string cell = command.cell ? fmt::format(" --cell {}", *command.cell) : "";
  return fmt::format("{} sweep {} --seed {}{} {} ", shell_word(command.program), shell_word(command.file),
                     file.options.seed, cell, file.cells.empty() ? "--replay" : "--cell");
}

/// What may fail, and comes after the report for that: the HDF5 file and the picture, where they were asked for.
void keep_files(const SweepCommand& command, const io::SweepRecord& record, const std::string& json) {
  if (!command.hdf5.empty()) io::AtomicFile(command.hdf5).commit(io::sweep_hdf5(record));
  draw_plot(command.plot, json);
}

int run_single(const SweepCommand& command, const Ranks& ranks, const Executor& executor, const io::SweepFile& all) {
  const SweepRun run = run_of(command, all);
  StopWatch watch(all.stop);
  const SweepOutcome outcome = run_sweep(run, ranks, executor, watch);
  if (ranks.rank() > 0) return exit_ok;
  const SweepReport report{run.file, outcome.results, place(ranks, executor), outcome.complete ? "" : watch.reason(),
                           replay_command(command, all)};
  const std::string json = sweep_json(report);
  print(command.common.json ? json : sweep_text(report));
  keep_files(command, {version, report.executor, report.stopped, run.file, {outcome.results}}, json);
  return outcome.saved ? exit_ok : exit_failure;
}

/// The file of a point of the grid: records.csv becomes records.3.csv.
std::string numbered(const std::string& path, std::size_t cell) {
  const std::filesystem::path whole(path);
  std::filesystem::path name = whole.stem();
  name += fmt::format(".{}", cell);
  name += whole.extension();
  return (whole.parent_path() / name).string();
}

/// The sweep at a point of the grid, with a checkpoint and records of its own.
SweepRun run_at_cell(const SweepCommand& command, const io::SweepFile& all, std::size_t cell) {
  SweepRun run = run_of(command, io::at_cell(all, cell));
  run.progress = fmt::format("cell {} of {}", cell + 1, all.cells.size());
  if (!run.checkpoint.empty()) run.checkpoint += fmt::format(".{}", cell);
  if (!run.records.empty()) run.records = numbered(run.records, cell);
  return run;
}

/// A sweep at each point of the grid, one after the other.
int run_grid(const SweepCommand& command, const Ranks& ranks, const Executor& executor, const io::SweepFile& all) {
  for (std::size_t cell = 0; cell < all.cells.size(); ++cell) {
    check_files(run_at_cell(command, all, cell), ranks, executor);
  }
  GridReport report{all, {}, place(ranks, executor), "", replay_command(command, all)};
  StopWatch watch(all.stop);
  bool saved = true;
  bool go_on = true;
  for (std::size_t cell = 0; cell < all.cells.size() && go_on; ++cell) {
    watch.next_sweep();
    const SweepOutcome outcome = run_sweep(run_at_cell(command, all, cell), ranks, executor, watch);
    go_on = ranks.agree(!watch.ends_all());
    report.cells.push_back(outcome.results);
    saved = saved && outcome.saved;
    if (!outcome.complete) report.stopped = watch.reason();
  }
  if (ranks.rank() > 0) return exit_ok;
  const std::string json = grid_json(report);
  print(command.common.json ? json : grid_text(report));
  keep_files(command, {version, report.executor, report.stopped, all, report.cells}, json);
  return saved ? exit_ok : exit_failure;
}

/// Where a file is, whatever it is called; of a pipe that has no place its name.
std::filesystem::path place_of(const std::string& path) {
  std::error_code nowhere;
  const std::filesystem::path place = std::filesystem::weakly_canonical(path, nowhere);
  return nowhere ? std::filesystem::path(path) : place;
}

/// Refuses a file that two options would write.
void require_distinct_files(const SweepCommand& command) {
  const std::pair<const char*, std::string> files[] = {
      {"--checkpoint", command.checkpoint},
      {"--hdf5", command.hdf5},
      {"--records", command.records},
      {"--records", command.records.empty() ? "" : command.records + ".part"},
      {"--plot", command.plot.file}};
  for (std::size_t i = 0; i < std::size(files); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (files[i].second.empty() || files[j].second.empty()) continue;
      if (place_of(files[i].second) != place_of(files[j].second)) continue;
      throw InvalidArgument(fmt::format("{}: {}, expected another file than that of {}", files[i].first,
                                        files[i].second, files[j].first));
    }
  }
}

/// Refuses records that nobody could keep.
void require_one_process(const SweepCommand& command, const Ranks& ranks) {
  if (command.records.empty() || ranks.size() == 1) return;
  throw InvalidArgument(fmt::format(
      "--records: given with {} ranks, expected one process (--shard divides a sweep without MPI)", ranks.size()));
}

int run_on(const SweepCommand& command, const Ranks& ranks) {
  require_one_process(command, ranks);
  const io::SweepFile all = read(command);
  if (ranks.rank() == 0) require_plot(command.plot, all.grid.size());
  const Executor executor = make_executor(for_rank(command.common, ranks.local_rank(), ranks.local_size()));
  return all.cells.empty() ? run_single(command, ranks, executor, all) : run_grid(command, ranks, executor, all);
}

/// Says before the work starts what would otherwise be known after it.
void require_hdf5(const std::string& path) {
  if (path.empty()) return;
  if (!io::has_hdf5()) throw InvalidArgument("--hdf5: given, expected none: this program was built without HDF5");
  const io::AtomicFile writable(path);
}

/// What a sweep would do, after the refusals that it would begin with.
int run_explain(const SweepCommand& command) {
  const io::SweepFile file = part_of(read(command), command.shard);
  require_plot(command.plot, file.grid.size());
  const auto names = [&](const std::string& path) {
    if (path.empty() || file.cells.empty()) return path;
    return fmt::format("{} to {}", numbered(path, 0), numbered(path, file.cells.size() - 1));
  };
  print(explain(make_executor(command.common), command.file, file, {command.records, names(command.records)},
                columns_of(command, file)));
  return exit_ok;
}

int run(const SweepCommand& command) {
  if (command.columns && command.records.empty()) {
    throw InvalidArgument("--columns: given, expected --records beside it");
  }
  require_distinct_files(command);
  require_hdf5(command.hdf5);
  if (command.replay) return run_replay(read(command), *command.replay);
  if (command.explain) return run_explain(command);
  const Ranks ranks;
  if (ranks.size() == 1) return run_on(command, ranks);
  try {
    return run_on(command, ranks);
  } catch (...) {
    // what every rank meets the first one reports, and ends the others while they wait
    if (ranks.rank() > 0) std::this_thread::sleep_for(std::chrono::seconds(2));
    const int code = complain_of_exception(ranks.rank() > 0 ? fmt::format("rank {}: ", ranks.rank()) : "");
    Ranks::end_all(code);
  }
}

}  // namespace

void add_sweep(CLI::App& app, Action& action) {
  const auto command = std::make_shared<SweepCommand>();
  CLI::App* sub = app.add_subcommand("sweep", "Monte Carlo stability statistics of random circuits (sweep file, TOML)");
  sub->add_option("FILE", command->file, "sweep file; examples/figure4.toml explains every key")->required();
  add_integer(*sub, "--circuits", command->circuits, std::int64_t{1}, most_circuits,
              "how many circuits, instead of the file's number");
  add_integer(*sub, "--first", command->first, std::int64_t{0}, most_circuits,
              "index of the first circuit, instead of the file's");
  add_integer(*sub, "--seed", command->seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
              "seed, instead of the file's");
  add_integer(*sub, "--replay", command->replay, std::int64_t{0}, most_circuits,
              "print the circuit of this index as a circuits file, and stop");
  add_integer(*sub, "--cell", command->cell, std::int64_t{0}, most_circuits, "only this point of the grid");
  sub->add_option("--checkpoint", command->checkpoint,
                  "save what is done in this file as it goes, and continue from it where it exists")
      ->type_name("FILE")
      ->check(not_empty());
  sub->add_option("--shard", command->shard, "only part I of K equal parts, as I/K; merge puts the parts together")
      ->type_name("I/K")
      ->check(not_empty());
  sub->add_option("--hdf5", command->hdf5, "write the results to this HDF5 file as well; xarray and h5py open it")
      ->type_name("FILE")
      ->check(not_empty());
  add_plot_options(*sub, command->plot);
  sub->add_option("--records", command->records,
                  "write a row for each circuit to this file: CSV, or HDF5 where it ends in .h5 or .hdf5")
      ->type_name("FILE")
      ->check(not_empty());
  sub->add_option("--columns", command->columns,
                  "of the records: some of index, status, verdict, abscissa, frequency, damping_ratio, state_norm, "
                  "newton_steps, flow_steps, lu_factorisations, rung, proven")
      ->type_name("NAME,...")
      ->check(not_empty());
  sub->add_option("--stop-seconds", command->stop_seconds, "end this run after so many seconds")
      ->check(finite_number(false));
  sub->add_option("--stop-width", command->stop_width,
                  "end when the 95 % confidence interval of the fraction that does not end ok is this narrow")
      ->check(finite_number(false))
      ->check(below(1));
  sub->add_flag("--stop-at-counterexample", command->stop_counterexample,
                "end after the first circuit that does not end ok");
  sub->add_flag("--certify", command->certify,
                "try to prove each circuit that settled stable, rounding included; count the proofs");
  sub->add_flag("--verdict-only", command->verdict_only,
                "no eigenvalues where stability can be proven without: the same verdicts, no abscissae");
  sub->add_flag("--explain", command->explain,
                "say in words what would run, with the time and the memory it would take, and stop");
  sub->add_flag("--quiet", command->quiet, "no progress on standard error");
  add_common_options(*sub, command->common);
  sub->footer(
      "Examples:\n"
      "  organics sweep examples/figure4.toml --circuits 10000 --seed 7\n"
      "  organics sweep examples/figure4.toml --explain\n"
      "  organics sweep examples/figure4.toml --replay 42 > circuit.json; organics spectrum circuit.json\n"
      "  organics sweep examples/figure4.toml --checkpoint figure4.sweep   (kill it, run it again: it continues)\n"
      "  organics sweep examples/figure4.toml --records circuits.csv --columns index,verdict,abscissa\n"
      "  organics sweep examples/figure4.toml --shard 3/8 --checkpoint part3.sweep   (one job of eight)\n"
      "  mpirun -n 64 organics sweep examples/figure4.toml   (all ranks work on one sweep)\n"
      "The exit code is 0 when the sweep completed, whatever became of its circuits.");
  sub->callback([command, &app, &action] {
    command->program = app.get_name();
    action = [command] { return run(*command); };
  });
}

}  // namespace organics::cli
