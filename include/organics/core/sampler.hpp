// The sampler: states at the times a user asked for, from the interpolant of the steps that hold them.
//
// The simplest recorder of a march: it has no say in where the march ends. Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/march.hpp"

namespace organics::core {

template <class T>
struct Sampler {
  const T* times;  ///< increasing
  int count;
  T* states;  ///< m x count, column-major; null: not wanted
  int next = 0;

  /// Writes the samples at the very start; what lies before it is NaN. False when the times do not increase.
  template <class Team, class Model>
  ORGANICS_FN bool begin(const Team& team, const Model& model, T start, T /*end*/, const T* x) {
    if (states == nullptr) next = count;
    for (int k = next + 1; k < count; ++k) {
      if (!(times[k] > times[k - 1])) return false;
    }
    for (; next < count && !(times[next] > start); ++next) {
      const bool here = times[next] == start;
      write(team, model.dimension(), [&](int i) { return here ? x[i] : not_a_number<T>(); });
    }
    return true;
  }

  ORGANICS_FN static constexpr bool wants_slopes() { return false; }
  ORGANICS_FN bool wants_interpolant(T t_new) const { return next < count && times[next] < t_new; }

  template <class Team, class Model>
  ORGANICS_FN Outcome<T> observe(const Team& team, const Model& /*model*/, const AcceptedStep<T>& step) {
    sample(team, step, step.t_new);
    return {};
  }

  /// Writes the samples of a step up to t_last.
  template <class Team>
  ORGANICS_FN void sample(const Team& team, const AcceptedStep<T>& step, T t_last) {
    for (; next < count && times[next] <= t_last; ++next) {
      const T t = times[next];
      const T theta = (t - step.t) / step.interpolant.h;
      write(team, step.interpolant.m,
            [&](int i) { return t == step.t_new ? step.x_new[i] : step.interpolant.value(i, theta); });
    }
  }

  /// The rest was not reached.
  template <class Team, class Model>
  ORGANICS_FN void finish(const Team& team, const Model& model, Status /*status*/, T /*t*/, const T* /*x*/) {
    if (states == nullptr) return;
    for (; next < count; ++next) write(team, model.dimension(), [](int) { return not_a_number<T>(); });
  }

 private:
  template <class Team, class F>
  ORGANICS_FN void write(const Team& team, int m, F&& value) {
    T* column = states + static_cast<std::ptrdiff_t>(next) * m;
    for_each_own(team, m, [&](int i) { column[i] = value(i); });
  }
};

}  // namespace organics::core
