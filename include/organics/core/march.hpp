// The march: step, judge, advance, until the end of the time span, a terminal event, or a reason to give up.
//
// Every circuit has its own step size, its own budget and its own end: a state that is not finite or runs away stops
// this circuit alone. Steps never straddle a time that the model names as a stop (a jump of its stimulus). What is
// recorded on the way is the recorder's business (sampler.hpp, recorder.hpp) and changes no step.
// Team contract: as in team.hpp; every lane holds its own copy of March, all with the same values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "organics/core/controller.hpp"
#include "organics/core/interpolant.hpp"
#include "organics/core/status.hpp"
#include "organics/core/steppers.hpp"

namespace organics::core {

/// Where a march stands; of a pack, where each circuit's does.
template <class T>
struct March {
  T t = T(0);
  T h = T(0);          ///< next step; 0: not chosen yet
  T last_step = T(0);  ///< size of the last accepted step
  ErrorHistory<T> history;
  MaskOf<T> slope_known = MaskOf<T>(false);  ///< the first slope holds f(t, x)
  IndexOf<T> accepted{0};
  IndexOf<T> rejected{0};
  CostOf<IndexOf<T>> cost;
  CodeOf<T, Status> status = Status::ok;
  IndexOf<T> ended_by{-1};  ///< index of the terminal event that ended it
  IndexOf<T> evidence{0};   ///< of the stepper, that another method would do better
};

/// March::ended_by of a march that a stepper which solves is to make from its start.
inline constexpr int handed_over = -2;

/// One accepted step, as a recorder sees it.
template <class T>
struct AcceptedStep {
  MaskOf<T> accepted;  ///< whose step it is
  T t;                 ///< its start
  T t_new;             ///< its end
  const T* x;          ///< m: state at its start
  const T* x_new;      ///< m: state at its end
  const T* f;          ///< m: slope at its start
  const T* f_new;      ///< m: slope at its end; null unless the recorder asked for it
  bool dense;          ///< the interpolant is there
  Interpolant<T> interpolant;
  T* scratch;  ///< m
};

/// What a recorder says of a step: where it ends the march, if it does.
template <class T>
struct Outcome {
  IndexOf<T> ended_by{-1};  ///< event; -1: go on
  T theta = T(1);           ///< within the step
  T t = T(0);
};

template <class T, class Model>
inline constexpr bool has_stops = requires(const Model& model, T t) { model.next_stop(t); };

/// The next time after t at which a step must end, by the model; far away for a model without any.
template <class T, class Model>
ORGANICS_FN T next_stop(const Model& model, T t) {
  if constexpr (has_stops<T, Model>) {
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

/// Whether a stepper is for steps of equal size alone: what tells them from others is then left out of the code.
template <class Stepper>
inline constexpr bool is_for_equal_steps = requires { Stepper::for_equal_steps; };

/// Whether steps are of equal size, without error control.
template <class Stepper, class N>
ORGANICS_FN bool has_equal_steps(const MarchOptions<N>& options) {
  if constexpr (is_for_equal_steps<Stepper>) {
    return true;
  } else {
    return options.fixed_step > N(0);
  }
}

/// No step may be longer.
template <class N>
ORGANICS_FN N longest_step(const MarchOptions<N>& options) {
  return options.max_step > N(0) ? options.max_step : largest_finite<N>();
}

/// Largest (or root mean square) error in units of the tolerance, error_i / scale_i(max(|x_i|, |x_new_i|)); NaN if any
/// component is. The same on every lane. Overwrites the errors by these quotients.
template <class T, class Team>
ORGANICS_FN T error_norm(const Team& team, ErrorNorm kind, const Tolerance<T>& tolerance, const T* x, const T* x_new,
                         int m, T* error) {
  for_each_own(team, m, [&](int i) {
    const T scale = tolerance.scale(i, max(absolute(x[i]), absolute(x_new[i])));
    error[i] =
        rough_quotient(error[i], max(smallest_normal<T>(), scale));  // with atol = 0 a component at rest has scale 0
  });
  team.sync();
  T norm = T(0);
  if (kind == ErrorNorm::max) {
    norm = max_norm(error, m);
  } else {
    for (int i = 0; i < m; ++i) norm += error[i] * error[i];
    norm = square_root(norm / T(m));
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
  const T h0 = select(d0 > small && d1 > small, T(0.01) * (d0 / d1), T(1e-6));
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
  const T ratio = min(max(T(0.01) / steepest, smallest_normal<T>()), largest_finite<T>());
  const T by_curvature = power(ratio, T(1) / T(order + 1));
  const T h1 = select(steepest > T(1e-15), by_curvature, max(T(1e-6), h0 * T(1e-3)));
  const MaskOf<T> sound = is_finite(h1) && !(steepest > largest_finite<T>());
  return select(sound, min(T(100) * h0, h1), h0);
}

/// The shortest step that times near t can tell apart.
template <class T>
ORGANICS_FN T resolution(T t) {
  return max(T(2) * epsilon<T>() * absolute(t), smallest_normal<T>());
}

/// Why a step that underflowed did so: the solution left every bound in finite time (it is far out, or large and would
/// change by its own size within 1e5 of the shortest steps), met a NaN, or is too stiff. `f`: slope at (t, x).
template <class T>
ORGANICS_FN CodeOf<T, Status> underflow_status(T error, T t, const T* x, const T* f, int m, T state_bound) {
  using Code = CodeOf<T, Status>;
  const T size = max_norm(x, m);
  const MaskOf<T> runs_away = size > T(1e6) && max_norm(f, m) * (T(1e5) * resolution(t)) > size;
  const Code of_finite = select(runs_away, Code(Status::diverged), Code(Status::step_too_small));
  const Code of_bounded = select(is_finite(error), of_finite, Code(Status::non_finite));
  return select(size > square_root(state_bound), Code(Status::diverged), of_bounded);
}

/// Those of the circuits that go on.
template <class T>
ORGANICS_FN MaskOf<T> is_going(const March<T>& march, T t_end) {
  return march.status == Status::ok && march.ended_by == IndexOf<T>(-1) && march.t < t_end;
}

template <class T>
ORGANICS_FN void fail(March<T>& march, MaskOf<T> which, CodeOf<T, Status> why) {
  march.status = select(which, why, march.status);
}

/// Says of those whose state has no finite size that it is not finite, and of the others that they diverged.
template <class T>
ORGANICS_FN void fail_by_size(March<T>& march, MaskOf<T> which, T size) {
  using Code = CodeOf<T, Status>;
  fail(march, which, select(is_finite(size), Code(Status::diverged), Code(Status::non_finite)));
}

/// The part of a march between two stops.
template <class T>
struct Stretch {
  T stop;         ///< its end
  T step = T(0);  ///< of equal size, where steps are
};

/// Enters the next stretch where the last one has ended.
template <class T, class Model>
ORGANICS_FN void enter_stretch(Model& model, const MarchOptions<NumberOf<T>>& options, const March<T>& march, T t_end,
                               Stretch<T>& stretch) {
  const MaskOf<T> over = !(march.t < stretch.stop);
  if (!any(over)) return;
  enter(model, march.t);
  stretch.stop = select(over, min(t_end, next_stop(model, march.t)), stretch.stop);
  if (!(options.fixed_step > NumberOf<T>(0))) return;
  // equal steps, none longer than asked for
  const T span = stretch.stop - march.t;
  const T asked = T(min(options.fixed_step, longest_step(options)));
  const T steps = max(T(1), round_up(span / asked * (T(1) - T(8) * epsilon<T>())));
  stretch.step = select(over, span / steps, stretch.step);
}

/// f(t, x) into the first slope, unless it is there. Refuses what is not finite.
template <class T, class Team, class Model>
ORGANICS_FN void require_slope(const Team& team, const Model& model, MaskOf<T> going, March<T>& march, const T* x,
                               const MarchWork<T>& work) {
  const MaskOf<T> unknown = going && !march.slope_known;
  if (!any(unknown)) return;
  const int m = model.dimension();
  const bool all_unknown = all(unknown || !going);  // no slope has to be kept
  T* f = all_unknown ? work.k : work.stage;
  model.rhs(team, march.t, x, f);
  team.sync();
  if (!all_unknown) {
    for_each_own(team, m, [&](int i) { work.k[i] = select(unknown, f[i], work.k[i]); });
    team.sync();
  }
  count(march.cost.rhs, unknown);
  march.slope_known = march.slope_known || unknown;
  const MaskOf<T> sound = is_finite(max_norm(x, m)) && is_finite(max_norm(work.k, m));
  fail(march, unknown && !sound, Status::non_finite);
}

/// The size of the next step, where none is chosen yet.
template <class T, class Team, class Model, class Stepper>
ORGANICS_FN void require_step(const Team& team, const Model& model, const Stepper& stepper,
                              const MarchOptions<NumberOf<T>>& options, const Tolerance<T>& tolerance, MaskOf<T> going,
                              March<T>& march, const T* x, const MarchWork<T>& work) {
  const MaskOf<T> open = going && !(march.h > T(0));
  if (!any(open)) return;
  T h = T(options.initial_step);
  if (!(options.initial_step > NumberOf<T>(0))) {
    h = first_step(team, model, stepper.order(), march.t, x, tolerance, work);
    count(march.cost.rhs, open);
  }
  march.h = select(open, h, march.h);
}

/// What has to be there before a step is attempted, and most of the time is. False when a circuit ends for want of it.
template <class T, class Team, class Model, class Stepper>
ORGANICS_FN bool prepare(const Team& team, Model& model, const Stepper& stepper,
                         const MarchOptions<NumberOf<T>>& options, const Tolerance<T>& tolerance, MaskOf<T> going,
                         March<T>& march, Stretch<T>& stretch, const T* x, T t_end, const MarchWork<T>& work) {
  const MaskOf<T> fixed = MaskOf<T>(has_equal_steps<Stepper>(options));
  const MaskOf<T> spent = march.accepted + march.rejected >= IndexOf<T>(options.max_steps);
  const MaskOf<T> ready = march.t < stretch.stop && march.slope_known && (fixed || march.h > T(0)) && !spent;
  if (!any(going && !ready)) return true;
  enter_stretch(model, options, march, t_end, stretch);
  fail(march, going && spent, Status::step_limit);
  if (any(going && spent)) return false;
  require_slope(team, model, going, march, x, work);
  if (any(going && march.status != Status::ok)) return false;
  require_step(team, model, stepper, options, tolerance, going && !fixed, march, x, work);
  return true;
}

/// A step to attempt.
template <class T>
struct NextStep {
  T wanted;        ///< what control asked for
  T h;             ///< what it is: rounded, or cut short
  T t_new;         ///< where it ends
  MaskOf<T> last;  ///< it ends the stretch
};

template <class T>
ORGANICS_FN NextStep<T> next_step(const MarchOptions<NumberOf<T>>& options, const March<T>& march,
                                  const Stretch<T>& stretch) {
  const bool fixed = options.fixed_step > NumberOf<T>(0);
  const T longest = T(longest_step(options));
  const T remaining = stretch.stop - march.t;
  const T wanted = fixed ? stretch.step : min(march.h, longest);
  const MaskOf<T> last = min(T(1.01) * wanted, fixed ? largest_finite<T>() : longest) >= remaining;
  // x moves by the step that t really makes: with short steps late in time t + h is not t plus h
  const T t_new = select(last, stretch.stop, march.t + wanted);
  return {wanted, t_new - march.t, t_new, last};
}

/// Notes that the step was rejected; where no shorter one is left, the march is over.
template <class T>
ORGANICS_FN void reject(const MarchOptions<NumberOf<T>>& options, MaskOf<T> which, T error, March<T>& march, const T* x,
                        const T* f, int m) {
  if (!any(which)) return;
  count(march.rejected, which);
  if (options.fixed_step > NumberOf<T>(0)) {
    fail(march, which, Status::singular);
    return;
  }
  const T shortest = max(T(options.min_step), resolution(march.t));
  const MaskOf<T> over = which && march.h < shortest;
  if (any(over)) fail(march, over, underflow_status(error, march.t, x, f, m, T(options.state_bound)));
}

/// The step accepted by those named, on the way to `t_end`: tells the recorder, then moves x (to the event, where one
/// ended the march).
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN void advance(const Team& team, const Model& model, Stepper& stepper, Recorder& recorder, MaskOf<T> which,
                         March<T>& march, T* x, T h, T t_new, T t_end, const MarchWork<T>& work) {
  const int m = model.dimension();
  // first, as the interpolant may want the memory of a stage that every lane looks at
  const MaskOf<T> ripe = stepper.learn(which, h, t_end - t_new, m, work, march.evidence);
  team.sync();
  const T* f_new = stepper.end_slope(m, work);
  if (f_new == nullptr && recorder.wants_slopes()) {
    model.rhs(team, t_new, work.x_new, work.stage);
    team.sync();
    count(march.cost.rhs, which);
    f_new = work.stage;
  }
  const MaskOf<T> curious = which && recorder.wants_interpolant(t_new);
  const bool dense = any(curious);
  if (dense) stepper.interpolate(team, model, march.t, x, h, curious, work, march.cost);
  const AcceptedStep<T> step = {
      which,     march.t, t_new, x, work.x_new, work.k, f_new, dense, {m, stepper.degree(), march.t, h, x, work.q},
      work.error};
  Outcome<T> outcome;
  MaskOf<T> ended = MaskOf<T>(false);
  if constexpr (std::is_void_v<decltype(recorder.observe(team, model, step))>) {
    recorder.observe(team, model, step);
  } else {
    outcome = recorder.observe(team, model, step);
    ended = outcome.ended_by != IndexOf<T>(-1);
  }
  const MaskOf<T> inside = ended && outcome.theta < T(1);
  // last, as it may change the kind of step that the rest is asked about
  const MaskOf<T> hands_over = stepper.change(ripe, march.evidence);
  team.sync();  // every lane has read x, the slopes and the interpolant
  for_each_own(team, m, [&](int i) {
    T moved = work.x_new[i];
    if (any(inside)) moved = select(inside, step.interpolant.value(i, outcome.theta), moved);
    x[i] = select(which, moved, x[i]);
    if (f_new != nullptr) work.k[i] = select(which, f_new[i], work.k[i]);
  });
  team.sync();
  march.slope_known = select(which, MaskOf<T>(f_new != nullptr) && !inside, march.slope_known);
  march.t = select(which, select(ended, outcome.t, t_new), march.t);
  march.ended_by = select(which, outcome.ended_by, march.ended_by);
  if (any(hands_over)) march.ended_by = select(hands_over, IndexOf<T>(handed_over), march.ended_by);
}

/// One attempted step of every circuit that is going. Returns without one as soon as a circuit ends before it.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN void march_step(const Team& team, Model& model, Stepper& stepper, const MarchOptions<NumberOf<T>>& options,
                            const Tolerance<T>& tolerance, Recorder& recorder, MaskOf<T> going, March<T>& march,
                            Stretch<T>& stretch, T* x, T t_end, const MarchWork<T>& work) {
  const int m = model.dimension();
  const bool fixed = has_equal_steps<Stepper>(options);
  if (!prepare(team, model, stepper, options, tolerance, going, march, stretch, x, t_end, work)) return;
  const NextStep<T> next = next_step(options, march, stretch);
  const MaskOf<T> too_short = going && !next.last && next.wanted < resolution(march.t);
  if (any(too_short)) {
    fail(march, too_short, underflow_status(T(0), march.t, x, work.k, m, T(options.state_bound)));
    return;
  }
  const MaskOf<T> possible = stepper.attempt(team, model, march.t, x, next.h, !fixed, going, work, march.cost);
  T error = select(possible, T(0), largest_finite<T>());
  if (any(possible) && !fixed) {
    error = select(possible, error_norm(team, options.norm, tolerance, x, work.x_new, m, work.error), error);
  }
  const Decision<T> decision = fixed ? Decision<T>{possible, T(1), T(0)}
                                     : decide(options.control, stepper.embedded_order(), error, march.history);
  remember(march.history, decision);
  // from what was wanted after a rejection, or a step rounded up could be rejected for ever
  if (!fixed) {
    march.h = select(going, select(decision.accept, next.h, min(next.h, next.wanted)) * decision.factor, march.h);
  }
  reject(options, going && !decision.accept, error, march, x, work.k, m);
  const MaskOf<T> accept = going && decision.accept;
  if (!any(accept)) return;
  count(march.accepted, accept);
  march.last_step = select(accept, next.h, march.last_step);
  // a step cut short says little about the next
  if (!fixed) march.h = select(accept && next.last, max(march.h, next.wanted), march.h);
  if (options.min_step > NumberOf<T>(0)) march.h = select(accept, max(march.h, T(options.min_step)), march.h);
  advance(team, model, stepper, recorder, accept, march, x, next.h, next.t_new, t_end, work);
  if constexpr (has_stops<T, Model>) {  // beyond a stop the right-hand side is another one
    march.slope_known = march.slope_known && !(march.t >= stretch.stop && stretch.stop < t_end);
  }
  const T size = max_norm(x, m);
  const MaskOf<T> away = accept && !(size <= T(options.state_bound));
  if (any(away)) fail_by_size(march, away, size);
}

/// Marches x from march.t to `t_end`, landing on it exactly. On return march.t == t_end and the status is ok, or
/// march.ended_by names the event that ended it, or the status says why not and x is the last accepted state.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN void march_to(const Team& team, Model& model, Stepper& stepper, const MarchOptions<T>& options,
                          const Tolerance<T>& tolerance, Recorder& recorder, March<T>& march, T* x, T t_end,
                          const MarchWork<T>& work) {
  Stretch<T> stretch = {march.t};
  while (is_going(march, t_end)) {
    march_step(team, model, stepper, options, tolerance, recorder, true, march, stretch, x, t_end, work);
  }
}

/// Begins the march of the circuits named, at `start`, and tells the recorder.
template <class T, class Team, class Model, class Recorder>
ORGANICS_FN void begin_march(const Team& team, Model& model, Recorder& recorder, MaskOf<T> which, March<T>& march,
                             const T* x, T start, T end) {
  const March<T> fresh;
  march.t = select(which, start, march.t);
  march.h = select(which, fresh.h, march.h);
  march.last_step = select(which, fresh.last_step, march.last_step);
  march.history.last = select(which, fresh.history.last, march.history.last);
  march.history.before = select(which, fresh.history.before, march.history.before);
  march.history.after_rejection = march.history.after_rejection && !which;
  march.slope_known = march.slope_known && !which;
  march.accepted = select(which, fresh.accepted, march.accepted);
  march.rejected = select(which, fresh.rejected, march.rejected);
  march.cost.rhs = select(which, fresh.cost.rhs, march.cost.rhs);
  march.cost.jacobians = select(which, fresh.cost.jacobians, march.cost.jacobians);
  march.cost.lu = select(which, fresh.cost.lu, march.cost.lu);
  march.status = select(which, fresh.status, march.status);
  march.ended_by = select(which, fresh.ended_by, march.ended_by);
  march.evidence = select(which, fresh.evidence, march.evidence);
  const MaskOf<T> sound =
      is_finite(max_norm(x, model.dimension())) && is_finite(start) && is_finite(end) && end >= start;
  enter(model, start);
  const MaskOf<T> begun = recorder.begin(team, model, which && sound, start, end, x);
  fail(march, which && !(sound && begun), Status::non_finite);
}

/// Marches x from `start` to `end`, recording on the way, and tells the recorder how it ended.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN March<T> march_over(const Team& team, Model& model, Stepper& stepper, const MarchOptions<T>& options,
                                const Tolerance<T>& tolerance, Recorder& recorder, T* x, T start, T end,
                                const MarchWork<T>& work) {
  March<T> march;
  begin_march(team, model, recorder, true, march, x, start, end);
  march_to(team, model, stepper, options, tolerance, recorder, march, x, end, work);
  recorder.finish(team, model, true, march.status, march.t, x);
  return march;
}

}  // namespace organics::core
