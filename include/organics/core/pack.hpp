// Pack: a scalar whose W lanes are numbers of W different circuits.
//
// The core over T = Pack<N, W, Arch> runs one algorithm on W circuits at once: arithmetic goes lane by lane, a
// comparison gives a Mask, and what is a branch on numbers elsewhere is a select() here. No operation mixes lanes but
// any() and all(), so that no circuit can disturb another, and each lane does what the core over N does, bit for bit as
// long as the compiler fuses no multiplication with an addition.
// Written in the vector extensions that GCC and Clang share. Arch is an empty type: it keeps apart what translation units
// compiled for different machines instantiate, and may name instructions that compilers do not find by themselves: any()
// and lane_bits() of the bits of a mask, larger() and smaller() of two vectors of numbers, larger() of two of integers, root_of_positive_part(). One
// with `has_masks` has registers for truth values, with compare<order>() and choose(). For the host only.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "organics/core/scalar.hpp"

namespace organics::core {

namespace detail {

/// Layout of IEEE numbers.
template <class N>
struct Format;
template <>
struct Format<double> {
  using Bits = std::int64_t;
  static constexpr int mantissa = 52;
  static constexpr int bias = 1023;
};
template <>
struct Format<float> {
  using Bits = std::int32_t;
  static constexpr int mantissa = 23;
  static constexpr int bias = 127;
};

/// W numbers in registers.
template <class N, int W>
struct Lanes {
  using Numbers __attribute__((vector_size(sizeof(N) * W))) = N;
  using Bits __attribute__((vector_size(sizeof(N) * W))) = typename Format<N>::Bits;
};

template <class To, class From>
inline To reinterpret(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

}  // namespace detail

/// How two vectors are compared, by the codes that AVX-512 has for integers.
enum class Order : std::uint8_t {
  equal = 0,
  less = 1,
  less_or_equal = 2,
  unequal = 4,
  greater_or_equal = 5,
  greater = 6
};

/// Machines with registers of one bit for each truth value.
template <class Arch>
concept HasMasks = Arch::has_masks;

/// W truth values: what a comparison of packs gives. The operators evaluate both sides.
template <class N, int W, class Arch>
struct Mask {
  using Bits = typename detail::Lanes<N, W>::Bits;
  static constexpr int lanes = W;
  Bits bits;  ///< 0 or -1 each

  Mask() = default;
  explicit Mask(bool value) : bits(Bits{} - static_cast<typename detail::Format<N>::Bits>(value ? 1 : 0)) {}
  explicit Mask(Bits value) : bits(value) {}

  template <Order order, class V>
  static Mask compare(V a, V b) {
    if constexpr (order == Order::equal) return Mask(Bits(a == b));
    if constexpr (order == Order::less) return Mask(Bits(a < b));
    if constexpr (order == Order::less_or_equal) return Mask(Bits(a <= b));
    if constexpr (order == Order::unequal) return Mask(Bits(a != b));
    if constexpr (order == Order::greater_or_equal) return Mask(Bits(a >= b));
    if constexpr (order == Order::greater) return Mask(Bits(a > b));
  }
  template <class V>
  V choose(V a, V b) const {
    return bits ? a : b;
  }

  bool operator[](int lane) const { return bits[lane] != 0; }
  void set(int lane, bool value) { bits[lane] = value ? -1 : 0; }

  friend Mask operator!(Mask a) { return Mask(~a.bits); }
  friend Mask operator&&(Mask a, Mask b) { return Mask(a.bits & b.bits); }
  friend Mask operator||(Mask a, Mask b) { return Mask(a.bits | b.bits); }

  friend bool any(Mask a) {
    if constexpr (requires { Arch::any(a.bits); }) return Arch::any(a.bits);
    typename detail::Format<N>::Bits sum = 0;
    for (int lane = 0; lane < W; ++lane) sum |= a.bits[lane];
    return sum != 0;
  }
  friend std::uint32_t lane_bits(Mask a) {
    if constexpr (requires { Arch::lane_bits(typename detail::Lanes<N, W>::Numbers{}); }) {
      return Arch::lane_bits(detail::reinterpret<typename detail::Lanes<N, W>::Numbers>(a.bits));
    } else {
      std::uint32_t found = 0;
      for (int lane = 0; lane < W; ++lane) found |= (a[lane] ? 1U : 0U) << lane;
      return found;
    }
  }
};

/// The same as one bit each.
template <class N, int W, HasMasks Arch>
struct Mask<N, W, Arch> {
  using Bits = std::conditional_t<(W > 8), std::uint16_t, std::uint8_t>;
  static constexpr int lanes = W;
  static constexpr unsigned all_bits = (1U << W) - 1;
  Bits bits;  ///< bit k: lane k; none beyond the lanes

