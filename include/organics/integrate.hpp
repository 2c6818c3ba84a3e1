// integrate: trajectories of a batch of circuits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/circuits.hpp"
#include "organics/core/march_options.hpp"
#include "organics/core/method.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"
#include "organics/stimulus.hpp"

namespace organics {

struct IntegrateOptions {
  Method method = Method::tsitouras54;
  double rtol = 1e-6;                     ///< relative tolerance per component, > 0 (adaptive methods)
  double atol = 1e-9;                     ///< absolute tolerance per component, >= 0
  ErrorNorm norm = ErrorNorm::max;        ///< over the components of a state
  StepControl control = StepControl::pi;  ///< how errors become step sizes
  double fixed_step = 0;      ///< > 0: equal steps, none longer than this (seconds), without error control; methods
                              ///< without an embedded error estimate (euler, rk4) need it
  double initial_step = 0;    ///< seconds; 0: chosen from the problem (Hairer, Norsett and Wanner 1993, II.4)
  double min_step = 0;        ///< seconds; a circuit whose step would have to be shorter ends `step_too_small`
  double max_step = 0;        ///< seconds; 0: no bound
  int max_steps = 1000000;    ///< budget of attempted steps per circuit
  double state_bound = 0;     ///< a circuit whose max |x| passes this ends `diverged`; 0: 1e25 (double), 1e12 (float)
  int save_every = 0;         ///< k > 0: the start and every k-th accepted step go to step_times, step_states
  std::vector<Event> events;  ///< at most max_events; their levels are in IntegrateInputs
  double settle_tolerance = 1e-6;  ///< relative speed below which a circuit counts as settled (summary.settling_time)
  int frequency_component = 0;     ///< component whose dominant frequency is wanted (summary.frequency)
  int frequency_bins = 32;         ///< that frequency is looked for from 3 to this many periods in the time span; >= 4
};

/// What is integrated, beside the circuits. m = 2n, the size of a state (y, a); with dynamic gains 4n, (y, a, b0, b1).
/// Every view may be shared (stride 0) or per circuit.
template <class T>
struct IntegrateInputs {
  BatchView<const T> x0 = {};     ///< m: the state at the start; empty: rest (y = 0, a = (b0 sigma)^2, gains as given)
  BatchView<const T> times = {};  ///< increasing, seconds: where the state is wanted; may be empty if `span` is given
  BatchView<const T> span = {};   ///< 2: start and end, seconds; empty: the first and the last of `times`
  BatchView<const T> rtol = {};   ///< m: relative tolerance of each component; empty: that of the options
  BatchView<const T> atol = {};   ///< m: absolute tolerance of each component; empty: that of the options
  BatchView<const T> event_levels =
      {};                      ///< one per event of the options: a level (units of the state), or for `steady`
                               ///< the relative speed, > 0; not used for `functor`
  Stimulus<T> stimulus = {};   ///< z, b0, b1 in time; empty: the circuits' constants
  DynamicGains<T> gains = {};  ///< b0, b1 as states; empty: they are not
};

/// Summaries of a trajectory, computed along the way from the interpolant of every step; nothing is stored for them.
/// Empty views are not computed. A circuit that ends early is summed up to there.
template <class T>
struct IntegrateSummary {
  BatchView<T> minimum = {};    ///< m
  BatchView<T> maximum = {};    ///< m
  BatchView<T> mean = {};       ///< m: time average
  BatchView<T> peak_time = {};  ///< m: when the maximum was reached (the first time), seconds
  /// 1: the time from which on every component moved slower than settle_tolerance, until the end: |f_i| no more than
  /// settle_tolerance (|y_i| + |u_i|) / tau_y or settle_tolerance |a_i| / tau_a, plus atol / tau, with the input drive u
  /// of the last knot of a stimulus. NaN: never settled.
  BatchView<T> settling_time = {};
  /// 1: frequency (Hz) of the highest peak in the spectrum of frequency_component over the whole span (Hann window,
  /// parabola through the logarithms around it). NaN: the circuit ended early, no peak stands out, or the component
  /// turned more often than frequency_bins periods would.
  BatchView<T> frequency = {};
};

/// Where the results go; empty views are not written. Every view holds one entry (or column list) per circuit.
template <class T>
struct IntegrateResults {
  BatchView<T> states = {};                      ///< m x number of times: the state at each time; NaN where not reached
  BatchView<Status> status = {};                 ///< 1
  BatchView<std::int32_t> accepted = {};         ///< 1: accepted steps
  BatchView<std::int32_t> rejected = {};         ///< 1: rejected steps
  BatchView<T> time_reached = {};                ///< 1: seconds
  BatchView<T> final_state = {};                 ///< m: the state at time_reached
  BatchView<T> last_step = {};                   ///< 1: size of the last accepted step, seconds; 0: none
  BatchView<std::int32_t> rhs_evaluations = {};  ///< 1
  BatchView<std::int32_t> jacobian_evaluations = {};  ///< 1
  BatchView<std::int32_t> lu_factorisations = {};     ///< 1
  /// With save_every: the times and states of the saved steps, as many as the views have columns; the rest is NaN.
  BatchView<T> step_times = {};              ///< 1 x capacity
  BatchView<T> step_states = {};             ///< m x capacity
  BatchView<std::int32_t> steps_saved = {};  ///< 1: how many there were; more than the capacity means some are missing
  /// Events.
  BatchView<std::int32_t> ended_by = {};      ///< 1: index of the terminal event that ended the circuit; -1: none
  BatchView<std::int32_t> event_counts = {};  ///< number of events: how often each happened
  BatchView<T> event_times = {};              ///< number of events: when each happened last, seconds; NaN: never
  IntegrateSummary<T> summary = {};
};

/// Integrates each circuit over its time span and writes its state at every time asked for.
///
/// Steps are chosen by the error alone; states at the times come from the method's own interpolant, so that asking for
/// more times changes no trajectory. Where a stimulus jumps or has a kink, a step ends exactly there. An event is
/// located on the interpolant; a terminal one ends its circuit there, with status ok.
/// `automatic` starts with the explicit method that is cheapest for the relative tolerance (tsitouras54 above 1e-5, else
/// verner65) and changes to rodas43 while a circuit is stiff.
/// A circuit's result depends on that circuit alone: the same bits in any batch and at any number of threads.
/// Of device arrays the call can be captured in a CUDA graph (executor.hpp).
/// Throws InvalidArgument before work starts, DeviceError when the device fails.
template <class T>
void integrate(const Executor& executor, const Circuits<T>& circuits, const IntegrateInputs<T>& inputs,
               const IntegrateOptions& options, const IntegrateResults<T>& results);

/// Bytes of device memory that integrate needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t integrate_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                     const IntegrateInputs<T>& inputs, const IntegrateOptions& options);

}  // namespace organics
