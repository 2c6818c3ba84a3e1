// The steady-state ladder: closed form, fixed-point iteration with Newton, and the flow itself.
//
// A rung's answer is accepted only when its residual is within tolerance, a >= c, and the spectral abscissa of the
// Jacobian there is negative. What the rungs before cannot settle, the last one follows: a stiff integration from the
// start, loose (2 to 3 digits), until the state hardly moves; Newton from there; accepted if it is stable and near.
// Constants and order are the ones that were measured to miss nothing on thirteen ensembles.
// Team contract: as in team.hpp; outcomes are the same on every lane.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/fixed_point.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/rosenbrock.hpp"
#include "organics/core/spectrum.hpp"
#include "organics/core/status.hpp"

namespace organics::core {

template <class T>
struct SettleOptions {
  int fixed_point_steps;
  int newton_steps;
  int max_steps;  ///< of the flow
  T tolerance;    ///< of the relative residual
  T state_bound;  ///< max |x| beyond which the flow has diverged
};

template <class T>
struct Settled {
  Status status = Status::not_settled;
  Rung rung = Rung::none;
  std::int32_t steps = 0;  ///< of the flow
  Spectrum<T> spectrum;    ///< at x, where an equilibrium was reached
};

/// Everything the ladder writes to; carve one out of numbers and integers with settle_work().
template <class T>
struct SettleWork {
  T* matrix;      ///< m x m, shared by all rungs
  int* pivots;    ///< m
  T* x;           ///< m: the answer
  T* re;          ///< m: eigenvalues at x
  T* im;          ///< m
  T* scratch;     ///< eigenvalues_scratch(m)
  T* vectors[8];  ///< m each
};

ORGANICS_FN constexpr std::size_t settle_matrix_size(int n) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  const std::size_t svd = largest_singular_value_scratch(n);
  return m * m > svd ? m * m : svd;
}

/// Numbers the ladder needs for n neurons, beside 2n integers.
ORGANICS_FN constexpr std::size_t settle_scratch(int n) {
  return settle_matrix_size(n) + 11 * 2 * static_cast<std::size_t>(n) + eigenvalues_scratch(2 * n);
}

template <class T>
ORGANICS_FN SettleWork<T> settle_work(T* numbers, int* integers, int n) {
  const int m = 2 * n;
  SettleWork<T> work;
  work.matrix = numbers;
  work.pivots = integers;
  work.x = numbers + settle_matrix_size(n);
  work.re = work.x + m;
  work.im = work.re + m;
  T* next = work.im + m;
  for (T*& vector : work.vectors) {
    vector = next;
    next += m;
  }
  work.scratch = next;
  return work;
}

template <class T>
ORGANICS_FN SpectrumWork<T> spectrum_work(const SettleWork<T>& work) {
  return {work.matrix, work.re, work.im, work.scratch};
}

template <class T>
ORGANICS_FN NewtonWork<T> newton_work(const SettleWork<T>& work) {
  return {work.matrix, work.pivots, work.vectors[0], work.vectors[1], work.vectors[4], work.vectors[5]};
}

/// Looks at the equilibrium in work.x and says ok if it is stable. `settled.rung` is set only then.
template <class T, class Team>
ORGANICS_FN void accept_if_stable(const Team& team, const CircuitModel<T>& model, Rung rung, Settled<T>& settled,
                                  const SettleWork<T>& work) {
  settled.spectrum = spectrum(team, model, work.x, spectrum_work(work));
  const bool stable = settled.spectrum.status == Status::ok && settled.spectrum.abscissa < T(0);
  settled.rung = stable ? rung : Rung::none;
  settled.status = stable                                  ? Status::ok
                   : settled.spectrum.status == Status::ok ? Status::no_stable_steady_state
                                                           : settled.spectrum.status;
}

/// Rungs one and two. On return status ok means accepted; anything else that the flow has to be asked.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_directly(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                       const SettleWork<T>& work) {
  Settled<T> settled;
  const Circuit<T>& p = model.circuit;
  const bool identity = recurrence_is_identity(p);
  if (identity) {
    closed_form_equilibrium(team, p, work.x);
    if (relative_residual(team, model, work.x, options.tolerance, newton_work(work)) <= options.tolerance) {
      accept_if_stable(team, model, Rung::closed_form, settled, work);
    }
    if (settled.status == Status::ok) return settled;
  }
  if (fixed_point_iteration(team, p, options.fixed_point_steps, work.x, newton_work(work)) &&
      newton(team, model, work.x, options.newton_steps, options.tolerance, newton_work(work))) {
    accept_if_stable(team, model, Rung::fixed_point, settled, work);
  }
  return settled;
}

/// How fast x moves: max_i |tau_i f_i| / (1 + max |x|). NaN when anything is.
template <class T>
ORGANICS_FN T relative_speed(const Circuit<T>& p, const T* x, const T* f) {
  T speed = T(0);
  T size = T(0);
  for (int i = 0; i < p.n; ++i) {
    speed = max_or_nan(speed, absolute(p.tau_y[i] * f[i]));
    speed = max_or_nan(speed, absolute(p.tau_a[i] * f[p.n + i]));
    size = max_or_nan(size, max_or_nan(absolute(x[i]), absolute(x[p.n + i])));
  }
  return speed / (T(1) + size);
}

/// Newton from the state of the flow into work.x; accepted when stable and within a fifth of that state.
template <class T, class Team>
ORGANICS_FN void polish(const Team& team, const CircuitModel<T>& model, const T* state, const SettleOptions<T>& options,
                        Settled<T>& settled, const SettleWork<T>& work) {
  const int m = model.dimension();
  const Circuit<T>& p = model.circuit;
  for_each_own(team, m, [&](int i) { work.x[i] = state[i]; });
  team.sync();
  settled.status = Status::not_converged;
  if (!newton(team, model, work.x, 15, options.tolerance, newton_work(work))) return;
  bool near = true;
  for (int i = 0; i < m; ++i) near = near && absolute(work.x[i] - state[i]) <= T(0.2) * state_weight(p, i, state[i]);
  if (near) accept_if_stable(team, model, Rung::flow, settled, work);
}

