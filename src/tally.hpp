// The running statistics of a sweep: counts, extremes and ordered lists, so that order never matters.
#pragma once

#include "organics/sweep.hpp"

namespace organics {

/// Empty statistics with the histogram in place.
SweepResults empty_results(const SweepOptions& options);

/// What the steady state of a circuit is like, what found it, and at what cost.
struct SettledRecord {
  double state_norm;  ///< NaN where there is none
  Rung rung;
  std::int32_t newton_steps;
  std::int32_t flow_steps;
  std::int32_t lu_factorisations;
};

/// Adds one circuit.
void add(SweepResults& results, const SweptCircuit& circuit, const SettledRecord& settled, int list_length);

}  // namespace organics
