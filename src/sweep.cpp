#include "organics/sweep.hpp"

#include <chrono>
#include <cmath>

#include "core_options.hpp"
#include "ensemble_in.hpp"
#include "organics/core/certificate.hpp"
#include "organics/core/digest.hpp"
#include "organics/core/draw.hpp"
#include "organics/core/settle_mixed.hpp"
#include "organics/parallel.hpp"
#include "swept_circuits.hpp"
#include "tally.hpp"
#include "together.hpp"
#include "validate.hpp"
#include "validate_ensemble.hpp"

namespace organics {

namespace {

/// Whether circuit `model` is proven stable at x. `numbers`: the Jacobian, then certificate_scratch.
template <class T>
bool proven_stable(const core::CircuitModel<T>& model, const T* x, T* numbers, int* pivots) {
  const core::Solo team;
  const int m = model.dimension();
  model.jacobian(team, T(0), x, numbers);
  const auto work = core::certificate_work(numbers + static_cast<std::ptrdiff_t>(m) * m, pivots, m);
  return core::certify_stability(team, numbers, m, T(0), work).proven;
}

/// Numbers that one circuit needs: the ladder, its parameters, and the certificate where it is asked for.
std::size_t sweep_scratch(int n, const SweepOptions& options) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  return core::settle_scratch(n, !options.verdict_only) + core::circuit_storage_size(n) + core::cycle_scratch(n) +
         (options.certify ? m * m + core::certificate_scratch(2 * n) : 0);
}

/// The ladder, in mixed precision first where `narrow` (core::mixed_narrow_scratch, else null) says so. The state is in
/// work.x.
template <class T>
core::Settled<T> settle_one(const core::CircuitModel<T>& model, const core::SettleOptions<T>& options,
                            const core::SettleWork<T>& work, T* cycle, [[maybe_unused]] float* narrow) {
  const core::Solo team;
  if constexpr (std::is_same_v<T, double>) {
    if (narrow != nullptr) {
      const auto mixed = core::mixed_work(work.x, core::newton_work(work), narrow, work.pivots, model.circuit.n);
      const core::Settled<T> settled = core::settle_in_mixed_precision(team, model, options, mixed);
      if (settled.status == Status::ok) return settled;
    }
  }
  return core::settle_from_rest(team, model, options, work, cycle);
}

/// Counts a circuit, and enters it where circuits are kept.
void keep(SweepResults& results, SweptCircuits& chunk, const SweptCircuit& circuit, const SettledRecord& settled,
          int list_length) {
  add(results, circuit, settled, list_length);
  enter(chunk, circuit, settled);
}

/// Draws, settles and judges circuit `index` on one lane, and adds it to `results` and `chunk`.
template <class T>
void sweep_one(const EnsembleOf<T>& ensemble, const SweepOptions& options, const core::SettleOptions<T>& settle_options,
               std::int64_t index, T* numbers, float* narrow, int* integers, SweepResults& results,
               SweptCircuits& chunk) {
  const core::Solo team;
  T* storage = numbers + core::settle_scratch(ensemble.n, settle_options.spectra);
  T* cycle = storage + core::circuit_storage_size(ensemble.n);
  const auto work = core::settle_work(numbers, integers, ensemble.n);
  const core::CircuitModel<T> model{
      core::draw_circuit(team, ensemble, options.seed, static_cast<std::uint64_t>(index), storage, work.matrix)};
  const core::Settled<T> settled = settle_one(model, settle_options, work, cycle, narrow);
  const core::Spectrum<T>& spectrum = settled.spectrum;
  const bool known = spectrum.status == Status::ok && settle_options.spectra;
  const bool proven = options.certify && settled.status == Status::ok &&
                      proven_stable(model, work.x, cycle + core::cycle_scratch(ensemble.n), integers);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  keep(results, chunk,
       {index, known ? static_cast<double>(spectrum.abscissa) : nan,
        known ? static_cast<double>(spectrum.frequency) : nan, settled.status, spectrum.verdict, proven},
       {settled.status == Status::ok ? static_cast<double>(core::state_norm(work.x, 2 * ensemble.n)) : nan,
        settled.rung, settled.newton_steps, settled.steps, settled.cost.lu},
       options.worst);
}

/// Draws circuits first .. first + count - 1 side by side and adds to `results` and `chunk` those that settle and are proven stable
/// there; the others it hands to one(index). Where circuits are fewer than lanes the last is drawn again for the rest.
/// `whole` holds a circuit and the scratch of its draw, for ensembles of which a pack cannot scale the numbers.
template <class T, class One>
void sweep_together(const simd::VerdictLanes<T>& lanes, const simd::Task<T>& task, const EnsembleOf<T>& ensemble,
                    const SweepOptions& options, std::int64_t first, int count, TogetherScratch<T>& scratch, T* whole,
                    SweepResults& results, SweptCircuits& chunk, One&& one) {
  const std::ptrdiff_t width = lanes.count;
  for (int lane = 0; lane < lanes.count; ++lane) {
    const auto index = static_cast<std::uint64_t>(first + std::min(lane, count - 1));
    T* own = scratch.numbers.data() + lane;
    if (task.drawn) {
      core::draw_numbers(core::Solo{}, ensemble, options.seed, index,
                         [&](int k, T number) { own[k * width] = number; });
      continue;
    }
    const auto size = static_cast<std::ptrdiff_t>(core::circuit_storage_size(ensemble.n));
    core::draw_circuit(core::Solo{}, ensemble, options.seed, index, whole, whole + size);
    for (std::ptrdiff_t k = 0; k < size; ++k) own[k * width] = whole[k];
  }
  const std::uint32_t settled =
      lanes.settle_and_prove(task, scratch.numbers.data(), scratch.bytes.data(), nullptr, scratch.costs.data());
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  for (int lane = 0; lane < count; ++lane) {
    if ((settled >> lane & 1U) == 0) {
      one(first + lane);
      continue;
    }
    const core::Cost& cost = scratch.costs[static_cast<std::size_t>(lane)];
    keep(results, chunk, {first + lane, nan, nan, Status::ok, Verdict::stable, false},
         {nan, Rung::fixed_point, cost.jacobians, 0, cost.lu}, options.worst);
  }
}

/// The lanes in which a sweep judges circuits together: where only verdicts are asked for, and null elsewhere.
template <class T>
const simd::VerdictLanes<T>* lanes_of_sweep(const Cpu& cpu, const SweepOptions& options) {
  const simd::Lanes<T>* lanes = simd::lanes<T>(cpu.simd);
  if (lanes == nullptr || !options.verdict_only || options.certify) return nullptr;
  return options.precision == Precision::mixed ? lanes->mixed : lanes;
}

/// The circuits of the chunk on host threads.
template <class T>
SweepResults sweep_chunk(int threads, const simd::VerdictLanes<T>* lanes, const Ensemble& ensemble,
                         const SweepOptions& options, SweptCircuits& chunk) {
  const std::int64_t first = chunk.first;
  const std::int64_t count = chunk.circuits;
  const EnsembleIn<T> converted(ensemble);
  const EnsembleOf<T>& ensemble_t = *converted;
  const auto settle_options_t = settle_options<T>(options.steady_state, !options.verdict_only);
  const int n = ensemble.n;
  WorkerScratch<T> scratch(threads, sweep_scratch(n, options), 2 * static_cast<std::size_t>(n));
  std::vector<SweepResults> parts(static_cast<std::size_t>(threads), empty_results(options));
  // what lanes in mixed precision leave is for the ladder in double
  const bool mixed = options.precision == Precision::mixed && lanes == nullptr;
  WorkerScratch<float> narrow(threads, mixed ? core::mixed_narrow_scratch(n) : 0, 0);
  const auto one = [&](int worker, std::int64_t index) {
    sweep_one(ensemble_t, options, settle_options_t, index, scratch.numbers(worker),
              mixed ? narrow.numbers(worker) : nullptr, scratch.integers(worker),
              parts[static_cast<std::size_t>(worker)], chunk);
  };
  if (lanes != nullptr) {
    const simd::Task<T> task = {n,
                                ensemble_t.model,
                                core::scales_by_norms(ensemble),
                                ensemble_t.recurrent,
                                ensemble_t.Wr_norm,
                                ensemble_t.z_norm,
                                settle_options_t.fixed_point_steps,
                                settle_options_t.newton_steps,
                                settle_options_t.tolerance};
    std::vector<TogetherScratch<T>> together(static_cast<std::size_t>(threads), TogetherScratch<T>(*lanes, n));
    const std::int64_t width = lanes->count;
    parallel_for(threads, (count + width - 1) / width, 1, [&](int worker, std::int64_t group) {
      const auto here = static_cast<int>(std::min(width, count - group * width));
      sweep_together(*lanes, task, ensemble_t, options, first + group * width, here,
                     together[static_cast<std::size_t>(worker)], scratch.numbers(worker),
                     parts[static_cast<std::size_t>(worker)], chunk, [&](std::int64_t index) { one(worker, index); });
    });
  } else {
    parallel_for(threads, count, 1, [&](int worker, std::int64_t i) { one(worker, first + i); });
  }
  SweepResults results = empty_results(options);
  for (const SweepResults& part : parts) results.merge(part, options.worst);
  return results;
}

/// A chunk of about a tenth of a second on the CPU, of as many circuits as fill the lanes of each thread. Microseconds for
/// a circuit: about n^3 / 10 for its eigenvalues, n^3 / 250 for a verdict without.
std::int64_t default_chunk(int threads, int n, bool verdict_only) {
  const double cube = 1.0 * n * n * n;
  const double each = verdict_only ? 0.5 + cube / 250 : 1.0 + cube / 10;
  return threads * std::max<std::int64_t>(verdict_only ? simd::most_lanes : 1, static_cast<std::int64_t>(1e5 / each));
}

void validate(const SweepOptions& options) {
  require(options.first >= 0, "first", static_cast<double>(options.first), "0 or more");
  require(options.circuits >= 0 && options.circuits <= std::numeric_limits<std::int64_t>::max() - options.first,
          "circuits", static_cast<double>(options.circuits), "0 or more, and first + circuits below 2^63");
  require(options.chunk >= 0, "chunk", static_cast<double>(options.chunk), "0 (chosen) or more");
  require(options.worst >= 0 && options.worst <= 1000000, "worst", options.worst, "0 to 1000000");
  const HistogramRange& h = options.histogram;
  require(h.bins >= 1 && h.bins <= 1000000, "histogram: bins", h.bins, "1 to 1000000");
  require(std::isfinite(h.lower), "histogram: lower", h.lower, "a finite number");
  require(std::isfinite(h.upper) && h.upper > h.lower, "histogram: upper", h.upper, "a finite number above lower");
  for (const SweptColumn column : options.columns) {
    if (available(column, options)) continue;
    throw InvalidArgument(
        fmt::format("columns: {}, expected {}", name(column),
                    column == SweptColumn::proven ? "it only with certify" : "none with verdict_only"));
  }
  if (options.precision == Precision::mixed && !options.verdict_only) {
    throw InvalidArgument(
        "precision: mixed, expected verdict_only beside it, or double: abscissae are computed in one precision");
  }
  validate(options.steady_state);
}

/// One chunk on whichever executor.
SweepResults chunk_on(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options,
                      SweptCircuits& chunk) {
  if (const auto* cuda = std::get_if<Cuda>(&executor)) return backend::sweep_chunk(*cuda, ensemble, options, chunk);
  const Cpu& cpu = std::get<Cpu>(executor);
  const int threads = useful_threads(thread_count(cpu), chunk.circuits);
  return options.precision == Precision::float32
             ? sweep_chunk<float>(threads, lanes_of_sweep<float>(cpu, options), ensemble, options, chunk)
             : sweep_chunk<double>(threads, lanes_of_sweep<double>(cpu, options), ensemble, options, chunk);
}

std::int64_t chunk_size(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  const std::int64_t largest =
      cuda != nullptr ? backend::sweep_chunk_limit(*cuda, ensemble, options)
                      : default_chunk(thread_count(std::get<Cpu>(executor)), ensemble.n, options.verdict_only);
  if (options.chunk == 0) return largest;
  return cuda != nullptr ? std::min(options.chunk, largest) : options.chunk;
}

/// Tells the caller how a sweep gets on, and keeps the time.
class Reporter {
 public:
  Reporter(const SweepOptions& options, SweepState& state)
      : options_(options), state_(state), earlier_(state.results.seconds) {}

