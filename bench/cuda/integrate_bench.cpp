// Trajectories on a GPU: circuits a second and the fraction of what multiply-adds alone reach there, with arrays in device
// memory (time by device events), and end to end from host arrays. Batches exceed the caches. Final states are held against
// the CPU.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "../support.hpp"
#include "device.hpp"
#include "support/operation_counts.hpp"

namespace organics::bench {
namespace {

/// Circuits enough to fill a GPU several times over: some are drawn, and repeated. Made once for each n.
const DrawnBatch& large_batch(int n) {
  static std::map<int, DrawnBatch> made;
  if (const auto found = made.find(n); found != made.end()) return found->second;
  DrawnBatch batch(n, n == 1 ? 1 << 16 : n <= 10 ? 4096 : 512);
  const std::int64_t times = n == 1 ? 16 : n <= 10 ? 24 : 40;
  for (auto* values : {&batch.tau_y, &batch.tau_a, &batch.b0, &batch.b1, &batch.sigma, &batch.z, &batch.Wr, &batch.W}) {
    const std::vector<double> once = *values;
    for (std::int64_t k = 1; k < times; ++k) values->insert(values->end(), once.begin(), once.end());
  }
  batch.items *= times;
  return made.emplace(n, std::move(batch)).first->second;
}

/// What is integrated, and where results go.
struct Problem {
  const DrawnBatch& batch;
  bool same_weights;  ///< those of the first circuit for all
  IntegrateOptions options;
  std::vector<double> times = {0, 0.2};
  std::vector<double> states = std::vector<double>(static_cast<std::size_t>(batch.items * 2 * batch.n),
                                                   std::numeric_limits<double>::quiet_NaN());
  std::vector<std::int32_t> accepted = std::vector<std::int32_t>(static_cast<std::size_t>(batch.items), -1);
  std::vector<std::int32_t> rejected = accepted;

  std::int64_t items() const { return batch.items; }
  int n() const { return batch.n; }
  Circuits<double> circuits() const {
    Circuits<double> all = batch.circuits();
    if (same_weights) all.Wr.item_stride = all.W.item_stride = 0;
    return all;
  }
  IntegrateInputs<double> inputs(const double* at) const {
    IntegrateInputs<double> in;
    in.times = shared(at, items(), 2);
    return in;
  }
  IntegrateResults<double> results(double* final_states, std::int32_t* accepts, std::int32_t* rejects) const {
    IntegrateResults<double> r;
    r.final_state = packed(final_states, items(), 2 * n());
    r.accepted = packed(accepts, items(), 1);
    r.rejected = packed(rejects, items(), 1);
    return r;
  }
  IntegrateResults<double> host_results() { return results(states.data(), accepted.data(), rejected.data()); }

  /// Operations of all trajectories.
  double operations() const {
    const double attempts =
        std::accumulate(accepted.begin(), accepted.end(), 0.0) + std::accumulate(rejected.begin(), rejected.end(), 0.0);
    return attempts * test::step_operations(options.method, n());
  }
};

/// Whether the first circuits ended where they do on the CPU, as far as the tolerances say.
bool agrees_with_the_cpu(const Problem& problem) {
  const std::int64_t some = 256;
  Circuits<double> circuits = problem.circuits();
  IntegrateInputs<double> inputs = problem.inputs(problem.times.data());
  circuits.items = inputs.times.items = some;
  for (auto* view : {&circuits.tau_y, &circuits.tau_a, &circuits.b0, &circuits.b1, &circuits.sigma, &circuits.z,
                     &circuits.Wr, &circuits.W}) {
    view->items = some;
  }
  std::vector<double> expected(static_cast<std::size_t>(some * 2 * problem.n()));
  IntegrateResults<double> results;
  results.final_state = packed(expected.data(), some, 2 * problem.n());
  integrate<double>(Cpu{}, circuits, inputs, problem.options, results);
  for (std::size_t k = 0; k < expected.size(); ++k) {
    if (!(std::abs(problem.states[k] - expected[k]) <= 1e-3 * (1 + std::abs(expected[k])))) return false;
  }
  return true;
}

void report(benchmark::State& state, const Problem& problem, double seconds) {
  count_circuits(state, problem.items());
  const double rate = problem.operations() * static_cast<double>(state.iterations()) / seconds;
  static const double peak = device_multiply_adds<double>();
  state.counters["of_peak"] = rate / peak;
  if (!agrees_with_the_cpu(problem)) state.SkipWithError("other results than on the CPU");
}

/// The batch in device memory.
struct DeviceCircuits {
  DeviceArray<double> tau_y, tau_a, b0, b1, sigma, z, Wr, W;
  Circuits<double> circuits;

