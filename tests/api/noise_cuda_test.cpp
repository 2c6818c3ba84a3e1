// Stochastic circuits on a device against the CPU: the same trajectories, to the rounding of log, sin and cos.
// Skipped where there is no device; with ORGANICS_REQUIRE_CUDA=1 that is a failure instead.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

#include "organics/noise.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/cuda_test.hpp"
#include "support/noise_data.hpp"

namespace organics::test {
namespace {

class CudaNoise : public CudaTest {};

template <class T>
void expect_near(const std::vector<T>& got, const std::vector<T>& expected, double tolerance, const std::string& what) {
  ASSERT_EQ(got.size(), expected.size());
  double scale = 0;  // of all entries: a cross spectrum has some that nearly cancel
  for (const T value : expected)
    scale = std::isnan(value) ? scale : std::max(scale, std::abs(static_cast<double>(value)));
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << what << ", entry " << i;
    } else {
      EXPECT_NEAR(static_cast<double>(got[i]), static_cast<double>(expected[i]), tolerance * scale)
          << what << ", entry " << i;
    }
  }
}

NoiseOptions noise_options(int n, bool spectra) {
  NoiseOptions options;
  options.step = 1e-4;
  options.steps = 220;
  options.discard = 10;
  options.save_every = 40;
  options.first = 3;
  if (!spectra) return options;
  options.segment = 100;
  options.bins = 9;
  options.component = n;
  options.partner = 0;
  return options;
}

template <class T>
void expect_trajectories_of_the_cpu(const std::vector<CircuitData>& circuits, const NoiseOptions& options,
                                    double tolerance) {
  const BatchData<T> batch(circuits);
  const std::vector<T> amplitude(static_cast<std::size_t>(2 * batch.n()), T(0.01));
  const auto cpu = simulate_all<T>(Cpu{}, batch, {}, amplitude, options);
  const auto cuda = simulate_all<T>(Cuda{}, batch, {}, amplitude, options);
  const std::string what = "n " + std::to_string(batch.n());
  EXPECT_EQ(cuda.status, cpu.status) << what;
  expect_near(cuda.samples, cpu.samples, tolerance, what + ", samples");
  expect_near(cuda.final_state, cpu.final_state, tolerance, what + ", final state");
  expect_near(cuda.time_reached, cpu.time_reached, tolerance, what + ", time");
  expect_near(cuda.power, cpu.power, 10 * tolerance, what + ", power");
  expect_near(cuda.partner_power, cpu.partner_power, 10 * tolerance, what + ", partner power");
  expect_near(cuda.cross, cpu.cross, 10 * tolerance, what + ", cross");
}

/// One lane, tiles, blocks, and blocks with their scratch in the workspace.
constexpr int sizes[] = {1, 2, 5, 16, 64, 300};

TEST_F(CudaNoise, TrajectoriesAreThoseOfTheCpu) {
  Random random(91);
  for (const int n : sizes) {
    std::vector<CircuitData> circuits;
    for (int i = 0; i < (n > 20 ? 2 : 20); ++i) circuits.push_back(figure4_circuit(random, n));
    for (const bool spectra : {false, true}) {
      NoiseOptions options = noise_options(n, spectra);
      for (const NoiseScheme scheme : {NoiseScheme::euler_maruyama, NoiseScheme::heun}) {
        options.scheme = scheme;
        options.kind = scheme == NoiseScheme::heun ? NoiseKind::multiplicative : NoiseKind::additive;
        expect_trajectories_of_the_cpu<double>(circuits, options, 1e-9);
        expect_trajectories_of_the_cpu<float>(circuits, options, 1e-3);
      }
    }
  }
}

TEST_F(CudaNoise, ManyBinsAndManyTrajectories) {
  Random random(92);
  NoiseOptions options = noise_options(1, true);
  options.steps = 5000;
  options.segment = 5000;
  options.bins = 2000;
  expect_trajectories_of_the_cpu<double>({figure4_circuit(random, 1), figure4_circuit(random, 1)}, options, 1e-8);
  std::vector<CircuitData> many(1000, figure4_circuit(random, 1));
  expect_trajectories_of_the_cpu<double>(many, noise_options(1, false), 1e-9);
}

TEST_F(CudaNoise, ARunawayEndsAlone) {
  const BatchData<double> batch({one_neuron(1, 1, 1, 1), blow_up_circuit(), one_neuron(1, 1, 0.5, 1)});
  NoiseOptions options = noise_options(1, true);
  options.steps = 2000;
  const auto run = simulate_all<double>(Cuda{}, batch, {}, {0.001, 0.001}, options);
  EXPECT_EQ(run.status, (std::vector<Status>{Status::ok, Status::diverged, Status::ok}));
  for (const double value : item(run.power, 1, 9)) EXPECT_TRUE(std::isnan(value));
}

TEST_F(CudaNoise, ATrajectoryDoesNotDependOnItsBatch) {
  Random random(93);
  std::vector<CircuitData> circuits;
  for (int i = 0; i < 6; ++i) circuits.push_back(figure4_circuit(random, 3));
  NoiseOptions options = noise_options(3, true);
  const auto whole = simulate_all<double>(Cuda{}, BatchData<double>(circuits), {}, filled(6, 0.01), options);
  options.first += 4;
  const auto part =
      simulate_all<double>(Cuda{}, BatchData<double>({circuits[4], circuits[5]}), {}, filled(6, 0.01), options);
  for (const std::size_t i : {0U, 1U}) {
    EXPECT_TRUE(same_bits(item(part.samples, i, 30), item(whole.samples, i + 4, 30)));
    EXPECT_TRUE(same_bits(item(part.power, i, 9), item(whole.power, i + 4, 9)));
  }
}

}  // namespace
}  // namespace organics::test
