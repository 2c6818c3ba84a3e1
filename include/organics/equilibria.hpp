// equilibria: every equilibrium of each circuit that many starts reach, stable or not, and the shares of the starts
// that lie in the basin of each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/circuits.hpp"
#include "organics/core/planar.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

struct EquilibriaOptions {
  int starts = 64;                ///< of each circuit: rest, the fixed-point iteration, and random ones; 1 or more
  int room = 16;                  ///< equilibria of each circuit that are kept at most; 1 or more
  std::uint64_t seed = 1;         ///< of the random starts
  int fixed_point_steps = 5;      ///< of the iteration whose answer is the second start
  int newton_steps = 50;          ///< from each start
  double residual_tolerance = 0;  ///< |tau f| relative to the terms of each equation; 0: 1e-12 (double), 1e-5 (float)
  int max_steps = 5000;           ///< step budget of the flow from each start
};

/// Where the results go; empty views are not written. Equilibria are sorted: fewer unstable eigenvalues first, marginal
/// after stable, then by the first component in which they differ. Entries beyond `count` hold NaN, verdict and type
/// none, unstable -1, and no starts.
template <class T>
struct EquilibriaResults {
  BatchView<T> states = {};               ///< 2n x room per circuit: the equilibria, a column each
  BatchView<T> residual = {};             ///< max |tau f| there, room per circuit
  BatchView<T> abscissa = {};             ///< spectral abscissa of the Jacobian there, 1/s, room per circuit
  BatchView<T> abscissa_error = {};       ///< half-width, 1/s, inside which the verdict is marginal, room per circuit
  BatchView<T> frequency = {};            ///< |im| of the rightmost pair, rad/s, room per circuit
  BatchView<Verdict> verdict = {};        ///< room per circuit; none where the eigenvalues did not converge
  BatchView<std::int32_t> unstable = {};  ///< eigenvalues with real part above abscissa_error, room per circuit
  BatchView<EquilibriumType> type = {};   ///< room per circuit; none unless n = 1
  BatchView<std::int32_t> newton_starts = {};  ///< starts from which Newton ended there, room per circuit
  BatchView<std::int32_t> basin_starts = {};   ///< starts from which the flow ended there, room per circuit
  BatchView<std::int32_t> count = {};          ///< equilibria kept, 1 per circuit
  BatchView<std::int32_t> from_rest = {};      ///< which of them the flow from rest ends at, -1: none; 1 per circuit
  BatchView<std::int32_t> diverged = {};       ///< starts from which the flow runs away, 1 per circuit
  BatchView<std::int32_t> unsettled = {};  ///< starts from which it does neither (limit cycle, or slow), 1 per circuit
  /// 1 per circuit. ok: the search was made, whatever it found; no_room: some starts ended at equilibria beyond `room`
  /// (they are in no count); non_finite: the circuit has no finite right-hand side at rest, or, at n = 1, an
  /// equilibrium too large to represent.
  BatchView<Status> status = {};
};

/// Searches each circuit for all its equilibria from `starts` states. From each, Newton goes to an equilibrium whatever
/// its stability (first from the start itself, then with y solved for at its a), and the flow is followed as
/// steady_state follows it.
///
/// Start 0 is rest, start 1 what the paper's fixed-point iteration gives, and start k from 2 on depends on the seed, k
/// and the circuit's own parameters alone: y_i Gaussian of scale 1 / sqrt(sum_j W_ij), the size at which normalisation
/// stops to contract (max(|u_i|, 1) where W_i = 0), and a_i log-uniform from max(c_i, h_i / 10^4) to
/// h_i = 4 (1 + c_i + (W u^2)_i). Shares of starts are estimates of basins with respect to that distribution.
///
/// Ends of starts count as the same equilibrium when every component agrees to sqrt(residual_tolerance), relative to
/// |y_i| + 0.01 or a_i + c_i. For n = 1 the list holds all equilibria there are, from the quartic (planar_equilibria of
/// theory.hpp), for Wr = I the closed form, whatever the starts find; otherwise none is listed that no start reached,
/// and there may be more. Accepted is what steady_state accepts, but for stability.
template <class T>
void equilibria(const Executor& executor, const Circuits<T>& circuits, const EquilibriaOptions& options,
                const EquilibriaResults<T>& results);

/// Bytes of device memory that equilibria needs on a Cuda executor for device arrays (0 on a Cpu executor): it keeps
/// where every start of every circuit ended.
template <class T>
std::size_t equilibria_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                      const EquilibriaOptions& options);

}  // namespace organics
