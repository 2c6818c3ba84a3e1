// The steady-state ladder: closed form, fixed-point iteration with Newton, the flow itself, and limit cycles.
//
// A rung's answer is accepted only when its residual is within tolerance, a >= c, and the spectral abscissa of the
// Jacobian there is negative: by a certificate where no spectrum is wanted and one is found, else by the eigenvalues.
// What the direct rungs cannot settle is followed: a stiff integration from the start, loose (2 to 3 digits), until the
// state hardly moves; Newton from there; accepted if it is stable and near. What stays bounded and does not settle is
// followed once more, accurately, and its orbit watched for a limit cycle (limit_cycle.hpp).
// Constants and order are the ones that were measured to miss nothing on thirteen ensembles.
// Team contract: as in team.hpp; outcomes are the same on every lane.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/limit_cycle.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/rosenbrock.hpp"
#include "organics/core/status.hpp"
#include "organics/core/uniform_verdict.hpp"

namespace organics::core {

template <class T>
struct SettleOptions {
  int fixed_point_steps;
  int newton_steps;
  int max_steps;    ///< of the flow
  T tolerance;      ///< of the relative residual
  T state_bound;    ///< max |x| beyond which the flow has diverged
  int cycle_steps;  ///< of the last rung; 0: no limit cycles are looked for
  /// The spectrum at the answer is wanted. Otherwise only its verdict, for which a certificate is tried first.
  bool spectra = true;
};

template <class T>
struct Settled {
  Status status = Status::not_settled;
  Rung rung = Rung::none;
  std::int32_t steps = 0;         ///< of the flow
  std::int32_t newton_steps = 0;  ///< on all rungs
  Cost cost;                      ///< of all rungs
  T time = T(0);                  ///< for which the flow was followed, s; of a diverged circuit when it ran away
  T period = T(0);                ///< of a limit cycle, s
  T amplitude = T(0);             ///< of a limit cycle: peak to peak, of the y that swings most
  Spectrum<T> spectrum;           ///< at x, where an equilibrium was reached; NaN beside the verdict of a certificate
};

/// A rung not yet climbed, with what the rungs before it spent.
template <class T>
ORGANICS_FN Settled<T> spent_by(const Settled<T>& before) {
  Settled<T> settled;
  settled.steps = before.steps;
  settled.newton_steps = before.newton_steps;
  settled.cost = before.cost;
  settled.time = before.time;
  return settled;
}

/// Everything the ladder writes to; carve one out of numbers and integers with settle_work().
template <class T>
struct SettleWork {
  T* matrix;                       ///< m x m, shared by all rungs
  int* pivots;                     ///< m
  T* x;                            ///< m: the answer
  T* re;                           ///< m: eigenvalues at x
  T* im;                           ///< m
  T* scratch;                      ///< eigenvalues_scratch(m)
  T* vectors[8];                   ///< m each
  CertificateWork<T> certificate;  ///< unused where spectra are wanted
};

ORGANICS_FN constexpr std::size_t settle_matrix_size(int n) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  const std::size_t svd = largest_singular_value_scratch(n);
  return m * m > svd ? m * m : svd;
}

/// Where a certificate is tried: the two eigenvalues of a single neuron cost less.
ORGANICS_FN constexpr bool certificate_pays(int n) { return n > 1; }

/// Numbers the ladder needs for n neurons, beside 2n integers.
ORGANICS_FN constexpr std::size_t settle_scratch(int n, bool spectra) {
  return settle_matrix_size(n) + 11 * 2 * static_cast<std::size_t>(n) + eigenvalues_scratch(2 * n) +
         (spectra || !certificate_pays(n) ? 0 : certificate_scratch(2 * n));
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
  work.certificate = certificate_work(next + eigenvalues_scratch(m), integers, m);
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

/// The verdict of a certificate: no eigenvalue is known.
template <class T>
ORGANICS_FN Spectrum<T> spectrum_unseen() {
  return {Status::ok, Verdict::stable, not_a_number<T>(), not_a_number<T>(), not_a_number<T>()};
}

/// Looks at the equilibrium in work.x and says ok if it is stable. `settled.rung` is set only then.
template <class T, class Team>
ORGANICS_FN void accept_if_stable(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                  Rung rung, Settled<T>& settled, const SettleWork<T>& work) {
  const bool proven = !options.spectra && certificate_pays(model.circuit.n) &&
                      is_proven_stable(team, model, work.x, work.matrix, work.re, work.certificate);
  settled.spectrum = proven ? spectrum_unseen<T>() : spectrum(team, model, work.x, spectrum_work(work));
  const bool stable = proven || (settled.spectrum.status == Status::ok && settled.spectrum.abscissa < T(0));
  settled.rung = stable ? rung : Rung::none;
  settled.status = stable                                  ? Status::ok
                   : settled.spectrum.status == Status::ok ? Status::no_stable_steady_state
                                                           : settled.spectrum.status;
}

/// Newton from work.x, counted.
template <class T, class Team>
ORGANICS_FN bool newton(const Team& team, const CircuitModel<T>& model, int steps, const SettleOptions<T>& options,
                        Settled<T>& settled, const SettleWork<T>& work) {
  const std::int32_t before = settled.cost.jacobians;
  const bool converged = newton(team, model, work.x, steps, options.tolerance, newton_work(work), settled.cost);
  settled.newton_steps += settled.cost.jacobians - before;
  return converged;
}

/// The closed form. On return status ok means accepted.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_in_closed_form(const Team& team, const CircuitModel<T>& model,
                                             const SettleOptions<T>& options, const SettleWork<T>& work) {
  Settled<T> settled;
  if (!recurrence_is_identity(model.circuit)) return settled;
  closed_form_equilibrium(team, model.circuit, work.x);
  ++settled.cost.rhs;
  if (relative_residual(team, model, work.x, options.tolerance, newton_work(work)) <= options.tolerance) {
    accept_if_stable(team, model, options, Rung::closed_form, settled, work);
  }
  return settled;
}

