#include "organics/noise.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "organics/core/march_options.hpp"
#include "organics/core/noise.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

constexpr std::int64_t most_steps = std::int64_t{1} << 32;  // a step is one word of the generator's counter

void validate_segments(const NoiseOptions& o, int n) {
  require(o.segment <= o.steps, "segment", static_cast<double>(o.segment), "no more than steps");
  require(o.bins >= 1 && o.bins < (o.segment + 1) / 2, "bins", o.bins, "at least 1, and below half of segment");
  require(o.component >= 0 && o.component < 2 * n, "component", o.component, "0 to 2n - 1");
  require(o.partner >= -1 && o.partner < 2 * n, "partner", o.partner, "-1 (none) to 2n - 1");
}

void validate(const NoiseOptions& o, int n) {
  require(static_cast<int>(o.scheme) < 2, "scheme", static_cast<double>(o.scheme), "one of the NoiseScheme values");
  require(static_cast<int>(o.kind) < 2, "kind", static_cast<double>(o.kind), "one of the NoiseKind values");
  require(std::isfinite(o.step) && o.step > 0, "step", o.step, "a number of seconds > 0");
  require(o.steps >= 1 && o.steps <= most_steps, "steps", static_cast<double>(o.steps), "1 to 2^32");
  require(o.discard >= 0 && o.discard <= most_steps - o.steps, "discard", static_cast<double>(o.discard),
          "0 or more, and with steps at most 2^32");
  require(o.save_every >= 0 && samples_kept(o) <= std::numeric_limits<int>::max(), "save_every", o.save_every,
          "0 (never) or more, and fewer than 2^31 samples");
  require(o.first >= 0, "first", static_cast<double>(o.first), "0 or more");
  require(o.state_bound >= 0, "state_bound", o.state_bound, "0 (the default) or a number > 0");
  require(o.segment >= 0, "segment", static_cast<double>(o.segment), "0 (no spectra) or more");
  if (o.segment > 0) validate_segments(o, n);
}

/// A spectrum may be wanted only where the options ask for it.
template <class T>
void require_spectrum(std::string_view field, const BatchView<T>& view, bool asked, std::int64_t items, int rows,
                      int cols, std::string_view expected) {
  if (view && !asked) throw InvalidArgument(fmt::format("{}: given: expected {}", field, expected));
  require_shape(field, view, items, rows, cols, true, false);
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
                       BatchView<const T> amplitude, const NoiseOptions& options, const NoiseResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  validate(options, circuits.n);
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  const bool spectra = options.segment > 0;
  const bool both = spectra && options.partner >= 0;
  require_shape("x0", x0, items, m, 1, true, true);
  require_shape("amplitude", amplitude, items, m, 1, false, true);
  require_spectrum("results.samples", results.samples, options.save_every > 0, items, m,
                   static_cast<int>(samples_kept(options)), "no samples where save_every = 0");
  require_spectrum("results.power", results.power, spectra, items, options.bins, 1, "no spectra where segment = 0");
  require_spectrum("results.partner_power", results.partner_power, both, items, options.bins, 1,
                   "segment > 0 and a partner");
  require_spectrum("results.cross", results.cross, both, items, 2, options.bins, "segment > 0 and a partner");
  require_shape("results.final_state", results.final_state, items, m, 1, true, false);
  require_shape("results.status", results.status, items, 1, 1, true, false);
  require_shape("results.time_reached", results.time_reached, items, 1, 1, true, false);
  if (items == 0) return;
  require_place(executor, "x0", x0.data, device);
  require_place(executor, "amplitude", amplitude.data, device);
  require_place(executor, "results.samples", results.samples.data, device);
  require_place(executor, "results.final_state", results.final_state.data, device);
  require_place(executor, "results.power", results.power.data, device);
  require_place(executor, "results.partner_power", results.partner_power.data, device);
  require_place(executor, "results.cross", results.cross.data, device);
  require_place(executor, "results.status", results.status.data, device);
  require_place(executor, "results.time_reached", results.time_reached.data, device);
  if (device) return;
  require_finite("x0", x0);
  require_finite("amplitude", amplitude);
}

template <class T>
core::NoiseMarchOptions<T> noise_march_options(const NoiseOptions& o) {
  const bool spectra = o.segment > 0;
  return {o.scheme,
          o.kind,
          static_cast<T>(o.step),
          o.discard,
          o.steps,
          o.save_every,
          o.seed,
          o.first,
          o.state_bound > 0 ? static_cast<T>(o.state_bound) : core::default_state_bound<T>(),
          o.segment,
          spectra ? o.bins : 0,
          o.component,
          spectra ? o.partner : -1};
}

