// organics integrate from the outside: what drives circuits, events, steps, summaries, CSV and files, and refusals.
// The circuit with Wr = W = 0 is linear, so that its trajectory is known: tau_y y' = -y + b1 z, and a stays at rest.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "program_run.hpp"

namespace organics {
namespace {

using nlohmann::json;

const std::string examples = TEST_DATA_DIR "/../../examples/";

constexpr double tau = 0.01;

/// y from 0 to 1 with time constant tau, for 0.1 s.
json linear_circuit() {
  return json::parse(R"({"name": "linear", "tau_y": 0.01, "tau_a": 0.02, "b0": 1, "b1": 0.5, "sigma": 0.5, "z": 2,
    "Wr": [[0]], "W": [[0]], "span": [0, 0.1]})");
}

/// Runs `organics integrate` on a file with these circuits.
ProgramRun integrate(const std::vector<json>& circuits, const std::string& options) {
  const TemporaryFolder folder;
  return run_program("integrate " + folder.write("circuits.json", json{{"circuits", circuits}}.dump()) + " " + options);
}

/// The circuits of the JSON results; every one must have ended ok.
json integrated(const std::vector<json>& circuits, const std::string& options) {
  const ProgramRun run = integrate(circuits, "--json --rtol 1e-10 --atol 1e-13 " + options);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  return run.code == 0 ? json::parse(run.out)["circuits"] : json();
}

std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    std::istringstream cells(line + ",");
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

TEST(ProgramIntegrate, TimesComeFromTheCommandLineBeforeTheFile) {
  json circuit = linear_circuit();
  circuit["times"] = {0, 0.01};
  const auto times = [&](const std::string& options) -> json { return integrated({circuit}, options)[0]["times"]; };
  EXPECT_EQ(times(""), json::parse("[0.0, 0.01]"));
  EXPECT_EQ(times("--times 0:0.25:1 --span 0:1"), json::parse("[0.0, 0.25, 0.5, 0.75, 1.0]"));
  EXPECT_EQ(times("--times 0:0.1:0.3 --span -1:1").size(), 4U) << "the end counts as a whole number of steps";
  EXPECT_EQ(times("--times 0:0.1:0.3 --span -1:1")[3], 0.3) << "exactly";
  EXPECT_EQ(times("--times 0,0.001,0.05"), json::parse("[0.0, 0.001, 0.05]"));
  circuit.erase("times");
  EXPECT_EQ(times(""), json::parse("[0.0, 0.1]")) << "the ends of the span";
  EXPECT_EQ(times("--span 0:0.02"), json::parse("[0.0, 0.02]"));
}

TEST(ProgramIntegrate, FollowsTheExactSolution) {
  const json circuit = integrated({linear_circuit()}, "--times 0:0.01:0.1")[0];
  for (std::size_t k = 0; k <= 10; ++k) {
    const double t = circuit["times"][k];
    EXPECT_NEAR(circuit["states"][k][0].get<double>(), 1 - std::exp(-t / tau), 1e-9);
    EXPECT_NEAR(circuit["states"][k][1].get<double>(), 0.25, 1e-12);
  }
  EXPECT_EQ(circuit["time_reached"], 0.1);
  EXPECT_EQ(circuit["final_state"], circuit["states"][10]);
  EXPECT_GT(circuit["statistics"]["accepted"], 5);
  EXPECT_GT(circuit["statistics"]["rhs_evaluations"], circuit["statistics"]["accepted"]);
  EXPECT_EQ(circuit["statistics"]["lu_factorisations"], 0);
  EXPECT_GT(integrated({linear_circuit()}, "--method rodas43")[0]["statistics"]["lu_factorisations"], 5);
}

TEST(ProgramIntegrate, FollowsAStimulus) {
  json stepped = linear_circuit();
  stepped["stimulus"]["z"] = {{"times", {0, 0.03}}, {"values", {2, -4}}, {"kind", "constant"}};
  json ramped = linear_circuit();
  ramped["stimulus"]["b1"] = {{"times", {0, 0.1}}, {"values", {0, 0.5}}, {"kind", "linear"}};
  const json circuits = integrated({stepped, ramped}, "--times 0.03,0.1 --span 0:0.1");
  const double at_step = 1 - std::exp(-0.03 / tau);
  EXPECT_NEAR(circuits[0]["states"][0][0].get<double>(), at_step, 1e-9);
  EXPECT_NEAR(circuits[0]["states"][1][0].get<double>(), -2 + (at_step + 2) * std::exp(-0.07 / tau), 1e-9);
  // tau y' = -y + t / 0.1
  for (std::size_t k = 0; k < 2; ++k) {
    const double t = circuits[1]["times"][k];
    EXPECT_NEAR(circuits[1]["states"][k][0].get<double>(), (t - tau + tau * std::exp(-t / tau)) / 0.1, 1e-9);
  }
}

TEST(ProgramIntegrate, FollowsDynamicGains) {
  json circuit = linear_circuit();
  circuit["gains"] = {{"tau_b0", 0.05}, {"tau_b1", 0.02}, {"W_b1x", {{2}}}, {"input", {-1}}};
  const json result = integrated({circuit}, "--times 0.05 --span 0:0.05")[0];
  const json state = result["states"][0];
  ASSERT_EQ(state.size(), 4U);
  EXPECT_NEAR(state[2].get<double>(), 0.5 + 0.5 * std::exp(-1), 1e-9) << "b0 goes to f(0)";
  const double to = 1 / (1 + std::exp(2.0));
  EXPECT_NEAR(state[3].get<double>(), to + (0.5 - to) * std::exp(-2.5), 1e-9) << "b1 goes to f(W_b1x x)";
  const ProgramRun csv = integrate({circuit}, "--csv");
  EXPECT_EQ(csv.out.substr(0, csv.out.find('\n')), "circuit,name,time,y[0],a[0],b0[0],b1[0]");
}

TEST(ProgramIntegrate, EndsAtAnEvent) {
  const json circuit = integrated({linear_circuit()},
                                  "--times 0:0.001:0.1 --event 'y[0]>0.5' --count 'y[0]=0.25' "
                                  "--count 'a[0]<0.1'")[0];
  const double half = tau * std::log(2);
  EXPECT_EQ(circuit["status"], "ok");
  EXPECT_EQ(circuit["ended_by"], "y[0]>0.5");
  EXPECT_NEAR(circuit["time_reached"].get<double>(), half, 1e-9);
  EXPECT_NEAR(circuit["final_state"][0].get<double>(), 0.5, 1e-9);
  EXPECT_TRUE(circuit["states"][6][0].is_number());
  EXPECT_TRUE(circuit["states"][7][0].is_null()) << "not reached";
  EXPECT_EQ(circuit["events"][0]["count"], 1);
  EXPECT_EQ(circuit["events"][1]["event"], "y[0]=0.25");
  EXPECT_EQ(circuit["events"][1]["count"], 1);
  EXPECT_NEAR(circuit["events"][1]["last_time"].get<double>(), tau * std::log(4.0 / 3), 1e-9);
  EXPECT_EQ(circuit["events"][2], json::parse(R"({"event": "a[0]<0.1", "count": 0, "last_time": null})"));
  const auto rows = csv_rows(integrate({linear_circuit()}, "--csv --times 0:0.001:0.1 --event 'y[0]>0.5'").out);
  ASSERT_EQ(rows.size(), 1 + 7 + 1U) << "head, times that were reached, event";
  EXPECT_NEAR(std::stod(rows.back()[2]), half, 1e-6);
  EXPECT_NEAR(std::stod(rows.back()[3]), 0.5, 1e-6);
}

TEST(ProgramIntegrate, AnEventInTheOtherDirectionDoesNotHappen) {
  const json circuit = integrated({linear_circuit()}, "--event 'y[0]<0.5'")[0];
  EXPECT_FALSE(circuit.contains("ended_by"));
  EXPECT_EQ(circuit["time_reached"], 0.1);
}

TEST(ProgramIntegrate, EndsWhenSteady) {
  json circuit = linear_circuit();
  circuit["span"] = {0, 100};
  const json result = integrated({circuit}, "--until-steady 1e-4")[0];
  EXPECT_EQ(result["ended_by"], "steady");
  // |f| = exp(-t/tau) <= 1e-4 (|y| + |u|) tells when; the event is seen at the end of a step
  EXPECT_GT(result["time_reached"].get<double>(), tau * std::log(1 / 2e-4) * 0.99);
  EXPECT_LT(result["time_reached"].get<double>(), 1);
}

TEST(ProgramIntegrate, WritesEveryKthStep) {
  const json every = integrated({linear_circuit()}, "--every 1")[0];
  const json third = integrated({linear_circuit()}, "--every 3")[0];
  const std::size_t steps = every["statistics"]["accepted"];
  ASSERT_EQ(every["times"].size(), steps + 1) << "the start, and every accepted step";
  EXPECT_EQ(every["times"].back(), 0.1);
  ASSERT_EQ(third["times"].size(), steps / 3 + 1 + (steps % 3 == 0 ? 0 : 1)) << "the end is written, too";
  for (std::size_t k = 0; 3 * k <= steps; ++k) {
    EXPECT_EQ(third["times"][k], every["times"][3 * k]);
    EXPECT_EQ(third["states"][k], every["states"][3 * k]);
  }
  EXPECT_EQ(third["times"].back(), 0.1);
}

TEST(ProgramIntegrate, LosesNoStepWhateverTheirNumber) {
  std::vector<json> circuits;
  for (const double end : {0.001, 0.02, 0.003, 0.0501}) {
    circuits.push_back(linear_circuit());
    circuits.back()["span"] = {0, end};
  }
  const json results = integrated(circuits, "--method rk4 --fixed-step 1e-5 --every 1");
  const std::vector<std::size_t> steps = {100, 2000, 300, 5010};
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ASSERT_TRUE(results[i].contains("times")) << i;
    EXPECT_NEAR(static_cast<double>(results[i]["times"].size()), static_cast<double>(steps[i] + 1), 1) << i;
    EXPECT_EQ(results[i]["times"].size(), results[i]["statistics"]["accepted"].get<std::size_t>() + 1) << i;
    EXPECT_EQ(results[i]["times"].back(), circuits[i]["span"][1]) << i;
    for (const json& state : results[i]["states"]) EXPECT_TRUE(state[0].is_number()) << i;
  }
}

