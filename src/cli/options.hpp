// Options that all subcommands share, and checks of numbers given on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "organics/executor.hpp"

namespace organics::cli {

struct CommonOptions {
  std::string device = "cpu";
  int threads = 0;
  bool json = false;
};

void add_common_options(CLI::App& command, CommonOptions& options);

/// The executor that the options ask for. Throws InvalidArgument, or DeviceError where it cannot be used here.
Executor make_executor(const CommonOptions& options);

/// The number must be finite and > 0, or, with `zero_allowed`, >= 0.
CLI::Validator finite_number(bool zero_allowed);

/// The number must be an integer from `lower` to `upper`.
CLI::Validator integer_between(std::int64_t lower, std::int64_t upper);

}  // namespace organics::cli
