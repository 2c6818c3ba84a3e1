// Stiff circuits: when `automatic` changes its method and back, and what Rosenbrock methods do without a Jacobian.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "support/bits.hpp"
#include "support/exact_models.hpp"
#include "support/marching.hpp"

namespace organics::test {
namespace {

int attempts(const Marched& run) { return run.march.accepted + run.march.rejected; }

/// Van der Pol's oscillator: slow and stiff most of the time, with jumps that are neither. No Jacobian given.
struct VanDerPol {
  double mu;
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team& team, double, const double* x, double* dx) const {
    core::for_each_own(team, 2, [&](int i) { dx[i] = i == 0 ? x[1] : mu * (1 - x[0] * x[0]) * x[1] - x[0]; });
  }
};

/// Its state at `end`, by the classical Runge-Kutta method with steps that resolve everything.
std::vector<double> naive_van_der_pol(double mu, std::vector<double> x, double end, int steps) {
  const double h = end / steps;
  const auto f = [&](double y, double v) { return mu * (1 - y * y) * v - y; };
  for (int s = 0; s < steps; ++s) {
    const double y = x[0];
    const double v = x[1];
    const double a1 = f(y, v);
    const double v2 = v + h / 2 * a1;
    const double a2 = f(y + h / 2 * v, v2);
    const double v3 = v + h / 2 * a2;
    const double a3 = f(y + h / 2 * v2, v3);
    const double v4 = v + h * a3;
    const double a4 = f(y + h * v3, v4);
    x = {y + h / 6 * (v + 2 * v2 + 2 * v3 + v4), v + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)};
  }
  return x;
}

TEST(Stiffness, AutomaticFollowsAStiffCircuitInFewSteps) {
  const StiffCosine model = {1e5};
  const auto options = tolerances(1e-6, 1e-8);
  const Marched chosen = march(model, Method::automatic, options, {1.5}, {0, 2});
  const Marched forced = march(model, Method::tsitouras54, options, {1.5}, {0, 2});
  ASSERT_EQ(chosen.march.status, Status::ok);
  EXPECT_NEAR(chosen.x[0], std::cos(2.0), 1e-5);
  EXPECT_LT(100 * attempts(chosen), attempts(forced)) << attempts(chosen) << " and " << attempts(forced);
  EXPECT_GT(chosen.march.cost.lu, 0);
}

/// What StiffnessWatch takes for granted of the explicit methods that `automatic` chooses from.
TEST(Stiffness, TheLastTwoSlopesOfAnExplicitChoiceBelongToOneTime) {
  for (const double rtol : {1e-3, 1e-6, 1e-12}) {
    const auto tables = core::method_tables<double>(Method::automatic, rtol);
    EXPECT_TRUE(tables.tableau.first_same_as_last);
    EXPECT_EQ(tables.tableau.c[tables.tableau.stages - 2], 1);
    EXPECT_GT(tables.stiff_from, 0);
  }
  EXPECT_EQ(core::method_tables<double>(Method::automatic, 1e-3).tableau.order, 5);
  EXPECT_EQ(core::method_tables<double>(Method::automatic, 1e-6).tableau.order, 6);
}

/// The fast component is small beside the slow one, and its rate a thousand times as high.
struct SlowAndFast {
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team& team, double, const double* x, double* dx) const {
    core::for_each_own(team, 2, [&](int i) { dx[i] = i == 0 ? -10 * x[0] : 1e4 * (0.01 * x[0] * x[0] - x[1]); });
  }
};

TEST(Stiffness, AutomaticChangesAtEveryTolerance) {
  for (const double rtol : {1e-3, 1e-4, 1e-6, 1e-7}) {
    const auto options = tolerances(rtol, 1e-3 * rtol);
    const Marched chosen = march(SlowAndFast{}, Method::automatic, options, {1, 0}, {0, 0.4});
    const Marched forced = march(SlowAndFast{}, core::explicit_choice(rtol), options, {1, 0}, {0, 0.4});
    ASSERT_EQ(chosen.march.status, Status::ok);
    EXPECT_GT(chosen.march.cost.lu, 0) << rtol;
    EXPECT_LT(chosen.march.cost.rhs, forced.march.cost.rhs) << rtol;
    EXPECT_NEAR(chosen.x[0], std::exp(-4.0), 20 * rtol);
  }
}

/// Samples take the memory of a stage that the watch looks at.
TEST(Stiffness, SamplesChangeNoStep) {
  for (const double rtol : {1e-4, 1e-7}) {
    const StiffCosine model = {3e3};
    const auto options = tolerances(rtol, rtol);
    std::vector<double> times;
    for (int k = 0; k <= 4000; ++k) times.push_back(2.0 * k / 4000);
    const Marched sampled = march(model, Method::automatic, options, {1.5}, times);
    const Marched plain = march(model, Method::automatic, options, {1.5}, {0, 2});
    EXPECT_GT(plain.march.cost.lu, 0);
    EXPECT_EQ(sampled.march.accepted, plain.march.accepted);
    EXPECT_EQ(sampled.march.cost.lu, plain.march.cost.lu);
    EXPECT_EQ(sampled.x, plain.x);
  }
}

