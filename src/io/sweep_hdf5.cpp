#include "io/sweep_hdf5.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>
#include <ctime>
#include <limits>

#include "io/hdf5_file.hpp"
#include "organics/wilson.hpp"

namespace organics::io {
namespace {

std::string now_utc() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[sizeof "2026-01-01T00:00:00Z"];
  std::strftime(text, sizeof text, "%FT%TZ", &utc);
  return text;
}

template <class Code>
std::vector<std::string> names(int count) {
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.emplace_back(name(static_cast<Code>(i)));
  return list;
}

/// What `get(results, i)` says for each cell and each i below `count`.
template <class Number, class Get>
std::vector<Number> gathered(const SweepRecord& record, std::size_t count, Get&& get) {
  std::vector<Number> values;
  for (const SweepResults& results : record.cells) {
    for (std::size_t i = 0; i < count; ++i) values.push_back(get(results, i));
  }
  return values;
}

/// The sweep file, with its grid.
std::string specification(const SweepFile& file) {
  std::string text = sweep_file_text(file);
  for (const GridAxis& axis : file.grid)
    text += fmt::format("grid.{} = [{}]\n", axis.key, fmt::join(axis.values, ", "));
  return text;
}

void add_attributes(Hdf5File& to, const SweepRecord& record) {
  const SweepFile& file = record.file;
  const SweepOptions& o = file.options;
  double seconds = 0;
  for (const SweepResults& results : record.cells) seconds += results.seconds;
  to.attribute("title", "organics sweep: stability of random ORGaNICs circuits");
  to.attribute("organics_version", record.version);
  to.attribute("executor", record.executor);
  to.attribute("created", now_utc());
  to.attribute("specification", specification(file));
  to.attribute("seed", o.seed);
  to.attribute("first", o.first);
  to.attribute("circuits_per_cell", o.circuits);
  to.attribute("seconds", seconds);
  if (!record.stopped.empty()) to.attribute("ended_early", record.stopped);
}

void add_dimensions(Hdf5File& to, const SweepRecord& record) {
  std::vector<std::int64_t> cells;
  for (std::size_t i = 0; i < record.cells.size(); ++i) cells.push_back(static_cast<std::int64_t>(i));
  to.dimension("cell", cells);
  to.dimension("verdict", names<Verdict>(verdict_count));
  to.dimension("status", names<Status>(status_count));
  to.dimension("rung", names<Rung>(rung_count));
  to.dimension("quantity", names<Quantity>(quantity_count));
  to.dimension("share", std::vector<double>(std::begin(quantile_shares), std::end(quantile_shares)));
  to.dimension("bound", std::vector<std::string>{"lower", "upper"});
  std::string coordinates;
  for (std::size_t axis = 0; axis < record.file.grid.size(); ++axis) {
    coordinates += (axis == 0 ? "" : " ") + record.file.grid[axis].key;
    std::vector<double> values;
    for (std::size_t cell = 0; cell < record.cells.size(); ++cell) {
      values.push_back(cell_values(record.file.grid, cell)[axis]);
    }
    to.array(record.file.grid[axis].key, {"cell"}, values);
  }
  if (!coordinates.empty()) to.attribute("coordinates", coordinates);  // as the CF conventions have it
}

void add_counts(Hdf5File& to, const SweepRecord& record) {
  using Results = const SweepResults&;
  const auto counts = [&](const char* name, const char* along, std::size_t count, auto get) {
    to.array(name, {"cell", along}, gathered<std::int64_t>(record, count, get));
  };
  to.array("circuits", {"cell"}, gathered<std::int64_t>(record, 1, [](Results r, std::size_t) { return r.circuits; }));
  counts("verdicts", "verdict", verdict_count, [](Results r, std::size_t i) { return r.verdicts[i]; });
  counts("statuses", "status", status_count, [](Results r, std::size_t i) { return r.statuses[i]; });
  counts("rungs", "rung", rung_count, [](Results r, std::size_t i) { return r.rungs[i]; });
  counts("newton_steps", "rung", rung_count, [](Results r, std::size_t i) { return r.newton_steps[i]; });
  counts("flow_steps", "rung", rung_count, [](Results r, std::size_t i) { return r.flow_steps[i]; });
  counts("lu_factorisations", "rung", rung_count, [](Results r, std::size_t i) { return r.lu_factorisations[i]; });
  to.array("verdict_intervals", {"cell", "verdict", "bound"},
           gathered<double>(record, 2 * std::size_t{verdict_count}, [](Results r, std::size_t i) {
             const Interval interval = wilson_interval(r.verdicts[i / 2], r.circuits);
             return i % 2 == 0 ? interval.lower : interval.upper;
           }));
  if (record.file.options.certify) {
    to.array("proven", {"cell"}, gathered<std::int64_t>(record, 1, [](Results r, std::size_t) { return r.proven; }));
  }
}

void add_distributions(Hdf5File& to, const SweepRecord& record) {
  using Results = const SweepResults&;
  constexpr std::size_t count = std::size(quantile_shares);
  to.array(
      "quantity_circuits", {"cell", "quantity"},
      gathered<std::int64_t>(record, quantity_count, [](Results r, std::size_t i) { return r.digests[i].total(); }));
  to.array("quantiles", {"cell", "quantity", "share"},
           gathered<double>(record, quantity_count * count, [](Results r, std::size_t i) {
             return r.digests[i / count].quantile(quantile_shares[i % count]);
           }));
  for (std::size_t i = 0; record.cells.size() == 1 && i < quantity_count; ++i) {
    const Digest& digest = record.cells[0].digests[i];
    const std::string group = std::string("distributions/") + name(static_cast<Quantity>(i)) + "/";
    std::vector<double> numbers, widths;
    for (std::size_t k = 0; k < digest.counts.size(); ++k) {
      numbers.push_back(digest.value(k));
      widths.push_back(digest.width(k));
    }
    to.dimension(group + "number", numbers);  // the end of each bin that is nearer to 0
    to.array(group + "width", {group + "number"}, widths);
    to.array(group + "circuits", {group + "number"}, digest.counts);
  }
}

void add_abscissae(Hdf5File& to, const SweepRecord& record) {
  using Results = const SweepResults&;
  const HistogramRange& range = record.file.options.histogram;
  const auto bins = static_cast<std::size_t>(range.bins);
  std::vector<double> edges;
  for (std::size_t i = 0; i < bins; ++i) {
    edges.push_back(range.lower + static_cast<double>(i) / range.bins * (range.upper - range.lower));
  }
  to.dimension("bin", edges);  // lower edges, 1/s
  const auto one = [&](const char* name, std::size_t at) {
    to.array(name, {"cell"},
             gathered<std::int64_t>(record, 1, [=](Results r, std::size_t) { return r.histogram[at]; }));
  };
  to.array("histogram", {"cell", "bin"},
           gathered<std::int64_t>(record, bins, [](Results r, std::size_t i) { return r.histogram[i + 1]; }));
  one("below_histogram", 0);
  one("above_histogram", bins + 1);
  to.array("abscissa_min", {"cell"}, gathered<double>(record, 1, [](Results r, std::size_t) { return r.abscissa_min; }),
           "1/s");
  to.array("abscissa_max", {"cell"}, gathered<double>(record, 1, [](Results r, std::size_t) { return r.abscissa_max; }),
           "1/s");
}

/// A list of circuits; where it is shorter than the others, index -1, NaN and "".
void add_list(Hdf5File& to, const SweepRecord& record, const std::string& list,
              std::vector<SweptCircuit> SweepResults::*circuits) {
  const auto length = static_cast<std::size_t>(record.file.options.worst);
  const auto entries = [&]<class Number>(Number none, auto get) {
    return gathered<Number>(record, length, [&](const SweepResults& r, std::size_t i) {
      return i < (r.*circuits).size() ? Number(get((r.*circuits)[i])) : none;
    });
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  using Circuit = const SweptCircuit&;
  const std::vector<std::string> dimensions = {"cell", "rank"};
  to.array(list + "_index", dimensions, entries(std::int64_t{-1}, [](Circuit c) { return c.index; }));
  to.array(list + "_abscissa", dimensions, entries(nan, [](Circuit c) { return c.abscissa; }), "1/s");
  to.array(list + "_frequency", dimensions, entries(nan, [](Circuit c) { return c.frequency; }), "rad/s");
  to.array(list + "_status", dimensions, entries(std::string(), [](Circuit c) { return name(c.status); }));
}

void add_lists(Hdf5File& to, const SweepRecord& record) {
  std::vector<std::int64_t> ranks;
  for (int i = 0; i < record.file.options.worst; ++i) ranks.push_back(i);
  if (ranks.empty()) return;
  to.dimension("rank", ranks);
  if (!record.file.options.verdict_only) {
    add_list(to, record, "worst", &SweepResults::worst);
    add_list(to, record, "marginal", &SweepResults::marginal);
  }
  add_list(to, record, "unsettled", &SweepResults::unsettled);
  if (record.file.options.certify) add_list(to, record, "unproven", &SweepResults::unproven);
}

}  // namespace

std::string sweep_hdf5(const SweepRecord& record) {
  Hdf5File file;
  add_attributes(file, record);
  add_dimensions(file, record);
  add_counts(file, record);
  if (!record.file.options.verdict_only) add_abscissae(file, record);
  add_distributions(file, record);
  add_lists(file, record);
  return file.bytes();
}

}  // namespace organics::io
