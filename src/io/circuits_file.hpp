// The circuits file (JSON): circuits with their parameters, and optionally a start and the times that are wanted.
//
//   {"circuits": [{"name": "one", "tau_y": 0.002, "tau_a": 0.002, "b0": [0.5], "b1": 0.5, "sigma": 0.1, "z": 1,
//                  "Wr": [[1]], "W": [[1]], "x0": [0, 0.0025], "times": [0, 0.01, 0.02]}]}
//
// Matrices are written as rows and held column-major. Reading is strict: anything that is not understood is refused.
#pragma once

#include <string>
#include <vector>

#include "organics/sweep.hpp"

namespace organics::io {

/// One circuit of a circuits file.
struct CircuitRecord {
  std::string name;  ///< empty: not given
  OwnedCircuit<double> circuit;
  std::vector<double> x0;     ///< 2n, y then a; empty: not given, rest
  std::vector<double> times;  ///< increasing, seconds; empty: not given
};

/// Reads a circuits file. Throws InvalidArgument with one line that names the file, the circuit, the field, the value
/// and what was expected.
std::vector<CircuitRecord> read_circuits_file(const std::string& path);

/// The same from text; `path` is only for messages.
std::vector<CircuitRecord> parse_circuits(const std::string& path, const std::string& text);

/// The text of a circuits file with these circuits; reading it gives the same bits back.
std::string circuits_file_text(const std::vector<CircuitRecord>& records);

/// How messages name circuit `index` of a file: `circuits[3] "name"`.
std::string label(std::size_t index, const CircuitRecord& record);

}  // namespace organics::io
