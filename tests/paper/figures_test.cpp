// Figures 1 to 3 of Rawat, Heeger and Martiniani (2024): where the flow of each panel ends, and what is there.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/golden.hpp"

namespace organics::test {
namespace {

/// The listed equilibrium at x, or null.
const FixedPoint* fixed_point_at(const GoldenCircuit& panel, const std::vector<double>& x) {
  for (const FixedPoint& point : panel.fixed_points) {
    const double distance = std::hypot(x[0] - point.x[0], x[1] - point.x[1]);
    if (distance <= 1e-11 * (1 + std::hypot(point.x[0], point.x[1]))) return &point;
  }
  return nullptr;
}

TEST(Figures, EveryTrajectoryEndsAtAListedStableEquilibrium) {
  for (const GoldenCircuit& panel : golden_figures()) {
    const BatchData<double> batch({panel.data});
    for (const Trajectory& trajectory : panel.trajectories) {
      const auto settled = settle_all<double>(Cpu{1}, batch, trajectory.x0);
      ASSERT_EQ(settled.status[0], Status::ok) << panel.name << ": " << name(settled.status[0]);
      const FixedPoint* point = fixed_point_at(panel, settled.states);
      ASSERT_NE(point, nullptr) << panel.name << ": y " << settled.states[0] << ", a " << settled.states[1];
      EXPECT_TRUE(point->type.starts_with("stable")) << panel.name;
      const auto judged = judge_all<double>(Cpu{1}, batch, settled.states);
      const Spectrum pair = {{judged.eigenvalues[0], judged.eigenvalues[1]},
                             {judged.eigenvalues[2], judged.eigenvalues[3]}};
      EXPECT_EQ(type_of(pair), point->type) << panel.name;
      EXPECT_EQ(judged.verdict[0], Verdict::stable) << panel.name;
    }
  }
}

/// Where an integration of 400 time constants ends is where the steady state is said to be.
TEST(Figures, TheFlowItselfEndsThere) {
  IntegrateOptions options;
  options.rtol = 1e-9;
  options.atol = 1e-12;
  for (const GoldenCircuit& panel : golden_figures()) {
    const BatchData<double> batch({panel.data});
    const double end = 400 * std::max(panel.data.tau_y[0], panel.data.tau_a[0]);
    for (const Trajectory& trajectory : panel.trajectories) {
      const auto flow = integrate_all<double>(Cpu{1}, batch, trajectory.x0, {0, end}, 2, options);
      const auto settled = settle_all<double>(Cpu{1}, batch, trajectory.x0);
      ASSERT_EQ(flow.status[0], Status::ok) << panel.name;
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_NEAR(flow.states[2 + i], settled.states[i], 1e-6 * (1 + std::abs(settled.states[i]))) << panel.name;
      }
    }
  }
}

}  // namespace
}  // namespace organics::test
