// Whole verdicts against the best that was put together from Eigen's parts (eigen_peer.hpp), on one core, in one run,
// contenders taking turns. Circuits of the Figure 4 ensemble lie in memory; a verdict is the steady state, its Jacobian
// and the sign of the spectral abscissa.
//
//   verdict_against_eigen           the ladder as it comes, on circuits that the peer's two rungs settle: the others need
//                                   rungs that it does not have, and take the longest
//   verdict_identity_against_eigen  Wr = I, the rung of the closed form
//   verdict_by_flow                 the rung of the flow, for all circuits; Eigen has nothing like it
//   sweep_against_eigen             the same as the first with the drawing of the circuits, which the peer is spared
// Counters: microseconds for one verdict, the peer's, and how many times as fast ours is. A run fails where the peer
// finds more stable circuits than the library.
#include "eigen_peer.hpp"
#include "peer_batch.hpp"
#include "turns.hpp"

namespace organics::bench {
namespace {

struct Subject {
  DrawnBatch batch;
  std::vector<double> states, abscissa;
  std::vector<Status> status;

  explicit Subject(int n, bool identity = false) : batch(n, std::max<std::int64_t>(32, items_for(Cpu{1}, n) / 8)) {
    const auto items = static_cast<std::size_t>(batch.items);
    states.resize(items * 2 * static_cast<std::size_t>(n));
    abscissa.resize(items);
    status.resize(items);
    const auto size = static_cast<std::size_t>(n);
    for (std::size_t k = 0; identity && k < batch.Wr.size(); ++k) {
      batch.Wr[k] = k % (size * size) % (size + 1) == 0 ? 1 : 0;
    }
  }

  /// Leaves out the circuits of which the peer finds no stable state.
  void keep_settled_by_peer() {
    eigen::judge(peer_batch(batch), states.data(), abscissa.data());
    std::vector<std::int64_t> settled;
    for (std::int64_t i = 0; i < batch.items; ++i) {
      if (abscissa[static_cast<std::size_t>(i)] < 0) settled.push_back(i);
    }
    keep(batch, settled);
  }

  void settle(BatchView<const double> x0) {
    SteadyStateResults<double> results;
    results.states = packed(states.data(), batch.items, 2 * batch.n);
    results.status = packed(status.data(), batch.items, 1);
    steady_state(Cpu{1}, batch.circuits(), x0, {}, results);
  }
  std::int64_t stable() const { return std::count(status.begin(), status.end(), Status::ok); }
};

void report(benchmark::State& state, const Turns& turns, const Subject& subject) {
  const auto items = static_cast<double>(subject.batch.items);
  const double ours = turns.seconds("ours") / items;
  const double theirs = turns.seconds("eigen") / items;
  state.counters["us_each"] = ours * 1e6;
  if (!(theirs > 0)) return;
  state.counters["eigen_us_each"] = theirs * 1e6;
  state.counters["times_eigen"] = theirs / ours;
}

void against_eigen(benchmark::State& state, bool identity) {
  Subject subject(static_cast<int>(state.range(0)), identity);
  if (!identity) subject.keep_settled_by_peer();
  const PlainBatch peer = peer_batch(subject.batch);
  std::vector<double> states = subject.states;
  eigen::Verdicts theirs;
  Turns turns;
  turns.add("ours", [&] { subject.settle({}); });
  turns.add("eigen", [&] {
    theirs = identity ? eigen::judge_identity(peer, states.data(), subject.abscissa.data())
                      : eigen::judge(peer, states.data(), subject.abscissa.data());
  });
  for (auto _ : state) turns.take();
  report(state, turns, subject);
  state.counters["newton_steps"] = static_cast<double>(theirs.newton_steps) / static_cast<double>(peer.items);
  // The ladder goes on where the peer's two rungs end.
  if (theirs.stable > subject.stable()) state.SkipWithError("the peer found a stable state that was missed");
}

void verdict_against_eigen(benchmark::State& state) { against_eigen(state, false); }
void verdict_identity_against_eigen(benchmark::State& state) { against_eigen(state, true); }

void verdict_by_flow(benchmark::State& state) {
  Subject subject(static_cast<int>(state.range(0)));
  std::vector<double> rest = subject.states;
  const auto n = static_cast<std::size_t>(subject.batch.n);
  for (std::size_t k = 0; k < rest.size(); ++k) {  // y = 0 and a = (b0 sigma)^2
    const std::size_t i = k / (2 * n) * n + k % n;
    const double c = subject.batch.b0[i] * subject.batch.sigma[i];
    rest[k] = k % (2 * n) < n ? 0 : c * c;
  }
  Turns turns;
  turns.add("ours",
            [&] { subject.settle(packed<const double>(rest.data(), subject.batch.items, 2 * subject.batch.n)); });
  for (auto _ : state) turns.take();
  report(state, turns, subject);
}

void sweep_against_eigen(benchmark::State& state) {
  Subject subject(static_cast<int>(state.range(0)));
  Ensemble ensemble;
  ensemble.n = subject.batch.n;
  SweepOptions options;
  options.circuits = subject.batch.items;
  Turns turns;
  turns.add("ours", [&] { benchmark::DoNotOptimize(sweep(Cpu{1}, ensemble, options)); });
  turns.add("eigen", [&] {
    benchmark::DoNotOptimize(eigen::judge(peer_batch(subject.batch), subject.states.data(), subject.abscissa.data()));
  });
  for (auto _ : state) turns.take();
  report(state, turns, subject);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int n : {1, 2, 5, 10, 20, 50, 100}) benchmark->Arg(n);
  benchmark->Unit(benchmark::kMillisecond);
}

BENCHMARK(verdict_against_eigen)->Apply(sizes);
BENCHMARK(verdict_identity_against_eigen)->Apply(sizes);
BENCHMARK(verdict_by_flow)->Apply(sizes);
BENCHMARK(sweep_against_eigen)->Apply(sizes);

}  // namespace
}  // namespace organics::bench
