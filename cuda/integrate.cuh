// What the operations of integrate on a device share.
#pragma once

#include "launch.cuh"
#include "organics/trajectory.hpp"

namespace organics::cuda {

/// A batch and what is wanted of it.
template <class T>
struct IntegrateArguments {
  Circuits<T> circuits;
  MarchPlan<T> plan;
  core::MethodTables<T> tables;
  int slots;
  int degree;
  std::size_t numbers;  ///< scratch of one circuit: the state, the constants and the march's own
  T* fourier;           ///< scratch of the dominant frequency, one piece per circuit
};

/// Whether single neurons have a kernel of their own for this method.
constexpr bool has_planar_kernel(Method method) {
  return method == Method::dormand_prince54 || method == Method::tsitouras54 || method == Method::verner65 ||
         method == Method::rk4;
}

/// Queues the marches of single neurons, of which is_simple() is true, by a method that has_planar_kernel(). `next`: the
/// number of the first circuit to take, zero at launch.
template <class T>
void integrate_planar(cudaStream_t stream, unsigned long long* next, const Circuits<T>& circuits,
                      const MarchPlan<T>& plan, Method method);

}  // namespace organics::cuda
