// The steady state of each circuit of a file, with what a table wants to say about it.
#pragma once

#include <optional>
#include <vector>

#include "io/circuits_file.hpp"
#include "io/results_json.hpp"
#include "organics/organics.hpp"

namespace organics::cli {

/// One circuit. `result` has a steady state when one was found, stable or not.
struct Settled {
  io::CircuitResult result;
  io::Search search;
  std::optional<double> frequency;  ///< rad/s, of the rightmost eigenvalue pair
};

/// Searches from the x0 of each circuit, or from rest; in the order of the file.
std::vector<Settled> settle(const Executor& executor, const std::vector<io::CircuitRecord>& records);

/// Adds the spectrum of the Jacobian at each steady state that was found.
void add_spectra(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                 std::vector<Settled>& circuits);

/// The part of each that goes into a results file.
std::vector<io::CircuitResult> results_of(const std::vector<Settled>& circuits);

}  // namespace organics::cli
