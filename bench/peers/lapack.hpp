// LAPACK as a peer: eigenvalues by dgeev, on one thread. Which BLAS it rests on is asked at run time.
#pragma once

#include <cstdint>
#include <string>

namespace organics::bench::lapack {

/// The BLAS and the file of the LAPACK that this program calls; OpenBLAS says its version and its kernels.
std::string description();

/// Eigenvalues re + i im (m each) of each of `count` m x m matrices. False where dgeev failed on one, after all.
bool spectra(int m, std::int64_t count, const double* matrices, double* re, double* im);

}  // namespace organics::bench::lapack
