// A proof, in floating-point arithmetic, that every eigenvalue of a matrix lies in the open left half plane.
//
// First by the symmetric part (symmetric_part.hpp), which is cheap. Where that proves nothing:
//   C = (A - I)^-1 (A + I) = I + 2 (A - I)^-1,   A = D^-1 J D / s,   s > 0,
// has spectral radius < 1 exactly when J is stable (Cayley transform). C is squared until the infinity norm of C^(2^k)
// plus a bound of everything that rounding did is below one. D and s are powers of two, so that A has J's spectrum but
// for s; s is near |det A|^(1/m), the geometric mean of the eigenvalues. The error terms are those of Higham, Accuracy
// and Stability of Numerical Algorithms, 2nd ed., 3.5 and 14.1; docs/decisions/0008-cayley-certificate.md adds them up.
// For m = 2 trace and determinant say the same with a few operations.
// Work: (16/3 + 2k) m^3 operations for k squarings: two LU (4/3), inverse (2), residual (2), and 2 m^3 a squaring.
// Team contract as in team.hpp. Every sum has one owner: the bits do not depend on the width.
#pragma once

#include <cstddef>
#include <type_traits>

#include "organics/core/hessenberg.hpp"
#include "organics/core/lu.hpp"
#include "organics/core/rounding_bound.hpp"
#include "organics/core/symmetric_part.hpp"

