// The dominant frequency: exact on sines between the bins, and silent where nothing oscillates.
#include "organics/core/dominant_frequency.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

namespace organics::test {
namespace {

double frequency_of(const std::function<double(double)>& signal, double start, double end, int bins,
                    double least = 1e-6, double stop_at = 1e300) {
  std::vector<double> work(core::dominant_frequency_size(bins));
  core::DominantFrequency<double> frequency{work.data(), bins};
  frequency.begin(core::Solo{}, start, end);
  constexpr int steps = 4000;  // of an integration that resolves the signal
  for (int i = 0; i <= steps; ++i) frequency.follow(signal(start + (end - start) * i / steps), least);
  while (frequency.wants_sample(std::min(end, stop_at))) {
    frequency.add(core::Solo{}, signal(frequency.next_time()));
  }
  return frequency.peak(least);
}

constexpr double tau = 6.283185307179586;

TEST(DominantFrequency, OfASineBetweenTheBins) {
  for (const double periods : {3.3, 5.0, 7.49, 12.5, 20.71, 28.9}) {
    const auto sine = [&](double t) { return 40 + 0.3 * std::sin(tau * periods * (t - 1) / 2 + 0.7); };
    EXPECT_NEAR(frequency_of(sine, 1, 3, 32), periods / 2, 0.03) << periods << " periods in 2 seconds";
  }
}

TEST(DominantFrequency, TheStrongerOfTwo) {
  const auto both = [](double t) { return std::sin(tau * 6 * t) + 1.3 * std::sin(tau * 17 * t); };
  EXPECT_NEAR(frequency_of(both, 0, 1, 32), 17, 0.03);
}

TEST(DominantFrequency, NothingOscillates) {
  const std::function<double(double)> quiet[] = {
      [](double) { return 3.0; }, [](double t) { return std::exp(-5 * t); }, [](double t) { return 2 * t; },
      [](double t) { return t < 0.4 ? 0.0 : 1.0 - std::exp(-20 * (t - 0.4)); }};
  for (const auto& signal : quiet) EXPECT_TRUE(std::isnan(frequency_of(signal, 0, 1, 32)));
}

TEST(DominantFrequency, BelowTheLeastAmplitude) {
  const auto faint = [](double t) { return 1 + 1e-4 * std::sin(tau * 9 * t); };
  EXPECT_NEAR(frequency_of(faint, 0, 1, 32, 0.9e-4), 9, 0.01);
  EXPECT_TRUE(std::isnan(frequency_of(faint, 0, 1, 32, 1.1e-4)));
}

TEST(DominantFrequency, TooFastForTheBinsIsNotTakenForASlowerOne) {
  for (const double periods : {40.0, 105.0, 260.0}) {  // sampled 132 times
    const auto sine = [&](double t) { return 2 + std::sin(tau * periods * t); };
    EXPECT_TRUE(std::isnan(frequency_of(sine, 0, 1, 32))) << periods;
  }
}

TEST(DominantFrequency, UnknownWhenSamplesAreMissing) {
  const auto sine = [](double t) { return std::sin(tau * 9 * t); };
  EXPECT_TRUE(std::isnan(frequency_of(sine, 0, 1, 32, 1e-6, 0.98)));
  EXPECT_FALSE(std::isnan(frequency_of(sine, 0, 1, 32, 1e-6, 1)));
}

}  // namespace
}  // namespace organics::test
