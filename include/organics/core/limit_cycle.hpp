// Limit cycles: an orbit that returns to itself, told from one that only seems to.
//
// The orbit is cut where one component rises through the middle of its range (a Poincare section), which the interpolant
// of a step locates. Where a state comes back to that of one of the last cuts, that many make a lap, and lap after lap is
// compared with the one before. With d the distance between the ends of two laps and q its ratio to the distance before,
// d q / (1 - q) is how far the orbit will still go: near nothing on a cycle, all of its size on a spiral, however slowly
// that decays or grows. A cycle is found when that and d are below a thousandth of the size of the orbit, twice.
// Team contract: as in team.hpp; a watch is a recorder of a march (march.hpp) and holds the same on every lane.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/fixed_point.hpp"
#include "organics/core/march.hpp"

namespace organics::core {

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

/// Cuts that are remembered: the most that one lap may have.
inline constexpr int remembered_cuts = 4;

/// Numbers that a watch of m components needs.
ORGANICS_FN constexpr std::size_t orbit_scratch(int m) { return (remembered_cuts + 4) * static_cast<std::size_t>(m); }

/// Watches an orbit until it is slow enough for an equilibrium to be looked for, or has become a cycle.
template <class T>
struct OrbitWatch {
  static constexpr int slow = 0;   ///< ended_by: every component moves slower than `slowest`
  static constexpr int cycle = 1;  ///< ended_by: the orbit is a cycle

  Circuit<T> circuit;
  T* cuts;          ///< remembered_cuts x m: states at the last cuts, or at the end of the last lap
  T* minimum;       ///< m: since the section was laid, or of the present lap
  T* maximum;       ///< m
  T* long_minimum;  ///< m: since the section was laid
  T* long_maximum;  ///< m
  T slowest;        ///< relative speed
  T period = T(0);
  T amplitude = T(0);  ///< peak to peak, of the y that swings most

  int component = 0;  ///< the section: where this component rises through `level`
  T level = not_a_number<T>();
  int seen = 0;    ///< cuts, since the section was laid or the lap began
  int lap = 0;     ///< cuts that make a lap; 0: not known
  int laps = 0;    ///< of that many cuts
  int agreed = 0;  ///< laps in a row that say it is a cycle
  T lap_began = T(0);
  T last_distance = T(0);
  T near = T(1e-2);  ///< of its size: how near an orbit must come to itself for a lap to be supposed
  std::int32_t steps = 0;
  std::int32_t next_section = 64;
  bool begun = false;

  ORGANICS_FN OrbitWatch(const Circuit<T>& p, T* numbers, T slowest_speed)
      : circuit(p), cuts(numbers), slowest(slowest_speed) {
    minimum = cuts + static_cast<std::ptrdiff_t>(remembered_cuts) * 2 * p.n;
    maximum = minimum + 2 * p.n;
    long_minimum = maximum + 2 * p.n;
    long_maximum = long_minimum + 2 * p.n;
  }

  ORGANICS_FN static constexpr bool wants_slopes() { return true; }
  ORGANICS_FN static constexpr bool wants_interpolant(T) { return true; }

  template <class Team, class Model>
  ORGANICS_OUTLINED_FN Outcome<T> observe(const Team& team, const Model& /*model*/, const AcceptedStep<T>& step) {
    if (!begun) forget(team, step.x);
    begun = true;
    if (relative_speed(circuit, step.x_new, step.f_new) < slowest) return {slow, T(1), step.t_new};
    if (step.x[component] < level && step.x_new[component] >= level) {
      const T theta = cut_within(step.interpolant);
      take_extremes(team, step.interpolant, T(0), theta);
      for_each_own(team, 2 * circuit.n, [&](int i) { step.scratch[i] = step.interpolant.value(i, theta); });
      team.sync();
      const T t = step.t + theta * step.interpolant.h;
      if (meet_cut(team, t, step.scratch)) return {cycle, theta, t};
      take_extremes(team, step.interpolant, theta, T(1));
    } else {
      take_extremes(team, step.interpolant, T(0), T(1));
    }
    team.sync();
    ++steps;
    if (steps >= next_section && agreed == 0) lay_section(team, step.x_new);
    return {};
  }

 private:
  ORGANICS_FN T* remembered(int k) const { return cuts + static_cast<std::ptrdiff_t>(k) * 2 * circuit.n; }

  ORGANICS_FN T cut_within(const Interpolant<T>& p) const {
    T left = T(0);
    T right = T(1);
    for (int halving = 0; halving < 50; ++halving) {
      const T middle = T(0.5) * (left + right);
      (p.value(component, middle) < level ? left : right) = middle;
    }
    return right;
  }

  /// Starts anew at x: extremes, cuts and laps.
  template <class Team>
  ORGANICS_FN void forget(const Team& team, const T* x) {
    seen = lap = laps = agreed = 0;
    for_each_own(team, 2 * circuit.n, [&](int i) { long_minimum[i] = long_maximum[i] = x[i]; });
    restart_extremes(team, x);
  }

