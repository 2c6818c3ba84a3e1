// simulate on a device: a stochastic run per team.
#include "backend.hpp"
#include "launch.cuh"
#include "organics/core/noise.hpp"
#include "staging.cuh"

namespace organics::cuda {

/// Arguments of simulate, as every kernel of it takes them.
template <class T>
struct NoiseArguments {
  Circuits<T> circuits;
  BatchView<const T> x0;
  BatchView<const T> amplitude;
  core::NoiseMarchOptions<T> options;
  NoiseResults<T> results;
};

/// `n` chooses how many lanes a circuit gets: the bins of a spectrum count as rows of the state do. One lane has no
/// spectra, so that its scratch has a fixed size.
template <class T>
struct NoiseOp {
  using Scalar = T;
  int n;
  NoiseArguments<T> arguments;
  std::size_t numbers_value;

  static constexpr std::size_t solo_numbers = core::simulate_scratch(1, 0, 1);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 0; }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* /*integers*/) const {
    const NoiseArguments<T>& a = arguments;
    const NoiseResults<T>& r = a.results;
    core::NoiseOutput<T> out = {r.samples.item_or_null(i),       r.power.item_or_null(i),
                                r.partner_power.item_or_null(i), r.cross.item_or_null(i),
                                r.final_state.item_or_null(i),   r.time_reached.item_or_null(i),
                                r.status.item_or_null(i)};
    if constexpr (std::is_same_v<Team, core::Solo>) out.power = out.partner_power = out.cross = nullptr;
    core::simulate_circuit(team, core::CircuitModel<T>{circuit_for<Team>(circuit(a.circuits, i))}, a.options,
                           a.x0.item_or_null(i), a.amplitude.item(i), static_cast<std::uint64_t>(a.options.first + i),
                           out, numbers);
  }
};

namespace {

template <class T>
void simulate_on_device(cudaStream_t stream, Arena& arena, const NoiseArguments<T>& arguments) {
  const int n = arguments.circuits.n;
  const int bins = arguments.options.bins;
  auto* next = arena.take<unsigned long long>(1);
  const NoiseOp<T> op{bins > 0 ? std::max({n, bins / 2, 2}) : n, arguments,
                      core::simulate_scratch(n, bins, arguments.options.signals())};
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, arguments.circuits.items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, arguments.circuits.items}, scratch, stream);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t simulate_workspace_size(const Cuda& cuda, const Circuits<T>& circuits,
                                    const core::NoiseMarchOptions<T>& options) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::simulate_on_device<T>(cuda.stream, arena, {circuits, {}, {}, options, {}});
  return arena.used();
}

template <class T>
void simulate(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> amplitude,
              const core::NoiseMarchOptions<T>& options, const NoiseResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, simulate_workspace_size(cuda, circuits, options), "simulate");
    cuda::Arena arena(cuda.workspace);
    cuda::simulate_on_device<T>(cuda.stream, arena, {circuits, x0, amplitude, options, results});
    return;
  }
  auto chunk_options = options;  // trajectories are numbered across chunks, which come in order
  cuda::in_chunks(cuda, circuits.items, "simulate", [&](cuda::Stage& stage) {
    const cuda::NoiseArguments<T> arguments = {
        stage.in(circuits),
        stage.in(x0),
        stage.in(amplitude),
        chunk_options,
        {stage.out(results.samples), stage.out(results.final_state), stage.out(results.power),
         stage.out(results.partner_power), stage.out(results.cross), stage.out(results.status),
         stage.out(results.time_reached)}};
    cuda::simulate_on_device(stage.stream(), stage.arena(), arguments);
    if (!stage.arena().measuring()) chunk_options.first += stage.count();
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                                        \
  template std::size_t simulate_workspace_size<T>(const Cuda&, const Circuits<T>&, const core::NoiseMarchOptions<T>&); \
  template void simulate<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, BatchView<const T>,                   \
                            const core::NoiseMarchOptions<T>&, const NoiseResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
