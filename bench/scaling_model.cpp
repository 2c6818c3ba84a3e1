// What a sweep over many ranks would cost, from measured figures of a few: a table in Markdown, one row for each number of
// ranks. The ranks are simulated; what is handed out to them is what the program hands out.
//
//   organics_scaling_model [--rate CIRCUITS_PER_SECOND] [--answer SECONDS] [--start SECONDS] [--latency SECONDS]
//                          [--seconds SECONDS_OF_WORK] [--spread SHARE]
#include <cstdio>
#include <cstdlib>
#include <string>

#include "support/simulated_ranks.hpp"

namespace {

struct Figures {
  double rate = 2e4;      // circuits per second of a rank
  double answer = 3e-4;   // rank 0 reads a part, adds it and answers
  double start = 1e-3;    // a rank begins a part
  double latency = 1e-4;  // a message there and back
  double seconds = 600;   // of work for each rank
  double spread = 0.1;    // the slowest rank is slower than the fastest by this share
};

bool read(int argc, char** argv, Figures& figures) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string key = argv[i];
    const double value = std::strtod(argv[i + 1], nullptr);
    double* field = key == "--rate"      ? &figures.rate
                    : key == "--answer"  ? &figures.answer
                    : key == "--start"   ? &figures.start
                    : key == "--latency" ? &figures.latency
                    : key == "--seconds" ? &figures.seconds
                    : key == "--spread"  ? &figures.spread
                                         : nullptr;
    if (field == nullptr || !(value >= 0)) return false;
    *field = value;
  }
  return argc % 2 == 1;
}

void row(const Figures& figures, int count) {
  organics::test::SimulatedRanks ranks;
  double together = 0;
  for (int i = 0; i < count; ++i) {
    const double slowness = count == 1 ? 0 : figures.spread * i / (count - 1);
    ranks.rates.push_back(figures.rate * (1 - slowness));
    together += ranks.rates.back();
  }
  ranks.answer_seconds = figures.answer;
  ranks.start_seconds = figures.start;
  ranks.latency_seconds = figures.latency;
  const auto run = simulate(ranks, static_cast<std::int64_t>(together * figures.seconds));
  std::printf("| %d | %.3g | %.1f | %.1f %% | %.1f %% | %.0f |\n", count, together * figures.seconds, run.seconds,
              100 * run.efficiency, 100 * run.coordinator_busy, static_cast<double>(run.messages) / count);
}

}  // namespace

int main(int argc, char** argv) {
  Figures figures;
  if (!read(argc, argv, figures)) {
    std::fprintf(stderr,
                 "organics_scaling_model: %s: expected --rate, --answer, --start, --latency, --seconds or --spread "
                 "and a number >= 0\n",
                 argc > 1 ? argv[1] : "");
    return 2;
  }
  std::printf("%.3g circuits/s a rank, %g s an answer, %g s a start, %g s a message, %g %% spread\n\n", figures.rate,
              figures.answer, figures.start, figures.latency, 100 * figures.spread);
  std::puts(
      "| ranks | circuits | seconds | efficiency | rank 0 answers | parts a rank |\n| --- | --- | --- | --- | --- | "
      "--- |");
  for (const int count : {1, 2, 4, 16, 64, 256, 1000, 4000}) row(figures, count);
}