TEST(ProgramIntegrate, SummarisesAKnownCircuit) {
  const double end = 0.2;
  const double settle = 1e-4;
  const json circuit = integrated({linear_circuit()}, "--span 0:0.2 --summary --settle-tolerance 1e-4")[0];
  const json& summary = circuit["summary"];
  const auto number = [&](const char* key, std::size_t i) { return summary[key][i].get<double>(); };
  EXPECT_NEAR(number("minimum", 0), 0, 1e-12);
  EXPECT_NEAR(number("maximum", 0), 1 - std::exp(-end / tau), 1e-8);
  EXPECT_NEAR(number("mean", 0), 1 - tau / end * (1 - std::exp(-end / tau)), 1e-6);
  EXPECT_NEAR(number("mean", 1), 0.25, 1e-9);
  EXPECT_GT(number("peak_time", 0), 0.1);
  // |f| = e <= settle (y + u) = settle (2 - e), with e = exp(-t/tau): from then on
  EXPECT_NEAR(summary["settling_time"].get<double>(), tau * std::log((1 + settle) / (2 * settle)), tau / 2);
  EXPECT_TRUE(summary["frequency"].is_null()) << "nothing oscillates";
  const ProgramRun text = integrate({linear_circuit()}, "--summary --settle-tolerance 1e-3");
  EXPECT_NE(text.out.find("settled from 0.0"), std::string::npos) << text.out;
  EXPECT_FALSE(integrated({linear_circuit()}, "")[0].contains("summary"));
}

