#include "validate_integrate.hpp"

#include <cmath>

#include "organics/trajectory.hpp"
#include "validate_stimulus.hpp"

namespace organics {

namespace {

/// Calls f(field, view, rows, cols) for every array of the inputs that is not the stimulus' or the gains'.
template <class T, class F>
void for_each_input(const IntegrateInputs<T>& in, int m, int events, F&& f) {
  f("x0", in.x0, m, 1);
  f("times", in.times, in.times.rows, 1);
  f("span", in.span, 2, 1);
  f("rtol", in.rtol, m, 1);
  f("atol", in.atol, m, 1);
  f("event_levels", in.event_levels, events, 1);
}

/// The same for every array of the results.
template <class T, class F>
void for_each_result(const IntegrateResults<T>& r, int m, int samples, int events, F&& f) {
  f("results.states", r.states, m, samples);
  f("results.status", r.status, 1, 1);
  f("results.accepted", r.accepted, 1, 1);
  f("results.rejected", r.rejected, 1, 1);
  f("results.time_reached", r.time_reached, 1, 1);
  f("results.final_state", r.final_state, m, 1);
  f("results.last_step", r.last_step, 1, 1);
  f("results.rhs_evaluations", r.rhs_evaluations, 1, 1);
  f("results.jacobian_evaluations", r.jacobian_evaluations, 1, 1);
  f("results.lu_factorisations", r.lu_factorisations, 1, 1);
  f("results.step_times", r.step_times, 1, r.step_times.cols);
  f("results.step_states", r.step_states, m, r.step_times ? r.step_times.cols : r.step_states.cols);
  f("results.steps_saved", r.steps_saved, 1, 1);
  f("results.ended_by", r.ended_by, 1, 1);
  f("results.event_counts", r.event_counts, events, 1);
  f("results.event_times", r.event_times, events, 1);
  f("results.summary.minimum", r.summary.minimum, m, 1);
  f("results.summary.maximum", r.summary.maximum, m, 1);
  f("results.summary.mean", r.summary.mean, m, 1);
  f("results.summary.peak_time", r.summary.peak_time, m, 1);
  f("results.summary.settling_time", r.summary.settling_time, 1, 1);
  f("results.summary.frequency", r.summary.frequency, 1, 1);
}

void require_seconds(std::string_view field, double value, std::string_view zero_means) {
  require(std::isfinite(value) && value >= 0, field, value,
          fmt::format("0 ({}) or a number of seconds > 0", zero_means));
}

void require_events(const IntegrateOptions& options, int m, bool has_levels, bool has_functor) {
  const auto count = static_cast<int>(options.events.size());
  for (int e = 0; e < count; ++e) {
    const Event& event = options.events[static_cast<std::size_t>(e)];
    const std::string field = fmt::format("events[{}]", e);
    require(static_cast<int>(event.kind) <= static_cast<int>(EventKind::functor), field + ".kind",
            static_cast<double>(event.kind), "one of the EventKind values");
    require(static_cast<int>(event.direction) <= static_cast<int>(Crossing::either), field + ".direction",
            static_cast<double>(event.direction), "one of the Crossing values");
    if (event.kind == EventKind::functor && !has_functor) {
      throw InvalidArgument(field + ".kind = functor: expected level or steady, as this model has no event function");
    }
    if (event.kind == EventKind::level) {
      require(event.component >= 0 && event.component < m, field + ".component", event.component,
              fmt::format("a component of the state, 0 to {}", m - 1));
    }
    if (event.kind != EventKind::functor && !has_levels) {
      throw InvalidArgument("event_levels: no data; expected a level for each event");
    }
  }
}

template <class T>
void require_summary(const IntegrateOptions& options, int m, const IntegrateSummary<T>& summary) {
  if (summary.peak_time && !summary.maximum) {
    throw InvalidArgument("results.summary.maximum: no data; expected memory for it, as peak_time is wanted");
  }
  if (!summary.frequency) return;
  require(options.frequency_component >= 0 && options.frequency_component < m, "frequency_component",
          options.frequency_component, fmt::format("a component of the state, 0 to {}", m - 1));
  require(options.frequency_bins >= 4 && options.frequency_bins <= 4096, "frequency_bins", options.frequency_bins,
          "4 to 4096");
}

template <class T>
void require_increasing(const BatchView<const T>& times) {
  const std::int64_t distinct = times.item_stride == 0 ? std::min<std::int64_t>(1, times.items) : times.items;
  for (std::int64_t i = 0; i < distinct; ++i) {
    for (int k = 1; k < times.rows; ++k) {
      if (times.item(i)[k] > times.item(i)[k - 1]) continue;
      throw InvalidArgument(fmt::format("circuit {}: times[{}] = {}: expected more than times[{}] = {}", i, k,
                                        times.item(i)[k], k - 1, times.item(i)[k - 1]));
    }
  }
}

/// The span of every circuit has an end after its start, and its samples lie within it.
template <class T>
void require_spans(const IntegrateInputs<T>& in) {
  const bool one = in.span.item_stride == 0 && (!in.times || in.times.item_stride == 0);
  const std::int64_t distinct = one ? std::min<std::int64_t>(1, in.span.items) : in.span.items;
  for (std::int64_t i = 0; i < distinct; ++i) {
    const T start = in.span.item(i)[0];
    const T end = in.span.item(i)[1];
    if (!(end >= start)) {
      throw InvalidArgument(
          fmt::format("circuit {}: span[1] = {}: expected an end no earlier than the start {}", i, end, start));
    }
    for (int k = 0; in.times && k < in.times.rows; ++k) {
      const T t = in.times.item(i)[k];
      if (t >= start && t <= end) continue;
      throw InvalidArgument(
          fmt::format("circuit {}: times[{}] = {}: expected a time within the span {} to {}", i, k, t, start, end));
    }
  }
}

template <class T>
void require_levels(const IntegrateOptions& options, const BatchView<const T>& levels) {
  if (!levels) return;
  const std::int64_t distinct = levels.item_stride == 0 ? std::min<std::int64_t>(1, levels.items) : levels.items;
  for (std::int64_t i = 0; i < distinct; ++i) {
    for (std::size_t e = 0; e < options.events.size(); ++e) {
      const T level = levels.item(i)[e];
      const EventKind kind = options.events[e].kind;
      const bool good = kind == EventKind::functor || (std::isfinite(level) && (kind == EventKind::level || level > 0));
      if (good) continue;
      throw InvalidArgument(fmt::format("circuit {}: event_levels[{}] = {}: expected a finite number{}", i, e, level,
                                        kind == EventKind::steady ? " > 0, the relative speed of a steady event" : ""));
    }
  }
}

}  // namespace

void validate(const IntegrateOptions& options) {
  require(static_cast<int>(options.method) < method_count, "method", static_cast<double>(options.method),
          "one of the Method values");
  require(static_cast<int>(options.norm) <= static_cast<int>(ErrorNorm::rms), "norm", static_cast<double>(options.norm),
          "one of the ErrorNorm values");
  require(static_cast<int>(options.control) <= static_cast<int>(StepControl::pid), "control",
          static_cast<double>(options.control), "one of the StepControl values");
  require_seconds("fixed_step", options.fixed_step, "adaptive");
  if (options.fixed_step == 0 && !has_error_estimate(options.method)) {
    throw InvalidArgument(fmt::format("fixed_step = 0: expected a step > 0, since method {} has no error estimate",
                                      name(options.method)));
  }
  require(std::isfinite(options.rtol) && options.rtol > 0, "rtol", options.rtol, "a number > 0");
  require(std::isfinite(options.atol) && options.atol >= 0, "atol", options.atol, "a number >= 0");
  require_seconds("initial_step", options.initial_step, "chosen");
  require_seconds("min_step", options.min_step, "none");
  require_seconds("max_step", options.max_step, "none");
  require(options.max_step == 0 || options.max_step >= options.min_step, "max_step", options.max_step,
          fmt::format("0 (none) or at least min_step = {}", options.min_step));
  require(options.max_steps >= 1 && options.max_steps <= 100000000, "max_steps", options.max_steps, "1 to 100000000");
  require(std::isfinite(options.state_bound) && options.state_bound >= 0, "state_bound", options.state_bound,
          "0 (the default) or a finite number > 0");
  require(options.events.size() <= max_events, "events: number", static_cast<double>(options.events.size()),
          fmt::format("at most {}", max_events));
  require(options.save_every >= 0, "save_every", options.save_every, "0 (none) or more");
  require(std::isfinite(options.settle_tolerance) && options.settle_tolerance > 0, "settle_tolerance",
          options.settle_tolerance, "a number > 0");
}

/// A number that is positive in double stays a positive finite one in T.
template <class T>
void require_range(const IntegrateOptions& o) {
  const std::pair<const char*, double> fields[] = {
      {"rtol", o.rtol},         {"fixed_step", o.fixed_step}, {"initial_step", o.initial_step},
      {"max_step", o.max_step}, {"min_step", o.min_step},     {"state_bound", o.state_bound}};
  for (const auto& [field, value] : fields) {
    const T narrow = static_cast<T>(value);
    require(value == 0 || (narrow > 0 && std::isfinite(narrow)), field, value, "a number within the range of float");
  }
}

template <class T>
void require_march_arguments(std::int64_t items, int m, const IntegrateInputs<T>& in, const IntegrateOptions& options,
                             const IntegrateResults<T>& results, bool has_functor) {
  validate(options);
  require_range<T>(options);
  const auto events = static_cast<int>(options.events.size());
  require_events(options, m, static_cast<bool>(in.event_levels) || items == 0, has_functor);
  require_summary(options, m, results.summary);
  if (!in.span) require(in.times.rows >= 1 || items == 0, "times: rows", in.times.rows, "at least 1 time, or a span");
  if (!in.span && !in.times && items > 0) throw InvalidArgument("times: no data; expected times or a span");
  for_each_input(in, m, events, [&](std::string_view field, const BatchView<const T>& view, int rows, int cols) {
    require_shape(field, view, items, rows, cols, true, true);
  });
  for_each_result(results, m, in.times ? in.times.rows : 0, events,
                  [&](std::string_view field, const auto& view, int rows, int cols) {
                    require_shape(field, view, items, rows, cols, true, false);
                  });
}

template <class T>
void require_march_values(const IntegrateInputs<T>& in, const IntegrateOptions& options) {
  for_each_input(in, 0, 0, [&](std::string_view field, const BatchView<const T>& view, int, int) {
    if (field != "event_levels") require_finite(field, view);
  });
  if (in.rtol) require_bound("rtol", in.rtol, Bound::positive);
  if (in.atol) require_bound("atol", in.atol, Bound::nonnegative);
  if (in.times) require_increasing(in.times);
  if (in.span) require_spans(in);
  require_levels(options, in.event_levels);
}

template <class T>
void require_integrate_arguments(const Executor& executor, const Circuits<T>& circuits,
                                 const IntegrateInputs<T>& inputs, const IntegrateOptions& options,
                                 const IntegrateResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  require_stimulus_shapes(circuits, inputs.stimulus, inputs.gains);
  const int m = state_size(circuits, inputs.gains);
  require_march_arguments(circuits.items, m, inputs, options, results, false);
  if (circuits.items == 0) return;
  const auto place = [&](std::string_view field, const auto& view, int, int) {
    require_place(executor, field, view.data, device);
  };
  for_each_input(inputs, m, 0, place);
  for_each_result(results, m, 0, 0, place);
  require_stimulus_place(executor, inputs.stimulus, inputs.gains, device);
  if (device) return;
  require_stimulus_values(circuits, inputs.stimulus, inputs.gains);
  require_march_values(inputs, options);
}

#define ORGANICS_INSTANTIATE(T)                                                                                   \
  template void require_march_arguments<T>(std::int64_t, int, const IntegrateInputs<T>&, const IntegrateOptions&, \
                                           const IntegrateResults<T>&, bool);                                     \
  template void require_march_values<T>(const IntegrateInputs<T>&, const IntegrateOptions&);                      \
  template void require_integrate_arguments<T>(const Executor&, const Circuits<T>&, const IntegrateInputs<T>&,    \
                                               const IntegrateOptions&, const IntegrateResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
