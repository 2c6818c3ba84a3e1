// Circuits of a batch, one after another on one team, by an explicit method: what the kernels of integrate run.
//
// For circuits with constant parameters of which samples are all that is wanted (is_plain()). Where the weights lie is the
// caller's choice (core/weights.hpp), as is the order of circuits: `source` has
//   std::int64_t next();          // the next circuit, the same on every lane, after which all may write; -1: there is none
//   void leave(std::int64_t i);   // circuit i turned out stiff: it is not done. One lane calls this
// Team contract: as in core/team.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/march_lanes.hpp"
#include "organics/trajectory.hpp"

namespace organics {

/// What all teams share. Circuits are left where there is a watch (core::StiffnessWatch), and nowhere else.
template <class T>
struct ExplicitBatch {
  Circuits<T> circuits;
  MarchPlan<T> plan;
  core::Tableau<T> tableau;
  core::StiffnessWatch<T> watch = {};

  /// The weights are those of every circuit.
  ORGANICS_FN bool shares_weights() const { return circuits.Wr.item_stride == 0 && circuits.W.item_stride == 0; }
};

/// The explicit method of options.method, or that of `automatic`, with its watch.
template <class T>
ExplicitBatch<T> explicit_batch(const Circuits<T>& circuits, const MarchPlan<T>& plan,
                                const core::MethodTables<T>& tables) {
  return {circuits, plan, tables.tableau, {static_cast<T>(tables.stiff_from)}};
}

/// Scratch of one team, in numbers: terms of the weights, state, constants, and what a step needs.
template <class Weights, class T>
std::size_t march_batch_scratch(int n, const core::Tableau<T>& tableau) {
  const int vectors = 4 + tableau.stages + tableau.dense_stages + tableau.dense_degree;
  const int of_states = 2 * vectors * n;
  return static_cast<std::size_t>(of_states) + 2 * static_cast<std::size_t>(Weights::terms_for(n)) +
         static_cast<std::size_t>(core::constants_size(n));
}

/// The circuits of a batch for one team, as march_lanes() asks for them.
template <class T, class Team, class Model, class Source>
struct TeamQueue {
  const Team& team;
  const ExplicitBatch<T>& batch;
  Model& model;
  core::Tolerance<T>& tolerance;
  T* constants;
  Source& source;
  std::int64_t item = -1;
  bool holds_weights = false;
  const T* reached = nullptr;

  ORGANICS_FN bool take(int /*lane*/, core::LaneStart<T>& first) {
    item = source.next();
    if (item < 0) return false;
    const auto [start, end] = time_span(batch.plan, item);
    first = {start, end, core::samples_of(recording<T>(batch.plan, item, nullptr))};
    return true;
  }
  ORGANICS_FN void begin(bool fresh, T* x) {
    if (!fresh) return;
    model.circuit = circuit(batch.circuits, item);
    model.weights.hold(team, model.circuit, holds_weights && batch.shares_weights());
    holds_weights = true;
    core::lay_constants(team, model.circuit, constants);
    tolerance = organics::tolerance(batch.plan, item);
    core::load_start(team, model, batch.plan.inputs.x0.item_or_null(item), x);
  }
  ORGANICS_FN void reach(const T* x) { reached = x; }
  ORGANICS_FN void finish(int /*lane*/, const core::March<T>& march) {
    if (march.ended_by != core::handed_over) {
      write_march(team, batch.plan, item, march, reached);
    } else if (team.rank() == 0) {
      source.leave(item);
    }
  }
};

/// Marches circuits until the source has none left. numbers: march_batch_scratch<Weights>(), of which `weights` has the
/// first for its terms.
template <class T, class Team, class Weights, class Source>
ORGANICS_FN void march_batch(const Team& team, const ExplicitBatch<T>& batch, const Weights& weights, Source& source,
                             T* numbers) {
  using Model = core::MarchedCircuit<T, 0, Weights>;
  const core::Tableau<T>& tableau = batch.tableau;
  const int n = batch.circuits.n;
  T* x = numbers + 2 * Weights::terms_for(n);
  T* constants = x + batch.plan.m;
  Model model{circuit(batch.circuits, 0), weights};
  core::ExplicitStepper<T> stepper{tableau, batch.watch};
  core::Tolerance<T> tolerance = {batch.plan.options.rtol, batch.plan.options.atol};
  const auto work = core::march_work<T>(constants + core::constants_size(n), nullptr, batch.plan.m,
                                        tableau.stages + tableau.dense_stages, tableau.dense_degree);
  TeamQueue<T, Team, Model, Source> queue = {team, batch, model, tolerance, constants, source};
  core::march_lanes(team, model, stepper, batch.plan.options, tolerance, 1, x, work, queue);
}

}  // namespace organics
