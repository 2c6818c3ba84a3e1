// Distributions of the parameters of a random circuit: moments, bounds, sharing and ties.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <type_traits>
#include <vector>

#include "support/drawing.hpp"

namespace organics::test {
namespace {

using core::Stream;

static_assert(std::is_trivially_copyable_v<EnsembleOf<float>> && std::is_standard_layout_v<EnsembleOf<float>>,
              "an ensemble is an argument of kernels");

constexpr int sample = 100000;

template <class T = double>
std::vector<double> values_of(const Distribution& distribution) {
  const auto d = core::convert<T>(distribution);
  std::vector<double> values(sample);
  for (int k = 0; k < sample; ++k) {
    values[static_cast<std::size_t>(k)] =
        core::draw_value(d, 3, static_cast<std::uint64_t>(k / 100), Stream::sigma, k % 100);
  }
  return values;
}

/// Mean and variance of `f` of the values, to five standard errors given the fourth central moment.
template <class F>
void expect_moments(const std::vector<double>& values, F&& f, double mean, double variance, double fourth) {
  double sum = 0;
  double square = 0;
  for (const double value : values) {
    const double d = f(value) - mean;
    sum += d;
    square += d * d;
  }
  const double root = std::sqrt(static_cast<double>(values.size()));
  EXPECT_NEAR(sum / sample, 0, 5 * std::sqrt(variance) / root);
  EXPECT_NEAR(square / sample, variance, 5 * std::sqrt(fourth - variance * variance) / root);
}

const auto logarithm = [](double x) { return std::log(x); };
const auto itself = [](double x) { return x; };

TEST(Distribution, LogUniformHasAUniformLogarithmWithinItsBounds) {
  const double width = std::log(1e-1 / 1e-3);
  const auto check = [&](const std::vector<double>& values, double slack) {
    expect_moments(values, logarithm, std::log(1e-2), width * width / 12, std::pow(width, 4) / 80);
    for (const double value : values) EXPECT_TRUE(value >= 1e-3 * (1 - slack) && value <= 1e-1 * (1 + slack));
  };
  check(values_of(Distribution::log_uniform(1e-3, 1e-1)), 0);
  check(values_of<float>(Distribution::log_uniform(1e-3, 1e-1)), 1e-7);
  EXPECT_EQ(values_of(Distribution::log_uniform(0.3, 0.3))[7], 0.3) << "equal bounds are a constant to the bit";
}

TEST(Distribution, NormalAndLogNormal) {
  expect_moments(values_of(Distribution::normal(-2, 3)), itself, -2, 9, 3 * 81);
  expect_moments(values_of(Distribution::log_normal(0.01, 0.5)), logarithm, std::log(0.01), 0.25, 3 * 0.0625);
  expect_moments(values_of<float>(Distribution::log_normal(0.01, 0.5)), logarithm, std::log(0.01), 0.25, 3 * 0.0625);
  EXPECT_EQ(values_of(Distribution::normal(0.7, 0))[5], 0.7);
}

/// The moments of a normal distribution cut at a: with h = phi(a) / (1 - Phi(a)), mean h and variance 1 + a h - h^2.
TEST(Distribution, NormalAboveAMinimumIsTheConditionalDistribution) {
  for (const double a : {0.0, -1.0, -3.0}) {
    const auto values = values_of(Distribution::normal(2, 0.5, 2 + 0.5 * a));
    const double phi = std::exp(-a * a / 2) / std::sqrt(2 * std::numbers::pi);
    const double h = phi / (0.5 * std::erfc(a / std::numbers::sqrt2));
    expect_moments(values, itself, 2 + 0.5 * h, 0.25 * (1 + a * h - h * h), 3 * 0.0625);
    for (const double value : values) EXPECT_GE(value, 2 + 0.5 * a);
  }
}

TEST(Distribution, AMinimumLeavesTheDrawsAboveItAlone) {
  const auto free = values_of(Distribution::normal(1, 1));
  const auto cut = values_of(Distribution::normal(1, 1, 0.5));
  for (std::size_t k = 0; k < 1000; ++k) {
    if (free[k] >= 0.5) {
      EXPECT_EQ(cut[k], free[k]);
    }
  }
}

Ensemble spread_out() {
  Ensemble e;
  e.n = 5;
  e.tau_y = Distribution::log_uniform(1e-3, 1e-1);
  e.tau_a = Distribution::same_as(Parameter::tau_y, 2);
  e.b0 = Distribution::log_normal(0.3, 0.2).per_circuit();
  e.b1 = Distribution::same_as(Parameter::b0);
  e.sigma = Distribution::normal(0.5, 0.1, 0);
  e.drive = InputDrive::distribution;
  e.z = {-1, 1};
  return e;
}

TEST(Distribution, EveryParameterComesFromItsOwnStreamAndTiesFollow) {
  const Ensemble e = spread_out();
  for (std::uint64_t index = 0; index < 50; ++index) {
    const auto drawn = draw_one(e, 8, index);
    const auto& c = drawn.circuit;
    for (int i = 0; i < e.n; ++i) {
      EXPECT_EQ(c.tau_y[i], core::draw_value(e.tau_y, 8, index, static_cast<Stream>(6), i));
      EXPECT_EQ(c.tau_a[i], 2 * c.tau_y[i]);
      EXPECT_EQ(c.b0[i], core::draw_value(e.b0, 8, index, Stream::b0, 0)) << "one draw for all";
      EXPECT_EQ(c.b1[i], c.b0[i]);
      EXPECT_EQ(c.sigma[i], core::draw_value(e.sigma, 8, index, Stream::sigma, i));
      EXPECT_EQ(c.z[i], core::draw_uniform<double>({-1, 1}, 8, index, Stream::z, i)) << "not scaled";
    }
    EXPECT_NE(c.tau_y[0], c.tau_y[1]);
  }
  Ensemble free = e;
  free.tau_a = e.tau_y;
  EXPECT_EQ(draw_one(free, 8, 3).circuit.tau_a[2], core::draw_value(e.tau_y, 8, 3, static_cast<Stream>(7), 2));
}

TEST(Distribution, FloatDrawsTheSameCircuitToItsAccuracy) {
  const auto wide = draw_one(spread_out(), 1, 2);
  const auto narrow = draw_one<float>(spread_out(), 1, 2);
  for (std::size_t k = 0; k < wide.storage.size(); ++k) {
    EXPECT_NEAR(narrow.storage[k], wide.storage[k], 4e-6 * std::max(1.0, std::abs(wide.storage[k]))) << k;
  }
}

TEST(Distribution, KindsOfW) {
  Ensemble e;
  e.n = 6;
  e.W = {1, 2};
  e.W_width = 1.5;
  e.W_density = 0.3;
  const Eigen::MatrixXd full = drawn_W(e, 4, 9);
  e.W_kind = NormalisationWeights::diagonal;
  EXPECT_EQ(drawn_W(e, 4, 9), Eigen::MatrixXd(full.diagonal().asDiagonal()));
  e.W_kind = NormalisationWeights::identity;
  EXPECT_EQ(drawn_W(e, 4, 9), full(0, 0) * Eigen::MatrixXd::Identity(6, 6));
  e.W_kind = NormalisationWeights::ring;
  const Eigen::MatrixXd ring = drawn_W(e, 4, 9);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      const int d = std::min({std::abs(i - j), std::abs(i - j + 6), std::abs(i - j - 6)});
      EXPECT_NEAR(ring(i, j), full(0, 0) * std::exp(-d * d / (2 * 1.5 * 1.5)), 1e-15);
    }
  }
  e.W_kind = NormalisationWeights::sparse;
  double kept = 0;
  for (std::uint64_t index = 0; index < 1000; ++index) {
    const Eigen::MatrixXd sparse = drawn_W(e, 4, index);
    kept += static_cast<double>((sparse.array() != 0).count());
    if (index == 9) {
      EXPECT_TRUE((sparse.array() == 0 || sparse.array() == full.array()).all());
    }
  }
  EXPECT_NEAR(kept / 36000, 0.3, 5 * std::sqrt(0.3 * 0.7 / 36000));
}

}  // namespace
}  // namespace organics::test