TEST(Stiffness, AutomaticFollowsAnOscillatorThroughSlowAndFastPhases) {
  const VanDerPol model = {100};
  const auto options = tolerances(1e-7, 1e-9);
  const Marched chosen = march(model, Method::automatic, options, {2, 0}, {0, 130});
  const Marched forced = march(model, Method::tsitouras54, options, {2, 0}, {0, 130});
  const auto exact = naive_van_der_pol(100, {2, 0}, 130, 1000000);
  ASSERT_EQ(chosen.march.status, Status::ok);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(chosen.x[i], exact[i], 1e-4) << i;
  EXPECT_LT(exact[0], -1) << "one jump has passed";
  EXPECT_LT(4 * attempts(chosen), attempts(forced)) << attempts(chosen) << " and " << attempts(forced);
  EXPECT_GT(chosen.march.cost.lu, 0);
  EXPECT_LT(chosen.march.cost.lu, attempts(chosen)) << "some steps were explicit";
}

TEST(Stiffness, AutomaticNeverFactorsWhereNothingIsStiff) {
  const auto options = tolerances(1e-6, 1e-9);
  for (const double end : {1.0, 6.0}) {
    const Marched chosen = march(Rotation{}, Method::automatic, options, {1, 0}, {0, end});
    const Marched forced = march(Rotation{}, core::explicit_choice(options.rtol), options, {1, 0}, {0, end});
    EXPECT_EQ(chosen.march.cost.lu, 0);
    EXPECT_EQ(chosen.march.cost.jacobians, 0);
    EXPECT_TRUE(same_bits(chosen.x, forced.x));
  }
}

/// StiffCosine until t = 1, and from then on the same with rate 1.
struct StiffAtFirst {
  StiffCosine now = {1e5};
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& team, double t, const double* x, double* dx) const {
    now.rhs(team, t, x, dx);
  }
  static double next_stop(double t) { return t < 1 ? 1 : core::largest_finite<double>(); }
  void enter(double t) { now.rate = t < 1 ? 1e5 : 1; }
};

TEST(Stiffness, AutomaticReturnsToExplicitSteps) {
  const auto options = tolerances(1e-6, 1e-8);
  const Marched stiff = march(StiffAtFirst{}, Method::automatic, options, {1}, {0, 1});
  const Marched longer = march(StiffAtFirst{}, Method::automatic, options, {1}, {0, 10});
  const Marched longest = march(StiffAtFirst{}, Method::automatic, options, {1}, {0, 40});
  EXPECT_GT(stiff.march.cost.lu, 5);
  EXPECT_LE(longer.march.cost.lu, stiff.march.cost.lu + 8) << "a few to notice";
  EXPECT_EQ(longest.march.cost.lu, longer.march.cost.lu);
  EXPECT_GT(longest.march.accepted, longer.march.accepted + 20);
  EXPECT_NEAR(longest.x[0], std::cos(40.0), 1e-4);
}

/// Order measured from the last state of two runs with equal steps.
template <class Model>
double measured_order(const Model& model, Method method, const std::vector<double>& start,
                      const std::vector<double>& exact, int steps) {
  const auto error = [&](int count) {
    const Marched run = march(model, method, fixed_steps(1.0 / count), start, {0, 1});
    EXPECT_EQ(run.march.status, Status::ok);
    return std::abs(run.x[0] - exact[0]);
  };
  return std::log2(error(steps) / error(2 * steps));
}

TEST(Stiffness, RosenbrockMethodsKeepTheirOrderOnDifferencesAlone) {
  // neither model has a Jacobian or a time derivative, and both depend on time
  for (const int steps : {16, 32}) {
    EXPECT_NEAR(measured_order(Witch{}, Method::rosenbrock23, {1}, Witch::exact(1), steps), 2, 0.2);
    EXPECT_NEAR(measured_order(Witch{}, Method::rodas43, {1}, Witch::exact(1), steps), 4, 0.4);
    EXPECT_NEAR(measured_order(Rotation{}, Method::rosenbrock23, {1, 0}, Rotation::exact(1), steps), 2, 0.2);
    EXPECT_NEAR(measured_order(Rotation{}, Method::rodas43, {1, 0}, Rotation::exact(1), steps), 4, 0.4);
  }
}

TEST(Stiffness, DifferencesInTimeAreAsGoodFarFromTimeZero) {
  const auto run_from = [](double start) {
    const auto run = march(StiffCosine{50}, Method::rodas43, tolerances(1e-8, 1e-10), {std::cos(start)},
                           {start, start + 2 * std::numbers::pi});
    EXPECT_EQ(run.march.status, Status::ok);
    EXPECT_NEAR(run.x[0], std::cos(run.march.t), 1e-6);
    return attempts(run);
  };
  const int near = run_from(0);
  for (const double start : {-1e6, 1e3, 1e6}) EXPECT_LT(run_from(start), 1.1 * near) << start << ", " << near;
}

}  // namespace
}  // namespace organics::test
