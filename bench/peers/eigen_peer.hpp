// Eigen as a peer: spectra, and whole verdicts put together from its parts the way a user of Eigen would.
//
// The size of one neuron is compiled in, which is where that helps Eigen. This interface knows neither Eigen nor our
// headers, so that its source may be compiled for the processor at hand without changing a line of ours.
#pragma once

#include <cstdint>

#include "plain_batch.hpp"

namespace organics::bench::eigen {

/// Whether m x m matrices have a size that Eigen knows when it compiles.
bool is_fixed_size(int m);

/// Eigenvalues re + i im (m each) of each of `count` m x m matrices. False where Eigen failed on one, after all.
bool spectra(int m, std::int64_t count, const double* matrices, double* re, double* im);

/// Jacobians (2n x 2n, 1/s) of all circuits at `states` (2n each).
void jacobians(const PlainBatch& batch, const double* states, double* out);

struct Verdicts {
  std::int64_t stable = 0;        ///< circuits whose steady state was found and has a negative spectral abscissa
  std::int64_t newton_steps = 0;  ///< of all circuits
};

/// The paper's iteration (5 steps), Newton to a relative residual of 1e-12, and the eigenvalues of the Jacobian, for
/// every circuit. `states` (2n each) and `abscissa` (1 each, NaN where Newton failed) are written.
Verdicts judge(const PlainBatch& batch, double* states, double* abscissa);

/// The same where Wr = I: the normalisation equation instead of the iterations.
Verdicts judge_identity(const PlainBatch& batch, double* states, double* abscissa);

}  // namespace organics::bench::eigen
