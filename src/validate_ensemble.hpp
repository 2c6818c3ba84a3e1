// Checks of an ensemble beyond validate(const Ensemble&).
#pragma once

#include "organics/sweep.hpp"

namespace organics {

/// A number that float rounds to zero or infinity is bad input, not a circuit that fails. Throws InvalidArgument.
void require_in_float(const Ensemble& ensemble);

}  // namespace organics
