// Logarithms, powers of two and powers, against <cmath>, and in packs against themselves.
#include "organics/core/power.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "organics/core/bundle.hpp"
#include "support/bits.hpp"
#include "support/crew.hpp"
#include "support/packs.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

template <class N>
class PowerOf : public testing::Test {
 public:
  /// What is promised.
  static constexpr N eps = N(1e-6);

  /// Numbers of all sizes, and many near 1, where a logarithm is small.
  static std::vector<N> numbers() {
    std::vector<N> all = {N(1), std::nextafter(N(1), N(0)), std::nextafter(N(1), N(2)), N(0.5), N(2), N(1e-4), N(1e30)};
    all.push_back(std::numeric_limits<N>::min());
    all.push_back(std::numeric_limits<N>::max());
    all.push_back(std::sqrt(N(0.5)));
    Random random(17);
    for (int i = 0; i < 20000; ++i) all.push_back(static_cast<N>(random.log_uniform(1e-30, 1e30)));
    for (int i = 0; i < 20000; ++i) all.push_back(static_cast<N>(random.uniform(0.6, 1.6)));
    return all;
  }
};
using Numbers = testing::Types<double, float>;
TYPED_TEST_SUITE(PowerOf, Numbers);

TYPED_TEST(PowerOf, LogarithmsAreThoseOfTheLibrary) {
  for (const TypeParam x : this->numbers()) {
    const TypeParam exact = std::log2(x);
    EXPECT_NEAR(core::log_2(x), exact, this->eps * std::max(TypeParam(1), std::abs(exact))) << x;
  }
}

TYPED_TEST(PowerOf, PowersOfTwoAreThoseOfTheLibrary) {
  Random random(18);
  const double most = sizeof(TypeParam) == 8 ? 1000 : 120;
  for (int i = 0; i < 20000; ++i) {
    const auto x = static_cast<TypeParam>(random.uniform(-most, most));
    const TypeParam exact = std::exp2(x);
    EXPECT_NEAR(core::exp_2(x), exact, this->eps * exact) << x;
  }
  for (const double whole : {-100.0, -1.0, 0.0, 1.0, 17.0, 100.0}) {
    EXPECT_EQ(core::exp_2(static_cast<TypeParam>(whole)), std::exp2(static_cast<TypeParam>(whole)));
  }
}

TYPED_TEST(PowerOf, PowersAreThoseOfTheLibrary) {
  Random random(19);
  for (const TypeParam x : this->numbers()) {
    const auto exponent = static_cast<TypeParam>(random.uniform(-0.5, 0.5));
    const TypeParam exact = std::pow(x, exponent);
    const TypeParam size = std::abs(exponent * std::log2(x));
    EXPECT_NEAR(core::power(x, exponent), exact, this->eps * (1 + size) * exact) << x << " to " << exponent;
  }
}

template <class P>
void expect_powers_in_lanes() {
  using N = core::NumberOf<P>;
  Random random(20);
  for (int i = 0; i < 2000; ++i) {
    P x;
    P exponent;
    for (int lane = 0; lane < core::lanes_of<P>; ++lane) {
      x.set(lane, static_cast<N>(random.log_uniform(1e-20, 1e20)));
      exponent.set(lane, static_cast<N>(random.uniform(-1, 1)));
    }
    const P together = core::power(x, exponent);
    for (int lane = 0; lane < core::lanes_of<P>; ++lane) {
      const N own = core::power<N>(x[lane], exponent[lane]);
      const N found = together[lane];
      EXPECT_TRUE(same_bits(&found, &own, 1)) << x[lane] << " to " << exponent[lane];
    }
  }
}

TEST(Power, LanesHoldWhatNumbersGive) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  expect_powers_in_lanes<Doubles>();
  expect_powers_in_lanes<Floats>();
  expect_powers_in_lanes<core::Bundle<Doubles, 3>>();
  expect_powers_in_lanes<core::Bundle<MaskedDoubles, 3>>();
}

}  // namespace
}  // namespace organics::test
