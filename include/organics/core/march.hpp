// The march: step, judge, advance, until a time is reached or the circuit ends.
//
// Every circuit has its own step size, its own budget and its own end: a state that is not finite or runs away stops
// this circuit alone. Team contract: as in team.hpp; every lane holds its own copy of March, all with the same values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/controller.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/status.hpp"

namespace organics::core {

template <class T>
struct MarchOptions {
  T rtol;
  T atol;
  T fixed_step;    ///< > 0: steps of this size, without error control
  T initial_step;  ///< 0: chosen from the problem
  T state_bound;   ///< max |x| beyond which the circuit has diverged
  int max_steps;   ///< attempted steps
};

/// Where a march stands.
template <class T>
struct March {
  T t = T(0);
  T h = T(0);               ///< next step; 0: not chosen yet
  T previous_error = T(1);  ///< of the last accepted step
  bool after_rejection = false;
  bool slope_known = false;  ///< the first slope holds f(t, x)
  std::int32_t accepted = 0;
  std::int32_t rejected = 0;
  Status status = Status::ok;
};

/// Scratch of the march in numbers: slopes, a stage, the new state and the terms of a norm.
ORGANICS_FN constexpr std::size_t march_scratch(int m, int stages) {
  return static_cast<std::size_t>(m) * static_cast<std::size_t>(stages + 3);
}

/// Views into that scratch.
template <class T>
struct MarchWork {
  T* k;
  T* stage;
  T* x_new;
  T* terms;
  ORGANICS_FN MarchWork(T* scratch, int m, int stages)
      : k(scratch), stage(scratch + static_cast<std::ptrdiff_t>(m) * stages), x_new(stage + m), terms(x_new + m) {}
};

/// First step size by the rule of Hairer, Norsett and Wanner (1993), II.4, in the max norm. Uses work.stage and
/// work.x_new as scratch. A guess that is zero or not finite (a state at zero with atol = 0 has scale 0) gives way to
/// the first guess.
template <class T, class Team, class Model>
ORGANICS_FN T first_step(const Team& team, const Model& model, int order, T t, const T* x,
                         const MarchOptions<T>& options, const MarchWork<T>& work) {
  const int m = model.dimension();
  const T* f0 = work.k;
  T d0 = T(0);
  T d1 = T(0);
  for (int i = 0; i < m; ++i) {
    const T scale = options.atol + options.rtol * absolute(x[i]);
    d0 = max_or_nan(d0, absolute(x[i]) / scale);
    d1 = max_or_nan(d1, absolute(f0[i]) / scale);
  }
  const T small = T(1e-5);
  const T h0 = d0 > small && d1 > small ? T(0.01) * (d0 / d1) : T(1e-6);
  for_each_own(team, m, [&](int i) { work.stage[i] = x[i] + h0 * f0[i]; });
  team.sync();
  model.rhs(team, t + h0, work.stage, work.x_new);
  team.sync();
  T d2 = T(0);
  for (int i = 0; i < m; ++i) {
    const T scale = options.atol + options.rtol * absolute(x[i]);
    d2 = max_or_nan(d2, absolute(work.x_new[i] - f0[i]) / scale);
  }
  team.sync();  // x_new is free again
  d2 = d2 / h0;
  const T steepest = max(d1, d2);
  const T h1 =
      steepest > T(1e-15) ? std::pow(T(0.01) / steepest, T(1) / static_cast<T>(order + 1)) : max(T(1e-6), h0 * T(1e-3));
  return is_finite(h1) && h1 > T(0) ? min(T(100) * h0, h1) : h0;
}

/// Why a step that underflowed did so: the solution left every bound in finite time, met a NaN, or is too stiff.
template <class T>
ORGANICS_FN Status underflow_status(T error, T state_norm, T state_bound) {
  if (state_norm > std::sqrt(state_bound)) return Status::diverged;
  return is_finite(error) ? Status::step_too_small : Status::non_finite;
}

/// One attempted step of size `h`: judges it and, if it is accepted, moves x. Returns the error norm.
template <class T, class Team, class Model>
ORGANICS_FN T attempt(const Team& team, const Model& model, const Tableau<T>& tableau, const MarchOptions<T>& options,
                      March<T>& march, T* x, T h, const MarchWork<T>& work) {
  const int m = model.dimension();
  const bool fixed = options.fixed_step > T(0);
  rk_step(team, model, tableau, march.t, x, h, work.k, work.stage, work.x_new);
  const T error =
      fixed ? T(0) : error_norm(team, tableau, x, work.x_new, work.k, h, m, options.atol, options.rtol, work.terms);
  const Decision<T> decision =
      fixed ? Decision<T>{true, T(1)}
            : PIController<T>(tableau.embedded_order).decide(error, march.previous_error, march.after_rejection);
  const bool reuse = decision.accept && tableau.first_same_as_last;
  const T* last_slope = work.k + static_cast<std::ptrdiff_t>(tableau.stages - 1) * m;
  team.sync();  // every lane has read x and the slopes
  for_each_own(team, m, [&](int i) {
    x[i] = select(decision.accept, work.x_new[i], x[i]);
    work.k[i] = select(reuse, last_slope[i], work.k[i]);
  });
  team.sync();
  march.accepted += decision.accept ? 1 : 0;
  march.rejected += decision.accept ? 0 : 1;
  march.previous_error = select(decision.accept, error, march.previous_error);
  march.slope_known = reuse || !decision.accept;
  march.after_rejection = !decision.accept;
  march.h = fixed ? march.h : h * decision.factor;
  return error;
}

/// Marches x from march.t to t_end, landing on it exactly. On return march.status is ok and march.t == t_end, or the
/// status says why not and x is the last accepted state. May be called again with a later t_end.
template <class T, class Team, class Model>
ORGANICS_FN void march_to(const Team& team, const Model& model, const Tableau<T>& tableau,
                          const MarchOptions<T>& options, March<T>& march, T* x, T t_end, const MarchWork<T>& work) {
  const int m = model.dimension();
  const bool fixed = options.fixed_step > T(0);
  T fixed_h = T(0);  // equal steps, none longer than asked for
  if (fixed && t_end > march.t) {
    const T span = t_end - march.t;
    fixed_h = span / max(T(1), std::ceil(span / options.fixed_step * (T(1) - T(8) * epsilon<T>())));
  }
  while (march.status == Status::ok && march.t < t_end) {
    if (march.accepted + march.rejected >= options.max_steps) {
      march.status = Status::step_limit;
      return;
    }
    if (!march.slope_known) {
      model.rhs(team, march.t, x, work.k);
      team.sync();
      march.slope_known = true;
      if (!is_finite(max_norm(x, m)) || !is_finite(max_norm(work.k, m))) {
        march.status = Status::non_finite;
        return;
      }
    }
    if (!(march.h > T(0))) {
      march.h = options.initial_step > T(0) ? options.initial_step
                : fixed                     ? fixed_h
                                            : first_step(team, model, tableau.order, march.t, x, options, work);
    }
    const T remaining = t_end - march.t;
    const T wanted = fixed ? fixed_h : march.h;
    const bool last = T(1.01) * wanted >= remaining;
    const T h = last ? remaining : wanted;
    const T wanted_next = march.h;
    const T error = attempt(team, model, tableau, options, march, x, h, work);
    const T norm = max_norm(x, m);
    if (march.after_rejection) {
      if (march.h < T(2) * epsilon<T>() * absolute(march.t) || march.h < smallest_normal<T>()) {
        march.status = underflow_status(error, norm, options.state_bound);
      }
      continue;
    }
    march.t = last ? t_end : march.t + h;
    if (last && !fixed) march.h = max(march.h, wanted_next);  // a step cut short says little about the next
    if (!(norm <= options.state_bound)) march.status = is_finite(norm) ? Status::diverged : Status::non_finite;
  }
}

/// Marches x from times[0] through every time and writes the state at each to `states` (m x count, column-major; null:
/// not wanted). Columns that were not reached hold NaN. Times that do not increase, NaN among them, end it non_finite.
template <class T, class Team, class Model>
ORGANICS_FN March<T> march_through(const Team& team, const Model& model, const Tableau<T>& tableau,
                                   const MarchOptions<T>& options, T* x, const T* times, int count, T* states,
                                   const MarchWork<T>& work) {
  const int m = model.dimension();
  March<T> march;
  march.t = times[0];
  if (!is_finite(max_norm(x, m)) || !is_finite(times[0])) march.status = Status::non_finite;
  for (int sample = 0; sample < count; ++sample) {
    if (sample > 0 && !(times[sample] > march.t) && march.status == Status::ok) march.status = Status::non_finite;
    if (sample > 0) march_to(team, model, tableau, options, march, x, times[sample], work);
    if (states == nullptr) continue;
    T* out = states + static_cast<std::ptrdiff_t>(sample) * m;
    const bool reached = march.status == Status::ok;
    for_each_own(team, m, [&](int i) { out[i] = reached ? x[i] : not_a_number<T>(); });
  }
  return march;
}

}  // namespace organics::core
