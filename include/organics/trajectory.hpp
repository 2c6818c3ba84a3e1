// One trajectory of a batch: from the options and views of integrate() to a march, for any model on any team.
//
// This is what every executor runs per circuit, and what a kernel of your own may call (own_model.hpp). A MarchPlan is a
// POD that all circuits of a batch share; integrate_model() marches one of them and writes its results.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/recorder.hpp"
#include "organics/integrate.hpp"

namespace organics {

/// Options and views of one call of integrate(), as the core takes them.
template <class T>
struct MarchPlan {
  core::MarchOptions<T> options;
  int m = 0;  ///< size of a state
  IntegrateInputs<T> inputs;
  IntegrateResults<T> results;
  int event_count = 0;
  int save_every = 0;
  T settle_tolerance = T(0);
  int frequency_component = 0;
  int frequency_bins = 0;
  Event events[max_events] = {};
};

template <class T>
MarchPlan<T> march_plan(int m, const IntegrateInputs<T>& inputs, const IntegrateOptions& o,
                        const IntegrateResults<T>& results) {
  MarchPlan<T> plan;
  plan.options = {static_cast<T>(o.rtol),
                  static_cast<T>(o.atol),
                  static_cast<T>(o.fixed_step),
                  static_cast<T>(o.initial_step),
                  static_cast<T>(o.min_step),
                  static_cast<T>(o.max_step),
                  o.state_bound > 0 ? static_cast<T>(o.state_bound) : core::default_state_bound<T>(),
                  o.max_steps,
                  o.control,
                  o.norm};
  plan.m = m;
  plan.inputs = inputs;
  plan.results = results;
  plan.save_every = o.save_every;
  plan.settle_tolerance = static_cast<T>(o.settle_tolerance);
  plan.frequency_component = o.frequency_component;
  plan.frequency_bins = results.summary.frequency ? o.frequency_bins : 0;
  for (const Event& event : o.events) {
    if (plan.event_count < max_events) plan.events[plan.event_count++] = event;  // more are refused
  }
  return plan;
}

/// Refuses options and shapes that do not fit `items` models of m components, with an InvalidArgument that names the
/// field, the value and what was expected. `has_functor`: the model has an event function.
template <class T>
void require_march_arguments(std::int64_t items, int m, const IntegrateInputs<T>& inputs,
                             const IntegrateOptions& options, const IntegrateResults<T>& results, bool has_functor);

/// The same for values of arrays in host memory, of good shapes.
template <class T>
void require_march_values(const IntegrateInputs<T>& inputs, const IntegrateOptions& options);

/// True when samples are all that is recorded along the way: the simpler recorder will do.
template <class T>
bool only_samples(const MarchPlan<T>& plan) {
  const IntegrateSummary<T>& s = plan.results.summary;
  const IntegrateResults<T>& r = plan.results;
  return plan.event_count == 0 && plan.save_every == 0 && !r.step_times && !r.step_states && !r.steps_saved &&
         !s.minimum && !s.maximum && !s.mean && !s.peak_time && !s.settling_time && !s.frequency;
}

/// True when parameters are constant and samples all that is wanted.
template <class T>
bool is_plain(const MarchPlan<T>& plan) {
  return only_samples(plan) && !plan.inputs.stimulus && !plan.inputs.gains;
}

/// True when, beside that, the method is explicit: then the simpler model, stepper and recorder do the same work.
template <class T>
bool is_simple(const MarchPlan<T>& plan, const core::MethodTables<T>& tables) {
  return is_plain(plan) && !tables.solves();
}

/// What is wanted of circuit i, and where it goes. `fourier`: scratch of core::dominant_frequency_size(
/// plan.frequency_bins) numbers, null where there are no bins.
template <class T>
ORGANICS_FN core::Recording<T> recording(const MarchPlan<T>& plan, std::int64_t i, T* fourier) {
  const IntegrateResults<T>& r = plan.results;
  core::Recording<T> wanted;
  wanted.times = plan.inputs.times.item_or_null(i);
  wanted.samples = plan.inputs.times ? plan.inputs.times.rows : 0;
  wanted.states = r.states.item_or_null(i);
  wanted.save_every = plan.save_every;
  wanted.capacity = r.step_times ? r.step_times.cols : r.step_states ? r.step_states.cols : 0;
  wanted.step_times = r.step_times.item_or_null(i);
  wanted.step_states = r.step_states.item_or_null(i);
  wanted.steps_saved = r.steps_saved.item_or_null(i);
  wanted.events = plan.events;
  wanted.event_count = plan.event_count;
  wanted.levels = plan.inputs.event_levels.item_or_null(i);
  wanted.event_counts = r.event_counts.item_or_null(i);
  wanted.event_times = r.event_times.item_or_null(i);
  wanted.minimum = r.summary.minimum.item_or_null(i);
  wanted.maximum = r.summary.maximum.item_or_null(i);
  wanted.mean = r.summary.mean.item_or_null(i);
  wanted.peak_time = r.summary.peak_time.item_or_null(i);
  wanted.settling_time = r.summary.settling_time.item_or_null(i);
  wanted.settle_tolerance = plan.settle_tolerance;
  wanted.frequency = r.summary.frequency.item_or_null(i);
  wanted.frequency_component = plan.frequency_component;
  wanted.frequency_bins = plan.frequency_bins;
  wanted.fourier = fourier;
  return wanted;
}

/// Tolerances of circuit i.
template <class T>
ORGANICS_FN core::Tolerance<T> tolerance(const MarchPlan<T>& plan, std::int64_t i) {
  return {plan.options.rtol, plan.options.atol, plan.inputs.rtol.item_or_null(i), plan.inputs.atol.item_or_null(i)};
}

/// How the march of circuit i ended. m: plan.m, as a caller may know it better.
template <class T, class Team>
ORGANICS_FN void write_march(const Team& team, const MarchPlan<T>& plan, std::int64_t i, const core::March<T>& march,
                             const T* x, int m) {
  const IntegrateResults<T>& r = plan.results;
  if (r.final_state) {
    T* final_state = r.final_state.item(i);
    core::for_each_own(team, m, [&](int k) { final_state[k] = x[k]; });
  }
  if (team.rank() != 0) return;
  if (r.status) *r.status.item(i) = march.status;
  if (r.accepted) *r.accepted.item(i) = march.accepted;
  if (r.rejected) *r.rejected.item(i) = march.rejected;
  if (r.time_reached) *r.time_reached.item(i) = march.t;
  if (r.last_step) *r.last_step.item(i) = march.last_step;
  if (r.rhs_evaluations) *r.rhs_evaluations.item(i) = march.cost.rhs;
  if (r.jacobian_evaluations) *r.jacobian_evaluations.item(i) = march.cost.jacobians;
  if (r.lu_factorisations) *r.lu_factorisations.item(i) = march.cost.lu;
  if (r.ended_by) *r.ended_by.item(i) = march.ended_by;
}

template <class T, class Team>
ORGANICS_FN void write_march(const Team& team, const MarchPlan<T>& plan, std::int64_t i, const core::March<T>& march,
                             const T* x) {
  write_march(team, plan, i, march, x, plan.m);
}

/// When circuit i starts and ends.
template <class T>
struct TimeSpan {
  T start;
  T end;
};

template <class T>
ORGANICS_FN TimeSpan<T> time_span(const MarchPlan<T>& plan, std::int64_t i) {
  const IntegrateInputs<T>& in = plan.inputs;
  if (const T* span = in.span.item_or_null(i)) return {span[0], span[1]};
  const T* times = in.times.item(i);
  return {times[0], times[in.times.rows - 1]};
}

/// Marches circuit i of the plan from its start, with x (m numbers) and `work` as the team's scratch.
template <class T, class Team, class Model, class Stepper, class Recorder>
ORGANICS_FN core::March<T> march_item(const Team& team, Model& model, Stepper& stepper, Recorder& recorder,
                                      const MarchPlan<T>& plan, std::int64_t i, T* x, const core::MarchWork<T>& work) {
  const auto [start, end] = time_span(plan, i);
  core::enter(model, start);
  core::load_start(team, model, plan.inputs.x0.item_or_null(i), x);
  return core::march_over(team, model, stepper, plan.options, tolerance(plan, i), recorder, x, start, end, work);
}

/// Marches the model of circuit i and writes its results. `simple`: as is_simple() says; the same bits with less to do.
/// x: m numbers; fourier: as in recording().
template <bool simple, class T, class Team, class Model>
ORGANICS_FN void integrate_model(const Team& team, Model& model, const MarchPlan<T>& plan,
                                 const core::MethodTables<T>& tables, std::int64_t i, T* x, T* fourier,
                                 const core::MarchWork<T>& work) {
  if constexpr (simple) {
    core::ExplicitStepper<T> stepper{tables.tableau};
    core::Sampler<T> sampler = core::sampler_of(recording<T>(plan, i, nullptr));
    write_march(team, plan, i, march_item(team, model, stepper, sampler, plan, i, x, work), x);
  } else {
    core::SwitchingStepper<T> stepper(tables);
    core::Recorder<T> recorder(recording<T>(plan, i, fourier), tolerance(plan, i));
    write_march(team, plan, i, march_item(team, model, stepper, recorder, plan, i, x, work), x);
  }
}

}  // namespace organics
