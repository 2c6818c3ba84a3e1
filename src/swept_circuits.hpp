// What is kept of each circuit of a chunk: the columns that a sweep was asked for.
#pragma once

#include "organics/sweep.hpp"
#include "tally.hpp"

namespace organics {

/// Room in the columns that the options ask for; none where nobody receives them.
SweptCircuits room_for(const SweepOptions& options, IndexRange chunk);

/// Of the rightmost pair; NaN where it does not rotate, or there is none.
double damping_ratio_of(double abscissa, double frequency);

/// Enters one circuit of the chunk. Different circuits may be entered by different threads at once.
void enter(SweptCircuits& chunk, const SweptCircuit& circuit, const SettledRecord& settled);

}  // namespace organics
