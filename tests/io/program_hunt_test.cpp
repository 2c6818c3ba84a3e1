// organics hunt, from the outside: what it finds is for the other subcommands to look at.
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

class ProgramHunt : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  std::string file = folder.write("hunt.toml", "[ensemble]\nn = 2\nWr = { kind = \"positive_definite\" }\n");
  std::string small = " --draws 10000 --climbs 64 --steps 150 --most 2 ";
};

TEST_F(ProgramHunt, WhatItFindsHasNoStableEquilibrium) {
  const std::string found = folder.path("found.json");
  const ProgramRun run = run_program("hunt '" + file + "'" + small + "--output '" + found + "'");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_NE(run.out.find("10000 draws; 64 climbs"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("found 2: not settling from rest"), std::string::npos) << run.out;
  const ProgramRun looked = run_program("equilibria --json '" + found + "'");
  ASSERT_EQ(looked.code, 0) << looked.err;
  const json circuits = json::parse(looked.out)["circuits"];
  ASSERT_FALSE(circuits.empty());
  for (const json& circuit : circuits) {
    ASSERT_FALSE(circuit["equilibria"].empty());
    for (const json& equilibrium : circuit["equilibria"]) EXPECT_EQ(equilibrium["stability"], "unstable");
  }
}

TEST_F(ProgramHunt, JsonHoldsTheCircuits) {
  const std::string found = folder.path("found.json");
  const ProgramRun run = run_program("hunt --json '" + file + "'" + small + "--output '" + found + "'");
  ASSERT_EQ(run.code, 0) << run.err;
  const json report = json::parse(run.out);
  EXPECT_EQ(report["ensemble"]["Wr"]["kind"], "positive_definite");
  EXPECT_EQ(report["draws"], 10000);
  const json kept = json::parse(contents(found))["circuits"];
  ASSERT_EQ(report["found"].size(), kept.size());
  ASSERT_FALSE(kept.empty());
  for (std::size_t k = 0; k < kept.size(); ++k) {
    json circuit = kept[k];
    EXPECT_EQ(circuit["times"].size(), 801U) << "ready for organics integrate";
    circuit.erase("times");
    EXPECT_EQ(report["found"][k]["circuit"], circuit);
    EXPECT_EQ(report["found"][k]["stable"], 0);
    EXPECT_GT(report["found"][k]["abscissa"], 0);
  }
  ASSERT_FALSE(report["highest"].empty());
  EXPECT_LT(report["highest"][0]["abscissa"], 0);
}

TEST_F(ProgramHunt, VerdictsInAnotherWayAreRefused) {
  const auto refused = [&](const std::string& keys, const std::string& why) {
    const auto other = folder.write("other.toml", "[sweep]\n" + keys + "\n[ensemble]\nn = 2\n");
    const ProgramRun run = run_program("hunt '" + other + "'");
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(other + ": " + why), std::string::npos) << run.err;
  };
  refused("precision = \"mixed\"", "sweep.precision = \"mixed\", expected \"double\"");
  refused("precision = \"float\"", "sweep.precision = \"float\", expected \"double\"");
  refused("verdict_only = true", "sweep.verdict_only = true, expected false");
}

TEST_F(ProgramHunt, ASignalEndsItWithAReport) {
  const std::string out = folder.path("out");
  const std::string program = std::string("timeout -s TERM 1 '") + ORGANICS_PROGRAM + "' hunt --json '" + file + "'";
  const int status = std::system((program + " --steps 1000000 --most 1000000 > '" + out + "' 2> /dev/null").c_str());
  EXPECT_NE(status, 0);
  const json report = json::parse(contents(out));
  EXPECT_GT(report["trials"], 0);
  EXPECT_LT(report["trials"], 64 * 1000000);
  EXPECT_EQ(report["steps"], 1000000);
}

TEST_F(ProgramHunt, FindsNothingWhereThereIsNothing) {
  const std::string identity = folder.write("identity.toml", "[ensemble]\nn = 2\nWr = { kind = \"identity\" }\n");
  const std::string found = folder.path("found.json");
  const ProgramRun run = run_program("hunt '" + identity + "'" + small + "--output '" + found + "'");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("found 0"), std::string::npos) << run.out;
  EXPECT_EQ(json::parse(contents(found))["circuits"].size(), 0U);
}

TEST_F(ProgramHunt, AGridNeedsAPoint) {
  const std::string grid = folder.write(
      "grid.toml", "[ensemble]\nn = 2\nWr = { kind = \"positive_definite\" }\n[grid]\nWr.norm = [0.1, 1]\n");
  const ProgramRun all = run_program("hunt '" + grid + "'");
  EXPECT_EQ(all.code, 2);
  EXPECT_NE(all.err.find("--cell"), std::string::npos) << all.err;
  EXPECT_EQ(run_program("hunt '" + grid + "' --cell 2").code, 2);
  EXPECT_EQ(run_program("hunt '" + file + "' --cell 0").code, 2);
  const ProgramRun second = run_program("hunt '" + grid + "' --cell 1" + small);
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_EQ(second.out, run_program("hunt '" + file + "'" + small).out);
  EXPECT_NE(run_program("hunt '" + grid + "' --cell 0" + small).out, second.out);
}

TEST_F(ProgramHunt, RefusesBadNumbersAndPaths) {
  for (const char* arguments : {"--climbs 0", "--draws 0", "--steps -1", "--most 0", "--starts 0", "--output ''"}) {
    const ProgramRun run = run_program("hunt '" + file + "' " + arguments);
    EXPECT_EQ(run.code, 2) << arguments;
    const std::string option = std::string(arguments).substr(0, std::string(arguments).find(' '));
    EXPECT_NE(run.err.find(option), std::string::npos) << run.err;
  }
  const ProgramRun run = run_program("hunt '" + file + "' --output /nowhere/found.json");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("/nowhere/found.json"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace organics