  /// False when the caller wants no more.
  bool chunk_done() {
    const double now = std::chrono::duration<double>(clock::now() - start_).count();
    const SweepResults& results = state_.results;
    state_.results.seconds = earlier_ + now;
    std::int64_t left = 0;
    for (const IndexRange& range : state_.missing({options_.first, options_.circuits})) left += range.circuits;
    if (options_.progress && (now - reported_ >= 0.1 || left == 0)) {
      SweepProgress progress{options_.circuits - left, options_.circuits, state_.results.seconds, {}};
      std::copy(std::begin(results.verdicts), std::end(results.verdicts), progress.verdicts);
      options_.progress(progress);
      reported_ = now;
    }
    return !options_.after_chunk || options_.after_chunk(state_);
  }

 private:
  using clock = std::chrono::steady_clock;

  const SweepOptions& options_;
  SweepState& state_;
  double earlier_;  ///< seconds that the calls before this one took
  clock::time_point start_ = clock::now();
  double reported_ = 0;
};

}  // namespace

const char* name(Precision precision) {
  constexpr const char* names[precision_count] = {"double", "float", "mixed"};
  const auto i = static_cast<int>(precision);
  return i < precision_count ? names[i] : "unknown";
}

SweepResults sweep(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options) {
  SweepState state;
  sweep(executor, ensemble, options, state);
  return state.results;
}

