#include "io/circuits_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "io/strict_json.hpp"
#include "io/suggest.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 13> input_keys = {"name",  "model", "N",  "tau_y", "tau_a", "b0",   "b1",
                                                         "sigma", "z",     "Wr", "W",     "x0",    "times"};

/// Answers and remarks: allowed in an input file, and ignored.
constexpr std::array<std::string_view, 12> ignored_keys = {"states",       "status",   "steady_state", "residual",
                                                           "eigenvalues",  "abscissa", "stability",    "fixed_points",
                                                           "blow_up_time", "special",  "note",         "est_error"};

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// The numbers that a field may hold.
enum class Bound { any, nonnegative, positive };

bool within(double x, Bound bound) {
  if (!std::isfinite(x)) return false;
  return bound == Bound::any || (bound == Bound::nonnegative ? x >= 0 : x > 0);
}

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

/// Reads one object of `circuits`, and names itself in every refusal.
class CircuitReader {
 public:
  CircuitReader(const std::string& file, std::size_t index, const json& value)
      : where_(file + ": " + circuit_label(index, "")), value_(value) {
    if (!value.is_object()) refuse(" = " + shown(value) + ", expected an object with the fields of a circuit");
    if (const auto name = value.find("name"); name != value.end() && name->is_string()) {
      where_ = file + ": " + circuit_label(index, name->get<std::string>());
    }
  }

