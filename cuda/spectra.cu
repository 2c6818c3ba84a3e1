// spectra on a device: a matrix per team.
#include "backend.hpp"
#include "launch.cuh"
#include "organics/core/matrix_spectrum.hpp"
#include "staging.cuh"

namespace organics::cuda {

template <class T>
struct SpectraOp {
  using Scalar = T;
  int n;  ///< as of a circuit of 2n states: half the rows, a thread each up to three
  int m;
  bool vectors;
  T tolerance;
  BatchView<const T> matrices;
  SpectraResults<T> results;

  static constexpr std::size_t solo_numbers = core::matrix_spectrum_scratch(3, true);
  std::size_t numbers_value;
  __host__ __device__ std::size_t numbers() const { return numbers_value; }
  std::size_t integers() const { return vectors ? static_cast<std::size_t>(m) : 0; }

  template <class Team>
  __device__ void operator()(const Team& team, std::int64_t i, T* numbers, int* integers) const {
    const auto work = core::matrix_spectrum_work(numbers, integers, m, vectors);
    core::matrix_spectrum(
        team, matrices.item(i), m, tolerance, work,
        core::MatrixSpectrumOutput<T>{results.eigenvalues.item_or_null(i), results.abscissa.item_or_null(i),
                                      results.right.item_or_null(i), results.left.item_or_null(i),
                                      results.overlap.item_or_null(i), results.checks.item_or_null(i),
                                      results.status.item_or_null(i)});
  }
};

namespace {

/// Whether more than eigenvalues is wanted: asked of the caller's views, as those of a measuring stage hold no data.
template <class T>
bool wants_vectors(const SpectraResults<T>& results) {
  return results.right || results.left || results.overlap || results.checks;
}

/// Queues the work; in a measuring arena it only adds up.
template <class T>
void spectra_on_device(cudaStream_t stream, Arena& arena, BatchView<const T> matrices, const SpectraOptions& options,
                       const SpectraResults<T>& results, bool vectors) {
  const int m = matrices.rows;
  const T tolerance =
      options.vector_tolerance > 0 ? static_cast<T>(options.vector_tolerance) : core::eigenvector_tolerance<T>(m);
  const SpectraOp<T> op{
      std::max(1, m / 2), m, vectors, tolerance, matrices, results, core::matrix_spectrum_scratch(m, vectors)};
  auto* next = arena.take<unsigned long long>(1);
  auto* scratch = arena.take<unsigned char>(launch_bytes(op, matrices.items));
  if (arena.measuring()) return;
  check(cudaMemsetAsync(next, 0, sizeof *next, stream), "clear a queue");
  launch(op, Queue{next, matrices.items}, scratch, stream);
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

template <class T>
std::size_t spectra_workspace_size(const Cuda& cuda, BatchView<const T> matrices, const SpectraResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  cuda::Arena arena;
  cuda::spectra_on_device<T>(cuda.stream, arena, matrices, {}, results, cuda::wants_vectors(results));
  return arena.used();
}

template <class T>
void spectra(const Cuda& cuda, BatchView<const T> matrices, const SpectraOptions& options,
             const SpectraResults<T>& results) {
  const cuda::DeviceScope scope(cuda);
  const bool vectors = cuda::wants_vectors(results);
  if (on_device(matrices.data)) {
    cuda::require_workspace(cuda, spectra_workspace_size(cuda, matrices, results), "spectra");
    cuda::Arena arena(cuda.workspace);
    cuda::spectra_on_device(cuda.stream, arena, matrices, options, results, vectors);
    return;
  }
  cuda::in_chunks(cuda, matrices.items, "spectra", [&](cuda::Stage& stage) {
    const auto chunk = stage.in(matrices);
    const SpectraResults<T> out = {
        stage.out(results.eigenvalues), stage.out(results.abscissa), stage.out(results.right), stage.out(results.left),
        stage.out(results.overlap),     stage.out(results.checks),   stage.out(results.status)};
    cuda::spectra_on_device(stage.stream(), stage.arena(), chunk, options, out, vectors);
  });
}

#define ORGANICS_INSTANTIATE(T)                                                                              \
  template std::size_t spectra_workspace_size<T>(const Cuda&, BatchView<const T>, const SpectraResults<T>&); \
  template void spectra<T>(const Cuda&, BatchView<const T>, const SpectraOptions&, const SpectraResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics::backend
