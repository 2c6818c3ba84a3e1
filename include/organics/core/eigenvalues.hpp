// All eigenvalues of a real square matrix, without vectors.
//
// Balancing, reduction to Hessenberg form, then the implicitly double-shifted QR iteration (Francis 1961; Golub and Van
// Loan, Matrix Computations, 4th ed., 7.5) on the active diagonal block only. Subdiagonal entries are dropped when they
// are small against their neighbours (Ahues and Tisseur 1997, LAPACK Working Note 122).
// Team contract as in team.hpp. Shifts, reflectors and deflation are computed by every lane from shared memory; the
// owners update columns, then rows: two syncs for each step of a sweep, and bits that do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/hessenberg.hpp"
#include "organics/core/scalar.hpp"
#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of eigenvalues, in numbers.
ORGANICS_FN constexpr std::size_t eigenvalues_scratch(int n) { return reduce_to_hessenberg_scratch(n); }

namespace detail {

/// Two eigenvalues: re1 + i im1 and re2 + i im2, either real or an exactly conjugate pair with im1 > 0.
template <class T>
struct EigenvaluePair {
  T re1, im1;
  T re2, im2;
};

/// Eigenvalues of (a b; c d), b c != 0, whatever their size: the discriminant is scaled, as in LAPACK's dlanv2.
template <class T>
ORGANICS_FN EigenvaluePair<T> scaled_eigenvalues_2x2(T a, T b, T c, T d) {
  const T p = T(0.5) * a - T(0.5) * d;
  const T larger = max(absolute(b), absolute(c));
  const T smaller = with_sign(min(absolute(b), absolute(c)), (b < T(0)) == (c < T(0)) ? T(1) : T(-1));
  const T scale = max(absolute(p), larger);
  const T z = (p / scale) * p + (larger / scale) * smaller;
  if (z < T(0)) {
    const T re = T(0.5) * a + T(0.5) * d;
    const T im = std::sqrt(scale) * std::sqrt(-z);
    return {re, im, re, -im};
  }
  const T q = p + with_sign(std::sqrt(scale) * std::sqrt(z), p);
  if (q == T(0)) return {a, T(0), d, T(0)};
  return {d + q, T(0), d - (larger / q) * smaller, T(0)};
}

/// Eigenvalues of (a b; c d), from the discriminant, where b c != 0 and the squares are safe, as `ordinary` tells:
///   p = (a - d) / 2,  z = p^2 + b c;  complex where z < 0, otherwise d + q and d - b c / q with q = p +- sqrt(z)
template <class T>
ORGANICS_FN inline EigenvaluePair<T> ordinary_eigenvalues_2x2(T a, T b, T c, T d, MaskOf<T>& ordinary) {
  const T p = T(0.5) * a - T(0.5) * d;
  const T bc = b * c;
  // b c is lost to underflow only beside a p that it could not change
  const T z = p * p + bc;
  ordinary = b != T(0) && c != T(0) && is_safe_square(p * p + absolute(bc));
  const MaskOf<T> rotates = z < T(0);
  const T centre = T(0.5) * a + T(0.5) * d;
  const T root = square_root(absolute(z));
  const T q = p + with_sign(root, p);
  const T first = select(q == T(0), a, d + q);
  const T second = select(q == T(0), d, d - bc / q);
  return {select(rotates, centre, first), select(rotates, root, T(0)), select(rotates, centre, second),
          select(rotates, -root, T(0))};
}

/// Eigenvalues of (a b; c d).
template <class T>
ORGANICS_FN inline EigenvaluePair<T> eigenvalues_2x2(T a, T b, T c, T d) {
  if (b == T(0) || c == T(0)) return {a, T(0), d, T(0)};
  bool ordinary = false;
  const EigenvaluePair<T> pair = ordinary_eigenvalues_2x2(a, b, c, d, ordinary);
  return ordinary ? pair : scaled_eigenvalues_2x2(a, b, c, d);
}

/// A Hessenberg matrix with its leading dimension: H(i, j).
template <class T>
struct HessenbergView {
  T* data;
  int n;
  ORGANICS_FN T* column(int j) const { return data + static_cast<std::ptrdiff_t>(j) * n; }
  ORGANICS_FN T& operator()(int i, int j) const { return column(j)[i]; }
};

/// True when the subdiagonal entry h = H(k, k-1) is negligible, 0 < k <= last, after `sweep` sweeps over its block.
template <class T>
ORGANICS_FN bool is_negligible(const HessenbergView<T>& H, int k, int last, int sweep, T tiny) {
  constexpr int patience = 7;
  const T h = absolute(H(k, k - 1));
  if (h <= tiny) return true;
  const T above = H(k - 1, k - 1);
  const T here = H(k, k);
  const T weight = absolute(above) + absolute(here);
  if (weight == T(0) || sweep >= patience) {
    // A diagonal of (nearly) zeros is no measure: the finer test below would not pass, and the exceptional shifts would
    // undo what converged. The rest of the two rows is one, in norm.
    const T left = k >= 2 ? absolute(H(k - 1, k - 2)) : T(0);
    const T right = k < last ? absolute(H(k + 1, k)) : T(0);
    return h <= epsilon<T>() * (weight + (left + right));
  }
  if (!(h <= epsilon<T>() * weight)) return false;
  const T across = absolute(H(k - 1, k));
  const T gap = absolute(above - here);
  const T ab = max(h, across);
  const T ba = min(h, across);
  const T aa = max(absolute(here), gap);
  const T bb = min(absolute(here), gap);
  const T s = aa + ab;
  return ba * (ab / s) <= max(tiny, epsilon<T>() * (bb * (aa / s)));
}

/// First row of the unreduced block that ends in row `last`.
template <class T>
ORGANICS_FN int block_start(const HessenbergView<T>& H, int last, int sweep, T tiny) {
  int k = last;
  while (k > 0 && !is_negligible(H, k, last, sweep, tiny)) --k;
  return k;
}

/// The two shifts of a sweep, re + i im and re - i im.
template <class T>
struct DoubleShift {
  T re, im;
};

/// Shifts of sweep number `sweep` on rows first..last: the eigenvalues of the trailing 2 x 2 block, or twice the one
/// nearest to the corner when they are real; sweeps 10 and 20 of each 30 take arbitrary ones, to break a cycle.
template <class T>
ORGANICS_FN DoubleShift<T> choose_shift(const HessenbergView<T>& H, int first, int last, int sweep) {
  const int phase = sweep % 30;
  if (phase == 10 || phase == 20) {
    const int k = phase == 10 ? first : last - 2;
    const T s = absolute(H(k + 1, k)) + absolute(H(k + 2, k + 1));
    return {T(0.75) * s + (phase == 10 ? H(first, first) : H(last, last)), T(0.6614378277661477) * s};
  }
  const T corner = H(last, last);
  const EigenvaluePair<T> pair = eigenvalues_2x2(H(last - 1, last - 1), H(last - 1, last), H(last, last - 1), corner);
  if (pair.im1 != T(0)) return {pair.re1, pair.im1};
  return {absolute(pair.re1 - corner) <= absolute(pair.re2 - corner) ? pair.re1 : pair.re2, T(0)};
}

/// A reflector on three neighbouring rows: I - tau (1, v1, v2) (1, v1, v2)^T maps (x, y, z) to (beta, 0, 0).
template <class T>
struct Bulge {
  T beta, tau;
  T v1, v2;
};

template <class T>
ORGANICS_FN Bulge<T> bulge(T x, T y, T z) {
  const T tail = y * y + z * z;
  const T square = x * x + tail;
  T norm = std::sqrt(square);
  if (!is_safe_square(square)) {
    const T largest = max_or_nan(max_or_nan(absolute(x), absolute(y)), absolute(z));
    if (largest < smallest_normal<T>()) return {x, T(0), T(0), T(0)};
    const T xs = x / largest;
    const T ys = y / largest;
    const T zs = z / largest;
    norm = largest * std::sqrt(xs * xs + (ys * ys + zs * zs));
  } else if (tail == T(0)) {
    return {x, T(0), T(0), T(0)};
  }
  const Reflector<T> h = reflector(x, norm);
  return {h.beta, h.tau, y * h.inverse, z * h.inverse};
}

/// The reflector that starts a sweep, from the first column of (H - shift) (H - conjugate shift), scaled.
template <class T>
ORGANICS_FN Bulge<T> first_bulge(const HessenbergView<T>& H, int first, const DoubleShift<T>& shift) {
  const T below = H(first + 1, first);
  const T d = H(first, first) - shift.re;
  const T s = absolute(d) + absolute(shift.im) + absolute(below);
  const T scaled = below / s;
  const T x = d * (d / s) + shift.im * (shift.im / s) + H(first, first + 1) * scaled;
  const T y = scaled * (d + (H(first + 1, first + 1) - shift.re));
  return bulge(x, y, scaled * H(first + 2, first + 1));
}

/// Rows k, k+1, k+2 of this lane's columns k..last: H <- (I - tau v v^T) H.
template <class T, class Team>
ORGANICS_FN void reflect_rows(const Team& team, const HessenbergView<T>& H, int k, int last, const Bulge<T>& b) {
  const T t1 = b.tau * b.v1;
  const T t2 = b.tau * b.v2;
  for (int j = k + team.rank(); j <= last; j += team.size()) {
    T* h = H.column(j) + k;
    const T sum = h[0] + b.v1 * h[1] + b.v2 * h[2];
    h[0] -= sum * b.tau;
    h[1] -= sum * t1;
    h[2] -= sum * t2;
  }
}

/// Columns k, k+1, k+2 of this lane's rows first..end-1: H <- H (I - tau v v^T).
template <class T, class Team>
ORGANICS_FN void reflect_columns(const Team& team, T* __restrict h0, T* __restrict h1, T* __restrict h2, int first,
                                 int end, const Bulge<T>& b) {
  const T tau = b.tau;
  const T v1 = b.v1;
  const T v2 = b.v2;
  const T t1 = tau * v1;
  const T t2 = tau * v2;
  const int stride = team.size();
  for (int i = first + team.rank(); i < end; i += stride) {
    const T sum = h0[i] + v1 * h1[i] + v2 * h2[i];
    h0[i] -= sum * tau;
    h1[i] -= sum * t1;
    h2[i] -= sum * t2;
  }
}

/// The last step of a sweep: the bulge has two rows left, k = last - 1.
template <class T, class Team>
ORGANICS_FN void close_sweep(const Team& team, const HessenbergView<T>& H, int first, int last) {
  const int k = last - 1;
  const Bulge<T> b = bulge(H(k, k - 1), H(last, k - 1), T(0));
  const T t1 = b.tau * b.v1;
  for (int j = k + team.rank(); j <= last; j += team.size()) {
    T* h = H.column(j) + k;
    const T sum = h[0] + b.v1 * h[1];
    h[0] -= sum * b.tau;
    h[1] -= sum * t1;
  }
  team.sync();
  if (team.rank() == 0) {
    H(k, k - 1) = b.beta;
    H(last, k - 1) = T(0);
  }
  T* h0 = H.column(k);
  T* h1 = H.column(last);
  for (int i = first + team.rank(); i <= last; i += team.size()) {
    const T sum = h0[i] + b.v1 * h1[i];
    h0[i] -= sum * b.tau;
    h1[i] -= sum * t1;
  }
  team.sync();
}

/// One double-shift sweep over rows first..last, at least three of them. False when numbers stopped being finite.
/// In each step the column left of the bulge is read before the first sync and overwritten after it.
template <class T, class Team>
ORGANICS_FN bool francis_sweep(const Team& team, const HessenbergView<T>& H, int first, int last, int sweep) {
  Bulge<T> b = first_bulge(H, first, choose_shift(H, first, last, sweep));
  team.sync();  // every lane has looked for the block and has the shifts
  if (!is_finite(b.beta)) return false;
  if (team.rank() == 0 && first > 0) H(first, first - 1) = T(0);
  for (int k = first; k < last - 1; ++k) {
    if (k > first) b = bulge(H(k, k - 1), H(k + 1, k - 1), H(k + 2, k - 1));
    reflect_rows(team, H, k, last, b);
    team.sync();
    if (team.rank() == 0 && k > first) {
      H(k, k - 1) = b.beta;
      H(k + 1, k - 1) = T(0);
      H(k + 2, k - 1) = T(0);
    }
    reflect_columns(team, H.column(k), H.column(k + 1), H.column(k + 2), first, min(k + 4, last + 1), b);
    team.sync();
  }
  close_sweep(team, H, first, last);
  return true;
}

}  // namespace detail

