// The thirteen kinds of circuits on which the steady-state ladder must miss nothing: unequal time constants, small
// semi-saturation, strong input, states up to 1e13, singular values up to 3, and what lies between.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "support/circuit_data.hpp"

namespace organics::test {

inline void scale(std::vector<double>& values, double by) {
  for (double& value : values) value *= by;
}

/// Time constants of 2 us to 2 s.
inline void spread_taus(Random& random, CircuitData& data) {
  for (double& tau : data.tau_y) tau = 0.002 * random.log_uniform(1e-3, 1e3);
  for (double& tau : data.tau_a) tau = 0.002 * random.log_uniform(1e-3, 1e3);
}

/// Wr = G G^T of largest singular value 1.
inline void make_positive_definite(CircuitData& data) {
  Eigen::Map<Eigen::MatrixXd> Wr(data.Wr.data(), data.n, data.n);
  Wr = (Wr * Wr.transpose()).eval();
  scale_to_norm(data.Wr, data.n, 1);
}

struct LadderEnsemble {
  const char* name;
  CircuitData (*draw)(Random& random, int n);

  friend std::ostream& operator<<(std::ostream& out, const LadderEnsemble& ensemble) { return out << ensemble.name; }
};

inline const LadderEnsemble ladder_ensembles[] = {
    {"Figure 4", [](Random& random, int n) { return figure4_circuit(random, n); }},
    {"rectified", [](Random& random, int n) { return figure4_circuit(random, n, ModelKind::rectified); }},
    {"time constants 1e-3 to 1e3",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       spread_taus(random, data);
       return data;
     }},
    {"semi-saturation 1e-4",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       scale(data.sigma, 1e-4);
       return data;
     }},
    {"semi-saturation 1e-8",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       scale(data.sigma, 1e-8);
       return data;
     }},
    {"input 3",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       scale(data.z, 3);
       return data;
     }},
    {"input 10",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       scale(data.z, 10);
       return data;
     }},
    {"positive definite, input 10",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       make_positive_definite(data);
       scale(data.z, 10);
       return data;
     }},
    {"positive definite, time constants 1e-3 to 1e3",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       make_positive_definite(data);
       spread_taus(random, data);
       return data;
     }},
    {"singular value 1.5", [](Random& random, int n) { return figure4_circuit(random, n, ModelKind::main, 1.5); }},
    {"singular value 2, wild",
     [](Random& random, int n) {
       CircuitData data = wild_circuit(random, n, ModelKind::main, 2);
       scale(data.z, random.log_uniform(0.01, 5));
       return data;
     }},
    {"singular value 3", [](Random& random, int n) { return figure4_circuit(random, n, ModelKind::main, 3); }},
    {"weights to 10",
     [](Random& random, int n) {
       CircuitData data = figure4_circuit(random, n);
       scale(data.W, 10);
       return data;
     }},
};

}  // namespace organics::test
