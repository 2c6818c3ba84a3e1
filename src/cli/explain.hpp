// What a sweep would do, in words.
#pragma once

#include <string>

#include "io/sweep_file.hpp"
#include "organics/executor.hpp"

namespace organics::cli {

/// Runs the first circuits for a fraction of a second to know the time and the memory that all of them will take.
/// `path`: of the sweep file.
std::string explain(const Executor& executor, const std::string& path, const io::SweepFile& file);

}  // namespace organics::cli
