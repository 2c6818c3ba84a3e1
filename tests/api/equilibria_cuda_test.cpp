// The search for all equilibria on a CUDA device against the CPU: the same equilibria, verdicts and basins.
// Starts next to a boundary of basins may go either way, since the last bits of the two differ.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <vector>

#include "support/cuda_test.hpp"
#include "support/golden.hpp"
#include "support/searched_all.hpp"

namespace organics::test {
namespace {

class CudaEquilibria : public CudaTest {};

void expect_alike(const BatchData<double>& batch, const EquilibriaOptions& options) {
  const auto cpu = search_all<double>(Cpu{}, batch, options);
  const auto cuda = search_all<double>(Cuda{}, batch, options);
  EXPECT_EQ(cuda.status, cpu.status);
  EXPECT_EQ(cuda.count, cpu.count);
  EXPECT_EQ(cuda.from_rest, cpu.from_rest);
  EXPECT_EQ(cuda.verdict, cpu.verdict);
  EXPECT_EQ(cuda.unstable, cpu.unstable);
  EXPECT_EQ(cuda.type, cpu.type);
  for (std::size_t k = 0; k < cpu.states.size(); ++k) {
    if (std::isnan(cpu.states[k])) {
      EXPECT_TRUE(std::isnan(cuda.states[k])) << k;
    } else {
      EXPECT_NEAR(cuda.states[k], cpu.states[k], 1e-9 * (1 + std::abs(cpu.states[k]))) << k;
    }
  }
  const int most = options.starts / 20;
  for (std::size_t k = 0; k < cpu.basin.size(); ++k) EXPECT_LE(std::abs(cuda.basin[k] - cpu.basin[k]), most) << k;
  for (std::size_t i = 0; i < cpu.count.size(); ++i) {
    EXPECT_LE(std::abs(cuda.diverged[i] - cpu.diverged[i]), most) << i;
    EXPECT_LE(std::abs(cuda.unsettled[i] - cpu.unsettled[i]), most) << i;
  }
}

TEST_F(CudaEquilibria, OfTheFigures) {
  for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
    std::vector<CircuitData> circuits;
    for (const GoldenCircuit& panel : golden_figures()) {
      if (panel.data.model == kind) circuits.push_back(panel.data);
    }
    expect_alike(BatchData<double>(circuits), {.starts = 200});
  }
}

/// Sizes for a tile of a warp and for a block.
TEST_F(CudaEquilibria, OfWildCircuits) {
  Random random(811);
  for (const int n : {2, 5, 24}) {
    std::vector<CircuitData> circuits;
    for (int i = 0; i < 4; ++i) circuits.push_back(wild_circuit(random, n, ModelKind::main));
    expect_alike(BatchData<double>(circuits), {.starts = 40, .max_steps = 1000});
  }
}

}  // namespace
}  // namespace organics::test
