// organics noise: the power spectrum of each circuit of a file under noise, averaged over many trajectories.
#include "organics/noise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/circuit_batches.hpp"
#include "cli/circuit_report.hpp"
#include "cli/command.hpp"
#include "cli/component.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/settle.hpp"

namespace organics::cli {
namespace {

constexpr std::int64_t most_noise_steps = std::int64_t{1} << 32;
constexpr std::int64_t default_segment = 4096;
constexpr int default_bins = 64;

struct NoiseCommand {
  CommonOptions common;
  std::string file;
  NoiseOptions options;
  double amplitude = 0;
  bool multiplicative = false;
  bool csv = false;
  std::int64_t trajectories = 64;
  std::string component = "y[0]";
  std::string partner;
};

/// One circuit: what it was started from, and what came out.
struct NoisyCircuit {
  std::vector<double> start;
  NoiseSpectrum spectrum;
};

/// The state that each circuit starts from: its x0, or its steady state.
std::vector<NoisyCircuit> started(const Executor& executor, const std::string& file,
                                  const std::vector<io::CircuitRecord>& records) {
  std::vector<io::CircuitRecord> without_start;
  std::vector<std::size_t> places;
  std::vector<NoisyCircuit> circuits(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    circuits[i].start = records[i].x0;
    if (!records[i].x0.empty()) continue;
    without_start.push_back(records[i]);
    places.push_back(i);
  }
  const auto settled = settle(executor, without_start);
  for (std::size_t k = 0; k < places.size(); ++k) {
    const io::CircuitResult& result = settled[k].result;
    if (result.status != Status::ok) {
      throw InvalidArgument(
          fmt::format("{}: {}: no steady state to start from ({}), expected a circuit that has one, or the field x0",
                      file, io::label(places[k], records[places[k]]), name(result.status)));
    }
    circuits[places[k]].start = result.steady_state;
  }
  return circuits;
}

/// Runs the trajectories of one circuit, which share its parameters.
NoiseSpectrum simulated(const Executor& executor, const io::CircuitRecord& record, const std::vector<double>& start,
                        const NoiseCommand& command, const NoiseOptions& options) {
  const OwnedCircuit<double>& c = record.circuit;
  const std::int64_t items = command.trajectories;
  const auto vector = [&](const std::vector<double>& values) { return shared(values.data(), items, c.n); };
  const auto matrix = [&](const std::vector<double>& values) { return shared(values.data(), items, c.n, c.n); };
  const Circuits<double> circuits = {c.n,          items,        c.model,         vector(c.tau_y), vector(c.tau_a),
                                     vector(c.b0), vector(c.b1), vector(c.sigma), vector(c.z),     matrix(c.Wr),
                                     matrix(c.W)};
  const std::vector<double> amplitude(start.size(), command.amplitude);
  const auto bins = static_cast<std::size_t>(items) * static_cast<std::size_t>(options.bins);
  const bool both = options.partner >= 0;
  std::vector<double> power(bins);
  std::vector<double> partner_power(both ? bins : 0);
  std::vector<double> cross(both ? 2 * bins : 0);
  std::vector<Status> status(static_cast<std::size_t>(items));
  NoiseResults<double> results;
  results.power = packed(power.data(), items, options.bins);
  if (both) results.partner_power = packed(partner_power.data(), items, options.bins);
  if (both) results.cross = packed(cross.data(), items, 2, options.bins);
  results.status = one_each(status);
  const int m = 2 * c.n;
  simulate<double>(executor, circuits, shared<const double>(start.data(), items, m),
                   shared<const double>(amplitude.data(), items, m), options, results);
  return average_spectra(options, results);
}

std::size_t peak_of(const NoiseSpectrum& s) {
  return static_cast<std::size_t>(std::max_element(s.power.begin(), s.power.end()) - s.power.begin());
}

/// A bar on a logarithmic scale from `lowest` to `highest`, which span at least a decade.
std::string logarithmic_bar(double value, double lowest, double highest) {
  constexpr double width = 48;
  const double floor = std::min(lowest, highest / 10);
  if (!(value > 0 && floor > 0)) return {};
  return std::string(
      static_cast<std::size_t>(1 + std::lround(width * std::log(value / floor) / std::log(highest / floor))), '#');
}

/// One line for each bin, or, where there are many, for the strongest of every few, so that the peak shows.
std::string spectrum_plot(const NoiseSpectrum& s) {
  constexpr std::size_t most_rows = 32;
  const std::size_t every = (s.power.size() + most_rows - 1) / most_rows;
  const auto [lowest, highest] = std::minmax_element(s.power.begin(), s.power.end());
  std::string text =
      fmt::format("{:>12} {:>11}{}  power (logarithmic)\n", "Hz", "1/Hz", s.coherence.empty() ? "" : "  coherence");
  for (std::size_t first = 0; first < s.power.size(); first += every) {
    const auto begin = s.power.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = s.power.begin() + static_cast<std::ptrdiff_t>(std::min(first + every, s.power.size()));
    const auto k = static_cast<std::size_t>(std::max_element(begin, end) - s.power.begin());
    const std::string coherence = s.coherence.empty() ? "" : fmt::format("  {:>9.3f}", s.coherence[k]);
    text += fmt::format("{:>12.6g} {:>11.4g}{}  {}\n", s.frequency[k], s.power[k], coherence,
                        logarithmic_bar(s.power[k], *lowest, *highest));
  }
  return text;
}

std::string spectrum_block(const std::string& title, const NoiseCommand& command, const NoiseSpectrum& s) {
  const std::string partner = command.partner.empty() ? "" : fmt::format(" and {}", command.partner);
  if (s.circuits == 0) return fmt::format("{}: {}{}: no trajectory ended ok\n\n", title, command.component, partner);
  return fmt::format("{}: {}{}, {} trajectories, {} periodograms, peak at {:.6g} Hz\n{}\n", title, command.component,
                     partner, s.circuits, s.averages, s.frequency[peak_of(s)], spectrum_plot(s));
}

nlohmann::ordered_json spectrum_object(const io::CircuitRecord& record, const NoiseCommand& command,
                                       const NoiseSpectrum& s) {
  nlohmann::ordered_json object;
  if (!record.name.empty()) object["name"] = record.name;
  object["component"] = command.component;
  if (!command.partner.empty()) object["partner"] = command.partner;
  object["trajectories"] = s.circuits;
  object["left_out"] = s.left_out;
  object["periodograms"] = s.averages;
  if (s.circuits > 0) object["peak_frequency"] = s.frequency[peak_of(s)];
  object["frequency"] = s.frequency;
  object["power"] = s.power;
  if (s.coherence.empty()) return object;
  object["partner_power"] = s.partner_power;
  object["coherence"] = s.coherence;
  return object;
}

std::string spectra_json(const std::vector<io::CircuitRecord>& records, const NoiseCommand& command,
                         const std::vector<NoisyCircuit>& circuits) {
  std::string text = "{\"circuits\": [";
  for (std::size_t i = 0; i < records.size(); ++i) {
    text += (i == 0 ? "\n" : ",\n") + spectrum_object(records[i], command, circuits[i].spectrum).dump();
  }
  return text + "\n]}\n";
}

std::string spectra_csv(const std::vector<NoisyCircuit>& circuits, bool both) {
  std::string text = both ? "circuit,frequency,power,partner_power,coherence\n" : "circuit,frequency,power\n";
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const NoiseSpectrum& s = circuits[i].spectrum;
    for (std::size_t k = 0; k < s.power.size(); ++k) {
      text += fmt::format("{},{},{}", i, s.frequency[k], s.power[k]);
      text += both ? fmt::format(",{},{}\n", s.partner_power[k], s.coherence[k]) : "\n";
    }
  }
  return text;
}

/// Circuits with trajectories that did not end ok are named on standard error.
int report_left_out(const std::vector<io::CircuitRecord>& records, const std::vector<NoisyCircuit>& circuits) {
  int code = exit_ok;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const NoiseSpectrum& s = circuits[i].spectrum;
    if (s.left_out == 0) continue;
    fmt::print(stderr, "organics: {}: {} of {} trajectories did not end ok\n", io::label(i, records[i]), s.left_out,
               s.left_out + s.circuits);
    code = exit_some_not_ok;
  }
  return code;
}

