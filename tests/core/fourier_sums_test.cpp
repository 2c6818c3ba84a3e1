// Fourier sums against the transform as it is defined: windowed samples, one exponential each.
#include "organics/core/fourier_sums.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "support/crew.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

using Complex = std::complex<double>;

constexpr long double two_pi = 6.283185307179586476925286766559L;

/// Sum of w_j x_j exp(-2 pi i j k / L) with the Hann window; in long double.
Complex naive_windowed(const std::vector<double>& x, int k) {
  const auto length = static_cast<long double>(x.size());
  std::complex<long double> sum = 0;
  for (std::size_t j = 0; j < x.size(); ++j) {
    const long double window = (1 - std::cos(two_pi * static_cast<long double>(j) / length)) / 2;
    const long double angle = -two_pi * static_cast<long double>(j * static_cast<std::size_t>(k) % x.size()) / length;
    sum += window * static_cast<long double>(x[j]) * std::complex<long double>(std::cos(angle), std::sin(angle));
  }
  return {static_cast<double>(sum.real()), static_cast<double>(sum.imag())};
}

std::vector<double> without_mean(std::vector<double> x) {
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  for (double& value : x) value -= mean;
  return x;
}

/// Squared window summed; bin 1 without the window's term at the mean, which is L / 16 of it.
double white_power(std::size_t length, int k) { return static_cast<double>(length) * (k == 1 ? 5.0 / 16 : 6.0 / 16); }

template <class T>
struct Sums {
  std::vector<T> work;
  core::FourierSums<T> sums;
};

template <class T>
Sums<T> summed(const std::vector<double>& p, const std::vector<double>& q, int bins) {
  const int signals = q.empty() ? 1 : 2;
  Sums<T> out;
  out.work.assign(core::fourier_sums_size(bins, signals), T(-99));
  out.sums = {out.work.data(), bins, static_cast<std::int64_t>(p.size()), signals};
  out.sums.begin(core::Solo{});
  for (std::size_t j = 0; j < p.size(); ++j) {
    const double second = q.empty() ? p[j] : q[j];
    out.sums.add(core::Solo{}, static_cast<std::int64_t>(j), static_cast<T>(p[j]), static_cast<T>(second));
  }
  return out;
}

/// Two noisy signals with something in common, an offset and a drift.
std::vector<double> signal(Random& random, std::size_t length, double offset) {
  std::vector<double> x;
  for (std::size_t j = 0; j < length; ++j) {
    x.push_back(offset + 0.01 * static_cast<double>(j) + std::sin(0.3 * static_cast<double>(j)) + random.gaussian());
  }
  return x;
}

double absolute_sum(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0, [](double sum, double value) { return sum + std::abs(value); });
}

/// Each term has a phase with an error of at most 64 rotations of a few epsilon.
template <class T>
double error_bound(const std::vector<double>& x) {
  return 200 * static_cast<double>(core::epsilon<T>()) * absolute_sum(x);
}

template <class T>
void expect_naive_sums(std::size_t length, int bins) {
  Random random(3);
  const auto p = signal(random, length, 2);
  const auto q = signal(random, length, -1);
  const auto got = summed<T>(p, q, bins);
  const auto p_free = without_mean(p);
  const auto q_free = without_mean(q);
  for (int k = 1; k <= bins; ++k) {
    const std::string what = "length " + std::to_string(length) + ", bin " + std::to_string(k);
    const Complex p_sum = naive_windowed(p_free, k);
    const Complex q_sum = naive_windowed(q_free, k);
    if (k > 1) {
      EXPECT_LT(std::abs(naive_windowed(p, k) - p_sum), error_bound<double>(p)) << what << ": a mean is in bin 1 alone";
    }
    EXPECT_NEAR(got.sums.windowed(0, k).re, p_sum.real(), error_bound<T>(p)) << what;
    EXPECT_NEAR(got.sums.windowed(0, k).im, p_sum.imag(), error_bound<T>(p)) << what;
    EXPECT_NEAR(got.sums.windowed(1, k).re, q_sum.real(), error_bound<T>(q)) << what;
    EXPECT_NEAR(got.sums.windowed(1, k).im, q_sum.imag(), error_bound<T>(q)) << what;
    const double white = white_power(length, k);
    const double scale = (std::abs(p_sum) + std::abs(q_sum) + 1) * (error_bound<T>(p) + error_bound<T>(q)) / white;
    const Complex cross = p_sum * std::conj(q_sum) / white;
    EXPECT_NEAR(got.sums.power(0, k), std::norm(p_sum) / white, 2 * scale) << what;
    EXPECT_NEAR(got.sums.power(1, k), std::norm(q_sum) / white, 2 * scale) << what;
    EXPECT_NEAR(got.sums.cross(k).re, cross.real(), 2 * scale) << what;
    EXPECT_NEAR(got.sums.cross(k).im, cross.imag(), 2 * scale) << what;
  }
}

