// Boost.odeint as its tutorial shows it: std::vector, plain loops, make_controlled and integrate_adaptive.
#include <algorithm>
#include <boost/numeric/odeint.hpp>
#include <boost/version.hpp>
#include <cmath>
#include <vector>

#include "integrate_peer.hpp"
#include "plain_circuit.hpp"

namespace organics::bench::odeint {
namespace {

namespace ode = boost::numeric::odeint;
using State = std::vector<double>;

/// `solve(system, x)` integrates one circuit and returns its steps.
template <class Solve>
IntegrateCounts each(const PlainBatch& batch, double* states, Solve&& solve) {
  IntegrateCounts counts;
  for (std::int64_t i = 0; i < batch.items; ++i) {
    const PlainCircuit circuit(batch, i);
    const auto system = [&](const State& x, State& dx, double /*t*/) {
      ++counts.rhs;
      circuit.rhs(x.data(), dx.data());
    };
    State x(2 * circuit.n);
    circuit.rest(x.data());
    counts.accepted += static_cast<std::int64_t>(solve(system, x));
    counts.failed += std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); }) ? 0 : 1;
    std::copy(x.begin(), x.end(), states + i * 2 * batch.n);
  }
  return counts;
}

}  // namespace

std::string version() {
  return "Boost " + std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
}

IntegrateCounts dopri5_plain(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  IntegrateCounts counts = each(batch, states, [&](const auto& system, State& x) {
    const auto stepper = ode::make_controlled(task.atol, task.rtol, ode::runge_kutta_dopri5<State>());
    return ode::integrate_adaptive(stepper, system, x, 0.0, task.end, std::min(first_step, task.end));
  });
  counts.attempted = (counts.rhs - batch.items) / 6;  // the first slope of a step is the last of the one before
  return counts;
}

IntegrateCounts rk4_plain(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  IntegrateCounts counts = each(batch, states, [&](const auto& system, State& x) {
    const auto steps = static_cast<std::size_t>(std::ceil(task.end / task.step - 1e-9));
    ode::integrate_n_steps(ode::runge_kutta4<State>(), system, x, 0.0, task.end / static_cast<double>(steps), steps);
    return steps;
  });
  counts.attempted = counts.accepted;
  return counts;
}

}  // namespace organics::bench::odeint
