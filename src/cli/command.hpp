// A subcommand of the program: it registers its options, and leaves behind what is to be done.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace organics::cli {

/// How the program ends; the help text lists the same numbers.
enum ExitCode : int { exit_ok = 0, exit_failure = 1, exit_bad_input = 2, exit_some_not_ok = 3, exit_device = 4 };

/// The work of the subcommand that was chosen; returns the exit code.
using Action = std::function<int()>;

void add_info(CLI::App& app, Action& action);
void add_integrate(CLI::App& app, Action& action);
void add_steady(CLI::App& app, Action& action);
void add_spectrum(CLI::App& app, Action& action);
void add_sweep(CLI::App& app, Action& action);
void add_merge(CLI::App& app, Action& action);
void add_noise(CLI::App& app, Action& action);
void add_equilibria(CLI::App& app, Action& action);
void add_hunt(CLI::App& app, Action& action);

}  // namespace organics::cli
