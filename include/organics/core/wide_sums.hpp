// The loops that a march of one circuit spends its time in, over W of its components at a time.
//
// Overloads, for numbers that are Alone, of what the core else does component by component: a matrix times a vector, the
// weighted sums of slopes, norms. Each sum over columns or slopes is added up in the order in which a number's is, so that
// without fused operations the bits are the same; sums over components are not.
//
// Panels of a matrix: its rows are taken W at a time, and so many of these packs together as leave registers free; in a
// panel, column after column. The rows left over, filled up to a fraction of a pack with rows of zeros, follow at the end.
#pragma once

#include <cstddef>
#include <cstring>
#include <utility>

#include "organics/core/alone.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/row_sums.hpp"

namespace organics::core {

/// Neurons of a circuit marched alone, at most: what its sums lie in is on the stack.
inline constexpr int most_alone = 512;

namespace detail {

/// Packs of rows in a panel, at most: each of two matrices has a pack of sums for each of its own.
template <class Wide>
inline constexpr int most_packs = 3 * Wide::registers / 8;

template <class Wide, class N>
ORGANICS_INLINED_FN Wide load(const N* from) {
  static_assert(sizeof(N) * Wide::lanes == sizeof(Wide));
  Wide to;
  std::memcpy(&to, from, sizeof to);
  return to;
}

template <class Wide, class N>
ORGANICS_INLINED_FN void store(const Wide& from, N* to) {
  static_assert(sizeof(N) * Wide::lanes == sizeof(Wide));
  std::memcpy(to, &from, sizeof from);
}

/// The first lanes of a pack, which are in the same register.
template <class Narrow, class Wide>
ORGANICS_INLINED_FN Narrow first_lanes(const Wide& wide) {
  return [&]<int... lane>(std::integer_sequence<int, lane...>) {
    return Narrow(__builtin_shufflevector(wide.values, wide.values, lane...));
  }(std::make_integer_sequence<int, Narrow::lanes>{});
}

/// Rows in packs, at least one, and in panels of about the same size; those left over go with the last panel.
template <class Wide>
struct WidePanels {
  static constexpr int W = Wide::lanes;
  int packs;
  int tail;  ///< rows of the last, narrower pack: 0, W / 4 or W / 2
  int panels;

  constexpr explicit WidePanels(int n) : packs(n / W), tail(0), panels(1) {
    const int left = n % W;
    for (const int fraction : {W / 2, W / 4}) {
      if (packs > 0 && fraction > 1 && fraction >= left && left > 0) tail = fraction;
    }
    if (left > 0 && tail == 0) ++packs;
    if (packs > most_packs<Wide>) panels = (packs + most_packs<Wide> - 1) / most_packs<Wide>;
  }
  constexpr int rows() const { return packs * W + tail; }
  /// The first pack of a panel.
  constexpr int first(int panel) const { return panels == 1 ? packs * panel : packs * panel / panels; }
};

/// A matrix and the vector to multiply it by.
template <class Element, class N>
struct Product {
  const Element* panel;
  const Element* tail;
  const N* v;
  N* sums;

  template <class Wide>
  Product at(const WidePanels<Wide>& wide, int panel_number, int n) const {
    const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(wide.first(panel_number)) * Wide::lanes;
    return {panel + row * n, tail, v, sums + row};
  }
};

/// The sums of one matrix: packs of W rows, and a narrower one.
template <class Wide, int packs, int narrow>
struct PackSums {
  using Number = NumberOf<Wide>;
  using Narrow = PackOf<Wide, (narrow > 0 ? narrow : 2)>;
  Wide sum[packs];
  Narrow rest;

