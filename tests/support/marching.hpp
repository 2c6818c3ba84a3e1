// One call that marches any model on one lane and keeps everything that comes out.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "organics/core/march.hpp"

namespace organics::test {

inline core::MarchOptions<double> tolerances(double rtol, double atol, int max_steps = 1000000) {
  return {rtol, atol, 0, 0, 1e25, max_steps};
}

inline core::MarchOptions<double> fixed_steps(double step) { return {1e-6, 1e-9, step, 0, 1e25, 1000000}; }

struct Marched {
  core::March<double> march;
  std::vector<double> x;       ///< last state
  std::vector<double> states;  ///< one column per time
};

template <class Model>
Marched march(const Model& model, Method method, const core::MarchOptions<double>& options, std::vector<double> x,
              const std::vector<double>& times) {
  const auto tableau = core::tableau<double>(method);
  const int m = model.dimension();
  std::vector<double> scratch(core::march_scratch(m, tableau.stages));
  Marched out;
  out.x = std::move(x);
  out.states.resize(static_cast<std::size_t>(m) * times.size());
  out.march = core::march_through(core::Solo{}, model, tableau, options, out.x.data(), times.data(),
                                  static_cast<int>(times.size()), out.states.data(),
                                  core::MarchWork<double>(scratch.data(), m, tableau.stages));
  return out;
}

}  // namespace organics::test
