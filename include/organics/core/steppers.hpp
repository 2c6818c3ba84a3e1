// Steppers: how a march takes one step. One for explicit methods alone, one for Rosenbrock methods and for the choice
// between the two as a circuit turns out stiff.
//
// A stepper attempts a step (x_new and a magnitude of the error per component), builds the interpolant of the step just
// taken, and knows whether the slope at its end is there already. It holds references to its tables, which all circuits
// share, and its own small state for one circuit. Team contract: as in team.hpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/explicit_methods.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/rosenbrock.hpp"

namespace organics::core {

/// Scratch of a march, carved out of numbers and integers by march_work().
template <class T>
struct MarchWork {
  T* k;         ///< slots x m: slopes or stages of the step; the first m are f(t, x)
  T* stage;     ///< m
  T* x_new;     ///< m
  T* error;     ///< m
  T* q;         ///< degree x m: interpolant
  T* matrix;    ///< m x m (steppers that solve)
  int* pivots;  ///< m (steppers that solve)
};

/// Absolute and relative tolerance of every component; null pointers: the same for all.
template <class T>
struct Tolerance {
  T rtol;
  T atol;
  const T* rtol_each = nullptr;
  const T* atol_each = nullptr;

  ORGANICS_FN T absolute_part(int i) const { return atol_each == nullptr ? atol : atol_each[i]; }
  ORGANICS_FN T scale(int i, T size) const {
    return absolute_part(i) + (rtol_each == nullptr ? rtol : rtol_each[i]) * size;
  }
};

/// The tables of a method, as every circuit of a batch shares them.
template <class T>
struct MethodTables {
  Tableau<T> tableau;
  RosenbrockTableau<T> rosenbrock;
  bool starts_implicit = false;
  bool may_change = false;  ///< `automatic`: explicit until stiff, and back
  double stiff_from = 0;    ///< then: h |lambda| from which explicit steps count as bounded by stability

  ORGANICS_FN constexpr int slots(bool autonomous) const {
    const int explicit_slots = tableau.stages + tableau.dense_stages;
    const int implicit_slots = rosenbrock.stages == 0 ? 0 : 2 + rosenbrock.stages + (autonomous ? 0 : 1);
    return explicit_slots > implicit_slots ? explicit_slots : implicit_slots;
  }
  ORGANICS_FN constexpr int degree() const {
    return tableau.dense_degree > rosenbrock.dense_degree ? tableau.dense_degree : rosenbrock.dense_degree;
  }
  bool solves() const { return rosenbrock.stages > 0; }
};

/// The explicit method of `automatic`: the cheapest for the relative tolerance, as measured (docs/methods.md).
ORGANICS_FN constexpr Method explicit_choice(double rtol) {
  return rtol > 1e-5 ? Method::tsitouras54 : Method::verner65;
}

/// rtol: what `automatic` chooses its explicit method for.
template <class T>
ORGANICS_FN constexpr MethodTables<T> method_tables(Method method, double rtol = 1e-4) {
  MethodTables<T> tables;
  const bool choose = method == Method::automatic;
  const Method explicit_one = choose ? explicit_choice(rtol) : method;
  tables.tableau = explicit_tableau<T>(explicit_one);
  tables.rosenbrock = rosenbrock_tableau<T>(choose ? Method::rodas43 : method);
  tables.starts_implicit = is_rosenbrock(method);
  tables.may_change = choose;
  // below the stability boundary on the negative axis, 3.51 and 4.85, where steps bounded by it were seen to stay: those of
  // verner65 go up and down the further
  tables.stiff_from = !choose ? 0 : explicit_one == Method::tsitouras54 ? 3 : 3.4;
  return tables;
}

/// Numbers of scratch that a march of m components with these tables needs.
template <class T>
std::size_t march_scratch(int m, const MethodTables<T>& tables, bool autonomous) {
  const std::size_t vectors =
      3 + static_cast<std::size_t>(tables.slots(autonomous)) + static_cast<std::size_t>(tables.degree());
  const auto components = static_cast<std::size_t>(m);
  return components * vectors + (tables.solves() ? components * components : 0);
}

/// The largest march_scratch of m components, as a constant: any method (`solves`: the steppers that solve, too).
constexpr std::size_t largest_march_scratch(int m, bool solves) {
  const auto components = static_cast<std::size_t>(m);
  return components * (max_stages + 3 + max_dense_degree) + (solves ? components * components : 0);
}

template <class T>
ORGANICS_FN MarchWork<T> march_work(T* numbers, int* integers, int m, int slots, int degree) {
  MarchWork<T> work;
  work.k = numbers;
  work.stage = work.k + static_cast<std::ptrdiff_t>(slots) * m;
  work.x_new = work.stage + m;
  work.error = work.x_new + m;
  work.q = work.error + m;
  work.matrix = work.q + static_cast<std::ptrdiff_t>(degree) * m;
  work.pivots = integers;
  return work;
}

/// Explicit steps that are kept short by stability alone, as Hairer and Wanner (1996, IV.2) propose to find them: the last
/// two slopes of a step belong to the same time, so |k_last - k_before| / |x_new - g_before| (Euclidean, g_before the
/// argument of k_before) estimates the dominant eigenvalue. Where h times it stays near the stability boundary for ten
/// steps, the circuit is stiff, and a change of method is worth it if enough explicit steps lie ahead to pay for it.
template <class T>
struct StiffnessWatch {
  NumberOf<T> stiff_from = NumberOf<T>(0);  ///< h |lambda|; 0: nothing is watched

