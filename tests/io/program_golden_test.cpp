// The program against the golden circuits, at the tolerances that the golden data states.
#include <cmath>
#include <complex>
#include <limits>
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string golden_path = TEST_DATA_DIR "/golden.json";

const json& golden() {
  static const json circuits = json::parse(std::ifstream(golden_path))["circuits"];
  return circuits;
}

/// What the program says about every golden circuit. Some do not end ok, so the exit code is 3.
json program_says(const std::string& arguments) {
  const ProgramRun run = run_program(arguments + " --json " + golden_path);
  EXPECT_EQ(run.code, 3) << run.err;
  json circuits = json::parse(run.out)["circuits"];
  EXPECT_EQ(circuits.size(), golden().size());
  for (std::size_t i = 0; i < circuits.size(); ++i) EXPECT_EQ(circuits[i]["name"], golden()[i]["name"]);
  return circuits;
}

/// The status that the search for a steady state must end with.
std::string expected_status(const json& circuit) {
  if (circuit["status"] == "steady") return "ok";
  return circuit["status"] == "blow-up" ? "diverged" : "limit_cycle";
}

void expect_near(const json& actual, const json& expected, double tolerance, const std::string& where) {
  ASSERT_EQ(actual.size(), expected.size()) << where;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    const double x = expected[i];
    ASSERT_TRUE(actual[i].is_number()) << where << " " << i;
    EXPECT_NEAR(actual[i].get<double>(), x, tolerance * (1 + std::abs(x))) << where << " " << i;
  }
}

/// The largest error of a component x, relative to 1 + |x|; a component that is no number is infinitely wrong.
double relative_error(const json& actual, const json& expected) {
  double worst = actual.size() == expected.size() ? 0 : std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
    const double x = expected[i];
    const double error = actual[i].is_number() ? std::abs(actual[i].get<double>() - x) / (1 + std::abs(x))
                                               : std::numeric_limits<double>::infinity();
    worst = std::max(worst, error);
  }
  return worst;
}

std::vector<std::complex<double>> complex_numbers(const json& pairs) {
  std::vector<std::complex<double>> numbers;
  for (const json& pair : pairs) numbers.emplace_back(pair[0].get<double>(), pair[1].get<double>());
  return numbers;
}

/// Each expected eigenvalue, the most isolated ones first, takes the nearest of the actual ones that are left.
/// A number that has neighbours within `tolerance`^(1/2) is nearly repeated and gets that wider tolerance.
void expect_same_spectrum(const json& actual_pairs, const json& expected_pairs, double tolerance,
                          const std::string& where) {
  const auto expected = complex_numbers(expected_pairs);
  auto actual = complex_numbers(actual_pairs);
  ASSERT_EQ(actual.size(), expected.size()) << where;
  double largest = 0;
  for (const auto& x : expected) largest = std::max(largest, std::abs(x));
  const double wide = std::sqrt(tolerance) * largest;
  for (const auto& x : expected) {
    const auto near = std::count_if(expected.begin(), expected.end(), [&](auto y) { return std::abs(x - y) < wide; });
    const auto nearest = std::min_element(actual.begin(), actual.end(),
                                          [&](auto a, auto b) { return std::abs(a - x) < std::abs(b - x); });
    EXPECT_LE(std::abs(*nearest - x), near > 1 ? wide : tolerance * largest) << where << " " << x;
    actual.erase(nearest);
  }
}

void expect_steady_state(const json& actual, const json& expected) {
  const std::string where = expected["name"];
  ASSERT_EQ(actual["status"], expected_status(expected)) << where;
  ASSERT_EQ(actual.contains("steady_state"), expected["status"] == "steady") << where;
  if (expected["status"] != "steady") return;
  expect_near(actual["steady_state"], expected["steady_state"], 1e-11, where);
  EXPECT_LT(actual["residual"].get<double>(), 1e-9) << where;
}

TEST(ProgramGolden, SteadyFindsTheEquilibriumReachedFromTheStart) {
  const json circuits = program_says("steady");
  for (std::size_t i = 0; i < circuits.size(); ++i) expect_steady_state(circuits[i], golden()[i]);
}

TEST(ProgramGolden, SteadySaysWhatTheSearchCostAndWhyItFailed) {
  const json circuits = program_says("steady");
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const json& circuit = circuits[i];
    const json& search = circuit["search"];
    const bool steady = golden()[i]["status"] == "steady";
    EXPECT_GT(search["lu_factorisations"].get<int>(), 0) << circuit["name"];
    EXPECT_GT(search["rhs_evaluations"].get<int>(), 0) << circuit["name"];
    EXPECT_EQ(circuit["found_by"] == "none", circuit["status"] == "diverged") << circuit["name"];
    EXPECT_EQ(circuit.contains("limit_cycle"), golden()[i]["status"] == "oscillating") << circuit["name"];
    if (!steady) {
      EXPECT_GT(search["time"].get<double>(), 0) << "when it ran away, or how long it was followed";
    }
    if (!circuit.contains("limit_cycle")) continue;
    const double tau = golden()[i]["tau_y"][0];
    EXPECT_NEAR(circuit["limit_cycle"]["period"].get<double>() / tau, 368.4, 0.05);
    EXPECT_NEAR(circuit["limit_cycle"]["amplitude"].get<double>(), 28.26 - 0.036, 0.01);
  }
}

