#include "validate_stimulus.hpp"

#include <string>
#include <string_view>

#include "validate.hpp"

namespace organics {

namespace {

/// Calls f(field, signal, rows, bound) for each signal.
template <class T, class F>
void for_each_signal(const Circuits<T>& batch, const Stimulus<T>& stimulus, const DynamicGains<T>& gains, F&& f) {
  f("stimulus.z", stimulus.z, batch.n, Bound::finite);
  f("stimulus.b0", stimulus.b0, batch.n, Bound::nonnegative);
  f("stimulus.b1", stimulus.b1, batch.n, Bound::nonnegative);
  f("gains.input_signal", gains.input_signal, gains.inputs, Bound::finite);
}

/// Calls f(field, view, cols, bound) for each array of the gains with n rows.
template <class T, class F>
void for_each_gain_array(const Circuits<T>& batch, const DynamicGains<T>& gains, F&& f) {
  f("gains.tau_b0", gains.tau_b0, 1, Bound::positive);
  f("gains.tau_b1", gains.tau_b1, 1, Bound::positive);
  f("gains.W_b0x", gains.W_b0x, gains.inputs, Bound::finite);
  f("gains.W_b1x", gains.W_b1x, gains.inputs, Bound::finite);
  f("gains.W_b0y", gains.W_b0y, batch.n, Bound::finite);
  f("gains.W_b0a", gains.W_b0a, batch.n, Bound::finite);
  f("gains.W_b1y", gains.W_b1y, batch.n, Bound::finite);
  f("gains.W_b1a", gains.W_b1a, batch.n, Bound::finite);
  f("gains.W_zx", gains.W_zx, gains.inputs, Bound::finite);
}

template <class T>
void require_signal_shape(const std::string& field, const Signal<T>& signal, std::int64_t items, int rows) {
  if (!signal.times && !signal.values) return;
  require(static_cast<int>(signal.kind) <= static_cast<int>(Interpolation::linear), field + ".kind",
          static_cast<double>(signal.kind), "one of the Interpolation values");
  if (!signal.times) throw InvalidArgument(field + ".times: no data; expected the knots of the values");
  const int knots = signal.times.rows;
  require(knots >= 1, field + ".times: rows", knots, "at least 1 knot");
  require_shape(field + ".times", signal.times, items, knots, 1, false, true);
  require_shape(field + ".values", signal.values, items, rows, knots, false, true);
}

void require_alone(bool first_given, bool second_given, std::string_view first, std::string_view second) {
  if (!first_given || !second_given) return;
  throw InvalidArgument(fmt::format("{} and {}: both given: expected one of them", first, second));
}

template <class T>
void require_gain_shapes(const Circuits<T>& batch, const DynamicGains<T>& gains) {
  require(gains.inputs >= 0, "gains.inputs", gains.inputs, "0 or more");
  for_each_gain_array(batch, gains, [&](std::string_view field, const BatchView<const T>& view, int cols, Bound bound) {
    if (view && cols == 0) {
      throw InvalidArgument(fmt::format("gains.inputs = 0: expected at least 1, as {} is given", field));
    }
    require_shape(field, view, batch.items, batch.n, cols, bound != Bound::positive, true);
  });
  const bool signal = gains.input_signal.times || gains.input_signal.values;
  require_alone(static_cast<bool>(gains.input), signal, "gains.input", "gains.input_signal");
  if (gains.inputs == 0 && (gains.input || signal)) {
    throw InvalidArgument("gains.inputs = 0: expected at least 1, as an input is given");
  }
  const bool optional = gains.inputs == 0 || signal;
  require_shape("gains.input", gains.input, batch.items, gains.inputs, 1, optional, true);
}

/// Without tau_b0 the gains are as given, and what else was given for dynamic ones would be ignored.
template <class T>
void require_no_gains(const Circuits<T>& batch, const DynamicGains<T>& gains) {
  const auto refuse = [](std::string_view field, bool given) {
    if (given) throw InvalidArgument(fmt::format("{}: given without gains.tau_b0: expected both", field));
  };
  for_each_gain_array(batch, gains, [&](std::string_view field, const BatchView<const T>& view, int, Bound) {
    refuse(field, static_cast<bool>(view));
  });
  refuse("gains.input", static_cast<bool>(gains.input));
  refuse("gains.input_signal", gains.input_signal.times || gains.input_signal.values);
}

/// Knots are finite and in order; only a linear signal may have two at one time.
template <class T>
void require_knots(std::string_view field, const Signal<T>& signal) {
  require_bound(fmt::format("{}.times", field), signal.times, Bound::finite);
  const BatchView<const T>& times = signal.times;
  const bool jumps = signal.kind == Interpolation::linear;
  const std::int64_t distinct = times.item_stride == 0 ? 1 : times.items;
  for (std::int64_t i = 0; i < distinct; ++i) {
    const T* t = times.item(i);
    for (int k = 1; k < times.rows; ++k) {
      if (t[k] > t[k - 1] || (jumps && t[k] == t[k - 1])) continue;
      throw InvalidArgument(fmt::format("circuit {}: {}.times[{}] = {}: expected a time {} {}, the knot before it", i,
                                        field, k, t[k], jumps ? ">=" : ">", t[k - 1]));
    }
  }
}

}  // namespace

template <class T>
void require_stimulus_shapes(const Circuits<T>& batch, const Stimulus<T>& stimulus, const DynamicGains<T>& gains) {
  const bool dynamic = static_cast<bool>(gains);
  if (dynamic) {
    require_gain_shapes(batch, gains);
  } else {
    require_no_gains(batch, gains);
  }
  for_each_signal(batch, stimulus, gains, [&](const char* field, const Signal<T>& signal, int rows, Bound) {
    require_signal_shape(field, signal, batch.items, rows);
  });
  require_alone(dynamic, static_cast<bool>(stimulus.b0), "gains.tau_b0", "stimulus.b0");
  require_alone(dynamic, static_cast<bool>(stimulus.b1), "gains.tau_b0", "stimulus.b1");
  require_alone(static_cast<bool>(gains.W_zx), static_cast<bool>(stimulus.z), "gains.W_zx", "stimulus.z");
}

template <class T>
void require_stimulus_values(const Circuits<T>& batch, const Stimulus<T>& stimulus, const DynamicGains<T>& gains) {
  if (batch.items == 0) return;
  for_each_signal(batch, stimulus, gains, [&](const char* field, const Signal<T>& signal, int, Bound bound) {
    if (!signal) return;
    require_knots(field, signal);
    require_bound(fmt::format("{}.values", field), signal.values, bound);
  });
  for_each_gain_array(batch, gains, [&](const char* field, const BatchView<const T>& view, int, Bound bound) {
    if (view) require_bound(field, view, bound);
  });
  require_finite("gains.input", gains.input);
}

template <class T>
void require_stimulus_place(const Executor& executor, const Stimulus<T>& stimulus, const DynamicGains<T>& gains,
                            bool device) {
  const Circuits<T> no_circuits;
  for_each_signal(no_circuits, stimulus, gains, [&](const std::string& field, const Signal<T>& signal, int, Bound) {
    require_place(executor, field + ".times", signal.times.data, device);
    require_place(executor, field + ".values", signal.values.data, device);
  });
  for_each_gain_array(no_circuits, gains, [&](const char* field, const BatchView<const T>& view, int, Bound) {
    require_place(executor, field, view.data, device);
  });
  require_place(executor, "gains.input", gains.input.data, device);
}

#define ORGANICS_INSTANTIATE(T)                                                                             \
  template void require_stimulus_shapes<T>(const Circuits<T>&, const Stimulus<T>&, const DynamicGains<T>&); \
  template void require_stimulus_values<T>(const Circuits<T>&, const Stimulus<T>&, const DynamicGains<T>&); \
  template void require_stimulus_place<T>(const Executor&, const Stimulus<T>&, const DynamicGains<T>&, bool)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
