#include "cli/grid_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/circuit_report.hpp"
#include "cli/output.hpp"
#include "cli/sweep_report.hpp"
#include "io/ensemble_json.hpp"
#include "organics/wilson.hpp"

namespace organics::cli {
namespace {

using nlohmann::ordered_json;

struct Total {
  std::int64_t circuits = 0;
  double seconds = 0;
};

Total total_of(const GridReport& report) {
  Total total;
  for (const SweepResults& cell : report.cells) {
    total.circuits += cell.circuits;
    total.seconds += cell.seconds;
  }
  return total;
}

/// Where the fraction of stable circuits lies, in percent.
std::string stable_interval(const SweepResults& r) {
  const Interval interval = wilson_interval(r.verdicts[static_cast<int>(Verdict::stable)], r.circuits);
  return fmt::format("{:.2f} to {:.2f}", 100 * interval.lower, 100 * interval.upper);
}

std::string cells_table(const GridReport& report) {
  const auto& grid = report.file.grid;
  std::vector<std::string> head = {"cell"};
  for (const io::GridAxis& axis : grid) head.push_back(axis.key);
  for (const char* column :
       {"circuits", "stable %", "95 % confidence", "unstable", "marginal", "none", "abscissa (1/s)"}) {
    head.emplace_back(column);
  }
  std::vector<std::vector<std::string>> rows = {head};
  for (std::size_t cell = 0; cell < report.cells.size(); ++cell) {
    const SweepResults& r = report.cells[cell];
    const auto count = [&](Verdict verdict) { return r.verdicts[static_cast<int>(verdict)]; };
    std::vector<std::string> row = {fmt::to_string(cell)};
    for (const double value : io::cell_values(grid, cell)) row.push_back(fmt::format("{:.6g}", value));
    row.push_back(fmt::to_string(r.circuits));
    const double circuits = static_cast<double>(std::max<std::int64_t>(r.circuits, 1));
    row.push_back(fmt::format("{:.2f}", 100 * static_cast<double>(count(Verdict::stable)) / circuits));
    row.push_back(stable_interval(r));
    for (const Verdict v : {Verdict::unstable, Verdict::marginal, Verdict::none})
      row.push_back(fmt::to_string(count(v)));
    row.push_back(shown(r.abscissa_max));
    rows.push_back(row);
  }
  return table(rows);
}

}  // namespace

std::string grid_text(const GridReport& report) {
  const SweepOptions& o = report.file.options;
  const Total total = total_of(report);
  std::string text =
      fmt::format("Stability of random circuits at {} points of a grid\non {}; seed {}, {} precision\n\n",
                  report.file.cells.size(), report.executor, o.seed, name(o.precision));
  if (!report.stopped.empty()) text += fmt::format("ended early: {}\n\n", report.stopped);
  return text + cells_table(report) +
         fmt::format(
             "\nabscissa: the largest. A circuit of a cell as a circuits file:\n  {}CELL --replay INDEX\n\n"
             "{} circuits, {:.2f} s, {:.0f} circuits/s\n",
             report.replay, total.circuits, total.seconds, circuits_per_second(total.circuits, total.seconds));
}

std::string grid_json(const GridReport& report) {
  const io::SweepFile& file = report.file;
  const Total total = total_of(report);
  ordered_json object;
  object["executor"] = report.executor;
  object["seed"] = file.options.seed;
  object["first"] = file.options.first;
  object["circuits"] = total.circuits;
  if (!report.stopped.empty()) object["ended_early"] = report.stopped;
  object["precision"] = name(file.options.precision);
  object["ensemble"] = io::ensemble_json(file.ensemble);
  object["grid"] = ordered_json::array();
  for (const io::GridAxis& axis : file.grid) object["grid"].push_back({{"key", axis.key}, {"values", axis.values}});
  object["cells"] = ordered_json::array();
  for (std::size_t i = 0; i < report.cells.size(); ++i) {
    ordered_json cell;
    cell["cell"] = i;
    cell["at"] = io::cell_values(file.grid, i);
    cell["circuits"] = report.cells[i].circuits;
    cell.update(statistics_json(report.cells[i], false));
    object["cells"].push_back(std::move(cell));
  }
  object["seconds"] = total.seconds;
  object["circuits_per_second"] = circuits_per_second(total.circuits, total.seconds);
  return object.dump(2) + "\n";
}

}  // namespace organics::cli
