// organics spectrum: the steady state of each circuit of a file, and the spectrum of the Jacobian there.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/circuit_batches.hpp"
#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/settle.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

struct SpectrumCommand {
  CommonOptions common;
  std::string file;
  bool certify = false;
  double perturbation = 0;
};

/// The certificate of one circuit at its steady state.
struct Proof {
  bool proven = false;
  std::int32_t squarings = 0;
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

void certify_batch(const Executor& executor, const CircuitBatch& batch, const std::vector<Settled>& circuits,
                   const StabilityOptions& options, std::vector<Proof>& proofs) {
  const std::size_t m = batch.dimension();
  std::vector<double> states(m * batch.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t k = 0; k < batch.size(); ++k) {
    const auto& state = circuits[batch.members[k]].result.steady_state;
    std::copy(state.begin(), state.end(), states.begin() + static_cast<std::ptrdiff_t>(k * m));
  }
  std::vector<std::uint8_t> proven(batch.size());
  std::vector<std::int32_t> squarings(batch.size());
  StabilityResults<double> results;
  results.proven = one_each(proven);
  results.squarings = one_each(squarings);
  stability<double>(executor, batch.circuits(), view(states, batch, m), results, options);
  for (std::size_t k = 0; k < batch.size(); ++k) proofs[batch.members[k]] = {proven[k] != 0, squarings[k]};
}

std::vector<Proof> certify(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                           const std::vector<Settled>& circuits, double perturbation) {
  std::vector<Proof> proofs(records.size());
  const StabilityOptions options = {.perturbation = perturbation};
  for (const CircuitBatch& batch : batches_by_shape(records)) certify_batch(executor, batch, circuits, options, proofs);
  return proofs;
}

/// The line below the table. What there is to prove: every circuit whose eigenvalues lie on the left.
std::string proofs_line(const std::vector<Settled>& circuits, const std::vector<Proof>& proofs) {
  int verdicts = 0;
  int proven = 0;
  std::string unproven;
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const auto& abscissa = circuits[i].result.abscissa;
    if (!abscissa || !(*abscissa < 0)) continue;
    ++verdicts;
    proven += proofs[i].proven ? 1 : 0;
    if (!proofs[i].proven) unproven += fmt::format("{}{}", unproven.empty() ? "" : " ", i);
  }
  return fmt::format("\nproven stable: {} of {} verdicts; unproven: {}\n", proven, verdicts,
                     unproven.empty() ? "none" : unproven);
}

/// A results file with the certificate of each circuit that has a steady state.
std::string json_with_proofs(const std::string& results, const std::vector<Proof>& proofs) {
  auto object = nlohmann::ordered_json::parse(results);
  std::string text = "{\"circuits\": [";
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    nlohmann::ordered_json& circuit = object["circuits"][i];
    if (circuit.contains("steady_state")) {
      circuit["proven"] = proofs[i].proven;
      circuit["squarings"] = proofs[i].squarings;
    }
    text += (i == 0 ? "\n" : ",\n") + circuit.dump();
  }
  return text + "\n]}\n";
}

int run(const SpectrumCommand& command) {
  if (command.perturbation > 0 && !command.certify) {
    throw InvalidArgument(fmt::format("--perturbation: {}, expected --certify beside it", command.perturbation));
  }
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics spectrum");
  const Executor executor = make_executor(command.common);
  auto circuits = settle(executor, records);
  add_spectra(executor, records, circuits);
  const auto results = results_of(circuits);
  std::string text = command.common.json ? io::results_json(results) : spectrum_table(records, circuits);
  if (command.certify) {
    const std::vector<Proof> proofs = certify(executor, records, circuits, command.perturbation);
    text = command.common.json ? json_with_proofs(text, proofs) : text + proofs_line(circuits, proofs);
  }
  print(text);
  return report_failures(records, results);
}

}  // namespace

void add_spectrum(CLI::App& app, Action& action) {
  const auto command = std::make_shared<SpectrumCommand>();
  CLI::App* sub = app.add_subcommand("spectrum",
                                     "Stability of each circuit of a circuits file: the eigenvalues of its "
                                     "Jacobian at the steady state");
  sub->add_option("FILE", command->file, "circuits file; the search starts from x0, or from rest")->required();
  sub->add_flag("--certify", command->certify,
                "try to prove each circuit stable at its steady state, rounding included; count the proofs");
  sub->add_option("--perturbation", command->perturbation,
                  "the proof must hold for every matrix this near the Jacobian (1/s, Frobenius norm); with --certify")
      ->check(finite_number(true));
  add_common_options(*sub, command->common);
  sub->footer("Example:\n  organics spectrum examples/two_circuits.json --json");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
