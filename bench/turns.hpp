// Contenders that take turns: what a shared machine's drifting speed does to one it does to all.
//
// A round gives every contender one slice of a few milliseconds of processor time, and the median of rounds stands.
// Rounds start at different contenders, so that none is always the first or the last. One that takes as long as a hundred
// slices sits out every second round, or two of three, so that it does not keep the others from theirs.
#pragma once

#include <algorithm>
#include <cmath>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace organics::bench {

/// Processor time that this process has taken, all its threads together.
inline double processor_seconds() {
  std::timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// The upper one of an even number.
inline double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

class Turns {
 public:
  static constexpr double slice_seconds = 2e-3;  // many ticks of the clock, few of the scheduler

  /// `run` does the whole work once; it is run here once, too, to warm up and to see how often it fits in a slice.
  void add(std::string name, std::function<void()> run) {
    run();
    const double once = seconds_of(run, 1);
    const int repeats = static_cast<int>(std::clamp(std::ceil(slice_seconds / std::max(once, 1e-6)), 1.0, 2000.0));
    const int every = static_cast<int>(std::clamp(once / (50 * slice_seconds), 1.0, 3.0));
    contenders_.push_back({std::move(name), std::move(run), repeats, every, {}});
  }

  /// One round: every contender once, but for the slowest.
  void take() {
    for (std::size_t k = 0; k < contenders_.size(); ++k) {
      Contender& contender = contenders_[(first_ + k) % contenders_.size()];
      if (round_ % contender.every != 0) continue;
      contender.rounds.push_back(seconds_of(contender.run, contender.repeats));
    }
    first_ = (first_ + 1) % std::max<std::size_t>(1, contenders_.size());
    ++round_;
  }

  /// Median seconds of one run over the rounds; 0 where there is no such contender or no round yet.
  double seconds(const std::string& name) const {
    for (const Contender& contender : contenders_) {
      if (contender.name == name && !contender.rounds.empty()) return median(contender.rounds);
    }
    return 0;
  }

 private:
  struct Contender {
    std::string name;
    std::function<void()> run;
    int repeats;
    int every;  // rounds for one of its own
    std::vector<double> rounds;
  };

  static double seconds_of(const std::function<void()>& run, int repeats) {
    const double start = processor_seconds();
    for (int i = 0; i < repeats; ++i) run();
    return (processor_seconds() - start) / repeats;
  }

  std::vector<Contender> contenders_;
  std::size_t first_ = 0;
  int round_ = 0;
};

}  // namespace organics::bench
