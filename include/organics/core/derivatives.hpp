// Jacobian and time derivative of any model: its own where it has them, otherwise by forward differences.
//
// A model may have `jacobian(team, t, x, J)` (m x m, column-major) and `time_derivative(team, t, x, out)` (partial f /
// partial t), or say `static constexpr bool autonomous = true` (f does not depend on t). Increments are sqrt(eps) times
// the size of what is varied; in time, of the geometric mean of |t| and the step. Team contract: as in team.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/team.hpp"

namespace organics::core {

/// What a circuit cost so far, in evaluations; or each of several, where the count is one of a pack.
template <class Count>
struct CostOf {
  Count rhs{0};
  Count jacobians{0};
  Count lu{0};
};
using Cost = CostOf<std::int32_t>;

template <class Model>
constexpr bool is_autonomous() {
  if constexpr (requires { Model::autonomous; }) {
    return Model::autonomous;
  } else {
    return false;
  }
}

/// sqrt(epsilon), at compile time.
template <class T>
ORGANICS_FN constexpr T difference_step() {
  return sizeof(T) == 8 ? T(1.4901161193847656e-08) : T(3.4526698300124393e-04);
}

/// J at (t, x), where f0 = f(t, x). `stage` and `f` are scratch of m, used only without a Jacobian of the model's own.
template <class T, class Team, class Model>
ORGANICS_FN void evaluate_jacobian(const Team& team, const Model& model, T t, const T* x, [[maybe_unused]] const T* f0,
                                   T* J, [[maybe_unused]] T* stage, [[maybe_unused]] T* f, Cost& cost) {
  ++cost.jacobians;
  if constexpr (requires { model.jacobian(team, t, x, J); }) {
    model.jacobian(team, t, x, J);
    team.sync();
  } else {
    const int m = model.dimension();
    for (int j = 0; j < m; ++j) {
      const T xj = x[j];
      const T moved = xj + difference_step<T>() * with_sign(max(absolute(xj), T(1e-3)), xj);
      const T increment = moved - xj;  // as it was really made
      for_each_own(team, m, [&](int i) { stage[i] = i == j ? moved : x[i]; });
      team.sync();
      model.rhs(team, t, stage, f);
      team.sync();
      for_each_own(team, m, [&](int i) { J[static_cast<std::ptrdiff_t>(j) * m + i] = (f[i] - f0[i]) / increment; });
    }
    cost.rhs += m;
    team.sync();
  }
}

/// partial f / partial t at (t, x) for a step of size h, where f0 = f(t, x); a difference does not look beyond t + h.
template <class T, class Team, class Model>
ORGANICS_FN void evaluate_time_derivative(const Team& team, const Model& model, T t, const T* x,
                                          [[maybe_unused]] const T* f0, [[maybe_unused]] T h, T* out,
                                          [[maybe_unused]] Cost& cost) {
  if constexpr (requires { model.time_derivative(team, t, x, out); }) {
    model.time_derivative(team, t, x, out);
  } else {
    // the difference errs by increment / h, and by epsilon |t| / increment as times near t are that coarse: least at
    const T moved = t + min(h, difference_step<T>() * std::sqrt(max(absolute(t), h)) * std::sqrt(h));
    const T increment = moved - t;
    model.rhs(team, moved, x, out);
    team.sync();
    ++cost.rhs;
    // too small a step for its time to be told from t: nothing to see
    for_each_own(team, model.dimension(),
                 [&](int i) { out[i] = increment > T(0) ? (out[i] - f0[i]) / increment : T(0); });
  }
  team.sync();
}

}  // namespace organics::core
