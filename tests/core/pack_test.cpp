// The vocabulary of packs, lane by lane against the scalar one and against <cmath>.
#include "organics/core/pack.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/bits.hpp"
#include "support/packs.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

template <class P>
class PackOf : public testing::Test {
 public:
  using N = decltype(P()[0]);

  /// Ordinary numbers, and all that is not ordinary, of both signs.
  static std::vector<N> numbers() {
    using Limits = std::numeric_limits<N>;
    std::vector<N> all = {0,
                          N(1),
                          N(0.5),
                          N(2),
                          N(1023.75),
                          Limits::min(),
                          Limits::min() / 3,
                          Limits::denorm_min(),
                          Limits::max(),
                          Limits::infinity(),
                          Limits::quiet_NaN()};
    Random random(1);
    for (int i = 0; i < 40; ++i) all.push_back(static_cast<N>(random.log_uniform(1e-30, 1e30)));
    const std::size_t count = all.size();
    for (std::size_t i = 0; i < count; ++i) all.push_back(-all[i]);
    return all;
  }

  /// f(pack, pack) and f(number, number) agree in every lane, whatever the other lanes hold.
  template <class F>
  static void expect_same_in_lanes(const char* name, F&& f) {
    const std::vector<N> values = numbers();
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (std::size_t j = 0; j < values.size(); ++j) {
        P a;
        P b;
        for (int lane = 0; lane < P::lanes; ++lane) {
          a.set(lane, values[(i + 7 * static_cast<std::size_t>(lane)) % values.size()]);
          b.set(lane, values[(j + 5 * static_cast<std::size_t>(lane)) % values.size()]);
        }
        const auto packed = f(a, b);
        for (int lane = 0; lane < P::lanes; ++lane) {
          const auto own = f(a[lane], b[lane]);
          const auto from_pack = packed[lane];
          if (own != own) {
            EXPECT_NE(from_pack, from_pack) << name << " of " << a[lane] << ", " << b[lane];
          } else {
            EXPECT_TRUE(same_bits(&own, &from_pack, 1)) << name << " of " << a[lane] << ", " << b[lane];
          }
        }
      }
    }
  }
};
using Packs = testing::Types<Doubles, Floats, MaskedDoubles, MaskedFloats>;
TYPED_TEST_SUITE(PackOf, Packs);

TYPED_TEST(PackOf, ArithmeticGoesLaneByLane) {
  this->expect_same_in_lanes("sum", [](auto a, auto b) { return a + b; });
  this->expect_same_in_lanes("difference", [](auto a, auto b) { return a - b; });
  this->expect_same_in_lanes("product", [](auto a, auto b) { return a * b; });
  this->expect_same_in_lanes("quotient", [](auto a, auto b) { return a / b; });
  this->expect_same_in_lanes("negative", [](auto a, auto) { return -a; });
}

TYPED_TEST(PackOf, ComparisonsGoLaneByLane) {
  this->expect_same_in_lanes("<", [](auto a, auto b) { return a < b; });
  this->expect_same_in_lanes(">", [](auto a, auto b) { return a > b; });
  this->expect_same_in_lanes("<=", [](auto a, auto b) { return a <= b; });
  this->expect_same_in_lanes(">=", [](auto a, auto b) { return a >= b; });
  this->expect_same_in_lanes("==", [](auto a, auto b) { return a == b; });
  this->expect_same_in_lanes("!=", [](auto a, auto b) { return a != b; });
  this->expect_same_in_lanes("and, or, not", [](auto a, auto b) { return (a < b && b == b) || !(a == a); });
}

