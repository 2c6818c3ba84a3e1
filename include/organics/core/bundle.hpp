// Bundle: G packs as one scalar, whose operations do not wait for each other.
//
// Where a step is a chain of few numbers, each operation waits for the one before it, divisions and roots the longest;
// several packs side by side fill that time. To the core a bundle is a pack of G times as many lanes. What it is made of
// (V) is a pack, or the masks, integers or codes that go with one. For the host only.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "organics/core/pack.hpp"

namespace organics::core {

template <class V, int G>
struct Bundle {
  static constexpr int lanes = G * V::lanes;

  V part[G];

  Bundle() = default;
  template <class S>
    requires(std::is_arithmetic_v<S> && std::is_constructible_v<V, S>)
  explicit Bundle(S value) {
    for (V& p : part) p = V(value);
  }
  template <class E>
    requires(std::is_enum_v<E> && std::is_convertible_v<E, V>)
  Bundle(E value) {  // NOLINT(google-explicit-constructor): one code for all, as that of a pack
    for (V& p : part) p = V(value);
  }

  static Bundle of(const std::same_as<V> auto&... parts) {
    Bundle all;
    std::size_t g = 0;
    ((all.part[g++] = parts), ...);
    return all;
  }
  V get(std::size_t g) const { return part[g]; }

  auto operator[](int lane) const { return part[lane / V::lanes][lane % V::lanes]; }
  template <class S>
  void set(int lane, S value) {
    part[lane / V::lanes].set(lane % V::lanes, value);
  }
};

/// Truth values of one bit each, all in one integer.
template <class N, int W, HasMasks Arch, int G>
struct Bundle<Mask<N, W, Arch>, G> {
  using Part = Mask<N, W, Arch>;
  static constexpr int lanes = G * W;
  static_assert(lanes <= 64);
  static constexpr std::uint64_t all_bits = ~std::uint64_t{0} >> (64 - lanes);

  std::uint64_t bits;  ///< bit k: lane k; none beyond the lanes

  Bundle() = default;
  explicit Bundle(bool value) : bits(value ? all_bits : 0) {}
  explicit Bundle(std::uint64_t value) : bits(value) {}

  static Bundle of(const std::same_as<Part> auto&... parts) {
    std::uint64_t found = 0;
    int place = 0;
    ((found |= std::uint64_t{parts.bits} << place, place += W), ...);
    return Bundle(found);
  }
  Part get(std::size_t g) const { return Part(static_cast<unsigned>(bits >> (g * W)) & Part::all_bits); }

  bool operator[](int lane) const { return ((bits >> lane) & 1) != 0; }
  void set(int lane, bool value) { bits = (bits & ~(std::uint64_t{1} << lane)) | std::uint64_t{value} << lane; }

  friend Bundle operator!(Bundle a) { return Bundle(a.bits ^ all_bits); }
  friend Bundle operator&&(Bundle a, Bundle b) { return Bundle(a.bits & b.bits); }
  friend Bundle operator&&(bool a, Bundle b) { return Bundle(a) && b; }
  friend Bundle operator||(Bundle a, Bundle b) { return Bundle(a.bits | b.bits); }
  friend Bundle select(Bundle condition, Bundle a, Bundle b) {
    return Bundle((condition.bits & a.bits) | (~condition.bits & b.bits));
  }
  friend bool any(Bundle a) { return a.bits != 0; }
  friend bool all(Bundle a) { return a.bits == all_bits; }
  friend std::uint64_t lane_bits(Bundle a) { return a.bits; }
};

namespace detail {

/// f of the first parts, f of the second parts, ...: written out, so that no loop keeps them in memory.
template <int G, class F>
inline auto by_part(F&& f) {
  return [&]<std::size_t... g>(std::index_sequence<g...>) {
    return Bundle<decltype(f(0)), G>::of(f(g)...);
  }(std::make_index_sequence<static_cast<std::size_t>(G)>());
}

template <class F, class A, class... More, int G>
inline auto each(F&& f, const Bundle<A, G>& a, const Bundle<More, G>&... more) {
  return by_part<G>([&](std::size_t g) { return f(a.get(g), more.get(g)...); });
}

}  // namespace detail

template <class V, int G>
Bundle<V, G> operator-(const Bundle<V, G>& a) {
  return detail::each([](V x) { return -x; }, a);
}
template <class V, int G>
Bundle<V, G> operator!(const Bundle<V, G>& a) {
  return detail::each([](V x) { return !x; }, a);
}
template <class V, int G>
Bundle<V, G> operator+(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x + y; }, a, b);
}
template <class V, int G>
Bundle<V, G> operator-(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x - y; }, a, b);
}
template <class V, int G>
Bundle<V, G> operator*(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x * y; }, a, b);
}
template <class V, int G>
Bundle<V, G> operator/(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x / y; }, a, b);
}
template <class V, int G>
Bundle<V, G>& operator+=(Bundle<V, G>& a, const Bundle<V, G>& b) {
  return a = a + b;
}
template <class V, int G>
Bundle<V, G>& operator*=(Bundle<V, G>& a, const Bundle<V, G>& b) {
  return a = a * b;
}

template <class V, int G>
auto operator<(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x < y; }, a, b);
}
template <class V, int G>
auto operator>(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x > y; }, a, b);
}
template <class V, int G>
auto operator<=(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x <= y; }, a, b);
}
template <class V, int G>
auto operator>=(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x >= y; }, a, b);
}
template <class V, int G>
auto operator==(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x == y; }, a, b);
}
template <class V, int G>
auto operator!=(const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](V x, V y) { return x != y; }, a, b);
}
template <class V, int G, class E>
  requires std::is_enum_v<E>
