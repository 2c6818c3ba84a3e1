// The spectrum of a circuit's Jacobian at a state, and the verdict it gives.
//
// Team contract: as in team.hpp; results are the same on every lane.
#pragma once

#include <cstddef>

#include "organics/core/eigenvalues.hpp"
#include "organics/core/model.hpp"
#include "organics/core/status.hpp"

namespace organics::core {

template <class T>
struct Spectrum {
  Status status = Status::not_converged;
  Verdict verdict = Verdict::none;
  T abscissa = T(0);   ///< largest real part, 1/s
  T error = T(0);      ///< half-width inside which the verdict is marginal, 1/s
  T frequency = T(0);  ///< |imaginary part| of the rightmost eigenvalue, rad/s
};

/// Scratch: the Jacobian, the eigenvalues and what the eigensolver needs, in numbers (m = 2n).
template <class T>
struct SpectrumWork {
  T* matrix;   ///< m x m
  T* re;       ///< m: real parts, unsorted
  T* im;       ///< m: imaginary parts
  T* scratch;  ///< eigenvalues_scratch(m)
};

ORGANICS_FN constexpr std::size_t spectrum_scratch(int m) {
  const auto size = static_cast<std::size_t>(m);
  return size * size + 2 * size + eigenvalues_scratch(m);
}

template <class T>
ORGANICS_FN SpectrumWork<T> spectrum_work(T* numbers, int m) {
  T* re = numbers + static_cast<std::ptrdiff_t>(m) * m;
  return {numbers, re, re + m, re + 2 * static_cast<std::ptrdiff_t>(m)};
}

/// Half-width inside which the verdict on an m x m matrix of Frobenius norm `norm` is marginal. The QR algorithm returns
/// the eigenvalues of J + E with |E| of the order of m eps |J|; this is a thousand times that, to leave room for
/// eigenvalues that are moderately ill conditioned and for the rounding of the state.
template <class T>
ORGANICS_FN T spectrum_error(int m, T norm) {
  return T(1000) * static_cast<T>(m) * epsilon<T>() * norm;
}

/// Rightmost eigenvalue, error and verdict from the eigenvalues re + i im of a matrix of Frobenius norm `norm`.
template <class T>
ORGANICS_FN Spectrum<T> judge(const T* re, const T* im, int m, T norm) {
  Spectrum<T> result;
  result.status = Status::ok;
  result.abscissa = re[0];
  result.frequency = absolute(im[0]);
  for (int i = 1; i < m; ++i) {
    const bool further = re[i] > result.abscissa || (re[i] == result.abscissa && absolute(im[i]) > result.frequency);
    result.abscissa = select(further, re[i], result.abscissa);
    result.frequency = select(further, absolute(im[i]), result.frequency);
  }
  result.error = spectrum_error(m, norm);
  result.verdict = result.abscissa < -result.error  ? Verdict::stable
                   : result.abscissa > result.error ? Verdict::unstable
                                                    : Verdict::marginal;
  return result;
}

/// Frobenius norm of an m x m matrix, without overflow; `terms` is scratch of m.
template <class T, class Team>
ORGANICS_FN T frobenius_norm(const Team& team, const T* matrix, int m, T* terms) {
  for_each_own(team, m, [&](int i) {
    T largest = T(0);
    for (int j = 0; j < m; ++j) {
      largest = max_or_nan(largest, absolute(matrix[static_cast<std::ptrdiff_t>(j) * m + i]));
    }
    terms[i] = largest;
  });
  team.sync();
  T scale = T(0);
  for (int i = 0; i < m; ++i) scale = max_or_nan(scale, terms[i]);
  team.sync();
  const MaskOf<T> ordinary = scale != T(0) && is_finite(scale);
  if (!any(ordinary)) return scale;
  for_each_own(team, m, [&](int i) {
    T sum = T(0);
    for (int j = 0; j < m; ++j) {
      const T entry = matrix[static_cast<std::ptrdiff_t>(j) * m + i] / scale;
      sum += entry * entry;
    }
    terms[i] = sum;
  });
  team.sync();
  T sum = T(0);
  for (int i = 0; i < m; ++i) sum += terms[i];
  team.sync();
  return select(ordinary, scale * square_root(sum), scale);
}

/// Spectrum of the Jacobian at x (2n, visible). Leaves the eigenvalues in work.re and work.im.
template <class T, class Team>
ORGANICS_FN Spectrum<T> spectrum(const Team& team, const CircuitModel<T>& model, const T* x,
                                 const SpectrumWork<T>& work) {
  const int m = model.dimension();
  model.jacobian(team, T(0), x, work.matrix);
  team.sync();
  const T norm = frobenius_norm(team, work.matrix, m, work.re);
  if (!is_finite(norm)) {
    Spectrum<T> result;
    result.status = Status::non_finite;
    return result;
  }
  if (!eigenvalues(team, work.matrix, m, work.re, work.im, work.scratch)) return {};
  return judge(work.re, work.im, m, norm);
}

/// Writes the eigenvalues as (re, im) pairs sorted by real part, then imaginary part. `sorted` holds 2m numbers.
template <class T, class Team>
ORGANICS_FN void sort_eigenvalues(const Team& team, const T* re, const T* im, int m, T* sorted) {
  for_each_own(team, m, [&](int i) {
    int before = 0;
    for (int j = 0; j < m; ++j) {
      const bool less = re[j] < re[i] || (re[j] == re[i] && (im[j] < im[i] || (im[j] == im[i] && j < i)));
      before += less ? 1 : 0;
    }
    sorted[2 * before] = re[i];
    sorted[2 * before + 1] = im[i];
  });
  team.sync();
}

/// Where one circuit's spectrum goes; null: not wanted.
template <class T>
struct SpectrumOutput {
  T* eigenvalues;  ///< 2 x m
  T* abscissa;
  T* error;
  T* frequency;
  Verdict* verdict;
  Status* status;
};

/// Writes a spectrum whose eigenvalues are in `work`; NaN where there is none.
template <class T, class Team>
ORGANICS_FN void write_spectrum(const Team& team, const Spectrum<T>& spectrum, const SpectrumWork<T>& work, int m,
                                const SpectrumOutput<T>& out) {
  const bool known = spectrum.status == Status::ok;
  if (out.eigenvalues != nullptr) {
    if (known) {
      sort_eigenvalues(team, work.re, work.im, m, out.eigenvalues);
    } else {
      for_each_own(team, 2 * m, [&](int k) { out.eigenvalues[k] = not_a_number<T>(); });
    }
  }
  if (team.rank() != 0) return;
  if (out.abscissa != nullptr) *out.abscissa = known ? spectrum.abscissa : not_a_number<T>();
  if (out.error != nullptr) *out.error = known ? spectrum.error : not_a_number<T>();
  if (out.frequency != nullptr) *out.frequency = known ? spectrum.frequency : not_a_number<T>();
  if (out.verdict != nullptr) *out.verdict = spectrum.verdict;
  if (out.status != nullptr) *out.status = spectrum.status;
}

}  // namespace organics::core
