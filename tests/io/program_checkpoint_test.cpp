// organics sweep that is killed and continued, cut into parts and merged; from the outside.
#include <csignal>
#include <nlohmann/json.hpp>
#include <random>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string figure4 = TEST_DATA_DIR "/../../examples/figure4.toml";

json statistics(json sweep) {
  for (const char* key : {"executor", "seconds", "circuits_per_second"}) sweep.erase(key);
  return sweep;
}

/// `organics ARGUMENTS`, killed without warning after `seconds`.
int run_for(double seconds, const std::string& arguments) {
  const std::string command = "timeout -s KILL " + std::to_string(seconds) + " '" + ORGANICS_PROGRAM + "' " +
                              arguments + " > /dev/null 2>&1 < /dev/null";
  return std::system(command.c_str());
}

/// Circuits that the checkpoint holds; 0 without one.
std::int64_t saved_circuits(const std::string& file) {
  const std::string text = contents(file);
  if (text.empty()) return 0;
  return json::parse(text.substr(0, text.find('\n')))["results"]["circuits"].get<std::int64_t>();
}

TEST(ProgramCheckpoint, AKilledSweepContinuesAndEndsAsIfItNeverWas) {
  const TemporaryFolder folder;
  const std::string options =
      folder.write("s.toml", "[sweep]\ncircuits = 15000\nchunk = 50\n[ensemble]\nn = 10\n") + " --certify --threads 1";
  const json whole = json::parse(run_program("sweep --json " + options).out);
  const std::string file = folder.path("c.sweep");
  const std::string arguments = "sweep --json " + options + " --checkpoint '" + file + "'";
  std::mt19937 random(7);
  std::uniform_real_distribution<double> fraction(0.05, 0.4);
  std::int64_t before = 0;
  int kills = 0;
  int runs_with_progress = 0;
  while (run_for(fraction(random) * whole["seconds"].get<double>(), arguments) != 0) {
    ASSERT_LT(++kills, 1000) << "only a run that continues can come to the end";
    const std::int64_t now = saved_circuits(file);
    EXPECT_GE(now, before) << "what is saved is never lost";
    runs_with_progress += now > before ? 1 : 0;
    before = now;
  }
  EXPECT_GT(runs_with_progress, 0);
  const ProgramRun last = run_program(arguments);
  ASSERT_EQ(last.code, 0) << last.err;
  EXPECT_EQ(statistics(json::parse(last.out)), statistics(whole));
}

TEST(ProgramCheckpoint, PartsMergeToTheWhole) {
  const TemporaryFolder folder;
  const std::string options = figure4 + " --circuits 100 --seed 3";
  std::string files;
  for (const std::string part : {"3", "1", "2"}) {
    const std::string file = folder.path(part);
    ASSERT_EQ(run_program("sweep " + options + " --shard " + part + "/3 --checkpoint '" + file + "'").code, 0);
    files += " '" + file + "'";
  }
  const ProgramRun merged = run_program("merge --json --output '" + folder.path("all") + "'" + files);
  EXPECT_EQ(merged.code, 0) << merged.err;
  const json whole = statistics(json::parse(run_program("sweep --json " + options).out));
  EXPECT_EQ(statistics(json::parse(merged.out)), whole);
  const ProgramRun from_merged = run_program("sweep --json " + options + " --checkpoint '" + folder.path("all") + "'");
  EXPECT_EQ(statistics(json::parse(from_merged.out)), whole);

  const ProgramRun gap = run_program("merge '" + folder.path("1") + "' '" + folder.path("3") + "'");
  EXPECT_EQ(gap.code, 3);
  EXPECT_NE(gap.err.find("circuits 34 to 66 are missing"), std::string::npos) << gap.err;
  const ProgramRun no_start = run_program("merge '" + folder.path("2") + "' '" + folder.path("3") + "'");
  EXPECT_NE(no_start.err.find("circuits 0 to 33 are missing"), std::string::npos) << no_start.err;
  const ProgramRun no_end = run_program("merge '" + folder.path("1") + "' '" + folder.path("2") + "'");
  EXPECT_NE(no_end.err.find("circuits 67 to 99 are missing"), std::string::npos) << no_end.err;
  const ProgramRun twice = run_program("merge '" + folder.path("1") + "' '" + folder.path("all") + "'");
  EXPECT_EQ(twice.code, 2);
  EXPECT_NE(twice.err.find("circuit 0 is in both"), std::string::npos) << twice.err;
}

TEST(ProgramCheckpoint, MorePartsThanCircuitsMergeToo) {
  const TemporaryFolder folder;
  std::string files;
  for (const std::string part : {"1", "2", "3"}) {
    files += " '" + folder.path(part) + "'";
    const ProgramRun run = run_program("sweep " + figure4 + " --circuits 2 --shard " + part + "/3 --checkpoint '" +
                                       folder.path(part) + "'");
    ASSERT_EQ(run.code, 0) << run.err;
  }
  const ProgramRun merged = run_program("merge --json" + files);
  EXPECT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(statistics(json::parse(merged.out)),
            statistics(json::parse(run_program("sweep --json " + figure4 + " --circuits 2").out)));
}

