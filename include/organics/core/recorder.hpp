// The recorder: everything a march can report beside samples: saved steps, events and summaries.
//
// Events are located on the interpolant: a step is cut into four, a change of sign found there is followed by bisection.
// Summaries are of the interpolant too: extremes lie at the ends of a step or where its slope changes sign from one end
// of such a piece to the other, the mean is the integral of the polynomial. Team contract: as in team.hpp; lanes write
// the components they own, what steers the march is computed by all of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/dominant_frequency.hpp"
#include "organics/core/march.hpp"
#include "organics/core/sampler.hpp"

namespace organics::core {

/// What is wanted of one circuit, and where it goes; null: not wanted.
template <class T>
struct Recording {
  const T* times = nullptr;  ///< samples
  int samples = 0;
  T* states = nullptr;  ///< m x samples
  int save_every = 0;   ///< accepted steps
  int capacity = 0;
  T* step_times = nullptr;   ///< capacity
  T* step_states = nullptr;  ///< m x capacity
  std::int32_t* steps_saved = nullptr;
  const Event* events = nullptr;
  int event_count = 0;
  const T* levels = nullptr;  ///< event_count
  std::int32_t* event_counts = nullptr;
  T* event_times = nullptr;
  T* minimum = nullptr;  ///< m
  T* maximum = nullptr;
  T* mean = nullptr;
  T* peak_time = nullptr;
  T* settling_time = nullptr;
  T settle_tolerance = T(0);
  T* frequency = nullptr;
  int frequency_component = 0;
  int frequency_bins = 0;
  T* fourier = nullptr;  ///< scratch of the frequency, dominant_frequency_size(frequency_bins) numbers
};

/// Speed (units of the state a second) up to which component i counts as settled: the model's own rule, or
/// relative |x_i| + absolute per second for a model without one.
template <class T, class Model>
ORGANICS_FN T settled_speed(const Model& model, int i, const T* x, T relative, T absolute_part) {
  if constexpr (requires { model.settled_speed(i, x, relative, absolute_part); }) {
    return model.settled_speed(i, x, relative, absolute_part);
  } else {
    return relative * absolute(x[i]) + absolute_part;
  }
}

/// True when no component moves faster than that.
template <class T, class Model>
ORGANICS_FN bool is_settled(const Model& model, const T* x, const T* f, T relative, const Tolerance<T>& tolerance) {
  for (int i = 0; i < model.dimension(); ++i) {
    if (!(absolute(f[i]) <= settled_speed(model, i, x, relative, tolerance.absolute_part(i)))) return false;
  }
  return true;
}

template <class T>
ORGANICS_FN Samples<T> samples_of(const Recording<T>& wanted) {
  return {wanted.times, wanted.samples, wanted.states};
}

/// The recorder of samples alone.
template <class T>
ORGANICS_FN Sampler<T> sampler_of(const Recording<T>& wanted) {
  return {{samples_of(wanted)}};
}

template <class T>
struct Recorder {
  Recording<T> wanted;
  Tolerance<T> tolerance;
  Sampler<T> sampler;
  DominantFrequency<T> frequency;
  T start = T(0);
  std::int32_t accepted = 0;
  int saved = 0;
  T settled_since = not_a_number<T>();
  bool settled_before[max_events] = {};  ///< steady events: the step began settled
  bool held_before[max_events] = {};     ///< the step before began and ended settled: the event has happened
  std::int32_t counts[max_events] = {};
  T last_times[max_events] = {};

  ORGANICS_FN Recorder(const Recording<T>& recording, const Tolerance<T>& tolerances)
      : wanted(recording),
        tolerance(tolerances),
        sampler(sampler_of(recording)),
        frequency{recording.fourier, recording.frequency == nullptr ? 0 : recording.frequency_bins} {}

  ORGANICS_FN bool has_event(EventKind kind) const {
    bool found = false;
    for (int e = 0; e < wanted.event_count; ++e) found = found || wanted.events[e].kind == kind;
    return found;
  }
  ORGANICS_FN bool summarises() const {
    return wanted.minimum != nullptr || wanted.maximum != nullptr || wanted.mean != nullptr ||
           wanted.peak_time != nullptr;
  }
  ORGANICS_FN bool wants_slopes() const { return wanted.settling_time != nullptr || has_event(EventKind::steady); }
  ORGANICS_FN bool wants_interpolant(T t_new) const {
    return summarises() || has_event(EventKind::level) || has_event(EventKind::functor) ||
           sampler.wants_interpolant(t_new) || frequency.active();
  }

