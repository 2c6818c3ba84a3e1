// An HDF5 file of labelled arrays, made in memory: each dimension is a dataset with its labels (a dimension scale, as
// netCDF-4 and xarray expect them), each array says which dimensions it has.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace organics::io {

/// False in a program that was built without HDF5, which cannot make such files.
bool has_hdf5();

class Hdf5File {
 public:
  Hdf5File();
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  void attribute(const std::string& name, const std::string& value);
  void attribute(const std::string& name, double value);
  void attribute(const std::string& name, std::int64_t value);
  void attribute(const std::string& name, std::uint64_t value);

  /// Later names may lie in groups: "distributions/abscissa/number".
  void dimension(const std::string& name, const std::vector<double>& labels);
  void dimension(const std::string& name, const std::vector<std::int64_t>& labels);
  void dimension(const std::string& name, const std::vector<std::string>& labels);

  /// An array over dimensions that exist, the last one running fastest. `unit`: empty where there is none.
  void array(const std::string& name, const std::vector<std::string>& dimensions, const std::vector<double>& values,
             const std::string& unit = "");
  void array(const std::string& name, const std::vector<std::string>& dimensions,
             const std::vector<std::int64_t>& values, const std::string& unit = "");
  void array(const std::string& name, const std::vector<std::string>& dimensions,
             const std::vector<std::string>& values);

  /// The bytes of the file.
  std::string bytes();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace organics::io
