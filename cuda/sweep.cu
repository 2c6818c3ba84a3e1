// sweep on a device: circuits are drawn, settled, judged and counted there; counts and short lists come back.
#include <algorithm>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_select.cuh>
#include <limits>
#include <vector>

#include "backend.hpp"
#include "core_options.hpp"
#include "ensemble_in.hpp"
#include "organics/core/digest.hpp"
#include "organics/core/histogram.hpp"
#include "organics/core/oscillator.hpp"
#include "settle.cuh"
#include "swept_circuits.hpp"
#include "tally.hpp"

namespace organics::cuda {

/// What the ladder spent on each circuit of a chunk, in device memory.
struct LadderCounts {
  std::int32_t* newton_steps;
  std::int32_t* flow_steps;
  std::int32_t* lu_factorisations;
};

/// What is known of each circuit of a chunk, in device memory.
template <class T>
struct ChunkRecords {
  T* abscissa;
  T* frequency;
  T* state_norm;
  Verdict* verdict;
  Status* status;
  Rung* rung;
  LadderCounts counts;
  std::uint8_t* proven;  ///< null: not asked for
  T* states;             ///< where `proven` is asked for: 2n each
};

/// Counters of a chunk, one after the other: verdicts, statuses, rungs, three sums by rung, histogram, proven, digests.
struct CounterLayout {
  int bins;
  __host__ __device__ int statuses() const { return verdict_count; }
  __host__ __device__ int rungs() const { return statuses() + status_count; }
  __host__ __device__ int newton_steps() const { return rungs() + rung_count; }
  __host__ __device__ int flow_steps() const { return newton_steps() + rung_count; }
  __host__ __device__ int lu_factorisations() const { return flow_steps() + rung_count; }
  __host__ __device__ int histogram() const { return lu_factorisations() + rung_count; }
  __host__ __device__ int proven() const { return histogram() + bins + 2; }
  __host__ __device__ int digest(Quantity quantity) const {
    return proven() + 1 + static_cast<int>(quantity) * core::digest_bins;
  }
  __host__ __device__ int size() const { return proven() + 1 + quantity_count * core::digest_bins; }
};

/// Numbers of a chunk in the sweep's precision, one of the two null, read in double.
struct AsDouble {
  const double* double_precision = nullptr;
  const float* single_precision = nullptr;

  AsDouble() = default;
  explicit AsDouble(const double* values) : double_precision(values) {}
  explicit AsDouble(const float* values) : single_precision(values) {}
  __device__ double operator[](std::int64_t i) const {
    return double_precision != nullptr ? double_precision[i] : static_cast<double>(single_precision[i]);
  }
};

/// Counts every circuit, and gives each the key it is sorted by (its abscissa; the lowest number without a spectrum).
/// Works in double whatever the sweep's precision, so that a circuit falls into the same bin as on the CPU.
struct TallyOp {
  AsDouble abscissa, frequency, state_norm;
  const Verdict* verdict;
  const Status* status;
  const Rung* rung;
  LadderCounts counts;
  const std::uint8_t* proven;
  bool verdict_only;
  HistogramRange range;
  CounterLayout layout;
  unsigned long long* counters;
  double* keys;
  std::int32_t* positions;

  __device__ void count_in(Quantity quantity, double value) const {
    atomicAdd(counters + layout.digest(quantity) + core::digest_bin(value), 1ULL);
  }

  __device__ void operator()(std::int64_t i) const {
    atomicAdd(counters + static_cast<int>(verdict[i]), 1ULL);
    atomicAdd(counters + layout.statuses() + static_cast<int>(status[i]), 1ULL);
    const int r = static_cast<int>(rung[i]);
    atomicAdd(counters + layout.rungs() + r, 1ULL);
    atomicAdd(counters + layout.newton_steps() + r, static_cast<unsigned long long>(counts.newton_steps[i]));
    atomicAdd(counters + layout.flow_steps() + r, static_cast<unsigned long long>(counts.flow_steps[i]));
    atomicAdd(counters + layout.lu_factorisations() + r, static_cast<unsigned long long>(counts.lu_factorisations[i]));
    if (proven != nullptr && proven[i] != 0) atomicAdd(counters + layout.proven(), 1ULL);
    positions[i] = static_cast<std::int32_t>(i);
    count_in(Quantity::newton_steps, counts.newton_steps[i]);
    count_in(Quantity::flow_steps, counts.flow_steps[i]);
    if (!verdict_only && status[i] == Status::ok) count_in(Quantity::state_norm, state_norm[i]);
    keys[i] = -core::largest_finite<double>();
    if (!verdict_only && verdict[i] != Verdict::none) add_spectrum(i);
  }

