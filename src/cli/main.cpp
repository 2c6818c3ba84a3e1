// organics: the program. Reads the command line, runs one subcommand, and turns what went wrong into one line on
// standard error and an exit code.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <sstream>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
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

int complain(const std::string& message, int code) {
  std::string line = message;
  std::replace(line.begin(), line.end(), '\n', ' ');
  if (launched_rank() == 0) fmt::print(stderr, "organics: {}\n", line);  // every rank of an mpirun would say the same
  return code;
}

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
  if (argc > 1) refuse_unknown_subcommand(app, argv[1]);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) return complain(error.what() + std::string(" (see --help)"), exit_bad_input);
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
  } catch (const InvalidArgument& error) {
    return complain(error.what(), exit_bad_input);
  } catch (const DeviceError& error) {
    return complain(error.what(), exit_device);
  } catch (const std::exception& error) {
    return complain(error.what(), exit_failure);
  }
}

}  // namespace
}  // namespace organics::cli

int main(int argc, char** argv) { return organics::cli::run_program(argc, argv); }