/// Fixed-point iteration and Newton, after rungs that spent `before`. On return status ok means accepted.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_by_iteration(const Team& team, const CircuitModel<T>& model,
                                           const SettleOptions<T>& options, const Settled<T>& before,
                                           const SettleWork<T>& work) {
  Settled<T> settled = spent_by(before);
  if (fixed_point_iteration(team, model.circuit, options.fixed_point_steps, work.x, newton_work(work), settled.cost) &&
      newton(team, model, options.newton_steps, options, settled, work)) {
    accept_if_stable(team, model, options, Rung::fixed_point, settled, work);
  }
  return settled;
}

/// Newton from the state of the flow into work.x; accepted when stable and within a fifth of that state.
template <class T, class Team>
ORGANICS_FN void polish(const Team& team, const CircuitModel<T>& model, const T* state, const SettleOptions<T>& options,
                        Rung rung, Settled<T>& settled, const SettleWork<T>& work) {
  const int m = model.dimension();
  const Circuit<T>& p = model.circuit;
  for_each_own(team, m, [&](int i) { work.x[i] = state[i]; });
  team.sync();
  settled.status = Status::not_converged;
  if (!newton(team, model, 15, options, settled, work)) return;
  bool near = true;
  for (int i = 0; i < m; ++i) near = near && absolute(work.x[i] - state[i]) <= T(0.2) * state_weight(p, i, state[i]);
  if (near) accept_if_stable(team, model, options, rung, settled, work);
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

/// Leaves the equilibrium in work.x where there is one, stable or not, and elsewhere the state x that was reached.
template <class T, class Team>
ORGANICS_FN void show_state(const Team& team, int m, const T* x, Settled<T>& settled, const SettleWork<T>& work) {
  if (settled.status == Status::ok || settled.status == Status::no_stable_steady_state) return;
  settled.spectrum = {};
  team.sync();  // every lane has looked at the equilibrium in work.x that was not accepted
  for_each_own(team, m, [&](int i) { work.x[i] = x[i]; });
  team.sync();
}

/// The longest step that follows what an unstable rightmost pair makes grow. An L-stable method damps what turns or grows
/// within a step: |R(iy)| falls below 1 by y^4, so that a pair re + i im grows only where |lambda h|^3 < re / |lambda|.
template <class T>
ORGANICS_FN T growing_step(const Spectrum<T>& spectrum) {
  if (!(spectrum.abscissa > T(0))) return largest_finite<T>();
  const T size = spectrum.abscissa + spectrum.frequency;
  return T(0.5) / size * std::cbrt(spectrum.abscissa / size);
}

/// Follows the flow loosely from work.vectors[2] (the start, visible) until it settles, runs away or has used up
/// its budget, after rungs that spent `before`. Never returns without a reason in `status`.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_by_flow(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                      const Settled<T>& before, const SettleWork<T>& work) {
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
  Settled<T> settled = spent_by(before);
  model.rhs(team, T(0), x, f0);
  team.sync();
  ++settled.cost.rhs;
  T tau_min = p.tau_y[0];
  for (int i = 0; i < p.n; ++i) tau_min = min(tau_min, min(p.tau_y[i], p.tau_a[i]));
  T h = T(1e-3) * tau_min;
  T longest = largest_finite<T>();  // step
  T threshold = T(1e-2);
  for (settled.steps = 0;; ++settled.steps) {
    const T speed = relative_speed(p, x, f0);
    const T size = max_norm(x, m);
    settled.status = !is_finite(speed) || !is_finite(size) ? Status::non_finite
                     : size > options.state_bound          ? Status::diverged
                                                           : Status::not_settled;
    if (settled.status != Status::not_settled) break;
    if (speed < threshold) {
      polish(team, model, x, options, Rung::flow, settled, work);
      if (settled.status == Status::ok) return settled;
      // near an equilibrium that the flow leaves: so must the steps
      if (settled.status == Status::no_stable_steady_state) longest = min(longest, growing_step(settled.spectrum));
      threshold *= T(1e-2);
      if (threshold < T(1e-15)) break;  // as good as at rest, and still nothing stable: the polish said why
      settled.status = Status::not_settled;
    }
    if (settled.steps >= options.max_steps) break;
    const bool solved =
        rosenbrock_step<T>(team, model, table, T(0), x, f0, h, x_new, error_terms, nullptr, step_work, settled.cost);
    const T error = solved ? flow_error(p, x, x_new, error_terms) : largest_finite<T>();
    const bool accept = error <= T(1);
    team.sync();  // every lane has read x
    settled.time += accept ? h : T(0);
    for_each_own(team, m, [&](int i) {
      x[i] = select(accept, x_new[i], x[i]);
      f0[i] = select(accept, step_work.f[i], f0[i]);
    });
    team.sync();
    const T factor = is_finite(error) ? T(0.8) * std::pow(max(error, T(1e-3)), T(-1) / T(3)) : T(0.2);
    h = min(longest, h * max(T(0.2), min(accept ? T(5) : T(1), factor)));
    if (h < T(1e-16) * tau_min) {
      settled.status = Status::diverged;  // no step is short enough: the solution ends in finite time
      break;
    }
  }
  show_state(team, m, x, settled, work);
  return settled;
}

