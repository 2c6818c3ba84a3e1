// A circuit that is driven in time: its input drive and its gains are signals, or the gains are dynamic.
//
//   b0(t), b1(t), z(t) from series (each alone, or a constant of the circuit), or the dynamic gains
//   tau_b0 b0' = -b0 + f(W_b0x x_in + W_b0y y + W_b0a a),   tau_b1 b1' = -b1 + f(W_b1x x_in + W_b1y y + W_b1a a),
//   z = fl(W_zx x_in), f the logistic function, x_in constant or a series; y and a enter the gates without a floor.
// State x = (y, a), 2n numbers, or (y, a, b0, b1), 4n. Equations of y and a: model.hpp, the same text.
// Rawat, Heeger and Martiniani (NeurIPS 2024), the model with dynamic gains.
// Team contract: as in model.hpp: row i of a result is written by its owner, and there is NO closing sync. enter() is
// called on every lane's own copy.
#pragma once

#include <cstddef>

#include "organics/core/model.hpp"
#include "organics/core/series.hpp"

namespace organics::core {

/// 1 / (1 + exp(-v)).
template <class T>
ORGANICS_FN T logistic(T v) {
  return T(1) / (T(1) + std::exp(-v));
}

/// Parameters of one circuit's dynamic gains; owns nothing. Matrices column-major, a null one counts as zero.
template <class T>
struct GainDynamics {
  int inputs = 0;             ///< d >= 0, size of x_in
  const T* tau_b0 = nullptr;  ///< n, seconds, > 0; null: the gains are not dynamic
  const T* tau_b1 = nullptr;  ///< n, seconds, > 0
  const T* W_b0x = nullptr;   ///< n x d
  const T* W_b1x = nullptr;   ///< n x d
  const T* W_b0y = nullptr;   ///< n x n
  const T* W_b0a = nullptr;   ///< n x n
  const T* W_b1y = nullptr;   ///< n x n
  const T* W_b1a = nullptr;   ///< n x n
  const T* W_zx = nullptr;    ///< n x d; null: z is the circuit's or its series
  const T* input = nullptr;   ///< d; null: a series gives it, or d = 0

  ORGANICS_FN constexpr explicit operator bool() const { return tau_b0 != nullptr; }
};

/// A model for the integrators. Dynamic gains and series of b0 or b1 exclude each other, W_zx and a series of z too.
/// An integrator calls enter(t) where a step starts and takes no step past next_stop(t).
template <class T>
struct DrivenCircuit {
  Circuit<T> circuit;
  Series<T> z = {};
  Series<T> b0 = {};
  Series<T> b1 = {};
  Series<T> input = {};
  GainDynamics<T> gains = {};
  T entered = T(0);  ///< the time that was last entered

  static constexpr bool autonomous = false;

  ORGANICS_FN int dimension() const { return (gains ? 4 : 2) * circuit.n; }

  /// The next time at which a signal jumps or bends; the largest finite number when there is none.
  ORGANICS_FN T next_stop(T t) const {
    return min(min(z.next_stop(t), input.next_stop(t)), min(b0.next_stop(t), b1.next_stop(t)));
  }

  /// Makes the segments that hold `t` the present ones.
  ORGANICS_FN void enter(T t) {
    z.enter(t);
    b0.enter(t);
    b1.enter(t);
    input.enter(t);
    entered = t;
  }

  /// Right-hand side: `dx` = (y', a') or (y', a', b0', b1') at `t` and `x`, 1/s times the units of the state.
  template <class Team>
  ORGANICS_OUTLINED_FN void rhs(const Team& team, T t, const T* x, T* dx) const {
    scaled_rhs(
        team, circuit, WeightsInPlace<>{}, x, [&](int i) { return c_at(i, t, x); },
        [&](int i) { return u_at(i, t, x); }, [&](int k, T value) { dx[k] = value * circuit.inverse_tau(k); });
    if (!gains) return;
    const int n = circuit.n;
    T* d_b0 = dx + 2 * n;
    T* d_b1 = dx + 3 * n;
    gate_b0(team, t, x, d_b0);
    gate_b1(team, t, x, d_b1);
    for_each_own(team, n, [&](int i) {
      d_b0[i] = (logistic(d_b0[i]) - x[2 * n + i]) / gains.tau_b0[i];
      d_b1[i] = (logistic(d_b1[i]) - x[3 * n + i]) / gains.tau_b1[i];
    });
  }