  template <class Team, class Model>
  ORGANICS_OUTLINED_FN bool begin(const Team& team, const Model& model, bool sound, T t, T end, const T* x) {
    start = t;
    if (!sound || !sampler.begin(team, model, true, t, end, x)) return false;
    if (wanted.save_every > 0) save(team, model.dimension(), t, x);
    frequency.begin(team, t, end);
    for (T& time : last_times) time = not_a_number<T>();
    for_each_own(team, model.dimension(), [&](int i) {
      if (wanted.minimum != nullptr) wanted.minimum[i] = x[i];
      if (wanted.maximum != nullptr) wanted.maximum[i] = x[i];
      if (wanted.mean != nullptr) wanted.mean[i] = T(0);
      if (wanted.peak_time != nullptr) wanted.peak_time[i] = t;
    });
    return true;
  }

  template <class Team, class Model>
  ORGANICS_OUTLINED_FN Outcome<T> observe(const Team& team, const Model& model, const AcceptedStep<T>& step) {
    settle_at_start(model, step);
    ++accepted;
    const Outcome<T> outcome = watch(team, model, step);
    const T t_last = outcome.ended_by >= 0 ? outcome.t : step.t_new;
    sampler.sample(team, step, t_last);
    if (summarises()) summarise(team, step, outcome.theta, t_last);
    sample_frequency(team, step, t_last);
    if (t_last < step.t_new) return outcome;  // an event cut the step: its end was not reached
    if (wanted.save_every > 0 && accepted % wanted.save_every == 0) {
      save(team, step.interpolant.m, step.t_new, step.x_new);
    }
    if (wanted.settling_time != nullptr) {
      note_settled(is_settled(model, step.x_new, step.f_new, wanted.settle_tolerance, tolerance), step.t_new);
    }
    return outcome;
  }

  template <class Team, class Model>
  ORGANICS_OUTLINED_FN void finish(const Team& team, const Model& model, bool, Status status, T t, const T* x) {
    sampler.finish(team, model, true, status, t, x);
    const int m = model.dimension();
    const bool begun = accepted > 0;
    for_each_own(team, m, [&](int i) {
      if (begun && wanted.mean != nullptr) wanted.mean[i] = t > start ? wanted.mean[i] / (t - start) : x[i];
      if (begun) return;
      const bool sound = is_finite(x[i]) && status != Status::non_finite;  // not a step: the start is all there is
      const T value = sound ? x[i] : not_a_number<T>();
      if (wanted.minimum != nullptr) wanted.minimum[i] = value;
      if (wanted.maximum != nullptr) wanted.maximum[i] = value;
      if (wanted.mean != nullptr) wanted.mean[i] = value;
      if (wanted.peak_time != nullptr) wanted.peak_time[i] = sound ? t : not_a_number<T>();
    });
    for (int k = saved; k < wanted.capacity; ++k) {
      if (wanted.step_times != nullptr && team.rank() == 0) wanted.step_times[k] = not_a_number<T>();
      if (wanted.step_states == nullptr) continue;
      T* column = wanted.step_states + static_cast<std::ptrdiff_t>(k) * m;
      for_each_own(team, m, [&](int i) { column[i] = not_a_number<T>(); });
    }
    team.sync();  // every lane's bins are complete
    if (team.rank() != 0) return;
    if (wanted.frequency != nullptr) {
      const T size = accepted > 0 ? absolute(x[wanted.frequency_component]) : T(0);
      *wanted.frequency = frequency.peak(tolerance.scale(wanted.frequency_component, size));
    }
    if (wanted.steps_saved != nullptr) *wanted.steps_saved = saved;
    if (wanted.settling_time != nullptr) *wanted.settling_time = settled_since;
    for (int e = 0; e < wanted.event_count; ++e) {
      if (wanted.event_counts != nullptr) wanted.event_counts[e] = counts[e];
      if (wanted.event_times != nullptr) wanted.event_times[e] = counts[e] > 0 ? last_times[e] : not_a_number<T>();
    }
  }

