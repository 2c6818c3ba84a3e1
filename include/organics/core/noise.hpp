// Stochastic runs of any model with diagonal noise, dx_i = f_i(x) dt + g_i(x_i) dW_i in the sense of Ito.
//
// The increments come from Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011; Random123) with key = seed and counter =
// (trajectory, pair of components, step): they depend on nothing else, and steps up to 2^32 have numbers of their own.
// Schemes: Kloeden and Platen (1992), 10.2; Ruemelin (1982) for Heun, which takes the drift in the sense of
// Stratonovich, f - g g' / 2, and so converges to the same solution.
// Team contract: as in team.hpp; functions that differ say so.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "organics/core/draw.hpp"
#include "organics/core/fourier_sums.hpp"
#include "organics/core/noise_options.hpp"
#include "organics/core/rk_step.hpp"
#include "organics/core/status.hpp"

namespace organics::core {

/// First of the streams that hold noise, one for each pair of components; those below belong to the ensemble.
inline constexpr std::uint32_t first_noise_stream = 0x80000000U;

/// The increments dW of one step: m Gaussian numbers times `root_step`, the square root of the step. Components 2p and
/// 2p + 1 are the cosine and the sine of one draw (Box and Muller 1958). Does NOT sync.
template <class T, class Team>
ORGANICS_FN void noise_increments(const Team& team, std::uint64_t seed, std::uint64_t trajectory, std::uint32_t step,
                                  int m, T root_step, T* dW) {
  for_each_own(team, (m + 1) / 2, [&](int pair) {
    const auto stream = static_cast<Stream>(first_noise_stream + static_cast<std::uint32_t>(pair));
    const auto words = random_words(seed, trajectory, stream, step);
    const T radius = root_step * std::sqrt(T(-2) * std::log(unit_uniform<T>(words[0], words[1])));
    const T angle = T(6.283185307179586477) * unit_uniform<T>(words[2], words[3]);
    dW[2 * pair] = radius * std::cos(angle);
    if (2 * pair + 1 < m) dW[2 * pair + 1] = radius * std::sin(angle);
  });
}

/// The noise of a circuit: g_i(x) = strength_i (additive) or strength_i x (multiplicative).
template <class T>
struct Noise {
  NoiseKind kind;
  const T* strength;

  ORGANICS_FN T gain(int i, T x) const {
    return select(kind == NoiseKind::multiplicative, strength[i] * x, strength[i]);
  }
  /// g g' / 2, which the drift loses from Ito to Stratonovich.
  ORGANICS_FN T drift_correction(int i, T x) const {
    return select(kind == NoiseKind::multiplicative, T(0.5) * strength[i] * strength[i] * x, T(0));
  }
};

/// Scratch of a stochastic run in numbers: two slopes, a stage, the increments, and the sums of the spectra.
ORGANICS_FN constexpr std::size_t noise_scratch(int m, int bins, int signals) {
  return 4 * static_cast<std::size_t>(m) + (bins > 0 ? fourier_sums_size(bins, signals) : 0);
}

/// Views into that scratch.
template <class T>
struct NoiseWork {
  T* k0;
  T* k1;
  T* stage;
  T* dW;
  T* sums;
  ORGANICS_FN NoiseWork(T* scratch, int m) : k0(scratch), k1(k0 + m), stage(k1 + m), dW(stage + m), sums(dW + m) {}
};

/// One step of size h with the increments work.dW, which may have been written just before: the step syncs before it
/// reads them. x is visible on entry and on return.
template <class T, class Team, class Model>
ORGANICS_FN void noise_step(const Team& team, const Model& model, const Noise<T>& noise, NoiseScheme scheme, T t, T h,
                            T* x, const NoiseWork<T>& work) {
  const int m = model.dimension();
  model.rhs(team, t, x, work.k0);
  team.sync();
  if (scheme == NoiseScheme::euler_maruyama) {
    for_each_own(team, m, [&](int i) { x[i] = (x[i] + h * work.k0[i]) + noise.gain(i, x[i]) * work.dW[i]; });
    team.sync();
    return;
  }
  for_each_own(team, m, [&](int i) {
    const T drift = work.k0[i] - noise.drift_correction(i, x[i]);
    work.stage[i] = (x[i] + h * drift) + noise.gain(i, x[i]) * work.dW[i];
  });
  team.sync();
  model.rhs(team, t + h, work.stage, work.k1);
  team.sync();
  for_each_own(team, m, [&](int i) {
    const T at = work.stage[i];
    const T drift = (work.k0[i] - noise.drift_correction(i, x[i])) + (work.k1[i] - noise.drift_correction(i, at));
    const T gain = noise.gain(i, x[i]) + noise.gain(i, at);
    x[i] += T(0.5) * (h * drift + gain * work.dW[i]);
  });
  team.sync();
}

/// Where a run's results go; null: not wanted.
template <class T>
struct NoiseOutput {
  T* samples;        ///< m x samples
  T* power;          ///< bins
  T* partner_power;  ///< bins
  T* cross;          ///< 2 x bins
  T* final_state;    ///< m
  T* time_reached;
  Status* status;

