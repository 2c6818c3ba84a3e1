// The trajectory of each circuit of a file.
#pragma once

#include <vector>

#include "cli/integrate_options.hpp"
#include "cli/progress.hpp"
#include "io/circuits_file.hpp"
#include "io/results_json.hpp"

namespace organics::cli {

/// Gives every record the times and tolerances that are in force: those of the command line before those of the file.
/// Afterwards each has times, or, where steps are wanted, a span instead. Throws InvalidArgument.
void apply_command_line(const IntegrateCommand& command, std::vector<io::CircuitRecord>& records);

/// In the order of the file. Throws InvalidArgument, DeviceError.
std::vector<io::CircuitResult> integrate_all(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                                             const IntegrateCommand& command, const ProgressLine& line);

}  // namespace organics::cli