TEST(FourierSums, AreTheTransformOfWindowedSamples) {
  for (const std::size_t length : {3U, 4U, 5U, 64U, 65U, 300U}) {
    const int bins = static_cast<int>((length - 1) / 2);
    expect_naive_sums<double>(length, bins);
    expect_naive_sums<float>(length, bins);
  }
}

TEST(FourierSums, ErrorsDoNotGrowWithTheSegment) {
  // A tone in bin 39, in which an error of the phase adds up; terms of size 1, so its bound is that of the sum.
  constexpr std::size_t length = 200000;
  std::vector<double> x;
  for (std::size_t j = 0; j < length; ++j) {
    const long double angle = two_pi * static_cast<long double>(39 * j % length) / static_cast<long double>(length);
    x.push_back(static_cast<double>(std::cos(angle + 1)));
  }
  const auto got = summed<double>(x, {}, 40);
  for (const int k : {1, 2, 39, 40}) {
    const Complex expected = naive_windowed(x, k);
    EXPECT_NEAR(got.sums.windowed(0, k).re, expected.real(), error_bound<double>(x)) << "bin " << k;
    EXPECT_NEAR(got.sums.windowed(0, k).im, expected.imag(), error_bound<double>(x)) << "bin " << k;
  }
}

TEST(FourierSums, PowerOfATone) {
  // A cos at bin 7: the windowed sum is A L / 4, and half of it in the bins beside.
  const int length = 500;
  const double amplitude = 3;
  std::vector<double> x;
  for (int j = 0; j < length; ++j) x.push_back(amplitude * std::cos(2 * 3.14159265358979323846 * 7 * j / length + 0.4));
  const auto got = summed<double>(x, {}, 20);
  const double peak = amplitude * amplitude * length / 6;
  for (int k = 1; k <= 20; ++k) {
    const double expected = k == 7 ? peak : (k == 6 || k == 8) ? peak / 4 : 0;
    EXPECT_NEAR(got.sums.power(0, k), expected, 1e-11 * peak) << "bin " << k;
  }
}

TEST(FourierSums, WhiteNoiseHasPowerOneInEveryBin) {
  Random random(5);
  constexpr int segments = 4000;
  constexpr int bins = 7;
  std::vector<double> power(bins);
  for (int s = 0; s < segments; ++s) {
    std::vector<double> x = random.gaussians(16);
    for (double& value : x) value += 5;
    const auto got = summed<double>(x, {}, bins);
    for (int k = 1; k <= bins; ++k) power[static_cast<std::size_t>(k - 1)] += got.sums.power(0, k) / segments;
  }
  // the mean of `segments` independent terms of mean 1 and variance at most 2 (a chi-square of one degree of freedom)
  for (const double value : power) EXPECT_NEAR(value, 1, 5 * std::sqrt(2.0 / segments));
}

TEST(FourierSums, EveryWidthGivesTheSameBits) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  Random random(6);
  constexpr int bins = 9;
  constexpr std::int64_t length = 150;
  const auto p = signal(random, 2 * length, 1);
  const auto q = signal(random, 2 * length, 0);
  // two segments, so that the second begin meets the reads of the first
  const auto once = [&](const auto& team, std::vector<double>& work, std::vector<double>& out) {
    const core::FourierSums<double> sums{work.data(), bins, length, 2};
    for (int s = 0; s < 2; ++s) {
      sums.begin(team);
      for (std::int64_t j = 0; j < length; ++j) {
        const auto at = static_cast<std::size_t>(s * length + j);
        sums.add(team, j, p[at], q[at]);
      }
      team.sync();
      core::for_each_own(team, bins, [&](int i) {
        const auto place = static_cast<std::size_t>(4 * (s * bins + i));
        out[place] = sums.power(0, i + 1);
        out[place + 1] = sums.power(1, i + 1);
        out[place + 2] = sums.cross(i + 1).re;
        out[place + 3] = sums.cross(i + 1).im;
      });
      team.sync();
    }
  };
  std::vector<double> work(core::fourier_sums_size(bins, 2));
  std::vector<double> expected(8 * bins);
  once(core::Solo{}, work, expected);
  for (const int width : crew_widths) {
    std::vector<double> crew_work(work.size());
    std::vector<double> got(expected.size());
    Crew(width).run([&](const auto& lane) { once(lane, crew_work, got); });
    EXPECT_TRUE(same_bits(got, expected)) << "width " << width;
  }
}

}  // namespace
}  // namespace organics::test
