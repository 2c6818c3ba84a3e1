// One circuit's parameters in one piece of memory, in the order in which an ensemble draws them: tau_y, tau_a, b0, b1,
// sigma, z (n each), Wr, W (n x n, column-major); and the step of drawing that looks at more than one number.
// Team contract: as in team.hpp.
#pragma once

#include <cstddef>

#include "organics/core/ensemble.hpp"
#include "organics/core/singular_value.hpp"

namespace organics::core {

/// Memory for one drawn circuit: six vectors and two matrices.
ORGANICS_FN constexpr std::size_t circuit_storage_size(int n) {
  return static_cast<std::size_t>(n) * static_cast<std::size_t>(6 + 2 * n);
}

/// The circuit whose parameters lie in `storage` (circuit_storage_size(n) numbers), in the order of drawing.
template <class T>
ORGANICS_FN Circuit<T> stored_circuit(const T* storage, int n, ModelKind model) {
  const T* matrices = storage + 6 * static_cast<std::ptrdiff_t>(n);
  return {n,
          model,
          storage,
          storage + n,
          storage + 2 * static_cast<std::ptrdiff_t>(n),
          storage + 3 * static_cast<std::ptrdiff_t>(n),
          storage + 4 * static_cast<std::ptrdiff_t>(n),
          storage + 5 * static_cast<std::ptrdiff_t>(n),
          matrices,
          matrices + static_cast<std::ptrdiff_t>(n) * n};
}

/// Scales z, which must be visible, to Euclidean norm z_norm. Does NOT sync at the end.
template <class T, class Team>
ORGANICS_FN void scale_drive(const Team& team, int n, T z_norm, T* z) {
  T square = T(0);
  for (int i = 0; i < n; ++i) square += z[i] * z[i];
  team.sync();  // every lane has read z before its owner scales it
  const T scale = z_norm / square_root(square);
  for_each_own(team, n, [&](int i) { z[i] *= scale; });
}

/// Scales Wr, of which `measure` is to become `size`. Every lane must have read what it needs. Does NOT sync.
template <class T, class Team>
ORGANICS_FN void scale_matrix(const Team& team, int n, T size, T measure, T* Wr) {
  // divided first, so that n = 1 gives exactly plus or minus the size
  for_each_own(team, n * n, [&](int k) { Wr[k] = size * (Wr[k] / measure); });
}

/// Scales z, and Wr where it is Gaussian, to their norms. `storage` holds what draw_numbers drew, visible. This is all
/// that is left to do of an ensemble of which scales_by_norms is true.
template <class T, class Team>
ORGANICS_FN void scale_to_norms(const Team& team, int n, RecurrentWeights recurrent, T Wr_norm, T z_norm, T* storage,
                                T* scratch) {
  T* z = storage + 5 * static_cast<std::ptrdiff_t>(n);
  T* Wr = z + n;
  const bool gaussian = recurrent == RecurrentWeights::gaussian;
  const T sigma_max = gaussian ? largest_singular_value(team, Wr, n, scratch) : T(1);
  scale_drive(team, n, z_norm, z);
  if (gaussian) scale_matrix(team, n, Wr_norm, sigma_max, Wr);
  team.sync();
}

/// Whether draw_numbers and scale_to_norms draw the whole circuit.
template <class T>
ORGANICS_FN constexpr bool scales_by_norms(const EnsembleOf<T>& e) {
  const bool known = e.recurrent == RecurrentWeights::identity ||
                     (e.recurrent == RecurrentWeights::gaussian && e.Wr_scale == RecurrentScale::norm);
  return known && e.drive == InputDrive::scaled_gaussian;
}

}  // namespace organics::core