/// Largest error of a flow step relative to rtol = 1e-2 and the weights above.
template <class T>
ORGANICS_FN T flow_error(const Circuit<T>& p, const T* x, const T* x_new, const T* error) {
  T largest = T(0);
  for (int i = 0; i < 2 * p.n; ++i) {
    const T weight = max(state_weight(p, i, x[i]), state_weight(p, i, x_new[i]));
    largest = max_or_nan(largest, absolute(error[i]) / (T(1e-2) * weight));
  }
  return largest;
}

/// The last rung: follows the flow from work.vectors[2] (the start, visible) until it settles, runs away or has used up
/// its budget. Never returns without a reason in `status`.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_by_flow(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                      const SettleWork<T>& work) {
  const Circuit<T>& p = model.circuit;
  const int m = model.dimension();
  T* x = work.vectors[2];
  T* f0 = work.vectors[3];
  // Newton and the answer use, between steps, the vectors of x_new, the error and the stages
  T* x_new = work.x;
  T* error_terms = work.vectors[4];
  // the three stages lie one after the other; f ends as the slope at x_new, since the last stage is evaluated there
  const RosenbrockWork<T> step_work = {work.matrix,     work.pivots,     work.vectors[5],
                                       work.vectors[0], work.vectors[1], nullptr};
  constexpr RosenbrockTableau<T> table = rosenbrock_tableau<T>(Method::rosenbrock23);
  Cost cost;
  Settled<T> settled;
  model.rhs(team, T(0), x, f0);
  team.sync();
  T tau_min = p.tau_y[0];
  for (int i = 0; i < p.n; ++i) tau_min = min(tau_min, min(p.tau_y[i], p.tau_a[i]));
  T h = T(1e-3) * tau_min;
  T threshold = T(1e-2);
  for (settled.steps = 0;; ++settled.steps) {
    const T speed = relative_speed(p, x, f0);
    const T size = max_norm(x, m);
    settled.status = !is_finite(speed) || !is_finite(size) ? Status::non_finite
                     : size > options.state_bound          ? Status::diverged
                                                           : Status::not_settled;
    if (settled.status != Status::not_settled) break;
    if (speed < threshold) {
      polish(team, model, x, options, settled, work);
      if (settled.status == Status::ok) return settled;
      threshold *= T(1e-2);
      if (threshold < T(1e-15)) break;  // as good as at rest, and still nothing stable: the polish said why
      settled.status = Status::not_settled;
    }
    if (settled.steps >= options.max_steps) break;
    const bool solved =
        rosenbrock_step<T>(team, model, table, T(0), x, f0, h, x_new, error_terms, nullptr, step_work, cost);
    const T error = solved ? flow_error(p, x, x_new, error_terms) : largest_finite<T>();
    const bool accept = error <= T(1);
    team.sync();  // every lane has read x
    for_each_own(team, m, [&](int i) {
      x[i] = select(accept, x_new[i], x[i]);
      f0[i] = select(accept, step_work.f[i], f0[i]);
    });
    team.sync();
    const T factor = is_finite(error) ? T(0.8) * std::pow(max(error, T(1e-3)), T(-1) / T(3)) : T(0.2);
    h *= max(T(0.2), min(accept ? T(5) : T(1), factor));
    if (h < T(1e-16) * tau_min) {
      settled.status = Status::diverged;  // no step is short enough: the solution ends in finite time
      break;
    }
  }
  if (settled.status != Status::no_stable_steady_state) {  // there work.x is the equilibrium; elsewhere show the flow
    settled.spectrum = {};
    for_each_own(team, m, [&](int i) { work.x[i] = x[i]; });
    team.sync();
  }
  return settled;
}

/// The whole ladder from rest.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_from_rest(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                        const SettleWork<T>& work) {
  const Settled<T> direct = settle_directly(team, model, options, work);
  if (direct.status == Status::ok) return direct;
  model.rest(team, work.vectors[2]);
  team.sync();
  return settle_by_flow(team, model, options, work);
}

/// Largest |tau f| at work.x; NaN when anything is.
template <class T, class Team>
ORGANICS_FN T absolute_residual(const Team& team, const CircuitModel<T>& model, const SettleWork<T>& work) {
  model.scaled_rhs(team, work.x, work.vectors[0]);
  team.sync();
  const T residual = max_norm(work.vectors[0], model.dimension());
  team.sync();
  return residual;
}

/// Where one circuit's steady state goes; null: not wanted.
template <class T>
struct SettledOutput {
  T* state;  ///< m
  Status* status;
  Rung* rung;
  T* residual;
  std::int32_t* steps;
};

template <class T, class Team>
ORGANICS_FN void write_settled(const Team& team, const CircuitModel<T>& model, const Settled<T>& settled,
                               const SettleWork<T>& work, const SettledOutput<T>& out) {
  if (out.state != nullptr) for_each_own(team, model.dimension(), [&](int i) { out.state[i] = work.x[i]; });
  const T residual = out.residual != nullptr ? absolute_residual(team, model, work) : T(0);
  if (team.rank() != 0) return;
  if (out.residual != nullptr) *out.residual = residual;
  if (out.status != nullptr) *out.status = settled.status;
  if (out.rung != nullptr) *out.rung = settled.rung;
  if (out.steps != nullptr) *out.steps = settled.steps;
}

}  // namespace organics::core
