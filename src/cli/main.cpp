// organics: the program. Reads the command line, runs one subcommand, and turns what went wrong into one line on
// standard error and an exit code.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <string_view>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "cli/failure.hpp"
#include "cli/output.hpp"
#include "cli/ranks.hpp"
#include "cli/version.hpp"
#include "io/suggest.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

constexpr const char* description =
    "Recurrent circuits with divisive normalization (ORGaNICs): trajectories, steady states, spectra, and Monte Carlo "
    "stability sweeps, on CPUs and NVIDIA GPUs.";

constexpr const char* footer =
    "Examples:\n"
    "  organics sweep examples/figure4.toml\n"
    "  organics spectrum examples/two_circuits.json --json\n"
    "  organics SUBCOMMAND --help\n"
    "Exit codes:\n"
    "  0  every circuit ended ok (sweep: the sweep completed)\n"
    "  1  the output could not be written, or the program failed\n"
    "  2  bad input: command line, file or value\n"
    "  3  some circuit did not end ok; each is named with its status on standard error (merge: circuits are missing)\n"
    "  4  the device cannot do the work";

/// A first word that is no subcommand would otherwise be reported as a missing one.
void refuse_unknown_subcommand(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* subcommand : app.get_subcommands({})) names.push_back(subcommand->get_name());
  if (word.starts_with("-") || std::find(names.begin(), names.end(), word) != names.end()) return;
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  throw InvalidArgument(fmt::format("unknown subcommand {}, expected {}{} (see --help)", word, fmt::join(names, ", "),
                                    io::did_you_mean(word, candidates)));
}

int parse_and_run(int argc, char** argv) {
  CLI::App app(description, argc > 0 ? argv[0] : "organics");
  app.set_version_flag("--version", fmt::format("organics {}", version));
  app.footer(footer);
  app.require_subcommand(1);
  Action action;
  add_info(app, action);
  add_integrate(app, action);
  add_steady(app, action);
  add_spectrum(app, action);
  add_sweep(app, action);
  add_merge(app, action);
  add_noise(app, action);
  add_equilibria(app, action);
  add_hunt(app, action);
  if (argc > 1) refuse_unknown_subcommand(app, argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) throw InvalidArgument(error.what() + std::string(" (see --help)"));
    std::ostringstream help;
    app.exit(error, help, help);
    print(help.str());
    return exit_ok;
  }
  return action();
}

int run_program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe becomes a write error, which is reported
  try {
    return parse_and_run(argc, argv);
  } catch (...) {
    const int rank = launched_rank();
    if (rank == 0) return complain_of_exception();
    // where all ranks of an mpirun come here for the same reason, the first says it, and ends the others meanwhile
    std::this_thread::sleep_for(std::chrono::seconds(2));
    return complain_of_exception(fmt::format("rank {}: ", rank));
  }
}

}  // namespace
}  // namespace organics::cli

int main(int argc, char** argv) { return organics::cli::run_program(argc, argv); }
