// spectra: all eigenvalues of each matrix of a batch, the rightmost eigenvectors, and checks of the result.
#pragma once

#include <cstddef>

#include "organics/batch.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"

namespace organics {

struct SpectraOptions {
  /// Largest |A v - lambda v| / |A| (Frobenius norm, unit v) that counts as an eigenvector; 0: 100 m epsilon.
  double vector_tolerance = 0;
};

/// Where the results go; empty views are not written. What is not known is NaN.
/// "Rightmost" is the eigenvalue lambda of largest real part, of those the one of largest imaginary part. Complex
/// numbers are (re, im) pairs. Eigenvectors have unit length and a largest entry that is real and positive.
template <class T>
struct SpectraResults {
  BatchView<T> eigenvalues = {};  ///< 2 x m per matrix, sorted by real part, then imaginary part
  BatchView<T> abscissa = {};     ///< largest real part, 1 per matrix
  BatchView<T> right = {};        ///< 2 x m: v with A v = lambda v
  BatchView<T> left = {};         ///< 2 x m: w with w^H A = lambda w^H
  BatchView<T> overlap = {};      ///< 2: w^H v; one over its modulus is the condition number of lambda
  /// 4 numbers that are small when all is well: |sum of eigenvalues - trace| / |A|; |log |product of eigenvalues| -
  /// log |det A|| (about epsilon times the condition number of A; NaN when A is singular); how many eigenvalues lack
  /// an exact conjugate; |A v - lambda v| / |A|.
  BatchView<T> checks = {};
  /// 1 per matrix. ok; non_finite: the matrix has a NaN or infinity; not_converged: the QR iteration did not end within
  /// its budget (everything is NaN), or a vector that was wanted missed its tolerance (everything is written).
  BatchView<Status> status = {};
};

/// Eigenvalues of real m x m matrices (column-major; per item or shared), each backward stable: an eigenvalue of a
/// matrix that differs from the given one by a small multiple of m epsilon |A|.
template <class T>
void spectra(const Executor& executor, BatchView<const T> matrices, const SpectraOptions& options,
             const SpectraResults<T>& results);

/// Bytes of device memory that spectra needs on a Cuda executor for device arrays (0 on a Cpu executor).
template <class T>
std::size_t spectra_workspace_size(const Executor& executor, BatchView<const T> matrices,
                                   const SpectraResults<T>& results);

}  // namespace organics
