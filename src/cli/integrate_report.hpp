// Trajectories as text.
#pragma once

#include <string>
#include <vector>

#include "io/circuits_file.hpp"
#include "io/results_json.hpp"

namespace organics::cli {

/// One block per circuit: how it went, its events and summary, and a row of the state for every time.
std::string trajectories_text(const std::vector<io::CircuitRecord>& records,
                              const std::vector<io::CircuitResult>& results);

}  // namespace organics::cli
