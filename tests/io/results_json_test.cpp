// Results as JSON: every bit survives, absent values are absent, and the words for stability.
#include "io/results_json.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace organics::io {
namespace {

using nlohmann::json;

TEST(ResultsJson, NumbersReadBackToTheSameBits) {
  CircuitResult result;
  result.n = 2;
  Trajectory& t = result.trajectory.emplace();
  t.m = 4;
  std::uint64_t bits = 88172645463325252U;
  for (int i = 0; i < 4000; ++i) {
    bits ^= bits << 13U;
    bits ^= bits >> 7U;
    bits ^= bits << 17U;
    const auto x = std::bit_cast<double>(bits);
    t.states.push_back(x - x == 0 ? x : 0.1);
  }
  const json read = json::parse(results_json({result}));
  for (std::size_t i = 0; i < t.states.size(); ++i) {
    const double x = read["circuits"][0]["states"][i / 4][i % 4].get<double>();
    EXPECT_EQ(std::bit_cast<std::uint64_t>(x), std::bit_cast<std::uint64_t>(t.states[i]));
  }
}

TEST(ResultsJson, WritesFieldsThatHaveAValueAndNoOthers) {
  CircuitResult failed;
  failed.name = "gone \"quoted\"";
  failed.status = Status::diverged;
  CircuitResult found;
  found.n = 1;
  found.steady_state = {1, 2};
  found.residual = 1e-17;
  found.eigenvalues = {{-3, -4}, {-3, 4}};
  found.abscissa = -3;
  found.stability = "stable focus";
  const json read = json::parse(results_json({failed, found}));
  EXPECT_EQ(read, json::parse(R"({"circuits": [{"name": "gone \"quoted\"", "status": "diverged"},
    {"status": "ok", "steady_state": [1.0, 2.0], "residual": 1e-17, "eigenvalues": [[-3.0, -4.0], [-3.0, 4.0]],
     "abscissa": -3.0, "stability": "stable focus"}]})"));
}

TEST(ResultsJson, WritesNullForStatesNotReached) {
  CircuitResult result;
  result.n = 1;
  Trajectory& t = result.trajectory.emplace();
  t.m = 2;
  t.states = {1, 2, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  const json states = json::parse(results_json({result}))["circuits"][0]["states"];
  EXPECT_EQ(states, json::parse("[[1.0, 2.0], [null, null]]"));
}

TEST(ResultsJson, WritesEverythingAboutATrajectory) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  CircuitResult result;
  result.n = 1;
  Trajectory& t = result.trajectory.emplace();
  t.m = 2;
  t.times = {0, 0.5};
  t.states = {1, 2, 3, 4};
  t.final_state = {5, 6};
  t.time_reached = 0.75;
  t.statistics = {7, 8, 9, 10, 11, 0.125};
  t.ended_by = "y[0]>5";
  t.events = {{"y[0]>5", 1, 0.75}, {"a[0]=2", 0, none}};
  t.summary = TrajectorySummary{{1, 2}, {5, 6}, {3, 4}, {0.75, 0.75}, none, 12};
  EXPECT_EQ(json::parse(results_json({result})), json::parse(R"({"circuits": [{"status": "ok",
    "times": [0.0, 0.5], "states": [[1.0, 2.0], [3.0, 4.0]], "time_reached": 0.75, "final_state": [5.0, 6.0],
    "ended_by": "y[0]>5",
    "events": [{"event": "y[0]>5", "count": 1, "last_time": 0.75}, {"event": "a[0]=2", "count": 0, "last_time": null}],
    "statistics": {"accepted": 7, "rejected": 8, "rhs_evaluations": 9, "jacobian_evaluations": 10,
                   "lu_factorisations": 11, "last_step": 0.125},
    "summary": {"minimum": [1.0, 2.0], "maximum": [5.0, 6.0], "mean": [3.0, 4.0], "peak_time": [0.75, 0.75],
                "settling_time": null, "frequency": 12.0}}]})"));
}

TEST(ResultsJson, NoCircuitsIsAnEmptyList) {
  EXPECT_EQ(json::parse(results_json({})), json::parse(R"({"circuits": []})"));
}

TEST(ResultsJson, NamesTheTypeOfAPlanarEquilibrium) {
  EXPECT_EQ(stability_word(Verdict::stable, {{-2, 0}, {-1, 0}}), "stable node");
  EXPECT_EQ(stability_word(Verdict::stable, {{-2, -1}, {-2, 1}}), "stable focus");
  EXPECT_EQ(stability_word(Verdict::unstable, {{-2, 0}, {1, 0}}), "saddle");
  EXPECT_EQ(stability_word(Verdict::unstable, {{1, 0}, {2, 0}}), "unstable node");
  EXPECT_EQ(stability_word(Verdict::unstable, {{2, -1}, {2, 1}}), "unstable focus");
  EXPECT_EQ(stability_word(Verdict::marginal, {{0, -1}, {0, 1}}), "marginal");
  EXPECT_EQ(stability_word(Verdict::none, {}), "");
}

TEST(ResultsJson, NamesOnlyTheVerdictOfLargerCircuits) {
  const std::vector<std::complex<double>> eigenvalues = {{-2, 0}, {-1, 0}, {-1, -3}, {-1, 3}};
  EXPECT_EQ(stability_word(Verdict::stable, eigenvalues), "stable");
  EXPECT_EQ(stability_word(Verdict::unstable, eigenvalues), "unstable");
}

}  // namespace
}  // namespace organics::io
