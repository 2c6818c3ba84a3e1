// Step-size control: (error, the errors before it) -> (accept, factor for the next step).
//
// factor = safety e_n^(-p/k) e_{n-1}^(-q/k) e_{n-2}^(-r/k), k = order of the error estimate + 1, errors in units of the
// tolerance. Elementary control (1, 0, 0); proportional-integral (0.7, -0.4, 0), Gustafsson (1991), ACM TOMS 17, 533;
// PID (0.58, -0.21, 0.1), a digital filter after Soederlind (2003), ACM TOMS 29, 1. A step is accepted when error <= 1,
// and never because a comparison with NaN failed.
#pragma once

#include "organics/core/march_options.hpp"
#include "organics/core/scalar.hpp"

namespace organics::core {

/// What the controller remembers of one circuit.
template <class T>
struct ErrorHistory {
  T last = T(1);                 ///< error of the last accepted step
  T before = T(1);               ///< and of the one before it
  bool after_rejection = false;  ///< the last attempt was rejected, so the step may not grow
};

template <class T>
struct Decision {
  bool accept;
  T factor;  ///< of the step size, for the next attempt
};

inline constexpr double controller_safety = 0.9;
inline constexpr double controller_min_factor = 0.2;
inline constexpr double controller_max_factor = 5;

/// Judges a step whose error estimate has order `embedded_order`.
template <class T>
ORGANICS_FN Decision<T> decide(StepControl control, int embedded_order, T error, const ErrorHistory<T>& history) {
  const bool accept = error <= T(1);
  if (!is_finite(error)) return {false, T(controller_min_factor)};
  const T smallest = T(1e-4);  // an error of zero must not ask for an infinite step, nor poison the next memory
  const T exponent = T(1) / static_cast<T>(embedded_order + 1);
  const T e = max(error, smallest);
  T growth = T(controller_safety);
  if (!accept || control == StepControl::elementary) {
    growth *= std::pow(e, -exponent);
  } else if (control == StepControl::pi) {
    growth *= std::pow(e, T(-0.7) * exponent) * std::pow(max(history.last, smallest), T(0.4) * exponent);
  } else {
    growth *= std::pow(e, T(-0.58) * exponent) * std::pow(max(history.last, smallest), T(0.21) * exponent) *
              std::pow(max(history.before, smallest), T(-0.1) * exponent);
  }
  const T factor = max(T(controller_min_factor), min(T(controller_max_factor), growth));
  return {accept, select(history.after_rejection || !accept, min(factor, T(1)), factor)};
}

/// Writes the decision into the memory.
template <class T>
ORGANICS_FN void remember(ErrorHistory<T>& history, bool accept, T error) {
  history.before = select(accept, history.last, history.before);
  history.last = select(accept, error, history.last);
  history.after_rejection = !accept;
}

}  // namespace organics::core
