#include "organics/spectra.hpp"

#include "organics/core/matrix_spectrum.hpp"
#include "organics/parallel.hpp"
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
  if (m == 2 && !vectors) {
    parallel_for(threads, matrices.items, grain, [&](int, std::int64_t i) {
      const core::MatrixSpectrumOutput<T> out = {
          results.eigenvalues.item_or_null(i), results.abscissa.item_or_null(i), nullptr, nullptr, nullptr, nullptr,
          results.status.item_or_null(i)};
      core::planar_spectrum(core::Solo{}, matrices.item(i), out);
    });
    return;
  }
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
