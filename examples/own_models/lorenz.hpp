// The equations of Lorenz (1963), J. Atmos. Sci. 20, 130, as a model for organics:
//
//   x' = sigma (y - x),   y' = x (rho - z) - y,   z' = x y - beta z
// Below rho = 1 everything decays to zero. Above it there are two more points of rest, x = y = +-sqrt(beta (rho - 1)),
// z = rho - 1, stable up to rho = 24.74 (for sigma = 10, beta = 8/3). Beyond that: chaos.
// One lane runs a model here, so that its functions are plain code, whatever the team.
#pragma once

#include <cstdint>

#include "organics/own_model.hpp"  // use own_model.cuh in a .cu; this header does not care

template <class T>
struct Lorenz {
  T sigma;
  T rho;
  T beta;

  // CUDA keeps the scratch of a model in arrays of a fixed size, and wants to know the largest.
  static constexpr int max_dimension = 3;
  ORGANICS_FN static constexpr int dimension() { return 3; }

  // The right-hand side. This and the dimension are all that a model must have; the rest of this struct is a gift.
  template <class Team>
  ORGANICS_FN void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = sigma * (x[1] - x[0]);
    dx[1] = x[0] * (rho - x[2]) - x[1];
    dx[2] = x[0] * x[1] - beta * x[2];
  }

  // t does not occur in it: methods that ask for df/dt need not.
  static constexpr bool autonomous = true;

  // The Jacobian, column after column; without it, implicit methods take differences of rhs.
  template <class Team>
  ORGANICS_FN void jacobian(const Team& /*team*/, T /*t*/, const T* x, T* J) const {
    J[0] = -sigma;
    J[1] = rho - x[2];
    J[2] = x[1];
    J[3] = sigma;
    J[4] = T(-1);
    J[5] = x[0];
    J[6] = T(0);
    J[7] = -x[0];
    J[8] = -beta;
  }

  // What an event of the kind `functor` watches: it happens where this crosses zero. z rises through rho - 1, the height
  // of the points of rest, once in every turn around one of them.
  ORGANICS_FN T event(T /*t*/, const T* x) const { return x[2] - (rho - T(1)); }
};

// The batch: which model circuit i has. Here rho alone differs, and lies in an array of the caller's.
template <class T>
struct LorenzBatch {
  const T* rho;
  ORGANICS_FN Lorenz<T> operator()(std::int64_t i) const { return {T(10), rho[i], T(8) / T(3)}; }
};
