// The circuits file (JSON): circuits with their parameters, and optionally what drives them, a start, and the times
// that are wanted. docs/integrate.md describes every field.
//
//   {"circuits": [{"name": "one", "tau_y": 0.002, "tau_a": 0.002, "b0": [0.5], "b1": 0.5, "sigma": 0.1, "z": 1,
//                  "Wr": [[1]], "W": [[1]], "x0": [0, 0.0025], "times": [0, 0.01, 0.02],
//                  "stimulus": {"z": {"times": [0, 0.01], "values": [0.1, 1], "kind": "constant"}}}]}
//
// Matrices are written as rows and held column-major. Reading is strict: anything that is not understood is refused.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "organics/stimulus.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

/// A signal in time.
struct SignalRecord {
  std::vector<double> times;   ///< knots, seconds; not decreasing
  std::vector<double> values;  ///< a column for each knot, column after column
  Interpolation kind = Interpolation::constant;
};

/// What drives a circuit, in the place of its constants.
struct StimulusRecord {
  std::optional<SignalRecord> z, b0, b1;  ///< n rows each
};

/// Gains b0, b1 that are states. Matrices are column-major; an empty one is not given and counts as zero.
struct GainsRecord {
  int inputs = 0;
  std::vector<double> tau_b0, tau_b1;              ///< n
  std::vector<double> W_b0x, W_b1x, W_zx;          ///< n x inputs
  std::vector<double> W_b0y, W_b0a, W_b1y, W_b1a;  ///< n x n
  std::vector<double> input;                       ///< inputs; empty where input_signal is given
  std::optional<SignalRecord> input_signal;        ///< `inputs` rows
};

/// One circuit of a circuits file. A state has m = 2n numbers, y then a; with gains 4n: y, a, b0, b1.
struct CircuitRecord {
  std::string name;  ///< empty: not given
  OwnedCircuit<double> circuit;
  std::vector<double> x0;          ///< m; empty: not given, rest
  std::vector<double> times;       ///< increasing, seconds; empty: not given
  std::vector<double> span;        ///< start and end, seconds; empty: not given
  std::vector<double> rtol, atol;  ///< m; empty: not given
  StimulusRecord stimulus;
  std::optional<GainsRecord> gains;
};

/// m of a circuit.
std::size_t state_size(const CircuitRecord& record);

/// Reads a circuits file. Throws InvalidArgument with one line that names the file, the circuit, the field, the value
/// and what was expected.
std::vector<CircuitRecord> read_circuits_file(const std::string& path);

/// The same from text; `path` is only for messages.
std::vector<CircuitRecord> parse_circuits(const std::string& path, const std::string& text);

/// The text of a circuits file with these circuits; reading it gives the same bits back.
std::string circuits_file_text(const std::vector<CircuitRecord>& records);

/// How messages name circuit `index` of a file: `circuits[3] "name"`.
std::string label(std::size_t index, const CircuitRecord& record);

/// Throws InvalidArgument where a circuit is driven (fields stimulus, gains), which `reader` ("organics steady") does not
/// take into account.
void require_undriven(const std::string& path, const std::vector<CircuitRecord>& records, const std::string& reader);

}  // namespace organics::io
