// The program from the outside: exit codes, what goes to standard output and what to standard error.
#include <nlohmann/json.hpp>
#include <regex>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string examples = TEST_DATA_DIR "/../../examples/";
const std::string golden = TEST_DATA_DIR "/golden.json";

/// One line on standard error that holds all the parts, and nothing on standard output.
void expect_one_line(const ProgramRun& run, int code, const std::vector<std::string>& parts) {
  EXPECT_EQ(run.code, code) << run.err;
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  EXPECT_EQ(run.err.rfind("organics: ", 0), 0U) << run.err;
  for (const std::string& part : parts) EXPECT_NE(run.err.find(part), std::string::npos) << part << "\nin " << run.err;
}

TEST(Program, HelpShowsAnExampleOfEverySubcommand) {
  for (const char* subcommand : {"", "info", "integrate", "steady", "spectrum", "sweep", "equilibria"}) {
    const ProgramRun run = run_program(std::string(subcommand) + " --help");
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out.find("Example"), std::string::npos) << subcommand;
    EXPECT_NE(run.out.find(std::string("organics ") + subcommand), std::string::npos) << subcommand;
  }
  EXPECT_NE(run_program("--help").out.find("Exit codes"), std::string::npos);
}

TEST(Program, SaysItsVersion) {
  const ProgramRun run = run_program("--version");
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(std::regex_match(run.out, std::regex("organics [0-9]+\\.[0-9]+\\.[0-9]+\n"))) << run.out;
}

TEST(Program, RefusesABadCommandLine) {
  expect_one_line(run_program(""), 2, {"subcommand"});
  expect_one_line(run_program("dance"), 2, {"dance", "expected info, integrate, steady, spectrum, sweep"});
  expect_one_line(run_program("spectra"), 2, {"spectra"});
  expect_one_line(run_program("swep"), 2, {"swep", "did you mean sweep"});
  expect_one_line(run_program("steady"), 2, {"FILE"});
  expect_one_line(run_program("steady " + golden + " --fast"), 2, {"--fast"});
  expect_one_line(run_program("steady " + golden + " --threads -1"), 2, {"--threads", "-1"});
  expect_one_line(run_program("steady " + golden + " --threads 1.5"), 2, {"--threads", "1.5"});
  expect_one_line(run_program("steady " + golden + " --device tpu"), 2, {"--device", "tpu", "cuda:NUMBER"});
  expect_one_line(run_program("steady " + golden + " --device cuda:x"), 2, {"--device", "cuda:x"});
  expect_one_line(run_program("steady " + golden + " --device cuda --threads 2"), 2, {"--threads", "cuda"});
  expect_one_line(run_program("integrate " + golden + " --method leapfrog"), 2,
                  {"--method", "leapfrog", "tsitouras54"});
  expect_one_line(run_program("integrate " + golden + " --rtol 0"), 2, {"--rtol", "0", "> 0"});
  expect_one_line(run_program("integrate " + golden + " --rtol nan"), 2, {"--rtol", "nan"});
  expect_one_line(run_program("integrate " + golden + " --atol -1"), 2, {"--atol", "-1"});
  expect_one_line(run_program("integrate " + golden + " --fixed-step inf"), 2, {"--fixed-step", "inf"});
  expect_one_line(run_program("integrate " + golden + " --max-steps 0"), 2, {"--max-steps", "0"});
  expect_one_line(run_program("integrate " + golden + " --max-steps 2147483648"), 2,
                  {"--max-steps", "2147483648, expected an integer from 1 to 2147483647"});
  expect_one_line(run_program("integrate " + golden + " --method euler"), 2, {"--fixed-step"});
  expect_one_line(run_program("sweep " + examples + "figure4.toml --circuits 0"), 2, {"--circuits", "0"});
  expect_one_line(run_program("sweep " + examples + "figure4.toml --seed x"), 2, {"--seed"});
}

