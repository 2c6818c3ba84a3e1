// The certificate of stability against the eigenvalues, for the same circuits at their steady states on one core: what
// either needs to say that a circuit is stable. They take turns (turns.hpp).
//
// Counters: microseconds each; certificate over eigenvalues; the mean number of squarings k; and the fraction of the core's
// multiply-add rate that the counted operations are: m^3 / 3 + 16 m^2 for the symmetric part of every circuit, and
// (16/3 + 2 k) m^3 for those that are squared (core/symmetric_part.hpp, core/certificate.hpp). n = 1 has a test of its own.
#include <numeric>

#include "peak.hpp"
#include "support.hpp"
#include "turns.hpp"

namespace organics::bench {
namespace {

struct Subject {
  DrawnBatch batch;
  std::vector<double> states = batch.steady_states();
  std::vector<double> abscissa = std::vector<double>(static_cast<std::size_t>(batch.items));
  std::vector<std::uint8_t> proven = std::vector<std::uint8_t>(static_cast<std::size_t>(batch.items));
  std::vector<std::int32_t> squarings = std::vector<std::int32_t>(static_cast<std::size_t>(batch.items));

  explicit Subject(int n) : batch(n, std::max<std::int64_t>(4, items_for(Cpu{1}, n) / 8)) {}

  void judge(const StabilityResults<double>& results) {
    stability(Cpu{1}, batch.circuits(), packed<const double>(states.data(), batch.items, 2 * batch.n), results);
  }
  double operations() const {
    const double m = 2 * batch.n;
    double sum = 0;
    for (const std::int32_t k : squarings)
      sum += m * m * m / 3 + 16 * m * m + (k > 0 ? (16.0 / 3 + 2 * k) * m * m * m : 0);
    return sum;
  }
  void eigenvalues() { judge({.abscissa = packed(abscissa.data(), batch.items, 1)}); }
  void certificate() {
    judge({.proven = packed(proven.data(), batch.items, 1), .squarings = packed(squarings.data(), batch.items, 1)});
  }
};

void certificate_against_eigenvalues(benchmark::State& state) {
  Subject subject(static_cast<int>(state.range(0)));
  Turns turns;
  turns.add("certificate", [&] { subject.certificate(); });
  turns.add("eigenvalues", [&] { subject.eigenvalues(); });
  turns.add("multiply-add", [] { run_multiply_adds(); });
  for (auto _ : state) turns.take();

  const auto items = static_cast<double>(subject.batch.items);
  const double certificate = turns.seconds("certificate") / items;
  const double eigenvalues = turns.seconds("eigenvalues") / items;
  const double k = std::accumulate(subject.squarings.begin(), subject.squarings.end(), 0.0) / items;
  state.counters["us_each"] = certificate * 1e6;
  state.counters["eigenvalues_us_each"] = eigenvalues * 1e6;
  state.counters["over_eigenvalues"] = certificate / eigenvalues;
  state.counters["proven"] = std::accumulate(subject.proven.begin(), subject.proven.end(), 0.0) / items;
  if (subject.batch.n == 1) return;
  state.counters["squarings"] = k;
  state.counters["of_peak"] =
      subject.operations() / items / certificate / (run_multiply_adds() / turns.seconds("multiply-add"));
}

BENCHMARK(certificate_against_eigenvalues)->Apply([](auto* benchmark) {
  for (const int n : {1, 2, 5, 10, 20, 50, 100}) benchmark->Arg(n);
}) -> Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace organics::bench
