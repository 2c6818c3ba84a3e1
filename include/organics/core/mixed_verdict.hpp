// The uniform verdict in mixed precision: the paper's iteration, the linear systems of Newton and the proof of stability
// in the narrow scalar S (float), state, residuals and Jacobian in T (double).
//
// Newton with factors in S is iterative refinement: what they lack costs a part of a step, not accuracy, as residual and
// acceptance are those of T. The proof is about the Jacobian in T: with J' = s J rounded to S, s a power of two,
//   |J' - s J| <= u |J'| + m tiny   (Frobenius),
// and every matrix so near to J' is proven stable (certificate.hpp), with room for the margin that a verdict asks for.
// Whatever S cannot hold, or not well enough, makes no proof, and is left to the ladder in T.
// Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/certificate.hpp"
#include "organics/core/circuit_storage.hpp"
#include "organics/core/fixed_point.hpp"
#include "organics/core/spectrum.hpp"

namespace organics::core {

/// Memory of Newton's method in T with factors in S.
template <class T, class S>
struct MixedNewtonWork : NewtonWork<T> {
  Circuit<S> narrow;
  S* factors;                 ///< m x m
  IndexOf<S>* narrow_pivots;  ///< m
  S* vector;                  ///< m

  template <class Team>
  ORGANICS_FN MaskOf<T> factor(const Team& team, const CircuitModel<T>& model, const T* x) const {
    const int m = model.dimension();
    for_each_own(team, m, [&](int i) { vector[i] = converted<S>(x[i]); });
    team.sync();
    scaled_jacobian(team, narrow, vector, factors, m);
    team.sync();
    return converted<MaskOf<T>>(lu_factor(team, factors, m, narrow_pivots));
  }

  /// What of b lies below the numbers of S is lost to the step, not to the next residual.
  template <class Team>
  ORGANICS_FN void solve(const Team& team, int m, T* b) const {
    for_each_own(team, m, [&](int i) { vector[i] = converted<S>(b[i]); });
    team.sync();
    lu_solve(team, factors, m, narrow_pivots, vector);
    for_each_own(team, m, [&](int i) { b[i] = converted<T>(vector[i]); });
    team.sync();
  }
};

/// Memory of settle_and_prove_mixed (m = 2n).
template <class T>
struct MixedWork {
  using S = NarrowOf<T>;
  T* x;                ///< m: the equilibrium
  NewtonWork<T> wide;  ///< without matrix and pivots
  S* circuit;          ///< circuit_storage_size(n)
  S* matrix;           ///< m x m, or what the largest singular value needs
  IndexOf<S>* pivots;  ///< m
  S* vector;           ///< m
  S* terms;            ///< m
  CertificateWork<S> certificate;
};

/// Numbers of T, and of S, that settle_and_prove_mixed needs for n neurons, beside 2n integers.
ORGANICS_FN constexpr std::size_t mixed_wide_scratch(int n) { return 5 * 2 * static_cast<std::size_t>(n); }
ORGANICS_FN constexpr std::size_t mixed_narrow_scratch(int n) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  const std::size_t svd = largest_singular_value_scratch(n);
  return circuit_storage_size(n) + (m * m > svd ? m * m : svd) + 2 * m + certificate_scratch(2 * n);
}

/// x (m) and the vectors of `wide` are the caller's; the matrix and pivots of `wide` are not used.
template <class T>
ORGANICS_FN MixedWork<T> mixed_work(T* x, const NewtonWork<T>& wide, NarrowOf<T>* narrow,
                                    IndexOf<NarrowOf<T>>* integers, int n) {
  const std::ptrdiff_t m = 2 * static_cast<std::ptrdiff_t>(n);
  NarrowOf<T>* vector = narrow + circuit_storage_size(n);
  NarrowOf<T>* certificate = vector + 2 * m;
  NarrowOf<T>* matrix = certificate + certificate_scratch(2 * n);
  return {x, wide, narrow, matrix, integers, vector, vector + m, certificate_work(certificate, integers, 2 * n)};
}

/// The same out of mixed_wide_scratch(n) numbers.
template <class T>
ORGANICS_FN MixedWork<T> mixed_work(T* wide, NarrowOf<T>* narrow, IndexOf<NarrowOf<T>>* integers, int n) {
  const std::ptrdiff_t m = 2 * static_cast<std::ptrdiff_t>(n);
  return mixed_work(wide, {nullptr, nullptr, wide + m, wide + 2 * m, wide + 3 * m, wide + 4 * m}, narrow, integers, n);
}

