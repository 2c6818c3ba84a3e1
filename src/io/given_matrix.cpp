#include "io/given_matrix.hpp"

#include <charconv>
#include <filesystem>

namespace organics::io {
namespace {

using Rows = std::vector<std::vector<double>>;

constexpr std::string_view blanks = " \t\r";

/// NaN for what is no number.
double number_in(std::string_view cell) {
  const std::size_t start = cell.find_first_not_of(blanks);
  if (start == std::string_view::npos) return std::numeric_limits<double>::quiet_NaN();
  cell = cell.substr(start, cell.find_last_not_of(blanks) + 1 - start);
  if (cell.starts_with('+')) cell.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  const bool whole = error == std::errc() && end == cell.data() + cell.size();
  return whole ? number : std::numeric_limits<double>::quiet_NaN();
}

/// The numbers of a line, apart by commas or semicolons, or else by blanks.
std::vector<double> numbers_of_line(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const bool marked = line.find_first_of(",;") != std::string_view::npos;
  const std::string_view between = marked ? ",;" : blanks;
  std::vector<double> numbers;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find_first_of(between, at), line.size());
    const std::string_view cell = line.substr(at, end - at);
    if (marked || !cell.empty()) numbers.push_back(number_in(cell));
    at = end + 1;
  }
  return numbers;
}

Rows rows_of_file(const std::string& path) {
  const std::string text = read_text_file(path);
  Rows rows;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    auto row = numbers_of_line(std::string_view(text).substr(at, end - at));
    if (!row.empty()) rows.push_back(std::move(row));
    at = end + 1;
  }
  return rows;
}

Rows rows_of_array(const toml::node& node) {
  Rows rows;
  if (const toml::array* array = node.as_array()) {
    for (const toml::node& line : *array) {
      std::vector<double>& row = rows.emplace_back();
      const toml::array* numbers = line.as_array();
      for (std::size_t j = 0; numbers != nullptr && j < numbers->size(); ++j) {
        row.push_back(as_number((*numbers)[j]).value_or(std::numeric_limits<double>::quiet_NaN()));
      }
    }
  }
  return rows;
}

/// Empty where these are n rows of n numbers that may be; else what is wrong.
std::string fault_of(const Rows& rows, std::size_t n, Values values) {
  if (rows.size() != n) return fmt::format("there are {}", rows.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (rows[i].size() != n) return fmt::format("row {} has {}", i + 1, rows[i].size());
    for (std::size_t j = 0; j < n; ++j) {
      const bool good = std::isfinite(rows[i][j]) && (values == Values::any || rows[i][j] >= 0);
      const double found = rows[i][j];
      if (!good)
        return fmt::format("number {} of row {} is {}", j + 1, i + 1,
                           std::isnan(found) ? "missing or none" : fmt::to_string(found));
    }
  }
  return "";
}

const double* keep(std::vector<double> matrix, MatrixStore& store) {
  for (const auto& kept : store) {
    if (*kept == matrix) return kept->data();
  }
  return store.emplace_back(std::make_shared<const std::vector<double>>(std::move(matrix)))->data();
}

std::string beside(const std::string& sweep_file, const std::string& path) {
  return (std::filesystem::path(sweep_file).parent_path() / path).string();  // an absolute path stays as it is
}

}  // namespace

const double* read_given_matrix(Section& s, int n, Values values, MatrixStore& store) {
  const toml::node* inline_rows = s.find("rows");
  const toml::node* file = s.find("file");
  const toml::node* node = file != nullptr ? file : inline_rows;
  if (node == nullptr || (file != nullptr && inline_rows != nullptr)) s.refuse("rows or file for kind given, and one");
  const std::string_view key = file != nullptr ? "file" : "rows";
  if (file != nullptr && !file->is_string()) s.refuse(key, *file, "the name of a text file");
  Rows rows;
  try {
    rows = file != nullptr ? rows_of_file(beside(s.file(), *file->value<std::string>())) : rows_of_array(*inline_rows);
  } catch (const InvalidArgument& error) {
    s.refuse(key, *node, fmt::format("a matrix: {}", error.what()));
  }
  const auto size = static_cast<std::size_t>(n);
  const std::string fault = fault_of(rows, size, values);
  if (!fault.empty()) {
    const char* kind = values == Values::any ? "finite numbers" : "finite numbers >= 0";
    s.refuse(key, *node, fmt::format("{0} rows of {0} {1}, as n = {0}; {2}", n, kind, fault));
  }
  std::vector<double> matrix(size * size);
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix[i + size * j] = rows[i][j];
  }
  return keep(std::move(matrix), store);
}

}  // namespace organics::io
