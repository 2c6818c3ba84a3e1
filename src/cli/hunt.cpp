// organics hunt: climbs from the worst of random circuits towards ones without a stable steady state.
#include "organics/hunt.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/hunt_report.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/signals.hpp"
#include "io/atomic_file.hpp"
#include "io/sweep_file.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

struct HuntCommand {
  CommonOptions common;
  HuntOptions options;
  std::string file;
  std::string output;
  std::optional<std::uint64_t> seed;
  std::optional<std::size_t> cell;
  bool quiet = false;
};

/// Hunts climb abscissae in double: keys that ask for something else are not ignored.
void refuse_other_verdicts(const std::string& path, const SweepOptions& options) {
  if (options.precision != Precision::float64) {
    throw InvalidArgument(fmt::format("{}: sweep.precision = \"{}\", expected \"double\", in which hunts work", path,
                                      name(options.precision)));
  }
  if (options.verdict_only) {
    throw InvalidArgument(fmt::format("{}: sweep.verdict_only = true, expected false, as hunts climb abscissae", path));
  }
}

io::SweepFile read(const HuntCommand& command) {
  io::SweepFile file = io::read_sweep_file(command.file);
  refuse_other_verdicts(command.file, file.options);
  if (!command.cell && !file.cells.empty()) {
    throw InvalidArgument("--cell: not given, expected a point of the grid, as the sweep file has a [grid]");
  }
  if (!command.cell) return file;
  if (*command.cell < file.cells.size()) return io::at_cell(file, *command.cell);
  throw InvalidArgument(file.cells.empty() ? "--cell: expected none, as the sweep file has no [grid]"
                                           : fmt::format("--cell: {}, expected a point of the grid, 0 to {}",
                                                         *command.cell, file.cells.size() - 1));
}

using HuntClock = std::chrono::steady_clock;

/// Keeps a circuits file of what has been found so far.
class FoundFile {
 public:
  FoundFile(const std::string& path, const HuntOptions& options) : path_(path), options_(options) {
    if (!path.empty()) const io::AtomicFile writable(path);  // else it says why now
  }

  /// At most every second, as each time all of it is written.
  void keep_now_and_then(const std::vector<HuntedCircuit>& found) {
    if (HuntClock::now() < next_) return;
    keep(found);
    next_ = HuntClock::now() + std::chrono::seconds(1);
  }

  void keep(const std::vector<HuntedCircuit>& found) {
    if (path_.empty() || (written_ && found.size() == kept_)) return;
    io::AtomicFile(path_).commit(hunt_circuits(options_, found));
    kept_ = found.size();
    written_ = true;
  }

 private:
  std::string path_;
  HuntOptions options_;
  std::size_t kept_ = 0;
  bool written_ = false;
  HuntClock::time_point next_ = HuntClock::now();
};

/// Shows how a hunt gets on.
class HuntLine {
 public:
  explicit HuntLine(bool quiet) : line_(quiet) {}

  void show(const HuntProgress& progress, const HuntResults& so_far) {
    const auto now = HuntClock::now();
    if (!line_.enabled() || now < next_) return;
    next_ = now + std::chrono::milliseconds(100);
    const std::string highest = std::isnan(progress.highest) ? "" : fmt::format("  highest {:.3g}", progress.highest);
    line_.show({progress.step, progress.steps, std::chrono::duration<double>(now - start_).count(),
                fmt::format("trials of each climb  found {}{}", so_far.found.size(), highest)});
  }

 private:
  ProgressLine line_;
  HuntClock::time_point start_ = HuntClock::now();
  HuntClock::time_point next_ = start_;
};

int run(const HuntCommand& command) {
  HuntReport report{read(command), command.options, {}, "", 0};
  HuntOptions& options = report.options;
  options.steady_state = report.file.options.steady_state;
  options.seed = command.seed.value_or(report.file.options.seed);
  const Executor executor = make_executor(command.common);
  report.executor = describe(executor);
  FoundFile found(command.output, options);
  HuntLine line(command.quiet);
  options.after_step = [&](const HuntProgress& progress, const HuntResults& so_far) {
    line.show(progress, so_far);
    found.keep_now_and_then(so_far.found);
    return signal_received() == 0;
  };
  watch_signals();
  const auto start = HuntClock::now();
  report.results = hunt(executor, report.file.ensemble, options);
  report.seconds = std::chrono::duration<double>(HuntClock::now() - start).count();
  found.keep(report.results.found);
  print(command.common.json ? hunt_json(report) : hunt_text(report));
  if (signal_received() == 0) return exit_ok;
  complain("stopped; the report is of what it had come upon");
  die_of_signal();
  return exit_failure;
}

}  // namespace

void add_hunt(CLI::App& app, Action& action) {
  const auto command = std::make_shared<HuntCommand>();
  HuntOptions& options = command->options;
  CLI::App* sub = app.add_subcommand(
      "hunt", "Climb from random circuits (sweep file, TOML) towards ones without a stable steady state");
  sub->add_option("FILE", command->file, "sweep file; [ensemble] says what may move, and how far")->required();
  add_integer(*sub, "--draws", options.draws, std::int64_t{1}, std::int64_t{1000000000},
              fmt::format("random circuits of which the worst are the starts (default {})", options.draws));
  add_integer(*sub, "--climbs", options.climbs, 1, 1000000,
              fmt::format("circuits that climb side by side (default {})", options.climbs));
  add_integer(*sub, "--steps", options.steps, 0, 1000000,
              fmt::format("trials of each climb, its restarts included (default {})", options.steps));
  add_integer(*sub, "--most", options.most, 1, 1000000,
              fmt::format("end when so many have been found (default {})", options.most));
  add_integer(*sub, "--starts", options.starts, 1, 1000000,
              fmt::format("starts of the search for equilibria of what does not settle (default {})", options.starts));
  add_integer(*sub, "--seed", command->seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
              "seed, instead of the file's; another one hunts elsewhere");
  add_integer(*sub, "--cell", command->cell, std::size_t{0}, std::size_t{10000}, "this point of the file's grid");
  sub->add_option("--output", command->output,
                  "keep a circuits file of what has been found so far, for spectrum, equilibria and integrate")
      ->type_name("FILE")
      ->check(not_empty());
  sub->add_flag("--quiet", command->quiet, "no progress on standard error");
  add_common_options(*sub, command->common);
  sub->footer(
      "Example:\n"
      "  organics hunt examples/hunt.toml --output found.json; organics equilibria found.json\n"
      "The exit code is 0 when the hunt came to its end, whatever it found.");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
