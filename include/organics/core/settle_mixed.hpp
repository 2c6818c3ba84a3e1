// A rung before the ladder: the uniform verdict in mixed precision (mixed_verdict.hpp). What it leaves open the ladder
// settles as if this rung had not been there. Team contract: as in team.hpp.
#pragma once

#include "organics/core/mixed_verdict.hpp"
#include "organics/core/steady_state.hpp"

namespace organics::core {

/// On return status ok means accepted: the verdict is stable, the equilibrium is in work.x, and the rung and its costs are
/// those of fixed-point iteration and Newton. Otherwise nothing is said to have been spent.
template <class T, class Team>
ORGANICS_FN Settled<T> settle_in_mixed_precision(const Team& team, const CircuitModel<T>& model,
                                                 const SettleOptions<T>& options, const MixedWork<T>& work) {
  Settled<T> settled;
  Cost cost;
  if (!settle_and_prove_mixed(team, model, options.fixed_point_steps, options.newton_steps, options.tolerance, work,
                              cost)) {
    return settled;
  }
  settled.status = Status::ok;
  settled.rung = Rung::fixed_point;
  settled.newton_steps = cost.jacobians;
  settled.cost = cost;
  settled.spectrum = spectrum_unseen<T>();
  return settled;
}

}  // namespace organics::core
