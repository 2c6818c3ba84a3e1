#include "organics/spectra.hpp"

#include <algorithm>

#include "organics/core/matrix_spectrum.hpp"
#include "organics/parallel.hpp"
#include "simd/lanes.hpp"
#include "validate.hpp"

namespace organics {

namespace {

/// Where the results of matrix i go.
template <class T>
core::MatrixSpectrumOutput<T> output(const SpectraResults<T>& results, std::int64_t i) {
  return {results.eigenvalues.item_or_null(i), results.abscissa.item_or_null(i), results.right.item_or_null(i),
          results.left.item_or_null(i),        results.overlap.item_or_null(i),  results.checks.item_or_null(i),
          results.status.item_or_null(i)};
}

template <class T>
void require_arguments(const Executor& executor, BatchView<const T> matrices, const SpectraOptions& options,
                       const SpectraResults<T>& results) {
  const std::int64_t items = matrices.items;
  const int m = matrices.rows;
  require(items >= 0, "matrices: items", static_cast<double>(items), "0 or more");
  require(m >= 1, "matrices: rows", m, "at least 1");
  require(options.vector_tolerance >= 0 && options.vector_tolerance < 1, "vector_tolerance", options.vector_tolerance,
          "0 (the default) or a number below 1");
  require_shape("matrices", matrices, items, m, m, false, true);
  bool device = false;
  if (items > 0 && std::holds_alternative<Cuda>(executor)) device = backend::on_device(matrices.data);
  const auto check = [&](const char* field, const auto& view, int rows, int cols) {
    require_shape(field, view, items, rows, cols, true, false);
    if (items > 0) require_place(executor, field, view.data, device);
  };
  check("results.eigenvalues", results.eigenvalues, 2, m);
  check("results.abscissa", results.abscissa, 1, 1);
  check("results.right", results.right, 2, m);
  check("results.left", results.left, 2, m);
  check("results.overlap", results.overlap, 2, 1);
  check("results.checks", results.checks, 4, 1);
  check("results.status", results.status, 1, 1);
}

/// Eigenvalues of 2 x 2 matrices, several at a time in vector registers where there are such; those that are not
/// ordinary one by one.
template <class T>
void planar_spectra(const Cpu& cpu, int threads, std::int64_t grain, BatchView<const T> matrices,
                    const SpectraResults<T>& results) {
  const auto one = [&](std::int64_t i) { core::planar_spectrum(core::Solo{}, matrices.item(i), output(results, i)); };
  const simd::Lanes<T>* lanes = simd::lanes<T>(cpu.simd);
  if (lanes == nullptr) {
    parallel_for(threads, matrices.items, grain, [&](int, std::int64_t i) { one(i); });
    return;
  }
  const std::int64_t width = lanes->count;
  const bool packed = matrices.item_stride == 4 && results.eigenvalues && results.eigenvalues.item_stride == 4;
  const T* const matrices_end = matrices.data + 4 * matrices.items;
  const T* const eigenvalues_end = results.eigenvalues.data + 4 * matrices.items;
  const bool apart = eigenvalues_end <= matrices.data || matrices_end <= results.eigenvalues.data;
  const auto group = [&](int, std::int64_t g) {
    const std::int64_t first = g * width;
    const std::int64_t here = std::min(width, matrices.items - first);
    const bool copied = !packed || !apart || here < width;
    T entries[4 * simd::most_lanes];
    T found[4 * simd::most_lanes];
    for (std::int64_t lane = 0; copied && lane < width; ++lane) {  // beyond the last matrix that one again
      std::copy_n(matrices.item(first + std::min(lane, here - 1)), 4, entries + 4 * lane);
    }
    T* const to = copied ? found : results.eigenvalues.item(first);
    const std::uint32_t ordinary = lanes->planar_eigenvalues(copied ? entries : matrices.item(first), to);
    for (std::int64_t lane = 0; lane < here; ++lane) {
      const std::int64_t i = first + lane;
      if ((ordinary >> lane & 1U) == 0) {
        one(i);
        continue;
      }
      if (copied && results.eigenvalues) std::copy_n(to + 4 * lane, 4, results.eigenvalues.item(i));
      if (T* abscissa = results.abscissa.item_or_null(i)) *abscissa = to[4 * lane + 2];
      if (Status* status = results.status.item_or_null(i)) *status = Status::ok;
    }
  };
  parallel_for(threads, (matrices.items + width - 1) / width, grain / width + 1, group);
}

}  // namespace

template <class T>
void spectra(const Executor& executor, BatchView<const T> matrices, const SpectraOptions& options,
             const SpectraResults<T>& results) {
  require_arguments(executor, matrices, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::spectra(*cuda, matrices, options, results);
    return;
  }
  if (matrices.items == 0) return;
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), matrices.items);
  const int m = matrices.rows;
  const bool vectors = output(results, 0).wants_vectors();
  const std::int64_t grain = 1 + 1000 / (static_cast<std::int64_t>(m) * m * m);  // a turn at the counter costs, too
  if (m == 2 && !vectors) return planar_spectra(std::get<Cpu>(executor), threads, grain, matrices, results);
  const T tolerance =
      options.vector_tolerance > 0 ? static_cast<T>(options.vector_tolerance) : core::eigenvector_tolerance<T>(m);
  WorkerScratch<T> scratch(threads, core::matrix_spectrum_scratch(m, vectors), static_cast<std::size_t>(m));
  parallel_for(threads, matrices.items, grain, [&](int worker, std::int64_t i) {
    const auto work = core::matrix_spectrum_work(scratch.numbers(worker), scratch.integers(worker), m, vectors);
    core::matrix_spectrum(core::Solo{}, matrices.item(i), m, tolerance, work, output(results, i));
  });
}

template <class T>
std::size_t spectra_workspace_size(const Executor& executor, BatchView<const T> matrices,
                                   const SpectraResults<T>& results) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::spectra_workspace_size(*cuda, matrices, results) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                                                   \
  template void spectra<T>(const Executor&, BatchView<const T>, const SpectraOptions&, const SpectraResults<T>&); \
  template std::size_t spectra_workspace_size<T>(const Executor&, BatchView<const T>, const SpectraResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
