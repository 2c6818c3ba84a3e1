// organics noise from the outside: what it writes in each format, and what it refuses.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string examples = TEST_DATA_DIR "/../../examples/";
const std::string two_circuits = examples + "two_circuits.json";
const std::string plain_run = " --step 5e-5 --steps 600 --amplitude 1e-3 --trajectories 5 ";
const std::string short_run = plain_run + "--segment 200 --bins 9 ";

ProgramRun noise(const std::string& arguments) { return run_program("noise " + two_circuits + short_run + arguments); }

void expect_refusal(const ProgramRun& run, int code, const std::vector<std::string>& parts) {
  EXPECT_EQ(run.code, code) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  for (const std::string& part : parts) EXPECT_NE(run.err.find(part), std::string::npos) << part << "\nin " << run.err;
}

TEST(ProgramNoise, HelpShowsAnExample) {
  const ProgramRun run = run_program("noise --help");
  EXPECT_EQ(run.code, 0);
  EXPECT_NE(run.out.find("organics noise examples/two_circuits.json"), std::string::npos) << run.out;
}

TEST(ProgramNoise, JsonHoldsTheSpectrumOfEveryCircuit) {
  const ProgramRun run = noise("--json --partner 'a[1]'");
  ASSERT_EQ(run.code, 0) << run.err;
  const json circuits = json::parse(run.out)["circuits"];
  ASSERT_EQ(circuits.size(), 2U);
  EXPECT_EQ(circuits[0]["name"], "normaliser");
  EXPECT_EQ(circuits[1]["name"], "recurrent");
  for (const json& circuit : circuits) {
    EXPECT_EQ(circuit["component"], "y[0]");
    EXPECT_EQ(circuit["partner"], "a[1]");
    EXPECT_EQ(circuit["trajectories"], 5);
    EXPECT_EQ(circuit["left_out"], 0);
    EXPECT_EQ(circuit["periodograms"], 15);
    for (const char* field : {"frequency", "power", "partner_power", "coherence"}) {
      ASSERT_EQ(circuit[field].size(), 9U) << field;
    }
    for (std::size_t k = 0; k < 9; ++k) {
      EXPECT_DOUBLE_EQ(circuit["frequency"][k].get<double>(), static_cast<double>(k + 1) / (200 * 5e-5));
      EXPECT_GT(circuit["power"][k].get<double>(), 0);
      EXPECT_GE(circuit["coherence"][k].get<double>(), 0);
      EXPECT_LE(circuit["coherence"][k].get<double>(), 1);
    }
    const auto power = circuit["power"].get<std::vector<double>>();
    const auto peak = static_cast<std::size_t>(std::max_element(power.begin(), power.end()) - power.begin());
    EXPECT_EQ(circuit["peak_frequency"], circuit["frequency"][peak]);
  }
}

TEST(ProgramNoise, CsvHoldsTheNumbersOfTheJson) {
  const json circuits = json::parse(noise("--json --partner 'a[1]'").out)["circuits"];
  std::istringstream lines(noise("--csv --partner 'a[1]'").out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, "circuit,frequency,power,partner_power,coherence");
  for (const std::size_t i : {0U, 1U}) {
    for (std::size_t k = 0; k < 9; ++k) {
      ASSERT_TRUE(std::getline(lines, line));
      std::replace(line.begin(), line.end(), ',', ' ');
      std::istringstream cells(line);
      std::size_t circuit = 99;
      cells >> circuit;
      EXPECT_EQ(circuit, i);
      for (const char* field : {"frequency", "power", "partner_power", "coherence"}) {
        std::string cell;
        cells >> cell;
        EXPECT_EQ(std::stod(cell), circuits[i][field][k].get<double>()) << field << " " << k;
      }
    }
  }
  EXPECT_FALSE(std::getline(lines, line));
}

