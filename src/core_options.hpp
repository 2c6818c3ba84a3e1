// Public options as the core takes them: in the scalar of the batch, with the defaults filled in.
#pragma once

#include "organics/core/march_options.hpp"
#include "organics/core/steady_state.hpp"
#include "organics/steady_state.hpp"

namespace organics {

template <class T>
core::SettleOptions<T> settle_options(const SteadyStateOptions& o) {
  const T tolerance = sizeof(T) == 8 ? T(1e-12) : T(1e-5);
  return {o.fixed_point_steps, o.newton_steps, o.max_steps,
          o.residual_tolerance > 0 ? static_cast<T>(o.residual_tolerance) : tolerance, core::default_state_bound<T>()};
}

}  // namespace organics
