// The command line of organics integrate.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/component.hpp"
#include "cli/options.hpp"
#include "organics/integrate.hpp"

namespace organics::cli {

/// An event as it was asked for; without a component it is the steady state.
struct EventOption {
  std::string text;
  std::optional<Component> component;
  Crossing direction = Crossing::either;
  double level = 0;
  bool terminal = true;
};

struct IntegrateCommand {
  CommonOptions common;
  std::string file;
  IntegrateOptions options;    ///< events and frequency_component are set for each batch
  std::optional<double> rtol;  ///< given: instead of the file's
  std::optional<double> atol;
  std::vector<double> times;  ///< given: instead of the file's
  std::vector<double> span;
  std::vector<EventOption> events;
  bool summary = false;
  std::string frequency_of = "y[0]";
  bool csv = false;
  std::string output;  ///< empty: standard output
  bool quiet = false;
};

/// Registers the options; each stores in `command`, which must outlive the parsing.
void add_integrate_options(CLI::App& sub, IntegrateCommand& command);

/// Refuses options that do not go together. Throws InvalidArgument.
void require_consistent(const IntegrateCommand& command);

}  // namespace organics::cli
