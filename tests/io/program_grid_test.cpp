// organics sweep over a grid of parameters, from the outside: each point is the sweep of its own ensemble.
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

class ProgramGrid : public ::testing::Test {
 protected:
  static json part(const json& cell) {
    json statistics;
    for (const char* key : {"circuits", "verdicts", "verdict_intervals", "statuses", "rungs", "costs", "histogram",
                            "abscissa_min", "abscissa_max", "worst", "marginal", "unsettled", "distributions"}) {
      statistics[key] = cell.at(key);
    }
    for (json& distribution : statistics["distributions"]) distribution.erase("bins");  // a single sweep alone has them
    return statistics;
  }

  TemporaryFolder folder;
  std::string grid = folder.write("grid.toml",
                                  "[sweep]\ncircuits = 50\nchunk = 50\nseed = 4\n[ensemble]\nn = 3\n"
                                  "[grid]\nsigma = [0.05, 0.5]\nWr.norm = { linear = [0.5, 2.5, 3] }\n");
};

TEST_F(ProgramGrid, EachPointIsTheSweepOfItsEnsemble) {
  const ProgramRun run = run_program("sweep --json " + grid);
  ASSERT_EQ(run.code, 0) << run.err;
  const json all = json::parse(run.out);
  ASSERT_EQ(all["cells"].size(), 6U);
  EXPECT_EQ(all["circuits"], 300);
  EXPECT_EQ(all["grid"], json::parse(R"([{"key": "Wr.norm", "values": [0.5, 1.5, 2.5]},
                                        {"key": "sigma", "values": [0.05, 0.5]}])"));
  for (std::size_t cell = 0; cell < 6; ++cell) {
    const json& at = all["cells"][cell]["at"];
    const std::string alone =
        folder.write("alone.toml", "[sweep]\ncircuits = 50\nseed = 4\n[ensemble]\nn = 3\nsigma = " + at[1].dump() +
                                       "\nWr = { norm = " + at[0].dump() + " }\n");
    const json expected = part(json::parse(run_program("sweep --json " + alone).out));
    EXPECT_EQ(part(all["cells"][cell]), expected) << cell;
    const ProgramRun one = run_program("sweep --json --cell " + std::to_string(cell) + " " + grid);
    EXPECT_EQ(part(json::parse(one.out)), expected) << cell;
    EXPECT_EQ(run_program("sweep --cell " + std::to_string(cell) + " --replay 7 " + grid).out,
              run_program("sweep --replay 7 " + alone).out);
  }
  EXPECT_NE(all["cells"][0]["abscissa_max"], all["cells"][5]["abscissa_max"]);
}

TEST_F(ProgramGrid, TheTableHasARowForEachPoint) {
  const ProgramRun run = run_program("sweep " + grid);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.out.find("at 6 points of a grid"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("\n5         2.5    0.5        50  "), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("300 circuits"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("--seed 4 --cell CELL --replay INDEX"), std::string::npos) << run.out;
}

TEST_F(ProgramGrid, ContinuesFromItsCheckpoints) {
  const json whole = json::parse(run_program("sweep --json " + grid).out);
  const std::string with = "sweep --json " + grid + " --checkpoint '" + folder.path("c") + "'";
  ASSERT_EQ(run_program(with + " --shard 1/2").code, 0);
  for (int cell = 0; cell < 6; ++cell) {
    EXPECT_TRUE(std::filesystem::exists(folder.path("c." + std::to_string(cell)))) << cell;
  }
  const json continued = json::parse(run_program(with).out);
  for (std::size_t cell = 0; cell < 6; ++cell) EXPECT_EQ(part(continued["cells"][cell]), part(whole["cells"][cell]));
  const std::string last = contents(folder.path("c.5"));
  folder.write("c.5", "spoilt");
  const ProgramRun refused = run_program(with);
  EXPECT_EQ(refused.code, 2) << "before any work";
  EXPECT_NE(refused.err.find("c.5: "), std::string::npos) << refused.err;
}

TEST_F(ProgramGrid, RulesEndTheGrid) {
  const json early = json::parse(run_program("sweep --json --stop-seconds 0.2 --circuits 100000000 " + grid).out);
  EXPECT_EQ(early["cells"].size(), 1U);
  EXPECT_EQ(early["ended_early"], "0.2 s have passed");
  const json narrow = json::parse(run_program("sweep --json --stop-width 0.5 --circuits 100000000 " + grid).out);
  EXPECT_EQ(narrow["cells"].size(), 6U) << "each point has an interval of its own";
}

TEST_F(ProgramGrid, RefusesACellThatIsNotThere) {
  for (const char* arguments : {"--cell 6", "--replay 3", "--cell 6 --replay 3"}) {
    const ProgramRun run = run_program("sweep " + grid + " " + arguments);
    EXPECT_EQ(run.code, 2) << arguments;
    EXPECT_NE(run.err.find("--cell"), std::string::npos) << run.err;
  }
}

TEST_F(ProgramGrid, ExplainNamesTheAxes) {
  const ProgramRun run = run_program("sweep --explain " + grid);
  EXPECT_EQ(run.code, 0) << run.err;
  for (const char* words : {"At each of 6 points", "  Wr.norm = 0.5, 1.5, 2.5\n", "  sigma = 0.05, 0.5\n"}) {
    EXPECT_NE(run.out.find(words), std::string::npos) << run.out;
  }
}

TEST_F(ProgramGrid, MixedPrecisionGivesTheVerdictsOfDouble) {
  const auto verdicts = [&](const std::string& precision) {
    const auto file =
        folder.write(precision + ".toml", "[sweep]\ncircuits = 60\nverdict_only = true\nprecision = \"" + precision +
                                              "\"\n[ensemble]\nn = 3\n[grid]\nWr.norm = [1, 2, 3]\n");
    const ProgramRun run = run_program("sweep --json " + file);
    EXPECT_EQ(run.code, 0) << run.err;
    const json report = json::parse(run.out);
    EXPECT_EQ(report["precision"], precision);
    json counts;
    for (const json& cell : report["cells"]) counts.push_back({cell["verdicts"], cell["statuses"], cell["rungs"]});
    return counts;
  };
  EXPECT_EQ(verdicts("mixed"), verdicts("double"));
}

}  // namespace
}  // namespace organics
