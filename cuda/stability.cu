// stability on a device: a Jacobian and its spectrum per team.
#include "backend.hpp"
#include "launch.cuh"
#include "organics/core/certificate.hpp"
#include "organics/core/spectrum.hpp"
#include "settle.cuh"
#include "staging.cuh"

namespace organics::cuda {

template <class T>
struct StabilityOp {
  using Scalar = T;
  int n;
  Circuits<T> circuits;
  BatchView<const T> states;
  StabilityResults<T> results;

  static constexpr std::size_t solo_numbers = core::spectrum_scratch(2);
  std::size_t numbers_value;
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 0; }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* /*integers*/) const {
    const core::CircuitModel<T> model{circuit_for<Team>(circuit(circuits, i))};
    const int m = model.dimension();
    const auto work = core::spectrum_work(numbers, m);
    const core::Spectrum<T> spectrum = core::spectrum(team, model, states.item(i), work);
    core::write_spectrum(
        team, spectrum, work, m,
        core::SpectrumOutput<T>{results.eigenvalues.item_or_null(i), results.abscissa.item_or_null(i),
                                results.abscissa_error.item_or_null(i), results.frequency.item_or_null(i),
                                results.verdict.item_or_null(i), results.status.item_or_null(i)});
    std::int32_t* unstable = results.unstable.item_or_null(i);
    if (unstable == nullptr || team.rank() != 0) return;
    *unstable = spectrum.status == Status::ok ? core::count_unstable(work.re, m, spectrum.error) : -1;
  }
};

namespace {

template <class T>
void stability_on_device(cudaStream_t stream, Arena& arena, const Circuits<T>& circuits, BatchView<const T> states,
                         const StabilityResults<T>& results, T perturbation) {
  const StabilityOp<T> op{circuits.n, circuits, states, results, core::spectrum_scratch(2 * circuits.n)};
  auto* next = arena.take<unsigned long long>(1);
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, circuits.items));
  if (!arena.measuring() && results.wants_spectrum()) {
    check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
    launch(op, Queue{next, circuits.items}, scratch, stream);
  }
  if (!arena.measuring() && !results.wants_certificate()) return;
  CertifyArguments<T> certify{};
  certify.source = {circuits.n, circuits.items, circuits};
  certify.states = states;
  certify.proven = results.proven;
  certify.squarings = results.squarings;
  certify.perturbation = perturbation;
  certify_on_device(stream, arena, certify);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t stability_workspace_size(const Cuda& cuda, const Circuits<T>& circuits) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::stability_on_device<T>(cuda.stream, arena, circuits, {}, {}, T(0));
  return arena.used();
}

template <class T>
void stability(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> states,
               const StabilityResults<T>& results, const StabilityOptions& options) {
  const cuda::DeviceScope scope(cuda);
  const T perturbation = core::perturbation_of<T>(options.perturbation);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, stability_workspace_size(cuda, circuits), "stability");
    cuda::Arena arena(cuda.workspace);
    cuda::stability_on_device(cuda.stream, arena, circuits, states, results, perturbation);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "stability", [&](cuda::Stage& stage) {
    const Circuits<T> chunk = stage.in(circuits);
    const auto chunk_states = stage.in(states);
    const StabilityResults<T> out = {
        stage.out(results.eigenvalues), stage.out(results.abscissa), stage.out(results.abscissa_error),
        stage.out(results.frequency),   stage.out(results.verdict),  stage.out(results.status),
        stage.out(results.unstable),    stage.out(results.proven),   stage.out(results.squarings)};
    cuda::stability_on_device(stage.stream(), stage.arena(), chunk, chunk_states, out, perturbation);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                               \
  template std::size_t stability_workspace_size<T>(const Cuda&, const Circuits<T>&);                          \
  template void stability<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, const StabilityResults<T>&, \
                             const StabilityOptions&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
