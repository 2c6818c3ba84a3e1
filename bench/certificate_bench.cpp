// The certificate of stability against the eigenvalues, for the same circuits at their steady states on one core.
//
// The counter of `certificate` is its time relative to that of `eigenvalues`, measured in the same run.
#include <chrono>

#include "support.hpp"

namespace organics::bench {
namespace {

struct Subject {
  DrawnBatch batch;
  std::vector<double> states = batch.steady_states();
  std::vector<double> abscissa = std::vector<double>(static_cast<std::size_t>(batch.items));
  std::vector<std::uint8_t> proven = std::vector<std::uint8_t>(static_cast<std::size_t>(batch.items));

  explicit Subject(int n) : batch(n, items_for(Cpu{1}, n)) {}

  void judge(const StabilityResults<double>& results) {
    stability(Cpu{1}, batch.circuits(), packed<const double>(states.data(), batch.items, 2 * batch.n), results);
  }
  void eigenvalues() { judge({.abscissa = packed(abscissa.data(), batch.items, 1)}); }
  void certificate() { judge({.proven = packed(proven.data(), batch.items, 1)}); }
};

template <class F>
double seconds_of(F&& f) {
  using clock = std::chrono::steady_clock;
  const auto start = clock::now();
  f();
  return std::chrono::duration<double>(clock::now() - start).count();
}

void eigenvalues_benchmark(benchmark::State& state, int n) {
  Subject subject(n);
  for (auto _ : state) subject.eigenvalues();
  count_circuits(state, subject.batch.items);
}

void certificate_benchmark(benchmark::State& state, int n) {
  Subject subject(n);
  double eigenvalues = 0;
  double certificate = 0;
  for (auto _ : state) {
    const double seconds = seconds_of([&] { subject.certificate(); });
    state.SetIterationTime(seconds);
    certificate += seconds;
    eigenvalues += seconds_of([&] { subject.eigenvalues(); });
  }
  state.counters["time/eigenvalues"] = certificate / eigenvalues;
  count_circuits(state, subject.batch.items);
}

const bool registered = [] {
  for (const int n : {1, 2, 5, 10, 20, 50}) {
    const std::string suffix = "/n=" + std::to_string(n) + "/cpu1";
    benchmark::RegisterBenchmark(("eigenvalues" + suffix).c_str(),
                                 [n](auto& state) { eigenvalues_benchmark(state, n); })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("certificate" + suffix).c_str(),
                                 [n](auto& state) { certificate_benchmark(state, n); })
        ->UseManualTime()
        ->Unit(benchmark::kMillisecond);
  }
  return true;
}();

}  // namespace
}  // namespace organics::bench
