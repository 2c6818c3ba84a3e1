// Checks of signals and dynamic gains, beside those of the circuits in validate.hpp; all throw InvalidArgument with one
// line that names the circuit, the field, the value and what was expected.
#pragma once

#include "organics/executor.hpp"
#include "organics/stimulus.hpp"

namespace organics {

/// Shapes, and what excludes what: of signals and gains for a batch whose own shapes are good.
template <class T>
void require_stimulus_shapes(const Circuits<T>& batch, const Stimulus<T>& stimulus, const DynamicGains<T>& gains);

/// Values in host memory, of good shapes: finite, knots in order, time constants > 0, b0 and b1 >= 0.
template <class T>
void require_stimulus_values(const Circuits<T>& batch, const Stimulus<T>& stimulus, const DynamicGains<T>& gains);

/// Every array that is given lives where the circuits do: `device` memory or the host's.
template <class T>
void require_stimulus_place(const Executor& executor, const Stimulus<T>& stimulus, const DynamicGains<T>& gains,
                            bool device);

}  // namespace organics
