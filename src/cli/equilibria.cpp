// organics equilibria: every equilibrium of each circuit of a file that many starts reach, and whose basin they lie in.
#include "organics/equilibria.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/circuit_batches.hpp"
#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace organics::cli {
namespace {

struct EquilibriaCommand {
  CommonOptions common;
  EquilibriaOptions options;
  std::string file;
};

struct EquilibriumRecord {
  std::vector<double> state;
  double residual, abscissa, abscissa_error, frequency;
  std::int32_t unstable;
  std::string stability;
  std::int32_t newton_starts, basin_starts;
};

struct SearchedCircuit {
  Status status = Status::ok;
  std::int32_t from_rest = -1;
  std::int32_t diverged = 0;
  std::int32_t unsettled = 0;
  std::vector<EquilibriumRecord> equilibria;
};

/// Memory for the results of a batch.
struct SearchMemory {
  std::vector<double> states, residual, abscissa, error, frequency;
  std::vector<Verdict> verdict;
  std::vector<EquilibriumType> type;
  std::vector<std::int32_t> unstable, newton, basin, count, from_rest, diverged, unsettled;
  std::vector<Status> status;
  std::size_t room, m;

  SearchMemory(std::size_t circuits, std::size_t entries, std::size_t dimension)
      : states(circuits * entries * dimension),
        residual(circuits * entries),
        abscissa(residual),
        error(residual),
        frequency(residual),
        verdict(residual.size()),
        type(residual.size()),
        unstable(residual.size()),
        newton(residual.size()),
        basin(residual.size()),
        count(circuits),
        from_rest(circuits),
        diverged(circuits),
        unsettled(circuits),
        status(circuits),
        room(entries),
        m(dimension) {}

  EquilibriaResults<double> views() {
    const auto items = static_cast<std::int64_t>(count.size());
    const auto each = [&](auto& values) { return packed(values.data(), items, static_cast<int>(room)); };
    return {packed(states.data(), items, static_cast<int>(m), static_cast<int>(room)),
            each(residual),
            each(abscissa),
            each(error),
            each(frequency),
            each(verdict),
            each(unstable),
            each(type),
            each(newton),
            each(basin),
            one_each(count),
            one_each(from_rest),
            one_each(diverged),
            one_each(unsettled),
            one_each(status)};
  }

  /// Entry `k` of all equilibria.
  EquilibriumRecord record(std::size_t k) const {
    const auto first = states.begin() + static_cast<std::ptrdiff_t>(k * m);
    const std::string word = type[k] == EquilibriumType::none ? name(verdict[k]) : name(type[k]);
    return {{first, first + static_cast<std::ptrdiff_t>(m)},
            residual[k],
            abscissa[k],
            error[k],
            frequency[k],
            unstable[k],
            word,
            newton[k],
            basin[k]};
  }

  SearchedCircuit circuit(std::size_t i) const {
    SearchedCircuit circuit{status[i], from_rest[i], diverged[i], unsettled[i], {}};
    for (std::size_t k = 0; k < static_cast<std::size_t>(count[i]); ++k) {
      circuit.equilibria.push_back(record(i * room + k));
    }
    return circuit;
  }
};

/// Searches each circuit; in the order of the file.
std::vector<SearchedCircuit> searched(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                                      const EquilibriaOptions& options) {
  std::vector<SearchedCircuit> circuits(records.size());
  for (const CircuitBatch& batch : batches_by_shape(records)) {
    SearchMemory memory(batch.size(), static_cast<std::size_t>(options.room), batch.dimension());
    equilibria<double>(executor, batch.circuits(), options, memory.views());
    for (std::size_t k = 0; k < batch.size(); ++k) circuits[batch.members[k]] = memory.circuit(k);
  }
  return circuits;
}

std::string share(std::int32_t part, int starts) { return fmt::format("{:.1f}", 100.0 * part / starts); }

std::string rows_of(const SearchedCircuit& circuit, int starts) {
  std::vector<std::vector<std::string>> rows = {
      {"", "stability", "unstable", "abscissa (1/s)", "basin %", "Newton %", "residual", "y", "a"}};
  for (std::size_t k = 0; k < circuit.equilibria.size(); ++k) {
    const EquilibriumRecord& e = circuit.equilibria[k];
    const double* y = e.state.data();
    const double* a = y + e.state.size() / 2;
    rows.push_back({fmt::format("  {}", k), e.stability, fmt::to_string(e.unstable), shown(e.abscissa),
                    share(e.basin_starts, starts), share(e.newton_starts, starts), shown(e.residual), shown(y, a),
                    shown(a, y + e.state.size())});
  }
  return table(rows);
}

/// A head line for each circuit, and a table of its equilibria.
std::string report(const std::vector<io::CircuitRecord>& records, const std::vector<SearchedCircuit>& circuits,
                   int starts) {
  std::string text;
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const SearchedCircuit& c = circuits[i];
    const auto stable = std::count_if(c.equilibria.begin(), c.equilibria.end(),
                                      [](const EquilibriumRecord& e) { return e.stability.starts_with("stable"); });
    const std::string more = c.status == Status::no_room ? "at least " : "";
    const std::string rest = c.from_rest < 0 ? "none" : fmt::to_string(c.from_rest);
    text += fmt::format("{}{}: equilibria {}{}, stable {}; from rest {}; diverged {} %, not settled {} %\n",
                        i == 0 ? "" : "\n", title(i, records[i]), more, c.equilibria.size(), stable, rest,
                        share(c.diverged, starts), share(c.unsettled, starts));
    if (!c.equilibria.empty()) text += rows_of(c, starts);
  }
  return text;
}