  CircuitRecord read() {
    refuse_unknown_keys();
    CircuitRecord record;
    record.name = read_name();
    OwnedCircuit<double>& c = record.circuit;
    c.model = read_model();
    c.n = read_size();
    n_ = static_cast<std::size_t>(c.n);
    c.tau_y = read_vector("tau_y", Bound::positive);
    c.tau_a = read_vector("tau_a", Bound::positive);
    c.b0 = read_vector("b0", Bound::nonnegative);
    c.b1 = read_vector("b1", Bound::nonnegative);
    c.sigma = read_vector("sigma", Bound::nonnegative);
    c.z = read_vector("z", Bound::any);
    c.Wr = read_matrix("Wr", Bound::any);
    c.W = read_matrix("W", Bound::nonnegative);
    if (value_.contains("x0")) record.x0 = read_start();
    if (value_.contains("times")) record.times = read_times();
    return record;
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const { throw InvalidArgument(where_ + what); }

  [[noreturn]] void refuse(const std::string& place, const json& value, const std::string& expected) const {
    refuse(fmt::format(": {} = {}, expected {}", place, shown(value), expected));
  }

  const json& field(const char* key, const std::string& expected) const {
    const auto found = value_.find(key);
    if (found == value_.end()) refuse(fmt::format(": field {} is missing, expected {}", key, expected));
    return *found;
  }

  void refuse_unknown_keys() const {
    for (const auto& [key, value] : value_.items()) {
      if (contains(input_keys, key) || contains(ignored_keys, key)) continue;
      refuse(fmt::format(": unknown key {} = {}, expected the fields of a circuit{}", shown(key), shown(value),
                         did_you_mean(key, input_keys)));
    }
  }

  std::string read_name() const {
    const auto name = value_.find("name");
    if (name == value_.end()) return {};
    if (!name->is_string()) refuse("name", *name, "text");
    return name->get<std::string>();
  }

  ModelKind read_model() const {
    const auto model = value_.find("model");
    if (model == value_.end() || *model == "main") return ModelKind::main;
    if (*model == "rectified") return ModelKind::rectified;
    refuse("model", *model, "\"main\" or \"rectified\"");
  }

  /// N, as given or as the number of rows of Wr (the rows themselves are checked with the matrix).
  int read_size() const {
    constexpr std::size_t largest = 1 << 20;
    if (const auto given = value_.find("N"); given != value_.end()) {
      const bool good = given->is_number_integer() && *given >= 1 && *given <= largest;
      if (!good) refuse("N", *given, "an integer >= 1");
      return given->get<int>();
    }
    const json& rows = field("Wr", "N rows of N finite numbers");
    const bool good = rows.is_array() && !rows.empty() && rows.size() <= largest;
    if (!good) refuse("Wr", rows, "N rows of N finite numbers, N >= 1");
    return static_cast<int>(rows.size());
  }

  double read_number(const std::string& place, const json& value, Bound bound, const std::string& expected) const {
    if (!value.is_number() || !within(value.get<double>(), bound)) refuse(place, value, expected);
    return value.get<double>();
  }

  /// N numbers, or one for all.
  std::vector<double> read_vector(const char* key, Bound bound) const {
    const std::string expected = fmt::format("{} {}, or one (N = {})", n_, numbers(bound), n_);
    const json& value = field(key, expected);
    if (!value.is_array()) return std::vector<double>(n_, read_number(key, value, bound, expected));
    return read_array(key, value, n_, bound, expected);
  }

  std::vector<double> read_array(const std::string& place, const json& value, std::size_t size, Bound bound,
                                 const std::string& expected) const {
    if (!value.is_array()) refuse(place, value, expected);
    if (value.size() != size) {
      refuse(fmt::format(": {} = {} has length {}, expected {}", place, shown(value), value.size(), expected));
    }
    std::vector<double> array(size);
    for (std::size_t i = 0; i < size; ++i) {
      array[i] = read_number(fmt::format("{}[{}]", place, i), value[i], bound, expected);
    }
    return array;
  }

  /// N rows of N in the file, column-major in memory.
  std::vector<double> read_matrix(const char* key, Bound bound) const {
    const std::string expected = fmt::format("{} rows of {} {} (N = {})", n_, n_, numbers(bound), n_);
    const json& rows = field(key, expected);
    if (!rows.is_array()) refuse(key, rows, expected);
    if (rows.size() != n_) {
      refuse(fmt::format(": {} = {} has {} rows, expected {}", key, shown(rows), rows.size(), expected));
    }
    std::vector<double> matrix(n_ * n_);
    for (std::size_t i = 0; i < n_; ++i) {
      const auto row = read_array(fmt::format("{}[{}]", key, i), rows[i], n_, bound, expected);
      for (std::size_t j = 0; j < n_; ++j) matrix[i + n_ * j] = row[j];
    }
    return matrix;
  }

  std::vector<double> read_start() const {
    const std::string expected = fmt::format("{} finite numbers, y then a (N = {})", 2 * n_, n_);
    return read_array("x0", value_.at("x0"), 2 * n_, Bound::any, expected);
  }

  std::vector<double> read_times() const {
    const std::string expected = "increasing finite numbers, at least one";
    const json& value = value_.at("times");
    if (!value.is_array() || value.empty()) refuse("times", value, expected);
    auto times = read_array("times", value, value.size(), Bound::any, expected);
    for (std::size_t i = 1; i < times.size(); ++i) {
      if (!(times[i] > times[i - 1])) {
        refuse(fmt::format("times[{}]", i), value[i], fmt::format("more than times[{}] = {}", i - 1, times[i - 1]));
      }
    }
    return times;
  }

  std::string where_;
  const json& value_;
  std::size_t n_ = 0;
};

/// Rows of a column-major n x n matrix.
json rows_of(const std::vector<double>& matrix, int n) {
  json rows = json::array();
  const auto size = static_cast<std::size_t>(n);
  for (std::size_t i = 0; i < size; ++i) {
    json row = json::array();
    for (std::size_t j = 0; j < size; ++j) row.push_back(matrix[i + size * j]);
    rows.push_back(std::move(row));
  }
  return rows;
}

nlohmann::ordered_json to_json(const CircuitRecord& record) {
  const OwnedCircuit<double>& c = record.circuit;
  nlohmann::ordered_json object;
  if (!record.name.empty()) object["name"] = record.name;
  object["model"] = c.model == ModelKind::main ? "main" : "rectified";
  object["N"] = c.n;
  object["tau_y"] = c.tau_y;
  object["tau_a"] = c.tau_a;
  object["b0"] = c.b0;
  object["b1"] = c.b1;
  object["sigma"] = c.sigma;
  object["z"] = c.z;
  object["Wr"] = rows_of(c.Wr, c.n);
  object["W"] = rows_of(c.W, c.n);
  if (!record.x0.empty()) object["x0"] = record.x0;
  if (!record.times.empty()) object["times"] = record.times;
  return object;
}

}  // namespace

std::vector<CircuitRecord> read_circuits_file(const std::string& path) {
  return parse_circuits(path, read_text_file(path));
}

std::vector<CircuitRecord> parse_circuits(const std::string& path, const std::string& text) {
  const json document = parse_strictly(path, text);
  if (!document.is_object()) {
    throw InvalidArgument(path + ": " + shown(document) + ", expected an object with an array `circuits`");
  }
  const auto circuits = document.find("circuits");
  if (circuits == document.end()) throw InvalidArgument(path + ": field circuits is missing, expected an array");
  if (!circuits->is_array()) {
    throw InvalidArgument(path + ": circuits = " + shown(*circuits) + ", expected an array");
  }
  std::vector<CircuitRecord> records;
  for (std::size_t i = 0; i < circuits->size(); ++i) records.push_back(CircuitReader(path, i, (*circuits)[i]).read());
  return records;
}

std::string circuits_file_text(const std::vector<CircuitRecord>& records) {
  std::string text = "{\"circuits\": [";
  const char* separator = "\n";
  for (const CircuitRecord& record : records) {
    text += separator + to_json(record).dump();
    separator = ",\n";
  }
  return text + "\n]}\n";
}

std::string label(std::size_t index, const CircuitRecord& record) { return circuit_label(index, record.name); }

}  // namespace organics::io
