// How far from the truth: circuits with their true states at some times, and the errors of whoever integrates them.
//
// The end of a run says little by itself: after 100 time constants a circuit stands in its steady state, and a method
// with equal steps finds that to rounding however coarse its way there was. So errors are taken on the way as well, in
// runs of the same tolerance that end sooner.
#pragma once

#include <string>
#include <vector>

#include "contenders.hpp"

namespace organics::bench {

inline constexpr double run_end = 0.2;                                              // seconds; what is timed
inline constexpr double error_times[] = {0.002, 0.005, 0.01, 0.02, 0.05, run_end};  // time constants are 2 ms

struct Problem {
  DrawnBatch batch;
  std::vector<std::vector<double>> truth;  // at each of the times, 2n numbers a circuit
  std::int64_t left_out = 0;               // circuits that the reference could not finish: they run away
  std::string witness;                     // who else computed the truth
  double disagreement = 0;                 // of the two: the largest error over circuits and times
};

/// `circuits` circuits of the Figure 4 ensemble. The truth is dormand_prince853 at rtol 1e-13; the witness is the first
/// peer, near rounding too, or tsitouras54 where there is no peer.
Problem problem_of(int n, std::int64_t circuits);

/// Of 95 % of the circuits: max |x - truth| / max |truth|, over the components of a state.
struct Errors {
  double at_end;
  double on_the_way;  // the largest of all times
};

/// Infinite where more than 5 % of the circuits failed. `counts` are those of the run to the end.
Errors errors_of(const Contender& contender, const IntegrateTask& task, const Problem& problem,
                 IntegrateCounts& counts);

}  // namespace organics::bench
