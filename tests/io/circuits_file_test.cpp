// The circuits file: what is accepted, where the numbers go, and what each kind of bad input is told.
#include "io/circuits_file.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace organics::io {
namespace {

using nlohmann::json;

/// A valid circuit of two neurons, to be spoiled.
json good_circuit() {
  return json::parse(R"({"name": "pair", "tau_y": [0.002, 0.003], "tau_a": 0.004, "b0": 0.5, "b1": [0.5, 0.25],
    "sigma": 0.1, "z": [1, -2], "Wr": [[1, 2], [3, 4]], "W": [[0.1, 0.2], [0.3, 0.4]],
    "x0": [0.1, 0.2, 0.3, 0.4], "times": [0, 0.5, 1]})");
}

std::string file_with(const json& circuit) { return json{{"circuits", {circuit}}}.dump(); }

/// The message that refuses the text; empty if it is accepted.
std::string refusal(const std::string& text) {
  try {
    parse_circuits("file.json", text);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return {};
}

void expect_refused(const std::string& text, const std::vector<std::string>& parts) {
  const std::string message = refusal(text);
  EXPECT_NE(message, "") << "accepted: " << text.substr(0, 200);
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 0) << message;
  EXPECT_EQ(message.rfind("file.json: ", 0), 0U) << message;
  for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << part << "\nin: " << message;
}

TEST(CircuitsFile, ReadsMatricesAsRowsAndHoldsThemColumnMajor) {
  const auto records = parse_circuits("file.json", file_with(good_circuit()));
  ASSERT_EQ(records.size(), 1U);
  const CircuitRecord& r = records[0];
  EXPECT_EQ(r.name, "pair");
  EXPECT_EQ(r.circuit.n, 2);
  EXPECT_EQ(r.circuit.model, ModelKind::main);
  EXPECT_EQ(r.circuit.Wr, (std::vector<double>{1, 3, 2, 4}));
  EXPECT_EQ(r.circuit.W, (std::vector<double>{0.1, 0.3, 0.2, 0.4}));
  EXPECT_EQ(r.circuit.tau_y, (std::vector<double>{0.002, 0.003}));
  EXPECT_EQ(r.circuit.tau_a, (std::vector<double>{0.004, 0.004})) << "one number stands for all neurons";
  EXPECT_EQ(r.circuit.z, (std::vector<double>{1, -2}));
  EXPECT_EQ(r.x0, (std::vector<double>{0.1, 0.2, 0.3, 0.4}));
  EXPECT_EQ(r.times, (std::vector<double>{0, 0.5, 1}));
}

TEST(CircuitsFile, OptionalFieldsMayBeAbsentAndAnswersAreIgnored) {
  json circuit = good_circuit();
  for (const char* key : {"name", "x0", "times"}) circuit.erase(key);
  for (const char* key : {"states",       "status",       "steady_state", "residual", "eigenvalues", "abscissa",
                          "stability",    "fixed_points", "blow_up_time", "special",  "note",        "est_error",
                          "time_reached", "final_state",  "statistics",   "ended_by", "events",      "summary",
                          "found_by",     "search",       "limit_cycle",  "proven",   "squarings"}) {
    circuit[key] = nullptr;
  }
  circuit["model"] = "rectified";
  circuit["N"] = 2;
  const json file = {{"circuits", {circuit}}, {"units", "s"}, {"figures", {1, 2}}};
  const auto records = parse_circuits("file.json", file.dump());
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].circuit.model, ModelKind::rectified);
  EXPECT_TRUE(records[0].name.empty() && records[0].x0.empty() && records[0].times.empty());
}

/// A circuit of two neurons with everything that drives one.
json driven_circuit() {
  json circuit = good_circuit();
  circuit["x0"] = {1, 2, 3, 4, 5, 6, 7, 8};
  circuit["span"] = {-1, 2.5};
  circuit["rtol"] = 1e-5;
  circuit["atol"] = {1e-9, 0, 1e-8, 1, 2, 3, 4, 5};
  circuit["stimulus"] = json::parse(R"({"z": {"times": [0, 1, 1], "values": [[1, 2], 3, [-4, 5]], "kind": "linear"}})");
  circuit["gains"] = json::parse(R"({"tau_b0": 0.01, "tau_b1": [0.02, 0.03], "W_b0x": [[1, 2, 3], [4, 5, 6]],
    "W_b1y": [[1, 2], [3, 4]], "W_b0a": [[0, -1], [1, 0]],
    "input": {"times": [0, 0.5], "values": [[1, 2, 3], 4], "kind": "constant"}})");
  return circuit;
}

