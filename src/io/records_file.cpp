#include "io/records_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "io/atomic_file.hpp"
#include "io/checksum.hpp"
#include "io/records_hdf5.hpp"
#include "io/swept_rows.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

/// How a file of records begins.
struct Start {
  enum class Kind {
    fresh,    ///< with a header
    go_on,    ///< after what it has, cut to `size`
    restore,  ///< with the rows of an HDF5 file that was complete
    nothing,  ///< there is none to write: the HDF5 file is complete
  };
  Kind kind = Kind::fresh;
  std::int64_t size = 0;
  std::uint64_t mark = checksum_of_nothing;  ///< of the bytes that stay
};

/// Where the rows go until the end.
std::string rows_path(const RecordsPlan& plan) { return named_as_hdf5(plan.path) ? plan.path + ".part" : plan.path; }

std::string header_of(const RecordsPlan& plan) { return column_list(plan.columns) + "\n"; }

/// Where the first `lines` lines of a file end; nothing where it has fewer.
std::optional<std::int64_t> end_of_lines(const std::string& path, std::int64_t lines) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(1 << 20);
  std::int64_t before = 0;
  std::int64_t left = lines;
  while (left > 0 && file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto count = static_cast<std::size_t>(file.gcount());
    const char* at = block.data();
    const char* end = at + count;
    while (left > 0 && at != end) {
      const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at));
      if (found == nullptr) break;
      at = static_cast<const char*>(found) + 1;
      if (--left == 0) return before + (at - block.data());
    }
    before += static_cast<std::int64_t>(count);
  }
  return lines == 0 ? std::optional<std::int64_t>(0) : std::nullopt;
}

/// Where the first `rows` rows after the header end; nothing where there are fewer.
std::optional<std::int64_t> end_of_rows(const RecordsPlan& plan, std::int64_t rows) {
  const std::string path = rows_path(plan);
  if (!named_as_hdf5(plan.path)) return end_of_lines(path, rows + 1);
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path));
  const auto header = static_cast<std::int64_t>(header_of(plan).size());
  const std::int64_t end = header + rows * static_cast<std::int64_t>(packed_size(plan.columns));
  return end <= size ? std::optional(end) : std::nullopt;
}

/// The index in the first row, if there is one.
std::optional<std::int64_t> first_index(const RecordsPlan& plan) {
  const auto column = std::find(plan.columns.begin(), plan.columns.end(), SweptColumn::index);
  if (column == plan.columns.end()) return std::nullopt;
  std::ifstream file(rows_path(plan), std::ios::binary);
  file.seekg(static_cast<std::streamoff>(header_of(plan).size()));
  std::int64_t index = 0;
  if (named_as_hdf5(plan.path)) {  // index comes first there
    file.read(reinterpret_cast<char*>(&index), sizeof index);
  } else {
    std::string row, cell;
    std::getline(file, row);
    if (file.eof()) return std::nullopt;  // cut short by a kill
    std::istringstream cells(row);
    for (auto skip = column - plan.columns.begin(); skip > 0; --skip) std::getline(cells, cell, ',');
    cells >> index;
  }
  return file ? std::optional(index) : std::nullopt;
}

/// The check sum of the first `size` bytes of the file.
std::uint64_t checksum_of_file(const std::string& path, std::int64_t size) {
  std::ifstream file(path, std::ios::binary);
  std::string block;
  std::uint64_t sum = checksum_of_nothing;
  for (std::int64_t left = size; left > 0 && file; left -= static_cast<std::int64_t>(block.size())) {
    block.resize(static_cast<std::size_t>(std::min<std::int64_t>(left, 1 << 20)));
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    sum = checksum(block, sum);
  }
  return sum;
}

/// Throws unless the file that exists was written for this sweep, as far as it shows.
void require_same_records(const RecordsPlan& plan) {
  const std::string path = rows_path(plan);
  const std::string header = header_of(plan);
  std::ifstream file(path, std::ios::binary);
  std::string begin(4096, '\0');  // longer than any header
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(file.gcount()));
  if (!begin.starts_with(header) && !header.starts_with(begin)) {  // a kill may have cut the header short
    throw InvalidArgument(fmt::format("{}: its first line is {}, expected the columns {}", path,
                                      shortened(begin.substr(0, begin.find('\n'))), column_list(plan.columns)));
  }
  const std::int64_t first = plan.file.options.first;
  const std::int64_t index = first_index(plan).value_or(first);
  if (index != first) {
    throw InvalidArgument(
        fmt::format("{}: the records of another sweep: the first is of circuit {}, expected {}", path, index, first));
  }
}