void sweep(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options, SweepState& state) {
  validate(ensemble);
  validate(options);
  if (options.precision == Precision::float32) require_in_float(ensemble);
  if (const auto* cpu = std::get_if<Cpu>(&executor)) thread_count(*cpu);  // refuses a bad one
  if (state.results.circuits == 0) state.results = empty_results(options);
  const std::vector<IndexRange> ranges = state.missing({options.first, options.circuits});
  if (ranges.empty()) return;
  const std::int64_t chunk = chunk_size(executor, ensemble, options);
  Reporter reporter(options, state);
  for (const IndexRange& range : ranges) {
    for (std::int64_t at = 0; at < range.circuits; at += chunk) {
      const IndexRange part{range.first + at, std::min(chunk, range.circuits - at)};
      SweptCircuits circuits = room_for(options, part);
      const SweepResults results = chunk_on(executor, ensemble, options, circuits);
      if (options.records) options.records(circuits);
      state.merge({results, {part}}, options.worst);
      if (!reporter.chunk_done()) return;
    }
  }
}

std::size_t sweep_workspace_size(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options) {
  validate(ensemble);
  validate(options);
  const auto* cuda = std::get_if<Cuda>(&executor);
  if (cuda == nullptr) return 0;
  const std::int64_t chunk = options.chunk > 0 ? options.chunk : backend::sweep_chunk_limit(*cuda, ensemble, options);
  return backend::sweep_chunk_bytes(*cuda, ensemble, options, chunk);
}

