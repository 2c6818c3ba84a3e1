// The methods that integrate in time, by name.
//
// The list alone, for the public options; the coefficients are in explicit_methods.hpp and rosenbrock_methods.hpp,
// and src/method_proofs.cpp proves that they have the orders stated here.
#pragma once

#include <cstdint>

namespace organics {

/// Methods of integration. The last digit of a pair is the order of its error estimate; first same as last (FSAL)
/// says that the last slope of a step is the first one of the next.
enum class Method : std::uint8_t {
  euler = 0,           ///< order 1, fixed step only; Euler, 1768
  heun,                ///< order 2(1); Heun, 1900
  bogacki_shampine32,  ///< order 3(2), FSAL; Bogacki and Shampine, 1989
  rk4,                 ///< order 4, fixed step only; Kutta, 1901
  dormand_prince54,    ///< order 5(4), FSAL; Dormand and Prince, 1980
  tsitouras54,         ///< order 5(4), FSAL; Tsitouras, 2011
  verner65,            ///< order 6(5), FSAL; Verner, 2010
  dormand_prince853,   ///< order 8(5,3), FSAL; Dormand and Prince, coded by Hairer, Norsett and Wanner, 1993
  rosenbrock23,        ///< order 2(3), linearly implicit, L-stable, FSAL; Shampine and Reichelt, 1997
  rodas43,             ///< order 4(3), linearly implicit, L-stable, stiffly accurate; Hairer and Wanner, 1996
  automatic,           ///< an explicit method while it is stable at the step it wants, a linearly implicit one after
};

inline constexpr int method_count = 11;

constexpr const char* name(Method method) {
  constexpr const char* names[method_count] = {
      "euler",       "heun",     "bogacki_shampine32", "rk4",          "dormand_prince54",
      "tsitouras54", "verner65", "dormand_prince853",  "rosenbrock23", "rodas43",
      "auto"};
  const auto i = static_cast<int>(method);
  return i < method_count ? names[i] : "unknown";
}

/// Explicit Runge-Kutta methods: they need no Jacobian.
constexpr bool is_explicit(Method method) { return method <= Method::dormand_prince853; }

/// Linearly implicit methods: one LU of the Jacobian a step.
constexpr bool is_rosenbrock(Method method) { return method == Method::rosenbrock23 || method == Method::rodas43; }

/// Order of the solution; 0 for `automatic`, which has that of the method it is using.
constexpr int order(Method method) {
  constexpr int orders[method_count] = {1, 2, 3, 4, 5, 5, 6, 8, 2, 4, 0};
  const auto i = static_cast<int>(method);
  return i < method_count ? orders[i] : 0;
}

/// Whether the method can choose its own step.
constexpr bool has_error_estimate(Method method) {
  return method <= Method::automatic && method != Method::euler && method != Method::rk4;
}

}  // namespace organics
