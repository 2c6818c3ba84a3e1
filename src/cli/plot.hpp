// The picture of a sweep: its JSON report, drawn by plot_sweep.py and Matplotlib.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>

namespace organics::cli {

/// What is asked for on the command line.
struct Plot {
  std::string file;            ///< empty: no picture
  bool distributions = false;  ///< of every quantity, in place of the abscissae alone
};

/// --plot and --distributions.
void add_plot_options(CLI::App& sub, Plot& plot);

/// Before the work starts: throws, in one line, where the picture could not be drawn after it. `axes`: of the grid.
void require_plot(const Plot& plot, std::size_t axes);

/// Draws. Throws std::runtime_error where that fails.
void draw_plot(const Plot& plot, const std::string& json);

}  // namespace organics::cli
