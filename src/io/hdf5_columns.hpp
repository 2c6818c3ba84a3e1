// An HDF5 file of columns of equal length: one-dimensional datasets that can be extended, the first of them labelling the
// rows (a dimension scale, as netCDF-4 and xarray expect it). Written and read piece by piece, so of any length.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace organics::io {

struct Hdf5Column {
  enum class Type { int64, int32, float64, code };  ///< code: one byte, that stands for one of `meanings`
  std::string name;
  Type type = Type::float64;
  std::string unit;                   ///< empty: none
  std::vector<std::string> meanings;  ///< of code 0, 1, ... (attributes flag_values and flag_meanings, as CF has them)
};

/// Throws InvalidArgument in a program that was built without HDF5, std::runtime_error where the file cannot be used.
class Hdf5Columns {
 public:
  /// A new file, or one in the place of `path`, with columns without rows; `rows`: how many are to come.
  Hdf5Columns(const std::string& path, const std::vector<Hdf5Column>& columns, std::int64_t rows);
  /// A file that exists, to read.
  explicit Hdf5Columns(const std::string& path);
  ~Hdf5Columns();
  Hdf5Columns(const Hdf5Columns&) = delete;
  Hdf5Columns& operator=(const Hdf5Columns&) = delete;

  void attribute(const std::string& name, const std::string& value);
  void attribute(const std::string& name, std::uint64_t value);
  std::string text(const std::string& attribute) const;      ///< empty where there is none
  std::uint64_t number(const std::string& attribute) const;  ///< 0 where there is none

  /// `count` values of the column's type after those that it has.
  void append(const std::string& column, const void* values, std::int64_t count);
  /// Writes what is not yet written, and closes the file.
  void close();

  std::int64_t rows(const std::string& column) const;  ///< -1 where there is no such column
  void read(const Hdf5Column& column, std::int64_t first, std::int64_t count, void* values) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace organics::io
