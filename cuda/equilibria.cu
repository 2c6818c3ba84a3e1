// equilibria on a device: a team for each start of each circuit, then a team for each circuit to go through their ends.
#include "backend.hpp"
#include "equilibria_options.hpp"
#include "launch.cuh"
#include "staging.cuh"

namespace organics::cuda {

/// What both operations need. The ends of all starts, and the lists, lie in device memory.
template <class T>
struct EquilibriaOp {
  using Scalar = T;
  int n;
  std::size_t numbers_value;
  Circuits<T> circuits;
  core::EquilibriaOptions<T> options;
  core::StartEnds<T> ends;

  static constexpr std::size_t solo_numbers = core::settle_scratch(1, true);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 2 * static_cast<std::size_t>(n); }

  template <class Team>
  __device__ core::CircuitModel<T> model(std::int64_t i) const {
    return {circuit_for<Team>(circuit(circuits, i))};
  }
  __device__ core::StartEnds<T> ends_of(std::int64_t start) const {
    const auto k = static_cast<std::size_t>(start);
    return {ends.states + k * core::start_numbers(n), ends.ends + k * core::start_integers};
  }
};

template <class T>
struct StartOp : EquilibriaOp<T> {
  /// `item` counts the starts of all circuits.
  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t item, T* numbers, int* integers) const {
    const auto model = this->template model<Team>(item / this->options.starts);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    const auto end = this->ends_of(item);
    core::run_start(team, model, this->options, item % this->options.starts, work, end.states, end.ends);
  }
};

template <class T>
struct CollectOp : EquilibriaOp<T> {
  T* list_numbers;
  int* list_integers;
  EquilibriaResults<T> results;

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->template model<Team>(i);
    const int n = model.circuit.n;
    const int room = this->options.room;
    const auto item = static_cast<std::size_t>(i);
    const auto list = core::equilibria_list(list_numbers + item * core::equilibria_list_numbers(n, room),
                                            list_integers + item * core::equilibria_list_integers(room), n, room);
    const auto found = core::collect_equilibria(team, model, this->options, this->ends_of(i * this->options.starts),
                                                list, core::settle_work(numbers, integers, n));
    const EquilibriaResults<T>& r = results;
    core::write_equilibria(team, model, found, list, room,
                           core::EquilibriaOutput<T>{
                               r.states.item_or_null(i), r.residual.item_or_null(i), r.abscissa.item_or_null(i),
                               r.abscissa_error.item_or_null(i), r.frequency.item_or_null(i), r.verdict.item_or_null(i),
                               r.unstable.item_or_null(i), r.type.item_or_null(i), r.newton_starts.item_or_null(i),
                               r.basin_starts.item_or_null(i), r.count.item_or_null(i), r.from_rest.item_or_null(i),
                               r.diverged.item_or_null(i), r.unsettled.item_or_null(i), r.status.item_or_null(i)});
  }
};

namespace {

/// Queues the work; in a measuring arena it only adds up.
template <class T>
void equilibria_on_device(cudaStream_t stream, Arena& arena, const Circuits<T>& circuits,
                          const EquilibriaOptions& options, const EquilibriaResults<T>& results) {
  const int n = circuits.n;
  const auto items = static_cast<std::size_t>(circuits.items);
  const std::int64_t starts = circuits.items * options.starts;
  const auto each = static_cast<std::size_t>(starts);
  const core::StartEnds<T> ends{arena.take<T>(each * core::start_numbers(n)),
                                arena.take<int>(each * core::start_integers)};
  const EquilibriaOp<T> common{n, core::settle_scratch(n, true), circuits, search_options<T>(options), ends};
  const StartOp<T> start{common};
  const CollectOp<T> collect{common, arena.take<T>(items * core::equilibria_list_numbers(n, options.room)),
                             arena.take<int>(items * core::equilibria_list_integers(options.room)), results};
  constexpr std::size_t queues = 2;
  auto* next = arena.take<unsigned long long>(queues);
  const std::size_t bytes = std::max(launch_bytes(start, starts), launch_bytes(collect, circuits.items));
  auto* scratch = arena.take<unsigned char>(bytes);
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, queues * sizeof *next, stream), "clear a queue");
  launch(start, Queue{next, starts}, scratch, stream);
  launch(collect, Queue{next + 1, circuits.items}, scratch, stream);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t equilibria_workspace_size(const Cuda& cuda, const Circuits<T>& circuits, const EquilibriaOptions& options) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::equilibria_on_device<T>(cuda.stream, arena, circuits, options, {});
  return arena.used();
}

template <class T>
void equilibria(const Cuda& cuda, const Circuits<T>& circuits, const EquilibriaOptions& options,
                const EquilibriaResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  if (on_device(circuits.Wr.data)) {
    cuda::require_workspace(cuda, equilibria_workspace_size(cuda, circuits, options), "equilibria");
    cuda::Arena arena(cuda.workspace);
    cuda::equilibria_on_device(cuda.stream, arena, circuits, options, results);
    return;
  }
  cuda::in_chunks(cuda, circuits.items, "equilibria", [&](cuda::Stage& stage) {
    const auto chunk = stage.in(circuits);
    const EquilibriaResults<T> out = {
        stage.out(results.states),         stage.out(results.residual),  stage.out(results.abscissa),
        stage.out(results.abscissa_error), stage.out(results.frequency), stage.out(results.verdict),
        stage.out(results.unstable),       stage.out(results.type),      stage.out(results.newton_starts),
        stage.out(results.basin_starts),   stage.out(results.count),     stage.out(results.from_rest),
        stage.out(results.diverged),       stage.out(results.unsettled), stage.out(results.status)};
    cuda::equilibria_on_device(stage.stream(), stage.arena(), chunk, options, out);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                                 \
  template std::size_t equilibria_workspace_size<T>(const Cuda&, const Circuits<T>&, const EquilibriaOptions&); \
  template void equilibria<T>(const Cuda&, const Circuits<T>&, const EquilibriaOptions&, const EquilibriaResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