TEST(Program, RefusesBadFiles) {
  const TemporaryFolder folder;
  expect_one_line(run_program("steady /no/such/file"), 2, {"/no/such/file", "cannot be read"});
  expect_one_line(run_program("sweep /no/such/file"), 2, {"/no/such/file", "cannot be read"});
  const auto negative = folder.write("negative.json", R"({"circuits": [{"name": "mine", "tau_y": -1, "tau_a": 1,
    "b0": 1, "b1": 1, "sigma": 1, "z": 1, "Wr": [[1]], "W": [[1]]}]})");
  for (const char* subcommand : {"integrate ", "steady ", "spectrum ", "equilibria "}) {
    expect_one_line(run_program(subcommand + negative), 2, {negative, "circuits[0] \"mine\"", "tau_y = -1", "> 0"});
  }
  const auto typo = folder.write("typo.toml", "[ensemble]\nsgima = 1\n");
  expect_one_line(run_program("sweep " + typo), 2, {typo + ":2", "ensemble.sgima = 1", "did you mean sigma"});
  const auto large = folder.write("large.toml", "[ensemble]\nn = 5000\n");
  expect_one_line(run_program("sweep " + large), 2, {large + ":2", "ensemble.n = 5000", "4096"});
  const auto loose = folder.write("loose.toml", "[steady_state]\nresidual_tolerance = 0.5\n");
  expect_one_line(run_program("sweep " + loose), 2, {loose + ":2", "residual_tolerance = 0.5", "below 0.01"});
}

TEST(Program, RefusesDeepNesting) {
  const TemporaryFolder folder;
  constexpr std::size_t depth = 200000;
  const auto deep = folder.write("deep.json", R"({"circuits": [{"Wr": [[1]], "tau_y": )" + std::string(depth, '[') +
                                                  std::string(depth, ']') + "}]}");
  expect_one_line(run_program("steady " + deep), 2, {deep, "circuits[0]: tau_y[0]", "at most 16 levels"});
}

TEST(Program, IntegrateNeedsTimes) {
  const TemporaryFolder folder;
  const auto file = folder.write("still.json", R"({"circuits": [{"name": "still", "tau_y": 1, "tau_a": 1, "b0": 1,
    "b1": 1, "sigma": 1, "z": 1, "Wr": [[1]], "W": [[1]]}]})");
  expect_one_line(run_program("integrate " + file), 2, {file, "circuits[0] \"still\"", "times", "missing"});
  EXPECT_EQ(run_program("steady " + file).code, 0);
}

TEST(Program, ACircuitThatRunsAwayIsNamedAndTheExitCodeSays) {
  for (const char* subcommand : {"integrate ", "steady ", "spectrum "}) {
    const ProgramRun run = run_program(subcommand + examples + "runaway.json --json");
    EXPECT_EQ(run.code, 3);
    EXPECT_EQ(run.err, "organics: circuits[0] \"runaway\": diverged\n");
    const json circuit = json::parse(run.out)["circuits"][0];
    EXPECT_EQ(circuit["status"], "diverged");
    EXPECT_FALSE(circuit.contains("steady_state"));
    EXPECT_FALSE(circuit.contains("eigenvalues"));
  }
}

TEST(Program, TablesNameEveryCircuit) {
  for (const char* subcommand : {"integrate ", "steady ", "spectrum "}) {
    const ProgramRun run = run_program(subcommand + examples + "two_circuits.json");
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.err, "");
    EXPECT_NE(run.out.find("normaliser"), std::string::npos);
    EXPECT_NE(run.out.find("recurrent"), std::string::npos);
  }
}

TEST(Program, AFileWithoutCircuitsIsFine) {
  const TemporaryFolder folder;
  const auto file = folder.write("none.json", R"({"circuits": []})");
  const ProgramRun run = run_program("spectrum --json " + file);
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(json::parse(run.out), json::parse(R"({"circuits": []})"));
}

TEST(Program, InfoSaysWhatThereIs) {
  const ProgramRun text = run_program("info");
  EXPECT_EQ(text.code, 0);
  EXPECT_NE(text.out.find("CUDA"), std::string::npos);
  const json info = json::parse(run_program("info --json --threads 3").out);
  EXPECT_GE(info["threads"], 1);
  EXPECT_EQ(info["methods"].size(), 11U);
  EXPECT_EQ(info["cuda"]["devices"].empty(), info["cuda"].contains("why_none"));
}

TEST(Program, ADeviceThatIsNotThereHasItsOwnExitCode) {
  expect_one_line(run_program("steady " + golden + " --device cuda:999"), 4, {"cuda"});
}

TEST(Program, NoticesThatOutputCannotBeWritten) {
  const ProgramRun full = run_program("info", "/dev/full");
  EXPECT_EQ(full.code, 1);
  EXPECT_NE(full.err.find("cannot be written"), std::string::npos) << full.err;
  EXPECT_EQ(run_program("--help", "/dev/full").code, 1);
}

}  // namespace
}  // namespace organics
