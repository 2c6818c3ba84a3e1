// The sweep file (TOML): which random circuits to draw, how many, and what to record. examples/figure4.toml explains
// every key; each is optional, and its default is that of Ensemble and SweepOptions. Reading is strict.
#pragma once

#include <string>

#include "organics/sweep.hpp"

namespace organics::io {

struct SweepFile {
  Ensemble ensemble;
  SweepOptions options;
};

/// Reads a sweep file. Throws InvalidArgument with one line that names the file, the line, the key, the value and what
/// was expected.
SweepFile read_sweep_file(const std::string& path);

/// The same from text; `path` is only for messages.
SweepFile parse_sweep(const std::string& path, const std::string& text);

}  // namespace organics::io
