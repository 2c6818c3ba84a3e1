// The results of a sweep, as text for people and as JSON.
#pragma once

#include <string>

#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::cli {

/// `executor`: what it ran on, in words. `replay`: the command that replays a circuit, up to its index.
std::string sweep_text(const io::SweepFile& file, const SweepResults& results, const std::string& executor,
                       const std::string& replay);

std::string sweep_json(const io::SweepFile& file, const SweepResults& results, const std::string& executor);

}  // namespace organics::cli
