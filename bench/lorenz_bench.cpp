// A model of one's own on the CPU: trajectories a second, and the fraction of what multiply-adds alone reach there (peak.hpp),
// measured just before. The same on a GPU is in cuda/lorenz_bench.cu.
#include "lorenz.hpp"

#include <chrono>

#include "peak.hpp"
#include "support.hpp"

namespace organics::bench {
namespace {

template <class Work>
double seconds(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Operations a second in double.
double multiply_add_rate() {
  double least = 1;
  for (int round = 0; round < 20; ++round) least = std::min(least, seconds([] { run_multiply_adds(); }));
  return run_multiply_adds() / least;
}

template <class T>
void lorenz_benchmark(benchmark::State& state) {
  constexpr std::int64_t items = 2000;
  const double peak = multiply_add_rate() * (sizeof(double) / sizeof(T));
  std::vector<T> states;
  double total = 0;
  for (auto _ : state) total += seconds([&] { march_lorenz(Cpu{1}, items, states); });
  count_circuits(state, items);
  state.counters["of_peak"] = lorenz_operations() * static_cast<double>(items * state.iterations()) / total / peak;
}

BENCHMARK(lorenz_benchmark<double>)->Name("lorenz_rk4_fixed/double/cpu1")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(lorenz_benchmark<float>)->Name("lorenz_rk4_fixed/float/cpu1")->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace organics::bench
