// abscissa_sensitivity on a device: a circuit per team.
#include "backend.hpp"
#include "launch.cuh"
#include "organics/core/sensitivity.hpp"
#include "staging.cuh"

namespace organics::cuda {

template <class T>
struct SensitivityOp {
  using Scalar = T;
  int n;
  Circuits<T> circuits;
  BatchView<const T> states;
  SensitivityResults<T> results;

  static constexpr std::size_t solo_numbers = core::sensitivity_scratch(1);
  std::size_t numbers_value;
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 2 * static_cast<std::size_t>(n); }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const core::CircuitModel<T> model{circuit_for<Team>(circuit(circuits, i))};
    core::abscissa_sensitivity(
        team, model, states.item(i), core::sensitivity_work(numbers, integers, model.circuit.n),
        core::SensitivityOutput<T>{results.tau_y.item_or_null(i), results.tau_a.item_or_null(i),
                                   results.b0.item_or_null(i), results.b1.item_or_null(i),
                                   results.sigma.item_or_null(i), results.z.item_or_null(i), results.Wr.item_or_null(i),
                                   results.W.item_or_null(i), results.abscissa.item_or_null(i),
                                   results.status.item_or_null(i)});
  }
};

namespace {

template <class T>
void sensitivity_on_device(cudaStream_t stream, Arena& arena, const Circuits<T>& circuits, BatchView<const T> states,
                           const SensitivityResults<T>& results) {
  const SensitivityOp<T> op{circuits.n, circuits, states, results, core::sensitivity_scratch(circuits.n)};
  auto* next = arena.take<unsigned long long>(1);
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, circuits.items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, circuits.items}, scratch, stream);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t abscissa_sensitivity_workspace_size(const Cuda& cuda, const Circuits<T>& circuits) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::sensitivity_on_device<T>(cuda.stream, arena, circuits, {}, {});
  return arena.used();
}

template <class T>
void abscissa_sensitivity(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> states,
                          const SensitivityResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, abscissa_sensitivity_workspace_size(cuda, circuits), "abscissa_sensitivity");
    cuda::Arena arena(cuda.workspace);
    cuda::sensitivity_on_device(cuda.stream, arena, circuits, states, results);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "abscissa_sensitivity", [&](cuda::Stage& stage) {
    const Circuits<T> chunk = stage.in(circuits);
    const auto chunk_states = stage.in(states);
    const SensitivityResults<T> out = {stage.out(results.tau_y), stage.out(results.tau_a), stage.out(results.b0),
                                       stage.out(results.b1),    stage.out(results.sigma), stage.out(results.z),
                                       stage.out(results.Wr),    stage.out(results.W),     stage.out(results.abscissa),
                                       stage.out(results.status)};
    cuda::sensitivity_on_device(stage.stream(), stage.arena(), chunk, chunk_states, out);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                 \
  template std::size_t abscissa_sensitivity_workspace_size<T>(const Cuda&, const Circuits<T>&); \
  template void abscissa_sensitivity<T>(const Cuda&, const Circuits<T>&, BatchView<const T>,    \
                                        const SensitivityResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
