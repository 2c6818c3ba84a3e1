// The part of the sweep file that says which circuits are drawn. docs/sweeps.md lists its keys.
#pragma once

#include <string>
#include <vector>

#include "io/given_matrix.hpp"
#include "io/toml_section.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

/// Reads [ensemble]; keys that are not there keep their values. The matrices that it is given go to the store. Throws
/// InvalidArgument as Section does.
void read_ensemble(Section section, Ensemble& ensemble, MatrixStore& store);

/// "key = value" for every key that says something about this ensemble; a table inside a table has dotted keys.
std::vector<std::string> ensemble_lines(const Ensemble& ensemble);

}  // namespace organics::io
