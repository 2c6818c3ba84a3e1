// The last rung of the steady-state ladder on a device: limit cycles, for the circuits that the flow left unsettled.
#include "settle_op.cuh"

namespace organics::cuda {

template <class T>
struct SettleOnCycleOp : SettleOp<T> {
  static constexpr std::size_t solo_numbers = SettleOp<T>::solo_numbers + core::cycle_scratch(1);
  __host__ __device__ std::size_t numbers() const {
    return SettleOp<T>::numbers() + core::cycle_scratch(this->arguments.source.n);
  }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto model = this->model(team, i, numbers);
    const auto work = core::settle_work(numbers, integers, model.circuit.n);
    T* x = numbers + SettleOp<T>::numbers();
    const core::Settled<T> before = core::read_spent(this->output(i));
    core::load_start(team, model, this->arguments.x0.item_or_null(i), x);
    const auto settled =
        core::settle_on_cycle(team, model, this->arguments.options, before, work, x, x + model.dimension());
    this->write(team, model, i, settled, work);
  }
};

template <class T>
std::size_t settle_on_cycle_bytes(const SettleArguments<T>& arguments) {
  return launch_bytes(SettleOnCycleOp<T>{{arguments.source.n, arguments}}, arguments.source.items);
}

template <class T>
void settle_on_cycle(cudaStream_t stream, const SettleArguments<T>& arguments, const Queue& queue,
                     unsigned char* scratch) {
  launch(SettleOnCycleOp<T>{{arguments.source.n, arguments}}, queue, scratch, stream);
}

#define ORGANICS_INSTANTIATE(T)                                             \
  template std::size_t settle_on_cycle_bytes<T>(const SettleArguments<T>&); \
  template void settle_on_cycle<T>(cudaStream_t, const SettleArguments<T>&, const Queue&, unsigned char*)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::cuda
