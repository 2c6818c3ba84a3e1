// What a hunt came upon, as text, as JSON, and as a circuits file.
#pragma once

#include <string>

#include "io/sweep_file.hpp"
#include "organics/hunt.hpp"

namespace organics::cli {

struct HuntReport {
  io::SweepFile file;
  HuntOptions options;
  HuntResults results;
  std::string executor;
  double seconds = 0;  ///< that it took
};

std::string hunt_text(const HuntReport& report);
std::string hunt_json(const HuntReport& report);

/// The circuits that were found, for the other subcommands.
std::string hunt_circuits(const HuntOptions& options, const std::vector<HuntedCircuit>& found);

}  // namespace organics::cli
