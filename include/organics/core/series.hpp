// Series: a signal of one circuit that is given at knots, piecewise constant or piecewise linear in time.
//
//   constant: v(t) = v_k,   linear: v(t) = v_k + (t - t_k) / (t_{k+1} - t_k) (v_{k+1} - v_k),   t_k <= t < t_{k+1},
// the first column before the first knot and the last one from the last knot on; two knots at one time are a jump.
// A step of an integrator must not cross a knot: enter() chooses the segment, next_stop() says where it ends, and in
// between value() stays on it, so that a step that ends on a knot sees the limit from the left.
// Needs no team: every lane holds its own copy, all with the same segment.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/scalar.hpp"

namespace organics {

/// How a signal goes from one knot to the next: it stays at the first one's value, or follows a straight line.
enum class Interpolation : std::uint8_t { constant = 0, linear };

}  // namespace organics

namespace organics::core {

/// `count` knots of `rows` values; owns nothing. No knots: no signal.
template <class T>
struct Series {
  const T* times = nullptr;   ///< count, non-decreasing
  const T* values = nullptr;  ///< rows x count, column-major: one column a knot
  int count = 0;
  int rows = 0;
  Interpolation kind = Interpolation::constant;
  int segment = -1;  ///< the knot that the present segment starts at; -1: before the first

  ORGANICS_FN constexpr explicit operator bool() const { return count > 0; }

  /// Value of row `i` at `t`, a time of the present segment (its end included).
  ORGANICS_FN T value(int i, T t) const {
    const T* v = from(i);
    if (!sloped()) return v[0];
    return v[0] + (t - times[segment]) / (times[segment + 1] - times[segment]) * (v[rows] - v[0]);
  }

  /// Derivative of row `i` in the present segment.
  ORGANICS_FN T slope(int i) const {
    if (!sloped()) return T(0);
    const T* v = from(i);
    return (v[rows] - v[0]) / (times[segment + 1] - times[segment]);
  }

  /// Makes the segment that holds `t` the present one: the last knot not after `t` starts it.
  ORGANICS_FN void enter(T t) {
    if (segment >= 0 && t < times[segment]) return enter_before(t);
    while (segment + 1 < count && times[segment + 1] <= t) ++segment;
  }

  /// The next knot after `t`, a time not before the present segment; the largest finite number when there is none.
  ORGANICS_FN T next_stop(T t) const {
    for (int k = segment + 1; k < count; ++k) {
      if (times[k] > t) return times[k];
    }
    return largest_finite<T>();
  }

 private:
  /// The knot that starts the present segment, at row `i`; the next knot's value is `rows` further.
  ORGANICS_FN const T* from(int i) const {
    return values + static_cast<std::ptrdiff_t>(segment < 0 ? 0 : segment) * rows + i;
  }

  ORGANICS_FN bool sloped() const { return kind == Interpolation::linear && segment >= 0 && segment + 1 < count; }

  /// Bisects the knots before the present segment: times[low] <= t < times[high].
  ORGANICS_FN void enter_before(T t) {
    int low = -1;
    int high = segment;
    while (high - low > 1) {
      const int middle = low + (high - low) / 2;
      if (times[middle] <= t) {
        low = middle;
      } else {
        high = middle;
      }
    }
    segment = low;
  }
};

}  // namespace organics::core
