// Every operation, and the rungs of the ladder, on every executor, from host arrays (end to end: on a GPU copies are
// included). What the peers do of it is in peers/.
#include <random>

#include "machine.hpp"
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

/// Which rung of the ladder has the work: the paper's iteration and Newton, as circuits come; the closed form, where Wr = I;
/// or the flow, from a state that is given.
enum class RungOf { circuits, identity, flow };

void steady_state_benchmark(benchmark::State& state, const Executor& executor, int n, RungOf rung) {
  const std::int64_t items = items_for(executor, n);
  DrawnBatch batch(n, items);
  const auto size = static_cast<std::size_t>(n);
  for (std::size_t k = 0; rung == RungOf::identity && k < batch.Wr.size(); ++k) {
    batch.Wr[k] = k % (size * size) % (size + 1) == 0 ? 1 : 0;
  }
  const std::vector<double> start(2 * size, 0.1);
  const BatchView<const double> none = {};
  const auto x0 = rung == RungOf::flow ? shared(start.data(), items, 2 * n) : none;
  std::vector<double> states(static_cast<std::size_t>(items) * 2 * size);
  SteadyStateResults<double> results;
  results.states = packed(states.data(), items, 2 * n);
  for (auto _ : state) steady_state(executor, batch.circuits(), x0, {}, results);
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

void certificate_benchmark(benchmark::State& state, const Executor& executor, int n) {
  const std::int64_t items = items_for(executor, n);
  const DrawnBatch batch(n, items);
  const std::vector<double> states = batch.steady_states();
  std::vector<std::uint8_t> proven(static_cast<std::size_t>(items));
  StabilityResults<double> results;
  results.proven = packed(proven.data(), items, 1);
  for (auto _ : state) stability(executor, batch.circuits(), packed(states.data(), items, 2 * n), results);
  count_circuits(state, items);
}

void spectra_benchmark(benchmark::State& state, const Executor& executor, int n) {
  const std::int64_t items = items_for(executor, n);
  const int m = 2 * n;
  std::vector<double> matrices(static_cast<std::size_t>(items) * static_cast<std::size_t>(m * m));
  std::mt19937 random(1);
  std::normal_distribution<double> gaussian;
  for (double& x : matrices) x = gaussian(random);
  std::vector<double> eigenvalues(static_cast<std::size_t>(items) * 2 * static_cast<std::size_t>(m));
  SpectraResults<double> results;
  results.eigenvalues = packed(eigenvalues.data(), items, 2, m);
  for (auto _ : state) {
    spectra<double>(executor, packed<const double>(matrices.data(), items, m, m), {}, results);
  }
  count_circuits(state, items);
}

void sweep_benchmark(benchmark::State& state, const Executor& executor, int n, Precision precision, bool verdict_only) {
  Ensemble ensemble;
  ensemble.n = n;
  SweepOptions options;
  options.verdict_only = verdict_only;
  options.circuits = items_for(executor, n);
  options.precision = precision;
  for (auto _ : state) {
    benchmark::DoNotOptimize(sweep(executor, ensemble, options));
    options.first += options.circuits;  // other circuits each time, so that no cache remembers them
  }
  count_circuits(state, options.circuits);
}

const bool registered = [] {
  benchmark::AddCustomContext("processor", processor_name());
  benchmark::AddCustomContext("compiler", compiler_name());
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
    for (const int n : {1, 2, 5, 10, 20, 50, 100}) {
      const std::string suffix = "/n=" + std::to_string(n) + "/" + where;
      add("steady_state" + suffix, [=](auto& state) { steady_state_benchmark(state, e, n, RungOf::circuits); });
      add("steady_state_identity" + suffix,
          [=](auto& state) { steady_state_benchmark(state, e, n, RungOf::identity); });
      add("steady_state_by_flow" + suffix, [=](auto& state) { steady_state_benchmark(state, e, n, RungOf::flow); });
      add("stability" + suffix, [=](auto& state) { stability_benchmark(state, e, n); });
      add("certificate" + suffix, [=](auto& state) { certificate_benchmark(state, e, n); });
      add("spectra" + suffix, [=](auto& state) { spectra_benchmark(state, e, n); });
      add("sweep_double" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::float64, false); });
      add("sweep_float" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::float32, false); });
      add("sweep_verdicts" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::float64, true); });
      add("sweep_mixed_verdicts" + suffix, [=](auto& state) { sweep_benchmark(state, e, n, Precision::mixed, true); });
      if (n != 1 && n != 10 && n != 50) continue;
      add("integrate_dp54_rtol1e-6" + suffix, [=](auto& state) { integrate_benchmark(state, e, n, adaptive); });
      add("integrate_rk4_fixed" + suffix, [=](auto& state) { integrate_benchmark(state, e, n, fixed); });
    }
  }
  return true;
}();

}  // namespace
}  // namespace organics::bench
