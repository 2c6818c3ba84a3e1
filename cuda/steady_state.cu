// steady_state on a device: arrays there or on the host.
#include "backend.hpp"
#include "core_options.hpp"
#include "settle.cuh"
#include "staging.cuh"

namespace organics::cuda {
namespace {

template <class T>
SettleArguments<T> settle_arguments(const Circuits<T>& circuits, BatchView<const T> x0,
                                    const SteadyStateOptions& options, const SteadyStateResults<T>& results) {
  return {{circuits.n, circuits.items, circuits}, x0, settle_options<T>(options, false), results, {}};
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t steady_state_workspace_size(const Cuda& cuda, const Circuits<T>& circuits) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::settle_on_device(cuda.stream, arena, cuda::settle_arguments<T>(circuits, {}, {}, {}));
  return arena.used();
}

template <class T>
void steady_state(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> x0,
                  const SteadyStateOptions& options, const SteadyStateResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, steady_state_workspace_size(cuda, circuits), "steady_state");
    cuda::Arena arena(cuda.workspace);
    cuda::settle_on_device(cuda.stream, arena, cuda::settle_arguments(circuits, x0, options, results));
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "steady_state", [&](cuda::Stage& stage) {
    const auto chunk = stage.in(circuits);
    const auto chunk_x0 = stage.in(x0);
    const SteadyStateResults<T> out = {stage.out(results.states),
                                       stage.out(results.status),
                                       stage.out(results.rung),
                                       stage.out(results.residual),
                                       stage.out(results.steps),
                                       stage.out(results.time),
                                       stage.out(results.period),
                                       stage.out(results.amplitude),
                                       stage.out(results.newton_steps),
                                       stage.out(results.rhs_evaluations),
                                       stage.out(results.jacobian_evaluations),
                                       stage.out(results.lu_factorisations)};
    cuda::settle_on_device(stage.stream(), stage.arena(), cuda::settle_arguments(chunk, chunk_x0, options, out));
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                                 \
  template std::size_t steady_state_workspace_size<T>(const Cuda&, const Circuits<T>&);                         \
  template void steady_state<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, const SteadyStateOptions&, \
                                const SteadyStateResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
