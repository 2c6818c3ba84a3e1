// The equations of one main circuit as a user of any integrator writes them: vectors, plain loops, rows one after the
// other. No header of ours, as in plain_batch.hpp.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "plain_batch.hpp"

namespace organics::bench {

struct PlainCircuit {
  std::size_t n;
  std::vector<double> tau_y, tau_a, u, c;  // u = b1 z, c = (b0 sigma)^2
  std::vector<double> Wr, W;               // row-major

  PlainCircuit(const PlainBatch& batch, std::int64_t i)
      : n(static_cast<std::size_t>(batch.n)), tau_y(n), tau_a(n), u(n), c(n), Wr(n * n), W(n * n) {
    const std::size_t first = static_cast<std::size_t>(i) * n;
    for (std::size_t k = 0; k < n; ++k) {
      tau_y[k] = batch.tau_y[first + k];
      tau_a[k] = batch.tau_a[first + k];
      u[k] = batch.b1[first + k] * batch.z[first + k];
      c[k] = batch.b0[first + k] * batch.sigma[first + k];
      c[k] *= c[k];
      for (std::size_t j = 0; j < n; ++j) {
        Wr[k * n + j] = batch.Wr[(first + j) * n + k];
        W[k * n + j] = batch.W[(first + j) * n + k];
      }
    }
  }

  void rest(double* x) const {
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = 0;
      x[n + i] = c[i];
    }
  }

  /// dx = (y', a') at x = (y, a).
  void rhs(const double* x, double* dx) const {
    const double* y = x;
    const double* a = x + n;
    for (std::size_t i = 0; i < n; ++i) {
      double recurrent = 0;
      double pool = 0;
      for (std::size_t j = 0; j < n; ++j) {
        recurrent += Wr[i * n + j] * y[j];
        pool += W[i * n + j] * (y[j] * y[j] * std::max(a[j], 0.0));
      }
      dx[i] = (u[i] - y[i] + (1 - std::sqrt(std::max(a[i], 0.0))) * recurrent) / tau_y[i];
      dx[n + i] = (c[i] - a[i] + pool) / tau_a[i];
    }
  }
};

}  // namespace organics::bench
