// The spectrum of any real matrix with what can be asked about it: the rightmost eigenpair and checks of the result.
//
// Team contract: as in team.hpp; results are the same on every lane.
#pragma once

#include <cstddef>

#include "organics/core/lu.hpp"
#include "organics/core/rightmost.hpp"
#include "organics/core/spectrum.hpp"

namespace organics::core {

/// Where the results of one matrix go; null: not wanted.
template <class T>
struct MatrixSpectrumOutput {
  T* eigenvalues;  ///< 2 x m
  T* abscissa;
  T* right;    ///< 2 x m
  T* left;     ///< 2 x m
  T* overlap;  ///< 2
  T* checks;   ///< 4
  Status* status;

  /// True when more than eigenvalues is wanted.
  ORGANICS_FN bool wants_vectors() const {
    return right != nullptr || left != nullptr || overlap != nullptr || checks != nullptr;
  }
};

template <class T>
struct MatrixSpectrumWork {
  T* matrix;    ///< m x m, with vectors m x m pairs
  T* re;        ///< m
  T* im;        ///< m
  T* scratch;   ///< 3m: for the eigenvalues, then for the vectors
  T* right;     ///< m pairs, with vectors
  T* left;      ///< m pairs, with vectors
  int* pivots;  ///< m, with vectors
};

/// Scratch of matrix_spectrum, in numbers; with vectors beside m integers.
ORGANICS_FN constexpr std::size_t matrix_spectrum_scratch(int m, bool vectors) {
  const auto size = static_cast<std::size_t>(m);
  return (vectors ? 2 * size * size + 4 * size : size * size) + 2 * size + eigenvalues_scratch(m);
}

template <class T>
ORGANICS_FN MatrixSpectrumWork<T> matrix_spectrum_work(T* numbers, int* pivots, int m, bool vectors) {
  const auto size = static_cast<std::ptrdiff_t>(m);
  T* re = numbers + (vectors ? 2 : 1) * size * size;
  T* scratch = re + 2 * size;
  T* right = scratch + 3 * size;
  return {numbers, re, re + size, scratch, right, right + 2 * size, pivots};
}

namespace detail {

/// |sum of the eigenvalues - trace| / |A|.
template <class T>
ORGANICS_FN T trace_error(const T* A, int m, const T* re, T norm) {
  T sum = T(0);
  for (int i = 0; i < m; ++i) sum += re[i] / norm;
  for (int i = 0; i < m; ++i) sum -= A[static_cast<std::ptrdiff_t>(i) * (m + 1)] / norm;
  return norm > T(0) ? absolute(sum) : T(0);
}

/// |log |product of the eigenvalues| - log |det A||, the determinant from an LU factorisation; NaN for a singular A.
template <class T, class Team>
ORGANICS_FN T determinant_error(const Team& team, const T* A, int m, const T* re, const T* im, T norm, T* matrix,
                                int* pivots) {
  for_each_own(team, m * m, [&](int k) { matrix[k] = A[k] / norm; });
  team.sync();
  if (!lu_factor(team, matrix, m, pivots)) return not_a_number<T>();
  T sum = T(0);
  for (int i = 0; i < m; ++i) {
    const T larger = max(absolute(re[i]), absolute(im[i])) / norm;
    const T ratio = min(absolute(re[i]), absolute(im[i])) / norm / larger;
    sum += std::log(larger) + (ratio > T(0) ? T(0.5) * std::log(T(1) + ratio * ratio) : T(0));
    sum -= std::log(absolute(matrix[static_cast<std::ptrdiff_t>(i) * (m + 1)]));
  }
  team.sync();
  return absolute(sum);
}

/// Number of eigenvalues that have more or fewer twins than conjugates.
template <class T, class Team>
ORGANICS_FN T pairing_violations(const Team& team, const T* re, const T* im, int m, T* terms) {
  for_each_own(team, m, [&](int i) {
    int balance = 0;
    for (int j = 0; j < m; ++j) {
      if (re[j] == re[i] && im[j] == im[i]) ++balance;
      if (re[j] == re[i] && im[j] == -im[i]) --balance;
    }
    terms[i] = balance == 0 ? T(0) : T(1);
  });
  team.sync();
  T sum = T(0);
  for (int i = 0; i < m; ++i) sum += terms[i];
  team.sync();
  return sum;
}

/// Copies `count` numbers, or NaN where there is nothing known, to a result that is wanted.
template <class T, class Team>
ORGANICS_FN void write_numbers(const Team& team, bool known, const T* from, int count, T* to) {
  if (to == nullptr) return;
  for_each_own(team, count, [&](int k) { to[k] = known ? from[k] : not_a_number<T>(); });
}

}  // namespace detail

/// matrix_spectrum of a 2 x 2 matrix where no vectors are wanted, without scratch: such come by the million.
template <class T, class Team>
ORGANICS_FN Status planar_spectrum(const Team& team, const T* A, const MatrixSpectrumOutput<T>& out) {
  const bool known = is_finite(A[0]) && is_finite(A[1]) && is_finite(A[2]) && is_finite(A[3]);
  const Status status = known ? Status::ok : Status::non_finite;
  if (team.rank() != 0) return status;
  detail::EigenvaluePair<T> pair = detail::eigenvalues_2x2(A[0], A[2], A[1], A[3]);
  if (!known) pair = {not_a_number<T>(), not_a_number<T>(), not_a_number<T>(), not_a_number<T>()};
  const bool ascending = pair.re1 < pair.re2;
  const T rightmost = select(ascending, pair.re2, pair.re1);
  if (out.eigenvalues != nullptr) {
    out.eigenvalues[0] = select(ascending, pair.re1, pair.re2);
    out.eigenvalues[1] = pair.im2;  // of a real pair both are 0
    out.eigenvalues[2] = rightmost;
    out.eigenvalues[3] = pair.im1;
  }
  if (out.abscissa != nullptr) *out.abscissa = rightmost;
  if (out.status != nullptr) *out.status = status;
  return status;
}

/// Spectrum of A (m x m), which is kept, and whatever `out` wants. Status: ok; non_finite for a matrix that is not;
/// not_converged when the QR iteration failed, or when an eigenvector that was wanted has a residual above `tolerance`
/// (eigenvalues and the vectors found are then written all the same). What is not known is NaN.
template <class T, class Team>
ORGANICS_FN Status matrix_spectrum(const Team& team, const T* A, int m, T tolerance, const MatrixSpectrumWork<T>& work,
                                   const MatrixSpectrumOutput<T>& out) {
  if (m == 2 && !out.wants_vectors()) return planar_spectrum(team, A, out);
  for_each_own(team, m * m, [&](int k) { work.matrix[k] = A[k]; });
  team.sync();
  const bool known = eigenvalues(team, work.matrix, m, work.re, work.im, work.scratch);
  Status status = Status::ok;
  if (!known) {
    const bool finite = is_finite(detail::largest_magnitude(team, A, m, work.scratch));
    status = finite ? Status::not_converged : Status::non_finite;
  }
  Eigenvectors<T> vectors;
  T checks[4] = {};
  const int rightmost = known ? rightmost_index(work.re, work.im, m) : 0;
  if (known && out.wants_vectors()) {
    if (out.checks != nullptr) {
      const T norm = frobenius_norm(team, A, m, work.scratch);
      checks[0] = detail::trace_error(A, m, work.re, norm);
      checks[1] = detail::determinant_error(team, A, m, work.re, work.im, norm, work.matrix, work.pivots);
      checks[2] = detail::pairing_violations(team, work.re, work.im, m, work.scratch);
    }
    vectors = eigenvectors(team, A, m, work.re[rightmost], work.im[rightmost], tolerance, work.right, work.left,
                           {work.matrix, work.scratch, work.scratch + 2 * static_cast<std::ptrdiff_t>(m), work.pivots});
    checks[3] = vectors.residual;
    status = vectors.status;
  }
  if (out.eigenvalues != nullptr && known) sort_eigenvalues(team, work.re, work.im, m, out.eigenvalues);
  if (!known) detail::write_numbers<T>(team, false, nullptr, 2 * m, out.eigenvalues);
  detail::write_numbers(team, known, work.right, 2 * m, out.right);
  detail::write_numbers(team, known, work.left, 2 * m, out.left);
  if (team.rank() != 0) return status;
  if (out.abscissa != nullptr) *out.abscissa = known ? work.re[rightmost] : not_a_number<T>();
  if (out.overlap != nullptr) {
    out.overlap[0] = known ? vectors.overlap_re : not_a_number<T>();
    out.overlap[1] = known ? vectors.overlap_im : not_a_number<T>();
  }
  if (out.checks != nullptr) {
    for (int k = 0; k < 4; ++k) out.checks[k] = known ? checks[k] : not_a_number<T>();
  }
  if (out.status != nullptr) *out.status = status;
  return status;
}

}  // namespace organics::core
