// Spectra against Eigen and LAPACK, on one core, in one run: the Jacobians of the Figure 4 ensemble at their steady
// states, eigenvalues only. Contenders take turns (turns.hpp).
//
// Counters: microseconds for one matrix, ours and each peer's; how many times as fast ours is; and the fraction of the
// multiply-add rate of the core, measured in the same rounds, with 10 m^3 operations for a spectrum (Golub and Van Loan,
// Matrix Computations, 4th ed., 7.5.6), whatever was really done.
#include "eigen_peer.hpp"
#include "peak.hpp"
#include "peer_batch.hpp"
#include "support.hpp"
#include "turns.hpp"
#if defined(ORGANICS_BENCH_LAPACK)
#include "lapack.hpp"
#endif

namespace organics::bench {
namespace {

struct Subject {
  DrawnBatch batch;
  std::vector<double> matrices, re, im, sorted;

  explicit Subject(int n) : batch(n, std::max<std::int64_t>(4, items_for(Cpu{1}, n) / 8)) {
    const std::vector<double> states = batch.steady_states();
    const auto items = static_cast<std::size_t>(batch.items);
    const auto m = static_cast<std::size_t>(2 * n);
    matrices.resize(items * m * m);
    re.resize(items * m);
    im.resize(items * m);
    sorted.resize(2 * items * m);
    eigen::jacobians(peer_batch(batch), states.data(), matrices.data());
  }

  int m() const { return 2 * batch.n; }

  void ours() {
    SpectraResults<double> results;
    results.eigenvalues = packed(sorted.data(), batch.items, 2, m());
    spectra<double>(Cpu{1}, packed<const double>(matrices.data(), batch.items, m(), m()), {}, results);
  }
  bool eigens() { return eigen::spectra(m(), batch.items, matrices.data(), re.data(), im.data()); }
#if defined(ORGANICS_BENCH_LAPACK)
  bool lapacks() { return lapack::spectra(m(), batch.items, matrices.data(), re.data(), im.data()); }
#endif
};

void spectrum_against_peers(benchmark::State& state) {
  Subject subject(static_cast<int>(state.range(0)));
  bool peers_succeeded = true;
  Turns turns;
  turns.add("ours", [&] { subject.ours(); });
  turns.add("eigen", [&] { peers_succeeded = subject.eigens() && peers_succeeded; });
#if defined(ORGANICS_BENCH_LAPACK)
  turns.add("lapack", [&] { peers_succeeded = subject.lapacks() && peers_succeeded; });
#endif
  turns.add("multiply-add", [] { run_multiply_adds(); });
  for (auto _ : state) turns.take();
  if (!peers_succeeded) state.SkipWithError("a peer failed on a matrix");

  const auto items = static_cast<double>(subject.batch.items);
  const double ours = turns.seconds("ours") / items;
  const double m = subject.m();
  state.counters["us_each"] = ours * 1e6;
  for (const std::string peer : {"eigen", "lapack"}) {
    const double theirs = turns.seconds(peer) / items;
    if (!(theirs > 0)) continue;
    state.counters[peer + "_us_each"] = theirs * 1e6;
    state.counters["times_" + peer] = theirs / ours;
  }
  state.counters["of_peak"] = 10 * m * m * m / ours / (run_multiply_adds() / turns.seconds("multiply-add"));
}

BENCHMARK(spectrum_against_peers)->Apply([](auto* benchmark) {
  for (const int n : {1, 2, 5, 10, 20, 50, 100}) benchmark->Arg(n);
}) -> Unit(benchmark::kMillisecond);

[[maybe_unused]] const bool described = [] {
  benchmark::AddCustomContext("multiply_add_unit", multiply_add_unit());
#if defined(ORGANICS_BENCH_LAPACK)
  benchmark::AddCustomContext("lapack", lapack::description());
#endif
  return true;
}();

}  // namespace
}  // namespace organics::bench
