// Verdicts on several circuits at once, and their trajectories, in the lanes of the vector registers of the machine that runs this.
//
// The same text is compiled once for each instruction set (lanes_*.cpp), and lanes() picks one when the program runs.
#pragma once

#include <cstddef>
#include <cstdint>

#include "organics/core/derivatives.hpp"
#include "organics/core/ensemble.hpp"
#include "organics/core/march_lanes.hpp"
#include "organics/executor.hpp"

namespace organics::simd {

/// What the circuits of one pack have in common.
template <class T>
struct Task {
  int n;
  ModelKind model;
  bool drawn;                  ///< the numbers are as draw_numbers drew them, yet to be scaled to these norms:
  RecurrentWeights recurrent;  ///< as in the ensemble, like the next two
  T Wr_norm;
  T z_norm;
  int fixed_point_steps;
  int newton_steps;
  T tolerance;
};

/// Circuits to march side by side, all by the explicit method of `tables`, and the way to them: each lane is given its
/// circuits by take() and asks for the next one when finish() has been told how the last one ended. Where the tables may
/// change the method, a march may end handed over (core::handed_over).
template <class T>
struct MarchTask {
  int n;
  ModelKind model;
  Method method;  ///< the explicit one
  const core::MarchOptions<T>& options;
  const core::MethodTables<T>& tables;
  bool rtol_each;  ///< components have relative tolerances of their own
  bool atol_each;
  int most;  ///< lanes to use
  void* queue;
  /// Lays number k of the next circuit at numbers[k lanes]: its storage (core/circuit_storage.hpp) with its matrices as
  /// Lanes::lay_matrix lays them, its state, and its tolerances, relative before absolute, where they are given. False:
  /// there is none left.
  bool (*take)(void* queue, int lane, T* numbers, core::LaneStart<T>& start);
  /// Number k of the state it ended in is x[k lanes].
  void (*finish)(void* queue, int lane, const T* x, const core::March<T>& march);
};

inline constexpr int most_lanes = 16;

/// How circuits are judged together, `count` at a time.
template <class T>
struct VerdictLanes {
  int count;
  /// Bytes of scratch for circuits of n neurons.
  std::size_t (*scratch)(int n);
  /// Settles circuits and proves them stable: core/uniform_verdict.hpp. Number k of circuit l's storage
  /// (core/circuit_storage.hpp) is numbers[k count + l]. Bit l of the result: circuit l is settled, and proven stable;
  /// its steady state is then at states + 2 n l (unless null), and costs[l] is what it cost.
  std::uint32_t (*settle_and_prove)(const Task<T>& task, const T* numbers, void* scratch, T* states, core::Cost* costs);
};

/// What circuits do together.
template <class T>
struct Lanes : VerdictLanes<T> {
  /// Twice as many verdicts, with the bulk of the work in float (core/mixed_verdict.hpp). Of float there is none: null.
  const VerdictLanes<T>* mixed;
  /// Eigenvalues of 2 x 2 matrices, one after another by columns: real and imaginary part of the first, then of the second,
  /// in ascending order. Bit l of the result: matrix l was ordinary; the numbers of another are not to be used.
  std::uint32_t (*planar_eigenvalues)(const T* matrices, T* eigenvalues);
  /// Circuits of n neurons that are marched at a time; 0: they are marched faster one by one.
  int (*march_lanes)(int n);
  /// Lays an n x n matrix (column-major) of a circuit to march, where the first of its numbers belongs. Where the next
  /// matrix, or what follows them, begins.
  T* (*lay_matrix)(const T* M, int n, T* to);
  /// Bytes of scratch for that.
  std::size_t (*march_scratch)(int n, const core::MethodTables<T>& tables);
  /// Marches circuits until the queue of the task is empty: core/march_lanes.hpp.
  void (*march)(const MarchTask<T>& task, void* scratch);
};

/// The lanes that an executor asks for; null for none. Throws InvalidArgument where this machine lacks them.
template <class T>
const Lanes<T>* lanes(Simd simd);

/// One of each per instruction set: lanes_baseline.cpp, lanes_avx2.cpp, lanes_avx512.cpp.
template <class T>
struct LanesOf {
  static const Lanes<T> baseline;
  static const Lanes<T> avx2;
  static const Lanes<T> avx512;
};
template <>
const Lanes<double> LanesOf<double>::baseline;
template <>
const Lanes<double> LanesOf<double>::avx2;
template <>
const Lanes<double> LanesOf<double>::avx512;
template <>
const Lanes<float> LanesOf<float>::baseline;
template <>
const Lanes<float> LanesOf<float>::avx2;
template <>
const Lanes<float> LanesOf<float>::avx512;

}  // namespace organics::simd
