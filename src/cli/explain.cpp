#include "cli/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "io/ensemble_section.hpp"
#include "organics/sweep.hpp"

namespace organics::cli {
namespace {

/// "3.0 s", "25 min", "7.5 h", "120 days".
std::string duration(double seconds) {
  double number = seconds;
  const char* unit = "s";
  const auto take = [&](double size, const char* name) {
    if (seconds < 2 * size) return;
    number = seconds / size;
    unit = name;
  };
  take(60, "min");
  take(3600, "h");
  take(86400, "days");
  return fmt::format("{:.{}f} {}", number, number < 10 ? 1 : 0, unit);
}

/// Of the first circuits, as many as take about a third of a second and every thread, but no more than there are.
SweepResults sample(const Executor& executor, const io::SweepFile& file) {
  SweepOptions options = file.options;
  const Cpu* cpu = std::get_if<Cpu>(&executor);
  options.circuits = std::min<std::int64_t>(cpu != nullptr ? thread_count(*cpu) : 1024, file.options.circuits);
  for (;;) {
    const SweepResults results = sweep(executor, file.ensemble, options);
    if (results.seconds > 0.3 || options.circuits == file.options.circuits) return results;
    options.circuits = std::min(4 * options.circuits, file.options.circuits);
  }
}

std::string search(const SteadyStateOptions& o) {
  return fmt::format(
      "  steady state: {} steps of the fixed-point iteration and Newton (at most {}), else the flow from rest (at most "
      "{}\n"
      "    steps), else a limit cycle (at most {} steps); accepted at a scaled residual below {}\n",
      o.fixed_point_steps, o.newton_steps, o.max_steps, o.cycle_steps,
      o.residual_tolerance > 0 ? fmt::format("{}", o.residual_tolerance) : "what rounding allows");
}

std::string judgement(const SweepOptions& o) {
  std::string text = o.verdict_only
                         ? "  verdict: a proof of stability, eigenvalues only where there is none; no abscissae\n"
                         : "  verdict: all eigenvalues of the Jacobian there\n";
  if (o.certify) text += "  certificate: whether the verdict stable can be proven, rounding included\n";
  return text;
}

std::string records(const SweepOptions& o) {
  std::string text =
      fmt::format("  counts of verdicts, statuses and what found the steady states, with 95 % confidence\n");
  if (!o.verdict_only) {
    text += fmt::format("  a histogram of the spectral abscissa: {} bins from {} to {} 1/s\n", o.histogram.bins,
                        o.histogram.lower, o.histogram.upper);
  }
  return text + fmt::format("  the {} worst circuits, and the first {} that do not end ok\n", o.worst, o.worst);
}

std::string rules(const io::StopRules& stop) {
  std::string text;
  if (stop.seconds > 0) text += fmt::format("  after {}\n", duration(stop.seconds));
  if (stop.width > 0)
    text += fmt::format("  when the confidence interval of failures is at most {} wide\n", stop.width);
  if (stop.counterexample) text += "  after the first circuit that does not end ok\n";
  return text.empty() ? text : "Ends early\n" + text + "\n";
}

/// The keys that a grid sets, and to what.
std::string axes(const io::SweepFile& file) {
  std::string text;
  for (const io::GridAxis& axis : file.grid) {
    text += fmt::format("  {} = {}\n", axis.key, fmt::join(axis.values, ", "));
  }
  return text.empty() ? text
                      : fmt::format("At each of {} points, the keys above replaced\n{}\n", file.cells.size(), text);
}

/// What some circuits took: of a grid those of its first, middle and last point.
SweepResults seen_of(const Executor& executor, const io::SweepFile& file) {
  if (file.cells.empty()) return sample(executor, file);
  SweepResults all;
  for (const std::size_t cell : {std::size_t{0}, file.cells.size() / 2, file.cells.size() - 1}) {
    const SweepResults one = sample(executor, io::at_cell(file, cell));
    all.circuits += one.circuits;
    // as if each point had given equally many
    all.seconds += one.seconds / static_cast<double>(one.circuits);
  }
  all.seconds *= static_cast<double>(all.circuits) / 3;
  return all;
}

}  // namespace

std::string explain(const Executor& executor, const std::string& path, const io::SweepFile& file) {
  const SweepOptions& o = file.options;
  if (o.circuits == 0) return fmt::format("{}: no circuits, nothing to do\n", path);
  std::string text = fmt::format("{}: {} random circuits, numbers {} to {} of seed {}\n\nDrawn from\n", path,
                                 o.circuits, o.first, o.first + o.circuits - 1, o.seed);
  for (const std::string& line : io::ensemble_lines(file.ensemble)) text += "  " + line + "\n";
  text += "\n" + axes(file);
  text += fmt::format("For each, in {} precision\n", o.precision == Precision::float64 ? "double" : "float");
  text += search(o.steady_state) + judgement(o) + "\nRecorded\n" + records(o) + "\n" + rules(file.stop);
  const SweepResults seen = seen_of(executor, file);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double circuits = static_cast<double>(o.circuits) * static_cast<double>(io::cell_count(file.grid));
  return text + fmt::format("On {}\n  about {}, as the first {} circuits went; {} MiB of host memory\n",
                            describe(executor), duration(seen.seconds / static_cast<double>(seen.circuits) * circuits),
                            seen.circuits, usage.ru_maxrss / 1024);
}

}  // namespace organics::cli
