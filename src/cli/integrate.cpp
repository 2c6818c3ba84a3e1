// organics integrate: the trajectory of each circuit of a file, at the times given there.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <memory>

#include "cli/circuit_batches.hpp"
#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"

namespace organics::cli {
namespace {

struct IntegrateCommand {
  CommonOptions common;
  std::string file;
  IntegrateOptions options;
};

/// One circuit: its states, and the counts for the table.
struct Trajectory {
  io::CircuitResult result;
  std::int32_t accepted = 0;
  std::int32_t rejected = 0;
  double time_reached = 0;
};

void require_times(const std::string& file, const std::vector<io::CircuitRecord>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i].times.empty()) continue;
    throw InvalidArgument(
        fmt::format("{}: {}: field times is missing, expected increasing finite numbers, at least one", file,
                    io::label(i, records[i])));
  }
}

void integrate_batch(const Executor& executor, const CircuitBatch& batch, const IntegrateOptions& options,
                     std::vector<Trajectory>& trajectories) {
  const std::size_t states_each = batch.dimension() * static_cast<std::size_t>(batch.times_each);
  std::vector<double> states(states_each * batch.size());
  std::vector<Status> statuses(batch.size());
  std::vector<std::int32_t> accepted(batch.size());
  std::vector<std::int32_t> rejected(batch.size());
  std::vector<double> reached(batch.size());
  integrate<double>(executor, batch.circuits(), batch.start_view(), batch.times_view(), options,
                    {view(states, batch, batch.dimension(), batch.times_each), one_each(statuses), one_each(accepted),
                     one_each(rejected), one_each(reached)});
  for (std::size_t k = 0; k < batch.size(); ++k) {
    Trajectory& trajectory = trajectories[batch.members[k]];
    const auto begin = states.begin() + static_cast<std::ptrdiff_t>(k * states_each);
    trajectory.result.states.assign(begin, begin + static_cast<std::ptrdiff_t>(states_each));
    trajectory.result.status = statuses[k];
    trajectory.accepted = accepted[k];
    trajectory.rejected = rejected[k];
    trajectory.time_reached = reached[k];
  }
}

std::vector<Trajectory> integrate_all(const Executor& executor, const std::vector<io::CircuitRecord>& records,
                                      const IntegrateOptions& options) {
  std::vector<Trajectory> trajectories(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    trajectories[i].result.name = records[i].name;
    trajectories[i].result.n = records[i].circuit.n;
  }
  for (const CircuitBatch& batch : batches_by_shape(records)) integrate_batch(executor, batch, options, trajectories);
  return trajectories;
}

/// One block per circuit: a line about it, then a row of the state for every time.
std::string trajectory_block(const std::string& title, const std::vector<double>& times, const Trajectory& t) {
  constexpr std::size_t most_columns = 3;  // of y, and of a
  const auto n = static_cast<std::size_t>(t.result.n);
  const std::size_t columns = std::min(n, most_columns);
  std::vector<std::string> head = {"  time (s)"};
  for (const char letter : {'y', 'a'}) {
    for (std::size_t i = 0; i < columns; ++i) head.push_back(fmt::format("{}[{}]", letter, i));
    if (columns < n) head.emplace_back("...");
  }
  std::vector<std::vector<std::string>> rows = {head};
  for (std::size_t k = 0; k < times.size(); ++k) {
    std::vector<std::string> row = {fmt::format("  {:.6g}", times[k])};
    for (const std::size_t offset : {std::size_t{0}, n}) {
      for (std::size_t i = 0; i < columns; ++i) row.push_back(shown(t.result.states[2 * n * k + offset + i]));
      if (columns < n) row.emplace_back();
    }
    rows.push_back(row);
  }
  return fmt::format("{}: {} at {:.6g} s, n = {}, {} steps, {} rejected\n{}\n", title, name(t.result.status),
                     t.time_reached, n, t.accepted, t.rejected, table(rows));
}

int run(const IntegrateCommand& command) {
  const auto records = io::read_circuits_file(command.file);
  require_times(command.file, records);
  const auto trajectories = integrate_all(make_executor(command.common), records, command.options);
  std::vector<io::CircuitResult> results;
  std::string text;
  for (std::size_t i = 0; i < records.size(); ++i) {
    results.push_back(trajectories[i].result);
    if (!command.common.json) text += trajectory_block(title(i, records[i]), records[i].times, trajectories[i]);
  }
  print(command.common.json ? io::results_json(results) : text);
  return report_failures(records, results);
}

std::map<std::string, Method> methods_by_name() {
  std::map<std::string, Method> methods;
  for (int i = 0; i < method_count; ++i) methods[name(static_cast<Method>(i))] = static_cast<Method>(i);
  return methods;
}

}  // namespace

void add_integrate(CLI::App& app, Action& action) {
  const auto command = std::make_shared<IntegrateCommand>();
  IntegrateOptions& options = command->options;
  CLI::App* sub = app.add_subcommand("integrate", "The trajectory of each circuit of a circuits file (JSON)");
  sub->add_option("FILE", command->file, "circuits file; its `times` say where the state is wanted")->required();
  sub->add_option_function<std::string>(
         "--method", [&options](const std::string& word) { options.method = methods_by_name().at(word); },
         "euler, heun, bogacki_shampine32, rk4, dormand_prince54 or tsitouras54 (default); euler and rk4 need "
         "--fixed-step")
      ->check(CLI::Validator(
          [](std::string& word) {
            return methods_by_name().contains(word)
                       ? std::string()
                       : word + ", expected euler, heun, bogacki_shampine32, rk4, dormand_prince54 or tsitouras54";
          },
          ""));
  sub->add_option("--rtol", options.rtol, fmt::format("relative tolerance (default {})", options.rtol))
      ->check(finite_number(false));
  sub->add_option("--atol", options.atol, fmt::format("absolute tolerance (default {})", options.atol))
      ->check(finite_number(true));
  sub->add_option("--fixed-step", options.fixed_step, "seconds; steps of this size, without error control")
      ->check(finite_number(false));
  add_integer(*sub, "--max-steps", options.max_steps, 1, std::numeric_limits<int>::max(),
              fmt::format("budget of steps for each circuit (default {})", options.max_steps));
  add_common_options(*sub, command->common);
  sub->footer("Example:\n  organics integrate examples/two_circuits.json --rtol 1e-9 --atol 1e-12 --json");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
