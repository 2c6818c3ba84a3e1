// The running statistics of a sweep: counts, extremes and ordered lists, so that order never matters.
#pragma once

#include "organics/sweep.hpp"

namespace organics {

/// Empty statistics with the histogram in place.
SweepResults empty_results(const SweepOptions& options);

/// What found the steady state of a circuit, and at what cost.
struct LadderCost {
  Rung rung;
  std::int32_t newton_steps;
  std::int32_t flow_steps;
  std::int32_t lu_factorisations;
};

/// Adds one circuit.
void add(SweepResults& results, const SweptCircuit& circuit, const LadderCost& cost, int list_length);

}  // namespace organics
