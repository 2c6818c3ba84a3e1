// Stochastic runs: the increments, the strong order of the schemes on equations with known solutions, and what is
// recorded on the way.
#include "organics/core/noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/exact_models.hpp"

namespace organics::test {
namespace {

constexpr double two_pi = 6.283185307179586477;

template <class T = double>
std::vector<T> increments(std::uint64_t seed, std::uint64_t trajectory, std::uint32_t step, int m, T root_step = T(1)) {
  std::vector<T> dW(static_cast<std::size_t>(m), T(-99));
  core::noise_increments(core::Solo{}, seed, trajectory, step, m, root_step, dW.data());
  return dW;
}

TEST(NoiseIncrements, AreWhatTheRawGeneratorSays) {
  for (const std::uint64_t trajectory : {0ULL, 7ULL, 5000000000ULL}) {
    for (const std::uint32_t step : {0U, 1U, 0xffffffffU}) {
      const auto dW = increments(11, trajectory, step, 5, 0.5);
      for (std::uint32_t i = 0; i < 5; ++i) {
        const r123::Philox4x32::ctr_type counter = {{static_cast<std::uint32_t>(trajectory),
                                                     static_cast<std::uint32_t>(trajectory >> 32), 0x80000000U + i / 2,
                                                     step}};
        const auto words = r123::Philox4x32{}(counter, {{11, 0}});
        const auto uniform = [&](std::size_t k) {
          return static_cast<double>(words[k]) * 0x1p-32 + (static_cast<double>(words[k + 1] >> 12) + 0.5) * 0x1p-52;
        };
        const double radius = 0.5 * std::sqrt(-2 * std::log(uniform(0)));
        const double angle = two_pi * uniform(2);
        EXPECT_NEAR(dW[i], radius * (i % 2 == 0 ? std::cos(angle) : std::sin(angle)), 1e-14);
      }
    }
  }
}

TEST(NoiseIncrements, DependOnSeedTrajectoryStepAndComponentAlone) {
  const auto dW = increments(1, 2, 3, 8);
  for (int m = 1; m < 8; ++m) {
    const auto fewer = increments(1, 2, 3, m);
    EXPECT_TRUE(same_bits(fewer, std::vector<double>(dW.begin(), dW.begin() + m))) << m << " components";
  }
  for (const auto& other : {increments(2, 2, 3, 8), increments(1, 3, 3, 8), increments(1, 2, 4, 8),
                            increments(1, 2 + (1ULL << 32), 3, 8)}) {
    for (std::size_t i = 0; i < 8; ++i) EXPECT_NE(dW[i], other[i]);
  }
}

TEST(NoiseIncrements, EveryWidthGivesTheSameBits) {
  for (const int m : {1, 2, 5, 6, 13}) {
    const auto expected = increments(5, 6, 7, m, 0.1);
    for (const int width : crew_widths) {
      std::vector<double> got(expected.size());
      Crew(width).run([&](const auto& lane) { core::noise_increments(lane, 5, 6, 7, m, 0.1, got.data()); });
      EXPECT_TRUE(same_bits(got, expected)) << "m " << m << ", width " << width;
    }
  }
}

/// Moments of many increments, and correlations between components, steps, trajectories and seeds; each within five
/// standard errors of what independent standard Gaussian numbers have.
template <class T>
void expect_gaussian_and_independent() {
  constexpr int count = 100000;
  double moments[5] = {};
  double products[5] = {};
  const auto at = [](std::uint64_t seed, int trajectory, int step) {
    return increments<T>(seed, static_cast<std::uint64_t>(trajectory), static_cast<std::uint32_t>(step), 3);
  };
  for (int k = 0; k < count; ++k) {
    const auto g = at(9, k / 100, k % 100);
    double power = 1;
    for (int i = 1; i <= 4; ++i) moments[i] += (power *= static_cast<double>(g[k % 3 == 0 ? 0 : 1]));
    const T others[5] = {g[1], g[2], at(9, k / 100, k % 100 + 1)[0], at(9, k / 100 + 1, k % 100)[0],
                         at(10, k / 100, k % 100)[0]};
    for (int i = 0; i < 5; ++i) products[i] += static_cast<double>(g[0] * others[i]);
  }
  const double root = std::sqrt(static_cast<double>(count));  // variances of the powers: 1, 2, 15, 96
  EXPECT_NEAR(moments[1] / count, 0, 5 / root);
  EXPECT_NEAR(moments[2] / count, 1, 5 * std::sqrt(2.0) / root);
  EXPECT_NEAR(moments[3] / count, 0, 5 * std::sqrt(15.0) / root);
  EXPECT_NEAR(moments[4] / count, 3, 5 * std::sqrt(96.0) / root);
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(products[i] / count, 0, 5 / root) << "product " << i;
}

TEST(NoiseIncrements, AreGaussianAndIndependent) {
  expect_gaussian_and_independent<double>();
  expect_gaussian_and_independent<float>();
}

/// x' = rate x.
struct Linear {
  double rate;
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& team, double /*t*/, const double* x, double* dx) const {
    core::for_each_own(team, 1, [&](int) { dx[0] = rate * x[0]; });
  }
};

/// One path: the increments of fine steps, and the solution at the end, exactly.
struct Path {
  std::vector<double> dW;
  double exact;
};

constexpr double end_time = 1;
constexpr int fine_steps = 256;
constexpr double fine_step = end_time / fine_steps;

/// dx = rate x dt + strength x dW from 1: exp((rate - strength^2 / 2) t + strength W).
Path geometric_path(double rate, double strength, std::uint64_t trajectory) {
  Path path;
  double W = 0;
  for (std::uint32_t k = 0; k < fine_steps; ++k) {
    path.dW.push_back(increments(1, trajectory, k, 1, std::sqrt(fine_step))[0]);
    W += path.dW.back();
  }
  path.exact = std::exp((rate - strength * strength / 2) * end_time + strength * W);
  return path;
}

/// dx = -rate x dt + strength dW from 1: over a step, x exp(-rate h) + strength I with I the integral of
/// exp(-rate (h - s)) dW(s). dW and I are jointly Gaussian with known covariances, so I is dW times one number plus an
/// independent part.
Path ornstein_uhlenbeck_path(double rate, double strength, std::uint64_t trajectory) {
  const double h = fine_step;
  const double slope = (1 - std::exp(-rate * h)) / rate / h;
  const double rest = std::sqrt((1 - std::exp(-2 * rate * h)) / (2 * rate) - slope * slope * h);
  Path path;
  path.exact = 1;
  for (std::uint32_t k = 0; k < fine_steps; ++k) {
    const auto g = increments(1, trajectory, k, 2);
    path.dW.push_back(std::sqrt(h) * g[0]);
    path.exact = path.exact * std::exp(-rate * h) + strength * (slope * path.dW.back() + rest * g[1]);
  }
  return path;
}

/// The end of a run from 1 along a path, in steps of `merge` fine ones.
double end_of_run(double rate, double strength, NoiseKind kind, NoiseScheme scheme, const Path& path, int merge) {
  double x = 1;
  double scratch[core::noise_scratch(1, 0, 1)];
  const core::NoiseWork<double> work(scratch, 1);
  const core::Noise<double> noise{kind, &strength};
  for (std::size_t k = 0; k < path.dW.size(); k += static_cast<std::size_t>(merge)) {
    work.dW[0] = 0;
    for (std::size_t i = k; i < k + static_cast<std::size_t>(merge); ++i) work.dW[0] += path.dW[i];
    core::noise_step(core::Solo{}, Linear{rate}, noise, scheme, 0.0, merge * fine_step, &x, work);
  }
  return x;
}

struct StrongErrors {
  double order;   ///< slope of log(root mean square error) over log(step), least squares
  double finest;  ///< root mean square error at the smallest step
};

StrongErrors strong_errors(double rate, double strength, NoiseKind kind, NoiseScheme scheme) {
  constexpr int paths = 2000;
  constexpr int levels = 5;
  double squares[levels] = {};
  for (std::uint64_t k = 0; k < paths; ++k) {
    const Path path =
        kind == NoiseKind::additive ? ornstein_uhlenbeck_path(-rate, strength, k) : geometric_path(rate, strength, k);
    for (int level = 0; level < levels; ++level) {
      const double error = end_of_run(rate, strength, kind, scheme, path, 2 << level) - path.exact;
      squares[level] += error * error / paths;
    }
  }
  double slope = 0;  // of five equally spaced points
  for (int level = 0; level < levels; ++level) slope += (level - 2) * 0.5 * std::log2(squares[level]) / 10;
  return {slope, std::sqrt(squares[0])};
}

TEST(NoiseSchemes, StrongOrderForMultiplicativeNoise) {
  const auto euler = strong_errors(0.5, 0.8, NoiseKind::multiplicative, NoiseScheme::euler_maruyama);
  const auto heun = strong_errors(0.5, 0.8, NoiseKind::multiplicative, NoiseScheme::heun);
  EXPECT_NEAR(euler.order, 0.5, 0.1);
  EXPECT_NEAR(heun.order, 1, 0.1);
  EXPECT_LT(heun.finest, euler.finest / 4) << "the Ito solution, not that of Stratonovich";
}

TEST(NoiseSchemes, StrongOrderForAdditiveNoise) {
  const auto euler = strong_errors(-2, 0.7, NoiseKind::additive, NoiseScheme::euler_maruyama);
  const auto heun = strong_errors(-2, 0.7, NoiseKind::additive, NoiseScheme::heun);
  EXPECT_NEAR(euler.order, 1, 0.1);
  EXPECT_NEAR(heun.order, 1, 0.1);
  EXPECT_LT(heun.finest, euler.finest);
}

/// Options of a run that records nothing.
core::NoiseMarchOptions<double> plain_options(NoiseScheme scheme, NoiseKind kind, double step, std::int64_t steps) {
  return {scheme, kind, step, 0, steps, 0, 1, 0, 1e25, 0, 0, 0, -1};
}

TEST(NoiseSchemes, WithoutNoiseTheyHaveTheirDeterministicOrder) {
  const double strength[] = {0, 0};
  for (const NoiseScheme scheme : {NoiseScheme::euler_maruyama, NoiseScheme::heun}) {
    double errors[2];
    for (const int level : {0, 1}) {
      const int steps = 200 << level;
      std::vector<double> x = Rotation::exact(0);
      std::vector<double> scratch(core::noise_scratch(2, 0, 1));
      const auto options = plain_options(scheme, NoiseKind::multiplicative, 1.0 / steps, steps);
      core::march_with_noise(core::Solo{}, Rotation{}, options, strength, 0, x.data(), core::NoiseOutput<double>{},
                             core::NoiseWork<double>(scratch.data(), 2));
      const auto exact = Rotation::exact(1);
      errors[level] = std::hypot(x[0] - exact[0], x[1] - exact[1]);
    }
    EXPECT_NEAR(std::log2(errors[0] / errors[1]), scheme == NoiseScheme::heun ? 2 : 1, 0.05);
  }
}

/// Everything that one circuit's run writes.
struct Recorded {
  std::vector<double> samples, power, partner_power, cross, final_state;
  double time_reached = -99;
  Status status = Status::singular;
  bool operator==(const Recorded&) const = default;
};

Recorded run_memory(int m, const core::NoiseMarchOptions<double>& options) {
  const auto bins = static_cast<std::size_t>(options.bins);
  const auto size = static_cast<std::size_t>(m);
  Recorded run;
  run.samples.assign(size * static_cast<std::size_t>(options.samples()), -99);
  run.power.assign(bins, -99);
  run.partner_power.assign(bins, -99);
  run.cross.assign(2 * bins, -99);
  run.final_state.assign(size, -99);
  return run;
}

template <class Team>
void simulate_into(const Team& team, const CircuitData& data, const core::NoiseMarchOptions<double>& options,
                   const std::vector<double>& amplitude, std::vector<double>& scratch, Recorded& run) {
  const core::NoiseOutput<double> out{run.samples.data(), run.power.data(),       run.partner_power.data(),
                                      run.cross.data(),   run.final_state.data(), &run.time_reached,
                                      &run.status};
  core::simulate_circuit(team, data.circuit_model(), options, static_cast<const double*>(nullptr), amplitude.data(), 5,
                         out, scratch.data());
}

TEST(NoiseMarch, EveryWidthGivesTheSameBits) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  Random random(71);
  CircuitData spoilt = figure4_circuit(random, 3);
  spoilt.Wr[4] = std::nan("");
  CircuitData silent = figure4_circuit(random, 2);
  silent.z = {0, 0};
  const std::vector<CircuitData> circuits = {wild_circuit(random, 1, ModelKind::main),
                                             wild_circuit(random, 3, ModelKind::rectified),
                                             wild_circuit(random, 7, ModelKind::main),
                                             silent,
                                             blow_up_circuit(),
                                             spoilt};
  for (std::size_t c = 0; c < circuits.size(); ++c) {
    const CircuitData& data = circuits[c];
    const int m = 2 * data.n;
    const std::vector<double> amplitude = random.uniforms(m, 0, 0.01);
    for (const NoiseScheme scheme : {NoiseScheme::euler_maruyama, NoiseScheme::heun}) {
      for (const NoiseKind kind : {NoiseKind::additive, NoiseKind::multiplicative}) {
        const core::NoiseMarchOptions<double> options = {scheme, kind, 2e-4, 5, 105, 20, 3, 0, 1e6, 30, 6, 0, m - 1};
        const auto once = [&](const auto& on_team) {
          Recorded run = run_memory(m, options);
          std::vector<double> scratch(core::simulate_scratch(data.n, options.bins, 2));
          on_team(run, scratch);
          return run;
        };
        const Recorded solo = once([&](Recorded& run, std::vector<double>& scratch) {
          simulate_into(core::Solo{}, data, options, amplitude, scratch, run);
        });
        for (const int width : crew_widths) {
          const Recorded crew = once([&](Recorded& run, std::vector<double>& scratch) {
            Crew(width).run([&](const auto& lane) { simulate_into(lane, data, options, amplitude, scratch, run); });
          });
          const std::string what = "circuit " + std::to_string(c) + ", width " + std::to_string(width);
          EXPECT_EQ(crew.status, solo.status) << what;
          EXPECT_EQ(crew.time_reached, solo.time_reached) << what;
          if (solo.status != Status::ok) continue;  // NaN: signs and payloads differ
          EXPECT_TRUE(crew == solo) << what;
        }
      }
    }
  }
}

