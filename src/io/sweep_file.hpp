// The sweep file (TOML): which random circuits to draw, how many, and what to record. examples/figure4.toml explains
// every key; each is optional, and its default is that of Ensemble and SweepOptions. Reading is strict.
#pragma once

#include <string>
#include <vector>

#include "organics/sweep.hpp"

namespace organics::io {

/// When to end before all circuits are done, looked at after each chunk. Zero or false: never.
struct StopRules {
  double seconds = 0;           ///< wall time of this run
  double width = 0;             ///< of the 95 % confidence interval of the fraction that does not end ok
  bool counterexample = false;  ///< a circuit that does not end ok
};

struct SweepFile {
  Ensemble ensemble;
  SweepOptions options;
  StopRules stop;
};

/// Reads a sweep file. Throws InvalidArgument with one line that names the file, the line, the key, the value and what
/// was expected.
SweepFile read_sweep_file(const std::string& path);

/// The same from text; `path` is only for messages.
SweepFile parse_sweep(const std::string& path, const std::string& text);

/// What decides the statistics of a range of circuits, as "section.key = value" in the order of the sweep file; but not
/// the seed, which may be larger than an integer of TOML. Not how many circuits, in which chunks, or when to stop.
std::vector<std::string> sweep_file_lines(const SweepFile& file);

/// A sweep file with those lines.
std::string sweep_file_text(const SweepFile& file);

}  // namespace organics::io
