// Steady states of circuits that are worked on side by side in vector registers: those of each circuit alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"

namespace organics::test {
namespace {

/// Circuits of four neurons: ordinary ones, runaways, Wr = I, and no input at all, in no order.
std::vector<CircuitData> mixed_circuits(ModelKind model) {
  Random random(71);
  std::vector<CircuitData> list;
  for (int i = 0; i < 43; ++i) {
    CircuitData data = wild_circuit(random, 4, model, i % 4 == 3 ? 4 : 1);
    if (i % 7 == 2) data.Wr = identity_matrix(4);
    if (i % 7 == 4) data.Wr = identity_matrix(4, -1);
    if (i % 11 == 5) data.z = filled(4, 0);
    list.push_back(data);
  }
  return list;
}

bool has(Simd simd) {
  try {
    return thread_count({1, simd}) == 1;
  } catch (const InvalidArgument&) {
    return false;
  }
}

void expect_close(const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], 1e-9 * (1 + std::abs(b[k]))) << k;
}

TEST(Together, SteadyStatesAreThoseOfEachCircuitAlone) {
  for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
    const BatchData<double> batch(mixed_circuits(model));
    const auto alone = settle_all<double>(Cpu{1, Simd::none}, batch);
    EXPECT_GT(std::count(alone.rung.begin(), alone.rung.end(), Rung::fixed_point), 20);
    EXPECT_GT(std::count(alone.rung.begin(), alone.rung.end(), Rung::closed_form), 4);
    EXPECT_NE(std::count(alone.status.begin(), alone.status.end(), Status::ok), 43);
    for (const Simd simd : {Simd::baseline, Simd::avx2, Simd::avx512, Simd::widest}) {
      if (!has(simd)) continue;
      SCOPED_TRACE(name(simd));
      const auto together = settle_all<double>(Cpu{2, simd}, batch);
      EXPECT_EQ(together.status, alone.status);
      EXPECT_EQ(together.rung, alone.rung);
      EXPECT_EQ(together.steps, alone.steps);
      if (simd == Simd::baseline) {  // fuses nothing that one circuit alone does not
        EXPECT_TRUE(same_bits(together.states, alone.states));
        EXPECT_TRUE(same_bits(together.residual, alone.residual));
      }
      for (std::size_t i = 0; i < alone.status.size(); ++i) {
        if (alone.status[i] != Status::ok) continue;
        const auto state = [&](const std::vector<double>& states) {
          return std::vector<double>(states.begin() + static_cast<std::ptrdiff_t>(8 * i),
                                     states.begin() + static_cast<std::ptrdiff_t>(8 * i + 8));
        };
        expect_close(state(together.states), state(alone.states));
        EXPECT_LT(together.residual[i], 1e-10);
      }
    }
  }
}

TEST(Together, NeighboursDoNotMatter) {
  const std::vector<CircuitData> circuits = mixed_circuits(ModelKind::main);
  std::vector<CircuitData> reversed(circuits.rbegin(), circuits.rend());
  for (const Simd simd : {Simd::baseline, Simd::avx2, Simd::avx512}) {
    if (!has(simd)) continue;
    SCOPED_TRACE(name(simd));
    const auto forwards = settle_all<double>(Cpu{1, simd}, BatchData<double>(circuits));
    const auto backwards = settle_all<double>(Cpu{3, simd}, BatchData<double>(reversed));
    for (std::size_t i = 0; i < circuits.size(); ++i) {
      const std::size_t j = circuits.size() - 1 - i;
      EXPECT_EQ(forwards.status[i], backwards.status[j]);
      EXPECT_TRUE(same_bits(forwards.states.data() + 8 * i, backwards.states.data() + 8 * j, 8)) << i;
    }
  }
}

TEST(Together, RegistersThatThisMachineLacksAreRefused) {
  for (const Simd simd : {Simd::avx2, Simd::avx512}) {
    if (has(simd)) continue;
    EXPECT_THROW(settle_all<double>(Cpu{1, simd}, BatchData<double>({blow_up_circuit()})), InvalidArgument);
  }
  EXPECT_TRUE(has(Simd::widest));
  EXPECT_TRUE(has(Simd::none));
  EXPECT_TRUE(has(Simd::baseline));
}

}  // namespace
}  // namespace organics::test
