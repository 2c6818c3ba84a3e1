// Small workloads whose instructions are counted (count_instructions.py): one of them, named on the command line, on one
// thread. What a workload does is done inside measured_workload(), its preparation outside.
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

std::function<void()> workload;

}  // namespace

/// By this name the counter knows what to count.
extern "C" __attribute__((noinline)) void measured_workload() { workload(); }

namespace organics::bench {
namespace {

const Executor one_thread = Cpu{1, Simd::none};
const Executor packs = Cpu{1, Simd::baseline};

/// `per_circuit` numbers for each circuit of a batch.
std::vector<double> room(const DrawnBatch& batch, int per_circuit) {
  return std::vector<double>(static_cast<std::size_t>(batch.items) * static_cast<std::size_t>(per_circuit));
}

std::function<void()> integrate_workload(const Executor& executor, int n, std::int64_t items,
                                         IntegrateOptions options) {
  return [=, batch = DrawnBatch(n, items), states = room(DrawnBatch(n, items), 4 * n)]() mutable {
    const double times[] = {0.0, 0.1};
    IntegrateInputs<double> inputs;
    inputs.times = shared(static_cast<const double*>(times), items, 2);
    IntegrateResults<double> results;
    results.states = packed(states.data(), items, 2 * n, 2);
    integrate<double>(executor, batch.circuits(), inputs, options, results);
  };
}

IntegrateOptions with(Method method, double fixed_step = 0) {
  IntegrateOptions options;
  options.method = method;
  options.fixed_step = fixed_step;
  return options;
}

std::function<void()> steady_workload(const Executor& executor, int n, std::int64_t items, bool by_flow) {
  return [=, batch = DrawnBatch(n, items), states = room(DrawnBatch(n, items), 2 * n)]() mutable {
    const std::vector<double> start(2 * static_cast<std::size_t>(n), 0.1);
    const BatchView<const double> none = {};
    SteadyStateResults<double> results;
    results.states = packed(states.data(), items, 2 * n);
    steady_state(executor, batch.circuits(), by_flow ? shared(start.data(), items, 2 * n) : none, {}, results);
  };
}

std::function<void()> stability_workload(int n, std::int64_t items, bool certificate) {
  const DrawnBatch batch(n, items);
  return [=, states = batch.steady_states()] {
    std::vector<double> abscissa(static_cast<std::size_t>(items));
    std::vector<std::uint8_t> proven(static_cast<std::size_t>(items));
    StabilityResults<double> results;
    if (certificate) results.proven = packed(proven.data(), items, 1);
    if (!certificate) results.abscissa = packed(abscissa.data(), items, 1);
    stability(one_thread, batch.circuits(), packed(states.data(), items, 2 * n), results);
  };
}

std::function<void()> sensitivity_workload(int n, std::int64_t items) {
  const DrawnBatch batch(n, items);
  return [=, states = batch.steady_states(), Wr = room(batch, n * n)]() mutable {
    SensitivityResults<double> results;
    results.Wr = packed(Wr.data(), items, n, n);
    abscissa_sensitivity<double>(one_thread, batch.circuits(), packed<const double>(states.data(), items, 2 * n),
                                 results);
  };
}

std::function<void()> equilibria_workload(int n, std::int64_t items) {
  return [=, batch = DrawnBatch(n, items)] {
    std::vector<std::int32_t> count(static_cast<std::size_t>(items));
    EquilibriaOptions options;
    options.starts = 16;
    EquilibriaResults<double> results;
    results.count = packed(count.data(), items, 1);
    equilibria<double>(one_thread, batch.circuits(), options, results);
  };
}

std::function<void()> sweep_workload(const Executor& executor, int n, std::int64_t circuits, bool verdict_only) {
  return [=] {
    Ensemble ensemble;
    ensemble.n = n;
    SweepOptions options;
    options.circuits = circuits;
    options.verdict_only = verdict_only;
    sweep(executor, ensemble, options);
  };
}

using Maker = std::function<std::function<void()>()>;

const std::map<std::string, Maker>& workloads() {
  static const std::map<std::string, Maker> all = {
      {"integrate_dp54_n1", [] { return integrate_workload(one_thread, 1, 40, with(Method::dormand_prince54)); }},
      {"integrate_dp54_n10", [] { return integrate_workload(one_thread, 10, 4, with(Method::dormand_prince54)); }},
      {"integrate_rk4_n10", [] { return integrate_workload(one_thread, 10, 4, with(Method::rk4, 2e-4)); }},
      {"integrate_packs_n1", [] { return integrate_workload(packs, 1, 60, with(Method::dormand_prince54)); }},
      {"integrate_packs_n10", [] { return integrate_workload(packs, 10, 8, with(Method::dormand_prince54)); }},
      {"integrate_rodas43_n10", [] { return integrate_workload(one_thread, 10, 4, with(Method::rodas43)); }},
      {"steady_state_n10", [] { return steady_workload(one_thread, 10, 40, false); }},
      {"steady_state_packs_n10", [] { return steady_workload(packs, 10, 80, false); }},
      {"steady_state_by_flow_n10", [] { return steady_workload(one_thread, 10, 8, true); }},
      {"spectra_n1", [] { return stability_workload(1, 4000, false); }},
      {"spectra_n10", [] { return stability_workload(10, 40, false); }},
      {"spectra_n50", [] { return stability_workload(50, 2, false); }},
      {"certificate_n10", [] { return stability_workload(10, 100, true); }},
      {"sensitivity_n10", [] { return sensitivity_workload(10, 20); }},
      {"equilibria_n2", [] { return equilibria_workload(2, 10); }},
      {"sweep_n1", [] { return sweep_workload(one_thread, 1, 1000, false); }},
      {"sweep_n10", [] { return sweep_workload(one_thread, 10, 40, false); }},
      {"sweep_verdicts_n10", [] { return sweep_workload(packs, 10, 80, true); }},
  };
  return all;
}

}  // namespace
}  // namespace organics::bench

int main(int argc, char** argv) {
  const auto& workloads = organics::bench::workloads();
  const auto chosen = argc == 2 ? workloads.find(argv[1]) : workloads.end();
  if (chosen == workloads.end()) {
    for (const auto& [name, maker] : workloads) std::puts(name.c_str());
    return argc == 1 ? 0 : 2;
  }
  workload = chosen->second();
  workload();  // what is done once, such as reading what the machine has
  measured_workload();
  return 0;
}
