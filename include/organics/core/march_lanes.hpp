// Circuits of a queue, marched side by side in the lanes of a pack.
//
// It is march.hpp that marches: here lanes are given their circuits and, when one ends, the next, so that a slow circuit
// or a runaway holds up nobody. A lane's circuit goes through the same code, in the same order, whatever its neighbours
// do: its result is that circuit's alone. A pack may be a number: on a device the teams of a warp, threads or tiles, are
// the lanes, and a team that takes its next circuit while others step keeps all of them stepping.
//
// Team contract: as in team.hpp; with a pack of several lanes the team is one thread. A queue, whose functions all threads
// of the team call and which return the same to all, what they wrote being visible, has
//   bool take(int lane, LaneStart<N>& start);                    // lays a circuit into that lane; false: none is left
//   void begin(MaskOf<P> fresh, P* x);                           // has what it laid for these looked at, and their x
//   void reach(const P* x);                                      // the states that the next ones to finish ended in
//   void finish(int lane, const March<N>& march);                // how it ended
// where N is the number of a lane.
#pragma once

#include <bit>
#include <cstdint>

#include "organics/core/coast.hpp"
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
ORGANICS_FN March<NumberOf<P>> march_in_lane(const March<P>& march, int lane) {
  March<NumberOf<P>> own;
  own.t = in_lane(march.t, lane);
  own.h = in_lane(march.h, lane);
  own.last_step = in_lane(march.last_step, lane);
  own.accepted = in_lane(march.accepted, lane);
  own.rejected = in_lane(march.rejected, lane);
  own.cost = {in_lane(march.cost.rhs, lane), in_lane(march.cost.jacobians, lane), in_lane(march.cost.lu, lane)};
  own.status = in_lane(march.status, lane);
  own.ended_by = in_lane(march.ended_by, lane);
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
template <class P, class Team, class Model, class Queue>
ORGANICS_FN bool refill(const Team& team, Model& model, LanesInMarch<P>& lanes, P* x, Queue& queue) {
  for (;;) {
    const MaskOf<P> going = lanes.holds && is_going(lanes.march, lanes.end);
    const MaskOf<P> ended = lanes.holds && !going;
    const MaskOf<P> empty = ended || lanes.open;
    if (!any(empty)) return any(lanes.holds);
    if constexpr (worth_a_refill<P> > 1) {
      if (any(going) && std::popcount(lane_bits(empty)) < worth_a_refill<P>) return true;
    }
    lanes.sampler.finish(team, model, ended, lanes.march.status, lanes.march.t, x);
    if (any(ended)) queue.reach(x);
    MaskOf<P> fresh = MaskOf<P>(false);
    for_lanes(empty, [&](int lane) {
      if (in_lane(ended, lane)) queue.finish(lane, march_in_lane(lanes.march, lane));
      LaneStart<NumberOf<P>> next = {};
      const bool taken = queue.take(lane, next);
      set_lane(fresh, lane, taken);
      set_lane(lanes.holds, lane, taken);
      if (!taken) return;
      set_lane(lanes.start, lane, next.start);
      set_lane(lanes.end, lane, next.end);
      lanes.sampler.samples[lane] = next.samples;
    });
    lanes.open = MaskOf<P>(false);
    queue.begin(fresh, x);
    begin_march(team, model, lanes.sampler, fresh, lanes.march, x, lanes.start, lanes.end);
    lanes.stretch.stop = select(fresh, lanes.start, lanes.stretch.stop);
  }
}

/// Marches circuits of the queue until it is empty, `most` at a time, where lanes are more than that.
template <class P, class Team, class Model, class Stepper, class Queue>
ORGANICS_FN void march_lanes(const Team& team, Model& model, Stepper& stepper, const MarchOptions<NumberOf<P>>& options,
                             const Tolerance<P>& tolerance, int most, P* x, const MarchWork<P>& work, Queue& queue) {
  LanesInMarch<P> lanes;
  for (int lane = 0; lane < lanes_of<P> && lane < most; ++lane) set_lane(lanes.open, lane, true);
  while (refill(team, model, lanes, x, queue)) {
    const MaskOf<P> going = lanes.holds && is_going(lanes.march, lanes.end);
    if constexpr (is_for_equal_steps<Stepper>) {
      coast(team, model, stepper, options, lanes.sampler, lanes.march, lanes.stretch, x, work);
    }
    march_step(team, model, stepper, options, tolerance, lanes.sampler, going, lanes.march, lanes.stretch, x, lanes.end,
               work);
  }
}

}  // namespace organics::core
