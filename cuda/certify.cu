// The certificate of stability on a device, for circuits that are given or drawn: what stability and sweep share.
#include "organics/core/certificate.hpp"
#include "settle.cuh"

namespace organics::cuda {

template <class T>
struct CertifyOp {
  using Scalar = T;
  int n;
  CertifyArguments<T> arguments;

  __host__ __device__ static constexpr std::size_t matrix_size(int n) {
    return 4 * static_cast<std::size_t>(n) * static_cast<std::size_t>(n);
  }
  static constexpr std::size_t solo_numbers =
      matrix_size(1) + core::certificate_scratch(2) + core::circuit_storage_size(1);
  std::size_t numbers_value;  ///< Jacobian, certificate, drawn circuit
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return 2 * static_cast<std::size_t>(n); }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    core::Certificate certificate;
    if (arguments.status == nullptr || arguments.status[i] == Status::ok) {
      const int m = 2 * arguments.source.n;
      T* scratch = numbers + matrix_size(arguments.source.n);
      T* storage = scratch + core::certificate_scratch(m);
      const core::CircuitModel<T> model{arguments.source.get(team, i, storage, numbers)};
      model.jacobian(team, T(0), arguments.states.item(i), numbers);
      team.sync();
      certificate = core::certify_stability(team, numbers, m, arguments.perturbation,
                                            core::certificate_work(scratch, integers, m));
    }
    if (team.rank() != 0) return;
    if (std::uint8_t* proven = arguments.proven.item_or_null(i)) *proven = certificate.proven ? 1 : 0;
    if (std::int32_t* squarings = arguments.squarings.item_or_null(i)) *squarings = certificate.squarings;
  }
};

template <class T>
void certify_on_device(cudaStream_t stream, Arena& arena, const CertifyArguments<T>& arguments) {
  const int n = arguments.source.n;
  const std::int64_t items = arguments.source.items;
  const CertifyOp<T> op{n, arguments,
                        CertifyOp<T>::matrix_size(n) + core::certificate_scratch(2 * n) + arguments.source.storage()};
  auto* next = arena.take<unsigned long long>(1);
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, items}, scratch, stream);
}

template void certify_on_device<double>(cudaStream_t, Arena&, const CertifyArguments<double>&);
template void certify_on_device<float>(cudaStream_t, Arena&, const CertifyArguments<float>&);

}  // namespace organics::cuda