  ORGANICS_FN bool spectra() const { return power != nullptr || partner_power != nullptr || cross != nullptr; }
};

/// How a run ended.
struct NoiseMarch {
  std::int64_t steps = 0;  ///< steps whose state was kept within bounds
  Status status = Status::ok;
};

/// Sets every bin of the spectra to f(old value), each bin by its owner. Does not sync.
template <class T, class Team, class F>
ORGANICS_FN void for_each_spectrum(const Team& team, int bins, const NoiseOutput<T>& out, F&& f) {
  for_each_own(team, bins, [&](int i) {
    if (out.power != nullptr) out.power[i] = f(out.power[i]);
    if (out.partner_power != nullptr) out.partner_power[i] = f(out.partner_power[i]);
    if (out.cross == nullptr) return;
    out.cross[2 * i] = f(out.cross[2 * i]);
    out.cross[2 * i + 1] = f(out.cross[2 * i + 1]);
  });
}

/// Adds the periodogram of a finished segment, each bin by its owner.
template <class T, class Team>
ORGANICS_FN void add_segment(const Team& team, const FourierSums<T>& sums, const NoiseOutput<T>& out) {
  team.sync();
  for_each_own(team, sums.bins, [&](int i) {
    if (out.power != nullptr) out.power[i] += sums.power(0, i + 1);
    if (out.partner_power != nullptr) out.partner_power[i] += sums.power(1, i + 1);
    if (out.cross == nullptr) return;
    const ComplexNumber<T> cross = sums.cross(i + 1);
    out.cross[2 * i] += cross.re;
    out.cross[2 * i + 1] += cross.im;
  });
  team.sync();
}

/// Runs x, visible on entry, through options.discard + options.steps steps and records what `out` wants. Spectra are
/// one-sided densities, averaged over the segments, of the components less their values at the start. Where the run
/// ends early, samples that were not reached and all spectra are NaN. On return x is the last state, visible.
template <class T, class Team, class Model>
ORGANICS_FN NoiseMarch march_with_noise(const Team& team, const Model& model, const NoiseMarchOptions<T>& options,
                                        const T* strength, std::uint64_t trajectory, T* x, const NoiseOutput<T>& out,
                                        const NoiseWork<T>& work) {
  const int m = model.dimension();
  const Noise<T> noise{options.kind, strength};
  const T root_step = std::sqrt(options.step);
  const std::int64_t total = options.discard + options.steps;
  const std::int64_t segments = out.spectra() ? options.segments() : 0;
  const FourierSums<T> sums{work.sums, options.bins, options.segment, options.signals()};
  const int partner = options.partner >= 0 ? options.partner : options.component;
  const T p0 = segments > 0 ? x[options.component] : T(0);
  const T q0 = segments > 0 ? x[partner] : T(0);
  const std::int64_t samples = out.samples != nullptr ? options.samples() : 0;
  std::int64_t segment = 0;  // being summed
  std::int64_t in_segment = 0;
  std::int64_t sample = 0;  // to be written next
  int since_sample = 0;

  NoiseMarch march;
  if (!is_finite(max_norm(x, m))) march.status = Status::non_finite;
  if (segments > 0) {
    sums.begin(team);
    for_each_spectrum(team, options.bins, out, [](T) { return T(0); });
  }
  while (march.status == Status::ok && march.steps < total) {
    const T t = static_cast<T>(march.steps) * options.step;
    noise_increments(team, options.seed, trajectory, static_cast<std::uint32_t>(march.steps), m, root_step, work.dW);
    noise_step(team, model, noise, options.scheme, t, options.step, x, work);
    const T norm = max_norm(x, m);
    if (!(norm <= options.state_bound)) {
      march.status = is_finite(norm) ? Status::diverged : Status::non_finite;
      break;
    }
    ++march.steps;
    if (march.steps <= options.discard) continue;
    if (sample < samples && ++since_sample == options.save_every) {
      T* column = out.samples + static_cast<std::ptrdiff_t>(sample) * m;
      for_each_own(team, m, [&](int i) { column[i] = x[i]; });
      since_sample = 0;
      ++sample;
    }
    if (segment == segments) continue;
    sums.add(team, in_segment, x[options.component] - p0, x[partner] - q0);
    if (++in_segment < options.segment) continue;
    add_segment(team, sums, out);
    in_segment = 0;
    if (++segment < segments) sums.begin(team);
  }
  for (; sample < samples; ++sample) {
    T* column = out.samples + static_cast<std::ptrdiff_t>(sample) * m;
    for_each_own(team, m, [&](int i) { column[i] = not_a_number<T>(); });
  }
  const T density = T(2) * options.step / static_cast<T>(max(segments, std::int64_t{1}));
  const bool known = march.status == Status::ok && segments > 0;
  if (out.spectra()) {
    for_each_spectrum(team, options.bins, out, [&](T sum) { return known ? density * sum : not_a_number<T>(); });
  }
  return march;
}

/// Scratch of simulate_circuit for n neurons, in numbers.
ORGANICS_FN constexpr std::size_t simulate_scratch(int n, int bins, int signals) {
  return 4 * static_cast<std::size_t>(n) + noise_scratch(2 * n, bins, signals);
}

/// Runs one circuit from x0 (null: rest) with strength amplitude_i / sqrt(tau_i) and writes all of `out`. Does not sync
/// at its end.
template <class T, class Team>
ORGANICS_FN void simulate_circuit(const Team& team, const CircuitModel<T>& model, const NoiseMarchOptions<T>& options,
                                  const T* x0, const T* amplitude, std::uint64_t trajectory, const NoiseOutput<T>& out,
                                  T* scratch) {
  const int n = model.circuit.n;
  const int m = 2 * n;
  T* x = scratch;
  T* strength = x + m;
  for_each_own(team, n, [&](int i) {
    strength[i] = amplitude[i] / std::sqrt(model.circuit.tau_y[i]);
    strength[n + i] = amplitude[n + i] / std::sqrt(model.circuit.tau_a[i]);
  });
  load_start(team, model, x0, x);
  const NoiseMarch march =
      march_with_noise(team, model, options, strength, trajectory, x, out, NoiseWork<T>(strength + m, m));
  if (out.final_state != nullptr) for_each_own(team, m, [&](int i) { out.final_state[i] = x[i]; });
  if (team.rank() != 0) return;
  if (out.status != nullptr) *out.status = march.status;
  if (out.time_reached != nullptr) *out.time_reached = static_cast<T>(march.steps) * options.step;
}

}  // namespace organics::core