/// Whether the flow left the circuit to the last rung.
template <class T>
ORGANICS_FN bool may_be_cycle(const Settled<T>& settled, const SettleOptions<T>& options) {
  return settled.status == Status::not_settled && options.cycle_steps > 0;
}

/// How the last rung follows an orbit.
inline constexpr Method cycle_method = Method::automatic;

/// Numbers the last rung needs beside the ladder's own.
ORGANICS_FN constexpr std::size_t cycle_scratch(int n) {
  constexpr MethodTables<double> tables = method_tables<double>(cycle_method);
  constexpr int march = tables.slots(true) + 3 + tables.degree();
  return (2 + static_cast<std::size_t>(march)) * 2 * static_cast<std::size_t>(n) + orbit_scratch(2 * n);
}

/// The last rung, for a circuit that the flow left bounded and unsettled: follows it again, accurately, from `x` (m,
/// visible, overwritten) until its orbit is a limit cycle, settles after all, runs away or has used up its budget.
/// `numbers`: cycle_scratch(n). Never returns without a reason in `status`; the state is in work.x.
template <class T, class Team>
ORGANICS_OUTLINED_FN Settled<T> settle_on_cycle(const Team& team, const CircuitModel<T>& model,
                                                const SettleOptions<T>& options, const Settled<T>& before,
                                                const SettleWork<T>& work, T* x, T* numbers) {
  const Circuit<T>& p = model.circuit;
  const int m = model.dimension();
  constexpr MethodTables<T> tables = method_tables<T>(cycle_method);
  T* atol = numbers;
  MarchWork<T> march_memory = march_work(numbers + m, work.pivots, m, tables.slots(true), tables.degree());
  T* const orbit = march_memory.matrix;
  march_memory.matrix = work.matrix;
  OrbitWatch<T> watch(p, orbit, T(1e-2));
  MarchOptions<T> march_options;
  march_options.state_bound = options.state_bound;
  march_options.max_steps = options.cycle_steps;
  const T rtol = sizeof(T) == sizeof(double) ? T(1e-7) : T(1e-5);
  for_each_own(team, m, [&](int i) { atol[i] = rtol * state_weight(p, i, T(0)); });
  team.sync();
  const Tolerance<T> tolerance = {rtol, T(0), nullptr, atol};
  SwitchingStepper<T> stepper(tables);
  Settled<T> settled = spent_by(before);
  CircuitModel<T> marched = model;
  March<T> march;
  for (;;) {
    march.ended_by = -1;
    march_to(team, marched, stepper, march_options, tolerance, watch, march, x, largest_finite<T>(), march_memory);
    settled.status = march.status == Status::step_limit ? Status::not_settled : march.status;
    if (march.ended_by != OrbitWatch<T>::slow) break;
    polish(team, model, x, options, Rung::cycle, settled, work);
    if (settled.status == Status::no_stable_steady_state) march_options.max_step = growing_step(settled.spectrum);
    watch.slowest *= T(1e-2);
    if (settled.status == Status::ok || watch.slowest < T(1e-15)) break;
  }
  if (march.ended_by == OrbitWatch<T>::cycle) {
    settled.status = Status::limit_cycle;
    settled.rung = Rung::cycle;
    settled.period = watch.period;
    settled.amplitude = watch.amplitude;
  }
  settled.steps += march.accepted + march.rejected;
  settled.time = march.t;
  settled.cost.rhs += march.cost.rhs;
  settled.cost.jacobians += march.cost.jacobians;
  settled.cost.lu += march.cost.lu;
  show_state(team, m, x, settled, work);
  return settled;
}