  template <class Team>
  ORGANICS_FN void restart_extremes(const Team& team, const T* x) {
    for_each_own(team, 2 * circuit.n, [&](int i) { minimum[i] = maximum[i] = x[i]; });
    team.sync();
  }

  /// Extremes of the step from theta `from` to `to`, at its quarters. No closing sync.
  template <class Team>
  ORGANICS_FN void take_extremes(const Team& team, const Interpolant<T>& p, T from, T to) {
    for_each_own(team, 2 * circuit.n, [&](int i) {
      for (int quarter = 1; quarter <= 4; ++quarter) {
        const T value = p.value(i, from + T(0.25) * static_cast<T>(quarter) * (to - from));
        minimum[i] = min(minimum[i], value);
        maximum[i] = max(maximum[i], value);
        long_minimum[i] = min(long_minimum[i], value);
        long_maximum[i] = max(long_maximum[i], value);
      }
    });
  }

  /// Scale of component i: what a state weighs at its largest.
  ORGANICS_FN T scale(int i, const T* lowest, const T* highest) const {
    return state_weight(circuit, i, max(absolute(lowest[i]), absolute(highest[i])));
  }
  ORGANICS_FN T swing(int i, const T* lowest, const T* highest) const {
    return (highest[i] - lowest[i]) / scale(i, lowest, highest);
  }

  /// Size of the orbit: the largest swing of a component on its scale.
  ORGANICS_FN T size() const {
    T largest = T(0);
    for (int i = 0; i < 2 * circuit.n; ++i) largest = max_or_nan(largest, swing(i, minimum, maximum));
    return largest;
  }

  ORGANICS_FN T distance(const T* x, const T* from) const {
    T largest = T(0);
    for (int i = 0; i < 2 * circuit.n; ++i)
      largest = max_or_nan(largest, absolute(x[i] - from[i]) / scale(i, minimum, maximum));
    return largest;
  }

  /// After twice as many steps as the last time, lays the section through the middle of the component that has swung
  /// most since. Once the transient is over it cuts every lap, even where it was laid after only part of one.
  template <class Team>
  ORGANICS_FN void lay_section(const Team& team, const T* x) {
    next_section *= 2;
    component = 0;
    for (int i = 1; i < 2 * circuit.n; ++i) {
      if (swing(i, long_minimum, long_maximum) > swing(component, long_minimum, long_maximum)) component = i;
    }
    level = T(0.5) * (long_minimum[component] + long_maximum[component]);
    team.sync();  // every lane has seen the extremes
    forget(team, x);
  }

  /// At a cut, with the state x there (visible). True when the orbit has become a cycle.
  template <class Team>
  ORGANICS_FN bool meet_cut(const Team& team, T t, const T* x) {
    if (lap == 0) {
      look_for_lap(team, t, x);
      return false;
    }
    ++seen;
    if (seen < lap) return false;
    const bool found = end_lap(t, x);
    team.sync();  // every lane has seen the extremes and the cut before
    if (!found) begin_lap(team, t, x);
    return found;
  }

  template <class Team>
  ORGANICS_FN void look_for_lap(const Team& team, T t, const T* x) {
    const T whole = size();
    const int known = seen < remembered_cuts ? seen : remembered_cuts;
    for (int back = 1; back <= known && lap == 0; ++back) {
      last_distance = distance(x, remembered((seen - back) % remembered_cuts));
      if (last_distance <= near * whole) lap = back;
    }
    team.sync();  // every lane has seen the cuts
    if (lap > 0) {
      laps = agreed = 0;
      begin_lap(team, t, x);
      return;
    }
    T* place = remembered(seen % remembered_cuts);
    for_each_own(team, 2 * circuit.n, [&](int i) { place[i] = x[i]; });
    team.sync();
    ++seen;
  }

  template <class Team>
  ORGANICS_FN void begin_lap(const Team& team, T t, const T* x) {
    lap_began = t;
    seen = 0;
    for_each_own(team, 2 * circuit.n, [&](int i) { cuts[i] = x[i]; });
    restart_extremes(team, x);
  }

  /// Compares the end of a lap with its beginning. Gives the lap up where they are far apart, or after many laps that
  /// said nothing: two laps of slightly different length may be one.
  ORGANICS_FN bool end_lap(T t, const T* x) {
    const T whole = size();
    const T d = distance(x, cuts);
    const T ratio = d / max(last_distance, smallest_normal<T>());
    const T to_go = d * ratio / max(T(1) - ratio, T(1e-4));
    const bool back = d <= T(1e-3) * whole && to_go <= T(1e-3) * whole && whole >= T(1e-3);
    agreed = back ? agreed + 1 : 0;
    last_distance = d;
    ++laps;
    if (agreed >= 2) {
      period = t - lap_began;
      amplitude = T(0);
      for (int i = 0; i < circuit.n; ++i) amplitude = max(amplitude, maximum[i] - minimum[i]);
      return true;
    }
    if (laps >= 32) near *= T(0.1);
    if (laps >= 32 || !(d <= T(0.1) * whole)) lap = 0;
    return false;
  }
};

}  // namespace organics::core
