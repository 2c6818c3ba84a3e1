// Status: how one circuit ended. One small code per circuit; nothing in a batch throws.
#pragma once

#include <cstdint>

#include "organics/core/scalar.hpp"

namespace organics {

/// How the work on one circuit ended.
enum class Status : std::uint8_t {
  ok = 0,
  step_limit,              ///< the step budget was used up; the state so far is kept
  step_too_small,          ///< the step size fell below what the time can resolve
  non_finite,              ///< a NaN or infinity came in or appeared
  diverged,                ///< the state ran away (finite-time blow-up is a property of the circuit, not a failure)
  not_converged,           ///< an iteration (Newton, QR) did not converge within its budget
  singular,                ///< a matrix that had to be inverted is singular
  no_stable_steady_state,  ///< an equilibrium was reached, and it is not stable
  not_settled,             ///< bounded, but neither a steady state nor a limit cycle was reached within the budget
  limit_cycle,             ///< the state returns to itself, again and again: it has a period and never settles
  no_room,                 ///< more was found than the caller left room for; what there was room for is kept
};

inline constexpr int status_count = 11;

/// Name of a status as the program prints it.
constexpr const char* name(Status status) {
  constexpr const char* names[status_count] = {
      "ok",          "step_limit",    "step_too_small", "non_finite",
      "diverged",    "not_converged", "singular",       "no_stable_steady_state",
      "not_settled", "limit_cycle",   "no_room"};
  const auto i = static_cast<int>(status);
  return i < status_count ? names[i] : "unknown";
}

/// What the spectrum of the Jacobian at a state says.
enum class Verdict : std::uint8_t {
  stable = 0,  ///< spectral abscissa below zero by more than its error bound
  unstable,    ///< spectral abscissa above zero by more than its error bound
  marginal,    ///< spectral abscissa within its error bound of zero
  none,        ///< there is no spectrum to judge (see the status)
};

inline constexpr int verdict_count = 4;

constexpr const char* name(Verdict verdict) {
  constexpr const char* names[verdict_count] = {"stable", "unstable", "marginal", "none"};
  const auto i = static_cast<int>(verdict);
  return i < verdict_count ? names[i] : "unknown";
}

/// The rung of the steady-state ladder that found the answer, a steady state or a limit cycle.
enum class Rung : std::uint8_t { none = 0, closed_form, fixed_point, flow, cycle };

inline constexpr int rung_count = 5;

constexpr const char* name(Rung rung) {
  constexpr const char* names[rung_count] = {"none", "closed_form", "fixed_point", "flow", "cycle"};
  const auto i = static_cast<int>(rung);
  return i < rung_count ? names[i] : "unknown";
}

}  // namespace organics
