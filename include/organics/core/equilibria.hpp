// Every equilibrium that many starts reach, which of them are stable, and how many starts lie in whose basin.
//
// In two parts, so that starts can run side by side: run_start() sends one start to an equilibrium by Newton, whatever
// its stability, and follows the flow from the same start; collect_equilibria() then goes through the ends of all
// starts in their order, merges those that are the same, and judges each. What is known exactly (n = 1: all roots; Wr = I: the
// closed form) is in the list before any start is looked at.
//
// Two ends are the same when every component differs by no more than sqrt(residual tolerance), relative to the weights
// of the flow (state_weight): near a fold the residual grows with the square of the distance, so that two states closer
// than this cannot be told apart by their residuals. An end goes to the nearest equilibrium that is that near.
// Team contract: as in team.hpp; what is returned is the same on every lane.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/certificate.hpp"
#include "organics/core/planar.hpp"
#include "organics/core/starts.hpp"
#include "organics/core/steady_state.hpp"

namespace organics::core {

template <class T>
struct EquilibriaOptions {
  SettleOptions<T> settle;  ///< newton_steps: from each start
  std::uint64_t seed;
  int starts;
  int room;  ///< equilibria that are kept
};

/// The ends of the starts of one circuit, one after the other.
template <class T>
struct StartEnds {
  T* states;  ///< 4n a start: where Newton ended, then where the flow did
  int* ends;  ///< 2 a start: whether Newton converged, and the Status of the flow
};

ORGANICS_FN constexpr std::size_t start_numbers(int n) { return 4 * static_cast<std::size_t>(n); }
inline constexpr std::size_t start_integers = 2;

/// Newton from a start (visible, kept) into work.x: as it is and, where that fails, with its y solved for. At n = 9 the
/// former converges from 1 to 11 of 100 starts, the latter from 33 to 100; but it knows only y = 0 where u = 0.
template <class T, class Team>
ORGANICS_FN bool newton_from(const Team& team, const CircuitModel<T>& model, const SettleOptions<T>& options,
                             const T* start, const SettleWork<T>& work) {
  Cost cost;  // counted by Newton, reported nowhere
  bool converged = false;
  for (int attempt = 0; attempt < 2 && !converged; ++attempt) {
    for_each_own(team, model.dimension(), [&](int i) { work.x[i] = start[i]; });
    team.sync();
    if (attempt == 1 && !solve_potentials(team, model.circuit, work.x, newton_work(work))) break;
    converged = newton(team, model, work.x, options.newton_steps, options.tolerance, newton_work(work), cost);
    team.sync();
  }
  return converged;
}

/// Newton and the flow from start k; writes 4n numbers and 2 integers. Newton's end is meaningless where it failed.
template <class T, class Team>
ORGANICS_FN void run_start(const Team& team, const CircuitModel<T>& model, const EquilibriaOptions<T>& options,
                           std::int64_t k, const SettleWork<T>& work, T* states, int* ends) {
  const int m = model.dimension();
  const SettleOptions<T>& settle = options.settle;
  T* start = work.vectors[2];
  write_start(team, model, options.seed, k, settle.fixed_point_steps, start, newton_work(work));
  const bool converged = newton_from(team, model, settle, start, work);
  for_each_own(team, m, [&](int i) { states[i] = work.x[i]; });
  team.sync();
  const Settled<T> settled = settle_by_flow(team, model, settle, {}, work);
  for_each_own(team, m, [&](int i) { states[m + i] = work.x[i]; });
  if (team.rank() == 0) {
    // what overflows on its way ran away; at the start it is the circuit that is not finite
    const bool overflowed = settled.status == Status::non_finite && settled.steps > 0;
    ends[0] = converged ? 1 : 0;
    ends[1] = static_cast<int>(overflowed ? Status::diverged : settled.status);
  }
  team.sync();
}

/// The equilibria kept for one circuit, in the order in which they were found; carve it out with equilibria_list().
template <class T>
struct EquilibriaList {
  T* states;  ///< m a piece
  T* residual;
  T* abscissa;
  T* error;
  T* frequency;
  int* verdict;
  int* unstable;  ///< eigenvalues; -1 where the spectrum is not known
  int* type;
  int* newton;  ///< starts from which Newton ended here
  int* basin;   ///< starts from which the flow ended here
  int* order;   ///< order[r]: the place in this list of what is written as number r
};

ORGANICS_FN constexpr std::size_t equilibria_list_numbers(int n, int room) {
  return static_cast<std::size_t>(room) * (2 * static_cast<std::size_t>(n) + 4);
}
ORGANICS_FN constexpr std::size_t equilibria_list_integers(int room) { return 6 * static_cast<std::size_t>(room); }

template <class T>
ORGANICS_FN EquilibriaList<T> equilibria_list(T* numbers, int* integers, int n, int room) {
  T* after = numbers + static_cast<std::ptrdiff_t>(room) * 2 * n;
  return {numbers,
          after,
          after + room,
          after + 2 * room,
          after + 3 * room,
          integers,
          integers + room,
          integers + 2 * room,
          integers + 3 * room,
          integers + 4 * room,
          integers + 5 * room};
}

/// What the search found in one circuit.
struct EquilibriaFound {
  Status status = Status::ok;  ///< non_finite, or no_room: more was found than is kept
  int count = 0;               ///< kept
  int from_rest = -1;          ///< place in the list of the equilibrium at which the flow from rest ended
  int diverged = 0;            ///< starts from which the flow runs away
  int unsettled = 0;           ///< starts from which it neither runs away nor ends at an equilibrium
};

/// Largest difference of two states relative to their weights.
template <class T>
ORGANICS_FN T state_distance(const Circuit<T>& p, const T* x, const T* other) {
  T largest = T(0);
  for (int i = 0; i < 2 * p.n; ++i) {
    const T weight = max(state_weight(p, i, x[i]), state_weight(p, i, other[i]));
    largest = max_or_nan(largest, absolute(x[i] - other[i]) / weight);
  }
  return largest;
}

/// States nearer than this are one.
template <class T>
ORGANICS_FN T merge_distance(T tolerance) {
  return std::sqrt(tolerance);
}

/// The nearest of `count` equilibria if it is near enough to be x, else -1.
template <class T>
ORGANICS_FN int nearest_equilibrium(const Circuit<T>& p, const EquilibriaList<T>& list, int count, const T* x,
                                    T tolerance) {
  T smallest = merge_distance(tolerance);
  int place = -1;
  for (int k = 0; k < count; ++k) {
    const T distance = state_distance(p, x, list.states + static_cast<std::ptrdiff_t>(k) * 2 * p.n);
    const bool nearer = place < 0 ? distance <= smallest : distance < smallest;
    place = nearer ? k : place;
    smallest = select(nearer, distance, smallest);
  }
  return place;
}

/// Type of the equilibrium in work.x; none unless n = 1.
template <class T>
ORGANICS_FN EquilibriumType type_at(const CircuitModel<T>& model, const T* x) {
  return model.circuit.n == 1 ? judge_planar(model, x[0], x[1]).type : EquilibriumType::none;
}

/// Appends the equilibrium in work.x (visible) with its spectrum; says where. -1 where there is no room.
template <class T, class Team>
ORGANICS_FN int append_equilibrium(const Team& team, const CircuitModel<T>& model, int room,
                                   const EquilibriaList<T>& list, const SettleWork<T>& work, EquilibriaFound& found) {
  if (found.count == room) {
    found.status = Status::no_room;
    return -1;
  }
  const int m = model.dimension();
  const int place = found.count++;
  const T residual = absolute_residual(team, model, work);
  const Spectrum<T> s = spectrum(team, model, work.x, spectrum_work(work));
  const bool known = s.status == Status::ok;
  for_each_own(team, m, [&](int i) { list.states[static_cast<std::ptrdiff_t>(place) * m + i] = work.x[i]; });
  if (team.rank() == 0) {
    list.residual[place] = residual;
    list.abscissa[place] = select(known, s.abscissa, not_a_number<T>());
    list.error[place] = select(known, s.error, not_a_number<T>());
    list.frequency[place] = select(known, s.frequency, not_a_number<T>());
    list.verdict[place] = static_cast<int>(s.verdict);
    list.unstable[place] = known ? count_unstable(work.re, m, s.error) : -1;
    list.type[place] = static_cast<int>(type_at(model, work.x));
    list.newton[place] = 0;
    list.basin[place] = 0;
  }
  team.sync();
  return place;
}

/// The equilibria that need no start.
template <class T, class Team>
ORGANICS_FN void append_exact(const Team& team, const CircuitModel<T>& model, const EquilibriaOptions<T>& options,
                              const EquilibriaList<T>& list, const SettleWork<T>& work, EquilibriaFound& found) {
  const Circuit<T>& p = model.circuit;
  if (p.n == 1) {
    const PlanarEquilibria<T> planar = planar_equilibria(p);
    if (planar.status != Status::ok) found.status = planar.status;
    for (int k = 0; k < planar.count; ++k) {
      if (team.rank() == 0) {
        work.x[0] = planar.at[k].y;
        work.x[1] = planar.at[k].a;
      }
      team.sync();
      append_equilibrium(team, model, options.room, list, work, found);
    }
  } else if (recurrence_is_identity(p)) {
    closed_form_equilibrium(team, p, work.x);
    const T tolerance = options.settle.tolerance;
    if (relative_residual(team, model, work.x, tolerance, newton_work(work)) <= tolerance) {
      append_equilibrium(team, model, options.room, list, work, found);
    }
  }
}

/// The place in the list of the end x of a start, appended if it is new; -1 where there is no room.
template <class T, class Team>
ORGANICS_FN int place_of(const Team& team, const CircuitModel<T>& model, const EquilibriaOptions<T>& options,
                         const T* x, const EquilibriaList<T>& list, const SettleWork<T>& work, EquilibriaFound& found) {
  const int known = nearest_equilibrium(model.circuit, list, found.count, x, options.settle.tolerance);
  if (known >= 0) return known;
  for_each_own(team, model.dimension(), [&](int i) { work.x[i] = x[i]; });
  team.sync();
  return append_equilibrium(team, model, options.room, list, work, found);
}

/// Whether equilibrium `a` of the list stands before `b`: fewer unstable eigenvalues first (those not known last),
/// marginal after stable, then by the first component in which they differ by more than rounding can.
template <class T>
ORGANICS_FN bool stands_before(const Circuit<T>& p, const EquilibriaList<T>& list, int a, int b, T tolerance) {
  const auto rank = [&](int k) {
    const bool marginal = list.verdict[k] == static_cast<int>(Verdict::marginal);
    return list.unstable[k] < 0 ? 4 * p.n + 1 : 2 * list.unstable[k] + (marginal ? 1 : 0);
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  const T* x = list.states + static_cast<std::ptrdiff_t>(a) * 2 * p.n;
  const T* other = list.states + static_cast<std::ptrdiff_t>(b) * 2 * p.n;
  for (int i = 0; i < 2 * p.n; ++i) {
    const T weight = max(state_weight(p, i, x[i]), state_weight(p, i, other[i]));
    if (absolute(x[i] - other[i]) > merge_distance(tolerance) * weight) return x[i] < other[i];
  }
  return false;
}

/// Fills list.order (insertion sort by one lane: there are few).
template <class T, class Team>
ORGANICS_FN void sort_equilibria(const Team& team, const Circuit<T>& p, const EquilibriaList<T>& list, int count,
                                 T tolerance) {
  if (team.rank() == 0) {
    for (int k = 0; k < count; ++k) {
      int r = k;
      for (; r > 0 && stands_before(p, list, k, list.order[r - 1], tolerance); --r) list.order[r] = list.order[r - 1];
      list.order[r] = k;
    }
  }
  team.sync();
}

/// Goes through the ends of all starts. Fills the list and says what was found.
template <class T, class Team>
ORGANICS_FN EquilibriaFound collect_equilibria(const Team& team, const CircuitModel<T>& model,
                                               const EquilibriaOptions<T>& options, const StartEnds<T>& starts,
                                               const EquilibriaList<T>& list, const SettleWork<T>& work) {
  const int m = model.dimension();
  EquilibriaFound found;
  if (static_cast<Status>(starts.ends[1]) == Status::non_finite) {
    found.status = Status::non_finite;  // at rest, already
    found.unsettled = options.starts;
    return found;
  }
  append_exact(team, model, options, list, work, found);
  for (int k = 0; k < options.starts; ++k) {
    const T* states = starts.states + static_cast<std::ptrdiff_t>(k) * 2 * m;
    const int* ends = starts.ends + static_cast<std::ptrdiff_t>(k) * 2;
    if (ends[0] != 0) {
      const int place = place_of(team, model, options, states, list, work, found);
      if (place >= 0 && team.rank() == 0) list.newton[place] += 1;
    }
    const auto flow = static_cast<Status>(ends[1]);
    if (flow == Status::ok || flow == Status::no_stable_steady_state) {
      const int place = place_of(team, model, options, states + m, list, work, found);
      if (place >= 0 && team.rank() == 0) list.basin[place] += 1;
      if (k == 0) found.from_rest = place;
    } else {
      (flow == Status::diverged ? found.diverged : found.unsettled) += 1;
    }
  }
  team.sync();
  sort_equilibria(team, model.circuit, list, found.count, options.settle.tolerance);
  return found;
}

/// Where the equilibria of one circuit go; null: not wanted. `room` entries each, unless said otherwise.
template <class T>
struct EquilibriaOutput {
  T* states;  ///< m x room
  T* residual;
  T* abscissa;
  T* error;
  T* frequency;
  Verdict* verdict;
  std::int32_t* unstable;
  EquilibriumType* type;
  std::int32_t* newton;
  std::int32_t* basin;
  std::int32_t* count;      ///< 1
  std::int32_t* from_rest;  ///< 1
  std::int32_t* diverged;   ///< 1
  std::int32_t* unsettled;  ///< 1
  Status* status;           ///< 1
};

/// Writes entry r of a result, which is `value` of the list's entry where there is one and `none` beyond the last.
template <class Out, class Value>
ORGANICS_FN void write_entry(Out* out, int r, bool there, Value&& value, Out none) {
  if (out != nullptr) out[r] = there ? static_cast<Out>(value()) : none;
}

template <class T, class Team>
ORGANICS_FN void write_equilibria(const Team& team, const CircuitModel<T>& model, const EquilibriaFound& found,
                                  const EquilibriaList<T>& list, int room, const EquilibriaOutput<T>& out) {
  const int m = model.dimension();
  const T nan = not_a_number<T>();
  for_each_own(team, room, [&](int r) {
    const bool there = r < found.count;
    const int k = there ? list.order[r] : 0;
    for (int i = 0; i < m && out.states != nullptr; ++i) {
      const T* state = list.states + static_cast<std::ptrdiff_t>(k) * m;
      out.states[static_cast<std::ptrdiff_t>(r) * m + i] = there ? state[i] : nan;
    }
    write_entry(
        out.residual, r, there, [&] { return list.residual[k]; }, nan);
    write_entry(
        out.abscissa, r, there, [&] { return list.abscissa[k]; }, nan);
    write_entry(
        out.error, r, there, [&] { return list.error[k]; }, nan);
    write_entry(
        out.frequency, r, there, [&] { return list.frequency[k]; }, nan);
    write_entry(
        out.verdict, r, there, [&] { return list.verdict[k]; }, Verdict::none);
    write_entry(
        out.unstable, r, there, [&] { return list.unstable[k]; }, std::int32_t{-1});
    write_entry(
        out.type, r, there, [&] { return list.type[k]; }, EquilibriumType::none);
    write_entry(
        out.newton, r, there, [&] { return list.newton[k]; }, std::int32_t{0});
    write_entry(
        out.basin, r, there, [&] { return list.basin[k]; }, std::int32_t{0});
  });
  if (team.rank() == 0) {
    int from_rest = -1;
    for (int r = 0; r < found.count; ++r) from_rest = list.order[r] == found.from_rest ? r : from_rest;
    if (out.count != nullptr) *out.count = found.count;
    if (out.from_rest != nullptr) *out.from_rest = from_rest;
    if (out.diverged != nullptr) *out.diverged = found.diverged;
    if (out.unsettled != nullptr) *out.unsettled = found.unsettled;
    if (out.status != nullptr) *out.status = found.status;
  }
  team.sync();
}

}  // namespace organics::core
