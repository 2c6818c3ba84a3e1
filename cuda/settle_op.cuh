// What the kernels of the steady-state ladder share: one kernel for each rung, over the circuits the rungs before left.
#pragma once

#include "core_options.hpp"
#include "organics/core/digest.hpp"
#include "settle.cuh"

namespace organics::cuda {

/// The rungs in turn, each of which serves what the one before left.
struct Chain {
  std::int64_t items;
  unsigned long long* next;  ///< of each rung, what its queue has given out
  unsigned long long* left;  ///< by each rung
  std::int64_t* lists[2];    ///< one is read while the other is written
  int rung = 0;

  Queue queue() const {
    return rung == 0 ? Queue{next, items} : Queue{next + rung, items, lists[(rung - 1) % 2], left + (rung - 1)};
  }
  Remaining remaining() const { return {left + rung, lists[rung % 2]}; }
};

/// What the operations share: arguments, scratch, results.
template <class T>
struct SettleOp {
  using Scalar = T;
  int n;
  SettleArguments<T> arguments;

  static constexpr std::size_t solo_numbers = core::settle_scratch(1, false) + core::circuit_storage_size(1);
  __host__ __device__ std::size_t ladder_numbers() const {
    return core::settle_scratch(arguments.source.n, arguments.options.spectra);
  }
  /// The ladder's, then the parameters of a drawn circuit.
  __host__ __device__ std::size_t numbers() const { return ladder_numbers() + arguments.source.storage(); }
  std::size_t integers() const { return 2 * static_cast<std::size_t>(n); }

  template <class Team>
  __device__ core::CircuitModel<T> model(const Team& team, std::int64_t i, T* numbers) const {
    return {arguments.source.get(team, i, numbers + ladder_numbers(), numbers)};
  }

  __device__ core::SettledOutput<T> output(std::int64_t i) const { return settled_output(arguments.results, i); }

  template <class Team>
  __device__ void write(const Team& team, const core::CircuitModel<T>& model, std::int64_t i,
                        const core::Settled<T>& settled, const core::SettleWork<T>& work) const {
    core::write_settled(team, model, settled, work, output(i));
    if (arguments.records.verdict == nullptr || team.rank() != 0) return;
    const bool known = settled.spectrum.status == Status::ok && arguments.options.spectra;
    arguments.records.abscissa[i] = known ? settled.spectrum.abscissa : core::not_a_number<T>();
    arguments.records.frequency[i] = known ? settled.spectrum.frequency : core::not_a_number<T>();
    arguments.records.state_norm[i] =
        settled.status == Status::ok ? core::state_norm(work.x, 2 * arguments.source.n) : core::not_a_number<T>();
    arguments.records.verdict[i] = settled.spectrum.verdict;
  }

  /// Writes a circuit that is done, and leaves any other to the next rung with what it has cost.
  template <class Team>
  __device__ void write_or_leave(const Team& team, const core::CircuitModel<T>& model, std::int64_t i,
                                 const core::Settled<T>& settled, const core::SettleWork<T>& work,
                                 const Remaining& remaining) const {
    if (settled.status == Status::ok) {
      write(team, model, i, settled, work);
      return;
    }
    core::write_spent(team, settled, output(i));
    if (team.rank() == 0) remaining.append(i);
  }
};

/// Bytes of device memory that the rung in mixed precision needs.
std::size_t settle_mixed_bytes(const SettleArguments<double>& arguments);

/// Queues that rung, which leaves to `remaining` whatever it does not prove stable, as if it had not been.
void settle_mixed(cudaStream_t stream, const SettleArguments<double>& arguments, const Queue& queue,
                  const Remaining& remaining, unsigned char* scratch);

/// Bytes of device memory that the last rung needs.
template <class T>
std::size_t settle_on_cycle_bytes(const SettleArguments<T>& arguments);

/// Queues the last rung, limit cycles, for the circuits that the flow left unsettled.
template <class T>
void settle_on_cycle(cudaStream_t stream, const SettleArguments<T>& arguments, const Queue& queue,
                     unsigned char* scratch);

}  // namespace organics::cuda