TEST(ProgramIntegrate, FindsTheFrequencyOfADrivenCircuit) {
  json circuit = linear_circuit();
  json times = json::array();
  json values = json::array();
  for (int k = 0; k <= 400; ++k) {  // 10 Hz, over 1 s
    times.push_back(k / 400.0);
    values.push_back(std::sin(2 * 3.14159265358979 * 10 * k / 400.0));
  }
  circuit["stimulus"]["z"] = {{"times", times}, {"values", values}, {"kind", "linear"}};
  const json result = integrated({circuit}, "--span 0:1 --summary --frequency-of 'y[0]'")[0];
  EXPECT_NEAR(result["summary"]["frequency"].get<double>(), 10, 0.2);
}

TEST(ProgramIntegrate, CsvHasTheNumbersOfTheJson) {
  const std::string options = examples + "two_circuits.json";
  const json circuits = json::parse(run_program("integrate --json " + options).out)["circuits"];
  const auto rows = csv_rows(run_program("integrate --csv " + options).out);
  ASSERT_EQ(rows.size(), 1 + 6 + 6U);
  EXPECT_EQ(rows[0],
            (std::vector<std::string>{"circuit", "name", "time", "y[0]", "y[1]", "y[2]", "a[0]", "a[1]", "a[2]"}));
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::size_t i = (r - 1) / 6;
    const std::size_t k = (r - 1) % 6;
    const std::size_t n = i == 0 ? 3 : 2;
    EXPECT_EQ(rows[r][0], std::to_string(i));
    EXPECT_EQ(rows[r][1], circuits[i]["name"].get<std::string>());
    EXPECT_EQ(std::stod(rows[r][2]), circuits[i]["times"][k]);
    for (std::size_t j = 0; j < n; ++j) {
      EXPECT_EQ(std::stod(rows[r][3 + j]), circuits[i]["states"][k][j]);
      EXPECT_EQ(std::stod(rows[r][6 + j]), circuits[i]["states"][k][n + j]);
    }
    EXPECT_EQ(n == 2, rows[r][5].empty() && rows[r][8].empty());
  }
}

