#include "io/circuits_file.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "io/field_reader.hpp"
#include "io/strict_json.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 18> input_keys = {"name",  "model", "N",    "tau_y", "tau_a",    "b0",
                                                         "b1",    "sigma", "z",    "Wr",    "W",        "x0",
                                                         "times", "span",  "rtol", "atol",  "stimulus", "gains"};

/// Answers and remarks: allowed in an input file, and ignored.
constexpr std::array<std::string_view, 23> ignored_keys = {
    "states",       "status",  "steady_state", "residual",  "eigenvalues",  "abscissa",    "stability",  "fixed_points",
    "blow_up_time", "special", "note",         "est_error", "time_reached", "final_state", "statistics", "ended_by",
    "events",       "summary", "found_by",     "search",    "limit_cycle",  "proven",      "squarings"};

constexpr std::array<std::string_view, 2> interpolations = {"constant", "linear"};

/// Reads one object of `circuits`.
class CircuitReader {
 public:
  CircuitReader(const std::string& file, std::size_t index, const json& value)
      : fields_(file + ": " + where_in(index, value), "", value) {
    if (!value.is_object()) fields_.refuse(" = " + shown(value) + ", expected an object with the fields of a circuit");
  }

  CircuitRecord read() {
    fields_.refuse_unknown_keys(input_keys, ignored_keys, "the fields of a circuit");
    CircuitRecord record;
    record.name = read_name();
    read_parameters(record.circuit);
    if (fields_.has("stimulus")) record.stimulus = read_stimulus();
    if (fields_.has("gains")) record.gains = read_gains();
    refuse_contradictions(record);
    read_start_and_times(record);
    return record;
  }

 private:
  static std::string where_in(std::size_t index, const json& value) {
    const bool named = value.is_object() && value.contains("name") && value.at("name").is_string();
    return circuit_label(index, named ? value.at("name").get<std::string>() : "");
  }

  std::string read_name() const {
    if (!fields_.has("name")) return {};
    const json& name = fields_.field("name", "text");
    if (!name.is_string()) fields_.refuse("name", name, "text");
    return name.get<std::string>();
  }

  ModelKind read_model() const {
    constexpr std::array<std::string_view, 2> models = {"main", "rectified"};
    if (!fields_.has("model")) return ModelKind::main;
    return fields_.word("model", models) == "main" ? ModelKind::main : ModelKind::rectified;
  }

  /// N, as given or as the number of rows of Wr (the rows themselves are checked with the matrix).
  int read_size() const {
    constexpr std::size_t largest = 1 << 20;
    if (fields_.has("N")) {
      const json& given = fields_.field("N", "an integer >= 1");
      const bool good = given.is_number_integer() && given >= 1 && given <= largest;
      if (!good) fields_.refuse("N", given, "an integer >= 1");
      return given.get<int>();
    }
    const json& rows = fields_.field("Wr", "N rows of N finite numbers");
    const bool good = rows.is_array() && !rows.empty() && rows.size() <= largest;
    if (!good) fields_.refuse("Wr", rows, "N rows of N finite numbers, N >= 1");
    return static_cast<int>(rows.size());
  }

  void read_parameters(OwnedCircuit<double>& c) {
    c.model = read_model();
    c.n = read_size();
    n_ = static_cast<std::size_t>(c.n);
    count_ = fmt::format("N = {}", n_);
    c.tau_y = fields_.vector("tau_y", n_, Bound::positive, count_);
    c.tau_a = fields_.vector("tau_a", n_, Bound::positive, count_);
    c.b0 = fields_.vector("b0", n_, Bound::nonnegative, count_);
    c.b1 = fields_.vector("b1", n_, Bound::nonnegative, count_);
    c.sigma = fields_.vector("sigma", n_, Bound::nonnegative, count_);
    c.z = fields_.vector("z", n_, Bound::any, count_);
    c.Wr = fields_.matrix("Wr", n_, n_, Bound::any, count_);
    c.W = fields_.matrix("W", n_, n_, Bound::nonnegative, count_);
  }

  SignalRecord read_signal(const FieldReader& parent, const char* key, std::size_t rows, Bound bound,
                           const std::string& count) const {
    constexpr std::array<std::string_view, 3> known = {"times", "values", "kind"};
    const std::string expected = "an object with times, values and kind";
    const FieldReader fields = parent.inside(key, expected);
    fields.refuse_unknown_keys(known, {}, "times, values and kind");
    SignalRecord signal;
    const bool linear = fields.word("kind", interpolations) == "linear";
    signal.kind = linear ? Interpolation::linear : Interpolation::constant;
    signal.times = fields.increasing("times", linear);  // a linear signal may jump: two knots at one time
    signal.values = fields.columns("values", rows, signal.times.size(), bound, count);
    return signal;
  }

