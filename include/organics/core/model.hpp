// The ORGaNICs circuit: parameters, right-hand side and analytic Jacobian, for any n >= 1.
//
//   tau_y y' = -y + b1 z + (1 - sqrt(fl a)) (Wr r),   tau_a a' = -a + c + W (r^2 fl a),   c = (b0 sigma)^2,
// r = y (main model) or fl(y) = max(y, 0) (rectified). State x = (y, a), 2n numbers.
// Rawat, Heeger and Martiniani (NeurIPS 2024), equations of the main model; the Jacobian is derived from them.
// Team contract of every function here: as in team.hpp; row i of a result is written by its owner, and there is
// NO closing sync: the caller syncs before reading rows of others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/scalar.hpp"
#include "organics/core/weights.hpp"

namespace organics {

/// Which firing rate drives recurrence and normalisation: y (main) or max(y, 0) (rectified).
enum class ModelKind : std::uint8_t { main = 0, rectified };

}  // namespace organics

namespace organics::core {

/// Parameters of one circuit; owns nothing. Vectors have n entries, matrices are n x n column-major.
template <class T>
struct Circuit {
  int n;
  ModelKind model;
  const T* tau_y;  ///< seconds, > 0
  const T* tau_a;  ///< seconds, > 0
  const T* b0;
  const T* b1;
  const T* sigma;
  const T* z;
  const T* Wr;
  const T* W;
  /// 4n: 1 / tau_y, 1 / tau_a, u and c of every neuron (lay_constants); null: computed where needed, to the same bits
  const T* constants = nullptr;

  /// c_i = (b0_i sigma_i)^2: the smallest value a_i can have at an equilibrium, and its value at rest.
  ORGANICS_FN T c(int i) const {
    const T p = b0[i] * sigma[i];
    return p * p;
  }
  /// u_i = b1_i z_i: the gated input drive.
  ORGANICS_FN T u(int i) const { return b1[i] * z[i]; }
  /// 1 / tau of component k of x = (y, a).
  ORGANICS_FN T inverse_tau(int k) const {
    if (constants != nullptr) return constants[k];
    return T(1) / (k < n ? tau_y[k] : tau_a[k - n]);
  }
  /// The rate r as a function of the potential y.
  ORGANICS_FN T rate(T y) const { return max(model == ModelKind::rectified ? T(0) : minus_infinity<T>(), y); }
  /// dr/dy, with dr/dy(0) = 0 in the rectified model.
  ORGANICS_FN T rate_slope(T y) const { return select(model == ModelKind::rectified && !(y > T(0)), T(0), T(1)); }
};

/// Right-hand side times the time constants (state units), (tau_y y', tau_a a') at x = (y, a): write(k, component k).
/// The one text of the equations; `weights` (weights.hpp) adds up over neurons, c(i) and u(i) are the semi-saturation and
/// the input drive of neuron i.
template <class Weights, class T, class Team, class C, class U, class Write>
ORGANICS_INLINED_FN void scaled_rhs(const Team& team, const Circuit<T>& p, const Weights& weights, const T* x, C&& c,
                                    U&& u, Write&& write) {
  const int n = p.n;
  const T* y = x;
  const T* a = x + n;
  weights.sums(
      team, p, [&](int j) { return p.rate(y[j]); },
      [&](int i, T drive) { write(i, (u(i) - y[i]) + (T(1) - root_of_positive_part(a[i])) * drive); },
      [&](int j) {
        const T r = p.rate(y[j]);
        return r * r * positive_part(a[j]);
      },
      [&](int i, T pool) { write(n + i, (c(i) - a[i]) + pool); });
}

/// The derivative of scaled_rhs by y and a, where c and u depend on neither, dimensionless: put(row, column, entry), the
/// rows of neuron i by its owner. Entry (i, n + i) comes twice, first as a 0 that does not count.
/// At kinks: dr/dy(0) = 0 (rectified); for a_j < 0 the column of a_j holds only its diagonal -1. At a_j = 0 the
/// derivative from the right is taken where it is finite, as a >= 0 is invariant: an equilibrium with a_j = 0 (possible
/// when c_j = 0) is unstable when W r^2 makes a_j grow. Its effect on y_j, infinite there, cannot feed back: 0.
template <class T, class Team, class Put>
ORGANICS_INLINED_FN void put_scaled_jacobian(const Team& team, const Circuit<T>& p, const T* x, Put&& put) {
  const int n = p.n;
  const T* y = x;
  const T* a = x + n;
  for_each_own(team, n, [&](int i) {
    const T s = square_root(positive_part(a[i]));
    const T gain = T(1) - s;
    T drive = T(0);
    for (int j = 0; j < n; ++j) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      const T r = p.rate(y[j]);
      const T a_plus = positive_part(a[j]);
      const T diagonal = i == j ? T(1) : T(0);
      drive += p.Wr[ij] * r;
      put(i, j, gain * p.Wr[ij] * p.rate_slope(y[j]) - diagonal);
      put(n + i, j, T(2) * p.W[ij] * a_plus * r);
      put(i, n + j, T(0));
      put(n + i, n + j, select(a[j] >= T(0), p.W[ij] * r * r, T(0)) - diagonal);
    }
    put(i, n + i, select(a[i] > T(0), -drive / (T(2) * s), T(0)));
  });
}

