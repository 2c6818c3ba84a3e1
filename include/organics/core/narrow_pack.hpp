// Packs of floats beside bundles of two packs of doubles: as many lanes, in half the registers. For the host only.
#pragma once

#include <cstring>
#include <type_traits>
#include <utility>

#include "organics/core/bundle.hpp"

namespace organics::core {

template <int W, class Arch>
struct Narrow<Bundle<Pack<double, W, Arch>, 2>> {
  using Type = Pack<float, 2 * W, Arch>;
};

/// Rows of a matrix times a vector: as many sums as wait for nothing but their own last term.
template <int W, class Arch>
struct Blocks<Bundle<Pack<double, W, Arch>, 2>> {
  using OfRows = std::integer_sequence<int, 4, 1>;
  using OfSlopes = std::integer_sequence<int, 1>;
};

namespace detail {

/// What is in the lanes: numbers, or the bits of integers and truth values.
template <class N, int W, class Arch>
auto& lanes_in(Pack<N, W, Arch>& a) {
  return a.values;
}
template <class N, int W, class Arch>
auto& lanes_in(PackIndex<N, W, Arch>& a) {
  return a.values;
}
template <class N, int W, class Arch>
auto& lanes_in(Mask<N, W, Arch>& a) {
  return a.bits;
}

/// 2 W lanes out of two halves of W, and back.
template <class To, class Half>
To joined(const Bundle<Half, 2>& from) {
  To to;
  for (int g = 0; g < 2; ++g) {
    Half part = from.part[g];
    using Lane = std::remove_reference_t<decltype(lanes_in(to)[0])>;
    using Converted __attribute__((vector_size(sizeof(Lane) * Half::lanes))) = Lane;
    const Converted half = __builtin_convertvector(lanes_in(part), Converted);
    std::memcpy(reinterpret_cast<char*>(&to) + static_cast<std::size_t>(g) * sizeof half, &half, sizeof half);
  }
  return to;
}
template <class Half, class From>
Bundle<Half, 2> halved(const From& from) {
  Bundle<Half, 2> to;
  From all = from;
  for (int g = 0; g < 2; ++g) {
    using Lane = std::remove_reference_t<decltype(lanes_in(all)[0])>;
    using Narrower __attribute__((vector_size(sizeof(Lane) * Half::lanes))) = Lane;
    Narrower half;
    std::memcpy(&half, reinterpret_cast<const char*>(&all) + static_cast<std::size_t>(g) * sizeof half, sizeof half);
    using Whole = std::remove_reference_t<decltype(lanes_in(to.part[g]))>;
    lanes_in(to.part[g]) = __builtin_convertvector(half, Whole);
  }
  return to;
}

}  // namespace detail

/// Numbers to the nearest float, and floats as doubles.
template <class To, int W, class Arch>
To converted(const Bundle<Pack<double, W, Arch>, 2>& from) {
  return detail::joined<To>(from);
}
template <class To, int W, class Arch>
To converted(const Pack<float, W, Arch>& from) {
  return detail::halved<Pack<double, W / 2, Arch>>(from);
}
/// Truth values and integers of floats for doubles.
template <class To, int W, class Arch>
To converted(const Mask<float, W, Arch>& from) {
  if constexpr (HasMasks<Arch>) {
    return To(std::uint64_t{from.bits});
  } else {
    return detail::halved<Mask<double, W / 2, Arch>>(from);
  }
}
template <class To, int W, class Arch>
To converted(const PackIndex<float, W, Arch>& from) {
  return detail::halved<PackIndex<double, W / 2, Arch>>(from);
}

}  // namespace organics::core