  StimulusRecord read_stimulus() const {
    constexpr std::array<std::string_view, 3> known = {"z", "b0", "b1"};
    const std::string expected = "an object with z, b0 or b1";
    const FieldReader fields = fields_.inside("stimulus", expected);
    if (fields_.field("stimulus", expected).empty()) fields_.refuse("stimulus", json::object(), expected);
    fields.refuse_unknown_keys(known, {}, "z, b0 or b1");
    StimulusRecord stimulus;
    if (fields.has("z")) stimulus.z = read_signal(fields, "z", n_, Bound::any, count_);
    if (fields.has("b0")) stimulus.b0 = read_signal(fields, "b0", n_, Bound::nonnegative, count_);
    if (fields.has("b1")) stimulus.b1 = read_signal(fields, "b1", n_, Bound::nonnegative, count_);
    return stimulus;
  }

  GainsRecord read_gains() const {
    constexpr std::array<std::string_view, 10> known = {"tau_b0", "tau_b1", "W_b0x", "W_b1x", "W_zx",
                                                        "W_b0y",  "W_b0a",  "W_b1y", "W_b1a", "input"};
    const FieldReader fields = fields_.inside("gains", "an object with tau_b0, tau_b1 and weights");
    fields.refuse_unknown_keys(known, {}, "the fields of gains");
    GainsRecord gains;
    gains.tau_b0 = fields.vector("tau_b0", n_, Bound::positive, count_);
    gains.tau_b1 = fields.vector("tau_b1", n_, Bound::positive, count_);
    const auto square = [&](const char* key) {
      return fields.has(key) ? fields.matrix(key, n_, n_, Bound::any, count_) : std::vector<double>();
    };
    gains.W_b0y = square("W_b0y");
    gains.W_b0a = square("W_b0a");
    gains.W_b1y = square("W_b1y");
    gains.W_b1a = square("W_b1a");
    read_input(fields, gains);
    return gains;
  }

  /// Columns of the first matrix of inputs that is given: their number; 0 where there is none.
  static std::size_t input_count(const FieldReader& fields) {
    for (const char* key : {"W_b0x", "W_b1x", "W_zx"}) {
      if (!fields.has(key)) continue;
      const json& rows = fields.field(key, "");
      const bool good = rows.is_array() && !rows.empty() && rows[0].is_array() && !rows[0].empty();
      if (!good) fields.refuse(key, rows, "N rows of finite numbers, one for each input");
      return rows[0].size();
    }
    return 0;
  }

  void read_input(const FieldReader& fields, GainsRecord& gains) const {
    const std::size_t inputs = input_count(fields);
    gains.inputs = static_cast<int>(inputs);
    if (inputs == 0) {
      if (fields.has("input")) {
        fields.refuse("input", fields.field("input", ""), "no input without W_b0x, W_b1x or W_zx");
      }
      return;
    }
    const std::string count = fmt::format("{}, {} inputs", count_, inputs);
    const auto matrix = [&](const char* key) {
      return fields.has(key) ? fields.matrix(key, n_, inputs, Bound::any, count) : std::vector<double>();
    };
    gains.W_b0x = matrix("W_b0x");
    gains.W_b1x = matrix("W_b1x");
    gains.W_zx = matrix("W_zx");
    const std::string expected = fmt::format("{} finite numbers, or an object with times, values and kind", inputs);
    if (fields.field("input", expected).is_object()) {
      gains.input_signal = read_signal(fields, "input", inputs, Bound::any, count);
    } else {
      gains.input = fields.array("input", inputs, Bound::any, expected);
    }
  }

  /// One quantity cannot be given in two ways.
  void refuse_contradictions(const CircuitRecord& record) const {
    if (!record.gains || !fields_.has("stimulus")) return;
    const json& stimulus = fields_.field("stimulus", "");
    if (record.stimulus.b0) fields_.refuse("stimulus.b0", stimulus.at("b0"), "no b0 beside gains");
    if (record.stimulus.b1) fields_.refuse("stimulus.b1", stimulus.at("b1"), "no b1 beside gains");
    if (record.stimulus.z && !record.gains->W_zx.empty()) {
      fields_.refuse("stimulus.z", stimulus.at("z"), "no z beside gains.W_zx");
    }
  }

  void read_start_and_times(CircuitRecord& record) const {
    const std::size_t m = state_size(record);
    if (fields_.has("x0")) {
      const char* order = record.gains ? "y, a, b0, b1" : "y then a";
      record.x0 = fields_.array("x0", m, Bound::any, fmt::format("{} finite numbers, {} ({})", m, order, count_));
    }
    if (fields_.has("times")) record.times = fields_.increasing("times", false);
    if (fields_.has("span")) record.span = read_span();
    if (fields_.has("rtol")) record.rtol = fields_.vector("rtol", m, Bound::positive, count_);
    if (fields_.has("atol")) record.atol = fields_.vector("atol", m, Bound::nonnegative, count_);
  }

