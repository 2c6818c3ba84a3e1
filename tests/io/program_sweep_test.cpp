// organics sweep from the outside.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string figure4 = TEST_DATA_DIR "/../../examples/figure4.toml";

json swept(const std::string& arguments) {
  const ProgramRun run = run_program("sweep --json " + figure4 + " " + arguments);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "") << "no progress where standard error is not a terminal";
  return json::parse(run.out);
}

/// The reproducible part.
json statistics(json sweep) {
  for (const char* key : {"executor", "seconds", "circuits_per_second"}) sweep.erase(key);
  return sweep;
}

std::int64_t sum(const json& counts) {
  std::int64_t total = 0;
  for (const auto& count : counts) total += count.get<std::int64_t>();
  return total;
}

TEST(ProgramSweep, CountsEveryCircuitOnce) {
  const json sweep = swept("--circuits 200 --seed 5 --first 1000");
  EXPECT_EQ(sweep["circuits"], 200);
  EXPECT_EQ(sweep["seed"], 5);
  EXPECT_EQ(sweep["first"], 1000);
  EXPECT_EQ(sum(sweep["verdicts"]), 200);
  EXPECT_EQ(sum(sweep["statuses"]), 200);
  EXPECT_EQ(sum(sweep["rungs"]), 200);
  const json& histogram = sweep["histogram"];
  EXPECT_EQ(histogram["bins"].size(), 60U);
  EXPECT_LE(sum(histogram["bins"]) + histogram["below"].get<int>() + histogram["above"].get<int>(), 200);
  ASSERT_EQ(sweep["worst"].size(), 10U);
  EXPECT_EQ(sweep["worst"][0]["abscissa"], sweep["abscissa_max"]);
  EXPECT_EQ(sweep["marginal"], sweep["worst"]) << "all are stable";
  ASSERT_EQ(sweep["distributions"].size(), 6U);
  for (const auto& [quantity, distribution] : sweep["distributions"].items()) {
    std::int64_t circuits = 0;
    double before = -std::numeric_limits<double>::infinity();
    for (const json& bin : distribution["bins"]) {
      EXPECT_GT(bin[0], before) << quantity;
      before = bin[0];
      circuits += bin[1].get<std::int64_t>();
    }
    EXPECT_EQ(distribution["circuits"], circuits) << quantity;
    if (quantity != "frequency" && quantity != "damping_ratio") {
      EXPECT_EQ(circuits, sweep["circuits"]) << quantity;
    }
    EXPECT_EQ(distribution["quantiles"].size(), 7U) << quantity;
  }
}

TEST(ProgramSweep, IntegersAreDecimal) {
  EXPECT_EQ(swept("--circuits 010")["circuits"], 10);
  const json sweep = swept("--circuits 5 --seed 010 --first 011");
  EXPECT_EQ(sweep["seed"], 10);
  EXPECT_EQ(sweep["first"], 11);
  EXPECT_EQ(swept("--circuits 5 --seed 18446744073709551615")["seed"], std::numeric_limits<std::uint64_t>::max());
}

TEST(ProgramSweep, RefusesWhatIsNoIntegerInRange) {
  const TemporaryFolder folder;
  const auto file = folder.write("five.toml", "[sweep]\ncircuits = 5\n");
  for (const std::string option : {"--circuits", "--first", "--seed", "--replay", "--threads"}) {
    for (const std::string value : {"-1", "-0", "+1", "0x10", "1e3", "5x", "''", "18446744073709551616"}) {
      const ProgramRun run = run_program("sweep " + file + " " + option + "=" + value);
      SCOPED_TRACE(option + "=" + value + ": " + run.err);
      EXPECT_EQ(run.code, 2);
      EXPECT_EQ(run.out, "");
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
      EXPECT_NE(run.err.find(option), std::string::npos);
      if (value == "''") continue;
      EXPECT_NE(run.err.find(value + ", expected an integer from "), std::string::npos);
    }
  }
}

