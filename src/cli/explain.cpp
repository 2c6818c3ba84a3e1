#include "cli/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <vector>

#include "io/ensemble_section.hpp"
#include "io/records_file.hpp"
#include "io/swept_rows.hpp"
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

const char* judgement(const SweepOptions& o) {
  if (o.precision == Precision::mixed) {
    return "  verdict: steady state and proof of stability by float arithmetic, accepted and proven for what they are "
           "in\n"
           "    double; else as in double precision, with eigenvalues only where there is no proof; no abscissae\n";
  }
  return o.verdict_only ? "  verdict: a proof of stability, eigenvalues only where there is none; no abscissae\n"
                        : "  verdict: all eigenvalues of the Jacobian there\n";
}

const char* certificate(const SweepOptions& o) {
  return o.certify ? "  certificate: whether the verdict stable can be proven, rounding included\n" : "";
}

std::string statistics_kept(const SweepOptions& o) {
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

/// "840 bytes", "3.0 MiB", "57 GiB".
std::string amount(double bytes) {
  if (bytes < 2048) return fmt::format("{:.0f} bytes", bytes);
  double number = bytes / 1024;
  const char* unit = "KiB";
  for (const char* larger : {"MiB", "GiB", "TiB"}) {
    if (number < 2048) break;
    number /= 1024;
    unit = larger;
  }
  return fmt::format("{:.{}f} {}", number, number < 10 ? 1 : 0, unit);
}

/// The rows of records that the circuits of a sweep make.
struct RowSizes {
  double bytes = 0;
  double rows = 0;
};

/// The sweep with its rows counted in `sizes`, if there are to be any.
io::SweepFile watched(const io::SweepFile& file, const std::string& records, const std::vector<SweptColumn>& columns,
                      RowSizes& sizes) {
  io::SweepFile copy = file;
  if (records.empty()) return copy;
  copy.options.columns = columns;
  copy.options.records = [&sizes, columns, packed = io::named_as_hdf5(records)](const SweptCircuits& circuits) {
    const std::string rows = packed ? io::packed_rows(circuits, columns) : io::csv_rows(circuits, columns);
    sizes.bytes += static_cast<double>(rows.size());
    sizes.rows += static_cast<double>(circuits.circuits);
  };
  return copy;
}

/// A row for each circuit: how large the file of records becomes, of rows of this many bytes.
std::string rows_kept(const RecordsNamed& records, const std::vector<SweptColumn>& columns, double row,
                      double circuits) {
  const bool hdf5 = io::named_as_hdf5(records.file);
  return fmt::format("  a row for each circuit, {}{:.0f} bytes of {}, in {}: {}{}\n", hdf5 ? "" : "about ", row,
                     io::column_list(columns), records.files, amount(row * circuits),
                     hdf5 ? ", twice that while the file is made" : "");
}

}  // namespace

std::string explain(const Executor& executor, const std::string& path, const io::SweepFile& file,
                    const RecordsNamed& records, const std::vector<SweptColumn>& columns) {
  const SweepOptions& o = file.options;
  if (o.circuits == 0) return fmt::format("{}: no circuits, nothing to do\n", path);
  RowSizes sizes;
  const SweepResults seen = seen_of(executor, watched(file, records.file, columns, sizes));
  const double circuits = static_cast<double>(o.circuits) * static_cast<double>(io::cell_count(file.grid));
  std::string text = fmt::format("{}: {} random circuits, numbers {} to {} of seed {}\n\nDrawn from\n", path,
                                 o.circuits, o.first, o.first + o.circuits - 1, o.seed);
  for (const std::string& line : io::ensemble_lines(file.ensemble))
    text += fmt::format("  {}\n", line.size() > 200 ? line.substr(0, 100) + " ..." : line);
  text += "\n" + axes(file);
  text += fmt::format("For each, in {} precision\n", name(o.precision));
  text += search(o.steady_state) + judgement(o) + certificate(o) + "\nRecorded\n" + statistics_kept(o);
  if (!records.file.empty()) text += rows_kept(records, columns, sizes.bytes / sizes.rows, circuits);
  text += "\n" + rules(file.stop);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const std::size_t device = sweep_workspace_size(executor, file.ensemble, o);
  return text + fmt::format("On {}\n  about {}, as the first {} circuits went; {} MiB of host memory{}\n",
                            describe(executor), duration(seen.seconds / static_cast<double>(seen.circuits) * circuits),
                            seen.circuits, usage.ru_maxrss / 1024,
                            device == 0 ? "" : fmt::format(", {} MiB of the device's", device >> 20));
}

}  // namespace organics::cli