template <class T>
OwnedCircuit<T> draw(const Ensemble& ensemble, std::uint64_t seed, std::int64_t index) {
  validate(ensemble);
  require(index >= 0, "index", static_cast<double>(index), "0 or more");
  std::vector<T> storage(core::circuit_storage_size(ensemble.n));
  std::vector<T> scratch(core::draw_scratch_size(ensemble.n));
  const EnsembleIn<T> converted(ensemble);
  const auto drawn = core::draw_circuit(core::Solo{}, *converted, seed, static_cast<std::uint64_t>(index),
                                        storage.data(), scratch.data());
  const std::ptrdiff_t n = ensemble.n;
  const auto copy = [](const T* from, std::ptrdiff_t count) { return std::vector<T>(from, from + count); };
  return {ensemble.n,        drawn.model,          copy(drawn.tau_y, n), copy(drawn.tau_a, n),  copy(drawn.b0, n),
          copy(drawn.b1, n), copy(drawn.sigma, n), copy(drawn.z, n),     copy(drawn.Wr, n * n), copy(drawn.W, n * n)};
}

template <class T>
T longest_time_constant(const OwnedCircuit<T>& c) {
  return std::max(*std::max_element(c.tau_y.begin(), c.tau_y.end()), *std::max_element(c.tau_a.begin(), c.tau_a.end()));
}

template <class T>
Circuits<T> as_batch(const OwnedCircuit<T>& c) {
  const auto vector = [&](const std::vector<T>& values) { return packed(values.data(), 1, c.n); };
  return {c.n,
          1,
          c.model,
          vector(c.tau_y),
          vector(c.tau_a),
          vector(c.b0),
          vector(c.b1),
          vector(c.sigma),
          vector(c.z),
          packed(c.Wr.data(), 1, c.n, c.n),
          packed(c.W.data(), 1, c.n, c.n)};
}

template OwnedCircuit<double> draw<double>(const Ensemble&, std::uint64_t, std::int64_t);
template OwnedCircuit<float> draw<float>(const Ensemble&, std::uint64_t, std::int64_t);
template double longest_time_constant<double>(const OwnedCircuit<double>&);
template float longest_time_constant<float>(const OwnedCircuit<float>&);
template Circuits<double> as_batch<double>(const OwnedCircuit<double>&);
template Circuits<float> as_batch<float>(const OwnedCircuit<float>&);

}  // namespace organics
