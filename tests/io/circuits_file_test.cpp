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
  for (const char* key : {"states", "status", "steady_state", "residual", "eigenvalues", "abscissa", "stability",
                          "fixed_points", "blow_up_time", "special", "note", "est_error"}) {
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
