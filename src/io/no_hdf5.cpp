// HDF5 files in a program that was built without HDF5: none.
#include "io/hdf5_columns.hpp"
#include "io/hdf5_file.hpp"
#include "organics/error.hpp"

namespace organics::io {

struct Hdf5File::State {};

bool has_hdf5() { return false; }

Hdf5File::Hdf5File() { throw InvalidArgument("HDF5: this program was built without it, expected a build with HDF5"); }
Hdf5File::~Hdf5File() = default;

void Hdf5File::attribute(const std::string& /*name*/, const std::string& /*value*/) {}
void Hdf5File::attribute(const std::string& /*name*/, double /*value*/) {}
void Hdf5File::attribute(const std::string& /*name*/, std::int64_t /*value*/) {}
void Hdf5File::attribute(const std::string& /*name*/, std::uint64_t /*value*/) {}
void Hdf5File::dimension(const std::string& /*name*/, const std::vector<double>& /*labels*/) {}
void Hdf5File::dimension(const std::string& /*name*/, const std::vector<std::int64_t>& /*labels*/) {}
void Hdf5File::dimension(const std::string& /*name*/, const std::vector<std::string>& /*labels*/) {}
void Hdf5File::array(const std::string& /*name*/, const std::vector<std::string>& /*dimensions*/,
                     const std::vector<double>& /*values*/, const std::string& /*unit*/) {}
void Hdf5File::array(const std::string& /*name*/, const std::vector<std::string>& /*dimensions*/,
                     const std::vector<std::int64_t>& /*values*/, const std::string& /*unit*/) {}
void Hdf5File::array(const std::string& /*name*/, const std::vector<std::string>& /*dimensions*/,
                     const std::vector<std::string>& /*values*/) {}
std::string Hdf5File::bytes() { return ""; }

struct Hdf5Columns::State {};

Hdf5Columns::Hdf5Columns(const std::string& path, const std::vector<Hdf5Column>& /*columns*/, std::int64_t /*rows*/)
    : Hdf5Columns(path) {}
Hdf5Columns::Hdf5Columns(const std::string& path) {
  throw InvalidArgument(path + ": this program was built without HDF5, expected a build with HDF5");
}
Hdf5Columns::~Hdf5Columns() = default;

void Hdf5Columns::attribute(const std::string& /*name*/, const std::string& /*value*/) {}
void Hdf5Columns::attribute(const std::string& /*name*/, std::uint64_t /*value*/) {}
std::string Hdf5Columns::text(const std::string& /*attribute*/) const { return ""; }
std::uint64_t Hdf5Columns::number(const std::string& /*attribute*/) const { return 0; }
void Hdf5Columns::append(const std::string& /*column*/, const void* /*values*/, std::int64_t /*count*/) {}
void Hdf5Columns::close() {}
std::int64_t Hdf5Columns::rows(const std::string& /*column*/) const { return -1; }
void Hdf5Columns::read(const Hdf5Column& /*column*/, std::int64_t /*first*/, std::int64_t /*count*/,
                       void* /*values*/) const {}

}  // namespace organics::io