TEST(CircuitsFile, ReadsWhatDrivesACircuit) {
  const auto records = parse_circuits("file.json", file_with(driven_circuit()));
  ASSERT_EQ(records.size(), 1U);
  const CircuitRecord& r = records[0];
  EXPECT_EQ(state_size(r), 8U);
  EXPECT_EQ(r.span, (std::vector<double>{-1, 2.5}));
  EXPECT_EQ(r.rtol, std::vector<double>(8, 1e-5)) << "one number stands for all components";
  EXPECT_EQ(r.atol, (std::vector<double>{1e-9, 0, 1e-8, 1, 2, 3, 4, 5}));
  ASSERT_TRUE(r.stimulus.z && !r.stimulus.b0 && !r.stimulus.b1);
  EXPECT_EQ(r.stimulus.z->times, (std::vector<double>{0, 1, 1})) << "two knots at one time: a jump";
  EXPECT_EQ(r.stimulus.z->values, (std::vector<double>{1, 2, 3, 3, -4, 5}));
  EXPECT_EQ(r.stimulus.z->kind, Interpolation::linear);
  ASSERT_TRUE(r.gains);
  EXPECT_EQ(r.gains->inputs, 3);
  EXPECT_EQ(r.gains->tau_b0, (std::vector<double>{0.01, 0.01}));
  EXPECT_EQ(r.gains->W_b0x, (std::vector<double>{1, 4, 2, 5, 3, 6})) << "column-major";
  EXPECT_EQ(r.gains->W_b1y, (std::vector<double>{1, 3, 2, 4}));
  EXPECT_EQ(r.gains->W_b0a, (std::vector<double>{0, 1, -1, 0}));
  EXPECT_TRUE(r.gains->W_b1x.empty() && r.gains->W_zx.empty() && r.gains->W_b0y.empty() && r.gains->W_b1a.empty());
  EXPECT_TRUE(r.gains->input.empty());
  ASSERT_TRUE(r.gains->input_signal);
  EXPECT_EQ(r.gains->input_signal->values, (std::vector<double>{1, 2, 3, 4, 4, 4}));
  EXPECT_EQ(r.gains->input_signal->kind, Interpolation::constant);
}

TEST(CircuitsFile, WritesWhatDrivesACircuit) {
  json still = driven_circuit();
  still["gains"]["W_zx"] = {{1, 2, 3}, {4, 5, 6}};
  still["gains"]["input"] = {1, 2, 3};
  still.erase("stimulus");
  json gated = good_circuit();
  gated["stimulus"] = json::parse(R"({"b0": {"times": [0], "values": [0.1], "kind": "constant"},
    "b1": {"times": [0, 2], "values": [[1, 2], [3, 4]], "kind": "linear"}})");
  const json file = {{"circuits", {driven_circuit(), still, gated}}};
  const std::string text = circuits_file_text(parse_circuits("file.json", file.dump()));
  EXPECT_EQ(circuits_file_text(parse_circuits("again.json", text)), text);
  const json written = json::parse(text)["circuits"];
  EXPECT_EQ(written[0]["gains"]["W_b0x"], driven_circuit()["gains"]["W_b0x"]);
  EXPECT_EQ(written[0]["gains"]["input"]["values"], json::parse("[[1.0, 2.0, 3.0], [4.0, 4.0, 4.0]]"));
  EXPECT_EQ(written[0]["stimulus"]["z"]["kind"], "linear");
  EXPECT_EQ(written[0]["span"], driven_circuit()["span"]);
  EXPECT_EQ(written[0]["atol"], driven_circuit()["atol"]);
  EXPECT_EQ(written[1]["gains"]["input"], still["gains"]["input"]);
  EXPECT_EQ(written[1]["gains"]["W_zx"], still["gains"]["W_zx"]);
  EXPECT_FALSE(written[1].contains("stimulus"));
  EXPECT_EQ(written[2]["stimulus"]["b1"]["values"], gated["stimulus"]["b1"]["values"]);
  EXPECT_FALSE(written[2].contains("gains"));
}