nlohmann::ordered_json to_json(const EquilibriumRecord& e) {
  nlohmann::ordered_json object;
  object["state"] = e.state;
  object["residual"] = e.residual;
  object["stability"] = e.stability;
  object["unstable"] = e.unstable;
  object["abscissa"] = e.abscissa;
  object["abscissa_error"] = e.abscissa_error;
  object["frequency"] = e.frequency;
  object["basin_starts"] = e.basin_starts;
  object["newton_starts"] = e.newton_starts;
  return object;
}

std::string json(const std::vector<io::CircuitRecord>& records, const std::vector<SearchedCircuit>& circuits,
                 int starts) {
  std::string text = "{\"circuits\": [";
  for (std::size_t i = 0; i < records.size(); ++i) {
    nlohmann::ordered_json object;
    if (!records[i].name.empty()) object["name"] = records[i].name;
    object["status"] = name(circuits[i].status);
    object["starts"] = starts;
    object["diverged"] = circuits[i].diverged;
    object["unsettled"] = circuits[i].unsettled;
    object["from_rest"] = nullptr;
    if (circuits[i].from_rest >= 0) object["from_rest"] = circuits[i].from_rest;
    object["equilibria"] = nlohmann::ordered_json::array();
    for (const EquilibriumRecord& e : circuits[i].equilibria) object["equilibria"].push_back(to_json(e));
    text += (i == 0 ? "\n" : ",\n") + object.dump();
  }
  return text + "\n]}\n";
}

/// What report_failures looks at.
std::vector<io::CircuitResult> statuses_of(const std::vector<SearchedCircuit>& circuits) {
  std::vector<io::CircuitResult> results(circuits.size());
  for (std::size_t i = 0; i < circuits.size(); ++i) results[i].status = circuits[i].status;
  return results;
}

int run(const EquilibriaCommand& command) {
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics equilibria");
  const int starts = command.options.starts;
  const auto circuits = searched(make_executor(command.common), records, command.options);
  print(command.common.json ? json(records, circuits, starts) : report(records, circuits, starts));
  return report_failures(records, statuses_of(circuits));
}

}  // namespace

void add_equilibria(CLI::App& app, Action& action) {
  const auto command = std::make_shared<EquilibriaCommand>();
  EquilibriaOptions& options = command->options;
  CLI::App* sub = app.add_subcommand("equilibria",
                                     "All equilibria of each circuit of a circuits file that many starts reach, "
                                     "stable or not, and the shares of the starts in each basin");
  sub->add_option("FILE", command->file, "circuits file; x0 is not used: the starts are rest and random states")
      ->required();
  add_integer(*sub, "--starts", options.starts, 1, 1 << 20,
              fmt::format("starts of each circuit (default {})", options.starts));
  add_integer(*sub, "--max", options.room, 1, 1 << 20,
              fmt::format("equilibria of each circuit that are kept at most (default {})", options.room));
  add_integer(*sub, "--seed", options.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
              fmt::format("seed of the random starts (default {})", options.seed));
  add_integer(*sub, "--max-steps", options.max_steps, 0, 100000000,
              fmt::format("step budget of the flow from each start (default {})", options.max_steps));
  add_common_options(*sub, command->common);
  sub->footer("Example:\n  organics equilibria examples/bistable.json --starts 200");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