TEST(ProgramIntegrate, ACircuitDoesNotDependOnItsNeighbours) {
  json gated = linear_circuit();
  gated["gains"] = {{"tau_b0", 0.05}, {"tau_b1", 0.02}};
  json driven = linear_circuit();
  driven["stimulus"]["z"] = {{"times", {0, 0.03}}, {"values", {2, -4}}, {"kind", "constant"}};
  json ramped = driven;
  ramped["stimulus"]["z"]["kind"] = "linear";
  json strict = linear_circuit();
  strict["rtol"] = 1e-12;
  json started = linear_circuit();
  started["x0"] = {3, 1};
  const std::vector<json> circuits = {gated, driven, linear_circuit(), ramped, strict, driven, started, gated};
  const auto results = [](const std::vector<json>& list) {
    return json::parse(integrate(list, "--json").out)["circuits"];
  };
  const json together = results(circuits);
  for (std::size_t i = 0; i < circuits.size(); ++i) EXPECT_EQ(together[i], results({circuits[i]})[0]) << i;
}

TEST(ProgramIntegrate, TolerancesOfTheFileCountUnlessOverridden) {
  json strict = linear_circuit();
  strict["rtol"] = {1e-12, 1e-3};
  strict["atol"] = 1e-14;
  const auto steps = [](const json& circuit, const std::string& options) {
    return json::parse(integrate({circuit}, "--json " + options).out)["circuits"][0]["statistics"]["accepted"]
        .get<int>();
  };
  const int loose = steps(linear_circuit(), "");
  EXPECT_GT(steps(strict, ""), 2 * loose);
  EXPECT_EQ(steps(strict, "--rtol 1e-6 --atol 1e-9"), loose) << "the defaults, given by hand";
}

