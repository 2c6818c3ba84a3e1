// organics equilibria from the outside: what it writes in each format, and what it refuses.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string two_circuits = TEST_DATA_DIR "/../../examples/two_circuits.json";
const std::string runaway = TEST_DATA_DIR "/../../examples/runaway.json";

/// wr = 2, u = 0, c = 0.16: rest is a saddle between y = -0.6 and 0.6 at a = 0.25. And one without anything special.
const char* const bistable = R"({"circuits": [
{"name": "pair", "tau_y": 0.002, "tau_a": 0.002, "b0": 0.8, "b1": 1, "sigma": 0.5, "z": 0, "Wr": [[2]], "W": [[1]]},
{"name": "two", "tau_y": 0.002, "tau_a": 0.002, "b0": 1, "b1": 1, "sigma": 0.5, "z": [1, 0.5],
 "Wr": [[1, 0], [0, 1]], "W": [[1, 1], [1, 1]]}]})";

void expect_refusal(const ProgramRun& run, const std::vector<std::string>& parts) {
  EXPECT_EQ(run.code, 2) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  for (const std::string& part : parts) EXPECT_NE(run.err.find(part), std::string::npos) << part << "\nin " << run.err;
}

TEST(ProgramEquilibria, JsonHoldsEveryEquilibrium) {
  const TemporaryFolder folder;
  const ProgramRun run = run_program("equilibria " + folder.write("c.json", bistable) + " --starts 50 --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const json circuits = json::parse(run.out)["circuits"];
  ASSERT_EQ(circuits.size(), 2U);
  const json& pair = circuits[0];
  EXPECT_EQ(pair["name"], "pair");
  EXPECT_EQ(pair["status"], "ok");
  EXPECT_EQ(pair["starts"], 50);
  EXPECT_EQ(pair["from_rest"], 2);
  ASSERT_EQ(pair["equilibria"].size(), 3U);
  const double expected[3][2] = {{-0.6, 0.25}, {0.6, 0.25}, {0, 0.16}};
  int basins = pair["diverged"].get<int>() + pair["unsettled"].get<int>();
  for (std::size_t k = 0; k < 3; ++k) {
    const json& e = pair["equilibria"][k];
    EXPECT_NEAR(e["state"][0].get<double>(), expected[k][0], 1e-12);
    EXPECT_NEAR(e["state"][1].get<double>(), expected[k][1], 1e-12);
    EXPECT_EQ(e["unstable"], k == 2 ? 1 : 0);
    EXPECT_EQ(e["abscissa"].get<double>() < 0, k < 2);
    EXPECT_GT(e["abscissa_error"].get<double>(), 0);
    EXPECT_LT(e["residual"].get<double>(), 1e-14);
    EXPECT_GT(e["newton_starts"].get<int>(), 0);
    basins += e["basin_starts"].get<int>();
  }
  EXPECT_EQ(basins, 50);
  EXPECT_EQ(pair["equilibria"][2]["stability"], "saddle");
  EXPECT_EQ(pair["equilibria"][2]["basin_starts"], 2) << "rest and the iteration, which stay there";
  EXPECT_EQ(circuits[1]["equilibria"].size(), 1U);
  EXPECT_EQ(circuits[1]["equilibria"][0]["stability"], "stable");
  EXPECT_EQ(circuits[1]["from_rest"], 0);
}

/// Two neurons compete for the same input: what one stable state says of the first, the other says of the second.
TEST(ProgramEquilibria, TheExampleHasAWinnerOnEitherSide) {
  const ProgramRun run =
      run_program("equilibria --json " + std::string(TEST_DATA_DIR) + "/../../examples/bistable.json");
  ASSERT_EQ(run.code, 0) << run.err;
  const json circuits = json::parse(run.out)["circuits"];
  EXPECT_EQ(circuits[0]["equilibria"].size(), 3U);
  const json& equilibria = circuits[1]["equilibria"];
  ASSERT_EQ(equilibria.size(), 3U);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_EQ(equilibria[i]["stability"], "stable");
    EXPECT_GT(equilibria[i]["basin_starts"].get<int>(), 20);
    const std::size_t mirrored[] = {1, 0, 3, 2};
    for (std::size_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(equilibria[i]["state"][j].get<double>(), equilibria[1 - i]["state"][mirrored[j]].get<double>(),
                  1e-10);
    }
  }
  EXPECT_LT(equilibria[0]["state"][0], equilibria[1]["state"][0]) << "sorted";
  EXPECT_EQ(equilibria[2]["unstable"], 1);
}

