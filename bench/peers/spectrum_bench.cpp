// Spectra against Eigen, on one core, in one run: the same Jacobians, eigenvalues only, and the ratio.
#include <Eigen/Eigenvalues>
#include <chrono>

#include "support.hpp"

namespace organics::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// The Jacobians that stability() forms, for Eigen to start from.
std::vector<Eigen::MatrixXd> jacobians(const DrawnBatch& batch, const std::vector<double>& states) {
  std::vector<Eigen::MatrixXd> all;
  const int m = 2 * batch.n;
  for (std::int64_t i = 0; i < batch.items; ++i) {
    Eigen::MatrixXd J(m, m);
    const core::CircuitModel<double> model{circuit(batch.circuits(), i)};
    model.jacobian(core::Solo{}, 0.0, states.data() + i * m, J.data());
    all.push_back(J);
  }
  return all;
}

/// Contenders take turns within every iteration, since the machine's speed drifts.
void spectrum_against_eigen(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const DrawnBatch batch(n, items_for(Cpu{1}, n) / 8 + 1);
  const std::vector<double> states = batch.steady_states();
  const auto matrices = jacobians(batch, states);
  std::vector<double> eigenvalues(static_cast<std::size_t>(batch.items) * 4 * static_cast<std::size_t>(n));
  StabilityResults<double> results;
  results.eigenvalues = packed(eigenvalues.data(), batch.items, 2, 2 * n);
  double ours = 0;
  double theirs = 0;
  Eigen::EigenSolver<Eigen::MatrixXd> solver(2 * n);
  for (auto _ : state) {
    auto start = Clock::now();
    stability(Cpu{1}, batch.circuits(), packed(states.data(), batch.items, 2 * n), results);
    ours += seconds_since(start);
    start = Clock::now();
    for (const Eigen::MatrixXd& J : matrices) {
      benchmark::DoNotOptimize(solver.compute(J, false).eigenvalues().data());
    }
    theirs += seconds_since(start);
  }
  const double spectra = static_cast<double>(state.iterations() * batch.items);
  state.counters["us_each"] = ours / spectra * 1e6;
  state.counters["eigen_us_each"] = theirs / spectra * 1e6;
  state.counters["times_eigen"] = theirs / ours;
}

BENCHMARK(spectrum_against_eigen)->Arg(1)->Arg(2)->Arg(5)->Arg(10)->Arg(20)->Arg(50)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace organics::bench
