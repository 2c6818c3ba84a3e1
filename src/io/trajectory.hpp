// The trajectory of one circuit, as the program writes it down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace organics::io {

struct StepStatistics {
  std::int32_t accepted = 0;
  std::int32_t rejected = 0;
  std::int32_t rhs_evaluations = 0;
  std::int32_t jacobian_evaluations = 0;
  std::int32_t lu_factorisations = 0;
  double last_step = 0;  ///< seconds
};

struct EventRecord {
  std::string event;  ///< as it was asked for
  std::int32_t count = 0;
  double last_time = 0;  ///< seconds; NaN: it never happened
};

struct TrajectorySummary {
  std::vector<double> minimum, maximum, mean, peak_time;  ///< m
  double settling_time = 0;                               ///< seconds; NaN: not settled
  double frequency = 0;                                   ///< Hz; NaN: nothing oscillates
};

/// Samples in the order of time, and what is known about all of it.
struct Trajectory {
  std::size_t m = 0;                ///< numbers of a state
  std::vector<double> times;        ///< seconds
  std::vector<double> states;       ///< m for each time; NaN where not reached
  std::vector<double> final_state;  ///< m, at time_reached
  double time_reached = 0;          ///< seconds
  StepStatistics statistics;
  std::optional<std::string> ended_by;  ///< the terminal event that ended it
  std::vector<EventRecord> events;
  std::optional<TrajectorySummary> summary;
};

/// Name of component `index` of the state of a circuit of `n` neurons: y[0], ..., a[0], ..., b0[0], ..., b1[0], ...
std::string component_name(std::size_t index, std::size_t n);

}  // namespace organics::io
