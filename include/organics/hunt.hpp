// hunt: climbs the spectral abscissa within an ensemble, in search of circuits without a stable steady state.
//
// A sweep says how rare such circuits are among random ones; a hunt looks for them where they are rarer than any sweep
// can count. It starts from the worst circuits of a sweep and moves every parameter that the ensemble leaves free.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "organics/executor.hpp"
#include "organics/sweep.hpp"

namespace organics {

struct HuntResults;

struct HuntProgress {
  int step = 0;  ///< trials that each climb has made
  int steps = 0;
  double highest = 0;  ///< largest abscissa of a circuit that settled, times its longest time constant
};

struct HuntOptions {
  std::uint64_t seed = 1;      ///< of the draws and of the directions tried where the gradient does not help
  std::int64_t draws = 10000;  ///< circuits of the sweep whose worst are the starts of the climbs, 1 to 10^9
  int climbs = 64;             ///< circuits that climb side by side, 1 to 10^6
  int steps = 300;             ///< trials of each climb, those after a restart included, 0 to 10^6
  int most =
      100;  ///< ends when so many have been found; lists hold no more, and no more of the draws are judged, 1 to 10^6
  int starts = 64;  ///< of the search for equilibria (equilibria.hpp) of a circuit that does not settle
  SteadyStateOptions steady_state;
  /// Called from the calling thread after the sweep and after each trial of the climbs, with everything so far but
  /// `highest`: a place to save it. False ends the hunt.
  std::function<bool(const HuntProgress&, const HuntResults&)> after_step;
};

/// A circuit that a hunt came upon.
struct HuntedCircuit {
  OwnedCircuit<double> circuit;
  std::int64_t index = 0;      ///< of the draw from which it was reached
  int step = 0;                ///< trials of its climb by then; 0: as it was drawn
  Status status = Status::ok;  ///< of steady_state from rest
  bool searched = false;       ///< for its equilibria, and the search came to its end; not where it settled
  int equilibria = 0;          ///< that the search found
  int stable = 0;              ///< how many of them are stable, or marginal
  /// 1/s: of the steady state, or else of the least unstable equilibrium found; NaN where there is none.
  double abscissa = 0;
};

struct HuntResults {
  /// Settle nowhere: from rest they end diverged, on a limit cycle or at an equilibrium that is not stable, and a search
  /// from many starts found no stable equilibrium. In the order found.
  std::vector<HuntedCircuit> found;
  /// End so from rest, though a stable equilibrium exists; the first of each start.
  std::vector<HuntedCircuit> escaped;
  /// What becomes of them is not known: from rest they are not_settled, not_converged or step_too_small, or the search
  /// for equilibria could not be made; the first of each start.
  std::vector<HuntedCircuit> undecided;
  /// The circuits with the largest abscissa, times the longest time constant, that settled: one of each start that was
  /// climbed, `most` of them at most, highest first.
  std::vector<HuntedCircuit> highest;
  std::int64_t trials = 0;  ///< circuits that were tried in climbing
  int restarts = 0;         ///< climbs that went on from another start, at a summit or after a find
};

/// Climbs within the support of an ensemble, from its worst circuits, along the gradient of the abscissa at the steady
/// state that is reached from rest (sensitivity.hpp), in double precision, all climbs side by side.
///
/// What moves, and how far, the ensemble says: a number stays within its bounds (a normal or log-normal one within three
/// deviations of its centre), one drawn per circuit stays one, what is tied stays tied; b0 and sigma stay above a
/// thousandth of a range that begins at 0, since a circuit without semi-saturation has no normalisation at rest. z keeps its norm. Wr
/// stays of its kind (symmetric, orthogonal, of that rank, with those zeros and signs, ...) and of its scale: norm and
/// radius as prescribed, else its Frobenius norm. Kinds identity and ring do not move.
///
/// A trial is accepted when abscissa times longest time constant grows; otherwise the next is shorter, and turned at
/// random the more the oftener it failed, since the abscissa has kinks where eigenvalues meet. A climb that can go no
/// further begins again, at the next worst draw and at a fresh one in turn. The outcome depends on the ensemble, the
/// options and the kind of executor alone.
///
/// Throws InvalidArgument (bad ensemble or options) before work starts, DeviceError when the device fails.
HuntResults hunt(const Executor& executor, const Ensemble& ensemble, const HuntOptions& options);

}  // namespace organics
