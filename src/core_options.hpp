// Public options as the core takes them: in the scalar of the batch, with the defaults filled in.
#pragma once

#include "organics/core/march_options.hpp"
#include "organics/core/steady_state.hpp"
#include "organics/steady_state.hpp"

namespace organics {

template <class T>
core::SettleOptions<T> settle_options(const SteadyStateOptions& o, bool spectra) {
  const T tolerance = sizeof(T) == 8 ? T(1e-12) : T(1e-5);
  return {o.fixed_point_steps,
          o.newton_steps,
          o.max_steps,
          o.residual_tolerance > 0 ? static_cast<T>(o.residual_tolerance) : tolerance,
          core::default_state_bound<T>(),
          o.cycle_steps,
          spectra};
}

/// Where the steady state of circuit i goes.
template <class T>
ORGANICS_FN core::SettledOutput<T> settled_output(const SteadyStateResults<T>& r, std::int64_t i) {
  core::SettledOutput<T> out;
  out.state = r.states.item_or_null(i);
  out.status = r.status.item_or_null(i);
  out.rung = r.rung.item_or_null(i);
  out.residual = r.residual.item_or_null(i);
  out.steps = r.steps.item_or_null(i);
  out.time = r.time.item_or_null(i);
  out.period = r.period.item_or_null(i);
  out.amplitude = r.amplitude.item_or_null(i);
  out.newton_steps = r.newton_steps.item_or_null(i);
  out.rhs = r.rhs_evaluations.item_or_null(i);
  out.jacobians = r.jacobian_evaluations.item_or_null(i);
  out.lu = r.lu_factorisations.item_or_null(i);
  return out;
}

}  // namespace organics
