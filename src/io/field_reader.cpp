#include "io/field_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "io/strict_json.hpp"
#include "io/suggest.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

bool within(double x, Bound bound) {
  if (!std::isfinite(x)) return false;
  return bound == Bound::any || (bound == Bound::nonnegative ? x >= 0 : x > 0);
}

bool is_among(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

const char* numbers(Bound bound) {
  switch (bound) {
    case Bound::any:
      return "finite numbers";
    case Bound::nonnegative:
      return "finite numbers >= 0";
    case Bound::positive:
      return "finite numbers > 0";
  }
  return "";
}

void FieldReader::refuse(const std::string& what) const { throw InvalidArgument(where_ + what); }

void FieldReader::refuse(const std::string& place, const nlohmann::json& value, const std::string& expected) const {
  refuse(fmt::format(": {}{} = {}, expected {}", prefix_, place, shown(value), expected));
}

const nlohmann::json& FieldReader::field(const char* key, const std::string& expected) const {
  const auto found = object_.find(key);
  if (found == object_.end()) refuse(fmt::format(": field {}{} is missing, expected {}", prefix_, key, expected));
  return *found;
}

void FieldReader::refuse_unknown_keys(std::span<const std::string_view> known,
                                      std::span<const std::string_view> ignored, const std::string& expected) const {
  for (const auto& [key, value] : object_.items()) {
    if (is_among(known, key) || is_among(ignored, key)) continue;
    const std::string inside_of = prefix_.empty() ? "" : " in " + prefix_.substr(0, prefix_.size() - 1);
    refuse(fmt::format(": unknown key {}{} = {}, expected {}{}", shown(key), inside_of, shown(value), expected,
                       did_you_mean(key, known)));
  }
}

FieldReader FieldReader::inside(const char* key, const std::string& expected) const {
  const nlohmann::json& value = field(key, expected);
  if (!value.is_object()) refuse(key, value, expected);
  return {where_, fmt::format("{}{}.", prefix_, key), value};
}

std::vector<double> FieldReader::vector(const char* key, std::size_t size, Bound bound,
                                        const std::string& count) const {
  const std::string expected = fmt::format("{} {}, or one ({})", size, numbers(bound), count);
  return vector_in(key, field(key, expected), size, bound, expected);
}

std::vector<double> FieldReader::array(const char* key, std::size_t size, Bound bound,
                                       const std::string& expected) const {
  return array_in(key, field(key, expected), size, bound, expected);
}

std::vector<double> FieldReader::matrix(const char* key, std::size_t rows, std::size_t cols, Bound bound,
                                        const std::string& count) const {
  const std::string expected = fmt::format("{} rows of {} {} ({})", rows, cols, numbers(bound), count);
  const nlohmann::json& value = field(key, expected);
  if (!value.is_array()) refuse(key, value, expected);
  if (value.size() != rows) {
    refuse(fmt::format(": {}{} = {} has {} rows, expected {}", prefix_, key, shown(value), value.size(), expected));
  }
  std::vector<double> matrix(rows * cols);
  for (std::size_t i = 0; i < rows; ++i) {
    const auto row = array_in(fmt::format("{}[{}]", key, i), value[i], cols, bound, expected);
    for (std::size_t j = 0; j < cols; ++j) matrix[i + rows * j] = row[j];
  }
  return matrix;
}

std::vector<double> FieldReader::increasing(const char* key, bool repeated) const {
  const std::string expected =
      repeated ? "finite numbers that do not decrease, at least one" : "increasing finite numbers, at least one";
  const nlohmann::json& value = field(key, expected);
  if (!value.is_array() || value.empty()) refuse(key, value, expected);
  auto values = array_in(key, value, value.size(), Bound::any, expected);
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] > values[i - 1] || (repeated && values[i] == values[i - 1])) continue;
    refuse(fmt::format("{}[{}]", key, i), value[i],
           fmt::format("{} {}[{}] = {}", repeated ? "at least" : "more than", key, i - 1, values[i - 1]));
  }
  return values;
}

std::vector<double> FieldReader::columns(const char* key, std::size_t rows, std::size_t size, Bound bound,
                                         const std::string& count) const {
  const std::string expected =
      fmt::format("{} entries, one for each time, of {} {} or one ({})", size, rows, numbers(bound), count);
  const nlohmann::json& value = field(key, expected);
  if (!value.is_array()) refuse(key, value, expected);
  if (value.size() != size) {
    refuse(fmt::format(": {}{} = {} has length {}, expected {}", prefix_, key, shown(value), value.size(), expected));
  }
  std::vector<double> all;
  for (std::size_t k = 0; k < size; ++k) {
    const auto column = vector_in(fmt::format("{}[{}]", key, k), value[k], rows, bound, expected);
    all.insert(all.end(), column.begin(), column.end());
  }
  return all;
}

std::string FieldReader::word(const char* key, std::span<const std::string_view> words) const {
  const std::string expected = fmt::format("\"{}\"", fmt::join(words, "\" or \""));
  const nlohmann::json& value = field(key, expected);
  if (!value.is_string() || !is_among(words, value.get<std::string>())) refuse(key, value, expected);
  return value.get<std::string>();
}

double FieldReader::number(const std::string& place, const nlohmann::json& value, Bound bound,
                           const std::string& expected) const {
  if (!value.is_number() || !within(value.get<double>(), bound)) refuse(place, value, expected);
  return value.get<double>();
}

std::vector<double> FieldReader::array_in(const std::string& place, const nlohmann::json& value, std::size_t size,
                                          Bound bound, const std::string& expected) const {
  if (!value.is_array()) refuse(place, value, expected);
  if (value.size() != size) {
    refuse(fmt::format(": {}{} = {} has length {}, expected {}", prefix_, place, shown(value), value.size(), expected));
  }
  std::vector<double> array(size);
  for (std::size_t i = 0; i < size; ++i) {
    array[i] = number(fmt::format("{}[{}]", place, i), value[i], bound, expected);
  }
  return array;
}

std::vector<double> FieldReader::vector_in(const std::string& place, const nlohmann::json& value, std::size_t size,
                                           Bound bound, const std::string& expected) const {
  if (!value.is_array()) return std::vector<double>(size, number(place, value, bound, expected));
  return array_in(place, value, size, bound, expected);
}

}  // namespace organics::io
