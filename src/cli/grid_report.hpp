// The results of a sweep over a grid, as text for people and as JSON.
#pragma once

#include <string>
#include <vector>

#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::cli {

struct GridReport {
  const io::SweepFile& file;
  std::vector<SweepResults> cells;  ///< of the points of the grid that were come to, in their order
  std::string executor;             ///< what it ran on, in words
  std::string stopped;              ///< why it ended before all circuits were done; empty: it did not
  std::string replay;               ///< the command that replays a circuit, up to the number of its cell
};

std::string grid_text(const GridReport& report);
std::string grid_json(const GridReport& report);

}  // namespace organics::cli
