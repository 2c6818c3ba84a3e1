// How a march is steered: step-size control, error norm, events, and what is recorded on the way.
//
// Plain data that the host API, the CPU executor and every kernel share.
#pragma once

#include <cstdint>

#include "organics/core/scalar.hpp"

namespace organics {

/// How the next step follows from the errors of the last ones (in units of the tolerance; core/controller.hpp).
enum class StepControl : std::uint8_t {
  elementary = 0,  ///< the last error alone
  pi,              ///< the last two (Gustafsson 1991)
  pid,             ///< the last three (Soederlind 2003)
};

/// How the errors of the components of a state become one number.
enum class ErrorNorm : std::uint8_t {
  max = 0,  ///< the largest: no component is worse than the tolerance
  rms,      ///< root mean square: hides one bad component among many
};

/// What an event watches.
enum class EventKind : std::uint8_t {
  level = 0,  ///< component `component` of the state crosses a level
  steady,     ///< every component moves slower than a relative speed, from one accepted step to the next
  functor,    ///< the event function of a model of the user's own crosses zero
};

/// Which crossings count.
enum class Crossing : std::uint8_t { upward = 0, downward, either };

/// One event of an integration. Levels (level) and relative speeds (steady) are given per circuit.
struct Event {
  EventKind kind = EventKind::level;
  int component = 0;  ///< of the state, for a level
  Crossing direction = Crossing::either;
  bool terminal = true;  ///< ends the circuit; otherwise it is only counted
};

inline constexpr int max_events = 8;

}  // namespace organics

namespace organics::core {

/// The state beyond which a circuit counts as diverged. Stable states up to a = 2.5e13 are known, so the bound is far;
/// y^2 a must not overflow at it.
template <class T>
ORGANICS_FN constexpr T default_state_bound() {
  return sizeof(T) == 8 ? T(1e25) : T(1e12);
}

/// Options of a march in the scalar of the batch.
template <class T>
struct MarchOptions {
  T rtol = T(1e-6);
  T atol = T(1e-9);
  T fixed_step = T(0);    ///< > 0: steps of this size, without error control
  T initial_step = T(0);  ///< 0: chosen from the problem
  T min_step = T(0);      ///< a step that would have to be shorter ends the circuit
  T max_step = T(0);      ///< 0: no bound
  T state_bound = T(0);   ///< max |x| beyond which the circuit has diverged
  int max_steps = 0;      ///< attempted steps
  StepControl control = StepControl::pi;
  ErrorNorm norm = ErrorNorm::max;
};

}  // namespace organics::core
