// Coasting: steps of equal size, many in a row, as long as nothing but the state has to be looked at.
//
// A step of a small model by a fixed-step method is some fifty operations. What march_step() asks around it (is a circuit
// to be given, a stretch to be entered, a sample to be taken, a step to be judged?) would be as many again, and for most
// steps the answer to all of it is known before. Those are taken here, to the same bits and counts; a step that would
// leave the bounds is not taken but left to march_step(), which says why.
// Team contract: one lane (Solo) marches one circuit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/march.hpp"

namespace organics::core {

/// The explicit stepper of marches whose steps have equal size: options.fixed_step > 0. It does not watch for stiffness.
template <class T, class Table>
struct EqualStepper : ExplicitStepper<T, Table> {
  static constexpr bool for_equal_steps = true;
};

/// Steps in a row. Lanes of a device that ended theirs wait this long at most before they are given the next circuit; what
/// surrounds a row costs about two steps.
inline constexpr int longest_coast = 64;

/// Whether all |x_i| <= bound, none of them NaN.
template <class T>
ORGANICS_FN bool is_within(const T* x, int m, T bound) {
  bool within = true;
  for (int i = 0; i < m; ++i) within = within & (absolute(x[i]) <= bound);
  return within;
}

/// Takes steps of a march that is going, none of which ends the stretch or is looked at by the recorder.
template <class T, class Table, class Model, class Recorder>
ORGANICS_FN void coast(const Solo& team, const Model& model, const EqualStepper<T, Table>& stepper,
                       const MarchOptions<T>& options, const Recorder& recorder, March<T>& march,
                       const Stretch<T>& stretch, T* x, const MarchWork<T>& work) {
  static_assert(lanes_of<T> == 1 && Table::table.b[0] != 0);  // so that a slope that is not finite shows in x_new
  const int m = model.dimension();
  const bool same_slope = stepper.tableau.first_same_as_last;
  const T step = stretch.step;
  // two steps ahead of what ends the row, each of them longer than what rounding of times could add up to
  const T until = min(stretch.stop, recorder.quiet_until()) - T(2) * step;
  const T shortest = max(resolution(march.t), resolution(stretch.stop));
  const T bound = min(options.state_bound, largest_finite<T>());
  const bool possible = step >= shortest && march.slope_known == same_slope;
  const int most = possible ? min(options.max_steps - march.accepted - march.rejected, longest_coast) : 0;
  int left = most;
  T t = march.t;
  T h = march.last_step;
  const auto goes_on = [&] {
    if (!(left > 0 && t < until)) return false;
    if (!same_slope) model.rhs(team, t, x, work.k);
    const T t_new = t + step;
    const T moved = t_new - t;
    rk_step(team, model, stepper.tableau, t, x, moved, work.k, work.stage, work.x_new);
    if (!is_within(work.x_new, m, bound)) return false;
    t = t_new;
    h = moved;
    --left;
    const T* f_new = stepper.end_slope(m, work);
    for (int i = 0; i < m; ++i) {
      x[i] = work.x_new[i];
      if (same_slope) work.k[i] = f_new[i];
    }
    return true;
  };
  while (goes_on() && goes_on()) {  // two in a turn: then the new state becomes the old one without a copy
  }
  const int taken = most - left;
  if (taken == 0) return;
  march.t = t;
  march.last_step = h;
  march.accepted += taken;
  march.cost.rhs += taken * (same_slope ? stepper.tableau.stages - 1 : stepper.tableau.stages);
}

}  // namespace organics::core