  ORGANICS_INLINED_FN PackSums() : rest(0) {
    for (int k = 0; k < packs; ++k) sum[k] = Wide(0);
  }
  template <class Product>
  ORGANICS_INLINED_FN void add_column(Product& of, Number v) {
    const Wide everywhere(v);
    for (int k = 0; k < packs; ++k) sum[k] += load<Wide>(of.panel + k * Wide::lanes) * everywhere;
    of.panel += packs * Wide::lanes;
    if constexpr (narrow > 0) rest += load<Narrow>(of.tail) * first_lanes<Narrow>(everywhere);
    of.tail += narrow;
  }
  ORGANICS_INLINED_FN void write(Number* to) const {
    for (int k = 0; k < packs; ++k) store(sum[k], to + k * Wide::lanes);
    if constexpr (narrow > 0) store(rest, to + packs * Wide::lanes);
  }
};

/// The rows of one panel of several matrices: of two at a time where the sums of one alone would wait for each other.
template <class Wide, int packs, int narrow, class... Products>
void panel_sums(int n, Products... of) {
  const auto add_up = [&](auto... sums) {
    for (int j = 0; j < n; ++j) (sums.add_column(of, of.v[j]), ...);
    (sums.write(of.sums), ...);
  };
  add_up(((void)of, PackSums<Wide, packs, narrow>())...);
}

/// The same for numbers of rows that are known at run time.
template <class Wide, class... Products>
void panel_sums_of(int packs, int narrow, int n, const Products&... of) {
  constexpr int W = Wide::lanes;
  [&]<int... k>(std::integer_sequence<int, k...>) {
    const auto with = [&]<int fraction>(std::integral_constant<int, fraction>) {
      (void)((packs == k + 1 && (panel_sums<Wide, k + 1, fraction>(n, of...), true)) || ...);
    };
    if (narrow == 0) with(std::integral_constant<int, 0>{});
    if constexpr (W > 2) {
      if (narrow == W / 2) with(std::integral_constant<int, W / 2>{});
    }
    if constexpr (W > 4) {
      if (narrow == W / 4) with(std::integral_constant<int, W / 4>{});
    }
  }(std::make_integer_sequence<int, most_packs<Wide>>{});
}

/// All rows.
template <class Wide, class... Products>
void all_sums(const WidePanels<Wide>& wide, int n, const Products&... of) {
  for (int panel = 0; panel < wide.panels; ++panel) {
    const bool last = panel == wide.panels - 1;
    panel_sums_of<Wide>(wide.first(panel + 1) - wide.first(panel), last ? wide.tail : 0, n, of.at(wide, panel, n)...);
  }
}

/// Two matrices of more bytes than this share the nearest cache with little else.
inline constexpr std::size_t crowded_cache_bytes = 32 * 1024;

/// Component i and those after it, as many as `packs` hold, of the weighted sum of slopes.
template <int packs, class Wide, class Weights, class Element, class Out>
ORGANICS_INLINED_FN void weighted_packs(const Weights& weights, const Element* k, int m, int i, Out&& out) {
  using N = NumberOf<Wide>;
  Wide sum[packs];
  for (int p = 0; p < packs; ++p) sum[p] = Wide(0);
  for_each_weight(weights, [&](int j, N weight) {
    const Element* slope = k + static_cast<std::ptrdiff_t>(j) * m + i;
    for (int p = 0; p < packs; ++p) sum[p] += Wide(weight) * load<Wide>(slope + p * Wide::lanes);
  });
  N sums[packs * Wide::lanes];
  for (int p = 0; p < packs; ++p) store(sum[p], sums + p * Wide::lanes);
  for (int r = 0; r < packs * Wide::lanes; ++r) out(i + r, Element(sums[r]));
}

/// The largest number of a pack of numbers, none a NaN.
template <class Wide>
ORGANICS_INLINED_FN NumberOf<Wide> largest_lane(const Wide& pack) {
  NumberOf<Wide> numbers[Wide::lanes];
  store(pack, numbers);
  for (int half = Wide::lanes / 2; half > 0; half /= 2) {
    for (int lane = 0; lane < half; ++lane) numbers[lane] = max(numbers[lane], numbers[lane + half]);
  }
  return numbers[0];
}

}  // namespace detail

template <class Pack>
struct Panels<Alone<Pack>> {
  /// A whole number of packs, so that a matrix that follows lies as well as this one.
  static constexpr std::size_t numbers(int n) {
    const auto entries = static_cast<std::size_t>(n) * static_cast<std::size_t>(detail::WidePanels<Pack>(n).rows());
    return (entries + Pack::lanes - 1) / Pack::lanes * Pack::lanes;
  }

  template <class F>
  static void for_each(int n, F&& f) {
    const detail::WidePanels<Pack> wide(n);
    for (int panel = 0; panel < wide.panels; ++panel) {
      lay(n, wide.first(panel) * Pack::lanes, wide.first(panel + 1) * Pack::lanes, f);
    }
    if (wide.tail > 0) lay(n, wide.packs * Pack::lanes, wide.rows(), f);
  }