  Mask() = default;
  explicit Mask(bool value) : bits(value ? all_bits : 0) {}
  explicit Mask(unsigned value) : bits(static_cast<Bits>(value)) {}

  template <Order order, class V>
  static Mask compare(V a, V b) {
    return Mask(unsigned{Arch::template compare<order>(a, b)});
  }
  template <class V>
  V choose(V a, V b) const {
    return Arch::choose(bits, a, b);
  }

  bool operator[](int lane) const { return ((bits >> lane) & 1) != 0; }
  void set(int lane, bool value) { bits = static_cast<Bits>((bits & ~(1U << lane)) | (value ? 1U : 0U) << lane); }

  friend Mask operator!(Mask a) { return Mask(a.bits ^ all_bits); }
  friend Mask operator&&(Mask a, Mask b) { return Mask(unsigned{a.bits} & b.bits); }
  friend Mask operator||(Mask a, Mask b) { return Mask(unsigned{a.bits} | b.bits); }

  friend bool any(Mask a) { return a.bits != 0; }
  friend std::uint32_t lane_bits(Mask a) { return a.bits; }
};

template <class N, int W, class Arch>
Mask<N, W, Arch> operator&&(bool a, Mask<N, W, Arch> b) {
  return Mask<N, W, Arch>(a) && b;
}
template <class N, int W, class Arch>
bool all(Mask<N, W, Arch> a) {
  return !any(!a);
}
template <class N, int W, class Arch>
Mask<N, W, Arch> select(Mask<N, W, Arch> condition, Mask<N, W, Arch> a, Mask<N, W, Arch> b) {
  return (condition && a) || (!condition && b);
}
template <class N, int W, class Arch>
bool in_lane(Mask<N, W, Arch> a, int lane) {
  return a[lane];
}
template <class N, int W, class Arch>
void set_lane(Mask<N, W, Arch>& a, int lane, bool value) {
  a.set(lane, value);
}

/// W integers: rows, counts.
template <class N, int W, class Arch>
struct PackIndex {
  using Bits = typename detail::Lanes<N, W>::Bits;
  using Lane = typename detail::Format<N>::Bits;
  using Truth = Mask<N, W, Arch>;
  static constexpr int lanes = W;
  Bits values;

  PackIndex() = default;
  explicit PackIndex(int value) : values(Bits{} + static_cast<Lane>(value)) {}
  explicit PackIndex(Bits value) : values(value) {}

  int operator[](int lane) const { return static_cast<int>(values[lane]); }

  friend Truth operator==(PackIndex a, PackIndex b) {
    return Truth::template compare<Order::equal>(a.values, b.values);
  }
  friend Truth operator!=(PackIndex a, PackIndex b) {
    return Truth::template compare<Order::unequal>(a.values, b.values);
  }
  friend Truth operator>=(PackIndex a, PackIndex b) {
    return Truth::template compare<Order::greater_or_equal>(a.values, b.values);
  }
  friend PackIndex operator+(PackIndex a, PackIndex b) { return PackIndex(Bits(a.values + b.values)); }
  friend void count(PackIndex& number, Truth condition, int step = 1) {
    number = number + select(condition, PackIndex(step), PackIndex(0));
  }
  friend int in_lane(PackIndex a, int lane) { return a[lane]; }
  friend PackIndex select(Truth condition, PackIndex a, PackIndex b) {
    return PackIndex(condition.choose(a.values, b.values));
  }
};

/// W codes of an enumeration.
template <class E, class Index>
struct PackCode {
  static constexpr int lanes = Index::lanes;
  Index values;

  PackCode() = default;
  PackCode(E value) : values(static_cast<int>(value)) {}  // NOLINT(google-explicit-constructor): one code for all
  explicit PackCode(Index value) : values(value) {}

  E operator[](int lane) const { return static_cast<E>(values[lane]); }

  friend auto operator==(PackCode a, E b) { return a.values == Index(static_cast<int>(b)); }
  friend auto operator!=(PackCode a, E b) { return a.values != Index(static_cast<int>(b)); }
  template <class Mask>
  friend PackCode select(Mask condition, PackCode a, PackCode b) {
    return PackCode(select(condition, a.values, b.values));
  }
  friend E in_lane(PackCode a, int lane) { return a[lane]; }
};

template <class N, int W, class Arch>
struct Pack {
  using Numbers = typename detail::Lanes<N, W>::Numbers;
  using Bits = typename detail::Lanes<N, W>::Bits;
  using Mask = core::Mask<N, W, Arch>;
  using Index = PackIndex<N, W, Arch>;
  static constexpr int lanes = W;
  static constexpr int registers = Arch::registers;