TEST(CircuitsFile, OnlyDrivenCircuitsAreRefusedByReadersOfStillOnes) {
  const auto refusal_of = [](const json& circuit) -> std::string {
    try {
      require_undriven("file.json", parse_circuits("file.json", file_with(circuit)), "organics steady");
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal_of(good_circuit()), "");
  json circuit = driven_circuit();
  EXPECT_NE(refusal_of(circuit).find("field stimulus is given, expected none: organics steady"), std::string::npos);
  circuit.erase("stimulus");
  EXPECT_NE(refusal_of(circuit).find("circuits[0] \"pair\": field gains is given"), std::string::npos);
}

TEST(CircuitsFile, AcceptsTheGoldenFile) {
  const std::string path = TEST_DATA_DIR "/golden.json";
  const auto records = read_circuits_file(path);
  const json golden = json::parse(std::ifstream(path));
  ASSERT_EQ(records.size(), 40U);
  for (std::size_t k = 0; k < records.size(); ++k) {
    const json& expected = golden["circuits"][k];
    const OwnedCircuit<double>& c = records[k].circuit;
    EXPECT_EQ(records[k].name, expected["name"].get<std::string>());
    EXPECT_EQ(c.n, expected["N"].get<int>());
    EXPECT_EQ(records[k].x0, expected["x0"].get<std::vector<double>>());
    const auto n = static_cast<std::size_t>(c.n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) EXPECT_EQ(c.Wr[i + n * j], expected["Wr"][i][j].get<double>());
    }
  }
}

TEST(CircuitsFile, WritesWhatItReads) {
  const auto records = read_circuits_file(TEST_DATA_DIR "/golden.json");
  const auto again = parse_circuits("again.json", circuits_file_text(records));
  ASSERT_EQ(again.size(), records.size());
  for (std::size_t k = 0; k < records.size(); ++k) {
    EXPECT_EQ(again[k].name, records[k].name);
    EXPECT_EQ(again[k].circuit.model, records[k].circuit.model);
    EXPECT_EQ(again[k].circuit.tau_y, records[k].circuit.tau_y);
    EXPECT_EQ(again[k].circuit.sigma, records[k].circuit.sigma);
    EXPECT_EQ(again[k].circuit.W, records[k].circuit.W);
    EXPECT_EQ(again[k].circuit.Wr, records[k].circuit.Wr);
    EXPECT_EQ(again[k].times, records[k].times);
  }
}

/// A field, a value that it must not have (as JSON text), and what the message must name.
struct BadField {
  const char* field;
  const char* value;
  std::vector<std::string> parts;
};

TEST(CircuitsFile, RefusesBadFieldsAndNamesThem) {
  const std::vector<BadField> cases = {
      {"tau_y", "0", {"tau_y = 0", "> 0"}},
      {"tau_y", "[0.002, -0.001]", {"tau_y[1] = -0.001", "> 0"}},
      {"tau_y", "[0.002]", {"tau_y", "length 1", "2"}},
      {"tau_y", "[]", {"tau_y", "length 0"}},
      {"tau_y", "\"fast\"", {"tau_y = \"fast\""}},
      {"tau_y", "[0.002, null]", {"tau_y[1] = null"}},
      {"tau_a", "1e-999", {"tau_a", "> 0"}},
      {"tau_a", "true", {"tau_a = true"}},
      {"b0", "-0.5", {"b0 = -0.5", ">= 0"}},
      {"b1", "[0.1, -2]", {"b1[1] = -2", ">= 0"}},
      {"sigma", "[-1, 1]", {"sigma[0] = -1", ">= 0"}},
      {"z", "[1, \"2\"]", {"z[1] = \"2\""}},
      {"z", "[1, NaN]", {"z[1]", "NaN", "valid JSON", "line 1"}},
      {"z", "[-Infinity, 1]", {"z[0]", "valid JSON"}},
      {"z", "[1, 1e999]", {"z[1]", "1e999", "finite"}},
      {"z", "{\"a\": 1}", {"z = {\"a\":1}"}},
      {"Wr", "[[1, 2]]", {"Wr", "1 rows", "2 rows of 2"}},
      {"Wr", "[[1, 2], [3]]", {"Wr[1] = [3]", "length 1"}},
      {"Wr", "[[1, 2], [3, null]]", {"Wr[1][1] = null"}},
      {"Wr", "[1, 2]", {"Wr[0] = 1"}},
      {"Wr", "7", {"Wr = 7"}},
      {"W", "[[1, 2], [-3, 4]]", {"W[1][0] = -3", ">= 0"}},
      {"W", "[[1, 2], [3, 4], [5, 6]]", {"W", "3 rows"}},
      {"N", "3", {"N = 3"}},
      {"N", "0", {"N = 0", ">= 1"}},
      {"N", "-1", {"N = -1", ">= 1"}},
      {"N", "2.5", {"N = 2.5", "integer"}},
      {"N", "99999999999999999999", {"N = ", "integer"}},
      {"model", "\"mean\"", {"model = \"mean\"", "main", "rectified"}},
      {"model", "1", {"model = 1"}},
      {"name", "5", {"name = 5", "text"}},
      {"x0", "[1, 2]", {"x0", "length 2", "4"}},
      {"x0", "[1, 2, 3, \"x\"]", {"x0[3] = \"x\""}},
      {"x0", "null", {"x0 = null"}},
      {"times", "[]", {"times = []", "at least one"}},
      {"times", "3", {"times = 3"}},
      {"times", "[0, 1, 1]", {"times[2] = 1", "more than times[1]"}},
      {"times", "[0, 2, 1]", {"times[2] = 1", "more than times[1] = 2"}},
      {"tau_Y", "1", {"unknown key", "tau_Y", "did you mean tau_y"}},
      {"sigam", "1", {"unknown key", "did you mean sigma"}},
      {"colour", "1", {"unknown key \"colour\" = 1"}},
  };
  for (const BadField& bad : cases) {
    SCOPED_TRACE(std::string(bad.field) + " = " + bad.value);
    json circuit = good_circuit();
    if (std::string(bad.field) != "N") circuit["N"] = 2;
    circuit.erase(bad.field);
    std::string object = circuit.dump();
    object.insert(object.size() - 1, std::string(", \"") + bad.field + "\": " + bad.value);
    const std::string text = "{\"circuits\": [" + good_circuit().dump() + ", " + object + "]}";
    std::vector<std::string> parts = bad.parts;
    parts.emplace_back("expected");
    parts.emplace_back("circuits[1]");
    if (std::string(bad.field) == "N" && std::string(bad.value) == "3") parts = {"circuits[1]", "N = 3", "expected"};
    if (std::string(bad.field) != "name") parts.emplace_back("\"pair\"");
    expect_refused(text, parts);
  }
}