TEST(ProgramSweep, VerdictsAloneAreThoseOfTheFullSweep) {
  const json full = swept("--circuits 400 --seed 9");
  const json verdicts = swept("--circuits 400 --seed 9 --verdict-only");
  for (const char* counts : {"verdicts", "statuses", "rungs"}) EXPECT_EQ(verdicts[counts], full[counts]) << counts;
  for (const char* absent : {"histogram", "abscissa_min", "abscissa_max", "worst"}) {
    EXPECT_FALSE(verdicts.contains(absent)) << absent;
    EXPECT_TRUE(full.contains(absent)) << absent;
  }
  EXPECT_EQ(verdicts["verdict_only"], true);
  EXPECT_GT(verdicts["costs"]["fixed_point"]["newton_steps"], 400);
  const ProgramRun text = run_program("sweep " + figure4 + " --circuits 20 --verdict-only");
  EXPECT_NE(text.out.find("spectral abscissae: not computed"), std::string::npos) << text.out;
}

TEST(ProgramSweep, EndsEarlyWhenItKnowsEnough) {
  const TemporaryFolder folder;
  // one neuron with strong input: most circuits run away
  const std::string head = "[sweep]\ncircuits = 100000000\nchunk = 10\n[ensemble]\nn = 1\nz.norm = 3\n";
  const auto run = [&](const std::string& file, const std::string& options) {
    const ProgramRun program = run_program("sweep --json " + file + options);
    EXPECT_EQ(program.code, 0) << program.err;
    return json::parse(program.out);
  };
  const std::string file = folder.write("s.toml", head);
  const json first = run(file, " --stop-at-counterexample");
  EXPECT_EQ(first["ended_early"], "a circuit did not end ok");
  EXPECT_EQ(first["circuits"], 10);
  EXPECT_LT(first["statuses"]["ok"], 10);
  EXPECT_EQ(run(folder.write("f.toml", head + "[stop]\ncounterexample = true\n"), "")["circuits"], 10);

  const json narrow = run(file, " --stop-width 0.1");
  const auto circuits = narrow["circuits"].get<double>();
  const double p = 1 - narrow["statuses"]["ok"].get<double>() / circuits;
  EXPECT_NEAR(2 * 1.96 * std::sqrt(p * (1 - p) / circuits), 0.1, 0.01) << "the normal approximation";
  const json interval = narrow["verdict_intervals"]["stable"];
  EXPECT_LT(interval[0].get<double>(), 1 - p);
  EXPECT_GT(interval[1].get<double>(), 1 - p);

  const json timed = run(file, " --stop-seconds 0.2");
  EXPECT_EQ(timed["ended_early"], "0.2 s have passed");
  EXPECT_GT(timed["circuits"], 0);
  EXPECT_FALSE(swept("--circuits 20 --stop-seconds 1000").contains("ended_early"));
  EXPECT_EQ(run_program("sweep " + file + " --stop-width 0").code, 2);
  EXPECT_EQ(run_program("sweep " + folder.write("g.toml", "[stop]\nwidth = 1\n")).code, 2);
}

TEST(ProgramSweep, ExplainsWithoutRunning) {
  const ProgramRun run = run_program("sweep --explain --first 5 --circuits 1000000000000 --seed 9 " + figure4);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  for (const char* words : {"1000000000000 random circuits, numbers 5 to 1000000000004 of seed 9", "  n = 10\n",
                            "double precision", "all eigenvalues", "the 10 worst circuits", "On cpu"}) {
    EXPECT_NE(run.out.find(words), std::string::npos) << words << "\n" << run.out;
  }
  EXPECT_TRUE(std::regex_search(
      run.out, std::regex("about [0-9.]+ (h|days), as the first [0-9]+ circuits went; [0-9]+ MiB of host memory")))
      << run.out;
  const ProgramRun other =
      run_program("sweep --explain --verdict-only --certify --stop-width 0.25 --circuits 10 " + figure4);
  for (const char* words :
       {"only where there is none", "certificate:", "at most 0.25 wide", "the first 10 circuits went"}) {
    EXPECT_NE(other.out.find(words), std::string::npos) << words << "\n" << other.out;
  }
  EXPECT_EQ(run_program("sweep --explain --shard 3/3 --circuits 2 " + figure4).code, 0);
}

