// A sweep over ranks in simulated time: what src/cli/handouts.hpp hands out to many more ranks than there are here.
#pragma once

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

#include "cli/handouts.hpp"

namespace organics::test {

/// What is known of a machine from measurements.
struct SimulatedRanks {
  std::vector<double> rates;   ///< circuits per second of each rank; rank 0 works as well
  double answer_seconds = 0;   ///< of rank 0, to read what a rank sent, add it, and answer
  double start_seconds = 0;    ///< of a rank, for each part
  double latency_seconds = 0;  ///< of a message, there and back
};

struct SimulatedRun {
  double seconds = 0;     ///< until the last rank is done
  double efficiency = 0;  ///< circuits over what all ranks could have done in that time
  std::int64_t messages = 0;
  double coordinator_busy = 0;    ///< share of the time in which rank 0 answers
  std::vector<IndexRange> parts;  ///< in the order in which they were handed out
  std::vector<double> finished;   ///< when each rank had nothing more to do
};

/// Ranks ask for work, are answered one after another, work, and ask again.
inline SimulatedRun simulate(const SimulatedRanks& ranks, std::int64_t circuits) {
  struct Request {
    double time;
    int rank;
    std::int64_t circuits;
    double seconds;
    bool operator>(const Request& other) const { return time > other.time; }
  };
  cli::Handouts handouts({{0, circuits}}, static_cast<int>(ranks.rates.size()));
  std::priority_queue<Request, std::vector<Request>, std::greater<>> requests;
  for (int rank = 0; rank < static_cast<int>(ranks.rates.size()); ++rank) requests.push({0, rank, 0, 0});
  SimulatedRun run;
  run.finished.resize(ranks.rates.size());
  double coordinator = 0;  // when it is free
  double answering = 0;
  while (!requests.empty()) {
    const Request request = requests.top();
    requests.pop();
    coordinator = std::max(coordinator, request.time) + ranks.answer_seconds;
    answering += ranks.answer_seconds;
    ++run.messages;
    const IndexRange part = handouts.next(request.rank, request.circuits, request.seconds);
    const auto rank = static_cast<std::size_t>(request.rank);
    run.finished[rank] = coordinator;
    if (part.circuits == 0) continue;
    run.parts.push_back(part);
    const double work = ranks.start_seconds + static_cast<double>(part.circuits) / ranks.rates[rank];
    requests.push({coordinator + ranks.latency_seconds + work, request.rank, part.circuits, work});
  }
  run.seconds = *std::max_element(run.finished.begin(), run.finished.end());
  double together = 0;
  for (const double rate : ranks.rates) together += rate;
  run.efficiency = static_cast<double>(circuits) / (together * run.seconds);
  run.coordinator_busy = answering / run.seconds;
  return run;
}

}  // namespace organics::test