  std::vector<double> read_span() const {
    const std::string expected = "start and end in seconds, the end after the start";
    auto span = fields_.array("span", 2, Bound::any, expected);
    if (!(span[1] > span[0])) fields_.refuse("span", fields_.field("span", expected), expected);
    return span;
  }

  FieldReader fields_;
  std::size_t n_ = 0;
  std::string count_;  ///< how messages name n
};

using nlohmann::ordered_json;

/// Rows of a column-major matrix.
ordered_json rows_of(const std::vector<double>& matrix, std::size_t rows) {
  ordered_json lines = ordered_json::array();
  for (std::size_t i = 0; i < rows; ++i) {
    ordered_json row = ordered_json::array();
    for (std::size_t k = i; k < matrix.size(); k += rows) row.push_back(matrix[k]);
    lines.push_back(std::move(row));
  }
  return lines;
}

ordered_json signal_json(const SignalRecord& signal) {
  const std::size_t rows = signal.values.size() / signal.times.size();
  ordered_json object;
  object["times"] = signal.times;
  object["values"] = ordered_json::array();
  for (auto value = signal.values.begin(); value != signal.values.end(); value += static_cast<std::ptrdiff_t>(rows)) {
    object["values"].push_back(std::vector<double>(value, value + static_cast<std::ptrdiff_t>(rows)));
  }
  object["kind"] = interpolations[signal.kind == Interpolation::linear ? 1 : 0];
  return object;
}

ordered_json gains_json(const GainsRecord& gains) {
  const std::size_t n = gains.tau_b0.size();
  ordered_json object;
  object["tau_b0"] = gains.tau_b0;
  object["tau_b1"] = gains.tau_b1;
  const auto matrix = [&](const char* key, const std::vector<double>& values) {
    if (!values.empty()) object[key] = rows_of(values, n);
  };
  matrix("W_b0x", gains.W_b0x);
  matrix("W_b1x", gains.W_b1x);
  matrix("W_zx", gains.W_zx);
  matrix("W_b0y", gains.W_b0y);
  matrix("W_b0a", gains.W_b0a);
  matrix("W_b1y", gains.W_b1y);
  matrix("W_b1a", gains.W_b1a);
  if (!gains.input.empty()) object["input"] = gains.input;
  if (gains.input_signal) object["input"] = signal_json(*gains.input_signal);
  return object;
}

ordered_json circuit_json(const CircuitRecord& record) {
  const OwnedCircuit<double>& c = record.circuit;
  ordered_json object;
  if (!record.name.empty()) object["name"] = record.name;
  object["model"] = c.model == ModelKind::main ? "main" : "rectified";
  object["N"] = c.n;
  object["tau_y"] = c.tau_y;
  object["tau_a"] = c.tau_a;
  object["b0"] = c.b0;
  object["b1"] = c.b1;
  object["sigma"] = c.sigma;
  object["z"] = c.z;
  object["Wr"] = rows_of(c.Wr, static_cast<std::size_t>(c.n));
  object["W"] = rows_of(c.W, static_cast<std::size_t>(c.n));
  if (!record.x0.empty()) object["x0"] = record.x0;
  if (!record.times.empty()) object["times"] = record.times;
  if (!record.span.empty()) object["span"] = record.span;
  if (!record.rtol.empty()) object["rtol"] = record.rtol;
  if (!record.atol.empty()) object["atol"] = record.atol;
  const StimulusRecord& stimulus = record.stimulus;
  if (stimulus.z) object["stimulus"]["z"] = signal_json(*stimulus.z);
  if (stimulus.b0) object["stimulus"]["b0"] = signal_json(*stimulus.b0);
  if (stimulus.b1) object["stimulus"]["b1"] = signal_json(*stimulus.b1);
  if (record.gains) object["gains"] = gains_json(*record.gains);
  return object;
}

}  // namespace

std::size_t state_size(const CircuitRecord& record) {
  return (record.gains ? 4U : 2U) * static_cast<std::size_t>(record.circuit.n);
}

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
    text += separator + circuit_json(record).dump();
    separator = ",\n";
  }
  return text + "\n]}\n";
}

std::string label(std::size_t index, const CircuitRecord& record) { return circuit_label(index, record.name); }

void require_undriven(const std::string& path, const std::vector<CircuitRecord>& records, const std::string& reader) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const StimulusRecord& stimulus = records[i].stimulus;
    const bool stimulated = stimulus.z || stimulus.b0 || stimulus.b1;
    if (!stimulated && !records[i].gains) continue;
    throw InvalidArgument(
        fmt::format("{}: {}: field {} is given, expected none: {} is for circuits that do not depend on "
                    "time and have constant gains; organics integrate follows the others",
                    path, label(i, records[i]), stimulated ? "stimulus" : "gains", reader));
  }
}

}  // namespace organics::io