Recorded run_alone(const CircuitData& data, const core::NoiseMarchOptions<double>& options,
                   const std::vector<double>& amplitude) {
  Recorded run = run_memory(2 * data.n, options);
  std::vector<double> scratch(core::simulate_scratch(data.n, options.bins, options.signals()));
  simulate_into(core::Solo{}, data, options, amplitude, scratch, run);
  return run;
}

TEST(NoiseMarch, RecordsTheStatesAfterTheDiscardedSteps) {
  Random random(72);
  const CircuitData data = figure4_circuit(random, 2);
  const std::vector<double> amplitude = filled(4, 0.01);
  auto options = plain_options(NoiseScheme::heun, NoiseKind::additive, 1e-4, 10);
  options.save_every = 1;
  const Recorded all = run_alone(data, options, amplitude);
  options = plain_options(NoiseScheme::heun, NoiseKind::additive, 1e-4, 7);
  options.discard = 3;
  options.save_every = 2;
  const Recorded some = run_alone(data, options, amplitude);
  ASSERT_EQ(some.samples.size(), 3U * 4U);
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(some.samples[4 * k + i], all.samples[4 * (3 + 2 * k + 1) + i]);
  }
  EXPECT_EQ(some.final_state, all.final_state);
  EXPECT_DOUBLE_EQ(some.time_reached, 1e-3);
  EXPECT_EQ(some.status, Status::ok);
}

