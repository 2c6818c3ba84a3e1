// The steady-state ladder on a device: a kernel for each rung, over the circuits that the rungs before left.
//
// A circuit that a rung cannot settle is appended to a list, which the next kernel serves. Nobody waits for a stranger's
// integration, and the host does not look in between.
#include <algorithm>
#include <type_traits>

#include "settle_op.cuh"

namespace organics::cuda {

template <class T>
struct SettleInClosedFormOp : SettleOp<T> {
  Remaining remaining;

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    const auto settled = core::settle_in_closed_form(team, model, this->arguments.options, work);
    this->write_or_leave(team, model, i, settled, work, remaining);
  }
};

template <class T>
struct SettleByIterationOp : SettleOp<T> {
  bool first;  ///< no rung before it has spent anything
  Remaining remaining;

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    const core::Settled<T> before = first ? core::Settled<T>{} : core::read_spent(this->output(i));
    team.sync();  // every lane has read what is written below
    const auto settled = core::settle_by_iteration(team, model, this->arguments.options, before, work);
    this->write_or_leave(team, model, i, settled, work, remaining);
  }
};

template <class T>
struct SettleByFlowOp : SettleOp<T> {
  Remaining remaining;

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    const core::SettleOptions<T>& options = this->arguments.options;
    const bool first = static_cast<bool>(this->arguments.x0);
    const core::Settled<T> before = first ? core::Settled<T>{} : core::read_spent(this->output(i));
    core::load_start(team, model, this->arguments.x0.item_or_null(i), work.vectors[2]);
    const auto settled = core::settle_by_flow(team, model, options, before, work);
    if (!core::may_be_cycle(settled, options)) {
      this->write(team, model, i, settled, work);
      return;
    }
    // the last rung starts from x0 again, which may be the array of the results
    core::write_spent(team, settled, this->output(i));
    if (team.rank() == 0) remaining.append(i);
  }
};

/// Mixed precision, closed form, iteration, flow, limit cycle.
constexpr std::size_t rung_kernels = 5;

/// Whether Wr may be the identity, which only the draw knows without a look.
template <class T>
bool may_be_identity(const Source<T>& source) {
  return !source.drawn || source.n == 1 || source.ensemble.recurrent == RecurrentWeights::identity;
}

/// Bytes that any rung but the last needs, one at a time.
template <class T>
std::size_t scratch_bytes(const SettleArguments<T>& arguments) {
  // those after the one in mixed precision need the same
  const std::size_t flow = launch_bytes(SettleByFlowOp<T>{{arguments.source.n, arguments}, {}}, arguments.source.items);
  if constexpr (std::is_same_v<T, double>) {
    if (arguments.mixed) return std::max(flow, settle_mixed_bytes(arguments));
  }
  return flow;
}

/// Queues the rungs that a start from rest has before the flow.
template <class T>
void settle_directly(cudaStream_t stream, const SettleArguments<T>& arguments, Chain& chain, unsigned char* scratch) {
  const SettleOp<T> common{arguments.source.n, arguments};
  const bool closed_form = may_be_identity(arguments.source);
  if constexpr (std::is_same_v<T, double>) {
    if (arguments.mixed) {
      settle_mixed(stream, arguments, chain.queue(), chain.remaining(), scratch);
      ++chain.rung;
    }
  }
  if (closed_form) {
    launch(SettleInClosedFormOp<T>{common, chain.remaining()}, chain.queue(), scratch, stream);
    ++chain.rung;
  }
  launch(SettleByIterationOp<T>{common, !closed_form, chain.remaining()}, chain.queue(), scratch, stream);
  ++chain.rung;
}

template <class T>
void settle_on_device(cudaStream_t stream, Arena& arena, const SettleArguments<T>& arguments) {
  const std::int64_t items = arguments.source.items;
  auto* next = arena.take<unsigned long long>(2 * rung_kernels);
  Chain chain{items,
              next,
              next + rung_kernels,
              {arena.take<std::int64_t>(static_cast<std::size_t>(items)),
               arena.take<std::int64_t>(static_cast<std::size_t>(items))}};
  auto* scratch = arena.take<unsigned char>(scratch_bytes(arguments));
  auto* cycle_scratch = arena.take<unsigned char>(settle_on_cycle_bytes(arguments));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, 2 * rung_kernels * sizeof *next, stream), "clear the queues");
  if (!arguments.x0) settle_directly(stream, arguments, chain, scratch);
  launch(SettleByFlowOp<T>{{arguments.source.n, arguments}, chain.remaining()}, chain.queue(), scratch, stream);
  ++chain.rung;
  if (arguments.options.cycle_steps > 0) settle_on_cycle(stream, arguments, chain.queue(), cycle_scratch);
}

template void settle_on_device<double>(cudaStream_t, Arena&, const SettleArguments<double>&);
template void settle_on_device<float>(cudaStream_t, Arena&, const SettleArguments<float>&);

}  // namespace organics::cuda
