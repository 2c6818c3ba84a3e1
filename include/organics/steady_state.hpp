// steady_state: a stable equilibrium for each circuit of a batch, or a status that says why there is none.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/circuits.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

struct SteadyStateOptions {
  int fixed_point_steps = 5;      ///< steps of the paper's iteration before Newton
  int newton_steps = 10;          ///< Newton steps after it
  double residual_tolerance = 0;  ///< |tau f| relative to the terms of each equation; 0: 1e-12 (double), 1e-5 (float)
  int max_steps = 5000;           ///< step budget of the stiff integration, per circuit
  int cycle_steps = 50000;        ///< then of the search for a limit cycle, per circuit; 0: none is looked for
};

/// Where the results go; empty views are not written.
template <class T>
struct SteadyStateResults {
  BatchView<T> states = {};  ///< 2n per circuit: the steady state; where status is not ok, the last state looked at
  BatchView<Status> status = {};       ///< 1 per circuit
  BatchView<Rung> rung = {};           ///< what found it, 1 per circuit
  BatchView<T> residual = {};          ///< max |tau f| at the state, 1 per circuit
  BatchView<std::int32_t> steps = {};  ///< steps of the integrations, rejected ones too, 1 per circuit
  /// Seconds for which the flow was followed, to its accuracy of about 1 %: of a diverged circuit when it ran away; 0
  /// where the direct rungs found the answer. 1 per circuit.
  BatchView<T> time = {};
  BatchView<T> period = {};     ///< of a limit cycle, seconds; NaN for other circuits. 1 per circuit
  BatchView<T> amplitude = {};  ///< of a limit cycle: peak to peak, of the y that swings most; else NaN. 1 per circuit
  BatchView<std::int32_t> newton_steps = {};          ///< on all rungs, 1 per circuit
  BatchView<std::int32_t> rhs_evaluations = {};       ///< on all rungs, as the next two, 1 per circuit
  BatchView<std::int32_t> jacobian_evaluations = {};  ///< 1 per circuit
  BatchView<std::int32_t> lu_factorisations = {};  ///< of n or 2n rows; without those of a certificate, 1 per circuit
};

/// Finds a stable steady state of each circuit.
///
/// With an empty `x0` the ladder of closed form (Wr = I), fixed-point iteration with Newton, and, where those find
/// no stable equilibrium, stiff integration from rest with Newton polish. With `x0` (2n per circuit or shared) the flow
/// from x0 is followed from the start, so that the equilibrium reached from x0 is the one reported. What stays bounded
/// and does not settle within max_steps is followed once more, with errors of 1e-7 (float: 1e-5), and watched for a
/// limit cycle: returns to a Poincare section that agree to a thousandth of the orbit's size and would go no further.
/// Accepted only when the residual is below tolerance in every component, a >= (b0 sigma)^2, and the spectral
/// abscissa of the Jacobian is negative, whichever rung found it: by a proof of stability (stability.hpp) where it is
/// found, by the eigenvalues elsewhere. Circuits end ok, diverged (the flow runs away; `time` says when), limit_cycle,
/// no_stable_steady_state (the flow ends on an equilibrium that is not stable), not_settled (budgets used up in a
/// bounded state), step_too_small, not_converged, or non_finite.
/// Of device arrays the call can be captured in a CUDA graph (executor.hpp).
template <class T>
void steady_state(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
                  const SteadyStateOptions& options, const SteadyStateResults<T>& results);

/// Bytes of device memory that steady_state needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t steady_state_workspace_size(const Executor& executor, const Circuits<T>& circuits);

}  // namespace organics