 private:
  /// Appends a saved step; beyond the capacity it is only counted.
  template <class Team>
  ORGANICS_FN void save(const Team& team, int m, T t, const T* x) {
    if (saved < wanted.capacity) {
      if (wanted.step_times != nullptr && team.rank() == 0) wanted.step_times[saved] = t;
      if (wanted.step_states != nullptr) {
        T* column = wanted.step_states + static_cast<std::ptrdiff_t>(saved) * m;
        for_each_own(team, m, [&](int i) { column[i] = x[i]; });
      }
    }
    ++saved;
  }

  /// What is settled where the step begins, which need not be what was where the last one ended: a jump of the
  /// right-hand side may lie between.
  template <class Model>
  ORGANICS_FN void settle_at_start(const Model& model, const AcceptedStep<T>& step) {
    for (int e = 0; e < wanted.event_count; ++e) {
      if (wanted.events[e].kind != EventKind::steady) continue;
      settled_before[e] = is_settled(model, step.x, step.f, wanted.levels[e], tolerance);
      held_before[e] = held_before[e] && settled_before[e];
    }
    if (wanted.settling_time == nullptr) return;
    note_settled(is_settled(model, step.x, step.f, wanted.settle_tolerance, tolerance), step.t);
  }

  ORGANICS_FN void note_settled(bool settled, T t) {
    settled_since = !settled ? not_a_number<T>() : is_finite(settled_since) ? settled_since : t;
  }

  /// Finds the events of a step: the earliest terminal one ends the march, the others up to it are counted.
  template <class Team, class Model>
  ORGANICS_FN Outcome<T> watch(const Team& team, const Model& model, const AcceptedStep<T>& step) {
    Outcome<T> outcome;
    for (int e = 0; e < wanted.event_count; ++e) {
      if (!wanted.events[e].terminal) continue;
      const T theta = first_crossing(team, model, step, e, T(0));
      if (theta > T(1) || (outcome.ended_by >= 0 && theta >= outcome.theta)) continue;
      outcome = {e, theta, time_at(step, theta)};
    }
    for (int e = 0; e < wanted.event_count; ++e) {
      if (wanted.events[e].terminal) {
        if (e == outcome.ended_by) count(e, outcome.t);
      } else {
        for (T theta = first_crossing(team, model, step, e, T(0)); theta <= outcome.theta;
             theta = first_crossing(team, model, step, e, theta)) {
          count(e, time_at(step, theta));
        }
      }
      if (wanted.events[e].kind != EventKind::steady) continue;
      held_before[e] = settled_before[e] && settled_at_end(model, step, e);
    }
    return outcome;
  }

  ORGANICS_FN static T time_at(const AcceptedStep<T>& step, T theta) {
    return theta < T(1) ? min(step.t + theta * step.interpolant.h, step.t_new) : step.t_new;
  }

  ORGANICS_FN void count(int e, T t) {
    ++counts[e];
    last_times[e] = t;
  }

  template <class Model>
  ORGANICS_FN bool settled_at_end(const Model& model, const AcceptedStep<T>& step, int e) const {
    return is_settled(model, step.x_new, step.f_new, wanted.levels[e], tolerance);
  }

  /// The first theta in (after, 1] at which event e happens; 2: it does not.
  template <class Team, class Model>
  ORGANICS_OUTLINED_FN T first_crossing(const Team& team, const Model& model, const AcceptedStep<T>& step, int e,
                                        T after) {
    const T never = T(2);
    if (wanted.events[e].kind == EventKind::steady) {
      const bool comes_to_rest = settled_before[e] && !held_before[e] && settled_at_end(model, step, e);
      return comes_to_rest && after < T(1) ? T(1) : never;
    }
    constexpr int pieces = 4;
    T left = after;
    T g_left = event_value(team, model, step, e, left);
    for (int piece = 1; piece <= pieces; ++piece) {
      const T right = static_cast<T>(piece) / T(pieces);
      if (!(right > after)) continue;
      const T g_right = event_value(team, model, step, e, right);
      if (crosses(wanted.events[e].direction, g_left, g_right)) return locate(team, model, step, e, left, right);
      left = right;
      g_left = g_right;
    }
    return never;
  }

