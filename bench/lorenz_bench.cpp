// A model of one's own on the CPU: trajectories a second, and the fraction of what multiply-adds alone reach there (peak.hpp),
// measured just before. The same on a GPU is in cuda/lorenz_bench.cu.
#include "lorenz.hpp"

#include <chrono>

#include "peak.hpp"
#include "support.hpp"

namespace organics::bench {
namespace {

double seconds_of_multiply_adds() {
  double least = 1;
  for (int round = 0; round < 20; ++round) {
    const auto start = std::chrono::steady_clock::now();
    run_multiply_adds();
    least = std::min(least, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return least;
}

template <class T>
void lorenz_benchmark(benchmark::State& state) {
  constexpr std::int64_t items = 2000;
  const double peak = run_multiply_adds() / seconds_of_multiply_adds() * (sizeof(double) / sizeof(T));
  std::vector<T> states;
  for (auto _ : state) march_lorenz(Cpu{1}, items, states);
  count_circuits(state, items);
  state.counters["of_peak"] = benchmark::Counter(
      lorenz_operations() / peak * static_cast<double>(items * state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(lorenz_benchmark<double>)->Name("lorenz_rk4_fixed/double/cpu1")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(lorenz_benchmark<float>)->Name("lorenz_rk4_fixed/float/cpu1")->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace organics::bench
