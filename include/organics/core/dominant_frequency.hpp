// The dominant frequency of one component over a time span, without storing the signal.
//
// The signal is sampled 4 times a period of the highest bin (from the interpolants of the steps) and its Fourier sums with
// a Hann window are kept (fourier_sums.hpp). The highest local maximum of the periodogram, from three periods in the span
// on, that stands out of the bins on both sides (four times their lowest) is refined by a parabola through the logarithms
// of its bin and the neighbours.
// Team contract: begin and add as in fourier_sums.hpp (no sync); the caller syncs before peak().
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "organics/core/fourier_sums.hpp"

namespace organics::core {

/// Scratch in numbers; 0 for no bins.
ORGANICS_FN constexpr std::size_t dominant_frequency_size(int bins) {
  return bins > 0 ? fourier_sums_size(bins, 1) : 0;
}

template <class T>
struct DominantFrequency {
  T* work;
  int bins;  ///< 0: not wanted
  T start = T(0);
  T span = T(0);
  std::int64_t taken = 0;
  std::int64_t turns = 0;  ///< how often the signal turned back by more than the least amplitude
  T extreme = not_a_number<T>();
  bool rising = true;

  ORGANICS_FN std::int64_t samples() const { return 4 * (static_cast<std::int64_t>(bins) + 1); }
  ORGANICS_FN FourierSums<T> sums() const { return {work, bins, samples(), 1}; }
  ORGANICS_FN T next_time() const { return start + span * (static_cast<T>(taken) / static_cast<T>(samples())); }
  /// True when the next sample lies before `t`, or at it.
  ORGANICS_FN bool wants_sample(T t) const { return bins > 0 && taken < samples() && next_time() <= t; }

  template <class Team>
  ORGANICS_FN void begin(const Team& team, T from, T to) {
    start = from;
    span = to - from;
    if (bins > 0) sums().begin(team);
  }

  ORGANICS_FN bool active() const { return bins > 0; }

  /// The signal along the way, several times a step: counts how often it turns, so that an oscillation too fast for the
  /// samples is not taken for a slower one.
  ORGANICS_FN void follow(T value, T least) {
    if (!(extreme == extreme)) extreme = value;
    if (rising ? value > extreme : value < extreme) extreme = value;
    if (absolute(value - extreme) > T(2) * least) {
      ++turns;
      rising = !rising;
      extreme = value;
    }
  }

  /// The signal at next_time().
  template <class Team>
  ORGANICS_FN void add(const Team& team, T value) {
    sums().add(team, taken, value, T(0));
    ++taken;
  }

  /// The frequency, in periods a unit of time; NaN when samples are missing, the signal turned more often than the
  /// highest bin does, no bin stands out, or the oscillation there has an amplitude below `least`.
  ORGANICS_FN T peak(T least) const {
    if (bins == 0 || taken < samples() || turns > 2 * static_cast<std::int64_t>(bins)) return not_a_number<T>();
    int highest = 0;
    T power = T(0);
    T valley = sums().power(0, 2);  // lowest bin so far; below lies what the mean and a drift leave behind
    for (int k = 3; k < bins; ++k) {
      const T here = sums().power(0, k);
      const bool is_peak = here > sums().power(0, k - 1) && here >= sums().power(0, k + 1);
      if (is_peak && here > power && here > T(4) * valley && falls_after(k, here)) {
        highest = k;
        power = here;
      }
      valley = min(valley, here);
    }
    // a sine of amplitude A has the power A^2 samples / 6 in its bin
    if (highest == 0 || !(std::sqrt(T(6) * power / static_cast<T>(samples())) > least)) return not_a_number<T>();
    return (static_cast<T>(highest) + offset(highest)) / span;
  }

 private:
  /// True when some higher bin has less than a quarter of the power `peak` of bin k.
  ORGANICS_FN bool falls_after(int k, T peak) const {
    for (int j = k + 1; j <= bins; ++j) {
      if (T(4) * sums().power(0, j) < peak) return true;
    }
    return false;
  }

  /// Where between the bins the parabola through the three logarithms has its top, in bins.
  ORGANICS_FN T offset(int k) const {
    const T left = std::log(sums().power(0, k - 1));
    const T middle = std::log(sums().power(0, k));
    const T right = std::log(sums().power(0, k + 1));
    const T curvature = left - T(2) * middle + right;
    return curvature < T(0) ? T(0.5) * (left - right) / curvature : T(0);
  }
};

}  // namespace organics::core