TEST(ProgramSweep, TheSameForAnyNumberOfThreads) {
  EXPECT_EQ(statistics(swept("--circuits 100 --threads 1")), statistics(swept("--circuits 100 --threads 3")));
}

TEST(ProgramSweep, TheSameForEveryKindOfRegisters) {
  const json alone = statistics(swept("--circuits 200 --verdict-only --simd none"));
  EXPECT_EQ(statistics(swept("--circuits 200 --verdict-only --simd baseline"))["verdicts"], alone["verdicts"]);
  EXPECT_EQ(statistics(swept("--circuits 200 --verdict-only --simd widest"))["verdicts"], alone["verdicts"]);
  const ProgramRun run = run_program("sweep " + figure4 + " --simd mmx");
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("--simd: mmx, expected one of widest, none, baseline, avx2, avx512"), std::string::npos)
      << run.err;
}

TEST(ProgramSweep, AReplayedCircuitHasTheSpectrumOfTheSweep) {
  const TemporaryFolder folder;
  const json worst = swept("--circuits 100 --seed 9")["worst"][0];
  const ProgramRun replay = run_program("sweep " + figure4 + " --seed 9 --replay " + worst["index"].dump());
  EXPECT_EQ(replay.code, 0);
  const ProgramRun spectrum = run_program("spectrum --json " + folder.write("circuit.json", replay.out));
  EXPECT_EQ(spectrum.code, 0) << spectrum.err;
  const json circuit = json::parse(spectrum.out)["circuits"][0];
  const double abscissa = worst["abscissa"];
  EXPECT_NEAR(circuit["abscissa"].get<double>(), abscissa, 1e-8 * std::abs(abscissa));
}

TEST(ProgramSweep, TheReportFitsAPageAndItsReplayCommandWorks) {
  const TemporaryFolder folder;
  ASSERT_EQ(setenv("LC_ALL", "C", 1), 0);
  const ProgramRun run = run_program("sweep " + figure4 + " --circuits 150 --seed 3");
  EXPECT_EQ(run.code, 0);
  std::istringstream lines(run.out);
  std::string command;
  for (std::string line; std::getline(lines, line);) {
    const bool replay = line.find("--replay") != std::string::npos;
    if (replay) command = line;
    EXPECT_TRUE(replay || line.size() <= 100) << line;
  }
  for (const char* part :
       {"150 random circuits", "20-dimensional", "seed 3", "stable", "unstable from here on", "quantiles",
        "damping ratio", "worst circuits (largest spectral abscissa first)", "circuits/s"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << " in\n" << run.out;
  }
  ASSERT_NE(command, "");
  const std::string to = folder.path("circuit.json");
  ASSERT_EQ(std::system((command + " > '" + to + "'").c_str()), 0) << command;
  EXPECT_EQ(json::parse(contents(to))["circuits"].size(), 1U);
}

TEST(ProgramSweep, TheHistogramHoldsZeroWhereverItIs) {
  const TemporaryFolder folder;
  for (const char* range :
       {"lower = -600\nupper = 0", "lower = -300\nupper = 100\nbins = 7", "lower = -400\nupper = -350",
        "lower = 10\nupper = 20", "lower = -600\nupper = 600\nbins = 5000"}) {
    const auto file =
        folder.write("h.toml", std::string("[sweep]\ncircuits = 100\n[ensemble]\nn = 4\n[histogram]\n") + range);
    const ProgramRun run = run_program("sweep " + file);
    EXPECT_EQ(run.code, 0) << run.err;
    const auto first = run.out.find("unstable from here on");
    EXPECT_NE(first, std::string::npos) << range;
    EXPECT_EQ(run.out.find("unstable from here on", first + 1), std::string::npos) << range;
    EXPECT_LT(std::count(run.out.begin(), run.out.end(), '\n'), 90) << range;
  }
}

TEST(ProgramSweep, FloatRunsAndReplays) {
  const TemporaryFolder folder;
  const auto file = folder.write("f.toml", "[sweep]\ncircuits = 50\nprecision = \"float\"\n[ensemble]\nn = 2\n");
  EXPECT_EQ(run_program("sweep " + file).code, 0);
  EXPECT_EQ(json::parse(run_program("sweep " + file + " --replay 7").out)["circuits"][0]["N"], 2);
}

TEST(ProgramSweep, MixedPrecisionIsForVerdicts) {
  const TemporaryFolder folder;
  const auto with = [&](const std::string& precision) {
    return folder.write(precision + ".toml", "[sweep]\ncircuits = 300\nseed = 9\nprecision = \"" + precision +
                                                 "\"\n[ensemble]\nn = 3\nWr.norm = 2\n");
  };
  const std::string mixed = with("mixed");
  const json wide = json::parse(run_program("sweep --json --verdict-only " + with("double")).out);
  const json verdicts = json::parse(run_program("sweep --json --verdict-only " + mixed).out);
  for (const char* counts : {"verdicts", "statuses", "rungs"}) EXPECT_EQ(verdicts[counts], wide[counts]) << counts;
  EXPECT_EQ(verdicts["precision"], "mixed");
  for (const std::string option : {"", "--explain "}) {
    const ProgramRun refused = run_program("sweep " + option + mixed);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("precision: mixed, expected verdict_only beside it"), std::string::npos) << refused.err;
  }
  const ProgramRun explained = run_program("sweep --explain --verdict-only " + mixed);
  for (const char* words : {"in mixed precision", "float arithmetic", "else as in double precision"}) {
    EXPECT_NE(explained.out.find(words), std::string::npos) << explained.out;
  }
  const auto replayed = [&](const std::string& file) {
    return json::parse(run_program("sweep --replay 7 " + file).out)["circuits"];
  };
  EXPECT_EQ(replayed(mixed), replayed(with("double"))) << "the circuits are those of double";

  const std::string parts = " --verdict-only --checkpoint '" + folder.path("c") + "'";
  EXPECT_EQ(run_program("sweep --circuits 100 " + mixed + parts).code, 0);
  const ProgramRun other = run_program("sweep " + with("double") + parts);
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("sweep.precision"), std::string::npos) << other.err;
  const json resumed = json::parse(run_program("sweep --json " + mixed + parts).out);
  EXPECT_EQ(statistics(resumed), statistics(verdicts));
}