/// Eigenvalues of the upper Hessenberg matrix H (n x n), which is destroyed; entries below its subdiagonal must be 0
/// and the largest entry of ordinary size. Conjugate pairs stand together, the positive imaginary part first.
/// False, on every lane, when the iteration does not end within 30 max(10, n) sweeps; re and im are then garbage.
template <class T, class Team>
ORGANICS_OUTLINED_FN bool hessenberg_eigenvalues(const Team& team, T* H, int n, T* re, T* im) {
  const detail::HessenbergView<T> view{H, n};
  const T tiny = smallest_normal<T>() * (static_cast<T>(n) / epsilon<T>());
  int budget = 30 * max(10, n);
  int last = n - 1;
  int sweep = 0;
  bool ok = true;
  while (last >= 0 && ok) {
    const int first = detail::block_start(view, last, sweep, tiny);
    if (last - first >= 2) {
      ok = --budget >= 0 && detail::francis_sweep(team, view, first, last, ++sweep);
      continue;
    }
    if (team.rank() == 0) {
      if (first == last) {
        re[last] = view(last, last);
        im[last] = T(0);
      } else {
        const auto pair =
            detail::eigenvalues_2x2(view(first, first), view(first, last), view(last, first), view(last, last));
        re[first] = pair.re1;
        im[first] = pair.im1;
        re[last] = pair.re2;
        im[last] = pair.im2;
      }
    }
    last = first - 1;
    sweep = 0;
  }
  team.sync();
  return ok;
}

