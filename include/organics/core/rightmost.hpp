// Right and left eigenvector of one eigenvalue lambda of a real matrix, by inverse iteration.
//
//   (A - lambda I) v' = v,   (A - lambda I)^H w' = w,   each scaled to unit length, until the residual stops falling
// from one complex LU factorisation with partial pivoting (Golub and Van Loan, Matrix Computations, 4th ed., 7.6.1).
// A pivot that vanishes gets the size of its rounding error, and a solution that grows is scaled down on the way
// (Anderson 1991, LAPACK Working Note 36), so that nothing is singular and a Jordan block overflows nothing.
// Team contract as in team.hpp. Rows are eliminated by their owners, sums have one owner each: the bits do not depend
// on the width. Complex numbers are pairs (re, im).
#pragma once

#include <cstddef>

#include "organics/core/hessenberg.hpp"
#include "organics/core/scalar.hpp"
#include "organics/core/status.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Index of the rightmost of m eigenvalues re + i im: of those farthest right the one of largest imaginary part.
template <class T>
ORGANICS_FN int rightmost_index(const T* re, const T* im, int m) {
  int best = 0;
  for (int i = 1; i < m; ++i) {
    if (re[i] > re[best] || (re[i] == re[best] && im[i] > im[best])) best = i;
  }
  return best;
}

/// How well the eigenvectors came out.
template <class T>
struct Eigenvectors {
  Status status = Status::not_converged;  ///< ok when both residuals are within the tolerance
  T residual = T(0);                      ///< |A v - lambda v| / |A|, Frobenius norm
  T left_residual = T(0);                 ///< |A^T w - conj(lambda) w| / |A|
  T overlap_re = T(0);                    ///< w^H v; one over its modulus is the condition number of lambda
  T overlap_im = T(0);
};

template <class T>
struct EigenvectorWork {
  T* shifted;   ///< m x m pairs
  T* x;         ///< m pairs
  T* terms;     ///< m
  int* pivots;  ///< m
};

/// Scratch of eigenvectors, in numbers, beside m integers.
ORGANICS_FN constexpr std::size_t eigenvectors_scratch(int m) {
  const auto size = static_cast<std::size_t>(m);
  return 2 * size * size + 3 * size;
}

template <class T>
ORGANICS_FN EigenvectorWork<T> eigenvector_work(T* numbers, int* pivots, int m) {
  T* x = numbers + 2 * static_cast<std::ptrdiff_t>(m) * m;
  return {numbers, x, x + 2 * static_cast<std::ptrdiff_t>(m), pivots};
}

/// Residual that eigenvectors should reach in an m x m matrix: ten times what is promised for the eigenvalue.
template <class T>
ORGANICS_FN T eigenvector_tolerance(int m) {
  return T(100) * static_cast<T>(m) * epsilon<T>();
}

