#include "cli/hunt_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/circuit_report.hpp"
#include "cli/output.hpp"
#include "cli/version.hpp"
#include "io/circuits_file.hpp"
#include "io/ensemble_json.hpp"

namespace organics::cli {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t most_rows = 10;  ///< of a table

io::CircuitRecord record_of(const HuntOptions& options, const HuntedCircuit& hunted) {
  io::CircuitRecord record;
  record.name = fmt::format("seed {}, draw {}, trial {}", options.seed, hunted.index, hunted.step);
  record.circuit = hunted.circuit;
  return record;
}

std::string rest(std::size_t circuits) {
  return circuits <= most_rows ? "" : fmt::format("  and {} more\n", circuits - most_rows);
}

/// Circuits that do not settle from rest.
std::string losses(const std::vector<HuntedCircuit>& circuits) {
  Rows rows = {{"  draw", "trial", "from rest", "equilibria", "stable", "abscissa (1/s)"}};
  for (std::size_t k = 0; k < std::min(most_rows, circuits.size()); ++k) {
    const HuntedCircuit& c = circuits[k];
    rows.push_back({fmt::format("  {}", c.index), fmt::to_string(c.step), name(c.status), fmt::to_string(c.equilibria),
                    fmt::to_string(c.stable), shown(c.abscissa)});
  }
  return table(rows) + rest(circuits.size());
}

std::string summits(const std::vector<HuntedCircuit>& circuits) {
  Rows rows = {{"  draw", "trial", "abscissa (1/s)", "times longest tau"}};
  for (std::size_t k = 0; k < std::min(most_rows, circuits.size()); ++k) {
    const HuntedCircuit& c = circuits[k];
    rows.push_back({fmt::format("  {}", c.index), fmt::to_string(c.step), shown(c.abscissa),
                    shown(c.abscissa * longest_time_constant(c.circuit))});
  }
  return table(rows) + rest(circuits.size());
}

ordered_json to_json(const HuntOptions& options, const HuntedCircuit& hunted) {
  ordered_json object;
  object["draw"] = hunted.index;
  object["trial"] = hunted.step;
  object["status"] = name(hunted.status);
  if (hunted.status != Status::ok) {
    object["equilibria"] = hunted.equilibria;
    object["stable"] = hunted.stable;
  }
  object["abscissa"] = hunted.abscissa;
  object["circuit"] = ordered_json::parse(io::circuits_file_text({record_of(options, hunted)}))["circuits"][0];
  return object;
}

ordered_json to_json(const HuntOptions& options, const std::vector<HuntedCircuit>& circuits) {
  ordered_json list = ordered_json::array();
  for (const HuntedCircuit& hunted : circuits) list.push_back(to_json(options, hunted));
  return list;
}

}  // namespace

std::string hunt_text(const HuntReport& report) {
  const HuntOptions& o = report.options;
  const HuntResults& r = report.results;
  const Ensemble& e = report.file.ensemble;
  std::string text = fmt::format(
      "Hunt for circuits without a stable steady state: n = {} ({}-dimensional), {} model\non {}; seed {}\n"
      "{} draws; {} climbs from the worst of them, {} trials, {} restarts\n\n",
      e.n, 2 * e.n, e.model == ModelKind::main ? "main" : "rectified", report.executor, o.seed, o.draws, o.climbs,
      r.trials, r.restarts);
  text += fmt::format("found {}: not settling from rest, and no stable equilibrium met from {} starts{}\n",
                      r.found.size(), o.starts, r.found.empty() ? "" : " (abscissa of the least unstable one)");
  if (!r.found.empty()) text += losses(r.found);
  if (!r.escaped.empty()) {
    text += "\nnot settling from rest, though there is a stable equilibrium\n" + losses(r.escaped);
  }
  if (!r.undecided.empty()) {
    text += "\nundecided: what becomes of them from rest is not known\n" + losses(r.undecided);
  }
  if (!r.highest.empty()) text += "\nclosest to instability of those that settle\n" + summits(r.highest);
  return text;
}

std::string hunt_json(const HuntReport& report) {
  const HuntOptions& o = report.options;
  ordered_json object;
  object["version"] = version;
  object["ensemble"] = io::ensemble_json(report.file.ensemble);
  object["executor"] = report.executor;
  object["seed"] = o.seed;
  object["draws"] = o.draws;
  object["climbs"] = o.climbs;
  object["steps"] = o.steps;
  object["most"] = o.most;
  object["starts"] = o.starts;
  object["trials"] = report.results.trials;
  object["restarts"] = report.results.restarts;
  object["found"] = to_json(o, report.results.found);
  object["escaped"] = to_json(o, report.results.escaped);
  object["undecided"] = to_json(o, report.results.undecided);
  object["highest"] = to_json(o, report.results.highest);
  object["seconds"] = report.seconds;
  return object.dump() + "\n";
}

std::string hunt_circuits(const HuntOptions& options, const std::vector<HuntedCircuit>& found) {
  std::vector<io::CircuitRecord> records;
  for (const HuntedCircuit& hunted : found) {
    records.push_back(record_of(options, hunted));
    // times, so that the file can be integrated as it is: limit cycles may be slow
    const double tau = longest_time_constant(hunted.circuit);
    for (int k = 0; k <= 800; ++k) records.back().times.push_back(0.5 * tau * k);
  }
  return io::circuits_file_text(records);
}

}  // namespace organics::cli
