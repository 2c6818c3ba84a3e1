// Circuits of a file may differ in shape; a batch may not. Groups equal shapes into batches.
#pragma once

#include <cstddef>
#include <vector>

#include "io/circuits_file.hpp"
#include "organics/organics.hpp"

namespace organics::cli {

/// Circuits of one shape: n, model, whether they have x0, and the number of times.
struct CircuitBatch {
  std::vector<std::size_t> members;  ///< positions in the file, increasing
  OwnedCircuit<double> parameters;   ///< each array holds one circuit after the other
  std::vector<double> x0;            ///< empty: rest
  std::vector<double> times;
  int times_each = 0;

  std::size_t size() const { return members.size(); }
  std::size_t dimension() const { return 2 * static_cast<std::size_t>(parameters.n); }

  Circuits<double> circuits() const;
  BatchView<const double> start_view() const;
  BatchView<const double> times_view() const;
};

/// Batches in the order of their first circuits.
std::vector<CircuitBatch> batches_by_shape(const std::vector<io::CircuitRecord>& records);

/// A view of one number per circuit.
template <class T>
BatchView<T> one_each(std::vector<T>& values) {
  return packed(values.data(), static_cast<std::int64_t>(values.size()), 1);
}

/// A view of `rows` x `cols` numbers per circuit of the batch.
inline BatchView<double> view(std::vector<double>& values, const CircuitBatch& batch, std::size_t rows, int cols = 1) {
  return packed(values.data(), static_cast<std::int64_t>(batch.size()), static_cast<int>(rows), cols);
}

}  // namespace organics::cli