/// The same as the first 2n rows and columns of J (column-major, m >= 2n rows).
template <class T, class Team>
ORGANICS_FN void scaled_jacobian(const Team& team, const Circuit<T>& p, const T* x, T* J, int m) {
  put_scaled_jacobian(team, p, x,
                      [=](int row, int column, T entry) { J[static_cast<std::ptrdiff_t>(column) * m + row] = entry; });
}

/// Numbers of a circuit's constants.
ORGANICS_FN constexpr int constants_size(int n) { return 4 * n; }

/// Lays what steps need of the parameters, computed once, where `to` says and has the circuit use it. Does NOT sync at the
/// end.
template <class T, class Team>
ORGANICS_FN void lay_constants(const Team& team, Circuit<T>& p, T* to) {
  const int n = p.n;
  p.constants = nullptr;
  for_each_own(team, n, [&](int i) {
    to[i] = p.inverse_tau(i);
    to[n + i] = p.inverse_tau(n + i);
    to[2 * n + i] = p.u(i);
    to[3 * n + i] = p.c(i);
  });
  p.constants = to;
}

/// From state units to rates: divides row i of the first 2n rows of J (m x m, column-major) by its time constant.
template <class T, class Team>
ORGANICS_FN void divide_rows_by_taus(const Team& team, const Circuit<T>& p, T* J, int m) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {
    const T rate_y = p.inverse_tau(i);
    const T rate_a = p.inverse_tau(n + i);
    for (int j = 0; j < m; ++j) {
      J[static_cast<std::ptrdiff_t>(j) * m + i] *= rate_y;
      J[static_cast<std::ptrdiff_t>(j) * m + n + i] *= rate_a;
    }
  });
}

/// Speed up to which component i of x = (y, a) counts as settled: `relative` times its own size, |u_i| + |y_i| or |a_i|,
/// and `absolute_part`, both within one time constant.
template <class T>
ORGANICS_FN T settled_speed(const Circuit<T>& p, int i, T u, T x, T relative, T absolute_part) {
  const T size = i < p.n ? absolute(u) + absolute(x) : absolute(x);
  return (relative * size + absolute_part) / (i < p.n ? p.tau_y[i] : p.tau_a[i - p.n]);
}

/// The circuit as a model that the integrators can step: dimension, right-hand side, Jacobian.
template <class T>
struct CircuitModel {
  Circuit<T> circuit;

  static constexpr bool autonomous = true;  ///< nothing here depends on t

  ORGANICS_FN int dimension() const { return 2 * circuit.n; }

  /// Right-hand side times the time constants (state units): `out` = (tau_y y', tau_a a').
  template <class Team>
  ORGANICS_FN void scaled_rhs(const Team& team, const T* x, T* out) const {
    write_scaled_rhs(team, x, [&](int k, T value) { out[k] = value; });
  }

