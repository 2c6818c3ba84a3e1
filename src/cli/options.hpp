// Options that all subcommands share, and checks of numbers given on the command line.
#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <optional>
#include <string>

#include "organics/executor.hpp"

namespace organics::cli {

struct CommonOptions {
  std::string device = "cpu";
  int threads = 0;
  std::string simd;  ///< empty: the widest
  bool json = false;
};

void add_common_options(CLI::App& command, CommonOptions& options);

/// The executor that the options ask for. Throws InvalidArgument, or DeviceError where it cannot be used here.
Executor make_executor(const CommonOptions& options);

/// The options of one of several ranks on a machine: each takes its share of the cores, or a GPU of its own in turn,
/// unless the number of threads or the GPU was given.
CommonOptions for_rank(const CommonOptions& options, int local_rank, int local_size);

/// The number must be finite and > 0, or, with `zero_allowed`, >= 0.
CLI::Validator finite_number(bool zero_allowed);

/// The number must be less than `limit`.
CLI::Validator below(double limit);

/// The text must not be empty, as it is where a shell variable is not set.
CLI::Validator not_empty();

/// The integer that is all of `text`, in decimal digits without a sign.
template <class Integer>
std::optional<Integer> integer_in(const std::string& text) {
  Integer number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  const bool good = error == std::errc() && end == last && text.front() != '-';
  return good ? std::optional(number) : std::nullopt;
}

/// Adds an option that stores an integer from `lower` to `upper`, in decimal digits, in `target`. CLI11 by itself would
/// read 010 as 8, and a negative number as a large unsigned one.
template <class Integer, class Target>
void add_integer(CLI::App& command, const std::string& name, Target& target, Integer lower, Integer upper,
                 const std::string& help) {
  const auto store = [=, &target](const std::string& text) {
    const auto number = integer_in<Integer>(text);
    if (!number || *number < lower || *number > upper) {
      throw CLI::ValidationError(name, fmt::format("{}, expected an integer from {} to {}", text, lower, upper));
    }
    target = *number;
  };
  command.add_option_function<std::string>(name, store, help)->type_name("INT");
}

}  // namespace organics::cli
