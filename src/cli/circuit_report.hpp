// What the subcommands that read a circuits file share: how they end, and how they show numbers.
#pragma once

#include <string>
#include <vector>

#include "io/circuits_file.hpp"
#include "io/results_json.hpp"

namespace organics::cli {

/// Names each circuit that did not end ok on standard error; the exit code says whether there was one.
int report_failures(const std::vector<io::CircuitRecord>& records, const std::vector<io::CircuitResult>& results);

/// The name of a circuit in a table.
std::string title(std::size_t index, const io::CircuitRecord& record);

/// A number in a table; a dash where there is none.
std::string shown(const std::optional<double>& value);

/// The first few of the numbers from `begin` to `end`.
std::string shown(const double* begin, const double* end);

}  // namespace organics::cli