TEST(ProgramGolden, SpectrumAgrees) {
  const json circuits = program_says("spectrum");
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const json& expected = golden()[i];
    const json& actual = circuits[i];
    const std::string where = expected["name"];
    expect_steady_state(actual, expected);
    if (expected["status"] != "steady") continue;
    expect_same_spectrum(actual["eigenvalues"], expected["eigenvalues"], 1e-9, where);
    double largest = 0;
    for (const auto& x : complex_numbers(expected["eigenvalues"])) largest = std::max(largest, std::abs(x));
    EXPECT_NEAR(actual["abscissa"].get<double>(), expected["abscissa"].get<double>(), 1e-8 * largest) << where;
    // above n = 1 the program says stable where the golden data says stable node or stable focus
    const std::string word = expected["stability"];
    EXPECT_EQ(actual["stability"], expected["N"] == 1 ? word : word.substr(0, word.find(' '))) << where;
  }
}

TEST(ProgramGolden, EigenvaluesAreSortedByRealPart) {
  for (const json& circuit : program_says("spectrum")) {
    if (!circuit.contains("eigenvalues")) continue;
    const auto eigenvalues = complex_numbers(circuit["eigenvalues"]);
    for (std::size_t i = 1; i < eigenvalues.size(); ++i) EXPECT_LE(eigenvalues[i - 1].real(), eigenvalues[i].real());
    EXPECT_EQ(circuit["abscissa"].get<double>(), eigenvalues.back().real());
  }
}

TEST(ProgramGolden, IntegrateReachesTheGoldenStates) {
  const ProgramRun run = run_program("integrate --rtol 1e-12 --atol 1e-14 --json " + golden_path);
  EXPECT_EQ(run.code, 0) << run.err;  // the samples of circuits that blow up stop before they do
  const json circuits = json::parse(run.out)["circuits"];
  ASSERT_EQ(circuits.size(), golden().size());
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const json& expected = golden()[i];
    // where a crosses 0 its root has no slope, and the error goes with the last bits of the steps around (golden_test.cpp)
    const bool kinked = expected["name"].get<std::string>().find("negative") != std::string::npos;
    const double tolerance = (kinked ? 1.5 : 1) * (1e-10 + 10 * expected["est_error"].get<double>());
    ASSERT_EQ(circuits[i]["states"].size(), expected["states"].size());
    for (std::size_t k = 0; k < expected["states"].size(); ++k) {
      expect_near(circuits[i]["states"][k], expected["states"][k], tolerance,
                  expected["name"].get<std::string>() + " at time " + std::to_string(k));
    }
  }
}

/// A method, and tolerances that suit its order.
struct AdaptiveMethod {
  const char* name;
  const char* rtol;
  const char* atol;
};

TEST(ProgramGolden, EveryAdaptiveMethodReachesTheGoldenStates) {
  const AdaptiveMethod methods[] = {{"heun", "1e-7", "1e-9"},
                                    {"bogacki_shampine32", "1e-8", "1e-10"},
                                    {"dormand_prince54", "1e-11", "1e-13"},
                                    {"tsitouras54", "1e-11", "1e-13"},
                                    {"verner65", "1e-11", "1e-13"},
                                    {"dormand_prince853", "1e-11", "1e-13"},
                                    {"rosenbrock23", "1e-7", "1e-9"},
                                    {"rodas43", "1e-9", "1e-11"},
                                    {"auto", "1e-9", "1e-11"}};
  for (const AdaptiveMethod& method : methods) {
    const ProgramRun run = run_program(std::string("integrate --json --method ") + method.name + " --rtol " +
                                       method.rtol + " --atol " + method.atol + " " + golden_path);
    EXPECT_EQ(run.code, 0) << method.name << run.err;
    const json circuits = json::parse(run.out)["circuits"];
    ASSERT_EQ(circuits.size(), golden().size());
    double worst = 0;
    for (std::size_t i = 0; i < circuits.size(); ++i) {
      for (std::size_t k = 0; k < golden()[i]["states"].size(); ++k) {
        worst = std::max(worst, relative_error(circuits[i]["states"][k], golden()[i]["states"][k]));
      }
    }
    EXPECT_LT(worst, 1000 * std::stod(method.rtol)) << method.name;  // errors of steps add up
    RecordProperty(method.name, json(worst).dump());
  }
}

}  // namespace
}  // namespace organics