TEST(ProgramIntegrate, StepOptionsDoWhatTheySay) {
  const auto result = [](const std::string& options) {
    return json::parse(integrate({linear_circuit()}, "--json " + options).out)["circuits"][0];
  };
  EXPECT_GE(result("--max-step 0.001")["statistics"]["accepted"], 100);
  EXPECT_EQ(result("--max-steps 3")["status"], "step_limit");
  EXPECT_EQ(result("--min-step 0.05 --rtol 1e-12")["status"], "step_too_small");
  EXPECT_EQ(result("--state-bound 0.5")["status"], "diverged");
  const json plain = result("--rtol 1e-8");
  for (const char* options : {"--norm rms", "--control elementary", "--control pid", "--initial-step 1e-7"}) {
    EXPECT_NE(result(std::string("--rtol 1e-8 ") + options)["times"], json()) << options;
    EXPECT_NE(result(std::string("--rtol 1e-8 ") + options)["statistics"], plain["statistics"]) << options;
  }
}

TEST(ProgramIntegrate, WritesAFileWholeOrNotAtAll) {
  const TemporaryFolder folder;
  const std::string file = folder.path("out.csv");
  const std::string options = "integrate " + examples + "two_circuits.json --csv";
  const ProgramRun run = run_program(options + " --output " + file);
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(contents(file), run_program(options).out);
  const ProgramRun refused = run_program(options + " --event 'y[9]>1' --output " + file + "2");
  EXPECT_EQ(refused.code, 2);
  EXPECT_FALSE(std::filesystem::exists(file + "2"));
  const ProgramRun failed = run_program(options + " --output /no/such/folder/out.csv");
  EXPECT_EQ(failed.code, 1);
  EXPECT_NE(failed.err.find("/no/such/folder/out.csv: cannot be written"), std::string::npos) << failed.err;
}

TEST(ProgramIntegrate, ShowsEventsAndStatisticsAsText) {
  const ProgramRun run = integrate({linear_circuit()}, "--event 'y[0]>0.5' --count 'a[0]>1' --method rodas43");
  EXPECT_EQ(run.code, 0);
  for (const char* part : {"linear: ok at 0.00693", "accepted steps", "LU factorisations",
                           "y[0]>0.5: once, last at 0.00693", "a[0]>1: never", "ended by y[0]>0.5 at 0.00693"}) {
    EXPECT_NE(run.out.find(part), std::string::npos) << part << "\nin " << run.out;
  }
}

struct Refusal {
  std::string options;
  std::vector<std::string> parts;
};

TEST(ProgramIntegrate, RefusesBadOptionsAndNamesThem) {
  const std::vector<Refusal> cases = {
      {"--method euler", {"--method: euler", "expected --fixed-step"}},
      {"--method rk4", {"--method: rk4", "expected --fixed-step"}},
      {"--method rodas", {"--method: rodas", "rodas43", "auto"}},
      {"--norm l2", {"--norm: l2", "max, rms"}},
      {"--control p", {"--control: p", "elementary, pi, pid"}},
      {"--initial-step 0", {"--initial-step", "0", "> 0"}},
      {"--min-step -1", {"--min-step", "-1"}},
      {"--max-step nan", {"--max-step", "nan"}},
      {"--min-step 2 --max-step 1", {"--min-step: 2", "at most --max-step 1"}},
      {"--state-bound 0", {"--state-bound", "0"}},
      {"--times 0:0:1", {"--times: 0:0:1", "STEP > 0"}},
      {"--times 0:1e-9:1", {"--times: 0:1e-9:1", "at most 10000000 times"}},
      {"--times 1:1", {"--times: 1:1", "START:STEP:END"}},
      {"--times 0,2,1", {"--times: 0,2,1", "increasing"}},
      {"--times 0,x", {"--times: 0,x"}},
      {"--times 0,1,", {"--times: 0,1,"}},
      {"--times 0,1", {"circuits[0] \"linear\"", "times from 0 to 1", "within the span from 0 to 0.1"}},
      {"--span 1:0", {"--span: 1:0", "END after START"}},
      {"--span 1", {"--span: 1", "START:END"}},
      {"--every 0", {"--every", "0"}},
      {"--every 2 --times 0,0.1", {"--every: 2", "no --times"}},
      {"--event 'y[0]'", {"--event: y[0]", "> (upward)"}},
      {"--event 'x[0]>1'", {"--event: x[0]>1", "y[0]"}},
      {"--event 'y[0]>high'", {"--event: y[0]>high", "finite number"}},
      {"--event 'y[1]>1'", {"--event: y[1]>1", "circuits[0] \"linear\"", "i = 0 to 0"}},
      {"--count 'b0[0]>1'", {"--count: b0[0]>1", "y[i] and a[i]"}},
      {"--until-steady 0", {"--until-steady: 0", "> 0"}},
      {"--summary --frequency-of 'y[3]'", {"--frequency-of: y[3]", "circuits[0]"}},
      {"--frequency-of y", {"--frequency-of: y", "y[0]"}},
      {"--frequency-bins 3", {"--frequency-bins", "3", "4"}},
      {"--csv --json", {"--csv", "--json", "one of the two"}},
  };
  const TemporaryFolder folder;
  const auto file = folder.write("circuits.json", json{{"circuits", {linear_circuit()}}}.dump());
  for (const Refusal& refusal : cases) {
    SCOPED_TRACE(refusal.options);
    const ProgramRun run = run_program("integrate " + file + " " + refusal.options);
    EXPECT_EQ(run.code, 2);
    EXPECT_EQ(run.out, "");
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_NE(run.err.find("expected"), std::string::npos) << run.err;
    for (const std::string& part : refusal.parts) {
      EXPECT_NE(run.err.find(part), std::string::npos) << part << "\nin " << run.err;
    }
  }
}

