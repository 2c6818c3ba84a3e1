// Models whose solutions are known exactly, written as a user of the core would write one.
#pragma once

#include <cmath>
#include <vector>

#include "organics/core/team.hpp"

namespace organics::test {

/// x' = -2 t x^2, x(t) = 1 / (1 + t^2): scalar, nonlinear, not autonomous.
struct Witch {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& team, double t, const double* x, double* dx) const {
    core::for_each_own(team, 1, [&](int) { dx[0] = -2 * t * x[0] * x[0]; });
  }
  static std::vector<double> exact(double t) { return {1 / (1 + t * t)}; }
};

/// A point on a circle that turns at the angular speed 1 + t: angle t + t^2 / 2.
struct Rotation {
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team& team, double t, const double* x, double* dx) const {
    const double speed = 1 + t;
    core::for_each_own(team, 2, [&](int i) { dx[i] = i == 0 ? -speed * x[1] : speed * x[0]; });
  }
  static std::vector<double> exact(double t) {
    const double angle = t + t * t / 2;
    return {std::cos(angle), std::sin(angle)};
  }
};

/// x' = -rate (x - cos t) - sin t, x(t) = cos t + (x(0) - 1) exp(-rate t): as stiff as `rate` is large.
struct StiffCosine {
  double rate;
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& team, double t, const double* x, double* dx) const {
    core::for_each_own(team, 1, [&](int) { dx[0] = -rate * (x[0] - std::cos(t)) - std::sin(t); });
  }
};

/// x' = x^2, x(t) = 1 / (1/x(0) - t): leaves every bound in finite time.
struct BlowUp {
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& team, double /*t*/, const double* x, double* dx) const {
    core::for_each_own(team, 1, [&](int) { dx[0] = x[0] * x[0]; });
  }
};

}  // namespace organics::test
