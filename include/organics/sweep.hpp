// sweep: Monte Carlo stability statistics of a random ensemble of circuits.
//
// Circuit i is a pure function of (ensemble, seed, i), drawn where it is used. Statistics are counts, extremes and
// ordered lists only, so they come out bit for bit for any number of threads, any chunk size and any split.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "organics/core/ensemble.hpp"
#include "organics/core/status.hpp"
#include "organics/executor.hpp"
#include "organics/steady_state.hpp"

namespace organics {

/// What circuits are drawn and judged in.
enum class Precision : std::uint8_t {
  float64,
  float32,
  /// Drawn as in float64, and judged as there: most of the work is done in float, and a verdict of stable is accepted from
  /// it where the equilibrium is one in double and its stability proven for the Jacobian in double, the conversion to
  /// float included. Every other circuit goes to the ladder in double. For sweeps with verdict_only.
  mixed
};

inline constexpr int precision_count = 3;

/// double, float or mixed, as sweep files have it.
const char* name(Precision precision);

/// Equal bins over [lower, upper), 1/s; the two outermost counts hold what lies below and above.
struct HistogramRange {
  double lower = -600.0;
  double upper = 0.0;
  int bins = 60;
};

/// Of what the distribution over the circuits of a sweep is kept.
enum class Quantity : std::uint8_t {
  abscissa = 0,   ///< 1/s, where there is a spectrum
  frequency,      ///< rad/s, of a rightmost pair that rotates
  damping_ratio,  ///< -Re / |.| of a rightmost pair that rotates
  state_norm,     ///< Euclidean norm of the steady state (y, a), where there is one
  newton_steps,   ///< on all rungs, of every circuit
  flow_steps,     ///< of the integrations, of every circuit
};

inline constexpr int quantity_count = 6;

const char* name(Quantity quantity);

/// The distribution of a quantity as counts in bins, each 1/64 to 1/32 of its numbers wide (core/digest.hpp).
struct Digest {
  int first = 0;                     ///< bin of the first count
  std::vector<std::int64_t> counts;  ///< neither the first nor the last is 0

