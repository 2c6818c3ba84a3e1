// organics spectrum --certify and organics sweep --certify from the outside.
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string examples = TEST_DATA_DIR "/../../examples/";

TEST(ProgramCertify, SpectrumSaysWhatIsProven) {
  const std::string file = examples + "two_circuits.json";
  const ProgramRun text = run_program("spectrum " + file + " --certify");
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("proven stable: 2 of 2 verdicts; unproven: none\n"), std::string::npos) << text.out;
  const ProgramRun run = run_program("spectrum " + file + " --certify --json");
  const json circuits = json::parse(run.out)["circuits"];
  ASSERT_EQ(circuits.size(), 2U);
  for (const json& circuit : circuits) {
    EXPECT_EQ(circuit["proven"], true);
    EXPECT_GE(circuit["squarings"], 0);
  }
  EXPECT_EQ(run_program("spectrum " + file + " --json").out.find("proven"), std::string::npos);
}

/// The first circuit's eigenvalues lie some 100/s from zero: what is nearer than its distance to instability is proven.
TEST(ProgramCertify, APerturbationCanBeTooLarge) {
  const std::string file = examples + "two_circuits.json";
  const auto proven = [&](const std::string& perturbation) {
    const ProgramRun run = run_program("spectrum " + file + " --certify --json --perturbation " + perturbation);
    EXPECT_EQ(run.code, 0) << run.err;
    return json::parse(run.out)["circuits"][0]["proven"].get<bool>();
  };
  EXPECT_TRUE(proven("1"));
  EXPECT_FALSE(proven("1000"));
  EXPECT_EQ(run_program("spectrum " + file + " --perturbation 1").code, 2);
  EXPECT_EQ(run_program("spectrum " + file + " --certify --perturbation -1").code, 2);
}

/// The rest of the output does not change, to the last byte.
TEST(ProgramCertify, SpectrumAddsAndTakesNothingAway) {
  const std::string file = examples + "two_circuits.json";
  json certified = json::parse(run_program("spectrum " + file + " --certify --json").out);
  for (json& circuit : certified["circuits"]) {
    circuit.erase("proven");
    circuit.erase("squarings");
  }
  EXPECT_EQ(certified, json::parse(run_program("spectrum " + file + " --json").out));
}

/// Wr = -1 has one equilibrium, a saddle; started there, there is a spectrum and no proof.
TEST(ProgramCertify, WhatIsNotStableIsNeverProven) {
  const TemporaryFolder folder;
  const std::string file = folder.write("saddle.json", R"({"circuits": [{"tau_y": [0.002], "tau_a": [0.002],
    "b0": [1], "b1": [1], "sigma": [1], "z": [1], "Wr": [[-1]], "W": [[1]],
    "x0": [-0.9450268191319819, 9.352410032042775]}]})");
  const json circuit = json::parse(run_program("spectrum " + file + " --certify --json").out)["circuits"][0];
  ASSERT_EQ(circuit["stability"], "saddle") << circuit.dump();
  EXPECT_EQ(circuit["proven"], false);
  const ProgramRun text = run_program("spectrum " + file + " --certify");
  EXPECT_NE(text.out.find("proven stable: 0 of 0 verdicts; unproven: none\n"), std::string::npos) << text.out;
}

TEST(ProgramCertify, SweepCountsProofs) {
  const std::string arguments = "sweep " + examples + "figure4.toml --circuits 60 --seed 3 --certify";
  const ProgramRun run = run_program(arguments + " --json");
  EXPECT_EQ(run.code, 0) << run.err;
  const json sweep = json::parse(run.out);
  EXPECT_EQ(sweep["certificates"]["of"], sweep["statuses"]["ok"]);
  EXPECT_EQ(sweep["certificates"]["proven"], sweep["statuses"]["ok"]);
  EXPECT_TRUE(sweep["certificates"]["unproven"].empty());
  EXPECT_GT(sweep["certificates"]["proven"], 50);
  const ProgramRun text = run_program(arguments);
  EXPECT_NE(text.out.find("proven stable: " + sweep["statuses"]["ok"].dump() + " of " + sweep["statuses"]["ok"].dump() +
                          " verdicts; unproven: none\n"),
            std::string::npos)
      << text.out;
}

}  // namespace
}  // namespace organics
