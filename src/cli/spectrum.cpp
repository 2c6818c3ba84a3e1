// organics spectrum: the steady state of each circuit of a file, and the spectrum of the Jacobian there.
#include <fmt/format.h>

#include <memory>

#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/settle.hpp"

namespace organics::cli {
namespace {

struct SpectrumCommand {
  CommonOptions common;
  std::string file;
};

std::string spectrum_table(const std::vector<io::CircuitRecord>& records, const std::vector<Settled>& circuits) {
  std::vector<std::vector<std::string>> rows = {
      {"circuit", "n", "status", "stability", "abscissa (1/s)", "frequency (rad/s)", "residual"}};
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const io::CircuitResult& result = circuits[i].result;
    rows.push_back({title(i, records[i]), fmt::to_string(result.n), name(result.status),
                    result.stability.empty() ? "-" : result.stability, shown(result.abscissa),
                    shown(circuits[i].frequency), shown(result.residual)});
  }
  return table(rows);
}

int run(const SpectrumCommand& command) {
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics spectrum");
  const Executor executor = make_executor(command.common);
  auto circuits = settle(executor, records);
  add_spectra(executor, records, circuits);
  const auto results = results_of(circuits);
  print(command.common.json ? io::results_json(results) : spectrum_table(records, circuits));
  return report_failures(records, results);
}

}  // namespace

void add_spectrum(CLI::App& app, Action& action) {
  const auto command = std::make_shared<SpectrumCommand>();
  CLI::App* sub = app.add_subcommand("spectrum",
                                     "Stability of each circuit of a circuits file: the eigenvalues of its "
                                     "Jacobian at the steady state");
  sub->add_option("FILE", command->file, "circuits file; the search starts from x0, or from rest")->required();
  add_common_options(*sub, command->common);
  sub->footer("Example:\n  organics spectrum examples/two_circuits.json --json");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