TYPED_TEST(PackOf, VocabularyGoesLaneByLane) {
  using namespace core;
  this->expect_same_in_lanes("select", [](auto a, auto b) { return select(a < b, a, b); });
  this->expect_same_in_lanes("max", [](auto a, auto b) { return max(a, b); });
  this->expect_same_in_lanes("min", [](auto a, auto b) { return min(a, b); });
  this->expect_same_in_lanes("max_or_nan", [](auto a, auto b) { return max_or_nan(a, b); });
  this->expect_same_in_lanes("max_magnitude", [](auto a, auto b) { return max_magnitude(absolute(a), b); });
  this->expect_same_in_lanes("positive_part", [](auto a, auto) { return positive_part(a); });
  this->expect_same_in_lanes("absolute", [](auto a, auto) { return absolute(a); });
  this->expect_same_in_lanes("is_finite", [](auto a, auto) { return is_finite(a); });
  this->expect_same_in_lanes("with_sign", [](auto a, auto b) { return with_sign(a, b); });
  this->expect_same_in_lanes("square_root", [](auto a, auto) { return square_root(a); });
}

TYPED_TEST(PackOf, ExponentsAndPowersOfTwoAreThoseOfTheLibrary) {
  using Number = typename TestFixture::N;
  using Limits = std::numeric_limits<Number>;
  for (const Number x : this->numbers()) {
    if (x >= Limits::min() && std::isfinite(x)) {
      EXPECT_EQ(exponent_of(TypeParam(x))[0], exponent_of_normal(TypeParam(x))[0]) << x;
    }
    if (!std::isfinite(x)) {
      EXPECT_TRUE(all(core::is_finite(exponent_of(TypeParam(x)))));
      continue;
    }
    int exponent = 0;
    std::frexp(x, &exponent);
    EXPECT_EQ(exponent_of(TypeParam(x))[1], static_cast<Number>(exponent)) << x;
    for (int e = Limits::min_exponent - 60; e <= Limits::max_exponent + 60; ++e) {
      const Number expected = std::ldexp(x, e);
      const Number alone = times_power_of_two(TypeParam(x), TypeParam(e))[1];
      EXPECT_TRUE(same_bits(&alone, &expected, 1)) << x << " * 2^" << e;
      TypeParam mixed(3);
      mixed.set(1, static_cast<Number>(e));
      const Number among_others = times_power_of_two(TypeParam(x), mixed)[1];
      EXPECT_TRUE(same_bits(&among_others, &expected, 1)) << x << " * 2^" << e;
    }
  }
  for (const double value : {2.5, -2.5, 3.0, -3.0, 0.0, -0.25}) {
    const auto x = static_cast<Number>(value);
    EXPECT_EQ(round_down(TypeParam(x))[0], std::floor(x));
  }
}

TYPED_TEST(PackOf, AnyAndAllLookAtEveryLane) {
  using core::all;
  using core::any;
  for (int lane = 0; lane < TypeParam::lanes; ++lane) {
    TypeParam x(0);
    x.set(lane, 1);
    EXPECT_TRUE(any(x == TypeParam(1)));
    EXPECT_FALSE(all(x == TypeParam(1)));
    EXPECT_FALSE(all(x == TypeParam(0)));
    EXPECT_FALSE(any(x == TypeParam(2)));
    EXPECT_TRUE(all(x != TypeParam(2)));
  }
}

TYPED_TEST(PackOf, RowsAreExchangedInTheirOwnLaneOnly) {
  using Index = typename TypeParam::Index;
  constexpr int rows = 5;
  TypeParam x[rows];
  for (int i = 0; i < rows; ++i) {
    for (int lane = 0; lane < TypeParam::lanes; ++lane)
      x[i].set(lane, static_cast<typename TestFixture::N>(10 * i + lane));
  }
  Index row(1);
  for (int lane = 0; lane < TypeParam::lanes; ++lane) row = select(TypeParam(lane) == x[0], Index(1 + lane), row);
  const TypeParam found = entry(x, row);
  for (int lane = 0; lane < TypeParam::lanes; ++lane) EXPECT_EQ(found[lane], 10 * (1 + lane) + lane);
  exchange(x, 1, row);  // nothing to do in lane 0
  for (int lane = 0; lane < TypeParam::lanes; ++lane) {
    for (int i = 0; i < rows; ++i) {
      const int from = i == 1 ? 1 + lane : (i == 1 + lane ? 1 : i);
      EXPECT_EQ(x[i][lane], 10 * from + lane) << "row " << i << ", lane " << lane;
    }
  }
}

}  // namespace
}  // namespace organics::test