TEST(ProgramNoise, TheReportNamesPeakAndFitsAPage) {
  const ProgramRun run =
      run_program("noise " + two_circuits + plain_run + "--component 'a[0]' --partner 'y[1]' --segment 200 --bins 90");
  EXPECT_EQ(run.code, 0) << run.err;
  std::istringstream lines(run.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 100U) << line;
  EXPECT_LE(count, 2 * 36);
  for (const char* part :
       {"normaliser: a[0] and y[1], 5 trajectories, 15 periodograms, peak at ", "recurrent: ", "coherence", "###"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << " in\n" << run.out;
  }
}

TEST(ProgramNoise, SeedThreadsSchemeAndKind) {
  const std::string reference = noise("--csv").out;
  EXPECT_EQ(noise("--csv --seed 1 --threads 1 --scheme heun").out, reference);
  EXPECT_EQ(noise("--csv --threads 3").out, reference);
  EXPECT_NE(noise("--csv --seed 2").out, reference);
  EXPECT_NE(noise("--csv --scheme euler_maruyama").out, reference);
  EXPECT_NE(noise("--csv --multiplicative").out, reference);
  EXPECT_NE(noise("--csv --discard 100").out, reference);
}

TEST(ProgramNoise, NoiseOfTwiceTheAmplitudeHasFourTimesThePower) {
  const auto power = [](const char* amplitude) {
    const ProgramRun run = run_program("noise " + two_circuits +
                                       " --step 5e-5 --steps 400 --segment 200 --bins 5 --trajectories 3 --json " +
                                       "--amplitude " + amplitude);
    return json::parse(run.out)["circuits"][0]["power"].get<std::vector<double>>();
  };
  const auto one = power("1e-6");
  const auto two = power("2e-6");
  for (std::size_t k = 0; k < 5; ++k) EXPECT_NEAR(two[k] / one[k], 4, 1e-3);  // linear but for the noise squared
}

TEST(ProgramNoise, NoTwoCircuitsShareTheirNoise) {
  const TemporaryFolder folder;
  const std::string circuit =
      R"({"tau_y": 1, "tau_a": 1, "b0": 1, "b1": 1, "sigma": 1, "z": 1, "Wr": [[1]], "W": [[1]]})";
  const auto file = folder.write("twins.json", "{\"circuits\": [" + circuit + ", " + circuit + "]}");
  const json circuits =
      json::parse(run_program("noise " + file + " --step 0.1 --steps 90 --amplitude 0.01 --json").out)["circuits"];
  for (std::size_t k = 0; k < 9; ++k) EXPECT_NE(circuits[0]["power"][k], circuits[1]["power"][k]);
}

TEST(ProgramNoise, NeedsASteadyStateOrAStart) {
  const std::string runaway = examples + "runaway.json";
  expect_refusal(run_program("noise " + runaway + short_run), 2,
                 {runaway, "circuits[0] \"runaway\"", "no steady state", "diverged", "x0"});
}

TEST(ProgramNoise, TrajectoriesThatRunAwayAreCounted) {
  const TemporaryFolder folder;
  const auto file =
      folder.write("start.json", R"({"circuits": [{"name": "mine", "tau_y": 0.002, "tau_a": 0.002, "b0": 1,
    "b1": 1, "sigma": 1, "z": 1, "Wr": [[-1]], "W": [[1]], "x0": [0, 1]}]})");
  const ProgramRun run =
      run_program("noise " + file + " --step 1e-4 --steps 2000 --amplitude 1e-3 --trajectories 4 --json");
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.err, "organics: circuits[0] \"mine\": 4 of 4 trajectories did not end ok\n");
  const json circuit = json::parse(run.out)["circuits"][0];
  EXPECT_EQ(circuit["left_out"], 4);
  EXPECT_TRUE(circuit["power"][0].is_null());
  EXPECT_FALSE(circuit.contains("peak_frequency"));
}

TEST(ProgramNoise, RefusesABadCommandLine) {
  const std::string start = "noise " + two_circuits;
  expect_refusal(run_program(start), 2, {"--step"});
  expect_refusal(run_program(start + " --step 1e-5 --amplitude 1"), 2, {"--steps"});
  expect_refusal(run_program(start + " --step 1e-5 --steps 100"), 2, {"--amplitude"});
  expect_refusal(run_program(start + " --step 0 --steps 100 --amplitude 1"), 2, {"--step", "> 0"});
  expect_refusal(run_program(start + " --step 1e-5 --steps 0 --amplitude 1"), 2, {"--steps", "integer from 1"});
  expect_refusal(run_program(start + " --step 1e-5 --steps 2 --amplitude 1"), 2, {"--segment", "at least 3"});
  expect_refusal(noise("--scheme milstein"), 2, {"--scheme", "milstein", "heun or euler_maruyama"});
  expect_refusal(noise("--component y[3]"), 2, {"--component", "y[3]"});
  expect_refusal(noise("--component x"), 2, {"--component", "x", "expected a component"});
  expect_refusal(noise("--partner 'a[-1]'"), 2, {"--partner", "a[-1]"});
  expect_refusal(run_program(start + plain_run + "--segment 200 --bins 100"), 2, {"bins = 100", "half of segment"});
  expect_refusal(run_program(start + plain_run + "--segment 601"), 2, {"segment = 601", "no more than steps"});
  expect_refusal(noise("--json --csv"), 2, {"--csv", "--json"});
  expect_refusal(noise("--seed -1"), 2, {"--seed"});
  expect_refusal(noise("--trajectories 0"), 2, {"--trajectories"});
}

}  // namespace
}  // namespace organics