  ORGANICS_FN bool on() const { return stiff_from > NumberOf<T>(0); }

  /// Notes an accepted step of h of those named, with `remaining` seconds to the end. Where the method should change.
  ORGANICS_FN MaskOf<T> sees(MaskOf<T> which, T h, T remaining, int stages, int m, const MarchWork<T>& work,
                             IndexOf<T>& evidence) const {
    // a Rosenbrock step costs as much as about 3 + m / 9 explicit ones, and the change takes a dozen to pay
    const MaskOf<T> watched = which && remaining >= T(40 + m) * h;
    if (!any(watched)) return watched;
    const T* last = work.k + static_cast<std::ptrdiff_t>(stages - 1) * m;
    const T* before = last - m;
    const T slopes = squared_distance(last, before, m);
    const T states = squared_distance(work.x_new, work.stage, m);
    const T limit = T(stiff_from);
    const MaskOf<T> at_boundary = states > T(0) && h * h * slopes > limit * limit * states;
    count(evidence, watched && at_boundary);
    count(evidence, watched && !at_boundary && evidence >= IndexOf<T>(1), -1);
    return watched && evidence >= IndexOf<T>(10);
  }
};

/// Explicit Runge-Kutta methods, for numbers and for packs. Table: Tableau or ConstantTableau, of numbers.
template <class T, class Table = Tableau<NumberOf<T>>>
struct ExplicitStepper {
  const Table& tableau;
  StiffnessWatch<T> watch = {};

  ORGANICS_FN int order() const { return tableau.order; }
  ORGANICS_FN int embedded_order() const { return tableau.embedded_order; }
  ORGANICS_FN int degree() const { return tableau.dense_degree; }

  /// A step of h from x, of every lane and charged to those `going`; false where there is none.
  template <class Team, class Model>
  ORGANICS_FN MaskOf<T> attempt(const Team& team, const Model& model, T t, const T* x, T h, bool with_error,
                                MaskOf<T> going, const MarchWork<T>& work, CostOf<IndexOf<T>>& cost) {
    rk_step(team, model, tableau, t, x, h, work.k, work.stage, work.x_new);
    count(cost.rhs, going, tableau.stages - 1);
    if (with_error) rk_error(team, tableau, work.k, h, model.dimension(), work.error);
    return MaskOf<T>(true);
  }

  /// f(t + h, x_new) where the step computed it, else null.
  ORGANICS_FN const T* end_slope(int m, const MarchWork<T>& work) const {
    return tableau.first_same_as_last ? work.k + static_cast<std::ptrdiff_t>(tableau.stages - 1) * m : nullptr;
  }

  /// The interpolant of the step just taken; it is charged to those that `wanted` it.
  template <class Team, class Model>
  ORGANICS_FN void interpolate(const Team& team, const Model& model, T t, const T* x, T h, MaskOf<T> wanted,
                               const MarchWork<T>& work, CostOf<IndexOf<T>>& cost) const {
    rk_interpolate(team, model, tableau, t, x, h, work.k, work.stage, work.q);
    count(cost.rhs, wanted, tableau.dense_stages);
  }

