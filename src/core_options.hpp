// Public options as the core takes them: in the scalar of the batch, with the defaults filled in.
#pragma once

#include "organics/core/march.hpp"
#include "organics/core/steady_state.hpp"
#include "organics/integrate.hpp"
#include "organics/steady_state.hpp"

namespace organics {

/// The state beyond which a circuit counts as diverged. Stable states up to a = 2.5e13 are known, so the bound is far;
/// y^2 a must not overflow at it.
template <class T>
constexpr T default_state_bound() {
  return sizeof(T) == 8 ? T(1e25) : T(1e12);
}

template <class T>
core::MarchOptions<T> march_options(const IntegrateOptions& o) {
  return {static_cast<T>(o.rtol),
          static_cast<T>(o.atol),
          static_cast<T>(o.fixed_step),
          static_cast<T>(o.initial_step),
          o.state_bound > 0 ? static_cast<T>(o.state_bound) : default_state_bound<T>(),
          o.max_steps};
}

template <class T>
core::SettleOptions<T> settle_options(const SteadyStateOptions& o) {
  const T tolerance = sizeof(T) == 8 ? T(1e-12) : T(1e-5);
  return {o.fixed_point_steps, o.newton_steps, o.max_steps,
          o.residual_tolerance > 0 ? static_cast<T>(o.residual_tolerance) : tolerance, default_state_bound<T>()};
}

}  // namespace organics
