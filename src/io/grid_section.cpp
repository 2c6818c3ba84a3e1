#include "io/grid_section.hpp"

#include <cmath>

#include "io/ensemble_section.hpp"

namespace organics::io {
namespace {

constexpr int most_points = 10000;  // of an axis, and of all axes together

[[noreturn]] void refuse(const std::string& file, const std::string& key, const toml::node& node,
                         const std::string& expected) {
  throw InvalidArgument(
      fmt::format("{}:{}: grid.{} = {}, expected {}", file, node.source().begin.line, key, shown(node), expected));
}

/// `points` values from a to b, which are exact; between them evenly spaced, or their logarithms.
std::vector<double> spaced(double a, double b, int points, bool logarithmic) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) {
    const double t = points == 1 ? 0 : static_cast<double>(i) / (points - 1);
    const double between = logarithmic ? a * std::pow(b / a, t) : a + (b - a) * t;
    values.push_back(i == 0 ? a : i == points - 1 ? b : between);
  }
  return values;
}

std::vector<double> numbers_in(const toml::array& array) {
  std::vector<double> numbers;
  for (const toml::node& node : array) {
    if (const auto number = as_number(node)) numbers.push_back(*number);
  }
  return numbers.size() == array.size() ? numbers : std::vector<double>();
}

/// [v1, v2, ...], { linear = [from, to, points] } or { log = [from, to, points] }; empty if it is none of them.
std::vector<double> axis_values(const toml::node& node) {
  if (const toml::array* list = node.as_array()) return numbers_in(*list);
  const toml::table& table = *node.as_table();
  const bool logarithmic = table.contains("log");
  const toml::array* three = table.get(logarithmic ? "log" : "linear")->as_array();
  const auto numbers = three == nullptr ? std::vector<double>() : numbers_in(*three);
  if (table.size() != 1 || numbers.size() != 3) return {};
  const double points = numbers[2];
  if (points != std::floor(points) || points < 1 || points > most_points) return {};
  if (logarithmic && !(numbers[0] > 0 && numbers[1] > 0)) return {};
  return spaced(numbers[0], numbers[1], static_cast<int>(points), logarithmic);
}

void add_axes(const std::string& file, const std::string& prefix, const toml::table& table,
              std::vector<GridAxis>& axes) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    const toml::table* inner = node.as_table();
    if (inner != nullptr && !inner->contains("linear") && !inner->contains("log")) {
      add_axes(file, key + ".", *inner, axes);
      continue;
    }
    const bool axis = inner != nullptr || node.is_array();
    const auto values = axis ? axis_values(node) : std::vector<double>();
    if (values.empty() || values.size() > most_points) {
      refuse(file, key, node,
             fmt::format("a list of numbers, {{ linear = [from, to, points] }} or {{ log = [from, to, points] }} with "
                         "both ends > 0, of 1 to {} points",
                         most_points));
    }
    axes.push_back({key, values});
  }
}

/// Sets a dotted key.
void set(toml::table& table, const std::string& key, double value) {
  const auto dot = key.find('.');
  if (dot == std::string::npos) {
    const bool integer = value == std::floor(value) && std::abs(value) < 1e15;  // an integer is a number, too
    integer ? table.insert_or_assign(key, static_cast<std::int64_t>(value)) : table.insert_or_assign(key, value);
    return;
  }
  const std::string first = key.substr(0, dot);
  if (table.get(first) == nullptr || !table.get(first)->is_table()) table.insert_or_assign(first, toml::table());
  set(*table.get(first)->as_table(), key.substr(dot + 1), value);
}

}  // namespace

std::vector<GridAxis> read_grid(const std::string& file, const toml::table& grid) {
  std::vector<GridAxis> axes;
  add_axes(file, "", grid, axes);
  double cells = 1;
  for (const GridAxis& axis : axes) cells *= static_cast<double>(axis.values.size());
  if (cells > most_points) {
    throw InvalidArgument(fmt::format("{}:{}: grid: {} points, expected at most {} in all", file,
                                      grid.source().begin.line, cells, most_points));
  }
  return axes;
}

std::vector<Ensemble> grid_cells(const std::string& file, const toml::table* ensemble,
                                 const std::vector<GridAxis>& axes, MatrixStore& store) {
  std::vector<Ensemble> cells;
  const std::size_t count = cell_count(axes);
  for (std::size_t cell = 0; cell < count && !axes.empty(); ++cell) {
    toml::table table = ensemble == nullptr ? toml::table() : *ensemble;
    std::string here;
    const std::vector<double> values = cell_values(axes, cell);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      set(table, axes[i].key, values[i]);
      here += fmt::format("{}{} = {}", i == 0 ? "" : ", ", axes[i].key, values[i]);
    }
    try {
      read_ensemble(Section(file, "ensemble.", &table), cells.emplace_back(), store);
    } catch (const InvalidArgument& error) {
      throw InvalidArgument(fmt::format("{}: grid: where {}: {}", file, here, error.what()));
    }
  }
  return cells;
}

}  // namespace organics::io
