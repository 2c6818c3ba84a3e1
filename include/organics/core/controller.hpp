// Step-size control: (error, the errors before it) -> (accept, factor for the next step).
//
// factor = safety e_n^(-p/k) e_{n-1}^(-q/k) e_{n-2}^(-r/k), k = order of the error estimate + 1, errors in units of the
// tolerance. Elementary control (1, 0, 0); proportional-integral (0.7, -0.4, 0), Gustafsson (1991), ACM TOMS 17, 533;
// PID (0.58, -0.21, 0.1), a digital filter after Soederlind (2003), ACM TOMS 29, 1. A step is accepted when error <= 1,
// and never because a comparison with NaN failed.
#pragma once

#include "organics/core/march_options.hpp"
#include "organics/core/power.hpp"
#include "organics/core/scalar.hpp"

namespace organics::core {

/// What the controller remembers of one circuit: logarithms (base 2) of errors, of 1 where there was none yet.
template <class T>
struct ErrorHistory {
  T last = T(0);                                 ///< of the last accepted step
  T before = T(0);                               ///< and of the one before it
  MaskOf<T> after_rejection = MaskOf<T>(false);  ///< the last attempt was rejected, so the step may not grow
};

template <class T>
struct Decision {
  MaskOf<T> accept;
  T factor;     ///< of the step size, for the next attempt
  T log_error;  ///< what to remember of this one
};

inline constexpr double controller_safety = 0.9;
inline constexpr double controller_min_factor = 0.2;
inline constexpr double controller_max_factor = 5;

/// Judges a step whose error estimate has order `embedded_order`.
template <class T>
ORGANICS_FN Decision<T> decide(StepControl control, int embedded_order, T error, const ErrorHistory<T>& history) {
  const MaskOf<T> accept = error <= T(1);
  // an error of zero must not ask for an infinite step, nor poison the next memory; at 1e30 the factor is the least
  const T e = log_2(min(max(error, T(1e-4)), T(1e30)));
  T growth = -e;
  if (control == StepControl::pi) {
    growth = T(-0.7) * e + T(0.4) * history.last;
  } else if (control == StepControl::pid) {
    growth = T(-0.58) * e + T(0.21) * history.last + T(-0.1) * history.before;
  }
  growth = select(accept, growth, -e);
  const T wanted = T(controller_safety) * exp_2(growth * T(NumberOf<T>(1) / NumberOf<T>(embedded_order + 1)));
  const T factor = max(T(controller_min_factor), min(T(controller_max_factor), wanted));
  const T kept = select(history.after_rejection || !accept, min(factor, T(1)), factor);
  return {accept, select(is_finite(error), kept, T(controller_min_factor)), e};
}

/// Writes the decision into the memory.
template <class T>
ORGANICS_FN void remember(ErrorHistory<T>& history, const Decision<T>& decision) {
  history.before = select(decision.accept, history.last, history.before);
  history.last = select(decision.accept, decision.log_error, history.last);
  history.after_rejection = !decision.accept;
}

}  // namespace organics::core
