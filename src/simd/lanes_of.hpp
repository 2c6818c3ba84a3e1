// The text that is compiled for each instruction set: the core over packs of one width.
//
// Whatever is compiled here must not be linked into code for a lesser machine. Templates over a pack whose tag lives in
// an unnamed namespace have internal linkage, so these objects export their table and nothing else
// (tests/check_simd_objects.py).
#pragma once

#include <cstring>
#include <type_traits>

#include "organics/core/bundle.hpp"
#include "organics/core/circuit_storage.hpp"
#include "organics/core/constant_tableau.hpp"
#include "organics/core/eigenvalues.hpp"
#include "organics/core/march_lanes.hpp"
#include "organics/core/mixed_verdict.hpp"
#include "organics/core/narrow_pack.hpp"
#include "organics/core/pack.hpp"
#include "organics/core/uniform_verdict.hpp"
#include "organics/core/wide_sums.hpp"
#include "simd/lanes.hpp"

namespace organics::simd {

/// Where packs begin in scratch, which may lie anywhere and has room for one more than is needed.
template <class P>
P* first_pack(void* scratch) {
  const std::size_t past = reinterpret_cast<std::uintptr_t>(scratch) % alignof(P);
  return reinterpret_cast<P*>(static_cast<char*>(scratch) + (alignof(P) - past));
}

/// Scales the numbers of drawn circuits to their norms.
template <class P, class T>
void scale_drawn(const Task<T>& task, P* storage, P* scratch) {
  core::scale_to_norms(core::Solo{}, task.n, task.recurrent, P(task.Wr_norm), P(task.z_norm), storage, scratch);
}

/// Those of a bundle pack by pack, to the bits that they have in a pack.
template <class P, class T>
void scale_drawn(const Task<T>& task, core::Bundle<P, 2>* storage, core::Bundle<P, 2>* scratch) {
  const int begin = 5 * task.n;  // z, then Wr
  const int end = 6 * task.n + task.n * task.n;
  P* part = reinterpret_cast<P*>(scratch);
  for (int g = 0; g < 2; ++g) {
    for (int k = begin; k < end; ++k) part[k] = storage[k].part[g];
    scale_drawn(task, part, part + end);
    for (int k = begin; k < end; ++k) storage[k].part[g] = part[k];
  }
}

/// The circuits of a pack in `storage`, out of the numbers of each.
template <class P, class T>
core::CircuitModel<P> laid_circuits(const Task<T>& task, const T* numbers, P* storage, P* scratch) {
  std::memcpy(static_cast<void*>(storage), numbers, sizeof(P) * core::circuit_storage_size(task.n));
  if (task.drawn) scale_drawn(task, storage, scratch);
  return {core::stored_circuit<P>(storage, task.n, task.model)};
}

/// Takes what circuits cost, and the steady states if they are wanted, out of their lanes. Returns `settled` as bits.
template <class P, class T>
std::uint32_t hand_out(const core::MaskOf<P>& settled, const P* x, int n, const core::CostOf<core::IndexOf<P>>& cost,
                       T* states, core::Cost* costs) {
  for (int lane = 0; lane < P::lanes; ++lane) {
    costs[lane] = {cost.rhs[lane], cost.jacobians[lane], cost.lu[lane]};
    for (int i = 0; states != nullptr && i < 2 * n; ++i) states[2 * n * lane + i] = x[i][lane];
  }
  return static_cast<std::uint32_t>(lane_bits(settled));
}

template <class P>
constexpr std::size_t pack_scratch(int n) {
  return sizeof(P) * (1 + core::circuit_storage_size(n) + core::uniform_scratch(n) + 2 * static_cast<std::size_t>(n));
}

template <class P, class T>
std::uint32_t settle_and_prove_pack(const Task<T>& task, const T* numbers, void* scratch, T* states,
                                    core::Cost* costs) {
  const int n = task.n;
  P* storage = first_pack<P>(scratch);
  P* free = storage + core::circuit_storage_size(n);
  auto* integers = reinterpret_cast<core::IndexOf<P>*>(free + core::uniform_scratch(n));
  const core::CircuitModel<P> model = laid_circuits(task, numbers, storage, free);
  const core::UniformWork<P> work = core::uniform_work(free, integers, n);
  core::CostOf<core::IndexOf<P>> cost;
  const auto settled = core::settle_and_prove(core::Solo{}, model, task.fixed_point_steps, task.newton_steps,
                                              P(task.tolerance), work, cost);
  return hand_out(settled, work.x, n, cost, states, costs);
}

/// Bundles for settle_and_prove_mixed, or before it for scale_drawn.
constexpr std::size_t mixed_wide_numbers(int n) {
  const auto size = static_cast<std::size_t>(n);
  const std::size_t to_scale = (6 * size + size * size + core::largest_singular_value_scratch(n)) / 2 + 1;
  const std::size_t wide = core::mixed_wide_scratch(n);
  return to_scale > wide ? to_scale : wide;
}

template <class P>
constexpr std::size_t mixed_pack_scratch(int n) {
  return sizeof(P) * (1 + core::circuit_storage_size(n) + mixed_wide_numbers(n)) +
         sizeof(core::NarrowOf<P>) * (core::mixed_narrow_scratch(n) + 2 * static_cast<std::size_t>(n));
}

template <class P, class T>
std::uint32_t settle_and_prove_mixed_pack(const Task<T>& task, const T* numbers, void* scratch, T* states,
                                          core::Cost* costs) {
  using S = core::NarrowOf<P>;
  const int n = task.n;
  P* storage = first_pack<P>(scratch);
  P* wide = storage + core::circuit_storage_size(n);
  S* narrow = reinterpret_cast<S*>(wide + mixed_wide_numbers(n));
  auto* integers = reinterpret_cast<core::IndexOf<S>*>(narrow + core::mixed_narrow_scratch(n));
  const core::CircuitModel<P> model = laid_circuits(task, numbers, storage, wide);
  const core::MixedWork<P> work = core::mixed_work(wide, narrow, integers, n);
  core::CostOf<core::IndexOf<P>> cost;
  const auto settled = core::settle_and_prove_mixed(core::Solo{}, model, task.fixed_point_steps, task.newton_steps,
                                                    P(task.tolerance), work, cost);
  return hand_out(settled, work.x, n, cost, states, costs);
}

template <class P, class T>
std::uint32_t planar_eigenvalues_pack(const T* matrices, T* eigenvalues) {
  P entries[4];
  for (int lane = 0; lane < P::lanes; ++lane) {
    for (int k = 0; k < 4; ++k) entries[k].set(lane, matrices[4 * lane + k]);
  }
  typename P::Mask ordinary;
  const auto pair = core::detail::ordinary_eigenvalues_2x2(entries[0], entries[2], entries[1], entries[3], ordinary);
  const auto ascending = pair.re1 < pair.re2;
  // of a real pair both imaginary parts are 0
  const P sorted[] = {select(ascending, pair.re1, pair.re2), pair.im2, select(ascending, pair.re2, pair.re1), pair.im1};
  std::uint32_t bits = 0;
  for (int lane = 0; lane < P::lanes; ++lane) {
    bits |= (ordinary[lane] ? 1U : 0U) << lane;
    for (int k = 0; k < 4; ++k) eigenvalues[4 * lane + k] = sorted[k][lane];
  }
  return bits;
}

/// One neuron leaves so little to do at a time that three packs side by side are fastest.
template <class P>
using PlanarPack = core::Bundle<P, 3>;
/// Both matrices of all circuits of a pack, as long as they are read from the nearest cache, and from the second.
inline constexpr std::size_t near_cache_bytes = 40 * 1024;
inline constexpr std::size_t second_cache_bytes = 768 * 1024;

template <class P>
constexpr std::size_t matrix_bytes(int n) {
  return 2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(n) * sizeof(P);
}

/// f(a P) for the scalar by which circuits of n neurons are marched fastest, as measured (docs/decisions/0017): packs, of
/// half the width (Half, where it is another type than P) if whole ones leave the nearest cache, and at last one circuit by
/// itself, where three packs of its components fill more of the time than circuits side by side that share the cache.
template <class P, class Half, class F>
auto with_march_scalar(int n, F&& f) {
  if (n == 1) return f(std::type_identity<PlanarPack<P>>{});
  if constexpr (std::is_same_v<P, Half>) {
    if (matrix_bytes<P>(n) <= second_cache_bytes) return f(std::type_identity<P>{});
  } else {
    if (matrix_bytes<P>(n) <= near_cache_bytes) return f(std::type_identity<P>{});
    if (n < 3 * P::lanes) return f(std::type_identity<Half>{});
  }
  return f(std::type_identity<core::Alone<P>>{});
}

template <class P, class Half>
int march_lanes_pack(int n) {
  if (n > core::most_alone) return 0;
  return with_march_scalar<P, Half>(n, []<class Q>(std::type_identity<Q>) { return Q::lanes; });
}

/// What lanes read and write beside the scratch of their steps. `laid`: what a queue lays, of each circuit; its first
/// 2n numbers of state are where ended states are looked for, too.
template <class P>
struct LanesMemory {
  P* laid;
  P* laid_x;
  P* rtol;
  P* atol;
  P* constants;
  P* x;
  P* free;
};

/// Where a matrix may begin.
template <class P>
inline constexpr std::size_t matrix_alignment = alignof(P);
template <class P>
inline constexpr std::size_t matrix_alignment<core::Alone<P>> = alignof(P);

/// Numbers of a circuit as a queue lays it: six vectors and two matrices.
template <class P>
std::size_t laid_numbers(int n) {
  return 6 * static_cast<std::size_t>(n) + 2 * core::Panels<P>::numbers(n);
}

template <class P, class T>
LanesMemory<P> lanes_memory(const MarchTask<T>& task, void* scratch) {
  const std::size_t n = static_cast<std::size_t>(task.n);
  const std::size_t past = (reinterpret_cast<std::uintptr_t>(scratch) + 6 * n * sizeof(P)) % matrix_alignment<P>;
  const std::ptrdiff_t m = 2 * static_cast<std::ptrdiff_t>(task.n);
  LanesMemory<P> memory = {};
  memory.laid = reinterpret_cast<P*>(static_cast<char*>(scratch) + (matrix_alignment<P> - past));
  memory.laid_x = memory.laid + laid_numbers<P>(task.n);
  memory.rtol = memory.laid_x + m;
  memory.atol = memory.rtol + (task.rtol_each ? m : 0);
  memory.constants = memory.laid_x + 3 * m;
  memory.x = memory.constants + core::constants_size(task.n);
  memory.free = memory.x + m;
  return memory;
}

template <class P>
std::size_t march_bytes(int n, const core::Tableau<core::NumberOf<P>>& tableau) {
  const int vectors = 3 + tableau.stages + tableau.dense_stages + tableau.dense_degree;
  const std::size_t numbers = laid_numbers<P>(n) + 8 * static_cast<std::size_t>(n) +
                              static_cast<std::size_t>(core::constants_size(n)) +
                              static_cast<std::size_t>(vectors * 2 * n);
  return matrix_alignment<P> + sizeof(P) * numbers;
}

template <class P, class Half, class T>
std::size_t march_scratch_pack(int n, const core::MethodTables<T>& tables) {
  return with_march_scalar<P, Half>(n,
                                    [&]<class Q>(std::type_identity<Q>) { return march_bytes<Q>(n, tables.tableau); });
}

/// The circuits that lanes march: their matrices lie in panels.
template <class P, int neurons>
using LanesCircuit = core::MarchedCircuit<P, neurons, core::WeightsInPlace<core::MatrixLayout::panels>>;

template <class P, int neurons, class T>
LanesCircuit<P, neurons> laid_circuit(const LanesMemory<P>& memory, const MarchTask<T>& task) {
  core::Circuit<P> circuit = core::stored_circuit<P>(memory.laid, task.n, task.model);
  circuit.W = circuit.Wr + core::Panels<P>::numbers(task.n);
  return {circuit};
}

template <class P, class Half, class T>
T* lay_matrix(const T* M, int n, T* to) {
  return with_march_scalar<P, Half>(n, [&]<class Q>(std::type_identity<Q>) {
    core::Panels<Q>::for_each(n, [&](std::ptrdiff_t place, int i, int j) {
      to[place * Q::lanes] = M[static_cast<std::ptrdiff_t>(j) * n + i];
    });
    return to + core::Panels<Q>::numbers(n) * Q::lanes;
  });
}

/// The queue of a task, as march_lanes() asks for it. What it lays is kept apart from what steps touch, which the
/// compiler then knows nobody else to see.
template <class P, class T, int neurons>
struct TaskQueue {
  const MarchTask<T>& task;
  const LanesMemory<P>& memory;
  LanesCircuit<P, neurons>& model;
  P* constants;

