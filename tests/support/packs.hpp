// Packs in tests: numbers of several circuits laid side by side, and taken apart again.
#pragma once

#include <cstddef>
#include <type_traits>
#include <vector>

#include "organics/core/pack.hpp"
#include "support/circuit_data.hpp"

namespace organics::test {

/// What the machine is said to be; 16 registers, as that is where a tile is smallest.
struct TestArch {
  static constexpr int registers = 16;
};

/// One with registers for truth values, as AVX-512 has them.
struct MaskedArch {
  static constexpr int registers = 16;
  static constexpr bool has_masks = true;

  template <core::Order order, class V>
  static unsigned compare(V a, V b) {
    constexpr int lanes = sizeof(V) / sizeof(a[0]);
    unsigned found = 0;
    for (int lane = 0; lane < lanes; ++lane) found |= (holds<order>(a[lane], b[lane]) ? 1U : 0U) << lane;
    return found;
  }
  template <class V>
  static V choose(unsigned which, V a, V b) {
    constexpr int lanes = sizeof(V) / sizeof(a[0]);
    for (int lane = 0; lane < lanes; ++lane) {
      if (((which >> lane) & 1) == 0) a[lane] = b[lane];
    }
    return a;
  }
  template <class V>
    requires std::is_integral_v<std::remove_reference_t<decltype(V{}[0])>>
  static V larger(V a, V b) {
    return a > b ? a : b;
  }

 private:
  template <core::Order order, class N>
  static bool holds(N a, N b) {
    switch (order) {
      case core::Order::equal:
        return a == b;
      case core::Order::less:
        return a < b;
      case core::Order::less_or_equal:
        return a <= b;
      case core::Order::unequal:
        return a != b;
      case core::Order::greater_or_equal:
        return a >= b;
      case core::Order::greater:
        return a > b;
    }
    return false;
  }
};

using Doubles = core::Pack<double, 2, TestArch>;  // as wide as every x86-64 machine has registers for
using Floats = core::Pack<float, 4, TestArch>;
using MaskedDoubles = core::Pack<double, 2, MaskedArch>;
using MaskedFloats = core::Pack<float, 4, MaskedArch>;

/// Lane l of the result holds lanes[l].
template <class P, class N>
std::vector<P> side_by_side(const std::vector<std::vector<N>>& lanes) {
  std::vector<P> packs(lanes[0].size());
  for (std::size_t k = 0; k < packs.size(); ++k) {
    for (int lane = 0; lane < P::lanes; ++lane) packs[k].set(lane, lanes[static_cast<std::size_t>(lane)][k]);
  }
  return packs;
}

template <class P>
auto lane_of(const std::vector<P>& packs, int lane) {
  std::vector<decltype(packs[0][0])> numbers(packs.size());
  for (std::size_t k = 0; k < packs.size(); ++k) numbers[k] = packs[k][lane];
  return numbers;
}

/// Circuits of a pack, laid side by side.
template <class P = Doubles>
class CircuitsTogether {
 public:
  explicit CircuitsTogether(const std::vector<CircuitData>& lanes) : n_(lanes[0].n), model_(lanes[0].model) {
    const std::vector<double> CircuitData::*fields[] = {&CircuitData::tau_y, &CircuitData::tau_a, &CircuitData::b0,
                                                        &CircuitData::b1,    &CircuitData::sigma, &CircuitData::z,
                                                        &CircuitData::Wr,    &CircuitData::W};
    for (const auto field : fields) {
      std::vector<std::vector<double>> own;
      for (const CircuitData& lane : lanes) own.push_back(lane.*field);
      fields_.push_back(side_by_side<P>(own));
    }
  }
  core::CircuitModel<P> circuit_model() const {
    return {{n_, model_, fields_[0].data(), fields_[1].data(), fields_[2].data(), fields_[3].data(), fields_[4].data(),
             fields_[5].data(), fields_[6].data(), fields_[7].data()}};
  }

 private:
  int n_;
  ModelKind model_;
  std::vector<std::vector<P>> fields_;
};

}  // namespace organics::test
