// One circuit that owns its numbers, and makers of the circuits that the tests use.
#pragma once

#include <Eigen/Dense>
#include <cstddef>
#include <vector>

#include "organics/core/model.hpp"
#include "support/random.hpp"

namespace organics::test {

/// Parameters of one circuit; matrices column-major.
struct CircuitData {
  int n = 0;
  ModelKind model = ModelKind::main;
  std::vector<double> tau_y, tau_a, b0, b1, sigma, z, Wr, W;

  core::Circuit<double> circuit() const {
    return {n, model, tau_y.data(), tau_a.data(), b0.data(), b1.data(), sigma.data(), z.data(), Wr.data(), W.data()};
  }
  core::CircuitModel<double> circuit_model() const { return {circuit()}; }
  double c(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return b0[k] * sigma[k] * b0[k] * sigma[k];
  }
  double u(int i) const {
    const auto k = static_cast<std::size_t>(i);
    return b1[k] * z[k];
  }
};

inline std::vector<double> filled(int count, double value) {
  return std::vector<double>(static_cast<std::size_t>(count), value);
}

inline std::vector<double> identity_matrix(int n, double value = 1) {
  std::vector<double> matrix = filled(n * n, 0);
  for (int i = 0; i < n; ++i) matrix[static_cast<std::size_t>(i * (n + 1))] = value;
  return matrix;
}

/// Scales a square matrix to the largest singular value `norm`, by Eigen.
inline void scale_to_norm(std::vector<double>& matrix, int n, double norm) {
  Eigen::Map<Eigen::MatrixXd> m(matrix.data(), n, n);
  m *= norm / Eigen::JacobiSVD<Eigen::MatrixXd>(m).singularValues()(0);
}

/// A circuit of the Figure 4 ensemble, drawn without the library.
inline CircuitData figure4_circuit(Random& random, int n, ModelKind model = ModelKind::main, double norm = 1) {
  CircuitData data{n,
                   model,
                   filled(n, 0.002),
                   filled(n, 0.002),
                   random.uniforms(n),
                   random.uniforms(n),
                   random.uniforms(n),
                   random.gaussians(n),
                   random.gaussians(n * n),
                   random.uniforms(n * n)};
  scale_to_norm(data.Wr, n, norm);
  double square = 0;
  for (const double z : data.z) square += z * z;
  for (double& z : data.z) z /= std::sqrt(square);
  return data;
}

/// The same with log-uniform time constants of 1 to 30 ms.
inline CircuitData wild_circuit(Random& random, int n, ModelKind model, double norm = 1) {
  CircuitData data = figure4_circuit(random, n, model, norm);
  for (double& tau : data.tau_y) tau = random.log_uniform(1e-3, 3e-2);
  for (double& tau : data.tau_a) tau = random.log_uniform(1e-3, 3e-2);
  return data;
}

/// One neuron of each kind with b0 = b1 = 1, so that u and c are what is given.
inline CircuitData one_neuron(double wr, double w, double u, double c, double tau_y = 0.002, double tau_a = 0.002) {
  return {1, ModelKind::main, {tau_y}, {tau_a}, {1.0}, {1.0}, {std::sqrt(c)}, {u}, {wr}, {w}};
}

/// Wr = -1 and no stable equilibrium: blows up from rest (a counterexample to the conjecture of the paper).
inline CircuitData blow_up_circuit() { return one_neuron(-1, 1, 1, 1); }

/// The symmetric positive definite two-neuron circuit whose only attractor is a limit cycle.
inline CircuitData limit_cycle_circuit() {
  CircuitData data{2,      ModelKind::main, {0.002, 0.002}, {0.002, 0.002},       {1, 1},
                   {1, 1}, {0.6, 0.03},     {0.05, 0.95},   {0.2, 0.05, 0.05, 1}, {0, 1, 1, 0}};
  scale_to_norm(data.Wr, 2, 1);
  return data;
}

/// A state away from rest with a > 0.
inline std::vector<double> random_state(Random& random, int n) {
  std::vector<double> x = random.gaussians(2 * n);
  for (int i = n; i < 2 * n; ++i) x[static_cast<std::size_t>(i)] = random.uniform(0.05, 2);
  return x;
}

}  // namespace organics::test
