// The results of a sweep, single or over a grid, as an HDF5 file; docs/sweeps.md lists what is in it.
#pragma once

#include <string>
#include <vector>

#include "io/sweep_file.hpp"

namespace organics::io {

struct SweepRecord {
  std::string version;  ///< of the program
  std::string executor;
  std::string stopped;              ///< why it ended early; empty: it did not
  const SweepFile& file;            ///< as it was read
  std::vector<SweepResults> cells;  ///< one; of a grid those of the points that were come to, in their order
};

/// The bytes of the file. Throws InvalidArgument where the program was built without HDF5.
std::string sweep_hdf5(const SweepRecord& record);

}  // namespace organics::io
