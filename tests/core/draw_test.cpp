// Random circuits: the generator's known answers, the distributions, and the scaling of what is drawn.
#include "organics/core/draw.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/bits.hpp"
#include "support/drawing.hpp"

namespace organics::test {
namespace {

using core::Stream;

/// Known answers of Philox4x32-10 from the Random123 distribution (kat_vectors).
TEST(Draw, WordsAreThoseOfPhilox) {
  const auto zeros = core::random_words(0, 0, static_cast<Stream>(0), 0);
  const std::uint32_t from_zeros[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  const auto ones = core::random_words(~0ULL, ~0ULL, static_cast<Stream>(~0U), ~0U);
  const std::uint32_t from_ones[] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  // Counter and key are the digits of pi; words of lower significance come first.
  const auto pi =
      core::random_words(0x299f31d0a4093822, 0x85a308d3243f6a88, static_cast<Stream>(0x13198a2e), 0x03707344);
  const std::uint32_t from_pi[] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(zeros[i], from_zeros[i]);
    EXPECT_EQ(ones[i], from_ones[i]);
    EXPECT_EQ(pi[i], from_pi[i]);
  }
}

TEST(Draw, UniformNumbersAreHardCodedOnes) {
  // Seed 0, index 0, b0, entry 0 has the first of the words above: 52 bits, then a half.
  const double expected = (static_cast<double>(0x6627e8d5e169cULL) + 0.5) * 0x1p-52;
  EXPECT_EQ(core::draw_uniform<double>({0, 1}, 0, 0, Stream::b0, 0), expected);
  EXPECT_EQ(core::draw_uniform<float>({0, 1}, 0, 0, Stream::b0, 0),
            (static_cast<float>(0x6627e8d5 >> 9) + 0.5F) * 0x1p-23F);
  EXPECT_EQ(core::draw_uniform<double>({2, 6}, 0, 0, Stream::b0, 0), std::fma(4.0, expected, 2.0));
  EXPECT_EQ(core::draw_uniform<double>({3, 3}, 7, 9, Stream::W, 5), 3) << "equal bounds give that constant";
}

TEST(Draw, UniformNumbersAreWhatTheRawGeneratorSays) {
  for (std::uint64_t seed : {1ULL, 0x123456789abcdefULL}) {
    for (std::uint64_t index : {0ULL, 1ULL, 5000000000ULL}) {
      for (std::uint32_t k = 0; k < 5; ++k) {
        const r123::Philox4x32::ctr_type counter = {
            {static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), 3U, k}};
        const r123::Philox4x32::key_type key = {
            {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
        const auto words = r123::Philox4x32{}(counter, key);
        const double expected =
            static_cast<double>(words[0]) * 0x1p-32 + (static_cast<double>(words[1] >> 12) + 0.5) * 0x1p-52;
        EXPECT_EQ(core::draw_uniform<double>({0, 1}, seed, index, Stream::W, static_cast<int>(k)), expected);
      }
    }
  }
}

TEST(Draw, UniformNumbersNeverReachTheirBounds) {
  EXPECT_GT(core::unit_uniform<double>(0, 0), 0);
  EXPECT_LT(core::unit_uniform<double>(~0U, ~0U), 1);
  EXPECT_GT(core::unit_uniform<float>(0, 0), 0.0F);
  EXPECT_LT(core::unit_uniform<float>(~0U, ~0U), 1.0F);
}

constexpr int sample = 200000;

TEST(Draw, UniformMeanAndVariance) {
  double sum = 0;
  double square = 0;
  for (int k = 0; k < sample; ++k) {
    const double d = core::draw_uniform<double>({0, 1}, 3, static_cast<std::uint64_t>(k), Stream::sigma, 2) - 0.5;
    sum += d;
    square += d * d;
  }
  const double root = std::sqrt(static_cast<double>(sample));
  EXPECT_NEAR(sum / sample, 0, 5 * std::sqrt(1.0 / 12) / root);
  EXPECT_NEAR(square / sample, 1.0 / 12, 5 * std::sqrt(1.0 / 80 - 1.0 / 144) / root);
}

template <class T>
void expect_gaussian_moments() {
  double moments[5] = {};
  for (int k = 0; k < sample; ++k) {
    const double g = core::draw_gaussian<T>(4, static_cast<std::uint64_t>(k / 100), Stream::Wr, k % 100);
    double power = 1;
    for (int i = 1; i <= 4; ++i) moments[i] += (power *= g);
  }
  const double root = std::sqrt(static_cast<double>(sample));  // variances: 1, 2, 15, 96
  EXPECT_NEAR(moments[1] / sample, 0, 5 / root);
  EXPECT_NEAR(moments[2] / sample, 1, 5 * std::sqrt(2.0) / root);
  EXPECT_NEAR(moments[3] / sample, 0, 5 * std::sqrt(15.0) / root);
  EXPECT_NEAR(moments[4] / sample, 3, 5 * std::sqrt(96.0) / root);
}

TEST(Draw, GaussianMoments) {
  expect_gaussian_moments<double>();
  expect_gaussian_moments<float>();
}

TEST(Draw, LargestSingularValueOfWrAndNormOfZAreAsAsked) {
  for (const int n : {1, 2, 5, 10, 33}) {
    for (const double norm : {1.0, 2.5}) {
      Ensemble ensemble;
      ensemble.n = n;
      ensemble.Wr_norm = norm;
      ensemble.z_norm = 3 * norm;
      for (std::uint64_t index = 0; index < 5; ++index) {
        const auto drawn = draw_one(ensemble, 1, index);
        const Eigen::Map<const Eigen::MatrixXd> Wr(drawn.circuit.Wr, n, n);
        const Eigen::Map<const Eigen::VectorXd> z(drawn.circuit.z, n);
        EXPECT_NEAR(Eigen::JacobiSVD<Eigen::MatrixXd>(Wr).singularValues()(0), norm, 1e-13 * norm) << "n " << n;
        EXPECT_NEAR(z.norm(), 3 * norm, 1e-14 * norm * n);
      }
    }
  }
}

TEST(Draw, EveryParameterComesFromItsOwnStream) {
  Ensemble ensemble;
  ensemble.n = 3;
  ensemble.tau_y = 0.004;
  ensemble.tau_a = 0.007;
  ensemble.W = {1, 2};
  const auto drawn = draw_one(ensemble, 8, 21);
  const auto& p = drawn.circuit;
  Eigen::VectorXd z(3);
  Eigen::MatrixXd Wr(3, 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(p.tau_y[i], 0.004);
    EXPECT_EQ(p.tau_a[i], 0.007);
    EXPECT_EQ(p.b0[i], core::draw_uniform<double>({0, 1}, 8, 21, Stream::b0, i));
    EXPECT_EQ(p.b1[i], core::draw_uniform<double>({0, 1}, 8, 21, Stream::b1, i));
    EXPECT_EQ(p.sigma[i], core::draw_uniform<double>({0, 1}, 8, 21, Stream::sigma, i));
    z(i) = core::draw_gaussian<double>(8, 21, Stream::z, i);
  }
  for (int k = 0; k < 9; ++k) {
    EXPECT_EQ(p.W[k], core::draw_uniform<double>({1, 2}, 8, 21, Stream::W, k)) << "column-major";
    Wr.data()[k] = core::draw_gaussian<double>(8, 21, Stream::Wr, k);
  }
  z /= z.norm();
  Wr /= Eigen::JacobiSVD<Eigen::MatrixXd>(Wr).singularValues()(0);
  for (int i = 0; i < 3; ++i) EXPECT_NEAR(p.z[i], z(i), 1e-15);
  for (int k = 0; k < 9; ++k) EXPECT_NEAR(p.Wr[k], Wr.data()[k], 1e-14);
}

TEST(Draw, StorageHoldsSixVectorsAndTwoMatricesInOrder) {
  Ensemble ensemble;
  ensemble.n = 4;
  const auto drawn = draw_one(ensemble, 1, 0);
  const auto& p = drawn.circuit;
  const double* base = drawn.storage.data();
  const double* order[] = {p.tau_y, p.tau_a, p.b0, p.b1, p.sigma, p.z, p.Wr, p.W};
  const std::ptrdiff_t offsets[] = {0, 4, 8, 12, 16, 20, 24, 40};
  for (std::size_t k = 0; k < 8; ++k) EXPECT_EQ(order[k] - base, offsets[k]);
  EXPECT_EQ(drawn.storage.size(), 56U);
  for (const double value : drawn.storage) EXPECT_NE(value, -99) << "every number is written";
}

TEST(Draw, SameSeedAndIndexGiveTheSameCircuitOthersAnother) {
  Ensemble ensemble;
  ensemble.n = 5;
  const auto first = draw_one(ensemble, 1, 7);
  EXPECT_TRUE(same_bits(first.storage, draw_one(ensemble, 1, 7).storage));
  for (const auto& other :
       {draw_one(ensemble, 1, 8), draw_one(ensemble, 2, 7), draw_one(ensemble, 1, 7 + (1ULL << 32))}) {
    for (std::size_t k = 10; k < other.storage.size(); ++k) EXPECT_NE(first.storage[k], other.storage[k]);
  }
}

TEST(Draw, IdentityRecurrence) {
  Ensemble ensemble;
  ensemble.n = 3;
  ensemble.recurrent = RecurrentWeights::identity;
  ensemble.Wr_norm = 0.75;
  const auto drawn = draw_one(ensemble, 1, 2);
  for (int k = 0; k < 9; ++k) EXPECT_EQ(drawn.circuit.Wr[k], k % 4 == 0 ? 0.75 : 0);
}

TEST(Draw, FloatCircuitIsDrawnInFloatToItsAccuracy) {
  Ensemble ensemble;
  ensemble.n = 6;
  const auto wide = draw_one(ensemble, 1, 2);
  const auto narrow = draw_one<float>(ensemble, 1, 2);
  for (std::size_t k = 0; k < wide.storage.size(); ++k) EXPECT_NEAR(narrow.storage[k], wide.storage[k], 2e-6);
}

}  // namespace
}  // namespace organics::test