auto operator==(const Bundle<V, G>& a, E code) {
  return detail::each([code](V x) { return x == code; }, a);
}
template <class V, int G, class E>
  requires std::is_enum_v<E>
auto operator!=(const Bundle<V, G>& a, E code) {
  return detail::each([code](V x) { return x != code; }, a);
}

template <class M, int G>
Bundle<M, G> operator&&(const Bundle<M, G>& a, const Bundle<M, G>& b) {
  return detail::each([](M x, M y) { return x && y; }, a, b);
}
template <class M, int G>
Bundle<M, G> operator&&(bool a, const Bundle<M, G>& b) {
  return Bundle<M, G>(a) && b;
}
template <class M, int G>
Bundle<M, G> operator||(const Bundle<M, G>& a, const Bundle<M, G>& b) {
  return detail::each([](M x, M y) { return x || y; }, a, b);
}
template <class M, int G>
bool any(const Bundle<M, G>& a) {
  M found = a.part[0];
  for (int g = 1; g < G; ++g) found = found || a.part[g];
  return any(found);
}
template <class M, int G>
bool all(const Bundle<M, G>& a) {
  return !any(!a);
}

template <class M, int G>
std::uint64_t lane_bits(const Bundle<M, G>& a) {
  static_assert(Bundle<M, G>::lanes <= 64);
  std::uint64_t found = 0;
  for (int g = 0; g < G; ++g) found |= std::uint64_t{lane_bits(a.part[g])} << (g * M::lanes);
  return found;
}

template <class M, class V, int G>
Bundle<V, G> select(const Bundle<M, G>& condition, const Bundle<V, G>& a, const Bundle<V, G>& b) {
  return detail::each([](M c, V x, V y) { return select(c, x, y); }, condition, a, b);
}
template <class I, class M, int G>
void count(Bundle<I, G>& number, const Bundle<M, G>& condition, int step = 1) {
  for (std::size_t g = 0; g < G; ++g) count(number.part[g], condition.get(g), step);
}
template <class V, int G>
auto in_lane(const Bundle<V, G>& a, int lane) {
  return a[lane];
}
template <class V, int G, class S>
void set_lane(Bundle<V, G>& a, int lane, S value) {
  a.set(lane, value);
}

template <class P, int G>
Bundle<P, G> max(const Bundle<P, G>& a, const Bundle<P, G>& b) {
  return detail::each([](P x, P y) { return max(x, y); }, a, b);
}
template <class P, int G>
Bundle<P, G> min(const Bundle<P, G>& a, const Bundle<P, G>& b) {
  return detail::each([](P x, P y) { return min(x, y); }, a, b);
}
template <class P, int G>
Bundle<P, G> positive_part(const Bundle<P, G>& x) {
  return detail::each([](P p) { return positive_part(p); }, x);
}
template <class P, int G>
Bundle<P, G> absolute(const Bundle<P, G>& x) {
  return detail::each([](P p) { return absolute(p); }, x);
}
template <class P, int G>
Bundle<P, G> max_magnitude(const Bundle<P, G>& running, const Bundle<P, G>& x) {
  return detail::each([](P p, P q) { return max_magnitude(p, q); }, running, x);
}
template <class P, int G>
Bundle<P, G> square_root(const Bundle<P, G>& x) {
  return detail::each([](P p) { return square_root(p); }, x);
}
template <class P, int G>
Bundle<P, G> root_of_positive_part(const Bundle<P, G>& x) {
  return detail::each([](P p) { return root_of_positive_part(p); }, x);
}
template <class P, int G>
Bundle<P, G> rough_quotient(const Bundle<P, G>& a, const Bundle<P, G>& b) {
  return detail::each([](P p, P q) { return rough_quotient(p, q); }, a, b);
}
template <class P, int G>
Bundle<P, G> round_down(const Bundle<P, G>& x) {
  return detail::each([](P p) { return round_down(p); }, x);
}
template <class P, int G>
Bundle<P, G> exponent_of(const Bundle<P, G>& x) {
  return detail::each([](P p) { return exponent_of(p); }, x);
}
template <class P, int G>
Bundle<P, G> exponent_of_normal(const Bundle<P, G>& x) {
  return detail::each([](P p) { return exponent_of_normal(p); }, x);
}
template <class P, int G>
Bundle<P, G> significand_of(const Bundle<P, G>& x) {
  return detail::each([](P p) { return significand_of(p); }, x);
}
template <class P, int G>
Bundle<P, G> power_of_two(const Bundle<P, G>& exponent) {
  return detail::each([](P e) { return power_of_two(e); }, exponent);
}
template <class P, int G>
Bundle<P, G> times_power_of_two(const Bundle<P, G>& x, const Bundle<P, G>& exponent) {
  return detail::each([](P p, P e) { return times_power_of_two(p, e); }, x, exponent);
}

template <class P, int G>
struct Limits<Bundle<P, G>> : Limits<NumberOf<P>> {};

template <class P, int K>
struct Blocks<Bundle<P, K>> {
  using OfRows = std::integer_sequence<int, 1>;
  using OfSlopes = std::integer_sequence<int, 2, 1>;
};

template <class P, int G>
struct Kinds<Bundle<P, G>> {
  using Number = NumberOf<P>;
  using Mask = Bundle<MaskOf<P>, G>;
  using Index = Bundle<IndexOf<P>, G>;
  template <class E>
  using Code = Bundle<CodeOf<P, E>, G>;
  static constexpr int lanes = G * lanes_of<P>;
};

}  // namespace organics::core
