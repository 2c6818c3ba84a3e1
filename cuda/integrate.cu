// integrate on a device: a march per team.
#include "backend.hpp"
#include "core_options.hpp"
#include "launch.cuh"
#include "staging.cuh"

namespace organics::cuda {

/// Arguments of integrate, as every kernel of it takes them.
template <class T>
struct IntegrateArguments {
  Circuits<T> circuits;
  BatchView<const T> x0;
  BatchView<const T> times;
  core::MarchOptions<T> options;
  IntegrateResults<T> results;
};

/// Numbers of scratch for n neurons: the state and the march's own.
constexpr std::size_t integrate_numbers(int n) {
  return 2 * static_cast<std::size_t>(n) + core::march_scratch(2 * n, core::max_stages);
}

/// The method is a run-time value: one kernel of each kind serves them all.
template <class T>
struct IntegrateOp {
  using Scalar = T;
  int n;
  IntegrateArguments<T> arguments;
  core::Tableau<T> tableau;
  std::size_t numbers_value;

  static constexpr std::size_t solo_numbers = integrate_numbers(1);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 0; }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* /*integers*/) const {
    const IntegrateArguments<T>& a = arguments;
    const core::CircuitModel<T> model{circuit_for<Team>(circuit(a.circuits, i))};
    const int m = model.dimension();
    T* x = numbers;
    const core::MarchWork<T> work(x + m, m, tableau.stages);
    core::load_start(team, model, a.x0.item_or_null(i), x);
    const core::March<T> march = core::march_through(team, model, tableau, a.options, x, a.times.item(i), a.times.rows,
                                                     a.results.states.item_or_null(i), work);
    if (team.rank() != 0) return;
    if (a.results.status) *a.results.status.item(i) = march.status;
    if (a.results.accepted) *a.results.accepted.item(i) = march.accepted;
    if (a.results.rejected) *a.results.rejected.item(i) = march.rejected;
    if (a.results.time_reached) *a.results.time_reached.item(i) = march.t;
  }
};

namespace {

template <class T>
void integrate_on_device(cudaStream_t stream, Arena& arena, const IntegrateArguments<T>& arguments, Method method) {
  const int n = arguments.circuits.n;
  auto* next = arena.take<unsigned long long>(1);
  const IntegrateOp<T> op{n, arguments, core::tableau<T>(method), integrate_numbers(n)};
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, arguments.circuits.items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, arguments.circuits.items}, scratch, stream);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t integrate_workspace_size(const Cuda& cuda, const Circuits<T>& circuits) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::integrate_on_device<T>(cuda.stream, arena, {circuits, {}, {}, {}, {}}, Method::tsitouras54);
  return arena.used();
}

template <class T>
void integrate(const Cuda& cuda, const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> times,
               const IntegrateOptions& options, const IntegrateResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  const auto core_options = march_options<T>(options);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, integrate_workspace_size(cuda, circuits), "integrate");
    cuda::Arena arena(cuda.workspace);
    cuda::integrate_on_device<T>(cuda.stream, arena, {circuits, x0, times, core_options, results}, options.method);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "integrate", [&](cuda::Stage& stage) {
    const cuda::IntegrateArguments<T> arguments = {
        stage.in(circuits),
        stage.in(x0),
        stage.in(times),
        core_options,
        {stage.out(results.states), stage.out(results.status), stage.out(results.accepted), stage.out(results.rejected),
         stage.out(results.time_reached)}};
    cuda::integrate_on_device(cuda.stream, stage.arena(), arguments, options.method);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                       \
  template std::size_t integrate_workspace_size<T>(const Cuda&, const Circuits<T>&);                  \
  template void integrate<T>(const Cuda&, const Circuits<T>&, BatchView<const T>, BatchView<const T>, \
                             const IntegrateOptions&, const IntegrateResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
