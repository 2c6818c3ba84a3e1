// Circuits of a sweep as rows of the columns that were asked for: as text (CSV), or packed, each row of one size.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/hdf5_columns.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

/// The columns of a list such as "index,status". Throws InvalidArgument that names the column, where it is unknown, given
/// twice, or not known to a sweep with these options.
std::vector<SweptColumn> columns_in(const std::string& list, const SweepOptions& options);

/// Those of a sweep that was not told which.
std::vector<SweptColumn> usual_columns(const SweepOptions& options);

/// "index,status,..."
std::string column_list(const std::vector<SweptColumn>& columns);

/// A line for each circuit; numbers with every digit that is needed to read the same number back, nothing for NaN.
std::string csv_rows(const SweptCircuits& circuits, const std::vector<SweptColumn>& columns);

/// Bytes of a packed row.
std::size_t packed_size(const std::vector<SweptColumn>& columns);

/// The values of each circuit one after the other, as they are in memory.
std::string packed_rows(const SweptCircuits& circuits, const std::vector<SweptColumn>& columns);

/// How a column is kept in an HDF5 file, and of what size its values are.
Hdf5Column hdf5_column(SweptColumn column);
std::size_t value_size(const Hdf5Column& column);

}  // namespace organics::io
