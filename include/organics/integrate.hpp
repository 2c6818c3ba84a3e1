// integrate: trajectories of a batch of circuits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/circuits.hpp"
#include "organics/core/status.hpp"
#include "organics/core/tableau.hpp"
#include "organics/executor.hpp"

namespace organics {

struct IntegrateOptions {
  Method method = Method::tsitouras54;
  double rtol = 1e-6;       ///< relative tolerance per component, > 0 (adaptive methods)
  double atol = 1e-9;       ///< absolute tolerance per component, >= 0
  double fixed_step = 0;    ///< > 0: step of this size (seconds), without error control; methods without an
                            ///< embedded error estimate (euler, rk4) need it
  double initial_step = 0;  ///< seconds; 0: chosen from the problem (Hairer, Norsett and Wanner 1993, II.4)
  int max_steps = 1000000;  ///< budget of attempted steps per circuit
  double state_bound = 0;   ///< a circuit whose max |x| passes this ends `diverged`; 0: 1e25 (double), 1e12 (float)
};

/// Where the results go; empty views are not written.
template <class T>
struct IntegrateResults {
  BatchView<T> states = {};       ///< 2n x number of times, per circuit: the state at each time; NaN where not reached
  BatchView<Status> status = {};  ///< 1 per circuit
  BatchView<std::int32_t> accepted = {};  ///< accepted steps, 1 per circuit
  BatchView<std::int32_t> rejected = {};  ///< rejected steps, 1 per circuit
  BatchView<T> time_reached = {};         ///< seconds, 1 per circuit
};

/// Integrates each circuit from x0 at times[0] and writes its state at every time.
///
/// `x0` is 2n per circuit (y, then a) or shared; empty: rest (y = 0, a = (b0 sigma)^2). `times` are increasing,
/// seconds, at least one; shared or per circuit. The integrator lands on every time exactly.
/// A circuit's result depends on that circuit alone: the same bits in any batch and at any number of threads.
/// Throws InvalidArgument before work starts, DeviceError when the device fails.
template <class T>
void integrate(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> times,
               const IntegrateOptions& options, const IntegrateResults<T>& results);

/// Bytes of device memory that integrate needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t integrate_workspace_size(const Executor& executor, const Circuits<T>& circuits);

}  // namespace organics