  /// Right-hand side: `dx` = (y', a') at `x`, 1/s times the units of the state.
  template <class Team>
  ORGANICS_FN void rhs(const Team& team, T /*t*/, const T* x, T* dx) const {
    write_scaled_rhs(team, x, [&](int k, T value) { dx[k] = value * circuit.inverse_tau(k); });
  }

  /// Jacobian of the right-hand side times the time constants: J (2n x 2n, column-major), dimensionless.
  template <class Team>
  ORGANICS_FN void scaled_jacobian(const Team& team, const T* x, T* J) const {
    core::scaled_jacobian(team, circuit, x, J, dimension());
  }

  /// Jacobian of the right-hand side at `x`: J (2n x 2n, column-major), 1/s.
  template <class Team>
  ORGANICS_FN void jacobian(const Team& team, T /*t*/, const T* x, T* J) const {
    scaled_jacobian(team, x, J);
    divide_rows_by_taus(team, circuit, J, dimension());
  }

  /// Speed up to which component i counts as settled, units of the state a second.
  ORGANICS_FN T settled_speed(int i, const T* x, T relative, T absolute_part) const {
    return core::settled_speed(circuit, i, i < circuit.n ? circuit.u(i) : T(0), x[i], relative, absolute_part);
  }

  /// The state at rest, y = 0 and a = c.
  template <class Team>
  ORGANICS_FN void rest(const Team& team, T* x) const {
    const int n = circuit.n;
    for_each_own(team, n, [&](int i) {
      x[i] = T(0);
      x[n + i] = circuit.c(i);
    });
  }

 private:
  template <class Team, class Write>
  ORGANICS_FN void write_scaled_rhs(const Team& team, const T* x, Write&& write) const {
    const Circuit<T>& p = circuit;
    core::scaled_rhs(
        team, p, WeightsInPlace<>{}, x, [&](int i) { return p.c(i); }, [&](int i) { return p.u(i); }, write);
  }
};

/// A circuit whose constants are laid, for the many right-hand sides of a march by an explicit method.
/// neurons: n, where the compiler is to know it, so that loops over neurons unroll; 0: any. Weights: as in weights.hpp.
template <class T, int neurons = 0, class Weights = WeightsInPlace<>>
struct MarchedCircuit {
  Circuit<T> circuit;
  Weights weights = {};

  ORGANICS_FN int dimension() const { return 2 * size(); }

  template <class Team>
  ORGANICS_FN void rhs(const Team& team, T /*t*/, const T* x, T* dx) const {
    if constexpr (neurons > 0) {
      if (circuit.n != neurons) __builtin_unreachable();
    }
    write_rhs(team, circuit, x, dx);
  }

  template <class Team>
  ORGANICS_FN void rest(const Team& team, T* x) const {
    CircuitModel<T>{circuit}.rest(team, x);
  }

 private:
  ORGANICS_FN int size() const { return neurons > 0 ? neurons : circuit.n; }

  template <class Team>
  ORGANICS_FN void write_rhs(const Team& team, const Circuit<T>& p, const T* x, T* dx) const {
    const T* laid = p.constants;
    const int n = p.n;
    core::scaled_rhs(
        team, p, weights, x, [=](int i) { return laid[3 * n + i]; }, [=](int i) { return laid[2 * n + i]; },
        [=](int k, T value) { dx[k] = value * laid[k]; });
  }
};

/// Copies the caller's start, or the model's state at rest where there is none (null), to x. Ends with a sync.
template <class T, class Team, class Model>
ORGANICS_FN void load_start(const Team& team, const Model& model, const T* x0, T* x) {
  if constexpr (requires { model.rest(team, x); }) {
    if (x0 == nullptr) model.rest(team, x);
  }
  if (x0 != nullptr) {
    for_each_own(team, model.dimension(), [&](int i) { x[i] = x0[i]; });
  }
  team.sync();
}

}  // namespace organics::core
