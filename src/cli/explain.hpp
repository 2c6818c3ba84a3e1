// What a sweep would do, in words.
#pragma once

#include <string>
#include <vector>

#include "io/sweep_file.hpp"
#include "organics/executor.hpp"

namespace organics::cli {

/// The file of records: the name that was given, empty where there is none, and what a grid makes of it.
struct RecordsNamed {
  std::string file;
  std::string files;
};

/// Runs the first circuits for a fraction of a second to know the time and the memory that all of them will take.
/// `path`: of the sweep file; `columns`: of the records.
std::string explain(const Executor& executor, const std::string& path, const io::SweepFile& file,
                    const RecordsNamed& records, const std::vector<SweptColumn>& columns);

}  // namespace organics::cli
