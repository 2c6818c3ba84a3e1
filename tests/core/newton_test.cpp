// Newton with its line search: on no kind of circuit does it converge less often than without, and on hard ones it
// converges where the undamped method, written here on Eigen, does not.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <vector>

#include "organics/core/steady_state.hpp"
#include "support/ladder_ensembles.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

constexpr double tolerance = 1e-12;
constexpr int newton_steps = 10;

struct NewtonMemory {
  explicit NewtonMemory(int n)
      : matrix(core::settle_matrix_size(n)), vectors(filled(8 * n, 0)), pivots(pivot_count(n)) {}
  static std::size_t pivot_count(int n) { return 2 * static_cast<std::size_t>(n); }
  core::NewtonWork<double> work() {
    double* v = vectors.data();
    const auto m = static_cast<std::ptrdiff_t>(pivots.size());
    return {matrix.data(), pivots.data(), v, v + m, v + 2 * m, v + 3 * m};
  }
  std::vector<double> matrix, vectors;
  std::vector<int> pivots;
};

/// The step that keeps every a_i at a tenth of its value or more, and no other care.
void undamped_step(const CircuitData& data, std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  const std::vector<double> f = naive_rhs(data, x);
  const Eigen::VectorXd d =
      naive_jacobian(data, x).partialPivLu().solve(-Eigen::Map<const Eigen::VectorXd>(f.data(), m));
  double length = 1;
  for (Eigen::Index i = m / 2; i < m; ++i) {
    if (d[i] < 0) length = std::min(length, 0.9 * std::abs(x[static_cast<std::size_t>(i)] / d[i]));
  }
  for (Eigen::Index i = 0; i < m; ++i) x[static_cast<std::size_t>(i)] += length * d[i];
}

bool undamped_newton_converges(const CircuitData& data, std::vector<double> x) {
  for (int step = 0; step <= newton_steps; ++step) {
    const double residual = naive_relative_residual(data, x);
    if (residual <= tolerance) return true;
    if (!std::isfinite(residual)) return false;
    undamped_step(data, x);
  }
  return false;
}

TEST(Newton, TheLineSearchConvergesNoLessOftenOnAnyEnsemble) {
  int gained = 0;
  for (const LadderEnsemble& ensemble : ladder_ensembles) {
    Random random(61);
    int damped = 0;
    int undamped = 0;
    for (int trial = 0; trial < 150; ++trial) {
      const CircuitData data = ensemble.draw(random, random.integer(1, 8));
      NewtonMemory memory(data.n);
      core::Cost cost;
      std::vector<double> x = filled(2 * data.n, 0);
      if (!core::fixed_point_iteration(core::Solo{}, data.circuit(), 5, x.data(), memory.work(), cost)) continue;
      undamped += undamped_newton_converges(data, x) ? 1 : 0;
      const bool converged =
          core::newton(core::Solo{}, data.circuit_model(), x.data(), newton_steps, tolerance, memory.work(), cost);
      damped += converged ? 1 : 0;
      if (!converged) continue;
      EXPECT_LT(naive_relative_residual(data, x), 3 * tolerance) << ensemble.name;
    }
    EXPECT_GE(damped, undamped) << ensemble.name;
    gained += damped - undamped;
    RecordProperty(ensemble.name, std::to_string(undamped) + " -> " + std::to_string(damped));
  }
  EXPECT_GT(gained, 5) << "the line search is there for something";
}

}  // namespace
}  // namespace organics::test