TEST(ProgramCheckpoint, AnEndlessWidthIsRefusedAndAFullSweepDidNotEndEarly) {
  EXPECT_EQ(run_program("sweep " + figure4 + " --circuits 5 --stop-width 1").code, 2);
  const ProgramRun run = run_program("sweep --json " + figure4 + " --circuits 5 --stop-seconds 1e-9");
  EXPECT_FALSE(json::parse(run.out).contains("ended_early")) << run.out;
}

TEST(ProgramCheckpoint, RefusesBeforeWorkStarts) {
  const TemporaryFolder folder;
  const std::string file = folder.path("c.sweep");
  const std::string with = " --checkpoint '" + file + "'";
  ASSERT_EQ(run_program("sweep " + figure4 + " --circuits 20" + with).code, 0);
  const std::string whole = contents(file);
  const auto expect_refused = [&](const std::string& arguments, int code, const std::string& what) {
    const ProgramRun run = run_program("sweep " + figure4 + " " + arguments);
    EXPECT_EQ(run.code, code) << arguments;
    EXPECT_EQ(run.out, "");
    EXPECT_NE(run.err.find(what), std::string::npos) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
  };
  expect_refused("--circuits 20 --seed 2" + with, 2, "it has sweep.seed = 1, this one sweep.seed = 2");
  expect_refused("--circuits 19" + with, 2, "holds circuits 0 to 19, expected only some of 0 to 18");
  expect_refused("--circuits 5 --checkpoint '" + folder.path("no/such") + "'", 1, "cannot be written");
  expect_refused("--circuits 5 --checkpoint /dev/full", 2, "not a regular file");
  EXPECT_EQ(contents(file), whole);
  folder.write("c.sweep", whole.substr(0, whole.size() / 2));
  expect_refused("--circuits 20" + with, 2, "was cut or altered");
  const std::string wrong = folder.write("wrong.toml", "[sweep]\nprecision = \"float\"\n[ensemble]\nsigma = 1e39\n");
  const ProgramRun run = run_program("sweep '" + wrong + "' --checkpoint '" + folder.path("w.sweep") + "'");
  EXPECT_EQ(run.code, 2) << run.err;
  EXPECT_FALSE(std::filesystem::exists(folder.path("w.sweep"))) << "it would stand in the way of the corrected sweep";
  expect_refused("--checkpoint ''", 2, "--checkpoint: nothing given");
  expect_refused("--shard ''", 2, "--shard: nothing given");
  for (const std::string shard : {"0/3", "4/3", "1", "a/b", "1/0", "-1/3", "1/3/4"}) {
    expect_refused("--shard " + shard, 2, shard + ", expected I/K");
  }
}

TEST(ProgramCheckpoint, AFullDiskLosesNothingThatWasSaved) {
  const TemporaryFolder folder;
  const std::string file = folder.path("c.sweep");
  const std::string arguments = "sweep " + figure4 + " --json --checkpoint '" + file + "' --circuits ";
  ASSERT_EQ(run_program(arguments + "200").code, 0);
  const std::string whole = contents(file);
  // no file may grow beyond 1024 bytes, which is less than a checkpoint; a pipe may
  const std::string script =
      folder.write("script", "trap '' XFSZ; ulimit -f 1; '" + std::string(ORGANICS_PROGRAM) + "' " + arguments +
                                 "400 2> '" + folder.path("err") + "' | cat > /dev/null; exit ${PIPESTATUS[0]}\n");
  const int status = std::system(("bash '" + script + "'").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_NE(contents(folder.path("err")).find("is not saved"), std::string::npos) << contents(folder.path("err"));
  EXPECT_EQ(contents(file), whole);
  const std::filesystem::directory_iterator left(std::filesystem::path(file).parent_path());
  EXPECT_EQ(std::distance(begin(left), end(left)), 3) << "c.sweep, script, err; nothing temporary";
}

TEST(ProgramCheckpoint, ATerminatedSweepSavesAndSaysSo) {
  const TemporaryFolder folder;
  const std::string file = folder.path("c.sweep");
  const std::string script = folder.write(
      "script", "'" ORGANICS_PROGRAM "' sweep " + figure4 + " --circuits 100000000 --checkpoint '" + file +
                    "' > /dev/null 2> '" + folder.path("err") + "' &\nfor i in $(seq 1000); do sleep 0.1; [ -s '" +
                    file + "' ] && break; done\n" + "kill -TERM $!; wait $!\n");
  const int status = std::system(("bash '" + script + "'").c_str());
  EXPECT_EQ(WEXITSTATUS(status), 128 + SIGTERM);
  const std::string said = contents(folder.path("err"));
  EXPECT_NE(said.find("the same command continues"), std::string::npos) << said;
  EXPECT_GT(saved_circuits(file), 0);
  EXPECT_NE(said.find("stopped; " + std::to_string(saved_circuits(file)) + " of 100000000"), std::string::npos) << said;
}

}  // namespace
}  // namespace organics