/// Simulates circuit i of the batch on one lane.
template <class T>
void simulate_one(const Circuits<T>& circuits, BatchView<const T> x0, BatchView<const T> amplitude,
                  const core::NoiseMarchOptions<T>& options, const NoiseResults<T>& results, std::int64_t i,
                  T* scratch) {
  core::simulate_circuit(core::Solo{}, core::CircuitModel<T>{circuit(circuits, i)}, options, x0.item_or_null(i),
                         amplitude.item(i), static_cast<std::uint64_t>(options.first + i),
                         core::NoiseOutput<T>{results.samples.item_or_null(i), results.power.item_or_null(i),
                                              results.partner_power.item_or_null(i), results.cross.item_or_null(i),
                                              results.final_state.item_or_null(i), results.time_reached.item_or_null(i),
                                              results.status.item_or_null(i)},
                         scratch);
}

/// Both spectra are there, so that coherence can be told.
template <class T>
bool has_coherence(const NoiseOptions& options, const NoiseResults<T>& results) {
  return options.partner >= 0 && results.partner_power && results.cross;
}

template <class T>
void require_spectra(const NoiseOptions& options, const NoiseResults<T>& results) {
  require(options.segment > 0, "segment", static_cast<double>(options.segment), "steps in each periodogram, > 0");
  require(options.step > 0, "step", options.step, "a number of seconds > 0");
  const std::int64_t items = results.status.items;
  require_shape("results.status", results.status, items, 1, 1, false, false);
  require_shape("results.power", results.power, items, options.bins, 1, false, false);
  if (!has_coherence(options, results)) return;
  require_shape("results.partner_power", results.partner_power, items, options.bins, 1, false, false);
  require_shape("results.cross", results.cross, items, 2, options.bins, false, false);
}

/// For each bin k the mean, over the circuits that are `in`, of number k stride + offset of a view.
template <class T>
std::vector<double> mean_of(const BatchView<T>& view, const std::vector<std::int64_t>& in, int bins, int stride = 1,
                            int offset = 0) {
  std::vector<double> mean(static_cast<std::size_t>(bins));
  for (const std::int64_t i : in) {
    for (int k = 0; k < bins; ++k) {
      mean[static_cast<std::size_t>(k)] += static_cast<double>(view.item(i)[k * stride + offset]);
    }
  }
  for (double& value : mean) value /= static_cast<double>(in.size());  // none: NaN
  return mean;
}

}  // namespace

template <class T>
void simulate(const Executor& executor, const Circuits<T>& circuits, BatchView<const T> x0,
              BatchView<const T> amplitude, const NoiseOptions& options, const NoiseResults<T>& results) {
  require_arguments(executor, circuits, x0, amplitude, options, results);
  const auto core_options = noise_march_options<T>(options);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::simulate(*cuda, circuits, x0, amplitude, core_options, results);
    return;
  }
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items);
  WorkerScratch<T> scratch(threads, core::simulate_scratch(circuits.n, core_options.bins, core_options.signals()), 0);
  parallel_for(threads, circuits.items, 1, [&](int worker, std::int64_t i) {
    simulate_one(circuits, x0, amplitude, core_options, results, i, scratch.numbers(worker));
  });
}

template <class T>
std::size_t simulate_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                    const NoiseOptions& options) {
  validate(options, circuits.n);
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::simulate_workspace_size(*cuda, circuits, noise_march_options<T>(options)) : 0;
}

template <class T>
NoiseSpectrum average_spectra(const NoiseOptions& options, const NoiseResults<T>& results) {
  require_spectra(options, results);
  std::vector<std::int64_t> in;
  for (std::int64_t i = 0; i < results.status.items; ++i) {
    if (*results.status.item(i) == Status::ok) in.push_back(i);
  }
  const int bins = options.bins;
  NoiseSpectrum spectrum;
  spectrum.circuits = static_cast<std::int64_t>(in.size());
  spectrum.left_out = results.status.items - spectrum.circuits;
  spectrum.averages = spectrum.circuits * (options.steps / options.segment);
  for (int k = 1; k <= bins; ++k) {
    spectrum.frequency.push_back(k / (static_cast<double>(options.segment) * options.step));
  }
  spectrum.power = mean_of(results.power, in, bins);
  if (!has_coherence(options, results)) return spectrum;
  spectrum.partner_power = mean_of(results.partner_power, in, bins);
  const auto re = mean_of(results.cross, in, bins, 2, 0);
  const auto im = mean_of(results.cross, in, bins, 2, 1);
  for (std::size_t k = 0; k < re.size(); ++k) {
    spectrum.coherence.push_back((re[k] * re[k] + im[k] * im[k]) / (spectrum.power[k] * spectrum.partner_power[k]));
  }
  return spectrum;
}

#define ORGANICS_INSTANTIATE(T)                                                                              \
  template void simulate<T>(const Executor&, const Circuits<T>&, BatchView<const T>, BatchView<const T>,     \
                            const NoiseOptions&, const NoiseResults<T>&);                                    \
  template std::size_t simulate_workspace_size<T>(const Executor&, const Circuits<T>&, const NoiseOptions&); \
  template NoiseSpectrum average_spectra<T>(const NoiseOptions&, const NoiseResults<T>&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