 private:
  /// Rows first .. last - 1 of the matrix and of what fills it up.
  template <class F>
  static void lay(int n, int first, int last, F&& f) {
    std::ptrdiff_t place = static_cast<std::ptrdiff_t>(first) * n;
    for (int j = 0; j < n; ++j, place += last - first) {
      for (int i = first; i < last && i < n; ++i) f(place + (i - first), i, j);
    }
  }
};

/// All columns, of matrices in panels. Those that fill the nearest cache come one after the other, and the next time the
/// other way round.
template <MatrixLayout layout, class Pack, class V, class Out, class SecondV, class SecondOut>
ORGANICS_INLINED_FN void both_row_sums(const Solo& /*team*/, const Alone<Pack>* A, const Alone<Pack>* B, int n, V&& va,
                                       Out&& a_out, SecondV&& vb, SecondOut&& b_out, bool& turned) {
  static_assert(layout == MatrixLayout::panels);
  using N = NumberOf<Pack>;
  // close together, as so little else fits in the nearest cache beside the matrices
  alignas(Pack) N vectors[4 * (most_alone + Pack::lanes)];
  const detail::WidePanels<Pack> wide(n);
  const std::ptrdiff_t tail = static_cast<std::ptrdiff_t>(wide.packs) * Pack::lanes * n;
  const int padded = wide.rows();
  const detail::Product<Alone<Pack>, N> a = {A, A + tail, vectors, vectors + 2 * padded};
  const detail::Product<Alone<Pack>, N> b = {B, B + tail, vectors + padded, vectors + 3 * padded};
  for (int j = 0; j < n; ++j) vectors[j] = va(j).value;
  for (int j = 0; j < n; ++j) vectors[padded + j] = vb(j).value;
  if (2 * Panels<Alone<Pack>>::numbers(n) * sizeof(N) <= detail::crowded_cache_bytes) {
    detail::all_sums(wide, n, a, b);
  } else {
    detail::all_sums(wide, n, turned ? b : a);
    detail::all_sums(wide, n, turned ? a : b);
    turned = !turned;
  }
  for (int i = 0; i < n; ++i) a_out(i, Alone<Pack>(a.sums[i]));
  for (int i = 0; i < n; ++i) b_out(i, Alone<Pack>(b.sums[i]));
}

template <class Pack, class Weights, class Out>
ORGANICS_INLINED_FN void weighted_slopes(const Solo& /*team*/, const Weights& weights, const Alone<Pack>* k, int m,
                                         Out&& out) {
  constexpr int W = Pack::lanes;
  int i = 0;
  for (; i + 4 * W <= m; i += 4 * W) detail::weighted_packs<4, Pack>(weights, k, m, i, out);
  for (; i + W <= m; i += W) detail::weighted_packs<1, Pack>(weights, k, m, i, out);
  for (; i < m; ++i) out(i, WeightedSlopes<Alone<Pack>, 1>(weights, k, m, i, 1).sum[0]);
}

template <class Pack>
Alone<Pack> max_norm(const Alone<Pack>* x, int m) {
  Pack largest(0);
  MaskOf<Pack> unordered(false);
  int i = 0;
  for (; i + Pack::lanes <= m; i += Pack::lanes) {
    const Pack size = absolute(detail::load<Pack>(x + i));
    largest = max(size, largest);  // which a NaN leaves as it is
    unordered = unordered || size != size;
  }
  if (any(unordered)) return not_a_number<Alone<Pack>>();
  Alone<Pack> norm(detail::largest_lane(largest));
  for (; i < m; ++i) norm = max_or_nan(norm, absolute(x[i]));
  return norm;
}

template <class Pack>
Alone<Pack> squared_distance(const Alone<Pack>* a, const Alone<Pack>* b, int m) {
  Pack wide(0);
  int i = 0;
  for (; i + Pack::lanes <= m; i += Pack::lanes) {
    const Pack difference = detail::load<Pack>(a + i) - detail::load<Pack>(b + i);
    wide += difference * difference;
  }
  Alone<Pack> sum(0);
  for (int lane = 0; lane < Pack::lanes; ++lane) sum += Alone<Pack>(wide[lane]);
  for (; i < m; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

}  // namespace organics::core
