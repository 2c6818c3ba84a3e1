// Circuits of a queue, marched side by side in the lanes of a pack.
//
// It is march.hpp that marches: here lanes are given their circuits and, when one ends, the next, so that a slow circuit
// or a runaway holds up nobody. A lane's circuit goes through the same code, in the same order, whatever its neighbours
// do: its result is that circuit's alone. For the host only, on a team of one.
//
// A queue has
//   bool take(int lane, LaneStart<N>& start);                    // lays a circuit into that lane; false: none is left
//   void begin(MaskOf<P> fresh, P* x);                           // has what it laid for these looked at, and their x
//   void reach(const P* x);                                      // the states that the next ones to finish ended in
//   void finish(int lane, const March<N>& march);                // how it ended
// where N is the number of a lane.
#pragma once

#include <bit>
#include <cstdint>

#include "organics/core/sampler.hpp"

namespace organics::core {

/// What a lane has to know of its circuit beside what lies in packs.
template <class N>
struct LaneStart {
  N start;
  N end;
  Samples<N> samples;
};

/// One lane's march.
template <class P>
March<NumberOf<P>> march_in_lane(const March<P>& march, int lane) {
  March<NumberOf<P>> own;
  own.t = march.t[lane];
  own.h = march.h[lane];
  own.last_step = march.last_step[lane];
  own.accepted = march.accepted[lane];
  own.rejected = march.rejected[lane];
  own.cost = {march.cost.rhs[lane], march.cost.jacobians[lane], march.cost.lu[lane]};
  own.status = march.status[lane];
  own.ended_by = march.ended_by[lane];
  return own;
}

/// The lanes and what is in them.
template <class P>
struct LanesInMarch {
  March<P> march;
  Stretch<P> stretch = {P(0)};
  Sampler<P> sampler;
  P start = P(0);
  P end = P(0);
  MaskOf<P> holds = MaskOf<P>(false);  ///< a circuit whose end is not reported yet
  MaskOf<P> open = MaskOf<P>(false);   ///< to be given a circuit, when the first is free
};

/// Lanes whose circuits have ended before they are given the next ones: what a circuit needs to begin is done for all
/// lanes, whoever needs it, and costs about a step; of many lanes, some are ending at every step.
template <class P>
inline constexpr int worth_a_refill = lanes_of<P> / 6 > 1 ? lanes_of<P> / 6 : 1;

/// Reports the circuits that have ended and gives their lanes the next ones. False when there is nothing left to do.
template <class P, class Model, class Queue>
bool refill(Model& model, LanesInMarch<P>& lanes, P* x, Queue& queue) {
  const Solo team;
  for (;;) {
    const MaskOf<P> going = lanes.holds && is_going(lanes.march, lanes.end);
    const MaskOf<P> ended = lanes.holds && !going;
    const MaskOf<P> empty = ended || lanes.open;
    if (!any(empty)) return any(lanes.holds);
    if (any(going) && std::popcount(lane_bits(empty)) < worth_a_refill<P>) return true;
    lanes.sampler.finish(team, model, ended, lanes.march.status, lanes.march.t, x);
    if (any(ended)) queue.reach(x);
    MaskOf<P> fresh = MaskOf<P>(false);
    for_lanes(empty, [&](int lane) {
      if (ended[lane]) queue.finish(lane, march_in_lane(lanes.march, lane));
      LaneStart<NumberOf<P>> next = {};
      const bool taken = queue.take(lane, next);
      fresh.set(lane, taken);
      lanes.holds.set(lane, taken);
      if (!taken) return;
      lanes.start.set(lane, next.start);
      lanes.end.set(lane, next.end);
      lanes.sampler.samples[lane] = next.samples;
    });
    lanes.open = MaskOf<P>(false);
    queue.begin(fresh, x);
    begin_march(team, model, lanes.sampler, fresh, lanes.march, x, lanes.start, lanes.end);
    lanes.stretch.stop = select(fresh, lanes.start, lanes.stretch.stop);
  }
}

/// Marches circuits of the queue until it is empty, `most` at a time, where lanes are more than that.
template <class P, class Model, class Stepper, class Queue>
void march_lanes(Model& model, Stepper& stepper, const MarchOptions<NumberOf<P>>& options,
                 const Tolerance<P>& tolerance, int most, P* x, const MarchWork<P>& work, Queue& queue) {
  LanesInMarch<P> lanes;
  for (int lane = 0; lane < lanes_of<P> && lane < most; ++lane) lanes.open.set(lane, true);
  while (refill(model, lanes, x, queue)) {
    const MaskOf<P> going = lanes.holds && is_going(lanes.march, lanes.end);
    march_step(Solo{}, model, stepper, options, tolerance, lanes.sampler, going, lanes.march, lanes.stretch, x,
               lanes.end, work);
  }
}

}  // namespace organics::core