  __device__ void add_spectrum(std::int64_t i) const {
    keys[i] = abscissa[i];
    const int bin = core::histogram_bin(keys[i], range.lower, range.upper, range.bins);
    atomicAdd(counters + layout.histogram() + bin, 1ULL);
    count_in(Quantity::abscissa, keys[i]);
    const double turning = frequency[i];
    if (!(turning > 0)) return;
    count_in(Quantity::frequency, turning);
    count_in(Quantity::damping_ratio, core::damping_ratio(keys[i], turning));
  }
};

/// The key of the list of marginal circuits: the nearer to 0, the larger.
struct NearnessOp {
  const Verdict* verdict;
  AsDouble abscissa;
  double* keys;

  __device__ void operator()(std::int64_t i) const {
    keys[i] = verdict[i] == Verdict::none ? -core::largest_finite<double>() : -core::absolute(abscissa[i]);
  }
};

template <class Op>
__global__ void for_each_kernel(Op op, std::int64_t items) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < items; i += stride) op(i);
}

/// True for a circuit that did not settle.
struct Unsettled {
  const Status* status;
  __device__ bool operator()(std::int32_t i) const { return status[i] != Status::ok; }
};

/// True for a circuit that settled and is not proven stable.
struct Unproven {
  const Status* status;
  const std::uint8_t* proven;
  __device__ bool operator()(std::int32_t i) const { return status[i] == Status::ok && proven[i] == 0; }
};

/// Device memory of a chunk beside the ladder's own.
template <class T>
struct ChunkMemory {
  ChunkRecords<T> records;
  unsigned long long* counters;
  double* keys;
  double* sorted_keys;
  std::int32_t* positions;
  std::int32_t* sorted_positions;
  std::int32_t* unsettled;
  std::int64_t* unsettled_count;
  unsigned char* temporary;
  std::size_t temporary_bytes;
};

