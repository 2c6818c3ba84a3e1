// Integrators of others as peers: a batch of circuits, one after the other, from rest to a time. No header of ours, as in
// plain_batch.hpp.
#pragma once

#include <cstdint>
#include <string>

#include "plain_batch.hpp"

namespace organics::bench {

/// What is wanted of every circuit: its state at `end`, from rest (y = 0, a = (b0 sigma)^2) at time 0.
struct IntegrateTask {
  double end;       // seconds
  double rtol = 0;  // of methods that choose their steps
  double atol = 0;
  double step = 0;  // of those that do not; seconds
};

/// Sums over the circuits of a batch.
struct IntegrateCounts {
  std::int64_t accepted = 0;   // steps
  std::int64_t attempted = 0;  // steps
  std::int64_t rhs = 0;        // right-hand sides
  std::int64_t failed = 0;     // circuits
};

/// The first step that a user has to choose where the integrator does not: a twentieth of the time constant.
inline constexpr double first_step = 1e-4;

namespace odeint {

std::string version();

/// The sizes n that the best is compiled for.
inline constexpr int sizes[] = {1, 10, 50};

/// odeint at its best: states of a size it knows when it compiles, right-hand sides in vectors of 256 bits.
IntegrateCounts dopri5_best(const PlainBatch& batch, const IntegrateTask& task, double* states);
IntegrateCounts rk4_best(const PlainBatch& batch, const IntegrateTask& task, double* states);

/// As users write it: std::vector and plain loops.
IntegrateCounts dopri5_plain(const PlainBatch& batch, const IntegrateTask& task, double* states);
IntegrateCounts rk4_plain(const PlainBatch& batch, const IntegrateTask& task, double* states);

}  // namespace odeint

namespace sundials {

std::string version();

/// CVODE with serial vectors: backward differences with Newton and the dense solver, and Adams with the same or with the
/// fixed-point iteration that its manual pairs it with. ARKODE: ERKStep with the table of Dormand and Prince.
IntegrateCounts cvode_bdf(const PlainBatch& batch, const IntegrateTask& task, double* states);
IntegrateCounts cvode_adams_dense(const PlainBatch& batch, const IntegrateTask& task, double* states);
IntegrateCounts cvode_adams_fixed_point(const PlainBatch& batch, const IntegrateTask& task, double* states);
IntegrateCounts arkode_dormand_prince(const PlainBatch& batch, const IntegrateTask& task, double* states);

}  // namespace sundials
}  // namespace organics::bench
