// An ensemble in the words of the sweep file.
#pragma once

#include <nlohmann/json.hpp>

#include "organics/sweep.hpp"

namespace organics::io {

/// Every key of the sweep file's [ensemble] that says something about this ensemble, with its value.
nlohmann::ordered_json ensemble_json(const Ensemble& ensemble);

}  // namespace organics::io
