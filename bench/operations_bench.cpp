// The four operations on every executor, from host arrays (end to end: on a GPU copies are included).
#include "support.hpp"

namespace organics::bench {
namespace {

void integrate_benchmark(benchmark::State& state, const Executor& executor, int n, IntegrateOptions options) {
  const std::int64_t items = items_for(executor, n) / 4 + 1;
  const DrawnBatch batch(n, items);
  const double times[] = {0.0, 0.2};
  std::vector<double> states(static_cast<std::size_t>(items) * 4 * static_cast<std::size_t>(n));
  std::vector<std::int32_t> accepted(static_cast<std::size_t>(items));
  IntegrateResults<double> results;
  results.states = packed(states.data(), items, 2 * n, 2);
  results.accepted = packed(accepted.data(), items, 1);
  IntegrateInputs<double> inputs;
  inputs.times = shared(static_cast<const double*>(times), items, 2);
  for (auto _ : state) integrate<double>(executor, batch.circuits(), inputs, options, results);
  double steps = 0;
  for (const std::int32_t a : accepted) steps += a;
  state.counters["accepted_steps/s"] =
      benchmark::Counter(steps * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  count_circuits(state, items);
}

void steady_state_benchmark(benchmark::State& state, const Executor& executor, int n) {
  const std::int64_t items = items_for(executor, n);
  const DrawnBatch batch(n, items);
  std::vector<double> states(static_cast<std::size_t>(items) * 2 * static_cast<std::size_t>(n));
  SteadyStateResults<double> results;
  results.states = packed(states.data(), items, 2 * n);
  for (auto _ : state) steady_state(executor, batch.circuits(), {}, {}, results);
  count_circuits(state, items);
}

void stability_benchmark(benchmark::State& state, const Executor& executor, int n) {
  const std::int64_t items = items_for(executor, n);
  const DrawnBatch batch(n, items);
  const std::vector<double> states = batch.steady_states();
  std::vector<double> abscissa(static_cast<std::size_t>(items));
  StabilityResults<double> results;
  results.abscissa = packed(abscissa.data(), items, 1);
  for (auto _ : state) stability(executor, batch.circuits(), packed(states.data(), items, 2 * n), results);
  count_circuits(state, items);
}

void sweep_benchmark(benchmark::State& state, const Executor& executor, int n, Precision precision) {
  Ensemble ensemble;
  ensemble.n = n;
  SweepOptions options;
  options.circuits = items_for(executor, n);
  options.precision = precision;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sweep(executor, ensemble, options));
    options.first += options.circuits;  // other circuits each time, so that no cache remembers them
  }
  count_circuits(state, options.circuits);
}

const bool registered = [] {
  IntegrateOptions adaptive;
  adaptive.method = Method::dormand_prince54;
  IntegrateOptions fixed;
  fixed.method = Method::rk4;
  fixed.fixed_step = 1e-4;
  const auto add = [](const std::string& name, auto&& body) {
    benchmark::RegisterBenchmark(name.c_str(), body)->UseRealTime()->Unit(benchmark::kMillisecond);
  };
  for (const auto& [where, executor] : executors()) {
    const Executor e = executor;
    for (const int n : {1, 10, 50}) {
      const std::string suffix = "/n=" + std::to_string(n) + "/" + where;
      add("integrate_dp54_rtol1e-6" + suffix, [=](auto& state) { integrate_benchmark(state, e, n, adaptive); });
      add("integrate_rk4_fixed" + suffix, [=](auto& state) { integrate_benchmark(state, e, n, fixed); });
      add("steady_state" + suffix, [=](auto& state) { steady_state_benchmark(state, e, n); });
      add("stability" + suffix, [=](auto& state) { stability_benchmark(state, e, n); });
      add("sweep_double" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::float64); });
      add("sweep_float" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::float32); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace organics::bench
