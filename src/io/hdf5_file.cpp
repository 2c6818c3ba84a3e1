#include "io/hdf5_file.hpp"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <stdexcept>

#include "io/hdf5_handle.hpp"

namespace organics::io {
namespace {

using hdf5::check;
using hdf5::Handle;
using hdf5::text_type;

/// A file that lives in memory and is never written by the library itself. The caller closes it.
hid_t memory_file() {
  constexpr std::size_t growth = 1 << 20;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "set up a file");
  check(H5Pset_fapl_core(access, growth, 0), "set up a file in memory");
  return check(H5Fcreate("organics.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access), "create a file in memory");
}

/// Type and memory of values as the library takes them.
struct Numbers {
  Handle type;
  const void* data;
};

Numbers in_memory(const std::vector<double>& values) {
  return {Handle(H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose, "copy a type"), values.data()};
}
Numbers in_memory(const std::vector<std::int64_t>& values) {
  return {Handle(H5Tcopy(H5T_NATIVE_INT64), H5Tclose, "copy a type"), values.data()};
}
Numbers in_memory(const std::vector<std::uint64_t>& values) {
  return {Handle(H5Tcopy(H5T_NATIVE_UINT64), H5Tclose, "copy a type"), values.data()};
}
Numbers in_memory(const std::vector<const char*>& values) { return {text_type(), values.data()}; }

std::vector<const char*> pointers(const std::vector<std::string>& values) {
  std::vector<const char*> list;
  for (const std::string& value : values) list.push_back(value.c_str());
  return list;
}

void write_attribute(hid_t object, const std::string& name, const Numbers& one) {
  hdf5::write_attribute(object, name, one.type, one.data);
}

/// The numbers of entries along dimensions that exist.
std::vector<hsize_t> shape_of(hid_t file, const std::vector<std::string>& dimensions) {
  std::vector<hsize_t> shape;
  for (const std::string& dimension : dimensions) {
    const Handle dataset(H5Dopen2(file, dimension.c_str(), H5P_DEFAULT), H5Dclose, "find a dimension");
    const Handle space(H5Dget_space(dataset), H5Sclose, "find a dimension");
    shape.push_back(static_cast<hsize_t>(check(H5Sget_simple_extent_npoints(space), "size a dimension")));
  }
  return shape;
}

Handle write_dataset(hid_t file, const std::string& name, const std::vector<hsize_t>& shape, const Numbers& values,
                     std::size_t count) {
  std::size_t expected = 1;
  for (const hsize_t size : shape) expected *= size;
  if (expected != count) throw std::logic_error(name + ": as many values as its dimensions say were expected");
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "set up a dataset");
  check(H5Pset_create_intermediate_group(links, 1), "set up a dataset");
  const Handle space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose, "make a shape");
  Handle dataset(H5Dcreate2(file, name.c_str(), values.type, space, links, H5P_DEFAULT, H5P_DEFAULT), H5Dclose,
                 "create a dataset");
  if (count > 0) check(H5Dwrite(dataset, values.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data), "write a dataset");
  return dataset;
}

void write_dimension(hid_t file, const std::string& name, const Numbers& labels, std::size_t count) {
  const Handle dataset = write_dataset(file, name, {count}, labels, count);
  check(H5DSset_scale(dataset, name.substr(name.rfind('/') + 1).c_str()), "make a dimension");
}

void write_array(hid_t file, const std::string& name, const std::vector<std::string>& dimensions, const Numbers& values,
                 std::size_t count, const std::string& unit) {
  const Handle dataset = write_dataset(file, name, shape_of(file, dimensions), values, count);
  for (unsigned i = 0; i < dimensions.size(); ++i) {
    const Handle scale(H5Dopen2(file, dimensions[i].c_str(), H5P_DEFAULT), H5Dclose, "find a dimension");
    check(H5DSattach_scale(dataset, scale, i), "name a dimension");
  }
  if (!unit.empty()) hdf5::write_attribute(dataset, "units", unit);
}

}  // namespace

struct Hdf5File::State {
  hid_t file = memory_file();
  ~State() { H5Fclose(file); }
};

bool has_hdf5() { return true; }

Hdf5File::Hdf5File() {
  hdf5::keep_quiet();
  state_ = std::make_unique<State>();
}

Hdf5File::~Hdf5File() = default;

void Hdf5File::attribute(const std::string& name, const std::string& value) {
  hdf5::write_attribute(state_->file, name, value);
}
void Hdf5File::attribute(const std::string& name, double value) {
  write_attribute(state_->file, name, in_memory(std::vector<double>{value}));
}
void Hdf5File::attribute(const std::string& name, std::int64_t value) {
  write_attribute(state_->file, name, in_memory(std::vector<std::int64_t>{value}));
}
void Hdf5File::attribute(const std::string& name, std::uint64_t value) {
  write_attribute(state_->file, name, in_memory(std::vector<std::uint64_t>{value}));
}

void Hdf5File::dimension(const std::string& name, const std::vector<double>& labels) {
  write_dimension(state_->file, name, in_memory(labels), labels.size());
}
void Hdf5File::dimension(const std::string& name, const std::vector<std::int64_t>& labels) {
  write_dimension(state_->file, name, in_memory(labels), labels.size());
}
void Hdf5File::dimension(const std::string& name, const std::vector<std::string>& labels) {
  const std::vector<const char*> list = pointers(labels);
  write_dimension(state_->file, name, in_memory(list), list.size());
}

void Hdf5File::array(const std::string& name, const std::vector<std::string>& dimensions,
                     const std::vector<double>& values, const std::string& unit) {
  write_array(state_->file, name, dimensions, in_memory(values), values.size(), unit);
}
void Hdf5File::array(const std::string& name, const std::vector<std::string>& dimensions,
                     const std::vector<std::int64_t>& values, const std::string& unit) {
  write_array(state_->file, name, dimensions, in_memory(values), values.size(), unit);
}
void Hdf5File::array(const std::string& name, const std::vector<std::string>& dimensions,
                     const std::vector<std::string>& values) {
  const std::vector<const char*> list = pointers(values);
  write_array(state_->file, name, dimensions, in_memory(list), list.size(), "");
}

std::string Hdf5File::bytes() {
  check(H5Fflush(state_->file, H5F_SCOPE_GLOBAL), "flush a file");
  const auto size = check(H5Fget_file_image(state_->file, nullptr, 0), "size a file");
  std::string image(static_cast<std::size_t>(size), '\0');
  check(H5Fget_file_image(state_->file, image.data(), image.size()), "copy a file");
  return image;
}

}  // namespace organics::io
