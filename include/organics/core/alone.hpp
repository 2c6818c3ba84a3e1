// Alone: a number of a circuit that is marched by itself, in code for one instruction set.
//
// To the core it is a number: one lane, plain truth values and integers. What it brings along is the pack `Wide` of the
// machine: the sums over rows and over slopes, and the norms, that a march spends its time in then go over W components of
// the one circuit at a time (row_panels.hpp, wide.hpp); other loops over components are left to the compiler. Its tag keeps
// apart what translation units for different machines instantiate, as that of a pack does. For the host only.
#pragma once

#include <cmath>
#include <type_traits>

#include "organics/core/pack.hpp"

namespace organics::core {

template <class Pack>
struct Alone {
  using Number = NumberOf<Pack>;
  using Wide = Pack;
  static constexpr int lanes = 1;

  Number value;

  Alone() = default;
  template <class V>
    requires std::is_arithmetic_v<V>
  constexpr explicit Alone(V number) : value(static_cast<Number>(number)) {}

  friend Alone operator-(Alone a) { return Alone(-a.value); }
  friend Alone operator+(Alone a, Alone b) { return Alone(a.value + b.value); }
  friend Alone operator-(Alone a, Alone b) { return Alone(a.value - b.value); }
  friend Alone operator*(Alone a, Alone b) { return Alone(a.value * b.value); }
  friend Alone operator/(Alone a, Alone b) { return Alone(a.value / b.value); }
  Alone& operator+=(Alone b) { return *this = *this + b; }
  Alone& operator*=(Alone b) { return *this = *this * b; }

  friend bool operator<(Alone a, Alone b) { return a.value < b.value; }
  friend bool operator>(Alone a, Alone b) { return a.value > b.value; }
  friend bool operator<=(Alone a, Alone b) { return a.value <= b.value; }
  friend bool operator>=(Alone a, Alone b) { return a.value >= b.value; }
  friend bool operator==(Alone a, Alone b) { return a.value == b.value; }
  friend bool operator!=(Alone a, Alone b) { return a.value != b.value; }

  friend Alone absolute(Alone x) { return Alone(std::fabs(x.value)); }
  friend Alone square_root(Alone x) { return Alone(std::sqrt(x.value)); }
  friend Alone round_down(Alone x) { return Alone(std::floor(x.value)); }
  // by the pack, as the functions of libraries are calls
  friend Alone exponent_of(Alone x) { return Alone(exponent_of(Wide(x.value))[0]); }
  friend Alone exponent_of_normal(Alone x) { return Alone(exponent_of_normal(Wide(x.value))[0]); }
  friend Alone significand_of(Alone x) { return Alone(significand_of(Wide(x.value))[0]); }
  friend Alone power_of_two(Alone exponent) { return Alone(power_of_two(Wide(exponent.value))[0]); }

  friend Number in_lane(Alone x, int /*lane*/) { return x.value; }
  friend void set_lane(Alone& x, int /*lane*/, Number number) { x.value = number; }
};

template <class Pack>
struct Limits<Alone<Pack>> : Limits<NumberOf<Pack>> {};

template <class Pack>
struct Kinds<Alone<Pack>> {
  using Number = NumberOf<Pack>;
  using Mask = bool;
  using Index = int;
  template <class E>
  using Code = E;
  static constexpr int lanes = 1;
};

}  // namespace organics::core
