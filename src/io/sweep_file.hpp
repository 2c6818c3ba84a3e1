// The sweep file (TOML): which random circuits to draw, how many, and what to record. examples/figure4.toml explains
// every key; each is optional, and its default is that of Ensemble and SweepOptions. Reading is strict.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/given_matrix.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

/// When to end before all circuits are done, looked at after each chunk. Zero or false: never.
struct StopRules {
  double seconds = 0;           ///< wall time of this run
  double width = 0;             ///< of the 95 % confidence interval of the fraction that does not end ok
  bool counterexample = false;  ///< a circuit that does not end ok
};

/// A key of [ensemble], such as "Wr.norm", and the values that it takes in turn.
struct GridAxis {
  std::string key;
  std::vector<double> values;
};

/// Points of the grid, the last axis running fastest; 1 without axes.
std::size_t cell_count(const std::vector<GridAxis>& axes);
/// The value of each axis at a point.
std::vector<double> cell_values(const std::vector<GridAxis>& axes, std::size_t cell);

struct SweepFile {
  Ensemble ensemble;
  SweepOptions options;
  StopRules stop;
  std::vector<GridAxis> grid;   ///< empty: there is none
  std::vector<Ensemble> cells;  ///< the ensemble at each point of the grid; empty without one
  MatrixStore matrices;         ///< what the ensembles are given
};

/// The sweep at one point of the grid, which has none itself.
SweepFile at_cell(const SweepFile& file, std::size_t cell);

/// Reads a sweep file. Throws InvalidArgument with one line that names the file, the line, the key, the value and what
/// was expected.
SweepFile read_sweep_file(const std::string& path);

/// The same from text; `path` is for messages, and its folder is where other files are.
SweepFile parse_sweep(const std::string& path, const std::string& text);

/// What decides the statistics of a range of circuits, as "section.key = value" in the order of the sweep file; but not
/// the seed, which may be larger than an integer of TOML. Not how many circuits, in which chunks, or when to stop.
std::vector<std::string> sweep_file_lines(const SweepFile& file);

/// A sweep file with those lines.
std::string sweep_file_text(const SweepFile& file);

}  // namespace organics::io
