// Scalar vocabulary of the core: what an algorithm may ask of its number type.
//
// The core is written over a scalar T (float, double; later a pack whose lanes are different circuits) and
// runs on host and device alike. Nothing here allocates, throws or does I/O.
#pragma once

#include <cmath>

#if defined(__CUDACC__)
#define ORGANICS_FN __host__ __device__
// For the long cooperative algorithms: device code calls them, for inlined at every call they made one kernel take
// most of a minute to compile and spill.
#define ORGANICS_OUTLINED_FN __host__ __device__ __noinline__
#else
#define ORGANICS_FN
#define ORGANICS_OUTLINED_FN
#endif

namespace organics::core {

/// Machine epsilon (distance from 1 to the next number). A function of our own because
/// std::numeric_limits needs a special compiler flag in device code.
template <class T>
ORGANICS_FN constexpr T epsilon();
template <>
ORGANICS_FN constexpr double epsilon<double>() {
  return 2.220446049250313e-16;
}
template <>
ORGANICS_FN constexpr float epsilon<float>() {
  return 1.1920929e-07F;
}

/// Smallest positive normal number.
template <class T>
ORGANICS_FN constexpr T smallest_normal();
template <>
ORGANICS_FN constexpr double smallest_normal<double>() {
  return 2.2250738585072014e-308;
}
template <>
ORGANICS_FN constexpr float smallest_normal<float>() {
  return 1.17549435e-38F;
}

/// Largest finite number.
template <class T>
ORGANICS_FN constexpr T largest_finite();
template <>
ORGANICS_FN constexpr double largest_finite<double>() {
  return 1.7976931348623157e308;
}
template <>
ORGANICS_FN constexpr float largest_finite<float>() {
  return 3.40282347e+38F;
}

/// A quiet NaN: the value of what was not computed.
template <class T>
ORGANICS_FN constexpr T not_a_number();
template <>
ORGANICS_FN constexpr double not_a_number<double>() {
  return __builtin_nan("");
}
template <>
ORGANICS_FN constexpr float not_a_number<float>() {
  return __builtin_nanf("");
}

/// `condition ? a : b` by value, the only branch the model and the march use on numbers, so that the scalar
/// can become a pack.
template <class T>
ORGANICS_FN constexpr T select(bool condition, T a, T b) {
  return condition ? a : b;
}

/// Larger of two; `b` when they do not compare (so a NaN in `b` gets through, a NaN in `a` does not).
template <class T>
ORGANICS_FN constexpr T max(T a, T b) {
  return a > b ? a : b;
}

template <class T>
ORGANICS_FN constexpr T min(T a, T b) {
  return a < b ? a : b;
}

/// Running maximum that keeps a NaN once it has met one, whichever side it comes from.
template <class T>
ORGANICS_FN constexpr T max_or_nan(T running, T value) {
  return (value > running || value != value) ? value : running;
}

/// Rectifier: max(x, 0); NaN stays NaN.
template <class T>
ORGANICS_FN constexpr T positive_part(T x) {
  return x < T(0) ? T(0) : x;
}

template <class T>
ORGANICS_FN T absolute(T x) {
  return std::fabs(x);
}

template <class T>
ORGANICS_FN bool is_finite(T x) {
  return absolute(x) <= largest_finite<T>();
}

/// Magnitude of `a` with the sign of `b`.
template <class T>
ORGANICS_FN T with_sign(T a, T b) {
  return std::copysign(a, b);
}

}  // namespace organics::core