/// The component that an option names, which every circuit must have.
Component component_of(const std::string& option, const std::string& text, const std::string& file,
                       const std::vector<io::CircuitRecord>& records) {
  const auto component = parse_component(text);
  if (!component) throw InvalidArgument(fmt::format("{}: {}, expected {}", option, text, component_expected));
  require_component(option, text, *component, file, records);
  return *component;
}

/// What was not given follows from what was.
NoiseOptions filled_in(const NoiseCommand& command) {
  NoiseOptions options = command.options;
  options.kind = command.multiplicative ? NoiseKind::multiplicative : NoiseKind::additive;
  if (options.segment == 0) options.segment = std::min(options.steps, default_segment);
  if (options.segment < 3) throw InvalidArgument(fmt::format("--segment: {}, expected at least 3", options.segment));
  if (options.bins == 0) {
    options.bins = static_cast<int>(std::min<std::int64_t>(default_bins, (options.segment - 1) / 2));
  }
  return options;
}

int run(const NoiseCommand& command) {
  NoiseOptions options = filled_in(command);
  const auto records = io::read_circuits_file(command.file);
  io::require_undriven(command.file, records, "organics noise");
  const Component component = component_of("--component", command.component, command.file, records);
  std::optional<Component> partner;
  if (!command.partner.empty()) partner = component_of("--partner", command.partner, command.file, records);
  const Executor executor = make_executor(command.common);
  auto circuits = started(executor, command.file, records);
  std::string text;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const int n = records[i].circuit.n;
    options.component = component.in_state(n);
    options.partner = partner ? partner->in_state(n) : -1;
    circuits[i].spectrum = simulated(executor, records[i], circuits[i].start, command, options);
    options.first += command.trajectories;  // no two circuits share their noise
    text += spectrum_block(title(i, records[i]), command, circuits[i].spectrum);
  }
  if (command.common.json) text = spectra_json(records, command, circuits);
  if (command.csv) text = spectra_csv(circuits, partner.has_value());
  print(text);
  return report_left_out(records, circuits);
}

