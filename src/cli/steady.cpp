// organics steady: the steady state of each circuit of a file.
#include <fmt/format.h>

#include <memory>

#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/settle.hpp"

namespace organics::cli {
namespace {

struct SteadyCommand {
  CommonOptions common;
  std::string file;
};

/// The time for which the flow was followed.
std::string found_at(const io::Search& search) { return search.time > 0 ? fmt::format("{:.4g}", search.time) : "-"; }

/// Newton's and the flow's.
std::int32_t steps(const io::Search& search) { return search.newton_steps + search.flow_steps; }

std::string steady_table(const std::vector<io::CircuitRecord>& records, const std::vector<Settled>& circuits) {
  std::vector<std::vector<std::string>> rows = {
      {"circuit", "n", "status", "found by", "time (s)", "steps", "residual", "y", "a"}};
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const io::CircuitResult& result = circuits[i].result;
    const double* y = result.steady_state.data();
    const double* end = y + result.steady_state.size();
    const double* a = y + result.steady_state.size() / 2;
    rows.push_back({title(i, records[i]), fmt::to_string(result.n), name(result.status), name(circuits[i].search.rung),
                    found_at(circuits[i].search), fmt::to_string(steps(circuits[i].search)), shown(result.residual),
                    shown(y, a), shown(a, end)});
  }
  return table(rows);
}

int run(const SteadyCommand& command) {
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics steady");
  const auto circuits = settle(make_executor(command.common), records);
  auto results = results_of(circuits);
  for (std::size_t i = 0; i < results.size(); ++i) results[i].search = circuits[i].search;
  print(command.common.json ? io::results_json(results) : steady_table(records, circuits));
  return report_failures(records, results);
}

}  // namespace

void add_steady(CLI::App& app, Action& action) {
  const auto command = std::make_shared<SteadyCommand>();
  CLI::App* sub = app.add_subcommand("steady", "The steady state of each circuit of a circuits file (JSON)");
  sub->add_option("FILE", command->file, "circuits file; the search starts from x0, or from rest")->required();
  add_common_options(*sub, command->common);
  sub->footer("Example:\n  organics steady examples/two_circuits.json --json");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