TEST(ProgramIntegrate, RefusesMoreEventsThanThereIsRoomFor) {
  std::string options;
  for (int i = 0; i < 9; ++i) options += " --count 'y[0]>0.5'";
  const ProgramRun run = integrate({linear_circuit()}, options);
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("9 events in all, expected at most 8"), std::string::npos) << run.err;
}

TEST(ProgramIntegrate, OneTimeIsNoSpanForSteps) {
  json circuit = linear_circuit();
  circuit.erase("span");
  circuit["times"] = {0.5};
  EXPECT_EQ(integrated({circuit}, "")[0]["states"].size(), 1U);
  const ProgramRun run = integrate({circuit}, "--every 1");
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("--every: 1, expected a time span"), std::string::npos) << run.err;
}

TEST(ProgramIntegrate, OtherSubcommandsRefuseDrivenCircuits) {
  for (const char* subcommand : {"steady", "spectrum"}) {
    const ProgramRun run = run_program(std::string(subcommand) + " " + examples + "contrast_step.json");
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err.find("circuits[0] \"contrast 0.1 to 0.2\": field stimulus is given, expected none: organics " +
                           std::string(subcommand)),
              std::string::npos)
        << run.err;
  }
}

TEST(ProgramIntegrate, TheExamplesEndOk) {
  for (const char* file : {"contrast_step.json", "ring36.json", "two_circuits.json"}) {
    const ProgramRun run = run_program("integrate " + examples + file + " --method auto --summary");
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_EQ(run.err, "");
  }
}

TEST(ProgramIntegrate, ThePlotSaysWhatIsMissing) {
  if (std::system("python3 -c '' 2> /dev/null") != 0) GTEST_SKIP() << "no python3";
  const TemporaryFolder folder;
  folder.write("matplotlib.py", "raise ImportError('not here')\n");
  const auto csv = folder.path("out.csv");
  ASSERT_EQ(run_program("integrate " + examples + "two_circuits.json --csv --output " + csv).code, 0);
  const auto plot = [&](const std::string& arguments) {
    const std::string command = "PYTHONPATH=" + folder.path("") + " python3 " + examples + "plot_trajectories.py " +
                                arguments + " " + folder.path("out.svg") + " 2> " + folder.path("err");
    EXPECT_NE(std::system(command.c_str()), 0);
    return contents(folder.path("err"));
  };
  EXPECT_NE(plot(csv).find("pip install matplotlib"), std::string::npos);
  EXPECT_NE(plot(csv + " --component 'y[7]'").find("expected one of y[0], y[1], y[2], a[0]"), std::string::npos);
  const auto other = folder.write("other.csv", "a,b\n1,2\n");
  EXPECT_NE(plot(other).find("expected the columns circuit,name,time"), std::string::npos);
}

}  // namespace
}  // namespace organics
