// The running statistics of a sweep: counts, extremes and ordered lists, so that order never matters.
#pragma once

#include "organics/sweep.hpp"

namespace organics {

/// Empty statistics with the histogram in place.
SweepResults empty_results(const SweepOptions& options);

/// Adds one circuit.
void add(SweepResults& results, const SweptCircuit& circuit, Rung rung, int list_length);

}  // namespace organics
