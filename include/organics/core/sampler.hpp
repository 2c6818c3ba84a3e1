// The sampler: states at the times a user asked for, from the interpolant of the steps that hold them.
//
// The simplest recorder of a march: it has no say in where the march ends. Over a pack it records every lane's circuit. Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/march.hpp"

namespace organics::core {

/// The samples of one circuit: when, and where to.
template <class N>
struct Samples {
  const N* times = nullptr;  ///< increasing
  int count = 0;
  N* states = nullptr;  ///< m x count, column-major; null: not wanted
  int next = 0;

  ORGANICS_FN N* column(int m) const { return states + static_cast<std::ptrdiff_t>(next) * m; }
  /// NaN, which no time reaches, after the last.
  ORGANICS_FN N next_time() const { return next < count ? times[next] : not_a_number<N>(); }
};

template <class T>
struct Sampler {
  using Number = NumberOf<T>;
  Samples<Number> samples[lanes_of<T>];  ///< of each circuit
  T next_time = not_a_number<T>();

  /// Writes the samples at the very start of the circuits named; what lies before it is NaN. False when the times do not
  /// increase.
  template <class Team, class Model>
  ORGANICS_FN MaskOf<T> begin(const Team& team, const Model& model, MaskOf<T> which, T start, T /*end*/, const T* x) {
    MaskOf<T> good = MaskOf<T>(true);
    for_lanes(which, [&](int lane) {
      set_lane(good, lane, begin_lane(team, model.dimension(), lane, in_lane(start, lane), x));
    });
    return good;
  }

  ORGANICS_FN static constexpr bool wants_slopes() { return false; }
  ORGANICS_FN MaskOf<T> wants_interpolant(T t_new) const { return next_time < t_new; }
  /// Steps that end before it are not looked at.
  ORGANICS_FN T quiet_until() const { return select(next_time == next_time, next_time, largest_finite<T>()); }

  template <class Team, class Model>
  ORGANICS_FN void observe(const Team& team, const Model& /*model*/, const AcceptedStep<T>& step) {
    sample(team, step, step.t_new);
  }

  /// Writes the samples of a step up to t_last.
  template <class Team>
  ORGANICS_FN void sample(const Team& team, const AcceptedStep<T>& step, T t_last) {
    const int m = step.interpolant.m;
    for (;;) {
      const MaskOf<T> due = step.accepted && next_time <= t_last;
      if (!any(due)) return;
      const T theta = (next_time - step.t) / step.interpolant.h;
      const MaskOf<T> at_end = next_time == step.t_new;
      const bool no_polynomial = all(at_end || !due);
      for_each_own(team, m, [&](int i) {
        T value = step.x_new[i];
        if (!no_polynomial) value = select(at_end, value, step.interpolant.value(i, theta));
        for_lanes(due, [&](int lane) { samples[lane].column(m)[i] = in_lane(value, lane); });
      });
      for_lanes(due, [&](int lane) { go_on(lane); });
    }
  }

  /// The rest of the circuits named was not reached.
  template <class Team, class Model>
  ORGANICS_FN void finish(const Team& team, const Model& model, MaskOf<T> which, CodeOf<T, Status> /*status*/, T /*t*/,
                          const T* /*x*/) {
    const int m = model.dimension();
    for_lanes(which, [&](int lane) {
      Samples<Number>& own = samples[lane];
      if (own.states == nullptr) return;
      for (; own.next < own.count; ++own.next) fill(team, m, lane, [](int) { return not_a_number<Number>(); });
    });
  }

 private:
  ORGANICS_FN void go_on(int lane) {
    ++samples[lane].next;
    set_lane(next_time, lane, samples[lane].next_time());
  }

  template <class Team>
  ORGANICS_FN bool begin_lane(const Team& team, int m, int lane, Number start, const T* x) {
    Samples<Number>& own = samples[lane];
    if (own.states == nullptr) own.next = own.count;
    for (int k = own.next + 1; k < own.count; ++k) {
      if (!(own.times[k] > own.times[k - 1])) return false;
    }
    for (; own.next < own.count && !(own.times[own.next] > start); ++own.next) {
      const bool here = own.times[own.next] == start;
      fill(team, m, lane, [&](int i) { return here ? in_lane(x[i], lane) : not_a_number<Number>(); });
    }
    set_lane(next_time, lane, own.next_time());
    return true;
  }

  template <class Team, class F>
  ORGANICS_FN void fill(const Team& team, int m, int lane, F&& value) const {
    Number* column = samples[lane].column(m);
    for_each_own(team, m, [&](int i) { column[i] = value(i); });
  }
};

}  // namespace organics::core
