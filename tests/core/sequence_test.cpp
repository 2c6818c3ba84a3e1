// Sobol sequence, Latin hypercubes and the normal quantile behind them: the properties that make them what they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <set>
#include <vector>

#include "organics/core/normal_quantile.hpp"
#include "organics/core/sequence.hpp"
#include "support/drawing.hpp"

namespace organics::test {
namespace {

using core::sequence_dimensions;

std::uint64_t shifted(std::uint64_t seed, std::uint64_t index, int dimension) {
  const core::Fraction at = core::sobol_fraction(seed, index, dimension);
  return std::uint64_t{at.high} << 32 | at.low;
}

/// The first points by hand: van der Corput in dimension 0, (0, 1/2, 1/4, 3/4) and (0, 1/2, 3/4, 1/4) and on.
TEST(Sequence, FirstSobolPoints) {
  const double expected[][8] = {{0, .5, .25, .75, .125, .625, .375, .875},
                                {0, .5, .75, .25, .625, .125, .375, .875},
                                {0, .5, .75, .25, .375, .875, .625, .125}};
  for (int d = 0; d < 3; ++d) {
    for (std::uint64_t i = 0; i < 8; ++i) {
      EXPECT_EQ(std::ldexp(static_cast<double>(core::sobol_bits(i, d)), -64), expected[d][i]) << d << " " << i;
    }
  }
}

/// The leading 11 bits of some points of scipy.stats.qmc.Sobol (SciPy 1.17, not scrambled, of the same authors' numbers).
TEST(Sequence, SobolPointsOfAnotherProgram) {
  struct Point {
    std::uint64_t index;
    std::uint64_t leading[sequence_dimensions];
  };
  constexpr Point points[] = {{45, {1440, 224, 352, 1056, 1632, 1952, 800}},
                              {618, {690, 1206, 246, 794, 974, 914, 1230}},
                              {1000, {190, 330, 922, 1862, 2034, 334, 34}}};
  for (const Point& point : points) {
    for (int d = 0; d < sequence_dimensions; ++d) {
      EXPECT_EQ(core::sobol_bits(point.index, d) >> 53, point.leading[d]) << point.index << " " << d;
    }
  }
}

/// Each aligned block of 2^k points has one in each of 2^k intervals, in every dimension, late in the sequence as well.
TEST(Sequence, EveryDimensionOfSobolIsEven) {
  for (const std::uint64_t start : {std::uint64_t{0}, std::uint64_t{1} << 20, std::uint64_t{3} << 40}) {
    for (int d = 0; d < sequence_dimensions; ++d) {
      std::set<std::uint64_t> intervals;
      for (std::uint64_t i = 0; i < 1024; ++i) intervals.insert(shifted(5, start + i, d) >> 54);
      EXPECT_EQ(intervals.size(), 1024U) << d;
    }
  }
}

/// Sobol's property A: of 2^7 points one lies in each half of each half ... of the cube.
TEST(Sequence, SobolFillsEveryOrthant) {
  for (std::uint64_t block = 0; block < 32; ++block) {
    std::set<unsigned> orthants;
    for (std::uint64_t i = 0; i < 128; ++i) {
      unsigned orthant = 0;
      for (int d = 0; d < sequence_dimensions; ++d) {
        orthant |= static_cast<unsigned>(shifted(9, 128 * block + i, d) >> 63) << d;
      }
      orthants.insert(orthant);
    }
    EXPECT_EQ(orthants.size(), 128U) << block;
  }
}

TEST(Sequence, SobolIsShiftedBySeedAndDimension) {
  EXPECT_NE(shifted(1, 3, 2), shifted(2, 3, 2));
  EXPECT_NE(shifted(1, 0, 0), shifted(1, 0, 1));
  EXPECT_EQ(shifted(1, 3, 2) ^ shifted(1, 0, 2), core::sobol_bits(3, 2)) << "one shift for all points";
}

TEST(Sequence, EachHypercubeHasOneInEachStratum) {
  for (const std::uint32_t strata : {2U, 3U, 7U, 10U, 64U, 100U, 1000U}) {
    for (int d = 0; d < sequence_dimensions; ++d) {
      for (std::uint64_t cube = 0; cube < 3; ++cube) {
        std::set<int> found;
        for (std::uint32_t k = 0; k < strata; ++k) {
          const auto u = core::sequence_uniform<double>(Sampling::latin_hypercube, strata, 4, cube * strata + k, d);
          EXPECT_TRUE(u > 0 && u < 1);
          found.insert(static_cast<int>(u * strata));
        }
        EXPECT_EQ(found.size(), strata) << "strata " << strata << " dimension " << d;
      }
    }
  }
}

TEST(Sequence, StrataAreInAnotherOrderInEveryHypercubeAndDimension) {
  const auto order = [](std::uint64_t seed, std::uint64_t cube, int d) {
    std::vector<std::uint32_t> all;
    for (std::uint32_t k = 0; k < 50; ++k) all.push_back(core::detail::permuted(k, 50, seed, cube, d));
    return all;
  };
  EXPECT_NE(order(1, 0, 0), order(1, 0, 1));
  EXPECT_NE(order(1, 0, 0), order(1, 1, 0));
  EXPECT_NE(order(1, 0, 0), order(2, 0, 0));
  // where 0 goes is uniform: chi-squared with 49 degrees of freedom, below its mean plus five deviations
  std::vector<int> counts(50);
  for (std::uint64_t cube = 0; cube < 20000; ++cube) ++counts[core::detail::permuted(0, 50, 7, cube, 3)];
  double chi = 0;
  for (const int count : counts) chi += (count - 400.0) * (count - 400.0) / 400.0;
  EXPECT_LT(chi, 49 + 5 * std::sqrt(98.0));
}

/// The digits beyond the stratum are random: within one of two strata the first half is as likely as the second.
TEST(Sequence, PlacesWithinAStratumAreUniform) {
  int lower = 0;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const auto u = core::sequence_uniform<double>(Sampling::latin_hypercube, 2, 11, i, 1);
    if (std::fmod(2 * u, 1.0) < 0.5) ++lower;
  }
  EXPECT_NEAR(lower, 10000, 5 * std::sqrt(5000.0));
  // strata that no power of two counts: their bounds are exact to the last digits
  for (std::uint32_t k = 0; k < 1000; ++k) {
    const core::Fraction at = core::hypercube_fraction(3, k, 0, 3000000000U);
    const double u = (at.high + at.low * 0x1p-32) * 0x1p-32;
    EXPECT_EQ(std::floor(u * 3e9), core::detail::permuted(k, 3000000000U, 3, 0, 0));
  }
}

TEST(Sequence, FloatHasTheSameNumbersToItsAccuracy) {
  for (const Sampling sampling : {Sampling::sobol, Sampling::latin_hypercube}) {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      const auto wide = core::sequence_uniform<double>(sampling, 77, 2, i, 4);
      const auto narrow = core::sequence_uniform<float>(sampling, 77, 2, i, 4);
      EXPECT_NEAR(narrow, wide, 0x1p-23);
      EXPECT_TRUE(narrow > 0 && narrow < 1);
    }
  }
}

