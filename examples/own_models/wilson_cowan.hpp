// A pair of neural populations, excitatory and inhibitory, of Wilson and Cowan (1972), Biophys. J. 12, 1:
//
//   tau E' = -E + (1 - E) S(a_e, theta_e; c1 E - c2 I + drive),   tau I' = -I + (1 - I) S(a_i, theta_i; c3 E - c4 I)
//   S(a, theta; u) = 1 / (1 + exp(-a (u - theta))) - 1 / (1 + exp(a theta))
// with the numbers of their limit cycle. Little drive: a quiet steady state. More of it: the state loses its stability in
// a Hopf bifurcation and the pair oscillates; much more: it is steady again, at high activity.
#pragma once

#include <cmath>
#include <cstdint>

#include "organics/own_model.hpp"

template <class T>
struct WilsonCowan {
  T drive;
  T tau = T(0.01);  // seconds

  static constexpr int max_dimension = 2;
  static constexpr bool autonomous = true;
  ORGANICS_FN static constexpr int dimension() { return 2; }

  // The part of a population that fires at input u: a logistic function, shifted so that no input means no response.
  // The numbers are written T(...), so that the float kernel has no double arithmetic in it.
  ORGANICS_FN static T response(T a, T theta, T u) {
    return T(1) / (T(1) + std::exp(-a * (u - theta))) - T(1) / (T(1) + std::exp(a * theta));
  }

  // There is no Jacobian here: where a method wants one, it is made of differences.
  template <class Team>
  ORGANICS_FN void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    const T E = x[0];
    const T I = x[1];
    dx[0] = (-E + (T(1) - E) * response(T(1.3), T(4), T(16) * E - T(12) * I + drive)) / tau;
    dx[1] = (-I + (T(1) - I) * response(T(2), T(3.7), T(15) * E - T(3) * I)) / tau;
  }

  // Where a circuit starts if the caller gives no x0: both populations silent.
  template <class Team>
  ORGANICS_FN void rest(const Team& /*team*/, T* x) const {
    x[0] = T(0);
    x[1] = T(0);
  }
};

// The batch: the drive differs from pair to pair.
template <class T>
struct WilsonCowanBatch {
  const T* drive;
  ORGANICS_FN WilsonCowan<T> operator()(std::int64_t i) const { return {drive[i]}; }
};