void add_noise_options(CLI::App& sub, NoiseCommand& command) {
  NoiseOptions& options = command.options;
  sub.add_option("--step", options.step, "seconds between steps")->check(finite_number(false))->required();
  add_integer(sub, "--steps", options.steps, std::int64_t{1}, most_noise_steps, "recorded steps (required)");
  sub.get_option("--steps")->required();
  sub.add_option("--amplitude", command.amplitude,
                 "noise of every component: amplitude / sqrt(tau), in units of the state")
      ->check(finite_number(true))
      ->required();
  sub.add_flag("--multiplicative", command.multiplicative, "scale the noise of a component by its value (Ito)");
  sub.add_option_function<std::string>(
         "--scheme",
         [&options](const std::string& word) {
           options.scheme = word == "heun" ? NoiseScheme::heun : NoiseScheme::euler_maruyama;
         },
         "heun (default) or euler_maruyama")
      ->check(CLI::Validator(
          [](std::string& word) {
            return word == "heun" || word == "euler_maruyama" ? std::string()
                                                              : word + ", expected heun or euler_maruyama";
          },
          ""));
  add_integer(sub, "--trajectories", command.trajectories, std::int64_t{1}, std::int64_t{100000},
              fmt::format("of each circuit (default {})", command.trajectories));
  add_integer(sub, "--discard", options.discard, std::int64_t{0}, most_noise_steps,
              "steps before recording starts, for the way from x0 (default 0)");
  add_integer(sub, "--segment", options.segment, std::int64_t{3}, most_noise_steps,
              fmt::format("steps in each periodogram (default {}, or all)", default_segment));
  add_integer(sub, "--bins", options.bins, 1, 1000000,
              fmt::format("frequencies, below half of the segment (default {}, or all)", default_bins));
  sub.add_option("--component", command.component, "whose spectrum: y[0] (default), a[0], ...");
  sub.add_option("--partner", command.partner, "a second component, for coherence");
  add_integer(sub, "--seed", options.seed, std::uint64_t{0}, std::numeric_limits<std::uint64_t>::max(),
              fmt::format("seed of the noise (default {})", options.seed));
}

}  // namespace

void add_noise(CLI::App& app, Action& action) {
  const auto command = std::make_shared<NoiseCommand>();
  CLI::App* sub =
      app.add_subcommand("noise", "Power spectrum and coherence of each circuit of a circuits file under noise");
  sub->add_option("FILE", command->file, "circuits file; a run starts from x0, or from the steady state")->required();
  add_noise_options(*sub, *command);
  add_common_options(*sub, command->common);
  sub->add_flag("--csv", command->csv, "write CSV instead of a table")->excludes("--json");
  sub->footer(
      "Example:\n"
      "  organics noise examples/two_circuits.json --step 2e-5 --steps 40960 --amplitude 0.001 --partner a[0]");
  sub->callback([command, &action] { action = [command] { return run(*command); }; });
}

}  // namespace organics::cli