namespace detail {

template <class T>
struct Complex {
  T re, im;
};

template <class T>
ORGANICS_FN Complex<T> load(const T* pairs, std::ptrdiff_t i) {
  return {pairs[2 * i], pairs[2 * i + 1]};
}

template <class T>
ORGANICS_FN void store(T* pairs, std::ptrdiff_t i, const Complex<T>& value) {
  pairs[2 * i] = value.re;
  pairs[2 * i + 1] = value.im;
}

template <class T>
ORGANICS_FN Complex<T> conjugate(const Complex<T>& a) {
  return {a.re, -a.im};
}

template <class T>
ORGANICS_FN Complex<T> times(const Complex<T>& a, const Complex<T>& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

template <class T>
ORGANICS_FN T one_norm(const Complex<T>& a) {
  return absolute(a.re) + absolute(a.im);
}

/// a / b without squares of b that overflow or vanish (Smith 1962).
template <class T>
ORGANICS_FN Complex<T> quotient(const Complex<T>& a, const Complex<T>& b) {
  if (absolute(b.re) >= absolute(b.im)) {
    const T r = b.im / b.re;
    const T d = b.re + b.im * r;
    return {(a.re + a.im * r) / d, (a.im - a.re * r) / d};
  }
  const T r = b.re / b.im;
  const T d = b.re * r + b.im;
  return {(a.re * r + a.im) / d, (a.im * r - a.re) / d};
}

/// The pair y_i -= factor x_i for i = first, first + stride, ... < end.
template <class T>
ORGANICS_FN void subtract_multiple(int first, int end, int stride, const Complex<T>& factor, const T* __restrict x,
                                   T* __restrict y) {
  for (int i = first; i < end; i += stride) {
    y[2 * i] -= factor.re * x[2 * i] - factor.im * x[2 * i + 1];
    y[2 * i + 1] -= factor.re * x[2 * i + 1] + factor.im * x[2 * i];
  }
}

/// A real matrix times a power of two that makes its largest entry about one, and an eigenvalue times the same.
template <class T>
struct ScaledMatrix {
  const T* data;
  int m;
  T scale;
  T size;  ///< its largest entry, or 1 in place of 0
  Complex<T> lambda;
  T norm;  ///< Frobenius

  ORGANICS_FN T entry(int i, int j) const { return scale * data[static_cast<std::ptrdiff_t>(j) * m + i]; }
};

/// Loads A - lambda I, and into work.terms the smallest pivot of each column. The norm of A is filled in.
template <class T, class Team>
ORGANICS_FN void load_shifted(const Team& team, ScaledMatrix<T>& A, const EigenvectorWork<T>& work) {
  const int m = A.m;
  for_each_own(team, m, [&](int j) {
    T* column = work.shifted + 2 * static_cast<std::ptrdiff_t>(j) * m;
    T largest = T(0);
    T squares = T(0);
    for (int i = 0; i < m; ++i) {
      const T a = A.entry(i, j);
      squares += a * a;
      const Complex<T> shifted = i == j ? Complex<T>{a - A.lambda.re, -A.lambda.im} : Complex<T>{a, T(0)};
      largest = max(largest, one_norm(shifted));
      store(column, i, shifted);
    }
    work.terms[j] = max(epsilon<T>() * select(largest > T(0), largest, A.size), smallest_normal<T>() / epsilon<T>());
    work.x[j] = squares;
  });
  team.sync();
  T squares = T(0);
  for (int j = 0; j < m; ++j) squares += work.x[j];
  A.norm = std::sqrt(squares);
  team.sync();
}

template <class T>
ORGANICS_FN int complex_pivot_row(const T* column, int k, int m) {
  int row = k;
  T largest = one_norm(load(column, k));
  for (int i = k + 1; i < m; ++i) {
    const T size = one_norm(load(column, i));
    if (size > largest) {
      largest = size;
      row = i;
    }
  }
  return row;
}

/// P B = L U in place, as lu.hpp does it; no pivot is smaller than work.terms of its column.
template <class T, class Team>
ORGANICS_FN void factor_shifted(const Team& team, int m, const EigenvectorWork<T>& work) {
  const int stride = team.size();
  int first = team.rank();
  for (int k = 0; k < m; ++k) {
    T* column_k = work.shifted + 2 * static_cast<std::ptrdiff_t>(k) * m;
    const int p = complex_pivot_row(column_k, k, m);
    Complex<T> pivot = load(column_k, p);
    if (!(one_norm(pivot) >= work.terms[k])) pivot = {work.terms[k], T(0)};
    team.sync();  // every lane has seen the column before anyone moves it
    if (team.rank() == 0) work.pivots[k] = p;
    if (p != k) {
      for_each_own(team, m, [&](int j) {
        T* column = work.shifted + 2 * static_cast<std::ptrdiff_t>(j) * m;
        const Complex<T> moved = load(column, k);
        store(column, k, load(column, p));
        store(column, p, moved);
      });
      team.sync();
    }
    if (team.rank() == 0) store(column_k, k, pivot);
    if (first <= k) first += stride;  // this lane's first row below the pivot
    for (int i = first; i < m; i += stride) store(column_k, i, quotient(load(column_k, i), pivot));
    for (int j = k + 1; j < m; ++j) {
      T* column = work.shifted + 2 * static_cast<std::ptrdiff_t>(j) * m;
      subtract_multiple(first, m, stride, load(column, k), column_k, column);
    }
    team.sync();
  }
}

/// Entry k of a solution, visible and final but for its scale: where it is large, all of x is divided by its size.
template <class T, class Team>
ORGANICS_FN Complex<T> tame_entry(const Team& team, T* x, int m, int k) {
  const Complex<T> value = load(x, k);
  const T size = one_norm(value);
  if (!(size * size * epsilon<T>() > T(1))) return value;
  team.sync();  // every lane has seen it
  const T factor = T(1) / size;
  for_each_own(team, m, [&](int i) {
    x[2 * i] *= factor;
    x[2 * i + 1] *= factor;
  });
  return {value.re * factor, value.im * factor};
}

/// Exchanges entries k and pivots[k], in the order of the factorisation or back.
template <class T, class Team>
ORGANICS_FN void permute(const Team& team, int m, const int* pivots, bool back, T* x) {
  if (team.rank() == 0) {
    for (int step = 0; step < m; ++step) {
      const int k = back ? m - 1 - step : step;
      const Complex<T> moved = load(x, k);
      store(x, k, load(x, pivots[k]));
      store(x, pivots[k], moved);
    }
  }
  team.sync();
}

/// x <- (A - lambda I)^-1 x, but for a positive factor.
template <class T, class Team>
ORGANICS_FN void solve_shifted(const Team& team, int m, const EigenvectorWork<T>& work) {
  T* x = work.x;
  const int stride = team.size();
  permute(team, m, work.pivots, false, x);
  int first = team.rank();
  for (int k = 0; k < m - 1; ++k) {
    if (first <= k) first += stride;
    subtract_multiple(first, m, stride, load(x, k), work.shifted + 2 * static_cast<std::ptrdiff_t>(k) * m, x);
    team.sync();
  }
  for (int k = m - 1; k >= 0; --k) {
    const T* column = work.shifted + 2 * static_cast<std::ptrdiff_t>(k) * m;
    if (k % stride == team.rank()) store(x, k, quotient(load(x, k), load(column, k)));
    team.sync();
    const Complex<T> value = tame_entry(team, x, m, k);
    subtract_multiple(team.rank(), k, stride, value, column, x);
  }
  team.sync();
}

/// x <- (A - lambda I)^-H x, but for a positive factor: U^H, then L^H, then the exchanges backwards.
template <class T, class Team>
ORGANICS_FN void solve_adjoint(const Team& team, int m, const EigenvectorWork<T>& work) {
  T* x = work.x;
  const int stride = team.size();
  const auto take_out = [&](int i, int k, const Complex<T>& value) {  // entry (k, i) of L or U times x_k, out of x_i
    const Complex<T> entry = conjugate(load(work.shifted, static_cast<std::ptrdiff_t>(i) * m + k));
    const Complex<T> product = times(entry, value);
    x[2 * i] -= product.re;
    x[2 * i + 1] -= product.im;
  };
  int first = team.rank();
  for (int k = 0; k < m; ++k) {
    const Complex<T> pivot = conjugate(load(work.shifted, static_cast<std::ptrdiff_t>(k) * m + k));
    if (k % stride == team.rank()) store(x, k, quotient(load(x, k), pivot));
    team.sync();
    const Complex<T> value = tame_entry(team, x, m, k);
    if (first <= k) first += stride;
    for (int i = first; i < m; i += stride) take_out(i, k, value);
  }
  team.sync();
  for (int k = m - 1; k > 0; --k) {
    const Complex<T> value = load(x, k);
    for (int i = team.rank(); i < k; i += stride) take_out(i, k, value);
    team.sync();
  }
  permute(team, m, work.pivots, true, x);
}

/// Scales x to unit length, its largest entry real and positive. False when x is zero or not finite.
template <class T, class Team>
ORGANICS_FN bool normalise(const Team& team, int m, T* x) {
  T largest = T(0);
  for (int i = 0; i < 2 * m; ++i) largest = max_or_nan(largest, absolute(x[i]));
  if (!(largest > T(0)) || !is_finite(largest)) return false;
  int peak = 0;
  T peak_square = T(0);
  T squares = T(0);
  for (int i = 0; i < m; ++i) {
    const T re = x[2 * i] / largest;
    const T im = x[2 * i + 1] / largest;
    const T square = re * re + im * im;
    squares += square;
    peak = square > peak_square ? i : peak;
    peak_square = max(square, peak_square);
  }
  const T length = std::sqrt(peak_square) * std::sqrt(squares);
  const Complex<T> turn = {x[2 * peak] / largest / length, -(x[2 * peak + 1] / largest / length)};
  team.sync();  // every lane has seen x
  for_each_own(team, m, [&](int i) {
    const Complex<T> turned = times(turn, Complex<T>{x[2 * i] / largest, x[2 * i + 1] / largest});
    store(x, i, {turned.re, i == peak ? T(0) : turned.im});
  });
  team.sync();
  return true;
}

/// |A x - lambda x| / |A|, or |A^T x - conj(lambda) x| / |A|; 0 for a zero matrix.
template <class T, class Team>
ORGANICS_FN T relative_residual(const Team& team, const ScaledMatrix<T>& A, bool adjoint, const T* x, T* terms) {
  const int m = A.m;
  const Complex<T> lambda = adjoint ? conjugate(A.lambda) : A.lambda;
  for_each_own(team, m, [&](int i) {
    const Complex<T> shift = times(lambda, load(x, i));
    T re = -shift.re;
    T im = -shift.im;
    for (int j = 0; j < m; ++j) {
      const T a = adjoint ? A.entry(j, i) : A.entry(i, j);
      re += a * x[2 * j];
      im += a * x[2 * j + 1];
    }
    terms[i] = re * re + im * im;
  });
  team.sync();
  T squares = T(0);
  for (int i = 0; i < m; ++i) squares += terms[i];
  team.sync();
  return A.norm > T(0) ? std::sqrt(squares) / A.norm : T(0);
}

/// Iterates from a vector with a share of everything until the residual stops falling; `best` receives the best.
template <class T, class Team>
ORGANICS_FN T inverse_iteration(const Team& team, const ScaledMatrix<T>& A, bool adjoint,
                                const EigenvectorWork<T>& work, T* best) {
  constexpr int most_steps = 5;
  const int m = A.m;
  for_each_own(team, m, [&](int i) {
    const T turns = T(0.6180339887498949) * static_cast<T>(i + 1);
    store(work.x, i, {T(0.5) + (turns - std::floor(turns)), T(0)});
    store(best, i, {not_a_number<T>(), not_a_number<T>()});
  });
  team.sync();
  T smallest = largest_finite<T>();
  for (int step = 0; step < most_steps; ++step) {
    if (adjoint) {
      solve_adjoint(team, m, work);
    } else {
      solve_shifted(team, m, work);
    }
    if (!normalise(team, m, work.x)) break;
    const T residual = relative_residual(team, A, adjoint, work.x, work.terms);
    if (!(residual < smallest)) break;
    smallest = residual;
    for_each_own(team, 2 * m, [&](int k) { best[k] = work.x[k]; });
    team.sync();
  }
  return smallest;
}

}  // namespace detail

/// Eigenvectors A v = lambda v and w^H A = lambda w^H of A (m x m) for its eigenvalue lambda = re + i im: `right` and
/// `left`, m pairs each, of unit length, the largest entry real and positive. The eigenvalue should be as good as
/// eigenvalues() makes it. Where several eigenvectors or nearly so belong to it, some vector of their space results.
/// Not ok when a residual is above `tolerance`; the vectors are then the best that were found.
template <class T, class Team>
ORGANICS_OUTLINED_FN Eigenvectors<T> eigenvectors(const Team& team, const T* A, int m, T re, T im, T tolerance,
                                                  T* right, T* left, const EigenvectorWork<T>& work) {
  Eigenvectors<T> result;
  const T largest = detail::largest_magnitude(team, A, m, work.terms);
  if (!is_finite(largest) || !is_finite(re) || !is_finite(im)) {
    for_each_own(team, 2 * m, [&](int k) { right[k] = left[k] = not_a_number<T>(); });
    team.sync();
    result.status = Status::non_finite;
    result.residual = result.left_residual = result.overlap_re = result.overlap_im = not_a_number<T>();
    return result;
  }
  int exponent = 0;
  std::frexp(largest, &exponent);
  const T scale = largest > T(0) ? min(std::ldexp(T(1), -exponent), T(1) / smallest_normal<T>()) : T(1);
  detail::ScaledMatrix<T> scaled{A, m, scale, largest > T(0) ? scale * largest : T(1), {scale * re, scale * im}, T(0)};
  detail::load_shifted(team, scaled, work);
  detail::factor_shifted(team, m, work);
  result.residual = detail::inverse_iteration(team, scaled, false, work, right);
  result.left_residual = detail::inverse_iteration(team, scaled, true, work, left);
  for (int i = 0; i < m; ++i) {
    const auto term = detail::times(detail::conjugate(detail::load(left, i)), detail::load(right, i));
    result.overlap_re += term.re;
    result.overlap_im += term.im;
  }
  team.sync();  // every lane has seen the vectors
  if (result.residual <= tolerance && result.left_residual <= tolerance) result.status = Status::ok;
  return result;
}

}  // namespace organics::core