/// The flow and, for what it leaves unsettled, the last rung: from x0, or from rest where that is null. `numbers`:
/// cycle_scratch(n).
template <class T, class Team>
ORGANICS_FN Settled<T> settle_by_following(const Team& team, const CircuitModel<T>& model,
                                           const SettleOptions<T>& options, const T* x0, const Settled<T>& before,
                                           const SettleWork<T>& work, T* numbers) {
  load_start(team, model, x0, work.vectors[2]);
  const Settled<T> settled = settle_by_flow(team, model, options, before, work);
  if (!may_be_cycle(settled, options)) return settled;
  load_start(team, model, x0, numbers);
  return settle_on_cycle(team, model, options, settled, work, numbers, numbers + model.dimension());
}

/// The whole ladder from rest. `numbers`: cycle_scratch(n).
template <class T, class Team>
ORGANICS_FN Settled<T> settle_from_rest(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                                        const SettleWork<T>& work, T* numbers) {
  const Settled<T> closed = settle_in_closed_form(team, model, options, work);
  if (closed.status == Status::ok) return closed;
  const Settled<T> iterated = settle_by_iteration(team, model, options, closed, work);
  if (iterated.status == Status::ok) return iterated;
  return settle_by_following(team, model, options, static_cast<const T*>(nullptr), iterated, work, numbers);
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
  T* state = nullptr;  ///< m
  Status* status = nullptr;
  Rung* rung = nullptr;
  T* residual = nullptr;
  std::int32_t* steps = nullptr;
  T* time = nullptr;
  T* period = nullptr;
  T* amplitude = nullptr;
  std::int32_t* newton_steps = nullptr;
  std::int32_t* rhs = nullptr;
  std::int32_t* jacobians = nullptr;
  std::int32_t* lu = nullptr;
};

/// What the circuit has cost so far, which the next rung reads where each has a kernel of its own.
template <class T, class Team>
ORGANICS_FN void write_spent(const Team& team, const Settled<T>& settled, const SettledOutput<T>& out) {
  if (team.rank() != 0) return;
  if (out.steps != nullptr) *out.steps = settled.steps;
  if (out.time != nullptr) *out.time = settled.time;
  if (out.newton_steps != nullptr) *out.newton_steps = settled.newton_steps;
  if (out.rhs != nullptr) *out.rhs = settled.cost.rhs;
  if (out.jacobians != nullptr) *out.jacobians = settled.cost.jacobians;
  if (out.lu != nullptr) *out.lu = settled.cost.lu;
}

template <class T, class Team>
ORGANICS_FN void write_settled(const Team& team, const CircuitModel<T>& model, const Settled<T>& settled,
                               const SettleWork<T>& work, const SettledOutput<T>& out) {
  if (out.state != nullptr) for_each_own(team, model.dimension(), [&](int i) { out.state[i] = work.x[i]; });
  const T residual = out.residual != nullptr ? absolute_residual(team, model, work) : T(0);
  write_spent(team, settled, out);
  if (team.rank() != 0) return;
  if (out.residual != nullptr) *out.residual = residual;
  if (out.status != nullptr) *out.status = settled.status;
  if (out.rung != nullptr) *out.rung = settled.rung;
  const bool cycle = settled.status == Status::limit_cycle;
  if (out.period != nullptr) *out.period = cycle ? settled.period : not_a_number<T>();
  if (out.amplitude != nullptr) *out.amplitude = cycle ? settled.amplitude : not_a_number<T>();
}

/// What write_spent() wrote; zero where it was not wanted.
template <class T>
ORGANICS_FN Settled<T> read_spent(const SettledOutput<T>& out) {
  Settled<T> settled;
  if (out.steps != nullptr) settled.steps = *out.steps;
  if (out.time != nullptr) settled.time = *out.time;
  if (out.newton_steps != nullptr) settled.newton_steps = *out.newton_steps;
  if (out.rhs != nullptr) settled.cost.rhs = *out.rhs;
  if (out.jacobians != nullptr) settled.cost.jacobians = *out.jacobians;
  if (out.lu != nullptr) settled.cost.lu = *out.lu;
  return settled;
}

}  // namespace organics::core