namespace {

using Sort = cub::DeviceRadixSort;

template <class T>
ChunkMemory<T> take_chunk_memory(Arena& arena, const Ensemble& ensemble, const SweepOptions& options,
                                 std::int64_t count, cudaStream_t stream) {
  const CounterLayout layout{options.histogram.bins};
  const auto items = static_cast<std::size_t>(count);
  ChunkMemory<T> c{};
  c.records = {arena.take<T>(items),
               arena.take<T>(items),
               arena.take<T>(items),
               arena.take<Verdict>(items),
               arena.take<Status>(items),
               arena.take<Rung>(items),
               {arena.take<std::int32_t>(items), arena.take<std::int32_t>(items), arena.take<std::int32_t>(items)},
               nullptr,
               nullptr};
  if (options.certify) {
    c.records.proven = arena.take<std::uint8_t>(items);
    c.records.states = arena.take<T>(items * 2 * static_cast<std::size_t>(ensemble.n));
  }
  c.counters = arena.take<unsigned long long>(static_cast<std::size_t>(layout.size()));
  c.keys = arena.take<double>(items);
  c.sorted_keys = arena.take<double>(items);
  c.positions = arena.take<std::int32_t>(items);
  c.sorted_positions = arena.take<std::int32_t>(items);
  c.unsettled = arena.take<std::int32_t>(items);
  c.unsettled_count = arena.take<std::int64_t>(1);
  std::size_t sort_bytes = 0;
  std::size_t select_bytes = 0;
  std::size_t unproven_bytes = 0;
  check(Sort::SortPairsDescending(nullptr, sort_bytes, c.keys, c.sorted_keys, c.positions, c.sorted_positions, count, 0,
                                  64, stream),
        "size a sort");
  check(cub::DeviceSelect::If(nullptr, select_bytes, c.positions, c.unsettled, c.unsettled_count, count, Unsettled{},
                              stream),
        "size a selection");
  check(cub::DeviceSelect::If(nullptr, unproven_bytes, c.positions, c.unsettled, c.unsettled_count, count, Unproven{},
                              stream),
        "size a selection");
  c.temporary_bytes = std::max({sort_bytes, select_bytes, unproven_bytes});
  c.temporary = arena.take<unsigned char>(c.temporary_bytes);
  return c;
}

template <class T>
void download(std::vector<T>& host, const T* device, std::int64_t count, cudaStream_t stream) {
  host.resize(static_cast<std::size_t>(count));
  if (count == 0) return;
  check(cudaMemcpyAsync(host.data(), device, host.size() * sizeof(T), cudaMemcpyDeviceToHost, stream), "copy results");
  check(cudaStreamSynchronize(stream), "finish a chunk");
}

template <class T>
T download_one(const T* device, cudaStream_t stream) {
  std::vector<T> value;
  download(value, device, 1, stream);
  return value[0];
}

template <class T>
SettleArguments<T> sweep_arguments(const EnsembleOf<T>& ensemble, const SweepOptions& options, std::int64_t first,
                                   std::int64_t count, const ChunkRecords<T>& r) {
  SettleArguments<T> arguments{};
  arguments.source = {ensemble.n, count, {}, true, ensemble, options.seed, first};
  arguments.options = settle_options<T>(options.steady_state, !options.verdict_only);
  arguments.results.status = packed(r.status, count, 1);
  arguments.results.rung = packed(r.rung, count, 1);
  arguments.results.newton_steps = packed(r.counts.newton_steps, count, 1);
  arguments.results.steps = packed(r.counts.flow_steps, count, 1);
  arguments.results.lu_factorisations = packed(r.counts.lu_factorisations, count, 1);
  arguments.records = {r.abscissa, r.frequency, r.state_norm, r.verdict};
  arguments.mixed = options.precision == Precision::mixed;
  if (r.states != nullptr) arguments.results.states = packed(r.states, count, 2 * ensemble.n);
  return arguments;
}

/// A matrix of an ensemble in device memory; null for none. The host's must stay until the stream has passed.
template <class T>
const T* on_device(cudaStream_t stream, Arena& arena, const T* matrix, std::size_t entries) {
  if (matrix == nullptr) return nullptr;
  T* there = arena.take<T>(entries);
  if (!arena.measuring()) {
    check(cudaMemcpyAsync(there, matrix, entries * sizeof(T), cudaMemcpyHostToDevice, stream), "copy a matrix");
  }
  return there;
}

/// The ensemble with the matrices that it is given in device memory.
template <class T>
EnsembleOf<T> on_device(cudaStream_t stream, Arena& arena, EnsembleOf<T> ensemble) {
  const std::size_t entries = static_cast<std::size_t>(ensemble.n) * static_cast<std::size_t>(ensemble.n);
  ensemble.Wr_given = on_device(stream, arena, ensemble.Wr_given, entries);
  ensemble.W_given = on_device(stream, arena, ensemble.W_given, entries);
  return ensemble;
}

/// Settles the circuits of a chunk, and certifies those that settled where that is asked for.
template <class T>
void judge_on_device(cudaStream_t stream, Arena& arena, const EnsembleOf<T>& ensemble, const SweepOptions& options,
                     std::int64_t first, std::int64_t count, const ChunkRecords<T>& r) {
  const SettleArguments<T> settle = sweep_arguments<T>(ensemble, options, first, count, r);
  settle_on_device(stream, arena, settle);
  if (!options.certify) return;
  CertifyArguments<T> certify{};
  certify.source = settle.source;
  certify.states = packed(static_cast<const T*>(r.states), count, 2 * ensemble.n);
  certify.status = r.status;
  certify.proven = packed(r.proven, count, 1);
  certify_on_device(stream, arena, certify);
}

/// The listed circuits, in the order of `positions`.
template <class T>
std::vector<SweptCircuit> listed(const std::int32_t* positions, std::int64_t count, std::int64_t first,
                                 const ChunkRecords<T>& r, cudaStream_t stream) {
  std::vector<std::int32_t> at;
  download(at, positions, count, stream);
  std::vector<SweptCircuit> list;
  for (const std::int32_t i : at) {
    list.push_back({first + i, static_cast<double>(download_one(r.abscissa + i, stream)),
                    static_cast<double>(download_one(r.frequency + i, stream)), download_one(r.status + i, stream),
                    download_one(r.verdict + i, stream),
                    r.proven != nullptr && download_one(r.proven + i, stream) != 0});
  }
  return list;
}

/// Bytes of device memory for a chunk of `count` circuits.
template <class T>
std::size_t chunk_bytes(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options, std::int64_t count) {
  Arena arena;
  const auto memory = take_chunk_memory<T>(arena, ensemble, options, count, cuda.stream);
  const EnsembleIn<T> converted(ensemble);
  judge_on_device(cuda.stream, arena, on_device(cuda.stream, arena, *converted), options, 0, count, memory.records);
  return arena.used();
}

template <class Op>
void for_each_circuit(cudaStream_t stream, const Op& op, std::int64_t count) {
  for_each_kernel<<<static_cast<int>(std::min<std::int64_t>(1024, (count + 255) / 256)), 256, 0, stream>>>(op, count);
  check(cudaGetLastError(), "launch a kernel");
}

/// Positions by decreasing key; both sorts are stable, so equal keys stay in the order of their indices.
template <class T>
void sort_by_keys(cudaStream_t stream, const ChunkMemory<T>& c, std::int64_t count) {
  std::size_t bytes = c.temporary_bytes;
  check(Sort::SortPairsDescending(c.temporary, bytes, c.keys, c.sorted_keys, c.positions, c.sorted_positions, count, 0,
                                  64, stream),
        "sort");
}

/// The counts of a digest without the zeros around them.
Digest digest_of(const unsigned long long* counts) {
  const unsigned long long* begin = counts;
  const unsigned long long* end = counts + core::digest_bins;
  while (begin != end && *begin == 0) ++begin;
  while (end != begin && *(end - 1) == 0) --end;
  Digest digest;
  digest.first = begin == end ? 0 : static_cast<int>(begin - counts);
  digest.counts.assign(begin, end);
  return digest;
}

/// Counts, sorts and selects on the stream; then takes the counts and the heads of the lists home.
template <class T>
SweepResults tally_chunk(cudaStream_t stream, const ChunkMemory<T>& c, const SweepOptions& options, std::int64_t first,
                         std::int64_t count) {
  const CounterLayout layout{options.histogram.bins};
  const TallyOp op{AsDouble(c.records.abscissa),
                   AsDouble(c.records.frequency),
                   AsDouble(c.records.state_norm),
                   c.records.verdict,
                   c.records.status,
                   c.records.rung,
                   c.records.counts,
                   c.records.proven,
                   options.verdict_only,
                   options.histogram,
                   layout,
                   c.counters,
                   c.keys,
                   c.positions};
  const auto counter_bytes = static_cast<std::size_t>(layout.size()) * sizeof *c.counters;
  check(cudaMemsetAsync(c.counters, 0, counter_bytes, stream), "clear the counters");
  for_each_circuit(stream, op, count);
  sort_by_keys(stream, c, count);
  std::size_t bytes = c.temporary_bytes;
  check(cub::DeviceSelect::If(c.temporary, bytes, c.positions, c.unsettled, c.unsettled_count, count,
                              Unsettled{c.records.status}, stream),
        "select");

  SweepResults results = empty_results(options);
  std::vector<unsigned long long> counts;
  download(counts, c.counters, layout.size(), stream);
  results.circuits = count;
  std::copy_n(counts.begin(), verdict_count, results.verdicts);
  std::copy_n(counts.begin() + layout.statuses(), status_count, results.statuses);
  std::copy_n(counts.begin() + layout.rungs(), rung_count, results.rungs);
  std::copy_n(counts.begin() + layout.newton_steps(), rung_count, results.newton_steps);
  std::copy_n(counts.begin() + layout.flow_steps(), rung_count, results.flow_steps);
  std::copy_n(counts.begin() + layout.lu_factorisations(), rung_count, results.lu_factorisations);
  std::copy_n(counts.begin() + layout.histogram(), results.histogram.size(), results.histogram.begin());
  const std::int64_t judged = options.verdict_only ? 0 : count - results.verdicts[static_cast<int>(Verdict::none)];
  if (judged > 0) {
    results.abscissa_max = download_one(c.sorted_keys, stream);
    results.abscissa_min = download_one(c.sorted_keys + (judged - 1), stream);
  }
  const std::int64_t unsettled = count - results.statuses[static_cast<int>(Status::ok)];
  const std::int64_t limit = options.worst;
  for (std::size_t i = 0; i < results.digests.size(); ++i) {
    results.digests[i] = digest_of(counts.data() + layout.digest(static_cast<Quantity>(i)));
  }
  results.worst = listed(c.sorted_positions, std::min(limit, judged), first, c.records, stream);
  if (judged > 0) {
    for_each_circuit(stream, NearnessOp{c.records.verdict, AsDouble(c.records.abscissa), c.keys}, count);
    sort_by_keys(stream, c, count);
    results.marginal = listed(c.sorted_positions, std::min(limit, judged), first, c.records, stream);
  }
  results.unsettled = listed(c.unsettled, std::min(limit, unsettled), first, c.records, stream);
  if (c.records.proven == nullptr) return results;
  results.proven = static_cast<std::int64_t>(counts[static_cast<std::size_t>(layout.proven())]);
  bytes = c.temporary_bytes;
  check(cub::DeviceSelect::If(c.temporary, bytes, c.positions, c.unsettled, c.unsettled_count, count,
                              Unproven{c.records.status, c.records.proven}, stream),
        "select");
  const std::int64_t unproven = results.statuses[static_cast<int>(Status::ok)] - results.proven;
  results.unproven = listed(c.unsettled, std::min(limit, unproven), first, c.records, stream);
  return results;
}

/// Fills a column that has room from device memory.
template <class Number, class T>
void take_column(std::vector<Number>& column, const T* device, cudaStream_t stream) {
  if (column.empty()) return;
  std::vector<T> values;
  download(values, device, static_cast<std::int64_t>(column.size()), stream);
  std::copy(values.begin(), values.end(), column.begin());
}

/// The columns that were asked for, and nothing else, from the arrays that the tally has counted.
template <class T>
void take_columns(SweptCircuits& chunk, const ChunkRecords<T>& r, cudaStream_t stream) {
  take_column(chunk.status, r.status, stream);
  take_column(chunk.verdict, r.verdict, stream);
  take_column(chunk.abscissa, r.abscissa, stream);
  take_column(chunk.frequency, r.frequency, stream);
  take_column(chunk.state_norm, r.state_norm, stream);
  take_column(chunk.newton_steps, r.counts.newton_steps, stream);
  take_column(chunk.flow_steps, r.counts.flow_steps, stream);
  take_column(chunk.lu_factorisations, r.counts.lu_factorisations, stream);
  take_column(chunk.rung, r.rung, stream);
  take_column(chunk.proven, r.proven, stream);
  if (chunk.damping_ratio.empty()) return;
  std::vector<double> abscissa(chunk.damping_ratio.size());
  std::vector<double> frequency(chunk.damping_ratio.size());
  take_column(abscissa, r.abscissa, stream);
  take_column(frequency, r.frequency, stream);
  std::transform(abscissa.begin(), abscissa.end(), frequency.begin(), chunk.damping_ratio.begin(), damping_ratio_of);
}

template <class T>
SweepResults sweep_chunk(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options,
                         SweptCircuits& circuits) {
  const std::int64_t first = circuits.first;
  const std::int64_t count = circuits.circuits;
  const std::size_t bytes = chunk_bytes<T>(cuda, ensemble, options, count);
  if (cuda.workspace.data != nullptr) require_workspace(cuda, bytes, "sweep");
  const CallMemory memory(cuda, bytes);
  Arena arena(memory.workspace());
  const auto chunk = take_chunk_memory<T>(arena, ensemble, options, count, cuda.stream);
  const EnsembleIn<T> converted(ensemble);
  judge_on_device(cuda.stream, arena, on_device(cuda.stream, arena, *converted), options, first, count, chunk.records);
  const SweepResults results = tally_chunk<T>(cuda.stream, chunk, options, first, count);
  take_columns(circuits, chunk.records, cuda.stream);
  return results;
}

}  // namespace
}  // namespace organics::cuda