  /// After an accepted step of those named, with `remaining` seconds to the end: those that another method should go on
  /// with. work.stage and work.x_new are as attempt() left them.
  ORGANICS_FN MaskOf<T> learn(MaskOf<T> which, T h, T remaining, int m, const MarchWork<T>& work,
                              IndexOf<T>& evidence) const {
    if (!watch.on()) return MaskOf<T>(false);
    return watch.sees(which, h, remaining, tableau.stages, m, work, evidence);
  }

  /// Of those, when nothing else is asked about that step: the ones whose march is to be made by another stepper.
  ORGANICS_FN static MaskOf<T> change(MaskOf<T> ripe, IndexOf<T>& /*evidence*/) { return ripe; }
};

/// Explicit steps are watched for stiffness; in Rosenbrock steps the norm of J tells when explicit steps of the same size
/// would be stable again.
template <class T>
struct SwitchingStepper {
  const MethodTables<T>& tables;
  bool implicit;
  T jacobian_norm = T(0);

  ORGANICS_FN explicit SwitchingStepper(const MethodTables<T>& all) : tables(all), implicit(all.starts_implicit) {}

  ORGANICS_FN int order() const { return implicit ? tables.rosenbrock.order : tables.tableau.order; }
  ORGANICS_FN int embedded_order() const {
    return implicit ? tables.rosenbrock.embedded_order : tables.tableau.embedded_order;
  }
  ORGANICS_FN int degree() const { return implicit ? tables.rosenbrock.dense_degree : tables.tableau.dense_degree; }
  ORGANICS_FN ExplicitStepper<T> explicit_stepper() const { return {tables.tableau}; }
  ORGANICS_FN RosenbrockWork<T> rosenbrock_work(int m, const MarchWork<T>& work) const {
    T* u = work.k + m;
    T* f = u + static_cast<std::ptrdiff_t>(tables.rosenbrock.stages) * m;
    return {work.matrix, work.pivots, u, f, work.stage, f + m};
  }

  /// Outlined: a march holds it once or twice, and kernels that only settle call rosenbrock_step in place.
  template <class Team, class Model>
  ORGANICS_OUTLINED_FN bool attempt(const Team& team, const Model& model, T t, const T* x, T h, bool with_error,
                                    bool going, const MarchWork<T>& work, Cost& cost) {
    if (!implicit) return explicit_stepper().attempt(team, model, t, x, h, with_error, going, work, cost);
    return rosenbrock_step(team, model, tables.rosenbrock, t, x, work.k, h, work.x_new, work.error,
                           tables.may_change ? &jacobian_norm : nullptr, rosenbrock_work(model.dimension(), work),
                           cost);
  }

  ORGANICS_FN const T* end_slope(int m, const MarchWork<T>& work) const {
    if (!implicit) return explicit_stepper().end_slope(m, work);
    return tables.rosenbrock.last_stage_at_end ? rosenbrock_work(m, work).f : nullptr;
  }

  template <class Team, class Model>
  ORGANICS_FN void interpolate(const Team& team, const Model& model, T t, const T* x, T h, bool wanted,
                               const MarchWork<T>& work, Cost& cost) const {
    if (!implicit) {
      explicit_stepper().interpolate(team, model, t, x, h, wanted, work, cost);
    } else {
      const int m = model.dimension();
      rosenbrock_interpolate(team, tables.rosenbrock, rosenbrock_work(m, work).u, m, work.q);
    }
  }

  ORGANICS_FN bool learn(bool which, T h, T remaining, int m, const MarchWork<T>& work, int& evidence) const {
    if (!tables.may_change) return false;
    if (!implicit) {
      const StiffnessWatch<T> watch = {static_cast<T>(tables.stiff_from)};
      return watch.sees(which, h, remaining, tables.tableau.stages, m, work, evidence);
    }
    evidence = h * jacobian_norm < T(2) ? evidence + 1 : max(evidence - 1, 0);
    return evidence >= 3;
  }

  ORGANICS_FN bool change(bool ripe, int& evidence) {
    if (ripe) {
      implicit = !implicit;
      evidence = 0;
    }
    return false;
  }
};

}  // namespace organics::core
