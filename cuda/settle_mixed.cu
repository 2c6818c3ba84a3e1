// The rung before the ladder on a device: fixed-point iteration, Newton and the proof of stability in mixed precision,
// for circuits that are drawn. Its kernels hold both kinds of numbers, and have neither in their names.
#include <algorithm>

#include "organics/core/settle_mixed.hpp"
#include "settle_op.cuh"

namespace organics::cuda {

/// Scratch of the draw, then vectors.
__host__ __device__ constexpr std::size_t wide_numbers(int n) {
  return std::max(core::mixed_wide_scratch(n), core::draw_scratch_size(n));
}

/// Floats, two to a number.
__host__ __device__ constexpr std::size_t narrow_numbers(int n) { return (core::mixed_narrow_scratch(n) + 1) / 2; }

struct SettleMixedOp : SettleOp<double> {
  Remaining remaining;

  static constexpr std::size_t solo_numbers = core::circuit_storage_size(1) + wide_numbers(1) + narrow_numbers(1);
  __host__ __device__ std::size_t numbers() const {
    return arguments.source.storage() + wide_numbers(n) + narrow_numbers(n);
  }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, double* numbers, int* integers) const {
    double* vectors = numbers + arguments.source.storage();
    auto* floats = reinterpret_cast<float*>(vectors + wide_numbers(arguments.source.n));
    const core::CircuitModel<double> model{arguments.source.get(team, i, numbers, vectors)};
    const auto mixed = core::mixed_work(vectors, floats, integers, model.circuit.n);
    const auto settled = core::settle_in_mixed_precision(team, model, arguments.options, mixed);
    if (settled.status != Status::ok) {
      if (team.rank() == 0) remaining.append(i);
      return;
    }
    core::SettleWork<double> work{};
    work.x = mixed.x;
    work.vectors[0] = mixed.wide.residual;
    write(team, model, i, settled, work);
  }
};

std::size_t settle_mixed_bytes(const SettleArguments<double>& arguments) {
  return launch_bytes(SettleMixedOp{{arguments.source.n, arguments}, {}}, arguments.source.items);
}

void settle_mixed(cudaStream_t stream, const SettleArguments<double>& arguments, const Queue& queue,
                  const Remaining& remaining, unsigned char* scratch) {
  launch(SettleMixedOp{{arguments.source.n, arguments}, remaining}, queue, scratch, stream);
}

}  // namespace organics::cuda
