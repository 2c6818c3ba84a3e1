// The circuit's equations as slowly and plainly as possible: the oracle for the model and the integrators.
// Written over a scalar S so that a complex step gives derivatives to rounding.
#pragma once

#include <Eigen/Dense>
#include <complex>
#include <cstddef>
#include <vector>

#include "support/circuit_data.hpp"

namespace organics::test {

inline double real_part(double x) { return x; }
inline double real_part(std::complex<double> x) { return x.real(); }

template <class S>
S floor_at_zero(S x) {
  return real_part(x) > 0 ? x : S(0);
}

template <class S>
S naive_rate(const CircuitData& p, S y) {
  return p.model == ModelKind::rectified ? floor_at_zero(y) : y;
}

/// (y', a') at x, each sum written out.
template <class S>
std::vector<S> naive_rhs(const CircuitData& p, const std::vector<S>& x) {
  const auto n = static_cast<std::size_t>(p.n);
  std::vector<S> dx(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    S recurrent(0);
    S pool(0);
    for (std::size_t j = 0; j < n; ++j) {
      const S r = naive_rate(p, x[j]);
      recurrent += p.Wr[i + n * j] * r;
      pool += p.W[i + n * j] * (r * r * floor_at_zero(x[n + j]));
    }
    const S y_total = -x[i] + p.b1[i] * p.z[i] + (1.0 - std::sqrt(floor_at_zero(x[n + i]))) * recurrent;
    const S a_total = -x[n + i] + p.b0[i] * p.sigma[i] * p.b0[i] * p.sigma[i] + pool;
    dx[i] = y_total / p.tau_y[i];
    dx[n + i] = a_total / p.tau_a[i];
  }
  return dx;
}

/// Largest |tau f| relative to the terms of its own equation.
inline double naive_relative_residual(const CircuitData& p, const std::vector<double>& x) {
  const auto n = static_cast<std::size_t>(p.n);
  const std::vector<double> dx = naive_rhs(p, x);
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double recurrent = 0;
    for (std::size_t j = 0; j < n; ++j) recurrent += std::abs(p.Wr[i + n * j] * naive_rate(p, x[j]));
    recurrent *= std::abs(1 - std::sqrt(x[n + i]));
    const double y_scale = std::abs(p.b1[i] * p.z[i]) + std::abs(x[i]) + recurrent + 1e-6;
    largest = std::max(largest, std::abs(p.tau_y[i] * dx[i]) / y_scale);
    largest = std::max(largest, std::abs(p.tau_a[i] * dx[n + i]) / x[n + i]);
  }
  return largest;
}

/// Jacobian by complex steps; exact to rounding where the right-hand side is smooth (a > 0, y != 0 if rectified).
inline Eigen::MatrixXd naive_jacobian(const CircuitData& p, const std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd J(m, m);
  constexpr double step = 1e-30;
  for (Eigen::Index j = 0; j < m; ++j) {
    std::vector<std::complex<double>> at(x.begin(), x.end());
    at[static_cast<std::size_t>(j)] += std::complex<double>(0, step);
    const auto slope = naive_rhs(p, at);
    for (Eigen::Index i = 0; i < m; ++i) J(i, j) = slope[static_cast<std::size_t>(i)].imag() / step;
  }
  return J;
}

/// Jacobian by central differences: needs nothing but the right-hand side.
inline Eigen::MatrixXd central_differences(const CircuitData& p, const std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd J(m, m);
  for (Eigen::Index j = 0; j < m; ++j) {
    const auto k = static_cast<std::size_t>(j);
    const double step = 1e-6 * std::max(1e-2, std::abs(x[k]));
    std::vector<double> left = x;
    std::vector<double> right = x;
    left[k] -= step;
    right[k] += step;
    const auto f_left = naive_rhs(p, left);
    const auto f_right = naive_rhs(p, right);
    for (Eigen::Index i = 0; i < m; ++i) {
      const auto r = static_cast<std::size_t>(i);
      J(i, j) = (f_right[r] - f_left[r]) / (right[k] - left[k]);
    }
  }
  return J;
}

/// The classical Runge-Kutta method with equal steps.
inline std::vector<double> naive_rk4(const CircuitData& p, std::vector<double> x, double duration, int steps) {
  const double h = duration / steps;
  const auto moved = [&](const std::vector<double>& k, double by) {
    std::vector<double> at = x;
    for (std::size_t i = 0; i < x.size(); ++i) at[i] += by * k[i];
    return at;
  };
  for (int step = 0; step < steps; ++step) {
    const auto k1 = naive_rhs(p, x);
    const auto k2 = naive_rhs(p, moved(k1, h / 2));
    const auto k3 = naive_rhs(p, moved(k2, h / 2));
    const auto k4 = naive_rhs(p, moved(k3, h));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return x;
}

}  // namespace organics::test
