// stability: the Jacobian spectrum of each circuit at a given state, and what it says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/circuits.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

struct StabilityOptions {
  /// Finite, >= 0, 1/s: how far in the Frobenius norm the Jacobian may be from the one that is meant. `proven` then says
  /// that every matrix within this distance is stable, which is how the error of a state or a parameter is accounted
  /// for. The other results are those of the Jacobian as it is.
  double perturbation = 0;
};

/// Where the results go; empty views are not written.
template <class T>
struct StabilityResults {
  BatchView<T> eigenvalues = {};  ///< 2 x 2n per circuit: (re, im) pairs, 1/s, sorted by real part, then imaginary part
  BatchView<T> abscissa = {};     ///< spectral abscissa (largest real part), 1/s, 1 per circuit
  BatchView<T> abscissa_error = {};  ///< half-width, 1/s, inside which the verdict is marginal, 1 per circuit
  BatchView<T> frequency = {};       ///< angular frequency |im| of the rightmost pair, rad/s, 1 per circuit
  BatchView<Verdict> verdict = {};   ///< 1 per circuit; none where status is not ok
  BatchView<Status> status = {};     ///< 1 per circuit: ok, non_finite or not_converged
  /// How many eigenvalues have a real part above abscissa_error, 1 per circuit; -1 where status is not ok.
  BatchView<std::int32_t> unstable = {};

  // The certificate: it needs no eigenvalues, and where nothing above is asked for, none are computed.
  /// 1 where it is proven, every rounding of the proof included, that all eigenvalues of the Jacobian as it is given in
  /// this precision, or within StabilityOptions::perturbation of it, have a negative real part; else 0, which says nothing. 1 per circuit.
  BatchView<std::uint8_t> proven = {};
  BatchView<std::int32_t> squarings = {};  ///< of the Cayley transform, until the proof or giving up

  bool wants_spectrum() const {
    return eigenvalues || abscissa || abscissa_error || frequency || verdict || status || unstable;
  }
  bool wants_certificate() const { return proven || squarings; }
};

/// Eigenvalues of the analytic Jacobian of each circuit at `states` (2n per circuit or shared; usually steady states).
/// The verdict is about the linearised flow at that state, whether or not the state is an equilibrium. That flow is
/// oscillatory, its rightmost mode rotates, where frequency > 0.
/// Of device arrays the call can be captured in a CUDA graph (executor.hpp).
/// Throws InvalidArgument (bad circuits, shapes or options) before work starts.
template <class T>
void stability(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
               const StabilityResults<T>& results, const StabilityOptions& options = {});

/// Bytes of device memory that stability needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t stability_workspace_size(const Executor& executor, const Circuits<T>& circuits);

}  // namespace organics
