// The records of a sweep as an HDF5 file: a column for each that was asked for, made of packed rows and read back as such.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "io/hdf5_file.hpp"
#include "io/records_file.hpp"

namespace organics::io {

/// Writes the file, whole or not at all, from the packed rows in another one, which begin after `header` bytes.
void write_records_hdf5(const RecordsPlan& plan, const std::string& rows_file, std::int64_t header);

/// Rows of the file. Throws InvalidArgument where it is not one of records of this sweep.
std::int64_t rows_in_hdf5(const RecordsPlan& plan);

/// Hands out the first `count` rows of the file, packed, piece by piece.
void for_rows_in_hdf5(const RecordsPlan& plan, std::int64_t count, const std::function<void(const std::string&)>& use);

}  // namespace organics::io
