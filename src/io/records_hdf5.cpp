#include "io/records_hdf5.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "io/atomic_file.hpp"
#include "io/hdf5_columns.hpp"
#include "io/swept_rows.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

constexpr std::int64_t piece = 1 << 16;  ///< rows at a time

std::vector<Hdf5Column> hdf5_columns(const RecordsPlan& plan) {
  std::vector<Hdf5Column> columns;
  for (const SweptColumn column : plan.columns) columns.push_back(hdf5_column(column));
  return columns;
}

/// Copies values of `size` bytes that lie `from_step` bytes apart to where they lie `to_step` apart.
void copy_apart(const char* from, std::size_t from_step, char* to, std::size_t to_step, std::size_t size,
                std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i, from += from_step, to += to_step) std::memcpy(to, from, size);
}

void add_columns(Hdf5Columns& to, const RecordsPlan& plan, std::ifstream& rows, std::int64_t count) {
  const std::size_t row = packed_size(plan.columns);
  std::string packed, values;
  for (std::int64_t done = 0; done < count; done += piece) {
    const std::int64_t here = std::min(piece, count - done);
    packed.resize(static_cast<std::size_t>(here) * row);
    if (!rows.read(packed.data(), static_cast<std::streamsize>(packed.size()))) {
      throw std::runtime_error("cannot read the rows back");
    }
    std::size_t at = 0;
    for (const Hdf5Column& column : hdf5_columns(plan)) {
      const std::size_t size = value_size(column);
      values.resize(static_cast<std::size_t>(here) * size);
      copy_apart(packed.data() + at, row, values.data(), size, size, here);
      to.append(column.name, values.data(), here);
      at += size;
    }
  }
}

void add_records_attributes(Hdf5Columns& to, const RecordsPlan& plan) {
  to.attribute("title", std::string("organics sweep: records of random ORGaNICs circuits"));
  to.attribute("organics_version", plan.version);
  to.attribute("executor", plan.executor);
  to.attribute("specification", sweep_file_text(plan.file));
  to.attribute("seed", plan.file.options.seed);
  to.attribute("first", static_cast<std::uint64_t>(plan.file.options.first));
  to.attribute("columns", column_list(plan.columns));
}

}  // namespace

void write_records_hdf5(const RecordsPlan& plan, const std::string& rows_file, std::int64_t header) {
  try {
    AtomicFile whole(plan.path);
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(rows_file)) - header;
    const std::int64_t count = size / static_cast<std::int64_t>(packed_size(plan.columns));
    std::ifstream rows(rows_file, std::ios::binary);
    rows.seekg(header);
    Hdf5Columns file(whole.filled_at(), hdf5_columns(plan), count);
    add_records_attributes(file, plan);
    add_columns(file, plan, rows, count);
    file.close();
    whole.commit("");
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("{}: cannot be made of {}, which has every row ({})", plan.path, rows_file, error.what()));
  }
}

std::int64_t rows_in_hdf5(const RecordsPlan& plan) {
  const auto refuse = [&](const std::string& what) {
    throw InvalidArgument(fmt::format("{}: {}, expected the records of this sweep", plan.path, what));
  };
  try {
    const Hdf5Columns file(plan.path);
    const std::string columns = column_list(plan.columns);
    if (file.text("columns") != columns) {
      throw InvalidArgument(fmt::format("it has the columns {}, this sweep {}", file.text("columns"), columns));
    }
    if (file.text("specification") != sweep_file_text(plan.file) || file.number("seed") != plan.file.options.seed ||
        file.number("first") != static_cast<std::uint64_t>(plan.file.options.first)) {
      throw InvalidArgument("its specification, seed or first circuit is another one");
    }
    return file.rows(name(SweptColumn::index));
  } catch (const std::exception& error) {
    refuse(error.what());
  }
  return 0;
}

void for_rows_in_hdf5(const RecordsPlan& plan, std::int64_t count, const std::function<void(const std::string&)>& use) {
  const Hdf5Columns file(plan.path);
  const std::size_t row = packed_size(plan.columns);
  std::string packed, values;
  for (std::int64_t done = 0; done < count; done += piece) {
    const std::int64_t here = std::min(piece, count - done);
    packed.assign(static_cast<std::size_t>(here) * row, '\0');
    std::size_t at = 0;
    for (const Hdf5Column& column : hdf5_columns(plan)) {
      const std::size_t size = value_size(column);
      values.resize(static_cast<std::size_t>(here) * size);
      file.read(column, done, here, values.data());
      copy_apart(values.data(), size, packed.data() + at, row, size, here);
      at += size;
    }
    use(packed);
  }
}

}  // namespace organics::io
