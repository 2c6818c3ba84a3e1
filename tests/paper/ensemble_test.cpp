// The Figure 4 ensemble of Rawat, Heeger and Martiniani (2024): how many of its circuits have no stable equilibrium,
// against an independent count (0.54 % at N = 1, 0.23 %, 0.13 % and 0.025 % at 2, 3 and 5, none of 30000 at 10).
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

#include "organics/organics.hpp"

namespace organics::test {
namespace {

/// Circuits of the first `count` without a stable equilibrium reached.
std::int64_t without_stable_state(int n, std::int64_t count) {
  Ensemble ensemble;
  ensemble.n = n;
  SweepOptions options;
  options.circuits = count;
  const SweepResults results = sweep(Cpu{}, ensemble, options);
  EXPECT_EQ(results.verdicts[static_cast<int>(Verdict::marginal)], 0);
  EXPECT_EQ(results.verdicts[static_cast<int>(Verdict::stable)], results.statuses[static_cast<int>(Status::ok)]);
  EXPECT_EQ(results.statuses[static_cast<int>(Status::non_finite)], 0);
  return count - results.statuses[static_cast<int>(Status::ok)];
}

/// Binomial, four standard deviations; `known` is itself known only to `rounding`.
void expect_fraction(int n, std::int64_t count, double known, double rounding) {
  const double expected = known * static_cast<double>(count);
  const double allowed = 4 * std::sqrt(expected) + rounding * static_cast<double>(count);
  const auto found = static_cast<double>(without_stable_state(n, count));
  EXPECT_NEAR(found, expected, allowed) << "n " << n << ": " << 100 * found / static_cast<double>(count) << " %";
}

TEST(Figure4, FractionWithoutAStableEquilibriumOneNeuron) { expect_fraction(1, 100000, 0.0054, 0.0003); }
TEST(Figure4, FractionWithoutAStableEquilibriumTwoNeurons) { expect_fraction(2, 50000, 0.0023, 0.0003); }
TEST(Figure4, FractionWithoutAStableEquilibriumThreeNeurons) { expect_fraction(3, 40000, 0.0013, 0.0003); }
TEST(Figure4, FractionWithoutAStableEquilibriumFiveNeurons) { expect_fraction(5, 20000, 0.00025, 0.0001); }
TEST(Figure4, TenNeuronsAreStable) { EXPECT_LE(without_stable_state(10, 4000), 2); }

}  // namespace
}  // namespace organics::test
