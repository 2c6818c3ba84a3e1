#include "io/hdf5_file.hpp"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <stdexcept>
#include <utility>

namespace organics::io {
namespace {

/// Throws where a call of the library failed.
template <class Result>
Result check(Result result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string("HDF5: cannot ") + what);
  return result;
}

/// An identifier of the library that is closed at its end.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t), const char* what) : id_(check(id, what)), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  Handle& operator=(Handle&&) = delete;

  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): as natural as the identifier itself

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// A file that lives in memory and is never written by the library itself. The caller closes it.
hid_t memory_file() {
  constexpr std::size_t growth = 1 << 20;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "set up a file");
  check(H5Pset_fapl_core(access, growth, 0), "set up a file in memory");
  return check(H5Fcreate("organics.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access), "create a file in memory");
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "make a type of text");
  check(H5Tset_size(type, H5T_VARIABLE), "make a type of text");
  check(H5Tset_cset(type, H5T_CSET_UTF8), "make a type of text");
  return type;
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
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose, "make a shape");
  const Handle attribute(H5Acreate2(object, name.c_str(), one.type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
                         "create an attribute");
  check(H5Awrite(attribute, one.type, one.data), "write an attribute");
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
  if (!unit.empty()) write_attribute(dataset, "units", in_memory(pointers({unit})));
}

}  // namespace

struct Hdf5File::State {
  hid_t file = memory_file();
  ~State() { H5Fclose(file); }
};

bool has_hdf5() { return true; }

Hdf5File::Hdf5File() {
  check(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "keep quiet");  // what fails is thrown
  state_ = std::make_unique<State>();
}

Hdf5File::~Hdf5File() = default;

void Hdf5File::attribute(const std::string& name, const std::string& value) {
  write_attribute(state_->file, name, in_memory(pointers({value})));
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
