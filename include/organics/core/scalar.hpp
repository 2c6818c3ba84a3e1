// Scalar vocabulary of the core: what an algorithm may ask of its number type.
//
// The core is written over a scalar T: float, double, or a pack whose lanes are different circuits (core/pack.hpp, host
// only). Nothing here allocates, throws or does I/O.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#if defined(__CUDACC__)
#define ORGANICS_FN __host__ __device__
// For the long cooperative algorithms: device code calls them, for inlined at every call they made one kernel take
// most of a minute to compile and spill.
#define ORGANICS_OUTLINED_FN __host__ __device__ __noinline__
// For the innermost loops, whose sums stay in registers only in sight of what calls them. Device code inlines unasked.
#define ORGANICS_INLINED_FN __host__ __device__
#else
#define ORGANICS_FN
#define ORGANICS_OUTLINED_FN
#if defined(__GNUC__)
#define ORGANICS_INLINED_FN __attribute__((always_inline)) inline
#else
#define ORGANICS_INLINED_FN
#endif
#endif

namespace organics::core {

/// What is known of a number type. Our own because std::numeric_limits needs a special compiler flag in device code.
template <class T>
struct Limits;
template <>
struct Limits<double> {
  static constexpr double epsilon = 2.220446049250313e-16;
  static constexpr double smallest_normal = 2.2250738585072014e-308;
  static constexpr double largest_finite = 1.7976931348623157e308;
  static constexpr double not_a_number = __builtin_nan("");
  static constexpr int exponent_range = 1022;  ///< powers of two up to this exponent, of either sign, are normal
};
template <>
struct Limits<float> {
  static constexpr float epsilon = 1.1920929e-07F;
  static constexpr float smallest_normal = 1.17549435e-38F;
  static constexpr float largest_finite = 3.40282347e+38F;
  static constexpr float not_a_number = __builtin_nanf("");
  static constexpr int exponent_range = 126;
};

/// Machine epsilon (distance from 1 to the next number).
template <class T>
ORGANICS_FN constexpr T epsilon() {
  return T(Limits<T>::epsilon);
}

/// Smallest positive normal number.
template <class T>
ORGANICS_FN constexpr T smallest_normal() {
  return T(Limits<T>::smallest_normal);
}

/// Largest finite number.
template <class T>
ORGANICS_FN constexpr T largest_finite() {
  return T(Limits<T>::largest_finite);
}

/// Less than every number.
template <class T>
ORGANICS_FN constexpr T minus_infinity() {
  return T(-__builtin_inf());
}

/// A quiet NaN: the value of what was not computed.
template <class T>
ORGANICS_FN constexpr T not_a_number() {
  return T(Limits<T>::not_a_number);
}

/// What goes with a number type: the number of one circuit, truth values, integers and codes (of an enumeration E), each
/// one or as many as a pack has lanes.
template <class T>
struct Kinds {
  using Number = T;
  using Mask = bool;
  using Index = int;
  template <class E>
  using Code = E;
  static constexpr int lanes = 1;
};
template <class T>
using NumberOf = typename Kinds<T>::Number;
template <class T>
using MaskOf = typename Kinds<T>::Mask;
template <class T>
using IndexOf = typename Kinds<T>::Index;
template <class T, class E>
using CodeOf = typename Kinds<T>::template Code<E>;
template <class T>
inline constexpr int lanes_of = Kinds<T>::lanes;

/// The number type of lower precision that goes with a number type, of as many circuits.
template <class T>
struct Narrow;
template <>
struct Narrow<double> {
  using Type = float;
};
template <class T>
using NarrowOf = typename Narrow<T>::Type;

/// A number, integer or truth value in another type of as many circuits; a number is rounded to the nearest.
template <class To, class From>
  requires(std::is_arithmetic_v<From> && std::is_arithmetic_v<To>)
ORGANICS_FN constexpr To converted(From value) {
  return static_cast<To>(value);
}

/// Numbers of a column that a lane which works alone keeps in registers at a time, and of how many columns.
template <class T>
struct TileShape {
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t columns = 4;
};

/// How many sums over one vector are best added up at a time: sizes of blocks, largest first, the last 1.
template <class T>
struct Blocks {
  using OfRows = std::integer_sequence<int, 4, 1>;  ///< of a matrix times a vector
  using OfSlopes = std::integer_sequence<int, 1>;   ///< of the slopes of a step
};

/// Whether a condition holds for any, or for every circuit that the number type holds: what loops and shortcuts ask.
ORGANICS_FN constexpr bool any(bool condition) { return condition; }
ORGANICS_FN constexpr bool all(bool condition) { return condition; }

/// Bit k: whether the condition holds for the circuit in lane k.
ORGANICS_FN constexpr std::uint32_t lane_bits(bool condition) { return condition ? 1U : 0U; }

/// f(lane) for every lane for which the condition holds.
template <class M, class F>
ORGANICS_FN void for_lanes(const M& condition, F&& f) {
  if constexpr (std::is_same_v<M, bool>) {
    if (condition) f(0);
  } else {
    for (std::uint64_t rest = lane_bits(condition); rest != 0; rest &= rest - 1) f(__builtin_ctzll(rest));
  }
}

/// Adds `step` to the number of each circuit for which the condition holds.
ORGANICS_FN constexpr void count(int& number, bool condition, int step = 1) { number += condition ? step : 0; }

/// What a value is in one lane: a number, a truth value, an integer or a code is the same in all that it has, one.
template <class V>
ORGANICS_FN constexpr V in_lane(V value, int /*lane*/) {
  return value;
}
template <class V>
ORGANICS_FN constexpr void set_lane(V& value, int /*lane*/, V in_that_lane) {
  value = in_that_lane;
}

/// `condition ? a : b` by value, the only branch on numbers that differs from circuit to circuit, so that the scalar can
/// be a pack.
template <class T>
ORGANICS_FN constexpr T select(bool condition, T a, T b) {
  return condition ? a : b;
}

/// Larger of two; `b` when they do not compare (so a NaN in `b` gets through, a NaN in `a` does not).
template <class T>
ORGANICS_FN constexpr T max(T a, T b) {
  return select(a > b, a, b);
}

template <class T>
ORGANICS_FN constexpr T min(T a, T b) {
  return select(a < b, a, b);
}

/// Running maximum that keeps a NaN once it has met one, whichever side it comes from.
template <class T>
ORGANICS_FN constexpr T max_or_nan(T running, T value) {
  return select(value > running || value != value, value, running);
}

/// Rectifier: max(x, 0); NaN stays NaN.
template <class T>
ORGANICS_FN constexpr T positive_part(T x) {
  return select(x < T(0), T(0), x);
}

template <class T>
ORGANICS_FN T absolute(T x) {
  return std::fabs(x);
}

/// Running maximum of magnitudes, which keeps a NaN; what runs is not negative, nor a NaN with a sign.
template <class T>
ORGANICS_FN T max_magnitude(T running, T x) {
  return max_or_nan(running, absolute(x));
}

template <class T>
ORGANICS_FN MaskOf<T> is_finite(T x) {
  return absolute(x) <= largest_finite<T>();
}

/// Magnitude of `a` with the sign of `b`.
template <class T>
ORGANICS_FN T with_sign(T a, T b) {
  return std::copysign(a, b);
}

template <class T>
ORGANICS_FN T square_root(T x) {
  return std::sqrt(x);
}

/// square_root(positive_part(x)), of packs to a unit or so in the last place where that is faster: for what is marched or
/// iterated, not for what is proven.
template <class T>
ORGANICS_FN T root_of_positive_part(T x) {
  return square_root(positive_part(x));
}

/// a / b, of packs to eight digits where that is faster: for how an error compares with what is allowed. b > 0 is normal.
template <class T>
ORGANICS_FN T rough_quotient(T a, T b) {
  return a / b;
}

/// The largest integer that is not above x.
template <class T>
ORGANICS_FN T round_down(T x) {
  return std::floor(x);
}

/// The smallest integer that is not below x.
template <class T>
ORGANICS_FN T round_up(T x) {
  return -round_down(-x);
}

/// The exponent e of |x| = f 2^e, 1/2 <= f < 1, as a number; 0 for zero.
template <class T>
ORGANICS_FN T exponent_of(T x) {
  int exponent = 0;
  std::frexp(x, &exponent);
  return static_cast<T>(exponent);
}

/// The same for a normal number x > 0.
template <class T>
ORGANICS_FN T exponent_of_normal(T x) {
  return exponent_of(x);
}

/// The f of x = f 2^e, 1/2 <= f < 1, for a normal number x > 0.
template <class T>
ORGANICS_FN T significand_of(T x) {
  int exponent = 0;
  return std::frexp(x, &exponent);
}

/// x 2^exponent, rounded once; the exponent is an integer.
template <class T>
ORGANICS_FN T times_power_of_two(T x, T exponent) {
  return std::ldexp(x, static_cast<int>(exponent));
}

/// 2^exponent for an integer whose power is a normal number.
template <class T>
ORGANICS_FN T power_of_two(T exponent) {
  return std::ldexp(T(1), static_cast<int>(exponent));
}

/// x[row], where the row may differ from circuit to circuit.
template <class T>
ORGANICS_FN T entry(const T* x, int row) {
  return x[row];
}

/// Exchanges x[k] and x[row], where the row may differ from circuit to circuit.
template <class T>
ORGANICS_FN void exchange(T* x, int k, int row) {
  const T moved = x[k];
  x[k] = x[row];
  x[row] = moved;
}

}  // namespace organics::core
