// abscissa_sensitivity: how the spectral abscissa at a steady state moves with every parameter of a circuit.
#pragma once

#include <cstddef>

#include "organics/circuits.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

/// Where the results go; empty views are not written. Each entry is d(abscissa) / d(parameter) in 1/s over the unit of
/// the parameter, the steady state moving along; NaN where status is not ok.
template <class T>
struct SensitivityResults {
  BatchView<T> tau_y = {};     ///< n
  BatchView<T> tau_a = {};     ///< n
  BatchView<T> b0 = {};        ///< n
  BatchView<T> b1 = {};        ///< n
  BatchView<T> sigma = {};     ///< n
  BatchView<T> z = {};         ///< n
  BatchView<T> Wr = {};        ///< n x n
  BatchView<T> W = {};         ///< n x n
  BatchView<T> abscissa = {};  ///< 1: the abscissa itself, 1/s; known wherever the spectrum is
  /// 1 per circuit. ok; non_finite; not_settled: the state is not a steady state (relative residual above the square
  /// root of epsilon); not_converged: the QR or the inverse iteration failed, or the abscissa is not differentiable as
  /// far as can be told, because another eigenvalue is as far to the right or the rightmost one is defective;
  /// singular: the Jacobian is, or an a_i is 0, where the square root has no derivative.
  BatchView<Status> status = {};
};

/// Derivatives of the spectral abscissa of each circuit at `states` (2n per circuit or shared), its steady states.
/// In the rectified model units with y_i = 0 exactly count as silent.
template <class T>
void abscissa_sensitivity(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> states,
                          const SensitivityResults<T>& results);

/// Bytes of device memory that abscissa_sensitivity needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t abscissa_sensitivity_workspace_size(const Executor& executor, const Circuits<T>& circuits);

}  // namespace organics