/// With a Matplotlib that draws nothing, and without one.
TEST(ProgramSweep, ThePlotReadsWhatTheSweepWrites) {
  if (std::system("python3 -c '' 2> /dev/null") != 0) GTEST_SKIP() << "no python3";
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path("stub/matplotlib"));
  folder.write("stub/matplotlib/__init__.py",
               "class Any:\n  def __getattr__(self, _): return self\n  def __call__(self, *a, **k): return self\n"
               "  def __getitem__(self, _): return self\nrcParams = {}\nuse = Any()\n");
  folder.write("stub/matplotlib/pyplot.py", "from matplotlib import Any\nsubplots = lambda *a, **k: (Any(), Any())\n");
  std::filesystem::create_directories(folder.path("none"));
  folder.write("none/matplotlib.py", "raise ImportError('not here')\n");
  const auto plot = [&](const std::string& file, const std::string& matplotlib) {
    const std::string command = "PYTHONPATH=" + folder.path(matplotlib) +
                                " python3 " TEST_DATA_DIR "/../../examples/plot_sweep.py " + file + " " +
                                folder.path("out.svg") + " 2> " + folder.path("err");
    const bool drawn = std::system(command.c_str()) == 0;
    return drawn ? "drawn" : contents(folder.path("err"));
  };
  const auto sweep = folder.write("sweep.json", run_program("sweep --json --circuits 20 " + figure4).out);
  EXPECT_EQ(plot(sweep, "stub"), "drawn");
  const auto verdicts = folder.write("v.json", run_program("sweep --json --verdict-only --circuits 20 " + figure4).out);
  EXPECT_EQ(plot(verdicts, "stub"), "drawn");
  EXPECT_NE(plot(sweep, "none").find("pip install matplotlib"), std::string::npos);
  EXPECT_NE(plot(folder.write("other.json", "{\"a\": 1}"), "stub").find("expected what"), std::string::npos);
}

}  // namespace
}  // namespace organics
