// integrate_models: trajectories of a batch of models of your own, with everything that integrate() offers.
//
// A model is one functor in one header; OwnModel says what it has. The same march, methods, events and summaries run it
// as run a circuit (trajectory.hpp), here on host threads, on CUDA by own_model.cuh.
// Team contract: one lane (core::Solo) runs a model here; integrate_model() takes any team.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include "organics/parallel.hpp"
#include "organics/trajectory.hpp"

namespace organics {

/// A model over the scalar T: a small value, which may point into your arrays of parameters, with
///   int dimension() const;                     numbers in a state, m; the same for all models of a batch
///   template <class Team>
///   void rhs(const Team& team, T t, const T* x, T* dx) const;               dx = f(t, x)
/// and, each only where you want it, always const unless marked:
///   static constexpr bool autonomous = true;   f does not depend on t: Rosenbrock methods save an evaluation a step
///   void jacobian(team, t, x, J);              J[j m + i] = df_i / dx_j; without it: by differences
///   void time_derivative(team, t, x, out);     df / dt; without it: by a difference
///   T event(T t, const T* x);                  watched for a change of sign by an Event of EventKind::functor
///   T next_stop(T t);                          the first time after t at which f jumps: a step ends exactly there
///   void enter(T t);                           (not const) f is evaluated at t and later from now on; until then f goes
///                                              on as before the jump, at the time of the jump too
///   T settled_speed(int i, const T* x, T relative, T absolute);   speed up to which component i counts as settled;
///                                              without it: relative |x_i| + absolute, per unit of time
///   void rest(team, x);                        the state to start from where no x0 is given
/// Those with a team are templates on it, as rhs is. One lane runs a model in integrate_models(), so that plain loops
/// will do there; for wider teams every lane writes the rows that core::for_each_own gives it, and does not sync at the
/// end. A function with another name or other arguments is not found, and then counts as left out.
/// ORGANICS_FN in front of a function lets CUDA call it too. None of them may throw.
template <class Model, class T>
concept OwnModel = requires(const Model& model, const core::Solo& team, T t, const T* x, T* dx) {
  { model.dimension() } -> std::convertible_to<int>;
  model.rhs(team, t, x, dx);
};

/// The model that model_of(i) returns.
template <class MakeModel>
using model_type = std::remove_cvref_t<std::invoke_result_t<const MakeModel&, std::int64_t>>;

template <class Model, class T>
constexpr bool has_event = requires(const Model& model, T t, const T* x) { model.event(t, x); };

template <class Model, class T>
constexpr bool has_rest = requires(const Model& model, const core::Solo& team, T* x) { model.rest(team, x); };

/// Refuses what integrate_models() cannot do, with an InvalidArgument that names the field; returns m.
template <class T, class MakeModel>
int require_models(std::int64_t items, const MakeModel& model_of, const IntegrateInputs<T>& inputs,
                   const IntegrateOptions& options, const IntegrateResults<T>& results) {
  using Model = model_type<MakeModel>;
  constexpr bool watches = has_event<Model, T>;
  if (items < 0) throw InvalidArgument("items = " + std::to_string(items) + ": expected 0 or more");
  if (inputs.stimulus || inputs.gains) {
    throw InvalidArgument("stimulus, gains: expected none, as they belong to circuits; a model has its own");
  }
  if (items == 0) {  // there is no model to ask for its size: the options alone can be wrong
    require_march_arguments<T>(0, std::numeric_limits<int>::max(), {}, options, {}, watches);
    return 0;
  }
  const int m = model_of(std::int64_t{0}).dimension();
  for (std::int64_t i = 0; i < items; ++i) {
    const int dimension = model_of(i).dimension();
    if (dimension >= 1 && dimension == m) continue;
    throw InvalidArgument("circuit " + std::to_string(i) + ": dimension = " + std::to_string(dimension) +
                          ": expected " + (m < 1 ? "at least 1" : std::to_string(m) + ", that of circuit 0"));
  }
  require_march_arguments(items, m, inputs, options, results, watches);
  if (!has_rest<Model, T> && !inputs.x0) {
    throw InvalidArgument("x0: no data; expected the state at the start, as this model has no state at rest");
  }
  require_march_values(inputs, options);
  return m;
}

/// Integrates model_of(i) for i = 0 .. items - 1 over its time span: integrate() for models of your own, with the same
/// inputs (but `stimulus` and `gains`), options and results; its times are in whatever unit the model has.
/// model_of is called from several threads at once. A result depends on its model alone: the same bits in any batch and
/// at any number of threads.
/// Throws InvalidArgument before work starts.
template <class T, class MakeModel>
  requires OwnModel<model_type<MakeModel>, T>
void integrate_models(const Cpu& cpu, std::int64_t items, const MakeModel& model_of, const IntegrateInputs<T>& inputs,
                      const IntegrateOptions& options, const IntegrateResults<T>& results) {
  const int m = require_models(items, model_of, inputs, options, results);
  const int threads = useful_threads(thread_count(cpu), items);
  if (items == 0) return;
  constexpr bool autonomous = core::is_autonomous<model_type<MakeModel>>();
  const auto tables = core::method_tables<T>(options.method, options.rtol);
  const MarchPlan<T> plan = march_plan(m, inputs, options, results);
  const bool simple = is_simple(plan, tables);
  const std::size_t bins = core::dominant_frequency_size(plan.frequency_bins);
  const std::size_t numbers = static_cast<std::size_t>(m) + bins + core::march_scratch(m, tables, autonomous);
  WorkerScratch<T> scratch(threads, numbers, static_cast<std::size_t>(m));
  parallel_for(threads, items, 1, [&](int worker, std::int64_t i) {
    T* x = scratch.numbers(worker);
    T* fourier = x + m;
    const auto work =
        core::march_work(fourier + bins, scratch.integers(worker), m, tables.slots(autonomous), tables.degree());
    auto model = model_of(i);
    if (simple) {
      integrate_model<true>(core::Solo{}, model, plan, tables, i, x, fourier, work);
    } else {
      integrate_model<false>(core::Solo{}, model, plan, tables, i, x, fourier, work);
    }
  });
}

}  // namespace organics