/// The start of a file that no checkpoint knows of.
Start new_start(const RecordsPlan& plan) {
  for (const std::string& path : {plan.path, rows_path(plan)}) {
    if (!std::filesystem::exists(path)) continue;
    const bool stream = !std::filesystem::is_regular_file(path) && !std::filesystem::is_directory(path);
    if (stream && !plan.continues && !named_as_hdf5(plan.path)) return {};
    throw InvalidArgument(
        fmt::format("--records: {} exists, expected a new file, or the checkpoint that it goes with", path));
  }
  const AtomicFile writable(rows_path(plan));  // else it says why now
  return {};
}

[[noreturn]] void refuse_short(const RecordsPlan& plan, std::int64_t done) {
  throw InvalidArgument(
      fmt::format("--records: {} does not hold the {} circuits that the checkpoint counts, expected the "
                  "file that was written with it",
                  plan.path, done));
}

/// The start of a file whose first `done` rows a checkpoint counts.
Start continued_start(const RecordsPlan& plan, std::int64_t done) {
  const std::string path = rows_path(plan);
  for (const std::string& one : {plan.path, path}) {
    if (!std::filesystem::exists(one) || std::filesystem::is_regular_file(one)) continue;
    throw InvalidArgument(
        fmt::format("--records: {} is not a regular file, expected one, as a checkpoint is kept", one));
  }
  const AtomicFile writable(path);
  if (std::filesystem::exists(path)) {
    require_same_records(plan);
    if (const auto end = end_of_rows(plan, done)) {
      const Start start{Start::Kind::go_on, *end, checksum_of_file(path, *end)};
      if (plan.mark == 0 || start.mark == plan.mark) return start;
      throw InvalidArgument(
          fmt::format("{}: the records of another sweep: expected the file that the checkpoint was saved with", path));
    }
    if (done == 0) return {Start::Kind::go_on, 0};  // its header was cut short
  }
  if (named_as_hdf5(plan.path) && std::filesystem::exists(plan.path)) {
    if (rows_in_hdf5(plan) < done) refuse_short(plan, done);
    const bool complete = done == plan.file.options.circuits && rows_in_hdf5(plan) == done;
    return {complete && !std::filesystem::exists(path) ? Start::Kind::nothing : Start::Kind::restore, 0};
  }
  if (done > 0) refuse_short(plan, done);
  return {};
}

Start start_of(const RecordsPlan& plan, std::optional<std::int64_t> done) {
  if (named_as_hdf5(plan.path) && !has_hdf5()) {
    throw InvalidArgument(fmt::format(
        "--records: {}, expected a name that does not end in .h5 or .hdf5: this program was built without HDF5",
        plan.path));
  }
  return done ? continued_start(plan, *done) : new_start(plan);
}

}  // namespace

bool named_as_hdf5(const std::string& path) { return path.ends_with(".h5") || path.ends_with(".hdf5"); }

std::vector<SweptColumn> columns_of_file(const std::string& path, const std::vector<SweptColumn>& asked) {
  if (!named_as_hdf5(path)) return asked;
  std::vector<SweptColumn> columns = {SweptColumn::index};
  std::copy_if(asked.begin(), asked.end(), std::back_inserter(columns),
               [](SweptColumn column) { return column != SweptColumn::index; });
  return columns;
}

void RecordsFile::check(const RecordsPlan& plan, std::optional<std::int64_t> done) { start_of(plan, done); }

RecordsFile::RecordsFile(const RecordsPlan& plan, std::optional<std::int64_t> done)
    : plan_(plan), packed_(named_as_hdf5(plan.path)) {
  const Start start = start_of(plan, done);
  const std::string path = rows_path(plan);
  if (start.kind == Start::Kind::nothing) return;
  if (start.kind == Start::Kind::go_on) {
    rows_.emplace(path, start.size);
  } else if (start.kind == Start::Kind::restore && std::filesystem::exists(path)) {
    rows_.emplace(path, 0);
  } else {
    rows_.emplace(path);
  }
  mark_ = start.mark;
  if (start.size == 0) append(header_of(plan));
  if (start.kind == Start::Kind::restore) {
    for_rows_in_hdf5(plan, done.value_or(0), [&](const std::string& rows) { append(rows); });
  }
}

void RecordsFile::append(const SweptCircuits& circuits) {
  append(packed_ ? packed_rows(circuits, plan_.columns) : csv_rows(circuits, plan_.columns));
}

void RecordsFile::append(const std::string& bytes) {
  rows_.value().append(bytes);
  mark_ = checksum(bytes, mark_);
}

void RecordsFile::flush() {
  if (rows_) rows_->flush();
}

std::uint64_t RecordsFile::mark() const { return rows_ ? mark_ : plan_.mark; }

void RecordsFile::finish() {
  flush();
  if (!packed_ || !rows_) return;
  const std::string path = rows_path(plan_);
  write_records_hdf5(plan_, path, static_cast<std::int64_t>(header_of(plan_).size()));
  rows_.reset();
  std::filesystem::remove(path);
}

}  // namespace organics::io