  ORGANICS_FN static bool crosses(Crossing direction, T before, T after) {
    const bool up = before < T(0) && after >= T(0);
    const bool down = before > T(0) && after <= T(0);
    return (up && direction != Crossing::downward) || (down && direction != Crossing::upward);
  }

  /// Bisection: the right end of the shortest interval that still holds the crossing, so that the level is reached.
  template <class Team, class Model>
  ORGANICS_FN T locate(const Team& team, const Model& model, const AcceptedStep<T>& step, int e, T left, T right) {
    const bool from_below = event_value(team, model, step, e, left) < T(0);
    for (;;) {
      const T middle = T(0.5) * (left + right);
      if (!(middle > left && middle < right) || right - left < epsilon<T>()) return right;
      const T g = event_value(team, model, step, e, middle);
      const bool reached = from_below ? g >= T(0) : g <= T(0);
      (reached ? right : left) = middle;
    }
  }

  /// The event function at theta: a component less its level, or the model's own function of the whole state.
  template <class Team, class Model>
  ORGANICS_OUTLINED_FN T event_value(const Team& team, const Model& model, const AcceptedStep<T>& step, int e,
                                     T theta) const {
    const Event& event = wanted.events[e];
    if (event.kind == EventKind::level) {
      const T value = theta < T(1) ? step.interpolant.value(event.component, theta) : step.x_new[event.component];
      return value - wanted.levels[e];
    }
    if constexpr (requires { model.event(theta, step.x); }) {
      for_each_own(team, step.interpolant.m,
                   [&](int i) { step.scratch[i] = theta < T(1) ? step.interpolant.value(i, theta) : step.x_new[i]; });
      team.sync();
      const T g = model.event(time_at(step, theta), step.scratch);
      team.sync();
      return g;
    } else {
      return not_a_number<T>();  // refused before work started
    }
  }

  /// The samples of the dominant frequency that lie in this step, up to t_last.
  template <class Team>
  ORGANICS_FN void sample_frequency(const Team& team, const AcceptedStep<T>& step, T t_last) {
    if (!frequency.active()) return;
    const int i = wanted.frequency_component;
    for (const T theta : {T(0.5), T(1)}) {
      const T value = step.interpolant.value(i, theta);
      frequency.follow(value, tolerance.scale(i, absolute(value)));
    }
    while (frequency.wants_sample(t_last)) {
      const T theta = (frequency.next_time() - step.t) / step.interpolant.h;
      frequency.add(team, step.interpolant.value(wanted.frequency_component, theta));
    }
  }

  /// Takes the step up to theta into minimum, maximum, mean and peak time.
  template <class Team>
  ORGANICS_FN void summarise(const Team& team, const AcceptedStep<T>& step, T theta, T t_last) {
    for_each_own(team, step.interpolant.m, [&](int i) {
      if (wanted.mean != nullptr) wanted.mean[i] += step.interpolant.integral(i, theta);
      constexpr int pieces = 4;
      for (int piece = 0; piece < pieces; ++piece) {
        turning_point(step, i, static_cast<T>(piece) / T(pieces) * theta,
                      static_cast<T>(piece + 1) / T(pieces) * theta);
      }
      take_extreme(i, theta < T(1) ? step.interpolant.value(i, theta) : step.x_new[i], t_last);
    });
  }

  ORGANICS_FN void take_extreme(int i, T value, T t) {
    if (wanted.minimum != nullptr) wanted.minimum[i] = min(wanted.minimum[i], value);
    if (wanted.maximum == nullptr || !(value > wanted.maximum[i])) return;
    wanted.maximum[i] = value;
    if (wanted.peak_time != nullptr) wanted.peak_time[i] = t;
  }

  /// The extreme between left and right, where the slope changes sign.
  ORGANICS_OUTLINED_FN void turning_point(const AcceptedStep<T>& step, int i, T left, T right) {
    const Interpolant<T>& p = step.interpolant;
    const bool rises = p.slope(i, left) > T(0);
    if ((p.slope(i, right) > T(0)) == rises) return;
    for (int halving = 0; halving < 40; ++halving) {
      const T middle = T(0.5) * (left + right);
      ((p.slope(i, middle) > T(0)) == rises ? left : right) = middle;
    }
    take_extreme(i, p.value(i, left), time_at(step, left));
  }
};

}  // namespace organics::core
