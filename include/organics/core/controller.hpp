// Step-size controller: (error, previous error, step) -> (accept, factor for the next step).
//
// Proportional-integral control of Gustafsson (1991), ACM TOMS 17, 533: factor = safety err^(-0.7/k) err_prev^(0.4/k),
// k = order of the error estimate + 1. Errors are in units of the tolerance: a step is accepted when error <= 1, and
// never because a comparison with NaN failed.
#pragma once

#include "organics/core/scalar.hpp"

namespace organics::core {

template <class T>
struct Decision {
  bool accept;
  T factor;  ///< of the step size, for the next attempt
};

template <class T>
struct PIController {
  T exponent;  ///< 1 / k
  T safety = T(0.9);
  T min_factor = T(0.2);
  T max_factor = T(5);

  ORGANICS_FN explicit PIController(int embedded_order) : exponent(T(1) / static_cast<T>(embedded_order + 1)) {}

  /// `after_rejection`: the previous attempt of this step was rejected, so the step may not grow.
  ORGANICS_FN Decision<T> decide(T error, T previous_error, bool after_rejection) const {
    const bool accept = error <= T(1);
    if (!is_finite(error)) return {false, min_factor};
    const T floor = T(1e-4);  // an error of zero must not ask for an infinite step, nor poison the next memory
    const T e = max(error, floor);
    const T integral = accept ? std::pow(max(previous_error, floor), T(0.4) * exponent) : T(1);
    const T proportional = std::pow(e, accept ? T(-0.7) * exponent : -exponent);
    const T factor = max(min_factor, min(max_factor, safety * proportional * integral));
    return {accept, select(after_rejection || !accept, min(factor, T(1)), factor)};
  }
};

}  // namespace organics::core