TEST(CircuitsFile, RefusesBadDrives) {
  struct BadPlace {
    const char* place;  // JSON pointer; the value is put there
    const char* value;
    std::vector<std::string> parts;
  };
  const std::vector<BadPlace> cases = {
      {"/span", "[0]", {"span = [0] has length 1"}},
      {"/span", "[1, 1]", {"span = [1,1]", "the end after the start"}},
      {"/span", "[0, null]", {"span[1] = null"}},
      {"/rtol", "0", {"rtol = 0", "> 0"}},
      {"/rtol", "[1, 2]", {"rtol", "length 2", "8 finite numbers > 0"}},
      {"/atol", "-1", {"atol = -1", ">= 0"}},
      {"/x0", "[1, 2, 3, 4]", {"x0", "length 4", "8 finite numbers, y, a, b0, b1"}},
      {"/stimulus", "[]", {"stimulus = []", "an object with z, b0 or b1"}},
      {"/stimulus", "{}", {"stimulus = {}", "an object with z, b0 or b1"}},
      {"/stimulus/y", "1", {"unknown key \"y\" in stimulus = 1", "z, b0 or b1"}},
      {"/stimulus/z", "7", {"stimulus.z = 7", "an object with times, values and kind"}},
      {"/stimulus/z/king", "1", {"unknown key \"king\" in stimulus.z", "did you mean kind"}},
      {"/stimulus/z/kind", "\"cubic\"", {"stimulus.z.kind = \"cubic\"", "\"constant\" or \"linear\""}},
      {"/stimulus/z/kind", "\"constant\"", {"stimulus.z.times[2] = 1", "more than times[1] = 1"}},
      {"/stimulus/z/times", "[0, 2, 1]", {"stimulus.z.times[2] = 1", "at least times[1] = 2"}},
      {"/stimulus/z/times", "[]", {"stimulus.z.times = []", "at least one"}},
      {"/stimulus/z/values", "[1, 2]", {"stimulus.z.values", "length 2", "3 entries", "2 finite numbers or one"}},
      {"/stimulus/z/values", "[1, 2, [3]]", {"stimulus.z.values[2] = [3] has length 1"}},
      {"/stimulus/z/values", "[1, 2, [3, null]]", {"stimulus.z.values[2][1] = null"}},
      {"/stimulus/b0", R"({"times": [0], "values": [1], "kind": "linear"})", {"stimulus.b0", "no b0 beside gains"}},
      {"/stimulus/b1", R"({"times": [0], "values": [-1], "kind": "linear"})", {"stimulus.b1.values[0] = -1", ">= 0"}},
      {"/gains", "1", {"gains = 1", "an object with tau_b0"}},
      {"/gains/tau_b0", "0", {"gains.tau_b0 = 0", "> 0"}},
      {"/gains/tau_b2", "0", {"unknown key \"tau_b2\" in gains", "did you mean tau_b"}},
      {"/gains/W_b0y", "[[1, 2]]", {"gains.W_b0y", "1 rows", "2 rows of 2"}},
      {"/gains/W_b0x", "[[1, 2, 3], [4, 5]]", {"gains.W_b0x[1]", "length 2", "2 rows of 3", "3 inputs"}},
      {"/gains/W_b0x", "[]", {"gains.W_b0x = []", "one for each input"}},
      {"/gains/W_zx", "[[1, 2, 3], [4, 5, 6]]", {"stimulus.z", "no z beside gains.W_zx"}},
      {"/gains/input", "[1, 2]", {"gains.input", "length 2", "3 finite numbers"}},
      {"/gains/input/values", "[[1, 2], 4]", {"gains.input.values[0]", "length 2", "3 inputs"}},
  };
  for (const BadPlace& bad : cases) {
    SCOPED_TRACE(std::string(bad.place) + " = " + bad.value);
    json circuit = driven_circuit();
    circuit[json::json_pointer(bad.place)] = json::parse(bad.value);
    std::vector<std::string> parts = bad.parts;
    parts.insert(parts.end(), {"expected", "circuits[0] \"pair\""});
    expect_refused(file_with(circuit), parts);
  }
}

