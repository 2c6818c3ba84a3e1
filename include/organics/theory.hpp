// What can be said about circuits without simulating them: every equilibrium of n = 1, proofs of stability for Wr = I,
// the damped-oscillator form, closed-form spectra, and the modes of any spectrum.
// Equations and theorems: Rawat, Heeger and Martiniani (NeurIPS 2024); see docs/theory.md.
#pragma once

#include <cstdint>

#include "organics/circuits.hpp"
#include "organics/core/planar.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

// Every function here runs on a Cpu executor; a Cuda executor is refused with DeviceError.

namespace organics {

/// Where the results go; empty views are not written. Columns beyond `count` hold NaN, and type none.
template <class T>
struct PlanarResults {
  BatchView<std::int32_t> count = {};    ///< equilibria, 0 to 3; 1 per circuit
  BatchView<T> states = {};              ///< 2 x 3 per circuit: (y, a) of each equilibrium, by ascending a, then y
  BatchView<EquilibriumType> type = {};  ///< 3 per circuit
  BatchView<T> eigenvalues = {};         ///< 4 x 3 per circuit: re, im, re, im of the Jacobian there, 1/s, sorted
  BatchView<Status> status = {};         ///< 1 per circuit: ok, or non_finite where a state is too large to represent
};

/// Every equilibrium of each circuit of one neuron pair (n = 1), with its type: the nullcline analysis of the
/// two-dimensional model (figures 1 to 3), whose equilibria are roots of a quartic in sqrt(a).
template <class T>
void planar_equilibria(const Executor& executor, const Circuits<T>& circuits, const PlanarResults<T>& results);

/// Whether a main circuit with n = 1, b0 sigma > 0 and recurrent weight wr has a stable equilibrium, whatever its time
/// constants; u = b1 z, c = (b0 sigma)^2. For wr < 0 if and only if c < p^2 and
/// w u^2 < (1 - wr)^2 (1 - (c / p^2)^(1/3))^3, p = 1 - 1/wr: Conjecture 5.3 (|wr| = 1) holds at wr = 1, and at wr = -1
/// exactly where this does.
bool stable_equilibrium_exists(double wr, double w, double u, double c);

/// Where the results go; empty views are not written.
template <class T>
struct OscillatorResults {
  BatchView<T> B = {};            ///< n x n per circuit, column-major: damping, 1/s
  BatchView<T> K = {};            ///< n per circuit: the diagonal of the stiffness, 1/s^2
  BatchView<Status> status = {};  ///< 1 per circuit: ok, or non_finite (an equilibrium with a_i = 0 or too large)
};

/// The damped-oscillator form x'' + B x' + K x = 0 of the linearised flow of circuits with Wr = I, x = y - y_s, at the
/// one equilibrium, which is the normalisation equation. The roots of det(l^2 I + l B + K) are the Jacobian's spectrum.
/// Throws InvalidArgument where Wr is not the identity.
template <class T>
void oscillator(const Executor& executor, const Circuits<T>& circuits, const OscillatorResults<T>& results);

/// Where the results go; empty views are not written.
template <class T>
struct IdentityProofResults {
  BatchView<std::uint8_t> proven = {};  ///< 1 per circuit: 1 where stability is proven in this arithmetic, else 0
  BatchView<T> diagonal = {};           ///< n per circuit: the Lyapunov diagonal (T in the paper), > 0 where proven
  BatchView<T> margin = {};             ///< 1 per circuit: relative diagonal dominance of the scaled form; > 0 proves
  BatchView<Status> status = {};        ///< 1 per circuit: ok, singular or non_finite
};

/// Proves each circuit with Wr = I stable, by the theorem of unconditional stability: the diagonal matrix that makes
/// T B + B^T T positive definite is found with one n x n solve, and checked with all rounding accounted for.
/// Throws InvalidArgument where Wr is not the identity.
template <class T>
void certify_identity(const Executor& executor, const Circuits<T>& circuits, const IdentityProofResults<T>& results);

/// Eigenvalues in closed form at the equilibrium of circuits with Wr = I, W = alpha ones, and tau_y, tau_a and b0 sigma
/// the same for all neurons: 2 x 2n per circuit, (re, im) pairs, 1/s, sorted as stability() sorts them.
/// Throws InvalidArgument where a circuit is not of that kind.
template <class T>
void uniform_spectrum(const Executor& executor, const Circuits<T>& circuits, BatchView<T> eigenvalues);

/// Where the results go; empty views are not written.
template <class T>
struct ModesResults {
  BatchView<T> natural_frequency = {};  ///< m per circuit: |lambda|, rad/s
  BatchView<T> damping_ratio = {};  ///< m per circuit: -Re lambda / |lambda|; < 1 rings, < 0 grows, NaN for lambda = 0
};

/// Natural frequency and damping ratio of each eigenvalue, as of x'' + 2 zeta omega x' + omega^2 x = 0. `eigenvalues`:
/// 2 x m per circuit, (re, im) pairs as stability() writes them; any circuit, NaN stays NaN.
template <class T>
void modes(const Executor& executor, BatchView<const T> eigenvalues, const ModesResults<T>& results);

}  // namespace organics