  Numbers values;

  Pack() = default;
  template <class V, class = std::enable_if_t<std::is_arithmetic_v<V>>>
  explicit Pack(V value) : values(static_cast<N>(value) - Numbers{}) {}  // to subtract 0 keeps a -0
  explicit Pack(Numbers all) : values(all) {}

  N operator[](int lane) const { return values[lane]; }
  void set(int lane, N value) { values[lane] = value; }

  friend Pack operator-(Pack a) { return Pack(Numbers(-a.values)); }
  friend Pack operator+(Pack a, Pack b) { return Pack(Numbers(a.values + b.values)); }
  friend Pack operator-(Pack a, Pack b) { return Pack(Numbers(a.values - b.values)); }
  friend Pack operator*(Pack a, Pack b) { return Pack(Numbers(a.values * b.values)); }
  friend Pack operator/(Pack a, Pack b) { return Pack(Numbers(a.values / b.values)); }
  Pack& operator+=(Pack b) { return *this = *this + b; }
  Pack& operator-=(Pack b) { return *this = *this - b; }
  Pack& operator*=(Pack b) { return *this = *this * b; }
  Pack& operator/=(Pack b) { return *this = *this / b; }

  friend Mask operator<(Pack a, Pack b) { return Mask::template compare<Order::less>(a.values, b.values); }
  friend Mask operator>(Pack a, Pack b) { return Mask::template compare<Order::greater>(a.values, b.values); }
  friend Mask operator<=(Pack a, Pack b) { return Mask::template compare<Order::less_or_equal>(a.values, b.values); }
  friend Mask operator>=(Pack a, Pack b) { return Mask::template compare<Order::greater_or_equal>(a.values, b.values); }
  friend Mask operator==(Pack a, Pack b) { return Mask::template compare<Order::equal>(a.values, b.values); }
  friend Mask operator!=(Pack a, Pack b) { return Mask::template compare<Order::unequal>(a.values, b.values); }

  friend Pack select(Mask condition, Pack a, Pack b) { return Pack(condition.choose(a.values, b.values)); }

  friend Pack max(Pack a, Pack b) {
    if constexpr (requires { Arch::larger(a.values, b.values); })
      return Pack(Numbers(Arch::larger(a.values, b.values)));
    return select(a > b, a, b);
  }
  friend Pack min(Pack a, Pack b) {
    if constexpr (requires { Arch::smaller(a.values, b.values); })
      return Pack(Numbers(Arch::smaller(a.values, b.values)));
    return select(a < b, a, b);
  }
  friend Pack positive_part(Pack x) { return max(Pack(0), x); }
  friend Pack max_magnitude(Pack running, Pack x) {
    if constexpr (requires { Arch::larger(Bits{}, Bits{}); }) {
      // numbers without a sign are in the order of their bits, NaN the largest
      const Bits larger =
          Arch::larger(detail::reinterpret<Bits>(running.values), detail::reinterpret<Bits>(absolute(x).values));
      return Pack(detail::reinterpret<Numbers>(larger));
    }
    return max_or_nan(running, absolute(x));
  }

  friend Pack absolute(Pack x) {
    const Bits sign = detail::reinterpret<Bits>(Pack(-0.0).values);
    return Pack(detail::reinterpret<Numbers>(Bits(detail::reinterpret<Bits>(x.values) & ~sign)));
  }
  friend Pack with_sign(Pack a, Pack b) {
    const Bits sign = detail::reinterpret<Bits>(Pack(-0.0).values);
    return Pack(detail::reinterpret<Numbers>(
        Bits((detail::reinterpret<Bits>(a.values) & ~sign) | (detail::reinterpret<Bits>(b.values) & sign))));
  }
  friend Pack square_root(Pack x) {
    for (int lane = 0; lane < W; ++lane) x.values[lane] = std::sqrt(x.values[lane]);
    return x;
  }
  friend Pack root_of_positive_part(Pack x) {
    if constexpr (requires { Arch::root_of_positive_part(x.values); }) {
      return Pack(Numbers(Arch::root_of_positive_part(x.values)));
    }
    return square_root(positive_part(x));
  }
  friend Pack rough_quotient(Pack a, Pack b) {
    if constexpr (requires { Arch::rough_inverse(b.values); }) {
      const Pack r(Numbers(Arch::rough_inverse(b.values)));
      return a * r * (Pack(2) - b * r);
    }
    return a / b;
  }
  friend Pack round_down(Pack x) {
    for (int lane = 0; lane < W; ++lane) x.values[lane] = std::floor(x.values[lane]);
    return x;
  }