TEST(NoiseMarch, SpectraAreThoseOfTheSamples) {
  Random random(73);
  const CircuitData data = figure4_circuit(random, 2);
  const std::vector<double> amplitude = filled(4, 0.02);
  core::NoiseMarchOptions<double> options = {
      NoiseScheme::heun, NoiseKind::additive, 1e-4, 4, 65, 1, 1, 0, 1e25, 16, 6, 1, 2};
  const Recorded run = run_alone(data, options, amplitude);
  // 4 segments of 16 samples, one left over; the transform as it is defined, of samples without their mean
  for (int k = 1; k <= 6; ++k) {
    double power = 0;
    double cross_re = 0;
    double cross_im = 0;
    for (std::size_t s = 0; s < 4; ++s) {
      double mean[2] = {};
      for (std::size_t j = 0; j < 16; ++j) {
        for (const std::size_t which : {0U, 1U}) mean[which] += run.samples[4 * (16 * s + j) + 1 + which] / 16;
      }
      double re[2] = {};
      double im[2] = {};
      for (std::size_t j = 0; j < 16; ++j) {
        const double window = (1 - std::cos(two_pi * static_cast<double>(j) / 16)) / 2;
        const double angle = two_pi * static_cast<double>(j) * k / 16;
        for (const std::size_t which : {0U, 1U}) {
          const double x = window * (run.samples[4 * (16 * s + j) + 1 + which] - mean[which]);
          re[which] += x * std::cos(angle);
          im[which] -= x * std::sin(angle);
        }
      }
      power += re[0] * re[0] + im[0] * im[0];
      cross_re += re[0] * re[1] + im[0] * im[1];
      cross_im += im[0] * re[1] - re[0] * im[1];
    }
    const double scale = 2 * 1e-4 / (16 * (k == 1 ? 0.3125 : 0.375)) / 4;
    const auto bin = static_cast<std::size_t>(k - 1);
    EXPECT_NEAR(run.power[bin], scale * power, 1e-10 * scale * power) << "bin " << k;
    EXPECT_NEAR(run.cross[2 * bin], scale * cross_re, 1e-9 * scale * power) << "bin " << k;
    EXPECT_NEAR(run.cross[2 * bin + 1], scale * cross_im, 1e-9 * scale * power) << "bin " << k;
  }
}

TEST(NoiseMarch, ARunawayEndsDivergedAndItsSpectrumIsNaN) {
  core::NoiseMarchOptions<double> options = {
      NoiseScheme::heun, NoiseKind::additive, 1e-4, 0, 2000, 500, 1, 0, 1e4, 100, 3, 0, 1};
  const Recorded run = run_alone(blow_up_circuit(), options, filled(2, 0.001));
  EXPECT_EQ(run.status, Status::diverged);
  EXPECT_GT(run.time_reached, 0);
  EXPECT_LT(run.time_reached, 0.2);
  for (const auto* values : {&run.power, &run.partner_power, &run.cross}) {
    for (const double value : *values) EXPECT_TRUE(std::isnan(value));
  }
  EXPECT_TRUE(std::isnan(run.samples.back()));
}

}  // namespace
}  // namespace organics::test