/// The circuit in S, laid into `storage` (circuit_storage_size(n)). What S cannot hold becomes 0 or infinite.
template <class S, class T, class Team>
ORGANICS_FN Circuit<S> converted_circuit(const Team& team, const Circuit<T>& p, S* storage) {
  const T* const vectors[] = {p.tau_y, p.tau_a, p.b0, p.b1, p.sigma, p.z};
  const std::ptrdiff_t n = p.n;
  for (int v = 0; v < 6; ++v) {
    for_each_own(team, p.n, [&](int i) { storage[v * n + i] = converted<S>(vectors[v][i]); });
  }
  S* Wr = storage + 6 * n;
  for_each_own(team, p.n * p.n, [&](int k) {
    Wr[k] = converted<S>(p.Wr[k]);
    Wr[n * n + k] = converted<S>(p.W[k]);
  });
  team.sync();
  return stored_circuit(storage, p.n, p.model);
}

/// J <- the Jacobian at x, evaluated in T, times a power of two that brings its largest entry to 1/2..1, rounded to S.
/// `rates` and `largest` are scratch of m.
template <class S, class T, class Team>
ORGANICS_FN void narrow_jacobian(const Team& team, const Circuit<T>& p, const T* x, S* J, T* rates, T* largest) {
  const int m = 2 * p.n;
  const auto begin_row = [&](int row) {
    rates[row] = p.inverse_tau(row);
    largest[row] = T(0);
  };
  for_each_own(team, p.n, [&](int i) {
    begin_row(i);
    begin_row(p.n + i);
  });
  // rows are put by the lanes that own them, and have just written their rates
  put_scaled_jacobian(team, p, x, [=](int row, int, T entry) {
    largest[row] = max_or_nan(largest[row], absolute(entry * rates[row]));
  });
  team.sync();
  T all = T(0);
  for (int i = 0; i < m; ++i) all = max_or_nan(all, largest[i]);
  constexpr int most = Limits<T>::exponent_range - 22;  // the power, and its inverse, are normal
  const T scale = power_of_two(-max(min(exponent_of(all), T(most)), T(-most)));
  put_scaled_jacobian(team, p, x, [=](int row, int column, T entry) {
    J[static_cast<std::ptrdiff_t>(column) * m + row] = converted<S>(entry * rates[row] * scale);
  });
  team.sync();
}

/// How far from J' (m x m, Frobenius norm `norm`) a matrix may be whose stability J' is to prove: what was rounded to S,
/// and twice the half-width of the marginal verdicts in T on the diagonal, as is_proven_stable asks.
template <class T, class S>
ORGANICS_FN S mixed_perturbation(int m, S norm) {
  using Number = NumberOf<T>;
  const RoundingBound<S> bound{m};
  const Number margin = Number(2) * spectrum_error(m, Number(1));
  const S relative = epsilon<S>() + square_root(static_cast<S>(m)) * S(margin);
  return bound.up(relative * norm + bound.tiny());
}

/// is_proven_stable by a proof in S.
template <class T, class S, class Team>
ORGANICS_FN MaskOf<S> is_proven_stable_mixed(const Team& team, const Circuit<T>& p, const MixedWork<T>& work) {
  const int m = 2 * p.n;
  narrow_jacobian(team, p, work.x, work.matrix, work.wide.base, work.wide.terms);
  const S norm = frobenius_norm(team, work.matrix, m, work.terms);
  return certify_stability(team, work.matrix, m, mixed_perturbation<T>(m, norm), work.certificate).proven;
}

/// settle_and_prove (uniform_verdict.hpp) in mixed precision: whether the circuit has an equilibrium that the ladder in T
/// would accept on its second rung, proven stable by more than the error of its eigenvalues; it is left in work.x. False
/// says nothing. Where Newton halved a step its path may turn on what S rounds, and end elsewhere: false, too.
template <class T, class Team>
ORGANICS_FN MaskOf<T> settle_and_prove_mixed(const Team& team, const CircuitModel<T>& model, int fixed_point_steps,
                                             int newton_steps, T tolerance, const MixedWork<T>& work,
                                             CostOf<IndexOf<T>>& cost) {
  using S = NarrowOf<T>;
  const int m = model.dimension();
  MaskOf<T> open = !recurrence_is_identity(model.circuit);
  if (!any(open)) return open;
  const Circuit<S> narrow = converted_circuit<S>(team, model.circuit, work.circuit);
  CostOf<IndexOf<S>> of_start;
  open = open && converted<MaskOf<T>>(fixed_point_iteration(
                     team, narrow, fixed_point_steps, work.vector,
                     NewtonWork<S>{work.matrix, work.pivots, nullptr, work.terms, nullptr, nullptr}, of_start));
  if (!any(open)) return open;
  for_each_own(team, m, [&](int i) { work.x[i] = converted<T>(work.vector[i]); });
  team.sync();
  const MixedNewtonWork<T, S> newton_work{work.wide, narrow, work.matrix, work.pivots, work.vector};
  open = open && newton(team, model, work.x, newton_steps, tolerance, newton_work, cost);
  open = open && cost.rhs == cost.jacobians + IndexOf<T>(1);
  cost.lu = cost.lu + converted<IndexOf<T>>(of_start.lu);
  if (!any(open)) return open;
  return open && converted<MaskOf<T>>(is_proven_stable_mixed<T, S>(team, model.circuit, work));
}

}  // namespace organics::core
