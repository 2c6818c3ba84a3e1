// organics integrate: the trajectory of each circuit of a file.
#include <memory>

#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/integrate_options.hpp"
#include "cli/integrate_report.hpp"
#include "cli/output.hpp"
#include "cli/trajectories.hpp"
#include "io/atomic_file.hpp"
#include "io/csv.hpp"

namespace organics::cli {
namespace {

int run(IntegrateCommand command) {
  require_consistent(command);
  command.options.rtol = command.rtol.value_or(command.options.rtol);
  command.options.atol = command.atol.value_or(command.options.atol);
  auto records = io::read_circuits_file(command.file);
  apply_command_line(command, records);
  const Executor executor = make_executor(command.common);
  std::optional<io::AtomicFile> output;
  if (!command.output.empty()) output.emplace(command.output);
  std::vector<io::CircuitResult> results;
  {
    const ProgressLine line(command.quiet);
    results = integrate_all(executor, records, command, line);
  }
  const std::string text = command.csv           ? io::trajectories_csv(results)
                           : command.common.json ? io::results_json(results)
                                                 : trajectories_text(records, results);
  if (output) {
    output->commit(text);
  } else {
    print(text);
  }
  return report_failures(records, results);
}

}  // namespace

void add_integrate(CLI::App& app, Action& action) {
  const auto command = std::make_shared<IntegrateCommand>();
  CLI::App* sub = app.add_subcommand("integrate", "The trajectory of each circuit of a circuits file (JSON)");
  add_integrate_options(*sub, *command);
  sub->footer(
      "Examples:\n"
      "  organics integrate examples/two_circuits.json --rtol 1e-9 --atol 1e-12 --json\n"
      "  organics integrate examples/contrast_step.json --times 0:0.001:0.25 --csv --output contrast_step.csv\n"
      "  organics integrate examples/ring36.json --method auto --every 1 --summary --event 'y[9]>1'");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
