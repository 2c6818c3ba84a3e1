// Part I of K of a sweep, for job arrays.
#pragma once

#include <string>

#include "organics/sweep.hpp"

namespace organics::cli {

/// Narrows the range of circuits to part I of K, from the text "I/K" with 1 <= I <= K. The parts cover the range without
/// overlap and differ by one circuit at most. Throws InvalidArgument.
void take_shard(const std::string& text, SweepOptions& options);

}  // namespace organics::cli
