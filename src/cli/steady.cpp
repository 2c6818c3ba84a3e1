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

std::string steady_table(const std::vector<io::CircuitRecord>& records, const std::vector<Settled>& circuits) {
  std::vector<std::vector<std::string>> rows = {{"circuit", "n", "status", "found by", "residual", "y", "a"}};
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const io::CircuitResult& result = circuits[i].result;
    const double* y = result.steady_state.data();
    const double* end = y + result.steady_state.size();
    const double* a = y + result.steady_state.size() / 2;
    rows.push_back({title(i, records[i]), fmt::to_string(result.n), name(result.status), name(circuits[i].rung),
                    shown(result.residual), shown(y, a), shown(a, end)});
  }
  return table(rows);
}

int run(const SteadyCommand& command) {
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics steady");
  const auto circuits = settle(make_executor(command.common), records);
  const auto results = results_of(circuits);
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
