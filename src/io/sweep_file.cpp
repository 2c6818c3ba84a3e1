#include "io/sweep_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "io/ensemble_section.hpp"
#include "io/grid_section.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

constexpr int most_bins = 100000;
constexpr int longest_list = 100000;
// as the library: validate() of SteadyStateOptions
constexpr double residual_tolerance_limit = 1e-2;
constexpr std::int64_t most_circuits = std::numeric_limits<std::int64_t>::max() / 2;

void read_run(Section s, SweepOptions& options) {
  s.integer("circuits", 1, most_circuits, options.circuits);
  s.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), options.seed);
  s.integer("first", 0, most_circuits, options.first);
  s.integer("worst", 0, longest_list, options.worst);
  s.integer("chunk", 0, most_circuits, options.chunk);
  s.word("precision", std::array<std::string_view, 3>{"double", "float", "mixed"},
         std::array{Precision::float64, Precision::float32, Precision::mixed}, options.precision);
  s.flag("certify", options.certify);
  s.flag("verdict_only", options.verdict_only);
  s.finish();
}

void read_histogram(Section s, HistogramRange& range) {
  const toml::node* lower = s.number("lower", range.lower);
  const toml::node* upper = s.number("upper", range.upper);
  if (!(range.lower < range.upper)) {
    if (upper != nullptr) s.refuse("upper", *upper, fmt::format("more than lower = {}", range.lower));
    s.refuse("lower", *lower, fmt::format("less than upper = {}", range.upper));
  }
  s.integer("bins", 1, most_bins, range.bins);
  s.finish();
}

void read_steady_state(Section s, SteadyStateOptions& options) {
  constexpr int most_steps = 100000000;
  s.integer("fixed_point_steps", 0, most_steps, options.fixed_point_steps);
  s.integer("newton_steps", 0, most_steps, options.newton_steps);
  s.nonnegative_below("residual_tolerance", residual_tolerance_limit, options.residual_tolerance);
  s.integer("max_steps", 1, most_steps, options.max_steps);
  s.integer("cycle_steps", 0, most_steps, options.cycle_steps);
  s.finish();
}

void read_stop(Section s, StopRules& stop) {
  s.nonnegative("seconds", stop.seconds);
  s.nonnegative_below("width", 1, stop.width);
  s.flag("counterexample", stop.counterexample);
  s.finish();
}

toml::table parse_toml(const std::string& path, const std::string& text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw InvalidArgument(fmt::format("{}:{}: {}, expected valid TOML", path, error.source().begin.line,
                                      shortened(std::string(error.description()))));
  }
}

}  // namespace

SweepFile read_sweep_file(const std::string& path) { return parse_sweep(path, read_text_file(path)); }

SweepFile parse_sweep(const std::string& path, const std::string& text) {
  const toml::table table = parse_toml(path, text);
  SweepFile file;
  Section root(path, "", &table);
  read_run(root.section("sweep"), file.options);
  read_ensemble(root.section("ensemble"), file.ensemble, file.matrices);
  read_histogram(root.section("histogram"), file.options.histogram);
  read_steady_state(root.section("steady_state"), file.options.steady_state);
  read_stop(root.section("stop"), file.stop);
  root.section("grid");
  root.finish();
  if (const toml::table* grid = table["grid"].as_table()) {
    file.grid = read_grid(path, *grid);
    file.cells = grid_cells(path, table["ensemble"].as_table(), file.grid, file.matrices);
  }
  return file;
}

std::size_t cell_count(const std::vector<GridAxis>& axes) {
  std::size_t count = 1;
  for (const GridAxis& axis : axes) count *= axis.values.size();
  return count;
}

std::vector<double> cell_values(const std::vector<GridAxis>& axes, std::size_t cell) {
  std::vector<double> values(axes.size());
  for (std::size_t i = axes.size(); i-- > 0;) {
    values[i] = axes[i].values[cell % axes[i].values.size()];
    cell /= axes[i].values.size();
  }
  return values;
}

SweepFile at_cell(const SweepFile& file, std::size_t cell) {
  SweepFile one = file;
  one.grid.clear();
  one.cells.clear();
  one.ensemble = file.cells.at(cell);
  return one;
}

std::vector<std::string> sweep_file_lines(const SweepFile& file) {
  std::vector<std::string> lines;
  const auto add = [&](const char* key, const auto& value) { lines.push_back(fmt::format("{} = {}", key, value)); };
  const auto word = [&](const char* key, const char* value) {
    lines.push_back(fmt::format("{} = \"{}\"", key, value));
  };
  const SweepOptions& o = file.options;
  add("sweep.worst", o.worst);
  word("sweep.precision", name(o.precision));
  add("sweep.certify", o.certify);
  add("sweep.verdict_only", o.verdict_only);
  for (const std::string& line : ensemble_lines(file.ensemble)) lines.push_back("ensemble." + line);
  add("histogram.lower", o.histogram.lower + 0.0);  // -0 would read as 0
  add("histogram.upper", o.histogram.upper + 0.0);
  add("histogram.bins", o.histogram.bins);
  add("steady_state.fixed_point_steps", o.steady_state.fixed_point_steps);
  add("steady_state.newton_steps", o.steady_state.newton_steps);
  add("steady_state.residual_tolerance", o.steady_state.residual_tolerance);
  add("steady_state.max_steps", o.steady_state.max_steps);
  add("steady_state.cycle_steps", o.steady_state.cycle_steps);
  return lines;
}

std::string sweep_file_text(const SweepFile& file) {
  return fmt::format("{}\n", fmt::join(sweep_file_lines(file), "\n"));
}

}  // namespace organics::io
