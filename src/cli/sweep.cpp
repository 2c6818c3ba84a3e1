// organics sweep: stability statistics of the random circuits that a sweep file describes.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <thread>

#include "cli/command.hpp"
#include "cli/explain.hpp"
#include "cli/failure.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/ranks.hpp"
#include "cli/shard.hpp"
#include "cli/stop_rules.hpp"
#include "cli/sweep_over_ranks.hpp"
#include "cli/sweep_report.hpp"
#include "cli/sweep_saver.hpp"
#include "cli/version.hpp"
#include "io/circuits_file.hpp"
#include "io/sweep_file.hpp"

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
  std::string checkpoint;
  std::string shard;
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
  return file;
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
  io::CircuitRecord record;
  record.name = fmt::format("seed {}, circuit {}", file.options.seed, index);
  record.circuit =
      file.options.precision == Precision::float64 ? drawn_in<double>(file, index) : drawn_in<float>(file, index);
  // times, so that the file can be integrated as it is: from rest through some tens of time constants
  double tau = 0;
  for (const auto* taus : {&record.circuit.tau_y, &record.circuit.tau_a}) {
    tau = std::max(tau, *std::max_element(taus->begin(), taus->end()));
  }
  for (int k = 0; k <= 20; ++k) record.times.push_back(2 * tau * k);
  print(io::circuits_file_text({record}));
  return exit_ok;
}

Progress line_about(const SweepProgress& p) {
  std::string verdicts;
  for (int i = 0; i < verdict_count; ++i) {
    if (p.verdicts[i] == 0) continue;
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : "  ", name(static_cast<Verdict>(i)), p.verdicts[i]);
  }
  return {p.done, p.total, p.seconds, verdicts};
}

/// Runs what is missing of the sweep, with progress, saving and the rules that end it early.
void continue_sweep(const SweepCommand& command, const Ranks& ranks, const Executor& executor,
                    io::SweepCheckpoint& sweep_here, SweepSaver* saver, StopWatch& watch) {
  io::SweepFile& file = sweep_here.file;
  SweepState& state = sweep_here.state;
  const ProgressLine line(command.quiet || ranks.rank() > 0);
  if (line.enabled())
    file.options.progress = [&line](const SweepProgress& progress) { line.show(line_about(progress)); };
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
std::optional<SweepSaver> saver_of(const SweepCommand& command, const Ranks& ranks, const io::SweepCheckpoint& wanted) {
  std::optional<SweepSaver> saver;
  if (command.checkpoint.empty()) return saver;
  if (ranks.rank() == 0) {
    saver.emplace(command.checkpoint, wanted);
  } else {
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, SIG_IGN);
  }
  return saver;
}

/// The part that --shard leaves of the sweep.
io::SweepFile part_of(io::SweepFile file, const std::string& shard) {
  if (!shard.empty()) take_shard(shard, file.options);
  return file;
}

int run_sweep(const SweepCommand& command, const Ranks& ranks) {
  const io::SweepFile all = read(command);
  const IndexRange whole{all.options.first, all.options.circuits};
  const io::SweepFile file = part_of(all, command.shard);
  const CommonOptions common = for_rank(command.common, ranks.local_rank(), ranks.local_size());
  const Executor executor = make_executor(common);
  io::SweepCheckpoint sweep_here{version, std::holds_alternative<Cuda>(executor) ? "cuda" : "cpu", file, whole, {}};
  std::optional<SweepSaver> saver = saver_of(command, ranks, sweep_here);
  if (saver) sweep_here.state = saver->saved();
  StopWatch watch(file.stop);
  continue_sweep(command, ranks, executor, sweep_here, saver ? &*saver : nullptr, watch);
  if (ranks.rank() > 0) return exit_ok;
  const bool saved = !saver || saver->save(sweep_here.state);
  const bool early = !sweep_here.state.missing({file.options.first, file.options.circuits}).empty();
  const std::string where = ranks.size() > 1 ? fmt::format("{} ranks, the first on ", ranks.size()) : "";
  const SweepReport report{file, sweep_here.state.results, where + describe(executor), early ? watch.reason() : "",
                           fmt::format("{} sweep {} --seed {} --replay ", shell_word(command.program),
                                       shell_word(command.file), file.options.seed)};
  print(command.common.json ? sweep_json(report) : sweep_text(report));
  return saved ? exit_ok : exit_failure;
}

int run(const SweepCommand& command) {
  if (command.replay) return run_replay(read(command), *command.replay);
  if (command.explain) {
    print(explain(make_executor(command.common), command.file, part_of(read(command), command.shard)));
    return exit_ok;
  }
  const Ranks ranks;
  if (ranks.size() == 1) return run_sweep(command, ranks);
  try {
    return run_sweep(command, ranks);
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
  sub->add_option("--checkpoint", command->checkpoint,
                  "save what is done in this file as it goes, and continue from it where it exists")
      ->type_name("FILE")
      ->check(not_empty());
  sub->add_option("--shard", command->shard, "only part I of K equal parts, as I/K; merge puts the parts together")
      ->type_name("I/K")
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
      "  organics sweep examples/figure4.toml --shard 3/8 --checkpoint part3.sweep   (one job of eight)\n"
      "  mpirun -n 64 organics sweep examples/figure4.toml   (all ranks work on one sweep)\n"
      "The exit code is 0 when the sweep completed, whatever became of its circuits.");
  sub->callback([command, &app, &action] {
    command->program = app.get_name();
    action = [command] { return run(*command); };
  });
}

}  // namespace organics::cli
