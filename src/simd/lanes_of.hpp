// The text that is compiled for each instruction set: the core over packs of one width.
//
// Whatever is compiled here must not be linked into code for a lesser machine. Templates over a pack whose tag lives in
// an unnamed namespace have internal linkage, so these objects export their table and nothing else
// (tests/check_simd_objects.py).
#pragma once

#include <cstring>

#include "organics/core/circuit_storage.hpp"
#include "organics/core/eigenvalues.hpp"
#include "organics/core/pack.hpp"
#include "organics/core/uniform_verdict.hpp"
#include "simd/lanes.hpp"

namespace organics::simd {

template <class P>
constexpr std::size_t pack_scratch(int n) {
  return sizeof(P) * (1 + core::circuit_storage_size(n) + core::uniform_scratch(n) + 2 * static_cast<std::size_t>(n));
}

template <class P, class T>
std::uint32_t settle_and_prove_pack(const Task<T>& task, const T* numbers, void* scratch, T* states,
                                    core::Cost* costs) {
  const int n = task.n;
  const core::Solo team;
  // scratch has room for one pack more than is needed, as it may lie anywhere
  const std::size_t past = reinterpret_cast<std::uintptr_t>(scratch) % sizeof(P);
  P* storage = reinterpret_cast<P*>(static_cast<char*>(scratch) + (sizeof(P) - past));
  P* free = storage + core::circuit_storage_size(n);
  auto* integers = reinterpret_cast<typename P::Index*>(free + core::uniform_scratch(n));
  std::memcpy(storage, numbers, sizeof(P) * core::circuit_storage_size(n));
  if (task.drawn) core::scale_to_norms(team, n, task.recurrent, P(task.Wr_norm), P(task.z_norm), storage, free);
  const core::CircuitModel<P> model{core::stored_circuit<P>(storage, n, task.model)};
  const core::UniformWork<P> work = core::uniform_work(free, integers, n);
  core::CostOf<typename P::Index> cost;
  const auto settled =
      core::settle_and_prove(team, model, task.fixed_point_steps, task.newton_steps, P(task.tolerance), work, cost);
  std::uint32_t bits = 0;
  for (int lane = 0; lane < P::lanes; ++lane) {
    bits |= (settled[lane] ? 1U : 0U) << lane;
    costs[lane] = {cost.rhs[lane], cost.jacobians[lane], cost.lu[lane]};
    for (int i = 0; states != nullptr && i < 2 * n; ++i) states[2 * n * lane + i] = work.x[i][lane];
  }
  return bits;
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

template <class P, class T>
constexpr Lanes<T> lanes_of() {
  static_assert(P::lanes <= most_lanes);
  return {P::lanes, pack_scratch<P>, settle_and_prove_pack<P, T>, planar_eigenvalues_pack<P, T>};
}

}  // namespace organics::simd
