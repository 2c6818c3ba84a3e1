// The steady-state ladder on a device: the direct rungs for every circuit, then the flow for those that remain.
//
// Circuits that the first kernel cannot settle are appended to a list; the second kernel serves that list. Nobody waits
// for a stranger's integration, and the host does not look in between.
#include "settle.cuh"

namespace organics::cuda {

/// Items appended by any team in any order (each circuit's result depends on that circuit alone).
struct Pending {
  unsigned long long* counters;  ///< next of the first queue, next of the second, entries in the list
  std::int64_t* list;

  __device__ void append(std::int64_t i) const { list[atomicAdd(counters + 2, 1ULL)] = i; }
  Queue all(std::int64_t items) const { return {counters, items}; }
  Queue rest(std::int64_t items) const { return {counters + 1, items, list, counters + 2}; }
};

/// What the two operations share: arguments, scratch, results.
template <class T>
struct SettleOp {
  using Scalar = T;
  int n;
  std::size_t numbers_value;
  SettleArguments<T> arguments;

  static constexpr std::size_t solo_numbers = core::settle_scratch(1) + core::circuit_storage_size(1);
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 2 * static_cast<std::size_t>(n); }

  template <class Team>
  __device__ core::CircuitModel<T> model(const Team& team, std::int64_t i, T* numbers) const {
    return {arguments.source.get(team, i, numbers + core::settle_scratch(arguments.source.n), numbers)};
  }

  template <class Team>
  __device__ void write(const Team& team, const core::CircuitModel<T>& model, std::int64_t i,
                        const core::Settled<T>& settled, const core::SettleWork<T>& work) const {
    const SteadyStateResults<T>& r = arguments.results;
    core::write_settled(
        team, model, settled, work,
        core::SettledOutput<T>{r.states.item_or_null(i), r.status.item_or_null(i), r.rung.item_or_null(i),
                               r.residual.item_or_null(i), r.steps.item_or_null(i)});
    if (arguments.records.abscissa == nullptr || team.rank() != 0) return;
    const bool known = settled.spectrum.status == Status::ok;
    arguments.records.abscissa[i] = known ? settled.spectrum.abscissa : core::not_a_number<T>();
    arguments.records.frequency[i] = known ? settled.spectrum.frequency : core::not_a_number<T>();
    arguments.records.verdict[i] = settled.spectrum.verdict;
  }
};

template <class T>
struct SettleDirectlyOp : SettleOp<T> {
  Pending pending;

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    const core::Settled<T> settled = core::settle_directly(team, model, this->arguments.options, work);
    if (settled.status == Status::ok) {
      this->write(team, model, i, settled, work);
    } else if (team.rank() == 0) {
      pending.append(i);
    }
  }
};

template <class T>
struct SettleByFlowOp : SettleOp<T> {
  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    core::load_start(team, model, this->arguments.x0.item_or_null(i), work.vectors[2]);
    this->write(team, model, i, core::settle_by_flow(team, model, this->arguments.options, work), work);
  }
};

template <class T>
void settle_on_device(cudaStream_t stream, Arena& arena, const SettleArguments<T>& arguments) {
  const std::int64_t items = arguments.source.items;
  const int n = arguments.source.n;
  const SettleOp<T> common{n, core::settle_scratch(n) + arguments.source.storage(), arguments};
  constexpr std::size_t counters = 3;
  auto* counter_memory = arena.take<unsigned long long>(counters);
  const Pending pending{counter_memory, arena.take<std::int64_t>(static_cast<std::size_t>(items))};
  const SettleDirectlyOp<T> direct{common, pending};
  const SettleByFlowOp<T> flow{common};
  auto* scratch = arena.take<unsigned char>(launch_bytes(direct, items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(pending.counters, 0, counters * sizeof *pending.counters, stream), "clear a queue");
  if (arguments.x0) {
    launch(flow, pending.all(items), scratch, stream);
  } else {
    launch(direct, pending.all(items), scratch, stream);
    launch(flow, pending.rest(items), scratch, stream);
  }
}

template void settle_on_device<double>(cudaStream_t, Arena&, const SettleArguments<double>&);
template void settle_on_device<float>(cudaStream_t, Arena&, const SettleArguments<float>&);

}  // namespace organics::cuda
