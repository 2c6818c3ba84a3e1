// Fourier sums of one or two real signals, sample by sample: the periodogram of a signal that nobody stores.
//
//   X(k) = sum_j x_j exp(-2 pi i j k / L),   j = 0 .. L - 1,   k = 1 .. bins + 1
// The Hann window (1 - cos(2 pi j / L)) / 2 has three Fourier terms, so it is applied to the sums, not to the samples:
// X(k) / 2 - (X(k - 1) + X(k + 1)) / 4. X(0), L times the mean, is left out there: that takes the mean of the segment
// away, of which bin 1 alone notices. Averaged over segments these are the periodograms of Welch (1967).
// The phase of a bin turns by a constant rotation and is computed anew every 64 samples, so that its error, at most
// about 64 epsilon, does not grow with L.
// Team contract: every lane calls begin and add with the same arguments; they touch only the bins of this lane and do
// NOT sync. The caller syncs between the last add and the first windowed sum, which reads neighbours, and between the
// last windowed sum and the next begin.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "organics/core/team.hpp"

namespace organics::core {

/// Scratch of FourierSums in numbers; `signals` is 1 or 2.
ORGANICS_FN constexpr std::size_t fourier_sums_size(int bins, int signals) {
  return static_cast<std::size_t>(bins + 1) * static_cast<std::size_t>(4 + 2 * signals);
}

template <class T>
struct ComplexNumber {
  T re;
  T im;
};

/// Sums over a segment of `samples` samples; 1 <= bins < samples / 2. Owns nothing: `work` holds
/// fourier_sums_size(bins, signals) numbers.
template <class T>
struct FourierSums {
  static constexpr int anchor_interval = 64;

  T* work;
  int bins;
  std::int64_t samples;
  int signals;

  /// Starts a segment.
  template <class Team>
  ORGANICS_FN void begin(const Team& team) const {
    for_each_own(team, bins + 1, [&](int i) {
      const ComplexNumber<T> turn = phase(i + 1, 1);
      row(0)[i] = turn.re;
      row(1)[i] = turn.im;
      for (int r = 4; r < 4 + 2 * signals; ++r) row(r)[i] = T(0);
    });
  }

  /// Adds sample `j` of the segment, j = 0, 1, ... in this order; `q` is the second signal where there are two.
  template <class Team>
  ORGANICS_FN void add(const Team& team, std::int64_t j, T p, T q) const {
    if (j % anchor_interval == 0) anchor(team, j);
    T* const rotation_re = row(0);
    T* const rotation_im = row(1);
    T* const phase_re = row(2);
    T* const phase_im = row(3);
    for_each_own(team, bins + 1, [&](int i) {
      const T re = phase_re[i];
      const T im = phase_im[i];
      row(4)[i] += p * re;
      row(5)[i] += p * im;
      if (signals == 2) {
        row(6)[i] += q * re;
        row(7)[i] += q * im;
      }
      phase_re[i] = re * rotation_re[i] - im * rotation_im[i];
      phase_im[i] = re * rotation_im[i] + im * rotation_re[i];
    });
  }

  /// The windowed sum of signal 0 or 1 in bin k, 1 <= k <= bins, after all samples of the segment.
  ORGANICS_FN ComplexNumber<T> windowed(int signal, int k) const {
    return {windowed_part(row(4 + 2 * signal), k), windowed_part(row(5 + 2 * signal), k)};
  }

  /// Squared modulus of a windowed sum, over its expectation for unit white noise: white noise of variance 1 has
  /// power 1 in every bin. The one-sided spectral density is 2 times the seconds between samples times this.
  ORGANICS_FN T power(int signal, int k) const {
    const ComplexNumber<T> x = windowed(signal, k);
    return (x.re * x.re + x.im * x.im) / white_power(k);
  }

  /// The same for both signals: X_p(k) times the conjugate of X_q(k).
  ORGANICS_FN ComplexNumber<T> cross(int k) const {
    const ComplexNumber<T> p = windowed(0, k);
    const ComplexNumber<T> q = windowed(1, k);
    const T white = white_power(k);
    return {(p.re * q.re + p.im * q.im) / white, (p.im * q.re - p.re * q.im) / white};
  }

 private:
  ORGANICS_FN T* row(int r) const { return work + static_cast<std::ptrdiff_t>(r) * (bins + 1); }

  /// exp(-2 pi i j k / L), with j k reduced as an integer.
  ORGANICS_FN ComplexNumber<T> phase(int k, std::int64_t j) const {
    const std::int64_t part = j * k % samples;
    const T angle = T(6.283185307179586477) * (static_cast<T>(part) / static_cast<T>(samples));
    return {std::cos(angle), -std::sin(angle)};
  }

  template <class Team>
  ORGANICS_FN void anchor(const Team& team, std::int64_t j) const {
    for_each_own(team, bins + 1, [&](int i) {
      const ComplexNumber<T> now = phase(i + 1, j);
      row(2)[i] = now.re;
      row(3)[i] = now.im;
    });
  }

  ORGANICS_FN T windowed_part(const T* sums, int k) const {
    const T left = k == 1 ? T(0) : sums[k - 2];
    return T(0.5) * sums[k - 1] - T(0.25) * (left + sums[k]);
  }

  /// L times the sum of the squared Fourier terms of the window; bin 1 lacks that of the mean.
  ORGANICS_FN T white_power(int k) const { return static_cast<T>(samples) * (k == 1 ? T(0.3125) : T(0.375)); }
};

}  // namespace organics::core
