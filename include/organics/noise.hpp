// simulate: stochastic trajectories of a batch of circuits, their power spectra and coherence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/circuits.hpp"
#include "organics/core/noise_options.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

/// A run takes `discard` steps that leave no trace, then `steps` that are recorded.
struct NoiseOptions {
  NoiseScheme scheme = NoiseScheme::heun;
  NoiseKind kind = NoiseKind::additive;
  double step = 0;           ///< seconds, > 0
  std::int64_t steps = 1;    ///< recorded steps
  std::int64_t discard = 0;  ///< steps before recording starts; with `steps` at most 2^32
  int save_every = 0;        ///< the state is kept after every so many recorded steps; 0: never
  std::uint64_t seed = 1;
  std::int64_t first = 0;    ///< trajectory index of circuit 0 of the batch; circuit i has first + i
  double state_bound = 0;    ///< a circuit whose max |x| passes this ends `diverged`; 0: 1e25 (double), 1e12 (float)
  std::int64_t segment = 0;  ///< recorded steps in each periodogram; 0: no spectra
  int bins = 0;              ///< frequencies k / (segment step), k = 1 .. bins, below half of `segment`
  int component = 0;         ///< of the state (y, then a) whose spectrum is wanted
  int partner = -1;          ///< second component, for coherence; -1: none
};

/// States that are kept of each trajectory.
constexpr std::int64_t samples_kept(const NoiseOptions& options) {
  return options.save_every > 0 ? options.steps / options.save_every : 0;
}

/// Where the results go; empty views are not written. Spectra are one-sided densities, units of the state squared per
/// Hz, averaged over the segments of a trajectory; NaN where a circuit did not end ok.
template <class T>
struct NoiseResults {
  BatchView<T> samples = {};        ///< 2n x samples_kept(options) per circuit; NaN where not reached
  BatchView<T> final_state = {};    ///< 2n per circuit: the state where the run ended
  BatchView<T> power = {};          ///< bins per circuit
  BatchView<T> partner_power = {};  ///< bins per circuit
  BatchView<T> cross = {};          ///< 2 x bins per circuit: real and imaginary part of component times conj(partner)
  BatchView<Status> status = {};    ///< 1 per circuit
  BatchView<T> time_reached = {};   ///< seconds, 1 per circuit
};

/// Simulates each circuit with noise in every component, dx_i = f_i(x) dt + g_i dW_i with independent Wiener processes.
///
/// g_i = amplitude_i / sqrt(tau_i), times x_i where options.kind is multiplicative (in the sense of Ito).
/// `x0` is 2n per circuit (y, then a) or shared; empty: rest (y = 0, a = (b0 sigma)^2). `amplitude` is 2n per circuit
/// or shared. For many trajectories of one circuit give shared parameters (BatchView stride 0) and as many items.
/// The increments of trajectory k are a pure function of (seed, k, step, component), so a trajectory is the same
/// whatever its batch, its chunk and the number of threads, and on a device to the rounding of log, sin and cos.
/// Spectra: Welch's method with the Hann window and segments side by side. The value at the start of the run is taken
/// from each component, which keeps rounding small, and its mean over each segment, which takes power from bin 1 alone.
/// Start near the state about which the circuit fluctuates, or discard the way there.
/// Throws InvalidArgument before work starts, DeviceError when the device fails.
template <class T>
void simulate(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
              BatchView<const T> amplitude, const NoiseOptions& options, const NoiseResults<T>& results);

/// Bytes of device memory that simulate needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t simulate_workspace_size(const Executor& executor, const Circuits<T>& circuits, const NoiseOptions& options);

/// Spectra averaged over a batch; one entry for each bin. Empty where the results hold none.
struct NoiseSpectrum {
  std::vector<double> frequency;  ///< Hz
  std::vector<double> power;
  std::vector<double> partner_power;
  std::vector<double> coherence;  ///< |cross|^2 / (power partner_power), between 0 and 1
  std::int64_t circuits = 0;      ///< in the average
  std::int64_t left_out = 0;      ///< did not end ok
  std::int64_t averages = 0;      ///< periodograms in each entry; the standard error of power is power / sqrt(averages)
};

/// The mean over the circuits that ended ok, of results in host memory. Needs results.status, results.power, and for
/// coherence results.partner_power and results.cross. NaN where no circuit ended ok. Throws InvalidArgument.
template <class T>
NoiseSpectrum average_spectra(const NoiseOptions& options, const NoiseResults<T>& results);

}  // namespace organics