TEST(CircuitsFile, RefusesMissingPartsOfDrives) {
  for (const char* place : {"/stimulus/z/times", "/stimulus/z/values", "/stimulus/z/kind", "/gains/tau_b0",
                            "/gains/tau_b1", "/gains/input"}) {
    json circuit = driven_circuit();
    const json::json_pointer pointer(place);
    circuit[pointer.parent_pointer()].erase(pointer.back());
    std::string field = std::string(place).substr(1);
    std::replace(field.begin(), field.end(), '/', '.');
    expect_refused(file_with(circuit), {"circuits[0] \"pair\": field " + field + " is missing", "expected"});
  }
  json circuit = driven_circuit();
  circuit["gains"].erase("W_b0x");
  expect_refused(file_with(circuit), {"gains.input = ", "no input without W_b0x, W_b1x or W_zx"});
}

TEST(CircuitsFile, RefusesMissingFields) {
  for (const char* key : {"tau_y", "tau_a", "b0", "b1", "sigma", "z", "Wr", "W"}) {
    json circuit = good_circuit();
    circuit.erase(key);
    expect_refused(file_with(circuit),
                   {"circuits[0] \"pair\"", std::string("field ") + key + " is missing", "expected"});
  }
}

TEST(CircuitsFile, RefusesWhatIsNotACircuitsFile) {
  expect_refused("", {"valid JSON"});
  expect_refused("{\"circuits\": [", {"valid JSON", "line 1"});
  expect_refused("[]", {"[]", "expected an object"});
  expect_refused("{}", {"circuits is missing"});
  expect_refused("{\"circuits\": {}}", {"circuits = {}", "array"});
  expect_refused("{\"circuits\": [7]}", {"circuits[0] = 7", "object"});
  expect_refused("{\"circuits\": []} x", {"valid JSON"});
  std::string twice = good_circuit().dump();
  twice.insert(twice.size() - 1, ", \"b0\": 1");
  expect_refused("{\"circuits\": [" + twice + "]}", {"circuits[0] \"pair\": b0", "twice"});
}

TEST(CircuitsFile, RefusesNestingDeeperThan16Levels) {
  const auto nested = [](std::size_t levels) {  // the circuit's fields are at level 3
    return R"({"circuits": [{"tau_y": )" + std::string(levels - 3, '[') + std::string(levels - 3, ']') + "}]}";
  };
  EXPECT_EQ(refusal(nested(16)).find("nested"), std::string::npos);
  expect_refused(nested(17), {"circuits[0]: tau_y[0]", "nested too deep, expected at most 16 levels"});
}

TEST(CircuitsFile, RefusesFilesThatCannotBeRead) {
  EXPECT_THROW(read_circuits_file("no/such/file.json"), InvalidArgument);
  EXPECT_THROW(read_circuits_file(TEST_DATA_DIR), InvalidArgument) << "a folder";
}

TEST(CircuitsFile, AMessageStaysOneLineWhateverTheFileHolds) {
  json circuit = good_circuit();
  circuit["name"] = "two\nlines \x1b[31m";
  circuit["b0"] = std::string(5000, 'x') + "\n";
  const std::string message = refusal(file_with(circuit));
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 300U);
}

}  // namespace
}  // namespace organics::io