  /// Jacobian of the right-hand side at `t` and `x`: J (dimension() squared, column-major), 1/s. Kinks as in model.hpp.
  template <class Team>
  ORGANICS_OUTLINED_FN void jacobian(const Team& team, T t, const T* x, T* J) const {
    const int m = dimension();
    scaled_jacobian(team, circuit, x, J, m);
    if (gains) columns_of_gains(team, t, x, J);
    divide_rows_by_taus(team, circuit, J, m);
    if (gains) rows_of_gains(team, t, x, J);
  }

  /// Partial derivative of the right-hand side by t, in `out`; zero unless a signal is linear here.
  template <class Team>
  ORGANICS_OUTLINED_FN void time_derivative(const Team& team, T t, const T* x, T* out) const {
    const Circuit<T>& p = circuit;
    const int n = p.n;
    // u = b1 z and c = (b0 sigma)^2: u' = b1' z + b1 z', c' = 2 b0 b0' sigma^2
    for_each_own(team, n, [&](int i) {
      out[i] = (b1.slope(i) * z_at(i, t) + b1_at(i, t, x) * z_slope(i, t)) * p.inverse_tau(i);
      out[n + i] = T(2) * b0_at(i, t, x) * b0.slope(i) * p.sigma[i] * p.sigma[i] * p.inverse_tau(n + i);
    });
    if (!gains) return;
    T* d_b0 = out + 2 * n;
    T* d_b1 = out + 3 * n;
    gate_b0(team, t, x, d_b0);
    gate_b1(team, t, x, d_b1);
    for_each_own(team, n, [&](int i) {
      d_b0[i] = logistic_slope(d_b0[i]) * input_slope(gains.W_b0x, i) / gains.tau_b0[i];
      d_b1[i] = logistic_slope(d_b1[i]) * input_slope(gains.W_b1x, i) / gains.tau_b1[i];
    });
  }

  /// Speed up to which component i counts as settled, units of the state a second, with the input drive of the time last
  /// entered; gains lie between 0 and 1 and are measured by 1.
  ORGANICS_FN T settled_speed(int i, const T* x, T relative, T absolute_part) const {
    const int n = circuit.n;
    if (i >= 3 * n) return (relative + absolute_part) / gains.tau_b1[i - 3 * n];
    if (i >= 2 * n) return (relative + absolute_part) / gains.tau_b0[i - 2 * n];
    return core::settled_speed(circuit, i, i < n ? u_at(i, entered, x) : T(0), x[i], relative, absolute_part);
  }

  /// The state at rest at the time last entered: y = 0, a = (b0 sigma)^2, dynamic gains at the circuit's b0 and b1.
  template <class Team>
  ORGANICS_FN void rest(const Team& team, T* x) const {
    const Circuit<T>& p = circuit;
    const int n = p.n;
    for_each_own(team, n, [&](int i) {
      const T b0_now = b0 ? b0.value(i, entered) : p.b0[i];
      x[i] = T(0);
      x[n + i] = (b0_now * p.sigma[i]) * (b0_now * p.sigma[i]);
      if (!gains) return;
      x[2 * n + i] = b0_now;
      x[3 * n + i] = p.b1[i];
    });
  }

 private:
  ORGANICS_FN T b0_at(int i, T t, const T* x) const {
    if (gains) return x[2 * circuit.n + i];
    return b0 ? b0.value(i, t) : circuit.b0[i];
  }

  ORGANICS_FN T b1_at(int i, T t, const T* x) const {
    if (gains) return x[3 * circuit.n + i];
    return b1 ? b1.value(i, t) : circuit.b1[i];
  }

  ORGANICS_FN T z_at(int i, T t) const {
    if (gains && gains.W_zx != nullptr) return positive_part(input_drive(gains.W_zx, i, t));
    return z ? z.value(i, t) : circuit.z[i];
  }

  /// dz_i/dt; the floor has no slope at 0.
  ORGANICS_FN T z_slope(int i, T t) const {
    if (!(gains && gains.W_zx != nullptr)) return z.slope(i);
    return select(input_drive(gains.W_zx, i, t) > T(0), input_slope(gains.W_zx, i), T(0));
  }

  ORGANICS_FN T c_at(int i, T t, const T* x) const {
    const T p = b0_at(i, t, x) * circuit.sigma[i];
    return p * p;
  }

  ORGANICS_FN T u_at(int i, T t, const T* x) const { return b1_at(i, t, x) * z_at(i, t); }