  void add(double number);
  void merge(const Digest& other);
  std::int64_t total() const;
  /// The least value that a share p, 0 to 1, of the values does not exceed, rounded towards 0 to 6 significant bits;
  /// NaN where there are none. Integers up to 64 are exact.
  double quantile(double p) const;
  /// Whether the counts are ones that add and merge can make: of bins that exist, none negative, none 0 at the ends.
  bool possible() const;
  /// The number of count k that is nearest to 0.
  double value(std::size_t k) const;
  /// How far apart the numbers of count k may be.
  double width(std::size_t k) const;
  bool operator==(const Digest&) const = default;
};

/// What may be kept of each circuit of a sweep.
enum class SweptColumn : std::uint8_t {
  index = 0,          ///< of the circuit
  status,             ///< Status
  verdict,            ///< Verdict
  abscissa,           ///< 1/s; NaN where there is no spectrum
  frequency,          ///< rad/s, of the rightmost pair; NaN where there is no spectrum
  damping_ratio,      ///< NaN unless the rightmost pair rotates
  state_norm,         ///< Euclidean norm of the steady state (y, a); NaN where there is none
  newton_steps,       ///< on all rungs
  flow_steps,         ///< of the integrations
  lu_factorisations,  ///< on all rungs
  rung,               ///< Rung that found the steady state
  proven,             ///< 1: stable, rounding included
};

inline constexpr int swept_column_count = 12;

const char* name(SweptColumn column);

/// Circuits first .. first + circuits - 1 of a sweep: one entry for each in every column that was asked for, but for the
/// index; the other columns are empty.
struct SweptCircuits {
  std::int64_t first = 0;
  std::int64_t circuits = 0;
  std::vector<Status> status;
  std::vector<Verdict> verdict;
  std::vector<double> abscissa, frequency, damping_ratio, state_norm;
  std::vector<std::int32_t> newton_steps, flow_steps, lu_factorisations;
  std::vector<Rung> rung;
  std::vector<std::uint8_t> proven;
};

/// Shares whose quantiles reports give.
inline constexpr double quantile_shares[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

struct SweepProgress {
  std::int64_t done = 0;
  std::int64_t total = 0;
  double seconds = 0;                         ///< of work, earlier calls included
  std::int64_t verdicts[verdict_count] = {};  ///< so far
};

struct SweepState;

struct SweepOptions {
  std::uint64_t seed = 1;
  std::int64_t first = 0;          ///< index of the first circuit
  std::int64_t circuits = 100000;  ///< number of circuits
  Precision precision = Precision::float64;
  HistogramRange histogram;  ///< of the spectral abscissa
  int worst = 10;            ///< how many circuits each list holds: worst, marginal, unsettled, unproven
  std::int64_t chunk = 0;    ///< circuits per chunk; 0: chosen
  /// Verdicts only: an equilibrium whose stability is proven at once (stability.hpp, proven) is stable without its
  /// eigenvalues, which are computed for the rest. The counts are the same; there are no abscissae, so the histogram, the
  /// extremes and the lists of the worst and the marginal stay empty, and abscissa and frequency of every circuit are NaN.
  /// On a Cpu executor several circuits are judged at once (executor.hpp, Simd); where sums are fused with products there,
  /// a circuit may take a Newton step more or less than on its own, and so it may in mixed precision.
  bool verdict_only = false;
  bool certify = false;  ///< try to prove the stability of every circuit that settled (stability.hpp, proven)
  SteadyStateOptions steady_state;
  std::function<void(const SweepProgress&)> progress;  ///< called from the calling thread, at most 10 times a second
  /// Called from the calling thread with the circuits of each chunk, in increasing order of index and before they count:
  /// what it throws leaves the chunk out of the sweep. Nothing is kept, or copied from a device, beyond `columns`.
  std::function<void(const SweptCircuits&)> records;
  std::vector<SweptColumn> columns;  ///< that `records` gets; each must be available
  /// Called from the calling thread after each chunk with everything so far: a place to save it. False ends the sweep.
  std::function<bool(const SweepState&)> after_chunk;
};

/// Whether a sweep with these options knows the column: `proven` only where it is to certify; abscissa, frequency, damping
/// ratio and norm not where it is for verdicts only.
bool available(SweptColumn column, const SweepOptions& options);

/// One circuit of a sweep, regenerated from its index by draw().
struct SweptCircuit {
  std::int64_t index = 0;
  double abscissa = 0;   ///< 1/s; NaN where there is no spectrum
  double frequency = 0;  ///< rad/s, of the rightmost pair
  Status status = Status::ok;
  Verdict verdict = Verdict::none;
  bool proven = false;  ///< stable, rounding included; only where the sweep was to certify
};

struct SweepResults {
  std::int64_t circuits = 0;
  std::int64_t verdicts[verdict_count] = {};  ///< counts, by Verdict
  std::int64_t statuses[status_count] = {};   ///< counts, by Status
  std::int64_t rungs[rung_count] = {};        ///< counts, by the Rung that found the steady state
  // what these circuits cost on all rungs, summed, by the Rung that found the steady state (steady_state.hpp):
  std::int64_t newton_steps[rung_count] = {};
  std::int64_t flow_steps[rung_count] = {};
  std::int64_t lu_factorisations[rung_count] = {};
  bool verdict_only = false;  ///< abscissae were not computed: what follows, up to the worst, is empty
  HistogramRange histogram_range;
  // of circuits with a spectrum, that is, a verdict other than none:
  std::vector<std::int64_t> histogram;  ///< bins + 2 counts: below lower, the bins, at or above upper
  double abscissa_min = std::numeric_limits<double>::quiet_NaN();
  double abscissa_max = std::numeric_limits<double>::quiet_NaN();
  std::vector<SweptCircuit> worst;      ///< largest abscissa first (ties: smaller index first)
  std::vector<SweptCircuit> marginal;   ///< abscissa nearest to 0 first (ties: smaller index first)
  std::vector<SweptCircuit> unsettled;  ///< first circuits, by index, whose status is not ok
  bool certified = false;               ///< whether the next two were asked for
  std::int64_t proven = 0;              ///< circuits whose status is ok and whose stability is proven
  std::vector<SweptCircuit> unproven;   ///< first circuits, by index, whose status is ok and stability not proven
  /// By Quantity. Where verdict_only, only those of the costs hold anything.
  std::array<Digest, quantity_count> digests;
  double seconds = 0;  ///< wall time (not part of the reproducible statistics)

  /// Adds the results of another part of the same sweep (same histogram range), keeping lists of `list_length`.
  /// The order in which parts are merged does not matter; an empty SweepResults takes on the part's histogram range.
  /// Throws InvalidArgument when the ranges differ, or when only one of them has abscissae.
  void merge(const SweepResults& other, int list_length);
};

/// Circuits first .. first + circuits - 1.
struct IndexRange {
  std::int64_t first = 0;
  std::int64_t circuits = 0;

  bool operator==(const IndexRange&) const = default;
};

/// A sweep that is done in part: what to save in order to continue later, or elsewhere.
struct SweepState {
  SweepResults results;          ///< of the circuits in `done`
  std::vector<IndexRange> done;  ///< increasing, neither overlapping nor adjacent

  /// Adds another part of the same sweep, in any order. Throws InvalidArgument, and changes nothing, when a circuit is
  /// in both or the histogram ranges differ.
  void merge(const SweepState& other, int list_length);

  /// The parts of `range` that are not done, increasing.
  std::vector<IndexRange> missing(IndexRange range) const;
};

/// Draws, settles and judges circuits first .. first + circuits - 1 of the ensemble.
/// Throws InvalidArgument (bad ensemble or options) before work starts, DeviceError when the device fails.
SweepResults sweep(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options);

/// The same, for those of the circuits that `state` does not hold yet; they are added to it chunk by chunk. The
/// statistics end the same, bit for bit, however the work is cut into calls, provided that ensemble, executor kind and
/// options are the same. What an exception leaves in `state` is whole.
void sweep(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options, SweepState& state);

/// Bytes of device memory (Cuda::workspace) for a chunk of `options.chunk` circuits; where that is 0, of as many as this
/// device or its workspace takes at a time. 0 on a Cpu executor. Throws as sweep does.
std::size_t sweep_workspace_size(const Executor& executor, const Ensemble& ensemble, const SweepOptions& options);

/// What values a parameter may take.
enum class Values : std::uint8_t { any, nonnegative, positive };

/// Empty when every value that the distribution can give is finite and as asked (Gaussian draws stay within 8.6
/// deviations); otherwise what was expected. For distributions that are not tied.
std::string unmet_expectation(const Distribution& distribution, Values values);

/// The same for a parameter of an ensemble, with its tie. A z that has no distribution is as expected.
std::string unmet_expectation(const Ensemble& ensemble, Parameter parameter);

/// Its symbol.
const char* name(Parameter parameter);
const char* name(RecurrentWeights kind);
const char* name(NormalisationWeights kind);
inline constexpr int parameter_count = 6;
inline constexpr int recurrent_weights_count = 12;
inline constexpr int normalisation_weights_count = 6;

/// Whether Dale's law can be asked of a kind: the entries are drawn one by one, of either sign.
bool may_obey_dale(RecurrentWeights kind);

/// Whether there are numbers that `sampling` says how to draw: random ones that all neurons of a circuit share.
bool shares_random_numbers(const Ensemble& ensemble);

/// Checks an ensemble; throws InvalidArgument that names the field, the value and what was expected.
void validate(const Ensemble& ensemble);

/// A circuit's parameters in memory of its own, matrices column-major.
template <class T>
struct OwnedCircuit {
  int n = 0;
  ModelKind model = ModelKind::main;
  std::vector<T> tau_y, tau_a, b0, b1, sigma, z, Wr, W;
};

/// Circuit `index` of the ensemble: the one that sweep() judged under this seed and index.
template <class T>
OwnedCircuit<T> draw(const Ensemble& ensemble, std::uint64_t seed, std::int64_t index);

/// Seconds.
template <class T>
T longest_time_constant(const OwnedCircuit<T>& circuit);

/// A view of one owned circuit as a batch of one.
template <class T>
Circuits<T> as_batch(const OwnedCircuit<T>& circuit);

}  // namespace organics
