// Circuits that contradict "largest singular value 1 implies a stable equilibrium" (conjecture 5.3 of Rawat, Heeger and
// Martiniani 2024): one that runs away and one that oscillates for ever.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/golden.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

constexpr double tau = 0.002;

TEST(Counterexamples, ListedEquilibriaAreUnstableAndNothingSettles) {
  const nlohmann::json file = read_data("counterexamples.json");
  ASSERT_EQ(file.at("counterexamples").size(), 2U);
  for (const auto& json : file["counterexamples"]) {
    const std::string name = json.at("name");
    const BatchData<double> batch({circuit_of(json)});
    const auto judged = judge_all<double>(Cpu{1}, batch, json.at("fixed_points")[0].at("x").get<std::vector<double>>());
    EXPECT_EQ(judged.verdict[0], Verdict::unstable) << name;
    Spectrum spectrum;
    for (std::size_t i = 0; i < judged.eigenvalues.size(); i += 2) {
      spectrum.emplace_back(judged.eigenvalues[i], judged.eigenvalues[i + 1]);
    }
    EXPECT_TRUE(spectra_agree(spectrum, spectrum_of(json.at("eigenvalues_of_most_stable")))) << name;
    const auto settled = settle_all<double>(Cpu{1}, batch);
    EXPECT_EQ(settled.status[0], json.at("ode_from_rest") == "blow_up" ? Status::diverged : Status::limit_cycle)
        << name;
  }
}

/// Follows a circuit from rest and returns the time of the end, in time constants; expects `diverged`.
double blow_up_time(const CircuitData& data) {
  const auto got = integrate_all<double>(Cpu{1}, BatchData<double>({data}), {}, {0, 1}, 2, {});
  EXPECT_EQ(got.status[0], Status::diverged) << name(got.status[0]);
  EXPECT_EQ(settle_all<double>(Cpu{1}, BatchData<double>({data})).status[0], Status::diverged);
  return got.time_reached[0] / tau;
}

TEST(Counterexamples, NegativeRecurrenceBlowsUpInFiniteTime) {
  const double all_ones = blow_up_time(blow_up_circuit());
  EXPECT_GT(all_ones, 1.5) << "the golden samples go that far";
  EXPECT_LT(all_ones, 10);
  CircuitData mild = blow_up_circuit();
  mild.W = {0.9};
  mild.b0 = {0.9};
  mild.b1 = {0.95};
  mild.sigma = {0.9};
  EXPECT_NEAR(blow_up_time(mild), 6, 0.5);
}

