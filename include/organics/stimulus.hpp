// What drives circuits in time: signals in place of their constants, and dynamic gains.
#pragma once

#include <cstdint>

#include "organics/batch.hpp"
#include "organics/circuits.hpp"
#include "organics/core/driven_circuit.hpp"

namespace organics {

/// A signal of every circuit: values at knots in time, each array per circuit or shared by all. Before the first knot
/// it has the first value, from the last knot on the last one. Empty: no signal.
/// Integrators land on every knot, so that no jump or bend of a signal lies within a step (that of max(W_zx x_in, 0),
/// below, may).
template <class T>
struct Signal {
  BatchView<const T> times = {};  ///< knots: seconds; increasing (constant), non-decreasing (linear: two equal: a jump)
  BatchView<const T> values = {};                ///< rows x knots, column-major: one column a knot
  Interpolation kind = Interpolation::constant;  ///< from one knot to the next

  constexpr explicit operator bool() const { return static_cast<bool>(times); }
};

/// Signals of n rows in place of a circuit's constants z, b0 and b1. An empty one: the circuit's constant, in units of
/// the constant and with its bounds.
template <class T>
struct Stimulus {
  Signal<T> z = {};   ///< input drive
  Signal<T> b0 = {};  ///< gain of the semi-saturation, >= 0
  Signal<T> b1 = {};  ///< input gain, >= 0

  constexpr explicit operator bool() const { return z || b0 || b1; }
};

/// Gains that are states of the circuit (Rawat, Heeger and Martiniani 2024, the model with dynamic gains):
///   tau_b0 b0' = -b0 + f(W_b0x x_in + W_b0y y + W_b0a a),   tau_b1 b1' = -b1 + f(W_b1x x_in + W_b1y y + W_b1a a),
/// f(v) = 1 / (1 + exp(-v)), and z = max(W_zx x_in, 0) where W_zx is given. The state is then (y, a, b0, b1), 4n
/// numbers, and at rest b0 and b1 are the circuit's own. Empty (no tau_b0): the gains are as given.
/// An empty matrix counts as zero. Excludes signals for b0 and b1; W_zx excludes one for z.
template <class T>
struct DynamicGains {
  int inputs = 0;                  ///< d, the size of x_in, >= 0
  BatchView<const T> tau_b0 = {};  ///< n: seconds, > 0
  BatchView<const T> tau_b1 = {};  ///< n: seconds, > 0
  BatchView<const T> W_b0x = {};   ///< n x d, column-major, as all below
  BatchView<const T> W_b1x = {};   ///< n x d
  BatchView<const T> W_b0y = {};   ///< n x n
  BatchView<const T> W_b0a = {};   ///< n x n
  BatchView<const T> W_b1y = {};   ///< n x n
  BatchView<const T> W_b1a = {};   ///< n x n
  BatchView<const T> W_zx = {};    ///< n x d; empty: z is the circuit's or the stimulus'
  BatchView<const T> input = {};   ///< d: x_in, when it does not change
  Signal<T> input_signal = {};     ///< d rows: x_in in time; one of the two where d > 0

  constexpr explicit operator bool() const { return static_cast<bool>(tau_b0); }
};

/// Numbers in the state of one circuit: 2n, or 4n with dynamic gains.
template <class T>
constexpr int state_size(const Circuits<T>& batch, const DynamicGains<T>& gains) {
  return (gains ? 4 : 2) * batch.n;
}

/// Circuit i's part of a signal, as pointers into the caller's memory; no segment entered yet.
template <class T>
constexpr core::Series<T> series(const Signal<T>& signal, std::int64_t i) {
  if (!signal) return {};
  return {signal.times.item(i), signal.values.item(i), signal.times.rows, signal.values.rows, signal.kind, -1};
}

/// Circuit `i` of the batch with what drives it, as pointers into the caller's memory.
template <class T>
constexpr core::DrivenCircuit<T> driven_circuit(const Circuits<T>& batch, const Stimulus<T>& stimulus,
                                                const DynamicGains<T>& gains, std::int64_t i) {
  core::DrivenCircuit<T> driven = {circuit(batch, i), series(stimulus.z, i), series(stimulus.b0, i),
                                   series(stimulus.b1, i), series(gains.input_signal, i)};
  if (!gains) return driven;
  driven.gains = {gains.inputs,
                  gains.tau_b0.item(i),
                  gains.tau_b1.item(i),
                  gains.W_b0x.item_or_null(i),
                  gains.W_b1x.item_or_null(i),
                  gains.W_b0y.item_or_null(i),
                  gains.W_b0a.item_or_null(i),
                  gains.W_b1y.item_or_null(i),
                  gains.W_b1a.item_or_null(i),
                  gains.W_zx.item_or_null(i),
                  gains.input.item_or_null(i)};
  return driven;
}

}  // namespace organics
