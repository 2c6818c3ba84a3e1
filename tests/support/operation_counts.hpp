// How many operations on numbers the integration of a main circuit takes, counted once, from the formulas. Benchmarks
// divide by it to say which part of the machine's limit they reach; core/operation_counts_test.cpp holds it against the
// formulas and the core, run over a number type that counts.
//
// A multiplication, addition, subtraction, division or square root is one operation each; comparisons are none. What a
// circuit fixes once, u = b1 z, c = (b0 sigma)^2 and the largest terms of an error norm, is not counted, nor is the
// choice of the next step, which does not grow with n.
#pragma once

#include "organics/core/method.hpp"

namespace organics::test {

/// tau_y y' = u - y + (1 - sqrt(a)) (Wr y), tau_a a' = c - a + W (y y a): two matrices times a vector, an addition and a
/// multiplication for each entry, and for each neuron y y a (2), the rest of y' (u - y, sqrt, 1 -, times, plus, times
/// 1 / tau: 6) and of a' (c - a, plus, times 1 / tau: 3). The first entry of each sum needs no addition: 2 less.
constexpr double rhs_operations(int n) { return 4.0 * n * n + (2 + 6 + 3 - 2) * n; }

/// What is done to each component of the state in a step of an explicit method, beside the right-hand sides.
struct StepWork {
  int slopes;       ///< right-hand sides of an attempted step
  int stages;       ///< arguments put together, the new state among them: x + h (sum of weighted slopes)
  int stage_terms;  ///< slopes with a weight that is not zero, of all these sums
  int error_terms;  ///< the same for the error estimate; 0: there is none
};

/// All zero for a method that is not explicit or has no table here.
constexpr StepWork step_work(Method method) {
  switch (method) {
    case Method::rk4:
      return {4, 4, 1 + 1 + 1 + 4, 0};
    case Method::dormand_prince54:
      return {6, 6, 1 + 2 + 3 + 4 + 5 + 5, 6};
    case Method::tsitouras54:
      return {6, 6, 1 + 2 + 3 + 4 + 5 + 6, 7};
    default:
      return {};
  }
}

/// Operations of one attempted step for one circuit of n neurons of each kind. A sum of k weighted slopes takes k
/// multiplications and k - 1 additions; a stage one of each more; an error estimate a multiplication by h, and its
/// comparison with atol + rtol max(|x|, |x_new|) a multiplication, an addition and a division.
constexpr double step_operations(Method method, int n) {
  const StepWork w = step_work(method);
  const int stages = 2 * w.stage_terms + w.stages;
  const int error = w.error_terms == 0 ? 0 : 2 * w.error_terms + 3;
  return w.slopes * rhs_operations(n) + 2.0 * n * (stages + error);
}

}  // namespace organics::test
