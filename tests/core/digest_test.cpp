// digest.hpp: bins by leading bits, in order, with their numbers back.
#include "organics/core/digest.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace organics::test {
namespace {

using core::digest_bin;
using core::digest_value;

TEST(Digest, TheNumberOfABinIsItsOwn) {
  for (int bin = 0; bin < core::digest_bins; ++bin) {
    EXPECT_EQ(digest_bin(digest_value(bin)), bin);
    if (bin > 0) {
      EXPECT_LT(digest_value(bin - 1), digest_value(bin));
    }
  }
}

TEST(Digest, RoundsTowardsZeroToSixBits) {
  for (const double number : {1.0, 1.5, 3.14159, 1e-9, 7.25e12, 123.456, 63.0, 64.0, 65.0}) {
    const int exponent = std::ilogb(number);
    const double six = std::ldexp(std::floor(std::ldexp(number, 5 - exponent)), exponent - 5);
    EXPECT_EQ(digest_value(digest_bin(number)), six);
    EXPECT_EQ(digest_value(digest_bin(-number)), -six);
  }
  for (int k = 0; k <= 64; ++k) EXPECT_EQ(digest_value(digest_bin(k)), k);
}

TEST(Digest, KeepsTheOrderOfNumbers) {
  std::vector<double> numbers;
  for (int exponent = -45; exponent < 65; ++exponent) {
    for (double fraction = 1; fraction < 2; fraction += 0.01) numbers.push_back(std::ldexp(fraction, exponent));
  }
  int before = digest_bin(0);
  int negative = before;
  for (const double number : numbers) {
    EXPECT_GE(digest_bin(number), before);
    EXPECT_LE(digest_bin(-number), negative);
    before = digest_bin(number);
    negative = digest_bin(-number);
  }
  EXPECT_EQ(before, core::digest_bins - 1);
  EXPECT_EQ(negative, 0);
}

TEST(Digest, WhatIsOutsideGoesToTheEndsAndTheMiddle) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const int zero = digest_bin(0.0);
  EXPECT_EQ(digest_value(zero), 0);
  for (const double tiny : {-0.0, 1e-13, -1e-13, 5e-324, std::nan("")}) EXPECT_EQ(digest_bin(tiny), zero) << tiny;
  EXPECT_EQ(digest_bin(0x1p-40), zero + 1);
  EXPECT_EQ(digest_bin(-0x1p-40), zero - 1);
  for (const double huge : {0x1.fffp59, 0x1p60, 1e300, infinity}) {
    EXPECT_EQ(digest_bin(huge), core::digest_bins - 1) << huge;
    EXPECT_EQ(digest_bin(-huge), 0) << huge;
  }
}

TEST(Digest, NormsDoNotOverflow) {
  const double x[] = {3e200, 0, -4e200};
  EXPECT_DOUBLE_EQ(core::state_norm(x, 3), 5e200);
  const float y[] = {3e-30F, 4e-30F};
  EXPECT_FLOAT_EQ(core::state_norm(y, 2), 5e-30F);
  const double zeros[] = {0, 0};
  EXPECT_EQ(core::state_norm(zeros, 2), 0);
}

}  // namespace
}  // namespace organics::test
