#include "cli/integrate_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/circuit_report.hpp"
#include "cli/output.hpp"

namespace organics::cli {
namespace {

constexpr std::size_t most_shown = 3;  // neurons of y, of a, ...

/// The components that a table shows, block after block.
std::vector<std::size_t> shown_components(std::size_t n, std::size_t m) {
  std::vector<std::size_t> components;
  for (std::size_t block = 0; block < m; block += n) {
    for (std::size_t i = 0; i < std::min(n, most_shown); ++i) components.push_back(block + i);
  }
  return components;
}

std::string statistics_lines(const io::Trajectory& t) {
  const io::StepStatistics& s = t.statistics;
  std::string text = fmt::format("  {} accepted steps, {} rejected, the last {} s; {} right-hand sides", s.accepted,
                                 s.rejected, shown(s.last_step), s.rhs_evaluations);
  if (s.jacobian_evaluations > 0 || s.lu_factorisations > 0) {
    text += fmt::format(", {} Jacobians, {} LU factorisations", s.jacobian_evaluations, s.lu_factorisations);
  }
  return text + "\n";
}

std::string event_lines(const io::Trajectory& t) {
  std::string text;
  for (const io::EventRecord& e : t.events) {
    const std::string often = e.count == 0 ? "never" : e.count == 1 ? "once" : fmt::format("{} times", e.count);
    text += fmt::format("  {}: {}", e.event, often);
    if (!std::isnan(e.last_time)) text += fmt::format(", last at {:.6g} s", e.last_time);
    text += "\n";
  }
  if (t.ended_by) text += fmt::format("  ended by {} at {:.6g} s\n", *t.ended_by, t.time_reached);
  return text;
}

std::string summary_lines(const io::Trajectory& t, std::size_t n) {
  if (!t.summary) return {};
  const io::TrajectorySummary& s = *t.summary;
  std::vector<std::vector<std::string>> rows = {{"  summary", "minimum", "maximum", "mean", "peak at (s)"}};
  for (const std::size_t i : shown_components(n, t.m)) {
    rows.push_back({"  " + io::component_name(i, n), shown(s.minimum[i]), shown(s.maximum[i]), shown(s.mean[i]),
                    shown(s.peak_time[i])});
  }
  const std::string settled =
      std::isnan(s.settling_time) ? "not settled" : fmt::format("settled from {:.6g} s on", s.settling_time);
  const std::string frequency =
      std::isnan(s.frequency) ? "no dominant frequency" : fmt::format("dominant frequency {:.6g} Hz", s.frequency);
  return table(rows) + fmt::format("  {}; {}\n", settled, frequency);
}

std::string state_rows_text(const io::Trajectory& t, std::size_t n) {
  const auto components = shown_components(n, t.m);
  const bool shortened = n > most_shown;
  std::vector<std::vector<std::string>> rows(1 + t.times.size());
  rows[0] = {"  time (s)"};
  for (std::size_t k = 0; k < t.times.size(); ++k) rows[k + 1] = {fmt::format("  {:.6g}", t.times[k])};
  for (const std::size_t i : components) {
    rows[0].push_back(io::component_name(i, n));
    for (std::size_t k = 0; k < t.times.size(); ++k) rows[k + 1].push_back(shown(t.states[t.m * k + i]));
    if (!shortened || i % n + 1 < most_shown) continue;
    for (auto& row : rows) row.emplace_back(&row == rows.data() ? "..." : "");
  }
  return table(rows);
}

}  // namespace

std::string trajectories_text(const std::vector<io::CircuitRecord>& records,
                              const std::vector<io::CircuitResult>& results) {
  std::string text;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const io::Trajectory& t = *results[i].trajectory;
    const auto n = static_cast<std::size_t>(results[i].n);
    text +=
        fmt::format("{}: {} at {:.6g} s, n = {}\n", title(i, records[i]), name(results[i].status), t.time_reached, n);
    text += statistics_lines(t) + event_lines(t) + summary_lines(t, n) + state_rows_text(t, n) + "\n";
  }
  return text;
}

}  // namespace organics::cli