  /// As the scalar one: 0 for zero; of what is not finite there is no exponent, but a finite number.
  friend Pack exponent_of(Pack x) {
    constexpr int lift = detail::Format<N>::mantissa + 2;
    const Pack size = absolute(x);
    const Mask tiny = size < Pack(smallest_normal<N>());
    const Pack normal = select(tiny, size * power_of_two(Pack(lift)), size);
    return select(x == Pack(0), Pack(0), exponent_of_normal(normal) - select(tiny, Pack(lift), Pack(0)));
  }
  /// An integer below 2^mantissa is the last bits of 2^mantissa plus that integer.
  friend Pack exponent_of_normal(Pack x) {
    using F = detail::Format<N>;
    constexpr N shifted = static_cast<N>(typename F::Bits{1} << F::mantissa);
    const Bits biased = detail::reinterpret<Bits>(x.values) >> F::mantissa;
    const Bits whole = biased | detail::reinterpret<Bits>(Pack(shifted).values);
    return Pack(detail::reinterpret<Numbers>(whole)) - Pack(shifted + static_cast<N>(F::bias - 1));
  }
  friend Pack significand_of(Pack x) {
    using F = detail::Format<N>;
    constexpr typename F::Bits fraction = (typename F::Bits{1} << F::mantissa) - 1;
    const Bits half = detail::reinterpret<Bits>(Pack(0.5).values);
    return Pack(detail::reinterpret<Numbers>(Bits((detail::reinterpret<Bits>(x.values) & fraction) | half)));
  }
  /// Out of its last bits after a shift of the point.
  friend Pack power_of_two(Pack e) {
    using F = detail::Format<N>;
    constexpr N shifted = static_cast<N>(typename F::Bits{1} << F::mantissa);
    const Pack sum = e + Pack(shifted + static_cast<N>(F::bias));
    return Pack(detail::reinterpret<Numbers>(Bits(detail::reinterpret<Bits>(sum.values) << F::mantissa)));
  }
  friend Pack times_power_of_two(Pack x, Pack exponent) {
    if (all(absolute(exponent) < Pack(detail::Format<N>::bias))) return x * power_of_two(exponent);
    for (int lane = 0; lane < W; ++lane) {
      x.values[lane] = core::times_power_of_two(x.values[lane], exponent.values[lane]);
    }
    return x;
  }

  friend N in_lane(Pack x, int lane) { return x[lane]; }
  friend void set_lane(Pack& x, int lane, N value) { x.set(lane, value); }
  /// x[row] of each lane.
  friend Pack entry(const Pack* x, Index row) {
    Pack result;
    for (int lane = 0; lane < W; ++lane) result.values[lane] = x[row[lane]].values[lane];
    return result;
  }
  /// Exchanges x[k] and x[row] in each lane.
  friend void exchange(Pack* x, int k, Index row) {
    for (int lane = 0; lane < W; ++lane) {
      const int other = row[lane];
      if (other == k) continue;
      Mask own(false);
      own.set(lane, true);
      const Pack moved = x[k];
      const Pack there = x[other];
      x[k] = select(own, there, moved);
      x[other] = select(own, moved, there);
    }
  }
};

namespace detail {
template <class P, int W>
struct Narrower;
template <class N, int lanes, class Arch, int W>
struct Narrower<Pack<N, lanes, Arch>, W> {
  using type = Pack<N, W, Arch>;
};
}  // namespace detail

/// A pack of W numbers, else like P.
template <class P, int W>
using PackOf = typename detail::Narrower<P, W>::type;

template <class N, int W, class Arch>
struct Limits<Pack<N, W, Arch>> : Limits<N> {};

/// Each number fills a register, and the sums of a tile must leave some free.
template <class N, int W, class Arch>
struct TileShape<Pack<N, W, Arch>> {
  static constexpr std::size_t rows = 4;
  static constexpr std::size_t columns = Arch::registers >= 32 ? 4 : 3;
};

/// Sums that wait for nothing but their own last term: eight fill the two pipes of a processor for multiplications.
template <class N, int W, class Arch>
struct Blocks<Pack<N, W, Arch>> {
  using OfRows = std::integer_sequence<int, 10, 4, 2, 1>;
  using OfSlopes = std::integer_sequence<int, 4, 2, 1>;
};

template <class N, int W, class Arch>
struct Kinds<Pack<N, W, Arch>> {
  using Number = N;
  using Mask = core::Mask<N, W, Arch>;
  using Index = PackIndex<N, W, Arch>;
  template <class E>
  using Code = PackCode<E, Index>;
  static constexpr int lanes = W;
};

}  // namespace organics::core
