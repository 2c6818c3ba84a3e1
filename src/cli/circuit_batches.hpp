// Circuits of a file may differ in shape; a batch may not. Groups equal shapes into batches.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "io/circuits_file.hpp"
#include "organics/organics.hpp"
#include "organics/stimulus.hpp"

namespace organics::cli {

/// A signal of every circuit of a batch, circuit after circuit; no knots: none.
struct SignalArrays {
  int knots = 0;
  int rows = 0;
  Interpolation kind = Interpolation::constant;
  std::vector<double> times, values;

  Signal<double> view(std::size_t circuits) const;
};

/// Circuits of one shape: n, model, and which of the optional fields they have, in which sizes.
struct CircuitBatch {
  std::vector<std::size_t> members;  ///< positions in the file, increasing
  OwnedCircuit<double> parameters;   ///< each array holds one circuit after the other
  std::vector<double> x0;            ///< empty: rest
  std::vector<double> times, span;
  int times_each = 0;
  std::vector<double> rtol, atol;  ///< for each component; empty: not given
  SignalArrays z, b0, b1;
  bool has_gains = false;
  io::GainsRecord gains;  ///< each array holds one circuit after the other; the signal is in input_signal
  SignalArrays input_signal;

  std::size_t size() const { return members.size(); }
  std::size_t dimension() const { return (has_gains ? 4U : 2U) * static_cast<std::size_t>(parameters.n); }

  Circuits<double> circuits() const;
  BatchView<const double> start_view() const;
  BatchView<const double> times_view() const;
  Stimulus<double> stimulus_views() const;
  DynamicGains<double> gains_views() const;

  /// A view of values that are packed circuit by circuit, in columns of `rows`; empty where there are none.
  BatchView<const double> packed_view(const std::vector<double>& values, std::size_t rows) const;
};

/// Positions of the circuits of each shape, in the order of their first circuits.
std::vector<std::vector<std::size_t>> groups_by_shape(const std::vector<io::CircuitRecord>& records);

/// The circuits at these positions, which are of one shape.
CircuitBatch make_batch(const std::vector<io::CircuitRecord>& records, std::span<const std::size_t> members);

/// A batch of each shape, in the order of their first circuits.
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