  explicit DeviceCircuits(const Problem& problem)
      : tau_y(problem.batch.tau_y),
        tau_a(problem.batch.tau_a),
        b0(problem.batch.b0),
        b1(problem.batch.b1),
        sigma(problem.batch.sigma),
        z(problem.batch.z),
        Wr(problem.batch.Wr),
        W(problem.batch.W),
        circuits(problem.circuits()) {
    const auto move = [](BatchView<const double>& view, const DeviceArray<double>& to) { view.data = to.data(); };
    move(circuits.tau_y, tau_y);
    move(circuits.tau_a, tau_a);
    move(circuits.b0, b0);
    move(circuits.b1, b1);
    move(circuits.sigma, sigma);
    move(circuits.z, z);
    move(circuits.Wr, Wr);
    move(circuits.W, W);
  }
};

void resident_benchmark(benchmark::State& state, int n, bool same_weights, const IntegrateOptions& options) {
  Problem problem{large_batch(n), same_weights, options};
  const DeviceCircuits there(problem);
  const DeviceArray<double> times(problem.times);
  const DeviceArray<double> states(problem.states);
  const DeviceArray<std::int32_t> accepted(problem.accepted);
  const DeviceArray<std::int32_t> rejected(problem.rejected);
  const auto inputs = problem.inputs(times.data());
  const auto results = problem.results(states.data(), accepted.data(), rejected.data());
  Cuda cuda;
  const std::size_t bytes = integrate_workspace_size<double>(cuda, there.circuits, inputs, options);
  const DeviceArray<unsigned char> workspace(std::vector<unsigned char>(std::max<std::size_t>(bytes, 1)));
  cuda.workspace = {workspace.data(), bytes};
  DeviceTimer timer;
  const auto march = [&] { integrate<double>(cuda, there.circuits, inputs, options, results); };
  timer.seconds(march);  // the first loads the kernel
  double seconds = 0;
  for (auto _ : state) {
    const double took = timer.seconds(march);
    state.SetIterationTime(took);
    seconds += took;
  }
  problem.states = states.download();
  problem.accepted = accepted.download();
  problem.rejected = rejected.download();
  report(state, problem, seconds);
}

void end_to_end_benchmark(benchmark::State& state, int n, bool same_weights, const IntegrateOptions& options) {
  Problem problem{large_batch(n), same_weights, options};
  const auto results = problem.host_results();
  const auto inputs = problem.inputs(problem.times.data());
  const auto start = std::chrono::steady_clock::now();
  for (auto _ : state) integrate<double>(Cuda{}, problem.circuits(), inputs, options, results);
  report(state, problem, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

const bool registered = [] {
  if (cuda_device_count() == 0) return false;
  IntegrateOptions adaptive;
  adaptive.method = Method::dormand_prince54;
  IntegrateOptions fixed;
  fixed.method = Method::rk4;
  fixed.fixed_step = 1e-4;
  for (const int n : {1, 10, 50}) {
    for (const auto& [method, options] : {std::pair{"dp54_rtol1e-6", adaptive}, {"rk4_fixed", fixed}}) {
      for (const bool same_weights : {false, true}) {
        const std::string name =
            std::string("integrate_") + method + (same_weights ? "_same_weights" : "") + "/n=" + std::to_string(n);
        const auto o = options;
        benchmark::RegisterBenchmark((name + "/cuda_resident").c_str(),
                                     [=](auto& state) { resident_benchmark(state, n, same_weights, o); })
            ->UseManualTime()
            ->Unit(benchmark::kMillisecond);
        benchmark::RegisterBenchmark((name + "/cuda_end_to_end").c_str(),
                                     [=](auto& state) { end_to_end_benchmark(state, n, same_weights, o); })
            ->UseRealTime()
            ->Unit(benchmark::kMillisecond);
      }
    }
  }
  return true;
}();

}  // namespace
}  // namespace organics::bench
