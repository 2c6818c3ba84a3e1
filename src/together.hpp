// What a worker needs to judge circuits side by side (simd/lanes.hpp).
#pragma once

#include <cstddef>
#include <vector>

#include "organics/core/circuit_storage.hpp"
#include "simd/lanes.hpp"

namespace organics {

template <class T>
struct TogetherScratch {
  std::vector<T> numbers;  ///< number k of circuit l at k lanes.count + l
  std::vector<std::byte> bytes;
  std::vector<T> states;
  std::vector<core::Cost> costs;

  TogetherScratch(const simd::Lanes<T>& lanes, int n)
      : numbers(core::circuit_storage_size(n) * static_cast<std::size_t>(lanes.count)),
        bytes(lanes.scratch(n)),
        states(2 * static_cast<std::size_t>(n) * static_cast<std::size_t>(lanes.count)),
        costs(static_cast<std::size_t>(lanes.count)) {}
};

}  // namespace organics
