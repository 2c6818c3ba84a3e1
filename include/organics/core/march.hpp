// The march: step, judge, advance, until the end of the time span, a terminal event, or a reason to give up.
//
// Every circuit has its own step size, its own budget and its own end: a state that is not finite or runs away stops
// this circuit alone. Steps never straddle a time that the model names as a stop (a jump of its stimulus). What is
// recorded on the way is the recorder's business (sampler.hpp, recorder.hpp) and changes no step.
// Team contract: as in team.hpp; every lane holds its own copy of March, all with the same values.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/controller.hpp"
#include "organics/core/interpolant.hpp"
#include "organics/core/status.hpp"
#include "organics/core/steppers.hpp"

namespace organics::core {

/// Where a march stands.
template <class T>
struct March {
  T t = T(0);
  T h = T(0);          ///< next step; 0: not chosen yet
  T last_step = T(0);  ///< size of the last accepted step
  ErrorHistory<T> history;
  bool slope_known = false;  ///< the first slope holds f(t, x)
  std::int32_t accepted = 0;
  std::int32_t rejected = 0;
  Cost cost;
  Status status = Status::ok;
  std::int32_t ended_by = -1;  ///< index of the terminal event that ended it
};

/// One accepted step, as a recorder sees it.
template <class T>
struct AcceptedStep {
  T t;             ///< its start
  T t_new;         ///< its end
  const T* x;      ///< m: state at its start
  const T* x_new;  ///< m: state at its end
  const T* f;      ///< m: slope at its start
  const T* f_new;  ///< m: slope at its end; null unless the recorder asked for it
  bool dense;      ///< the interpolant is there
  Interpolant<T> interpolant;
  T* scratch;  ///< m
};

/// What a recorder says of a step: where it ends the march, if it does.
template <class T>
struct Outcome {
  std::int32_t ended_by = -1;  ///< event; -1: go on
  T theta = T(1);              ///< within the step
  T t = T(0);
};

/// The next time after t at which a step must end, by the model; far away for a model without any.
template <class T, class Model>
ORGANICS_FN T next_stop(const Model& model, T t) {
  if constexpr (requires { model.next_stop(t); }) {
    return model.next_stop(t);
  } else {
    return largest_finite<T>();
  }
}

/// Tells the model that from now on it is evaluated at t and later.
template <class T, class Model>
ORGANICS_FN void enter(Model& model, T t) {
  if constexpr (requires { model.enter(t); }) model.enter(t);
}

/// Largest (or root mean square) error in units of the tolerance, error_i / scale_i(max(|x_i|, |x_new_i|)); NaN if any
/// component is. The same on every lane. Overwrites the errors by these quotients.
template <class T, class Team>
ORGANICS_FN T error_norm(const Team& team, ErrorNorm kind, const Tolerance<T>& tolerance, const T* x, const T* x_new,
                         int m, T* error) {
  for_each_own(team, m, [&](int i) {
    const T scale = tolerance.scale(i, max(absolute(x[i]), absolute(x_new[i])));
    error[i] = select(error[i] == T(0), T(0), error[i] / scale);  // with atol = 0 a component at rest has scale 0
  });
  team.sync();
  T norm = T(0);
  if (kind == ErrorNorm::max) {
    for (int i = 0; i < m; ++i) norm = max_or_nan(norm, error[i]);
  } else {
    for (int i = 0; i < m; ++i) norm += error[i] * error[i];
    norm = std::sqrt(norm / static_cast<T>(m));
  }
  team.sync();
  return norm;
}

/// First step size by the rule of Hairer, Norsett and Wanner (1993), II.4, in the max norm. Uses work.stage and
/// work.x_new as scratch. A guess that is zero or not finite (a state at zero with atol = 0 has scale 0) gives way to
/// the first guess.
template <class T, class Team, class Model>
ORGANICS_FN T first_step(const Team& team, const Model& model, int order, T t, const T* x,
                         const Tolerance<T>& tolerance, const MarchWork<T>& work) {
  const int m = model.dimension();
  const T* f0 = work.k;
  T d0 = T(0);
  T d1 = T(0);
  for (int i = 0; i < m; ++i) {
    const T scale = tolerance.scale(i, absolute(x[i]));
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
    d2 = max_or_nan(d2, absolute(work.x_new[i] - f0[i]) / tolerance.scale(i, absolute(x[i])));
  }
  team.sync();  // x_new is free again
  d2 = d2 / h0;
  const T steepest = max(d1, d2);
  const T h1 =
      steepest > T(1e-15) ? std::pow(T(0.01) / steepest, T(1) / static_cast<T>(order + 1)) : max(T(1e-6), h0 * T(1e-3));
  return is_finite(h1) && h1 > T(0) ? min(T(100) * h0, h1) : h0;
}

/// The shortest step that times near t can tell apart.
template <class T>
ORGANICS_FN T resolution(T t) {
  return max(T(2) * epsilon<T>() * absolute(t), smallest_normal<T>());
}

/// Why a step that underflowed did so: the solution left every bound in finite time (it is far out, or large and would
/// change by its own size within 1e5 of the shortest steps), met a NaN, or is too stiff. `f`: slope at (t, x).
template <class T>
ORGANICS_FN Status underflow_status(T error, T t, const T* x, const T* f, int m, T state_bound) {
  const T size = max_norm(x, m);
  if (size > std::sqrt(state_bound)) return Status::diverged;
  if (!is_finite(error)) return Status::non_finite;
  const bool runs_away = size > T(1e6) && max_norm(f, m) * (T(1e5) * resolution(t)) > size;
  return runs_away ? Status::diverged : Status::step_too_small;
}

/// f(t, x) into the first slope, unless it is there. Refuses what is not finite.
template <class T, class Team, class Model>
ORGANICS_FN void require_slope(const Team& team, const Model& model, March<T>& march, const T* x,
                               const MarchWork<T>& work) {
  if (march.slope_known) return;
  const int m = model.dimension();
  model.rhs(team, march.t, x, work.k);
  team.sync();
  ++march.cost.rhs;
  march.slope_known = true;
  if (!is_finite(max_norm(x, m)) || !is_finite(max_norm(work.k, m))) march.status = Status::non_finite;
}

/// The step accepted, on the way to `t_end`: tells the recorder, then moves x (to the event, where one ended the march).
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN void advance(const Team& team, const Model& model, Stepper& stepper, const Tolerance<T>& tolerance,
                         Recorder& recorder, March<T>& march, T* x, T h, T t_new, T t_end, const MarchWork<T>& work) {
  const int m = model.dimension();
  const T* f_new = stepper.end_slope(m, work);
  if (f_new == nullptr && recorder.wants_slopes()) {
    model.rhs(team, t_new, work.x_new, work.stage);
    team.sync();
    ++march.cost.rhs;
    f_new = work.stage;
  }
  const bool dense = recorder.wants_interpolant(t_new);
  if (dense) stepper.interpolate(team, model, march.t, x, h, work, march.cost);
  const AcceptedStep<T> step = {
      march.t, t_new, x, work.x_new, work.k, f_new, dense, {m, stepper.degree(), march.t, h, x, work.q}, work.error};
  const Outcome<T> outcome = recorder.observe(team, model, step);
  const bool ended = outcome.ended_by >= 0;
  const bool inside = ended && outcome.theta < T(1);
  // last, as it may change the kind of step that the rest is asked about
  stepper.learn(x, h, t_end - t_new, m, tolerance, work);
  team.sync();  // every lane has read x, the slopes and the interpolant
  for_each_own(team, m, [&](int i) {
    x[i] = inside ? step.interpolant.value(i, outcome.theta) : work.x_new[i];
    if (f_new != nullptr) work.k[i] = f_new[i];
  });
  team.sync();
  march.slope_known = f_new != nullptr && !inside;
  march.t = ended ? outcome.t : t_new;
  march.ended_by = outcome.ended_by;
}

/// Marches x from march.t to `t_end`, landing on it exactly. On return march.t == t_end and the status is ok, or
/// march.ended_by names the event that ended it, or the status says why not and x is the last accepted state.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN void march_to(const Team& team, Model& model, Stepper& stepper, const MarchOptions<T>& options,
                          const Tolerance<T>& tolerance, Recorder& recorder, March<T>& march, T* x, T t_end,
                          const MarchWork<T>& work) {
  const int m = model.dimension();
  const bool fixed = options.fixed_step > T(0);
  const T longest = options.max_step > T(0) ? options.max_step : largest_finite<T>();
  T stop = march.t;  // end of the present stretch
  T fixed_h = T(0);  // equal steps over it, none longer than asked for
  while (march.status == Status::ok && march.ended_by < 0 && march.t < t_end) {
    if (!(march.t < stop)) {
      enter(model, march.t);
      stop = min(t_end, next_stop(model, march.t));
      const T span = stop - march.t;
      const T asked = min(options.fixed_step, longest);
      if (fixed) fixed_h = span / max(T(1), std::ceil(span / asked * (T(1) - T(8) * epsilon<T>())));
    }
    if (march.accepted + march.rejected >= options.max_steps) {
      march.status = Status::step_limit;
      return;
    }
    require_slope(team, model, march, x, work);
    if (march.status != Status::ok) return;
    if (!fixed && !(march.h > T(0))) {
      march.h = options.initial_step;
      if (!(march.h > T(0))) {
        march.h = first_step(team, model, stepper.order(), march.t, x, tolerance, work);
        ++march.cost.rhs;
      }
    }
    const T remaining = stop - march.t;
    const T wanted = fixed ? fixed_h : min(march.h, longest);
    const bool last = min(T(1.01) * wanted, fixed ? largest_finite<T>() : longest) >= remaining;
    // x moves by the step that t really makes: with short steps late in time t + h is not t plus h
    const T t_new = last ? stop : march.t + wanted;
    const T h = t_new - march.t;
    if (!last && wanted < resolution(march.t)) {
      march.status = underflow_status(T(0), march.t, x, work.k, m, options.state_bound);
      return;
    }
    const bool possible = stepper.attempt(team, model, march.t, x, h, !fixed, work, march.cost);
    T error = possible ? T(0) : largest_finite<T>();
    if (possible && !fixed) error = error_norm(team, options.norm, tolerance, x, work.x_new, m, work.error);
    const Decision<T> decision =
        fixed ? Decision<T>{possible, T(1)} : decide(options.control, stepper.embedded_order(), error, march.history);
    remember(march.history, decision.accept, error);
    // from what was wanted after a rejection, or a step rounded up could be rejected for ever
    if (!fixed) march.h = (decision.accept ? h : min(h, wanted)) * decision.factor;
    if (!decision.accept) {
      ++march.rejected;
      const T shortest = max(options.min_step, resolution(march.t));
      if (fixed || march.h < shortest) {
        march.status = fixed ? Status::singular : underflow_status(error, march.t, x, work.k, m, options.state_bound);
      }
      continue;
    }
    ++march.accepted;
    march.last_step = h;
    if (last && !fixed) march.h = max(march.h, wanted);  // a step cut short says little about the next
    if (options.min_step > T(0)) march.h = max(march.h, options.min_step);
    advance(team, model, stepper, tolerance, recorder, march, x, h, t_new, t_end, work);
    if (march.t >= stop && stop < t_end) march.slope_known = false;  // beyond it the right-hand side is another one
    const T norm = max_norm(x, m);
    if (!(norm <= options.state_bound)) march.status = is_finite(norm) ? Status::diverged : Status::non_finite;
  }
}

/// Marches x from `start` to `end`, recording on the way, and tells the recorder how it ended.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN March<T> march_over(const Team& team, Model& model, Stepper& stepper, const MarchOptions<T>& options,
                                const Tolerance<T>& tolerance, Recorder& recorder, T* x, T start, T end,
                                const MarchWork<T>& work) {
  March<T> march;
  march.t = start;
  const bool sound = is_finite(max_norm(x, model.dimension())) && is_finite(start) && is_finite(end) && end >= start;
  if (!sound) march.status = Status::non_finite;
  enter(model, start);
  if (sound && !recorder.begin(team, model, start, end, x)) march.status = Status::non_finite;
  if (march.status == Status::ok) {
    march_to(team, model, stepper, options, tolerance, recorder, march, x, end, work);
  }
  recorder.finish(team, model, march.status, march.t, x);
  return march;
}

}  // namespace organics::core