  /// Row i of M x_in, M (n x d) or null.
  ORGANICS_FN T input_drive(const T* M, int i, T t) const {
    T sum = T(0);
    if (M == nullptr) return sum;
    for (int k = 0; k < gains.inputs; ++k) {
      const T value = input ? input.value(k, t) : gains.input[k];
      sum += M[static_cast<std::ptrdiff_t>(k) * circuit.n + i] * value;
    }
    return sum;
  }

  /// Row i of M dx_in/dt.
  ORGANICS_FN T input_slope(const T* M, int i) const {
    T sum = T(0);
    if (M == nullptr || !input) return sum;
    for (int k = 0; k < gains.inputs; ++k) {
      sum += M[static_cast<std::ptrdiff_t>(k) * circuit.n + i] * input.slope(k);
    }
    return sum;
  }

  /// What enters a gate: `out` = Mx x_in + My y + Ma a, this lane's rows.
  template <class Team>
  ORGANICS_FN void gate(const Team& team, const T* Mx, const T* My, const T* Ma, T t, const T* x, T* out) const {
    const int n = circuit.n;
    const auto add = [&](int i, T sum) { out[i] += sum; };
    for_each_own(team, n, [&](int i) { out[i] = input_drive(Mx, i, t); });
    if (My != nullptr)
      row_sums(
          team, My, n, 0, [&](int j) { return x[j]; }, add);
    if (Ma != nullptr)
      row_sums(
          team, Ma, n, 0, [&](int j) { return x[n + j]; }, add);
  }

  template <class Team>
  ORGANICS_FN void gate_b0(const Team& team, T t, const T* x, T* out) const {
    gate(team, gains.W_b0x, gains.W_b0y, gains.W_b0a, t, x, out);
  }

  template <class Team>
  ORGANICS_FN void gate_b1(const Team& team, T t, const T* x, T* out) const {
    gate(team, gains.W_b1x, gains.W_b1y, gains.W_b1a, t, x, out);
  }

  /// Derivative of the logistic function at v.
  ORGANICS_FN static T logistic_slope(T v) { return logistic(v) * logistic(-v); }

  /// How y and a depend on b0 and b1, times tau: dc_i/db0_i = 2 b0_i sigma_i^2, du_i/db1_i = z_i.
  template <class Team>
  ORGANICS_FN void columns_of_gains(const Team& team, T t, const T* x, T* J) const {
    const int n = circuit.n;
    const int m = 4 * n;
    for_each_own(team, n, [&](int i) {
      for (int j = 2 * n; j < m; ++j) {
        T* column = J + static_cast<std::ptrdiff_t>(j) * m;
        column[i] = j == 3 * n + i ? z_at(i, t) : T(0);
        column[n + i] = j == 2 * n + i ? T(2) * x[j] * circuit.sigma[i] * circuit.sigma[i] : T(0);
      }
    });
  }

  /// The rows of b0 and b1, rates included.
  template <class Team>
  ORGANICS_FN void rows_of_gains(const Team& team, T t, const T* x, T* J) const {
    const int n = circuit.n;
    const int m = 4 * n;
    T* drive = J + static_cast<std::ptrdiff_t>(m - 1) * m;  // the last column, until its owner overwrites it
    gate_b0(team, t, x, drive + 2 * n);
    gate_b1(team, t, x, drive + 3 * n);
    for_each_own(team, n, [&](int i) {
      const T rate_b0 = T(1) / gains.tau_b0[i];
      const T rate_b1 = T(1) / gains.tau_b1[i];
      row_of_gain(gains.W_b0y, gains.W_b0a, i, 2 * n + i, logistic_slope(drive[2 * n + i]) * rate_b0, rate_b0, J);
      row_of_gain(gains.W_b1y, gains.W_b1a, i, 3 * n + i, logistic_slope(drive[3 * n + i]) * rate_b1, rate_b1, J);
    });
  }

  /// One row of it: slope My_i, slope Ma_i, and -rate on the diagonal.
  ORGANICS_FN void row_of_gain(const T* My, const T* Ma, int i, int row, T slope, T rate, T* J) const {
    const int n = circuit.n;
    const int m = 4 * n;
    for (int j = 0; j < n; ++j) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      J[static_cast<std::ptrdiff_t>(j) * m + row] = My == nullptr ? T(0) : slope * My[ij];
      J[static_cast<std::ptrdiff_t>(n + j) * m + row] = Ma == nullptr ? T(0) : slope * Ma[ij];
    }
    for (int j = 2 * n; j < m; ++j) J[static_cast<std::ptrdiff_t>(j) * m + row] = j == row ? -rate : T(0);
  }
};

}  // namespace organics::core