TEST(Sequence, NormalQuantileInvertsTheNormalDistribution) {
  for (double p = 1e-300; p < 0.5; p = p < 1e-3 ? 10 * p : p + 0.003) {
    const double x = core::normal_quantile(p);
    // a change of x by its rounding changes log p by about x^2 eps
    EXPECT_NEAR(0.5 * std::erfc(-x / std::sqrt(2.0)) / p, 1, 1e-15 * (4 + x * x)) << p;
  }
  for (const double p : {0.6, 0.925, 0.99, 1 - 1e-9, 1 - 0x1p-53}) {
    EXPECT_NEAR(core::normal_quantile(p), -core::normal_quantile(1 - p), 1e-15);
  }
  EXPECT_NEAR(core::normal_quantile(0.975F), 1.959964F, 1e-6F);
  EXPECT_EQ(core::normal_quantile(0.5), 0);
}

/// With evenly spread numbers the sorted draws lie at the quantiles, within what a block of points leaves open.
TEST(Sequence, EveryDistributionIsDrawnByItsQuantiles) {
  constexpr std::size_t count = 1024;
  const auto phi = [](double x) { return core::normal_distribution(x); };
  struct Case {
    Distribution distribution;
    std::function<double(double)> share;  // of draws below x
  };
  const Case cases[] = {
      {{2, 5}, [](double x) { return (x - 2) / 3; }},
      {Distribution::log_uniform(1e-3, 1e-1), [](double x) { return std::log(x / 1e-3) / std::log(100.0); }},
      {Distribution::normal(-2, 3), [&](double x) { return phi((x + 2) / 3); }},
      {Distribution::normal(1, 0.5, 0.75),
       [&](double x) { return (phi((x - 1) / 0.5) - phi(-0.5)) / (1 - phi(-0.5)); }},
      {Distribution::log_normal(0.3, 0.7), [&](double x) { return phi(std::log(x / 0.3) / 0.7); }},
  };
  for (const Sampling sampling : {Sampling::sobol, Sampling::latin_hypercube}) {
    for (const Case& c : cases) {
      Ensemble e;
      e.n = 3;
      e.sampling = sampling;
      e.strata = count;
      e.drive = InputDrive::distribution;
      e.z = c.distribution.per_circuit();
      std::vector<double> values;
      for (std::uint64_t i = 0; i < count; ++i) {
        const auto drawn = draw_one(e, 6, i);
        EXPECT_EQ(drawn.circuit.z[0], drawn.circuit.z[2]);
        values.push_back(drawn.circuit.z[1]);
      }
      std::sort(values.begin(), values.end());
      for (std::size_t k = 0; k < count; ++k) {
        EXPECT_NEAR(c.share(values[k]), (static_cast<double>(k) + 0.5) / count, 0.5001 / count);
      }
    }
  }
}

/// Only what a circuit shares comes from the sequence, ties follow, and the rest is what it is without.
TEST(Sequence, TheRestOfTheCircuitIsAsRandomAsBefore) {
  Ensemble random;
  random.n = 3;
  random.b0 = random.b0.per_circuit();
  random.tau_a = Distribution::same_as(Parameter::tau_y, 2);
  random.tau_y = Distribution::log_uniform(1e-3, 1e-1).per_circuit();
  random.W_kind = NormalisationWeights::ring;
  Ensemble sobol = random;
  sobol.sampling = Sampling::sobol;
  const auto without = draw_one(random, 2, 5);
  const auto with = draw_one(sobol, 2, 5);
  const auto& before = without.circuit;
  const auto& after = with.circuit;
  for (int i = 0; i < 3; ++i) {
    EXPECT_NE(after.b0[i], before.b0[i]);
    EXPECT_NE(after.tau_y[i], before.tau_y[i]);
    EXPECT_EQ(after.tau_a[i], 2 * after.tau_y[0]);
    EXPECT_EQ(after.sigma[i], before.sigma[i]);
    EXPECT_EQ(after.z[i], before.z[i]);
  }
  EXPECT_NE(after.W[0], before.W[0]) << "one number of the circuit, whatever `per` says";
  EXPECT_EQ(after.W[0], core::sequence_uniform<double>(Sampling::sobol, 0, 2, 5, 3));
  for (int k = 0; k < 9; ++k) EXPECT_EQ(after.Wr[k], before.Wr[k]);
}

}  // namespace
}  // namespace organics::test
