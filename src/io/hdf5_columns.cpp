#include "io/hdf5_columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <algorithm>
#include <map>

#include "io/hdf5_handle.hpp"

namespace organics::io {
namespace {

constexpr std::int64_t longest_chunk = 1 << 16;  ///< rows; half a megabyte of numbers fits the library's cache

hid_t memory_type(Hdf5Column::Type type) {
  switch (type) {
    case Hdf5Column::Type::int64:
      return H5T_NATIVE_INT64;
    case Hdf5Column::Type::int32:
      return H5T_NATIVE_INT32;
    case Hdf5Column::Type::float64:
      return H5T_NATIVE_DOUBLE;
    default:
      return H5T_NATIVE_INT8;
  }
}

/// What the codes of a column stand for.
void write_meanings(hid_t dataset, const std::vector<std::string>& meanings) {
  if (meanings.empty()) return;
  std::vector<std::int8_t> values;
  for (std::size_t i = 0; i < meanings.size(); ++i) values.push_back(static_cast<std::int8_t>(i));
  const hsize_t count = values.size();
  const hdf5::Handle space(H5Screate_simple(1, &count, nullptr), H5Sclose, "make a shape");
  const hdf5::Handle attribute(H5Acreate2(dataset, "flag_values", H5T_NATIVE_INT8, space, H5P_DEFAULT, H5P_DEFAULT),
                               H5Aclose, "create an attribute");
  hdf5::check(H5Awrite(attribute, H5T_NATIVE_INT8, values.data()), "write an attribute");
  hdf5::write_attribute(dataset, "flag_meanings", fmt::format("{}", fmt::join(meanings, " ")));
}

hdf5::Handle create_column(hid_t file, const Hdf5Column& column, std::int64_t rows) {
  const hsize_t none = 0;
  const hsize_t unlimited = H5S_UNLIMITED;
  const auto chunk = static_cast<hsize_t>(std::clamp<std::int64_t>(rows, 1, longest_chunk));
  const hdf5::Handle space(H5Screate_simple(1, &none, &unlimited), H5Sclose, "make a shape");
  const hdf5::Handle layout(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "set up a column");
  hdf5::check(H5Pset_chunk(layout, 1, &chunk), "set up a column");
  hdf5::Handle dataset(
      H5Dcreate2(file, column.name.c_str(), memory_type(column.type), space, H5P_DEFAULT, layout, H5P_DEFAULT),
      H5Dclose, "create a column");
  if (!column.unit.empty()) hdf5::write_attribute(dataset, "units", column.unit);
  write_meanings(dataset, column.meanings);
  return dataset;
}

hsize_t length_of(hid_t dataset) {
  const hdf5::Handle space(H5Dget_space(dataset), H5Sclose, "size a column");
  return static_cast<hsize_t>(hdf5::check(H5Sget_simple_extent_npoints(space), "size a column"));
}

/// The rows of a column that a transfer is about.
hdf5::Handle rows_of(hid_t dataset, hsize_t first, hsize_t count) {
  hdf5::Handle space(H5Dget_space(dataset), H5Sclose, "size a column");
  hdf5::check(H5Sselect_hyperslab(space, H5S_SELECT_SET, &first, nullptr, &count, nullptr), "select rows");
  return space;
}

}  // namespace

struct Hdf5Columns::State {
  explicit State(hid_t opened) : file(opened) {}
  ~State() {
    datasets.clear();
    if (file >= 0) H5Fclose(file);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  hid_t file;
  std::map<std::string, hdf5::Handle> datasets;
  std::map<std::string, Hdf5Column::Type> types;
};

Hdf5Columns::Hdf5Columns(const std::string& path, const std::vector<Hdf5Column>& columns, std::int64_t rows) {
  hdf5::keep_quiet();
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  state_ = std::make_unique<State>(hdf5::check(file, "create a file"));
  for (const Hdf5Column& column : columns) {
    state_->types.emplace(column.name, column.type);
    state_->datasets.emplace(column.name, create_column(state_->file, column, rows));
  }
  const hid_t labels = state_->datasets.at(columns.front().name);
  hdf5::check(H5DSset_scale(labels, columns.front().name.c_str()), "label the rows");
  for (std::size_t i = 1; i < columns.size(); ++i) {
    hdf5::check(H5DSattach_scale(state_->datasets.at(columns[i].name), labels, 0), "label the rows");
  }
}

Hdf5Columns::Hdf5Columns(const std::string& path) {
  hdf5::keep_quiet();
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  state_ = std::make_unique<State>(hdf5::check(file, "read a file"));
}

Hdf5Columns::~Hdf5Columns() = default;

void Hdf5Columns::attribute(const std::string& name, const std::string& value) {
  hdf5::write_attribute(state_->file, name, value);
}

void Hdf5Columns::attribute(const std::string& name, std::uint64_t value) {
  hdf5::write_attribute(state_->file, name, H5T_NATIVE_UINT64, &value);
}

std::string Hdf5Columns::text(const std::string& attribute) const {
  if (H5Aexists(state_->file, attribute.c_str()) <= 0) return "";
  const hdf5::Handle found(H5Aopen(state_->file, attribute.c_str(), H5P_DEFAULT), H5Aclose, "find an attribute");
  char* value = nullptr;
  hdf5::check(H5Aread(found, hdf5::text_type(), &value), "read an attribute");
  std::string copy = value == nullptr ? "" : value;
  H5free_memory(value);
  return copy;
}

std::uint64_t Hdf5Columns::number(const std::string& attribute) const {
  if (H5Aexists(state_->file, attribute.c_str()) <= 0) return 0;
  const hdf5::Handle found(H5Aopen(state_->file, attribute.c_str(), H5P_DEFAULT), H5Aclose, "find an attribute");
  std::uint64_t value = 0;
  hdf5::check(H5Aread(found, H5T_NATIVE_UINT64, &value), "read an attribute");
  return value;
}

void Hdf5Columns::append(const std::string& column, const void* values, std::int64_t count) {
  const hid_t dataset = state_->datasets.at(column);
  const hid_t type = memory_type(state_->types.at(column));
  const hsize_t before = length_of(dataset);
  const auto more = static_cast<hsize_t>(count);
  const hsize_t after = before + more;
  hdf5::check(H5Dset_extent(dataset, &after), "extend a column");
  const hdf5::Handle there = rows_of(dataset, before, more);
  const hdf5::Handle here(H5Screate_simple(1, &more, nullptr), H5Sclose, "make a shape");
  hdf5::check(H5Dwrite(dataset, type, here, there, H5P_DEFAULT, values), "write a column");
}

void Hdf5Columns::close() {
  state_->datasets.clear();
  hdf5::check(H5Fflush(state_->file, H5F_SCOPE_GLOBAL), "write a file");
  hdf5::check(H5Fclose(std::exchange(state_->file, -1)), "write a file");
}

std::int64_t Hdf5Columns::rows(const std::string& column) const {
  if (H5Lexists(state_->file, column.c_str(), H5P_DEFAULT) <= 0) return -1;
  const hdf5::Handle dataset(H5Dopen2(state_->file, column.c_str(), H5P_DEFAULT), H5Dclose, "find a column");
  return static_cast<std::int64_t>(length_of(dataset));
}

void Hdf5Columns::read(const Hdf5Column& column, std::int64_t first, std::int64_t count, void* values) const {
  const hdf5::Handle dataset(H5Dopen2(state_->file, column.name.c_str(), H5P_DEFAULT), H5Dclose, "find a column");
  const auto rows = static_cast<hsize_t>(count);
  const hdf5::Handle there = rows_of(dataset, static_cast<hsize_t>(first), rows);
  const hdf5::Handle here(H5Screate_simple(1, &rows, nullptr), H5Sclose, "make a shape");
  hdf5::check(H5Dread(dataset, memory_type(column.type), here, there, H5P_DEFAULT, values), "read a column");
}

}  // namespace organics::io
