// Models of a batch of your own, one after another in one thread, by an explicit method that the compiler knows: what the
// kernel of own_model.cuh for small models runs.
//
// For models of one size, known to the compiler too, of which samples are all that is wanted (is_plain()): state, slopes
// and parameters are then registers of a device. The order of models is the caller's choice: `source` has
//   std::int64_t next();   // the next model; -1: there is none
#pragma once

#include <cstdint>
#include <type_traits>

#include "organics/core/constant_tableau.hpp"
#include "organics/core/march_lanes.hpp"
#include "organics/trajectory.hpp"

namespace organics {

/// What all threads share.
template <class T, class MakeModel>
struct ModelPlan {
  MakeModel model_of;
  MarchPlan<T> plan;
};

/// A model whose size the compiler knows: the largest that it can have.
template <class Model>
struct SizedModel : Model {
  ORGANICS_FN static constexpr int dimension() { return Model::max_dimension; }
};

/// Numbers of the state, the slopes and the interpolant of a step.
template <class T, Method method>
ORGANICS_FN constexpr int numbers_in_march(int m) {
  using Table = core::ConstantTableau<T, method>;
  return m * (4 + Table::stages + Table::dense_stages + Table::dense_degree);
}

/// Whether march_models() is for this model: explicit method, no more numbers than there are registers for.
template <Method method, class Model, class T>
constexpr bool is_marched_in_registers() {
  constexpr int registers = 160;
  constexpr int words = static_cast<int>(sizeof(T) / sizeof(float));
  if constexpr (core::explicit_tableau<T>(method).stages > 0 && std::is_copy_assignable_v<Model> &&
                !std::is_final_v<Model>) {
    return words * numbers_in_march<T, method>(Model::max_dimension) <= registers;
  } else {
    return false;
  }
}

/// The models of a batch for one thread, as march_lanes() asks for them.
template <class T, class MakeModel, class Model, class Source>
struct ModelQueue {
  const ModelPlan<T, MakeModel>& batch;
  SizedModel<Model>& model;
  core::Tolerance<T>& tolerance;
  const Source& source;
  std::int64_t item = -1;
  T state[Model::max_dimension] = {};  ///< at the start, then at the end

  ORGANICS_FN bool take(int /*lane*/, core::LaneStart<T>& first) {
    const std::int64_t next = source.next();
    if (next < 0) return false;
    item = next;
    static_cast<Model&>(model) = batch.model_of(item);
    tolerance = organics::tolerance(batch.plan, item);
    const auto [start, end] = time_span(batch.plan, item);
    core::enter(model, start);
    core::load_start(core::Solo{}, model, batch.plan.inputs.x0.item_or_null(item), state);
    first = {start, end, core::samples_of(recording<T>(batch.plan, item, nullptr))};
    return true;
  }
  ORGANICS_FN void begin(bool fresh, T* x) const {
    for (int k = 0; k < Model::max_dimension; ++k) x[k] = core::select(fresh, state[k], x[k]);
  }
  ORGANICS_FN void reach(const T* x) {
    for (int k = 0; k < Model::max_dimension; ++k) state[k] = x[k];
  }
  ORGANICS_FN void finish(int /*lane*/, const core::March<T>& march) const {
    write_march(core::Solo{}, batch.plan, item, march, state, Model::max_dimension);
  }
};

/// Marches models until the source has none left. `equal`: the steps have equal size, options.fixed_step > 0, or have not.
/// plan.m is max_dimension.
template <Method method, bool equal, class T, class MakeModel, class Source>
ORGANICS_FN void march_models(const ModelPlan<T, MakeModel>& batch, const Source& source) {
  using Model = std::remove_cvref_t<std::invoke_result_t<const MakeModel&, std::int64_t>>;
  using Table = core::ConstantTableau<T, method>;
  using Stepper = std::conditional_t<equal, core::EqualStepper<T, Table>, core::ExplicitStepper<T, Table>>;
  constexpr int m = Model::max_dimension;
  T x[m] = {};
  T scratch[numbers_in_march<T, method>(m)];
  SizedModel<Model> model{batch.model_of(0)};
  core::Tolerance<T> tolerance = {batch.plan.options.rtol, batch.plan.options.atol};
  const Table tableau;
  Stepper stepper{tableau};
  const auto work = core::march_work<T>(scratch, nullptr, m, Table::stages + Table::dense_stages, Table::dense_degree);
  ModelQueue<T, MakeModel, Model, Source> queue = {batch, model, tolerance, source};
  core::march_lanes(core::Solo{}, model, stepper, batch.plan.options, tolerance, 1, x, work, queue);
}

}  // namespace organics
