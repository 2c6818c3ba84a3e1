// organics sweep under mpirun: the statistics of one process, whatever the ranks; killed and continued.
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

/// The program and its launcher may be others than those of this build, such as another MPI's.
std::string from_environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

class ProgramMpi : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string info = "'" + program + "' info --json > '" + folder.path("info") + "'";
    const bool built = std::system(info.c_str()) == 0 && json::parse(contents(folder.path("info")))["mpi"]["built"];
    if (built && std::system(("command -v '" + launcher + "' > /dev/null").c_str()) == 0) return;
    const char* required = std::getenv("ORGANICS_REQUIRE_MPI");
    if (required != nullptr && std::string(required) == "1") FAIL() << "ORGANICS_REQUIRE_MPI=1, and no MPI";
    GTEST_SKIP() << "no MPI";
  }

  static json statistics(json sweep) {
    for (const char* key : {"executor", "seconds", "circuits_per_second"}) sweep.erase(key);
    return sweep;
  }

  /// `mpirun -n RANKS organics ARGUMENTS`, also as root, and with more ranks than cores.
  ProgramRun run_ranks(int ranks, const std::string& arguments, const std::string& before = "",
                       const std::string& started = "") const {
    const std::string script =
        "export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1\n" +
        before + " '" + launcher + "' -n " + std::to_string(ranks) + " " +
        (started.empty() ? "'" + program + "'" : started) + " " + arguments + " > '" + folder.path("out") + "' 2> '" +
        folder.path("err") + "' < /dev/null\n";
    const int status = std::system(script.c_str());
    ProgramRun run;
    if (WIFEXITED(status)) run.code = WEXITSTATUS(status);
    run.out = contents(folder.path("out"));
    run.err = contents(folder.path("err"));
    return run;
  }

  TemporaryFolder folder;
  std::string program = from_environment("ORGANICS_TEST_PROGRAM", ORGANICS_PROGRAM);
  std::string launcher = from_environment("ORGANICS_TEST_MPIEXEC", ORGANICS_MPIEXEC);
  std::string sweep_file = folder.write("s.toml", "[sweep]\ncircuits = 6000\nchunk = 50\n[ensemble]\nn = 6\n");
};

TEST_F(ProgramMpi, AnyNumberOfRanksHasTheStatisticsOfOne) {
  const std::string arguments = "sweep --json --certify " + sweep_file;
  const json alone = statistics(json::parse(run_program(arguments).out));
  for (const int ranks : {2, 4}) {
    const ProgramRun run = run_ranks(ranks, arguments);
    ASSERT_EQ(run.code, 0) << run.err;
    const json result = json::parse(run.out);
    EXPECT_EQ(statistics(result), alone) << ranks;
    EXPECT_TRUE(result["executor"].get<std::string>().starts_with(std::to_string(ranks) + " ranks"));
  }
}

TEST_F(ProgramMpi, RanksWorkOnEachPointOfAGrid) {
  const std::string grid = folder.write(
      "g.toml", "[sweep]\ncircuits = 500\nchunk = 50\n[ensemble]\nn = 4\n[grid]\nsigma = [0.1, 0.2, 0.3]\n");
  const json alone = json::parse(run_program("sweep --json " + grid).out);
  const ProgramRun run = run_ranks(3, "sweep --json " + grid);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["cells"], alone["cells"]);
  const ProgramRun early = run_ranks(2, "sweep --json --stop-seconds 0.3 --circuits 100000000 " + grid);
  ASSERT_EQ(early.code, 0) << early.err;
  EXPECT_EQ(json::parse(early.out)["cells"].size(), 1U);
}

TEST_F(ProgramMpi, AKilledRunContinuesWithOtherRanks) {
  const std::string arguments = "sweep --json " + sweep_file + " --circuits 30000";
  const json alone = json::parse(run_program(arguments).out);
  const std::string with = arguments + " --checkpoint '" + folder.path("c.sweep") + "'";
  double seconds = 0.3 + 0.5 * alone["seconds"].get<double>();
  while (run_ranks(2, with, "timeout -s KILL " + std::to_string(seconds)).code == 0) {  // too late
    std::filesystem::remove(folder.path("c.sweep"));
    seconds *= 0.7;
    ASSERT_GT(seconds, 0.02);
  }
  // what mpirun started may outlive it for a moment; each save is whole, so that does no harm
  const ProgramRun run = run_ranks(3, with);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(statistics(json::parse(run.out)), statistics(alone));
}

TEST_F(ProgramMpi, BadInputIsReportedOnce) {
  const ProgramRun run = run_ranks(3, "sweep '" + folder.path("missing.toml") + "'");
  EXPECT_EQ(run.code, 2);
  const auto first = run.err.find("missing.toml");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(run.err.find("organics: ", run.err.find("organics: ") + 1), std::string::npos) << run.err;
}

TEST_F(ProgramMpi, ARankThatFailsIsNamedAndEndsTheRun) {
  // the second rank is given a device that is not there, as on a machine whose driver is broken
  const std::string script =
      folder.write("rank", "[ ${OMPI_COMM_WORLD_RANK:-$PMI_RANK} = 1 ] && set -- \"$@\" --device cuda:4000\nexec '" +
                               program + "' \"$@\"\n");
  const ProgramRun run = run_ranks(3, "sweep " + sweep_file + " --circuits 100000000", "", "bash '" + script + "'");
  EXPECT_EQ(run.code, 4);
  EXPECT_NE(run.err.find("organics: rank 1: "), std::string::npos) << run.err;
}

TEST_F(ProgramMpi, RulesEndAllRanks) {
  const ProgramRun run = run_ranks(2, "sweep --json --stop-seconds 0.3 --circuits 100000000 " + sweep_file);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["ended_early"], "0.3 s have passed");
}

/// PMIx names a rank in every step that Slurm starts by it, also in one of a single task. A program
/// without MPI must run there, too.
TEST(ProgramMpiAlone, AStepOfOneTaskRunsAlone) {
  const TemporaryFolder folder;
  const std::string arguments = "sweep --json --circuits 10 " + folder.write("s.toml", "[ensemble]\nn = 2\n");
  ASSERT_EQ(setenv("PMIX_RANK", "0", 1), 0);
  ASSERT_EQ(setenv("SLURM_STEP_NUM_TASKS", "1", 1), 0);
  const ProgramRun run = run_program(arguments);
  unsetenv("PMIX_RANK");
  unsetenv("SLURM_STEP_NUM_TASKS");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(json::parse(run.out)["executor"].get<std::string>().starts_with("cpu"));
}

TEST_F(ProgramMpi, RecordsAreForOneProcess) {
  const ProgramRun run = run_ranks(2, "sweep " + sweep_file + " --records '" + folder.path("r.csv") + "'");
  EXPECT_EQ(run.code, 2) << run.err;
  EXPECT_NE(run.err.find("--records: given with 2 ranks, expected one process"), std::string::npos) << run.err;
  EXPECT_FALSE(std::filesystem::exists(folder.path("r.csv")));
}

}  // namespace
}  // namespace organics
