// Orders as a user sees them: at the ends of the steps and between them, marching with equal steps.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/exact_models.hpp"
#include "support/marching.hpp"

namespace organics::test {
namespace {

/// Largest error at `samples` equal parts of [0.2, 1.7], marched in `steps` equal steps.
template <class Model>
double largest_error(const Model& model, Method method, int steps, int samples) {
  const double start = 0.2;
  const double end = 1.7;
  std::vector<double> times;
  for (int k = 0; k < samples; ++k) times.push_back(start + (end - start) * k / samples);
  times.push_back(end);
  const Marched got = march(model, method, fixed_steps((end - start) / steps), Model::exact(start), times);
  EXPECT_EQ(got.march.accepted, steps);
  const std::size_t m = got.x.size();
  double largest = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    const auto exact = Model::exact(times[k]);
    for (std::size_t i = 0; i < m; ++i) {
      const double error = std::abs(got.states[k * m + i] - exact[i]);
      if (!(error <= largest)) largest = error;  // a NaN stays
    }
  }
  return largest;
}

/// Where the leading term rules and rounding does not, per method: steps of the coarser of two runs.
int coarse_steps(Method method) {
  if (method == Method::dormand_prince853) return 10;
  return order(method) >= 5 ? 20 : 80;
}

template <class Model>
void expect_orders(const Model& model, Method method, const std::string& problem) {
  const int steps = coarse_steps(method);
  const double expected = order(method) - 0.3;
  for (const int samples : {steps, 307}) {  // the ends of the coarse steps; nearly all of them between steps
    const double coarse = largest_error(model, method, steps, samples);
    const double fine = largest_error(model, method, 2 * steps, samples);
    EXPECT_GT(std::log2(coarse / fine), expected) << name(method) << ", " << problem << ", " << samples;
    EXPECT_LT(coarse, 0.1) << name(method) << ", " << problem;
    EXPECT_GT(fine, 1e-14) << name(method) << ": rounding is all there is to see";
  }
}

/// The logistic equation, x' = x (1 - x), beside x' = -2 t x^2: both nonlinear, one of them autonomous.
struct LogisticAndWitch {
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team& team, double t, const double* x, double* dx) const {
    core::for_each_own(team, 2, [&](int i) { dx[i] = i == 0 ? 4 * x[0] * (1 - x[0]) : -2 * t * x[1] * x[1]; });
  }
  static std::vector<double> exact(double t) { return {1 / (1 + std::exp(4 * (1 - t))), 1 / (1 + t * t)}; }
};

constexpr Method methods[] = {
    Method::euler,       Method::heun,     Method::bogacki_shampine32, Method::rk4,          Method::dormand_prince54,
    Method::tsitouras54, Method::verner65, Method::dormand_prince853,  Method::rosenbrock23, Method::rodas43};

TEST(DenseOutput, StatesBetweenStepsHaveTheOrderOfTheMethod) {
  for (const Method method : methods) {
    expect_orders(LogisticAndWitch{}, method, "logistic");
    expect_orders(Rotation{}, method, "rotation");
  }
}

/// Samples just inside a step meet the samples on its ends: no jump from step to step.
TEST(DenseOutput, IsContinuousFromStepToStep) {
  for (const Method method : methods) {
    std::vector<double> times = {0};
    for (int k = 1; k < 8; ++k) {
      for (const double by : {-1e-9, 0.0, 1e-9}) times.push_back(k * 0.125 + by);
    }
    times.push_back(1);
    const Marched got = march(Witch{}, method, fixed_steps(0.125), {1}, times);
    for (std::size_t k = 1; k + 1 < times.size(); k += 3) {
      EXPECT_NEAR(got.states[k], got.states[k + 1], 3e-9) << name(method) << " at " << times[k + 1];
      EXPECT_NEAR(got.states[k + 2], got.states[k + 1], 3e-9) << name(method) << " at " << times[k + 1];
    }
  }
}

}  // namespace
}  // namespace organics::test