namespace organics::backend {

SweepResults sweep_chunk(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options,
                         SweptCircuits& chunk) {
  const cuda::DeviceScope scope(cuda);
  return options.precision == Precision::float32 ? cuda::sweep_chunk<float>(cuda, ensemble, options, chunk)
                                                 : cuda::sweep_chunk<double>(cuda, ensemble, options, chunk);
}

std::size_t sweep_chunk_bytes(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options,
                              std::int64_t count) {
  const cuda::DeviceScope scope(cuda);
  return options.precision == Precision::float32 ? cuda::chunk_bytes<float>(cuda, ensemble, options, count)
                                                 : cuda::chunk_bytes<double>(cuda, ensemble, options, count);
}

std::int64_t sweep_chunk_limit(const Cuda& cuda, const Ensemble& ensemble, const SweepOptions& options) {
  const cuda::DeviceScope scope(cuda);
  const auto bytes = [&](std::int64_t count) { return sweep_chunk_bytes(cuda, ensemble, options, count); };
  const std::size_t budget = cuda::memory_budget(cuda);
  // about a tenth of a second of work, so that progress moves; memory rarely says less
  std::int64_t chunk = ensemble.n == 1 ? 1 << 24 : ensemble.n <= 16 ? 1 << 20 : 1 << 16;
  while (chunk > 1 && bytes(chunk) > budget) chunk /= 2;
  cuda::require_budget(bytes(chunk), budget, "sweep");
  return chunk;
}

}  // namespace organics::backend
