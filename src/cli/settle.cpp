#include "cli/settle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cli/circuit_batches.hpp"

namespace organics::cli {
namespace {

/// `state` is an equilibrium: the one that was looked for, or one that is not stable.
bool found_equilibrium(Status status, const std::vector<double>& state) {
  const bool finite = std::all_of(state.begin(), state.end(), [](double x) { return std::isfinite(x); });
  return finite && (status == Status::ok || status == Status::no_stable_steady_state);
}

void settle_batch(const Executor& executor, const CircuitBatch& batch, std::vector<Settled>& circuits) {
  const std::size_t m = batch.dimension();
  std::vector<double> states(m * batch.size());
  std::vector<double> residuals(batch.size());
  std::vector<Status> statuses(batch.size());
  std::vector<Rung> rungs(batch.size());
  std::vector<double> times(batch.size());
  std::vector<double> periods(batch.size());
  std::vector<double> amplitudes(batch.size());
  std::vector<std::int32_t> counts[5];
  for (auto& count : counts) count.resize(batch.size());
  SteadyStateResults<double> results;
  results.states = view(states, batch, m);
  results.status = one_each(statuses);
  results.rung = one_each(rungs);
  results.residual = one_each(residuals);
  results.time = one_each(times);
  results.period = one_each(periods);
  results.amplitude = one_each(amplitudes);
  results.steps = one_each(counts[0]);
  results.newton_steps = one_each(counts[1]);
  results.rhs_evaluations = one_each(counts[2]);
  results.jacobian_evaluations = one_each(counts[3]);
  results.lu_factorisations = one_each(counts[4]);
  steady_state<double>(executor, batch.circuits(), batch.start_view(), {}, results);
  for (std::size_t k = 0; k < batch.size(); ++k) {
    Settled& circuit = circuits[batch.members[k]];
    circuit.search = {rungs[k], times[k], {}, {}, counts[0][k], counts[1][k], counts[2][k], counts[3][k], counts[4][k]};
    if (statuses[k] == Status::limit_cycle) {
      circuit.search.period = periods[k];
      circuit.search.amplitude = amplitudes[k];
    }
    circuit.result.status = statuses[k];
    const auto state = states.begin() + static_cast<std::ptrdiff_t>(k * m);
    std::vector<double> equilibrium(state, state + static_cast<std::ptrdiff_t>(m));
    if (!found_equilibrium(statuses[k], equilibrium)) continue;
    circuit.result.steady_state = std::move(equilibrium);
    circuit.result.residual = residuals[k];
  }
}

/// The steady states of the circuits of a batch; NaN where there is none.
std::vector<double> steady_states(const CircuitBatch& batch, const std::vector<Settled>& circuits) {
  std::vector<double> states;
  const std::vector<double> none(batch.dimension(), std::numeric_limits<double>::quiet_NaN());
  for (const std::size_t i : batch.members) {
    const auto& state = circuits[i].result.steady_state.empty() ? none : circuits[i].result.steady_state;
    states.insert(states.end(), state.begin(), state.end());
  }
  return states;
}

void judge_batch(const Executor& executor, const CircuitBatch& batch, std::vector<Settled>& circuits) {
  const std::size_t m = batch.dimension();
  std::vector<double> states = steady_states(batch, circuits);
  std::vector<double> eigenvalues(2 * m * batch.size());
  std::vector<double> abscissae(batch.size());
  std::vector<double> frequencies(batch.size());
  std::vector<Verdict> verdicts(batch.size());
  std::vector<Status> statuses(batch.size());
  StabilityResults<double> results;
  results.eigenvalues = view(eigenvalues, batch, 2, static_cast<int>(m));
  results.abscissa = one_each(abscissae);
  results.frequency = one_each(frequencies);
  results.verdict = one_each(verdicts);
  results.status = one_each(statuses);
  stability<double>(executor, batch.circuits(), view(states, batch, m), results);
  for (std::size_t k = 0; k < batch.size(); ++k) {
    Settled& circuit = circuits[batch.members[k]];
    if (circuit.result.steady_state.empty()) continue;
    if (statuses[k] != Status::ok) {
      circuit.result.status = statuses[k];
      continue;
    }
    for (std::size_t j = 0; j < m; ++j) {
      const double* pair = &eigenvalues[2 * (k * m + j)];
      circuit.result.eigenvalues.emplace_back(pair[0], pair[1]);
    }
    circuit.result.abscissa = abscissae[k];
    circuit.result.stability = io::stability_word(verdicts[k], circuit.result.eigenvalues);
    circuit.frequency = frequencies[k];
  }
}

}  // namespace

std::vector<Settled> settle(const Executor& executor, const std::vector<io::CircuitRecord>& records) {
  std::vector<Settled> circuits(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    circuits[i].result.name = records[i].name;
    circuits[i].result.n = records[i].circuit.n;
  }
  for (const CircuitBatch& batch : batches_by_shape(records)) settle_batch(executor, batch, circuits);
  return circuits;
}

void add_spectra(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                 std::vector<Settled>& circuits) {
  for (const CircuitBatch& batch : batches_by_shape(records)) judge_batch(executor, batch, circuits);
}

std::vector<io::CircuitResult> results_of(const std::vector<Settled>& circuits) {
  std::vector<io::CircuitResult> results;
  for (const Settled& circuit : circuits) results.push_back(circuit.result);
  return results;
}

}  // namespace organics::cli
