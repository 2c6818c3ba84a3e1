// Options of equilibria as the core takes them.
#pragma once

#include "core_options.hpp"
#include "organics/core/equilibria.hpp"
#include "organics/equilibria.hpp"

namespace organics {

/// The part that each start has in common with steady_state.
inline SteadyStateOptions ladder_options(const EquilibriaOptions& o) {
  return {.fixed_point_steps = o.fixed_point_steps,
          .newton_steps = o.newton_steps,
          .residual_tolerance = o.residual_tolerance,
          .max_steps = o.max_steps,
          .cycle_steps = 0};
}

template <class T>
core::EquilibriaOptions<T> search_options(const EquilibriaOptions& o) {
  return {settle_options<T>(ladder_options(o), true), o.seed, o.starts, o.room};
}

}  // namespace organics
