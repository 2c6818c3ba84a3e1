// What the benchmarks share: a batch of drawn circuits in memory, and the executors to compare.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "organics/organics.hpp"

namespace organics::bench {

/// `items` circuits of the Figure 4 ensemble, one after the other in each array.
struct DrawnBatch {
  int n;
  std::int64_t items;
  std::vector<double> tau_y, tau_a, b0, b1, sigma, z, Wr, W;

  DrawnBatch(int neurons, std::int64_t count) : n(neurons), items(count) {
    Ensemble ensemble;
    ensemble.n = n;
    const auto append = [](std::vector<double>& to, const std::vector<double>& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    for (std::int64_t i = 0; i < items; ++i) {
      const OwnedCircuit<double> c = draw<double>(ensemble, 1, i);
      append(tau_y, c.tau_y);
      append(tau_a, c.tau_a);
      append(b0, c.b0);
      append(b1, c.b1);
      append(sigma, c.sigma);
      append(z, c.z);
      append(Wr, c.Wr);
      append(W, c.W);
    }
  }

  Circuits<double> circuits() const {
    const auto vector = [&](const std::vector<double>& v) { return packed(v.data(), items, n); };
    return {n,
            items,
            ModelKind::main,
            vector(tau_y),
            vector(tau_a),
            vector(b0),
            vector(b1),
            vector(sigma),
            vector(z),
            packed(Wr.data(), items, n, n),
            packed(W.data(), items, n, n)};
  }

  /// Steady states, found once.
  std::vector<double> steady_states() const {
    std::vector<double> states(static_cast<std::size_t>(items) * 2 * static_cast<std::size_t>(n));
    SteadyStateResults<double> results;
    results.states = packed(states.data(), items, 2 * n);
    steady_state(Cpu{}, circuits(), {}, {}, results);
    return states;
  }
};

/// Keeps the circuits whose index is in `kept`.
inline void keep(DrawnBatch& batch, const std::vector<std::int64_t>& kept) {
  for (auto* values : {&batch.tau_y, &batch.tau_a, &batch.b0, &batch.b1, &batch.sigma, &batch.z, &batch.Wr, &batch.W}) {
    const auto size = static_cast<std::ptrdiff_t>(values->size()) / batch.items;
    std::vector<double> rest;
    for (const std::int64_t i : kept) {
      const auto first = values->begin() + i * size;
      rest.insert(rest.end(), first, first + size);
    }
    *values = rest;
  }
  batch.items = static_cast<std::int64_t>(kept.size());
}

/// One core, every core, and the GPU where there is one.
inline std::vector<std::pair<std::string, Executor>> executors() {
  std::vector<std::pair<std::string, Executor>> list = {{"cpu1", Cpu{1}}, {"cpu", Cpu{}}};
  if (cuda_device_count() > 0) list.emplace_back("cuda", Cuda{});
  return list;
}

/// Circuits for a benchmark: enough to fill a GPU, few enough for a core to repeat.
inline std::int64_t items_for(const Executor& executor, int n) {
  const bool cuda = std::holds_alternative<Cuda>(executor);
  return std::max<std::int64_t>(16, (cuda ? 4000000 : 40000) / (n * n * std::max(1, n / 4)));
}

/// Reports circuits a second.
inline void count_circuits(benchmark::State& state, std::int64_t items) {
  state.SetItemsProcessed(state.iterations() * items);
}

}  // namespace organics::bench