  bool take(int lane, core::LaneStart<T>& start) {
    return task.take(task.queue, lane, reinterpret_cast<T*>(memory.laid) + lane, start);
  }
  void begin(core::MaskOf<P> fresh, P* x) {
    for (int k = 0; k < model.dimension(); ++k) x[k] = select(fresh, memory.laid_x[k], x[k]);
    core::lay_constants(core::Solo{}, model.circuit, constants);
  }
  void reach(const P* x) {
    for (int k = 0; k < model.dimension(); ++k) memory.laid_x[k] = x[k];
  }
  void finish(int lane, const core::March<T>& march) {
    task.finish(task.queue, lane, reinterpret_cast<const T*>(memory.laid_x) + lane, march);
  }
};

template <class P, int neurons, class T, class Table>
void march_with(const MarchTask<T>& task, const LanesMemory<P>& memory, const Table& tableau, P* constants, P* x,
                P* free) {
  const int m = 2 * (neurons > 0 ? neurons : task.n);
  std::memset(static_cast<void*>(memory.laid), 0, static_cast<std::size_t>(memory.free - memory.laid) * sizeof(P));
  const core::Tolerance<P> tolerance = {P(task.options.rtol), P(task.options.atol),
                                        task.rtol_each ? memory.rtol : nullptr, task.atol_each ? memory.atol : nullptr};
  auto model = laid_circuit<P, neurons>(memory, task);
  core::ExplicitStepper<P, Table> stepper{tableau, {static_cast<T>(task.tables.stiff_from)}};
  const auto work = core::march_work<P>(free, nullptr, m, tableau.stages + tableau.dense_stages, tableau.dense_degree);
  TaskQueue<P, T, neurons> queue{task, memory, model, constants};
  core::march_lanes(core::Solo{}, model, stepper, task.options, tolerance, task.most, x, work, queue);
}

template <class P, class T, class Table>
[[gnu::flatten]] void march_planar(const MarchTask<T>& task, const Table& tableau, void* scratch) {
  using Planar = PlanarPack<P>;
  const auto memory = lanes_memory<Planar>(task, scratch);
  Planar constants[core::constants_size(1)];
  Planar x[2] = {Planar(0), Planar(0)};
  Planar free[core::largest_march_scratch(2, false)];
  march_with<Planar, 1>(task, memory, tableau, constants, x, free);
}

template <class P, class T>
void march_any(const MarchTask<T>& task, void* scratch) {
  const auto memory = lanes_memory<P>(task, scratch);
  march_with<P, 0>(task, memory, task.tables.tableau, memory.constants, memory.x, memory.free);
}

template <class P, class T>
void march_planar_by_method(const MarchTask<T>& task, void* scratch) {
  switch (task.method) {
    case Method::dormand_prince54:
      return march_planar<P>(task, core::ConstantTableau<T, Method::dormand_prince54>{}, scratch);
    case Method::tsitouras54:
      return march_planar<P>(task, core::ConstantTableau<T, Method::tsitouras54>{}, scratch);
    case Method::verner65:
      return march_planar<P>(task, core::ConstantTableau<T, Method::verner65>{}, scratch);
    case Method::rk4:
      return march_planar<P>(task, core::ConstantTableau<T, Method::rk4>{}, scratch);
    default:
      return march_planar<P>(task, task.tables.tableau, scratch);
  }
}

template <class P, class Half, class T>
void march_pack(const MarchTask<T>& task, void* scratch) {
  with_march_scalar<P, Half>(task.n, [&]<class Q>(std::type_identity<Q>) {
    if constexpr (std::is_same_v<Q, PlanarPack<P>>) {
      march_planar_by_method<P>(task, scratch);
    } else {
      march_any<Q>(task, scratch);
    }
  });
}

/// Two packs of doubles beside each pack of floats.
template <class P>
constexpr VerdictLanes<double> mixed_lanes = {2 * P::lanes, mixed_pack_scratch<core::Bundle<P, 2>>,
                                              settle_and_prove_mixed_pack<core::Bundle<P, 2>, double>};

template <class P, class T>
constexpr const VerdictLanes<T>* mixed_lanes_of() {
  if constexpr (std::is_same_v<T, double>) {
    return &mixed_lanes<P>;
  } else {
    return nullptr;
  }
}

template <class P, class T, class Half = P>
constexpr Lanes<T> lanes_of() {
  static_assert(P::lanes <= most_lanes);
  return {{P::lanes, pack_scratch<P>, settle_and_prove_pack<P, T>},
          mixed_lanes_of<P, T>(),
          planar_eigenvalues_pack<P, T>,
          march_lanes_pack<P, Half>,
          lay_matrix<P, Half, T>,
          march_scratch_pack<P, Half, T>,
          march_pack<P, Half, T>};
}

}  // namespace organics::simd
