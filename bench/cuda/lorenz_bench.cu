// A model of one's own on a GPU: trajectories a second by device events, arrays in device memory, and the fraction of what
// multiply-adds alone reach there. Results are held against the CPU.
#include <cmath>

#include "../lorenz.hpp"
#include "../support.hpp"
#include "device.hpp"
#include "organics/own_model.cuh"

namespace organics::bench {
namespace {

/// Whether every trajectory ended where it does on the CPU.
template <class T>
bool agrees_with_the_cpu(const std::vector<T>& states, std::int64_t items) {
  std::vector<T> expected;
  march_lorenz(Cpu{}, items, expected);
  const T tolerance = sizeof(T) == 8 ? T(1e-9) : T(1e-2);
  for (std::size_t k = 0; k < states.size(); ++k) {
    if (!(std::abs(states[k] - expected[k]) <= tolerance * (1 + std::abs(expected[k])))) return false;
  }
  return true;
}

template <class T>
void lorenz_benchmark(benchmark::State& state) {
  constexpr std::int64_t items = 1 << 20;
  const double peak = device_multiply_adds<T>();
  const DeviceArray<T> start({lorenz_start<T>[0], lorenz_start<T>[1], lorenz_start<T>[2]});
  const DeviceArray<T> span({lorenz_span<T>[0], lorenz_span<T>[1]});
  const DeviceArray<T> states(std::vector<T>(3 * items, T(-77)));
  IntegrateInputs<T> inputs;
  inputs.x0 = shared<const T>(start.data(), items, 3);
  inputs.span = shared<const T>(span.data(), items, 2);
  IntegrateResults<T> results;
  results.final_state = packed(states.data(), items, 3);
  const auto options = lorenz_options();
  const auto plan = march_plan<T>(3, inputs, options, results);
  const auto march = [&] { check(integrate_models_async<lorenz_method>(nullptr, items, LorenzBatch<T>{items}, plan)); };
  DeviceTimer timer;
  timer.seconds(march);  // the first loads the kernel
  double seconds = 0;
  for (auto _ : state) {
    const double took = timer.seconds(march);
    state.SetIterationTime(took);
    seconds += took;
  }
  count_circuits(state, items);
  const double operations = lorenz_operations() * static_cast<double>(items * state.iterations());
  state.counters["of_peak"] = operations / seconds / peak;
  if (!agrees_with_the_cpu(states.download(), items)) state.SkipWithError("other results than on the CPU");
}

const bool registered = [] {
  if (cuda_device_count() == 0) return false;
  const auto add = [](const char* name, auto body) {
    benchmark::RegisterBenchmark(name, body)->UseManualTime()->Unit(benchmark::kMillisecond);
  };
  add("lorenz_rk4_fixed/double/cuda_resident", lorenz_benchmark<double>);
  add("lorenz_rk4_fixed/float/cuda_resident", lorenz_benchmark<float>);
  return true;
}();

}  // namespace
}  // namespace organics::bench
