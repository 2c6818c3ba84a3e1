#include "io/results_json.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

namespace organics::io {
namespace {

using nlohmann::ordered_json;

ordered_json state_rows(const Trajectory& t) {
  ordered_json rows = ordered_json::array();
  const auto width = static_cast<std::ptrdiff_t>(t.m);
  for (auto row = t.states.begin(); row != t.states.end(); row += width) {
    rows.push_back(std::vector<double>(row, row + width));
  }
  return rows;
}

ordered_json statistics_json(const StepStatistics& statistics) {
  ordered_json object;
  object["accepted"] = statistics.accepted;
  object["rejected"] = statistics.rejected;
  object["rhs_evaluations"] = statistics.rhs_evaluations;
  object["jacobian_evaluations"] = statistics.jacobian_evaluations;
  object["lu_factorisations"] = statistics.lu_factorisations;
  object["last_step"] = statistics.last_step;
  return object;
}

ordered_json summary_json(const TrajectorySummary& summary) {
  ordered_json object;
  object["minimum"] = summary.minimum;
  object["maximum"] = summary.maximum;
  object["mean"] = summary.mean;
  object["peak_time"] = summary.peak_time;
  object["settling_time"] = summary.settling_time;
  object["frequency"] = summary.frequency;
  return object;
}

void add_trajectory(ordered_json& object, const Trajectory& t) {
  object["times"] = t.times;
  object["states"] = state_rows(t);
  object["time_reached"] = t.time_reached;
  object["final_state"] = t.final_state;
  if (t.ended_by) object["ended_by"] = *t.ended_by;
  for (const EventRecord& e : t.events) {
    object["events"].push_back({{"event", e.event}, {"count", e.count}, {"last_time", e.last_time}});
  }
  object["statistics"] = statistics_json(t.statistics);
  if (t.summary) object["summary"] = summary_json(*t.summary);
}

void add_search(ordered_json& object, const Search& search) {
  object["found_by"] = name(search.rung);
  ordered_json cost;
  if (search.period && search.amplitude) {
    object["limit_cycle"] = {{"period", *search.period}, {"amplitude", *search.amplitude}};
  }
  cost["time"] = search.time;
  cost["flow_steps"] = search.flow_steps;
  cost["newton_steps"] = search.newton_steps;
  cost["rhs_evaluations"] = search.rhs_evaluations;
  cost["jacobian_evaluations"] = search.jacobian_evaluations;
  cost["lu_factorisations"] = search.lu_factorisations;
  object["search"] = std::move(cost);
}

ordered_json to_json(const CircuitResult& result) {
  ordered_json object;
  if (!result.name.empty()) object["name"] = result.name;
  object["status"] = name(result.status);
  if (result.trajectory) add_trajectory(object, *result.trajectory);
  if (!result.steady_state.empty()) object["steady_state"] = result.steady_state;
  if (result.residual) object["residual"] = *result.residual;
  if (result.search) add_search(object, *result.search);
  for (const auto& eigenvalue : result.eigenvalues) {
    object["eigenvalues"].push_back({eigenvalue.real(), eigenvalue.imag()});
  }
  if (result.abscissa) object["abscissa"] = *result.abscissa;
  if (!result.stability.empty()) object["stability"] = result.stability;
  return object;
}

}  // namespace

std::string stability_word(Verdict verdict, const std::vector<std::complex<double>>& eigenvalues) {
  if (verdict == Verdict::none) return {};
  if (verdict == Verdict::marginal || eigenvalues.size() != 2) return name(verdict);
  const bool focus = eigenvalues[0].imag() != 0;
  if (!focus && eigenvalues[0].real() * eigenvalues[1].real() < 0) return "saddle";
  return std::string(name(verdict)) + (focus ? " focus" : " node");
}

std::string results_json(const std::vector<CircuitResult>& results) {
  std::string text = "{\"circuits\": [";
  const char* separator = "\n";
  for (const CircuitResult& result : results) {
    text += separator + to_json(result).dump();
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace organics::io
