// What integrate() refuses before it starts work.
#pragma once

#include "organics/integrate.hpp"
#include "validate.hpp"

namespace organics {

/// Throws InvalidArgument with one line that names the field, the value and what was expected.
template <class T>
void require_integrate_arguments(const Executor& executor, const Circuits<T>& circuits,
                                 const IntegrateInputs<T>& inputs, const IntegrateOptions& options,
                                 const IntegrateResults<T>& results);

}  // namespace organics
