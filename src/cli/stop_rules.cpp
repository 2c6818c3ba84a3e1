#include "cli/stop_rules.hpp"

#include <fmt/format.h>

#include "organics/wilson.hpp"

namespace organics::cli {

bool StopWatch::should_stop(const SweepResults& results) {
  if (!reason_.empty()) return true;
  const std::int64_t not_ok = results.circuits - results.statuses[static_cast<int>(Status::ok)];
  const Interval interval = wilson_interval(not_ok, results.circuits);
  if (rules_.counterexample && not_ok > 0) {
    reason_ = "a circuit did not end ok";
    ends_all_ = true;
  } else if (rules_.seconds > 0 && std::chrono::duration<double>(clock::now() - start_).count() >= rules_.seconds) {
    reason_ = fmt::format("{} s have passed", rules_.seconds);
    ends_all_ = true;
  } else if (rules_.width > 0 && interval.upper - interval.lower <= rules_.width) {
    reason_ = fmt::format("the confidence interval is at most {} wide", rules_.width);
  }
  return !reason_.empty();
}

}  // namespace organics::cli