TEST(ProgramEquilibria, TheTableSaysTheSame) {
  const TemporaryFolder folder;
  const ProgramRun run = run_program("equilibria " + folder.write("c.json", bistable));
  ASSERT_EQ(run.code, 0) << run.err;
  std::istringstream lines(run.out);
  std::string line;
  ASSERT_TRUE(std::getline(lines, line));
  EXPECT_EQ(line, "pair: equilibria 3, stable 2; from rest 2; diverged 0.0 %, not settled 0.0 %");
  std::getline(lines, line);
  for (const char* column : {"stability", "unstable", "abscissa (1/s)", "basin %", "Newton %", "residual", "y", "a"}) {
    EXPECT_NE(line.find(column), std::string::npos) << column;
  }
  std::getline(lines, line);
  EXPECT_TRUE(line.find("  0  stable") == 0 && line.find("-0.6") != std::string::npos) << line;
  std::getline(lines, line);
  std::getline(lines, line);
  EXPECT_NE(line.find("saddle"), std::string::npos) << line;
  std::getline(lines, line);
  EXPECT_EQ(line, "");
  std::getline(lines, line);
  EXPECT_TRUE(line.starts_with("two: equilibria 1, stable 1; from rest 0;")) << line;
}

TEST(ProgramEquilibria, ARunawayCircuitHasASaddleAlone) {
  const ProgramRun run = run_program("equilibria --json " + runaway);
  ASSERT_EQ(run.code, 0) << "the search was made";
  const json circuit = json::parse(run.out)["circuits"][0];
  ASSERT_EQ(circuit["equilibria"].size(), 1U);
  EXPECT_EQ(circuit["equilibria"][0]["stability"], "saddle");
  EXPECT_TRUE(circuit["from_rest"].is_null());
  EXPECT_EQ(circuit["diverged"], 64);
}

TEST(ProgramEquilibria, MoreThanAreKeptIsReported) {
  const TemporaryFolder folder;
  const std::string file = folder.write("c.json", bistable);
  const ProgramRun run = run_program("equilibria --max 2 " + file);
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.err, "organics: circuits[0] \"pair\": no_room\n");
  EXPECT_NE(run.out.find("pair: equilibria at least 2,"), std::string::npos) << run.out;
  EXPECT_EQ(json::parse(run_program("equilibria --json --max 2 " + file).out)["circuits"][0]["status"], "no_room");
}

TEST(ProgramEquilibria, SeedThreadsAndBudget) {
  const TemporaryFolder folder;
  const std::string start = "equilibria --json --starts 40 " + folder.write("c.json", bistable);
  const std::string reference = run_program(start).out;
  EXPECT_EQ(run_program(start + " --seed 1 --threads 1").out, reference);
  EXPECT_EQ(run_program(start + " --threads 3").out, reference);
  EXPECT_NE(run_program(start + " --seed 2").out, reference);
  const json idle = json::parse(run_program(start + " --max-steps 0").out)["circuits"][1];
  EXPECT_EQ(idle["unsettled"], 39) << "all but the answer of the iteration, which is at rest already";
}

TEST(ProgramEquilibria, RefusesABadCommandLine) {
  expect_refusal(run_program("equilibria"), {"FILE"});
  expect_refusal(run_program("equilibria " + two_circuits + " --starts 0"), {"--starts", "integer from 1"});
  expect_refusal(run_program("equilibria " + two_circuits + " --max -3"), {"--max", "integer from 1"});
  expect_refusal(run_program("equilibria " + two_circuits + " --seed x"), {"--seed"});
  expect_refusal(run_program("equilibria " + two_circuits + " --threads 1 --device cuda"), {"--threads"});
  expect_refusal(run_program("equilibria nowhere.json"), {"nowhere.json"});
  const std::string driven = TEST_DATA_DIR "/../../examples/contrast_step.json";
  expect_refusal(run_program("equilibria " + driven), {driven, "organics equilibria"});
}

}  // namespace
}  // namespace organics
