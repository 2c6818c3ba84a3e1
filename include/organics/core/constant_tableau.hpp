// The tableau of one method as a type: its loops are unrolled and its numbers are constants of the code.
//
// For circuits so small that loops and the loads of weights would take longer than the arithmetic, and whose slopes then
// fit in registers. The interface, the order of additions and the bits are those of Tableau.
#pragma once

#include <utility>

#include "organics/core/explicit_methods.hpp"

namespace organics::core {

/// An index known to the compiler.
template <int i>
using Constant = std::integral_constant<int, i>;

/// f(first), ..., f(last - 1), written out.
template <int first, int last, class F>
ORGANICS_INLINED_FN void for_constants(F&& f) {
  [&]<int... i>(std::integer_sequence<int, i...>) {
    (f(Constant<first + i>{}), ...);
  }(std::make_integer_sequence<int, last - first>{});
}

template <class T, Method method>
struct ConstantTableau {
  static constexpr Tableau<T> table = explicit_tableau<T>(method);
  static constexpr int stages = table.stages;
  static constexpr int dense_stages = table.dense_stages;
  static constexpr int order = table.order;
  static constexpr int embedded_order = table.embedded_order;
  static constexpr int dense_degree = table.dense_degree;
  static constexpr bool first_same_as_last = table.first_same_as_last;
  static constexpr bool second_estimate = table.second_estimate;

  template <int s>
  struct OfSlope {
    static constexpr int count = s;
    static constexpr T at(int j) { return table.row(s)[j]; }
  };
  struct OfEnd {
    static constexpr int count = stages;
    static constexpr T at(int j) { return table.b[j]; }
  };
  struct OfError {
    static constexpr int count = stages;
    static constexpr T at(int j) { return table.e[j]; }
  };
  struct OfSecondError {
    static constexpr int count = stages;
    static constexpr T at(int j) { return table.e2[j]; }
  };
  template <int power>
  struct OfPower {
    static constexpr int count = stages + dense_stages;
    static constexpr T at(int j) { return table.dense[j][power]; }
  };

  template <int s>
  ORGANICS_FN static constexpr T time(Constant<s> /*slope*/) {
    constexpr T in_steps = table.c[s];
    return in_steps;
  }
  template <int s>
  ORGANICS_FN static constexpr OfSlope<s> slope_weights(Constant<s> /*slope*/) {
    return {};
  }
  ORGANICS_FN static constexpr OfEnd end_weights() { return {}; }
  ORGANICS_FN static constexpr OfError error_weights() { return {}; }
  ORGANICS_FN static constexpr OfSecondError second_error_weights() { return {}; }
  template <int power>
  ORGANICS_FN static constexpr OfPower<power> dense_weights(Constant<power> /*power*/) {
    return {};
  }
};

/// f(j, weight of slope j) in order of j, but for those of weight 0.
template <class OfSlopes, class F>
  requires requires { OfSlopes::count; }
ORGANICS_INLINED_FN void for_each_weight(const OfSlopes& /*weights*/, F&& f) {
  for_constants<0, OfSlopes::count>([&](auto j) {
    constexpr auto weight = OfSlopes::at(decltype(j)::value);
    if constexpr (weight != 0) f(j, weight);
  });
}

template <class T, Method method, class F>
ORGANICS_FN void for_each_slope(const ConstantTableau<T, method>& /*tableau*/, F&& f) {
  for_constants<1, ConstantTableau<T, method>::stages>(f);
}

template <class T, Method method, class F>
ORGANICS_FN void for_each_dense_slope(const ConstantTableau<T, method>& /*tableau*/, F&& f) {
  using Table = ConstantTableau<T, method>;
  for_constants<Table::stages, Table::stages + Table::dense_stages>(f);
}

template <class T, Method method, class F>
ORGANICS_FN void for_each_power(const ConstantTableau<T, method>& /*tableau*/, F&& f) {
  for_constants<0, ConstantTableau<T, method>::dense_degree>(f);
}

}  // namespace organics::core