namespace detail {

/// Eigenvalues of a 2 x 2 matrix, written by lane 0.
template <class T, class Team>
ORGANICS_FN bool small_eigenvalues(const Team& team, const T* A, T* re, T* im) {
  const bool ok = is_finite(A[0]) && is_finite(A[1]) && is_finite(A[2]) && is_finite(A[3]);
  if (team.rank() == 0) {
    const auto pair = eigenvalues_2x2(A[0], A[2], A[1], A[3]);
    const T nan = A[0] - A[0] + (A[1] - A[1]) + (A[2] - A[2]) + (A[3] - A[3]);  // 0 when all are finite
    re[0] = ok ? pair.re1 : nan;
    im[0] = ok ? pair.im1 : nan;
    re[1] = ok ? pair.re2 : nan;
    im[1] = ok ? pair.im2 : nan;
  }
  team.sync();
  return ok;
}

/// Fills the results of a failure.
template <class T, class Team>
ORGANICS_FN bool fail_with_nan(const Team& team, int n, T* re, T* im) {
  const T nan = std::sqrt(T(-1));
  for_each_own(team, n, [&](int i) {
    re[i] = nan;
    im[i] = nan;
  });
  team.sync();
  return false;
}

}  // namespace detail

/// Eigenvalues re[i] + i im[i] of A (n x n), which is destroyed; conjugate pairs stand together, otherwise unordered.
/// False, on every lane, and NaN in re and im, when A has an entry that is not finite or the iteration fails.
/// Needs eigenvalues_scratch(n).
template <class T, class Team>
ORGANICS_OUTLINED_FN bool eigenvalues(const Team& team, T* A, int n, T* re, T* im, T* scratch) {
  if (n == 2) return detail::small_eigenvalues(team, A, re, im);
  const T largest = detail::largest_magnitude(team, A, n, scratch);
  if (!is_finite(largest)) return detail::fail_with_nan(team, n, re, im);
  const T scale = detail::safe_scale(largest);
  if (scale != T(1)) {
    for_each_own(team, n * n, [&](int k) { A[k] *= scale; });
    team.sync();
  }
  balance(team, A, n, scratch);
  reduce_to_hessenberg(team, A, n, scratch);
  if (!hessenberg_eigenvalues(team, A, n, re, im)) return detail::fail_with_nan(team, n, re, im);
  if (scale != T(1)) {
    for_each_own(team, n, [&](int i) {
      re[i] /= scale;
      im[i] /= scale;
    });
    team.sync();
  }
  return true;
}

}  // namespace organics::core