namespace organics::core {

/// Eigenvalues of real part above `error`, from the real parts of all; the ones that decided against stability.
template <class T>
ORGANICS_FN int count_unstable(const T* re, int m, T error) {
  int count = 0;
  for (int i = 0; i < m; ++i) count += re[i] > error ? 1 : 0;
  return count;
}

/// Squarings before the proof is given up: each halves the relative margin that can be proven.
inline constexpr int most_squarings = 16;

/// A perturbation in the precision of the proof, never smaller than given.
template <class T>
T perturbation_of(double given) {
  const T rounded = static_cast<T>(given);
  return static_cast<double>(rounded) < given ? std::nextafter(rounded, largest_finite<T>()) : rounded;
}

/// What was found: of one matrix, or of as many as a pack has lanes.
template <class Mask, class Index>
struct CertificateOf {
  Mask proven = Mask(false);   ///< the matrix as given is stable; false says nothing
  Index squarings = Index(0);  ///< done before the proof was found or given up; 0 where the symmetric part proves it
};
using Certificate = CertificateOf<bool, int>;

template <class T>
struct CertificateWork {
  T* first;            ///< m x m
  T* second;           ///< m x m
  T* exponents;        ///< m: log2 of the diagonal of D
  T* rows;             ///< m
  T* sums;             ///< m
  IndexOf<T>* pivots;  ///< m
};

/// Scratch of certify_stability, in numbers, beside m integers.
ORGANICS_FN constexpr std::size_t certificate_scratch(int m) {
  const auto size = static_cast<std::size_t>(m);
  return 2 * size * size + 3 * size;
}

template <class T>
ORGANICS_FN CertificateWork<T> certificate_work(T* numbers, IndexOf<T>* pivots, int m) {
  const std::ptrdiff_t square = static_cast<std::ptrdiff_t>(m) * m;
  T* vectors = numbers + 2 * square;
  return {numbers, numbers + square, vectors, vectors + m, vectors + 2 * static_cast<std::ptrdiff_t>(m), pivots};
}

namespace detail {

/// Balances A in place like balance(), and writes the exponents of D. They are integers, however A underflows.
template <class T, class Team>
ORGANICS_FN void balancing_exponents(const Team& team, T* A, int m, T* exponents, T* scratch) {
  constexpr int most_passes = 10;
  for_each_own(team, m, [&](int i) { exponents[i] = T(0); });
  for (int pass = 0; pass < most_passes; ++pass) {
    for_each_own(team, m, [&](int i) { scratch[i] = balancing_factor(A, m, i); });
    team.sync();
    MaskOf<T> balanced(true);
    for (int i = 0; i < m; ++i) balanced = balanced && scratch[i] == T(1);
    team.sync();  // every lane has seen the factors
    if (all(balanced)) return;
    for (int i = 0; i < m; ++i) {
      const T f = balancing_factor(A, m, i);
      if (all(f == T(1))) continue;
      const T inverse = T(1) / f;
      team.sync();  // every lane has weighed row and column i
      if (team.rank() == 0) exponents[i] += exponent_of(f) - T(1);
      for_each_own(team, m, [&](int j) {
        if (j == i) return;
        A[static_cast<std::ptrdiff_t>(i) * m + j] *= f;
        A[static_cast<std::ptrdiff_t>(j) * m + i] *= inverse;
      });
      team.sync();
    }
  }
}

/// Exponent of the geometric mean of the pivots of an LU factorisation, rounded down.
template <class T>
ORGANICS_FN T mean_exponent(const T* LU, int m) {
  T sum = T(0);
  for (int i = 0; i < m; ++i) sum += exponent_of(LU[static_cast<std::ptrdiff_t>(i) * m + i]);
  return round_down(sum / static_cast<T>(m));
}

/// J <- D^-1 J D / 2^shift - I, each entry scaled once, so that all it can lose is a number below the normal ones.
/// `powers` is scratch of m.
template <class T, class Team>
ORGANICS_FN void scale_and_shift(const Team& team, T* J, int m, const T* exponents, T shift, T* powers) {
  T largest = absolute(shift);
  for (int i = 0; i < m; ++i) largest = max(largest, absolute(exponents[i]));
  constexpr int third = Limits<T>::exponent_range / 3;
  const bool exact = all(largest <= T(third));  // whatever powers are multiplied
  for_each_own(team, m, [&](int i) { powers[i] = times_power_of_two(T(1), -exponents[i]); });
  team.sync();
  for_each_own(team, m, [&](int j) {
    T* column = J + static_cast<std::ptrdiff_t>(j) * m;
    const T own = exponents[j] - shift;
    const T power = times_power_of_two(T(1), own);
    for (int i = 0; i < m; ++i) {
      column[i] = exact ? column[i] * (power * powers[i]) : times_power_of_two(column[i], own - exponents[i]);
    }
    column[j] -= T(1);
  });
  team.sync();
}

/// Sums of a tile of A B: entries (i..i + Rows - 1, j..j + Columns - 1) go to out(row, column, sum), terms in order.
template <std::size_t Rows, std::size_t Columns, class T, class Out>
ORGANICS_FN void product_tile(const T* __restrict A, const T* __restrict B, int m, int i, int j, Out&& out) {
  constexpr int rows = Rows;
  constexpr int columns = Columns;
  T sum[Columns][Rows] = {};
  for (int k = 0; k < m; ++k) {
    const T* column = A + static_cast<std::ptrdiff_t>(k) * m + i;
    for (int c = 0; c < columns; ++c) {
      const T factor = B[static_cast<std::ptrdiff_t>(j + c) * m + k];
      for (int r = 0; r < rows; ++r) sum[c][r] += column[r] * factor;
    }
  }
  for (int c = 0; c < columns; ++c) {
    for (int r = 0; r < rows; ++r) out(i + r, j + c, sum[c][r]);
  }
}

/// product = A B - shift I (m x m), tile by tile. A lane that works alone keeps a larger tile in registers.
template <class T, class Team>
ORGANICS_FN void multiply(const Team& team, const T* A, const T* B, int m, T shift, T* product) {
  constexpr bool alone = std::is_same_v<Team, Solo>;
  constexpr std::size_t height = alone ? TileShape<T>::rows : 2;
  constexpr std::size_t width = alone ? TileShape<T>::columns : 2;
  constexpr int rows = height;
  constexpr int columns = width;
  const int down = (m + rows - 1) / rows;
  const int across = (m + columns - 1) / columns;
  const auto out = [&](int row, int column, T sum) {
    product[static_cast<std::ptrdiff_t>(column) * m + row] = row == column ? sum - shift : sum;
  };
  for_each_own(team, down * across, [&](int tile) {
    const int i = tile % down * rows;
    const int j = tile / down * columns;
    if (i + rows <= m && j + columns <= m) {
      product_tile<height, width>(A, B, m, i, j, out);
      return;
    }
    for (int column = j; column < m && column < j + columns; ++column) {
      if (i + rows <= m) {
        product_tile<height, 1>(A, B, m, i, column, out);
        continue;
      }
      for (int row = i; row < m; ++row) product_tile<1, 1>(A, B, m, row, column, out);
    }
  });
  team.sync();
}

/// out_i = sum_j |A(i, j)| weight(j); ends with a sync.
template <class T, class Team, class Weight>
ORGANICS_FN void magnitudes_of_rows(const Team& team, const T* A, int m, Weight&& weight, T* out) {
  for_each_own(team, m, [&](int i) { out[i] = T(0); });
  for (int j = 0; j < m; ++j) {
    const T* column = A + static_cast<std::ptrdiff_t>(j) * m;
    const T wj = weight(j);
    for_each_own(team, m, [&](int i) { out[i] += absolute(column[i]) * wj; });
  }
  team.sync();
}

/// Largest entry of a visible vector of non-negative numbers, NaN if there is one. Ends with a sync.
template <class T, class Team>
ORGANICS_FN T largest_entry(const Team& team, const T* values, int m) {
  T largest = T(0);
  for (int i = 0; i < m; ++i) largest = max_or_nan(largest, values[i]);
  team.sync();
  return largest;
}

/// Whether anything may be proven of a matrix with this largest magnitude.
template <class T>
ORGANICS_FN MaskOf<T> may_be_proven(int m, T largest, T perturbation) {
  return largest > T(0) && is_finite(largest) && perturbation >= T(0) && RoundingBound<T>{m}.gamma(8 * m + 64) < T(1);
}

/// Upper bound of the infinity norm of A. `rows` is scratch of m and holds the sums of the rows on return.
template <class T, class Team>
ORGANICS_FN T infinity_norm(const Team& team, const T* A, int m, T* rows) {
  magnitudes_of_rows(
      team, A, m, [](int) { return T(1); }, rows);
  return RoundingBound<T>{m}.up(largest_entry(team, rows, m));
}

/// How much the exact A - I, of the exact J or any within `perturbation` of it, may differ from M: infinity norm.
template <class T, class Team>
ORGANICS_FN T shifted_error(const Team& team, const T* M, int m, T perturbation, const T* exponents, T shift) {
  T diagonal = T(0);
  T lowest = T(0);
  T highest = T(0);
  for (int i = 0; i < m; ++i) {
    diagonal = max_or_nan(diagonal, absolute(M[static_cast<std::ptrdiff_t>(i) * m + i]));
    lowest = min(lowest, exponents[i]);
    highest = max(highest, exponents[i]);
  }
  team.sync();
  const RoundingBound<T> bound{m};
  const T outside = square_root(static_cast<T>(m)) * perturbation;  // |.|_inf <= sqrt(m) |.|_F
  return bound.up(bound.gamma(1) * diagonal + times_power_of_two(outside, highest - lowest - shift) + bound.tiny());
}

/// X <- an approximate inverse of M by its LU factorisation, done in `LU`. False when a pivot is zero or not finite.
template <class T, class Team>
ORGANICS_FN MaskOf<T> invert(const Team& team, const T* M, int m, T* LU, IndexOf<T>* pivots, T* X) {
  for_each_own(team, m * m, [&](int k) {
    LU[k] = M[k];
    X[k] = k % (m + 1) == 0 ? T(1) : T(0);
  });
  team.sync();
  const MaskOf<T> regular = lu_factor(team, LU, m, pivots);
  if (!any(regular)) return regular;
  lu_solve_columns(team, LU, m, pivots, X, m);
  return regular;
}

/// Bound of |X - (A - I)^-1| (infinity norm) for every A - I within `error` of M; the largest number if none.
/// With R = (A - I) X - I and |R| <= rho < 1, A - I is regular and its inverse is X (I + R)^-1.
template <class T, class Team>
ORGANICS_FN T inverse_error(const Team& team, const T* M, const T* X, int m, T error, const CertificateWork<T>& work,
                            T* residual) {
  const RoundingBound<T> bound{m};
  multiply(team, M, X, m, T(1), residual);
  const T computed = infinity_norm(team, residual, m, work.rows);
  const T size = infinity_norm(team, X, m, work.rows);
  magnitudes_of_rows(
      team, M, m, [&](int k) { return work.rows[k]; }, work.sums);  // |M| |X|, summed over each row
  const T products = bound.up(largest_entry(team, work.sums, m));
  const T rho = bound.up(computed + bound.gamma(m + 2) * (products + T(1)) + error * size + bound.tiny());
  return select(rho <= T(0.5), bound.up(size * rho / (T(1) - rho)), largest_finite<T>());
}

/// Whether, rounding included, every matrix within `perturbation` of (a b; c d) has a trace below and a determinant above
/// zero. With |E| <= e (Frobenius): |tr E| <= sqrt(2) e, |det(J + E) - det J| <= |J| e + e^2 / 2.
template <class T>
ORGANICS_FN MaskOf<T> proves_stable_2x2(T a, T b, T c, T d, T perturbation) {
  const RoundingBound<T> bound{2};
  const T half_trace = T(0.5) * a + T(0.5) * d;
  const MaskOf<T> trace_below =
      -half_trace > bound.up(bound.gamma(1) * absolute(half_trace) + perturbation + bound.tiny());
  if (!any(trace_below)) return trace_below;
  T k = T(0);  // both products are scaled by 2^(-2k), which matters to those that leave the range
  T ad = a * d;
  T bc = b * c;
  const MaskOf<T> safe = is_safe_square(absolute(ad) + absolute(bc));
  if (!all(safe)) {
    k = select(safe, T(0), exponent_of(max(absolute(a), absolute(d))));
    const T of_b = exponent_of(b);
    ad = select(safe, ad, times_power_of_two(a, -k) * times_power_of_two(d, -k));
    bc = select(safe, bc, times_power_of_two(b, -of_b) * times_power_of_two(c, of_b - T(2) * k));
  }
  T reach = T(0);
  if (any(perturbation > T(0))) {
    const T norm = absolute(a) + absolute(b) + (absolute(c) + absolute(d)) + perturbation;
    const T product = times_power_of_two(norm, -k) * times_power_of_two(perturbation, -k);
    reach = select(perturbation > T(0), product, T(0));
  }
  const T rounding = bound.gamma(2) * (absolute(ad) + absolute(bc)) + bound.tiny();
  return trace_below && ad - bc > bound.up(rounding + reach);
}

}  // namespace detail

/// certify_stability by the Cayley transform alone, for the circuits that are `wanted`. The proof rests on no property of
/// the LU factorisation, whose result is checked, nor on the choice of D and s.
template <class T, class Team>
ORGANICS_OUTLINED_FN CertificateOf<MaskOf<T>, IndexOf<T>> certify_by_squaring(const Team& team, T* J, int m,
                                                                              T perturbation, MaskOf<T> wanted,
                                                                              const CertificateWork<T>& work) {
  CertificateOf<MaskOf<T>, IndexOf<T>> certificate;
  const RoundingBound<T> bound{m};
  const T largest = detail::largest_magnitude(team, J, m, work.rows);
  MaskOf<T> open = wanted && detail::may_be_proven(m, largest, perturbation);
  if (!any(open)) return certificate;
  const T safe = detail::safe_scale(largest);
  T* power = work.second;
  T* other = work.first;

  for_each_own(team, m * m, [&](int k) { other[k] = J[k] * safe; });
  team.sync();
  detail::balancing_exponents(team, other, m, work.exponents, work.rows);
  open = open && lu_factor(team, other, m, work.pivots);
  if (!any(open)) return certificate;
  const T shift = select(open, detail::mean_exponent(other, m) - (exponent_of(safe) - T(1)), T(0));
  team.sync();  // every lane has read the pivots

  detail::scale_and_shift(team, J, m, work.exponents, shift, work.rows);
  const T error = detail::shifted_error(team, J, m, perturbation, work.exponents, shift);
  open = open && detail::invert(team, J, m, other, work.pivots, power);
  if (!any(open)) return certificate;
  const T of_inverse = detail::inverse_error(team, J, power, m, error, work, other);

  // C = I + 2 X
  for_each_own(team, m * m, [&](int k) { power[k] = T(2) * power[k] + (k % (m + 1) == 0 ? T(1) : T(0)); });
  team.sync();
  T norm = detail::infinity_norm(team, power, m, work.rows);
  T off = bound.up(T(2) * of_inverse + bound.gamma(1) * norm);
  for (int squarings = 0;; ++squarings) {
    certificate.squarings = select(open, IndexOf<T>(squarings), certificate.squarings);
    certificate.proven = certificate.proven || (open && bound.up(norm + off) < T(1));
    // once the error has reached one it never shrinks again, as it is squared, too
    open = open && !certificate.proven && off < T(1);
    if (!any(open) || squarings == most_squarings) return certificate;
    detail::multiply(team, power, power, m, T(0), other);
    off = bound.up(T(2) * off * norm + off * off + bound.gamma(m) * norm * norm + bound.tiny());
    T* const before = power;
    power = other;
    other = before;
    norm = detail::infinity_norm(team, power, m, work.rows);
  }
}

/// Tries to prove J (m x m, visible, destroyed) stable, and with it every matrix whose distance from J in the Frobenius
/// norm is at most `perturbation` (>= 0). No matrix with an eigenvalue of real part >= 0 or with a NaN is ever proven.
template <class T, class Team>
ORGANICS_FN CertificateOf<MaskOf<T>, IndexOf<T>> certify_stability(const Team& team, T* J, int m, T perturbation,
                                                                   const CertificateWork<T>& work) {
  CertificateOf<MaskOf<T>, IndexOf<T>> certificate;
  if (m == 2) {
    certificate.proven = perturbation >= T(0) && detail::proves_stable_2x2(J[0], J[2], J[1], J[3], perturbation);
    team.sync();  // every lane has read J
    return certificate;
  }
  const T largest = detail::largest_magnitude(team, J, m, work.rows);
  const MaskOf<T> open = detail::may_be_proven(m, largest, perturbation);
  if (!any(open)) return certificate;
  const T safe = detail::safe_scale(largest);
  const SymmetricPartWork<T> symmetric = {work.first, work.second, work.exponents, work.rows, work.sums};
  certificate.proven = open && symmetric_part_proves(team, J, m, safe, perturbation, symmetric);
  const MaskOf<T> rest = open && !certificate.proven;
  if (!any(rest)) return certificate;
  const auto squared = certify_by_squaring(team, J, m, perturbation, rest, work);
  return {certificate.proven || squared.proven, squared.squarings};
}

}  // namespace organics::core
