// What a worker needs to work on circuits side by side (simd/lanes.hpp).
#pragma once

#include <cstddef>
#include <vector>

#include "organics/circuits.hpp"
#include "organics/core/circuit_storage.hpp"
#include "simd/lanes.hpp"

namespace organics {

template <class T>
struct TogetherScratch {
  std::vector<T> numbers;  ///< number k of circuit l at k lanes.count + l
  std::vector<std::byte> bytes;
  std::vector<T> states;
  std::vector<core::Cost> costs;

  TogetherScratch(const simd::VerdictLanes<T>& lanes, int n)
      : numbers(core::circuit_storage_size(n) * static_cast<std::size_t>(lanes.count)),
        bytes(lanes.scratch(n)),
        states(2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(lanes.count)),
        costs(static_cast<std::size_t>(lanes.count)) {}
};

/// Lays `count` numbers into every `lanes`-th place, and returns the place after them.
template <class T>
T* lay(const T* from, std::ptrdiff_t count, std::ptrdiff_t lanes, T* to) {
  for (std::ptrdiff_t k = 0; k < count; ++k) to[k * lanes] = from[k];
  return to + count * lanes;
}

/// The same for a circuit's vectors, in the order of core/circuit_storage.hpp.
template <class T>
T* lay_vectors(const core::Circuit<T>& p, std::ptrdiff_t lanes, T* to) {
  for (const T* vector : {p.tau_y, p.tau_a, p.b0, p.b1, p.sigma, p.z}) to = lay(vector, p.n, lanes, to);
  return to;
}

/// The same for a circuit, its matrices by columns.
template <class T>
T* lay_circuit(const core::Circuit<T>& p, std::ptrdiff_t lanes, T* to) {
  to = lay_vectors(p, lanes, to);
  const std::ptrdiff_t square = static_cast<std::ptrdiff_t>(p.n) * p.n;
  return lay(p.W, square, lanes, lay(p.Wr, square, lanes, to));
}

}  // namespace organics