/// The same, found by a hunt (docs/hunting.md): c = (b0 sigma)^2 is not small, there is no equilibrium at all, and a_2 grows
/// without bound. Where sqrt(a_2) is large (Wr y)_2 must vanish, so that y tends to a constant and a_2 grows by
/// W_22 y_2^2 - 1 in a time constant: for ever, and not in finite time.
TEST(Counterexamples, PositiveDefiniteRecurrenceGrowsWithoutBound) {
  const CircuitData data{2,
                         ModelKind::main,
                         {0.002, 0.002},
                         {0.002, 0.002},
                         {0.7877861791303402, 0.45582225207304083},
                         {0.9092610527710496, 1.0},
                         {0.46001527685996335, 0.9832250824344699},
                         {-0.3031495756165364, -0.9529429861243084},
                         {0.9689235294081441, -0.17219873110381054, -0.17219873110381054, 0.045824624578399},
                         {0.5628730052541933, 0.4638422145773105, 0.0, 1.0}};
  const Eigen::Map<const Eigen::MatrixXd> Wr(data.Wr.data(), 2, 2);
  const Eigen::VectorXd eigenvalues = Wr.selfadjointView<Eigen::Lower>().eigenvalues();
  EXPECT_EQ(data.Wr[1], data.Wr[2]);
  EXPECT_GT(eigenvalues(0), 0.01);
  EXPECT_NEAR(eigenvalues(1), 1, 1e-14);
  IntegrateOptions accurate;
  accurate.method = Method::rodas43;
  accurate.rtol = 1e-8;
  const BatchData<double> batch({data});
  const auto got = integrate_all<double>(Cpu{1}, batch, {}, {0, 100 * tau, 150 * tau, 170 * tau}, 4, accurate);
  ASSERT_EQ(got.status[0], Status::ok) << name(got.status[0]);
  const double* early = got.states.data() + 4;
  const std::vector<double> other = naive_rk4(data, {0, 0, data.c(0), data.c(1)}, 100 * tau, 100000);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(early[k], other[k], 1e-5 * std::abs(other[k])) << k;
  const double* x = got.states.data() + 12;
  const double rate = data.W[3] * x[1] * x[1] - 1;
  EXPECT_GT(rate, 0.5);
  EXPECT_NEAR(std::log(x[3] / x[-1]) / 20, rate, 0.01 * rate);
  EXPECT_LT(std::abs(data.Wr[1] * x[0] + data.Wr[3] * x[1]), 1e-4);
  EXPECT_EQ(settle_all<double>(Cpu{1}, batch).status[0], Status::diverged);
  EquilibriaOptions options;
  options.starts = 500;
  std::int32_t count = -1;
  EquilibriaResults<double> found;
  found.count = packed(&count, 1, 1);
  equilibria<double>(Cpu{1}, batch, options, found);
  EXPECT_EQ(count, 0);
}

TEST(Counterexamples, PositiveDefiniteRecurrenceOscillatesForEver) {
  const CircuitData data = limit_cycle_circuit();
  constexpr double step = 0.1 * tau;
  std::vector<double> times;
  for (int i = 0; i <= 20000; ++i) times.push_back(i * step);  // to 2000 time constants
  IntegrateOptions options;
  options.rtol = 1e-8;
  options.atol = 1e-10;
  const auto got =
      integrate_all<double>(Cpu{1}, BatchData<double>({data}), {}, times, static_cast<int>(times.size()), options);
  ASSERT_EQ(got.status[0], Status::ok);
  double lowest = 1e9;
  double highest = -1e9;
  std::vector<double> crossings;  // of y_2 = 10 upwards, in time constants, after the transient
  for (std::size_t i = 8001; i < times.size(); ++i) {
    const double before = got.states[4 * (i - 1) + 1];
    const double now = got.states[4 * i + 1];
    lowest = std::min(lowest, now);
    highest = std::max(highest, now);
    if (before < 10 && now >= 10) crossings.push_back((times[i - 1] + step * (10 - before) / (now - before)) / tau);
  }
  ASSERT_GE(crossings.size(), 3U);
  const double period = (crossings.back() - crossings.front()) / static_cast<double>(crossings.size() - 1);
  EXPECT_NEAR(period, 368.4, 0.1);
  EXPECT_NEAR(lowest, 0.036, 0.001);
  EXPECT_NEAR(highest, 28.26, 0.01);
}

/// The same period and range from the ladder, without samples.
TEST(Counterexamples, TheLimitCycleHasItsPeriodAndAmplitude) {
  const BatchData<double> batch({limit_cycle_circuit()});
  Status status{};
  Rung rung{};
  double period = 0;
  double amplitude = 0;
  SteadyStateResults<double> results;
  results.status = packed(&status, 1, 1);
  results.rung = packed(&rung, 1, 1);
  results.period = packed(&period, 1, 1);
  results.amplitude = packed(&amplitude, 1, 1);
  steady_state<double>(Cpu{1}, batch.view(), {}, {}, results);
  EXPECT_EQ(status, Status::limit_cycle) << name(status);
  EXPECT_EQ(rung, Rung::cycle);
  EXPECT_NEAR(period / tau, 368.4, 0.1);
  EXPECT_NEAR(amplitude, 28.26 - 0.036, 0.01);
}

}  // namespace
}  // namespace organics::test
