#include "io/sweep_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "io/suggest.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

constexpr int most_bins = 100000;
constexpr int longest_list = 100000;
// as the library: validate() of the ensemble and of SteadyStateOptions
constexpr int largest_n = 4096;
constexpr double residual_tolerance_limit = 1e-2;
constexpr std::int64_t most_circuits = std::numeric_limits<std::int64_t>::max() / 2;

std::string shown(const toml::node& node) {
  std::ostringstream text;
  text << toml::node_view<const toml::node>(node);
  return shortened(text.str());
}

std::optional<double> as_number(const toml::node& node) {
  if (!node.is_number()) return std::nullopt;
  const double x = node.value<double>().value_or(std::numeric_limits<double>::quiet_NaN());
  return std::isfinite(x) ? std::optional(x) : std::nullopt;
}

/// One table of the file. Keys are asked for by name and must be right where they are; a key that nobody asked for is
/// refused by `finish`.
class Section {
 public:
  /// `table` is null where the file does not have it: then every key keeps its default.
  Section(const std::string& file, std::string prefix, const toml::table* table)
      : file_(file), prefix_(std::move(prefix)), table_(table) {}

  Section section(std::string_view key) {
    const toml::node* node = find(key);
    if (node != nullptr && !node->is_table()) refuse(key, *node, "a table");
    return {file_, prefix_ + std::string(key) + ".", node == nullptr ? nullptr : node->as_table()};
  }

  template <class Integer>
  void integer(std::string_view key, std::int64_t lower, std::int64_t upper, Integer& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto value = node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
    if (!value || *value < lower || *value > upper) {
      refuse(key, *node, fmt::format("an integer from {} to {}", lower, upper));
    }
    out = static_cast<Integer>(*value);
  }

  void flag(std::string_view key, bool& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (!node->is_boolean()) refuse(key, *node, "true or false");
    out = *node->value<bool>();
  }

  const toml::node* number(std::string_view key, double& out) {
    return number(
        key, "a finite number", [](double) { return true; }, out);
  }
  void positive(std::string_view key, double& out) {
    number(
        key, "a finite number > 0", [](double x) { return x > 0; }, out);
  }
  void nonnegative(std::string_view key, double& out) {
    number(
        key, "a finite number >= 0", [](double x) { return x >= 0; }, out);
  }
  void nonnegative_below(std::string_view key, double limit, double& out) {
    number(
        key, fmt::format("a number >= 0 and below {}", limit), [=](double x) { return x >= 0 && x < limit; }, out);
  }

  /// `[lower, upper]`, or one number for a constant.
  void range(std::string_view key, UniformRange<double>& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const toml::array* pair = node->as_array();
    const bool shape = pair == nullptr || pair->size() == 2;
    const auto lower = shape ? as_number(pair == nullptr ? *node : (*pair)[0]) : std::nullopt;
    const auto upper = shape ? as_number(pair == nullptr ? *node : (*pair)[1]) : std::nullopt;
    if (!lower || !upper || *lower < 0 || *lower > *upper) {
      refuse(key, *node, "[lower, upper] with finite 0 <= lower <= upper, or one number >= 0");
    }
    out = {*lower, *upper};
  }

  /// One of the words; `out` becomes the value at the same position.
  template <class Value, std::size_t size>
  void word(std::string_view key, const std::array<std::string_view, size>& words,
            const std::array<Value, size>& values, Value& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto text = node->is_string() ? node->value<std::string>() : std::nullopt;
    const auto found = text ? std::find(words.begin(), words.end(), *text) : words.end();
    if (found == words.end()) {
      const std::string hint = text ? did_you_mean(*text, words) : std::string();
      refuse(key, *node, fmt::format("\"{}\"{}", fmt::join(words, "\" or \""), hint));
    }
    out = values[static_cast<std::size_t>(found - words.begin())];
  }

  void finish() const {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      const std::string at = fmt::format("{}:{}", file_, key.source().begin.line);
      throw InvalidArgument(fmt::format("{}: unknown key {}{} = {}, expected one of {}{}", at, prefix_,
                                        shortened(std::string(key.str())), shown(node), fmt::join(known_, ", "),
                                        did_you_mean(key.str(), known_)));
    }
  }

  [[noreturn]] void refuse(std::string_view key, const toml::node& node, const std::string& expected) const {
    const std::string at = fmt::format("{}:{}", file_, node.source().begin.line);
    throw InvalidArgument(fmt::format("{}: {}{} = {}, expected {}", at, prefix_, key, shown(node), expected));
  }

 private:
  const toml::node* find(std::string_view key) {
    known_.push_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  template <class Good>
  const toml::node* number(std::string_view key, const std::string& expected, Good&& good, double& out) {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    const auto value = as_number(*node);
    if (!value || !good(*value)) refuse(key, *node, expected);
    out = *value;
    return node;
  }

  const std::string& file_;
  std::string prefix_;
  const toml::table* table_;
  std::vector<std::string_view> known_;
};

void read_run(Section s, SweepOptions& options) {
  s.integer("circuits", 1, most_circuits, options.circuits);
  s.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), options.seed);
  s.integer("first", 0, most_circuits, options.first);
  s.integer("worst", 0, longest_list, options.worst);
  s.integer("chunk", 0, most_circuits, options.chunk);
  s.word("precision", std::array<std::string_view, 2>{"double", "float"},
         std::array{Precision::float64, Precision::float32}, options.precision);
  s.flag("certify", options.certify);
  s.flag("verdict_only", options.verdict_only);
  s.finish();
}

void read_ensemble(Section s, Ensemble& ensemble) {
  s.integer("n", 1, largest_n, ensemble.n);
  s.word("model", std::array<std::string_view, 2>{"main", "rectified"},
         std::array{ModelKind::main, ModelKind::rectified}, ensemble.model);
  s.positive("tau_y", ensemble.tau_y);
  s.positive("tau_a", ensemble.tau_a);
  s.range("b0", ensemble.b0);
  s.range("b1", ensemble.b1);
  s.range("sigma", ensemble.sigma);
  s.range("W", ensemble.W);
  Section wr = s.section("Wr");
  wr.word("kind", std::array<std::string_view, 2>{"gaussian", "identity"},
          std::array{RecurrentWeights::gaussian, RecurrentWeights::identity}, ensemble.recurrent);
  wr.nonnegative("norm", ensemble.Wr_norm);
  wr.finish();
  Section z = s.section("z");
  z.nonnegative("norm", ensemble.z_norm);
  z.finish();
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
  constexpr int most_steps = 1000000000;
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
  read_ensemble(root.section("ensemble"), file.ensemble);
  read_histogram(root.section("histogram"), file.options.histogram);
  read_steady_state(root.section("steady_state"), file.options.steady_state);
  read_stop(root.section("stop"), file.stop);
  root.finish();
  return file;
}

std::vector<std::string> sweep_file_lines(const SweepFile& file) {
  std::vector<std::string> lines;
  const auto add = [&](const char* key, const auto& value) { lines.push_back(fmt::format("{} = {}", key, value)); };
  const auto word = [&](const char* key, const char* value) {
    lines.push_back(fmt::format("{} = \"{}\"", key, value));
  };
  const auto range = [&](const char* key, UniformRange<double> r) {
    lines.push_back(fmt::format("{} = [{}, {}]", key, r.lower, r.upper));
  };
  const SweepOptions& o = file.options;
  add("sweep.circuits", o.circuits);
  add("sweep.first", o.first);
  add("sweep.worst", o.worst);
  add("sweep.chunk", o.chunk);
  word("sweep.precision", o.precision == Precision::float64 ? "double" : "float");
  add("sweep.certify", o.certify);
  add("sweep.verdict_only", o.verdict_only);
  const Ensemble& e = file.ensemble;
  add("ensemble.n", e.n);
  word("ensemble.model", e.model == ModelKind::main ? "main" : "rectified");
  add("ensemble.tau_y", e.tau_y);
  add("ensemble.tau_a", e.tau_a);
  range("ensemble.b0", e.b0);
  range("ensemble.b1", e.b1);
  range("ensemble.sigma", e.sigma);
  range("ensemble.W", e.W);
  word("ensemble.Wr.kind", e.recurrent == RecurrentWeights::gaussian ? "gaussian" : "identity");
  add("ensemble.Wr.norm", e.Wr_norm);
  add("ensemble.z.norm", e.z_norm);
  add("histogram.lower", o.histogram.lower);
  add("histogram.upper", o.histogram.upper);
  add("histogram.bins", o.histogram.bins);
  add("steady_state.fixed_point_steps", o.steady_state.fixed_point_steps);
  add("steady_state.newton_steps", o.steady_state.newton_steps);
  add("steady_state.residual_tolerance", o.steady_state.residual_tolerance);
  add("steady_state.max_steps", o.steady_state.max_steps);
  add("steady_state.cycle_steps", o.steady_state.cycle_steps);
  add("stop.seconds", file.stop.seconds);
  add("stop.width", file.stop.width);
  add("stop.counterexample", file.stop.counterexample);
  return lines;
}

std::string sweep_file_text(const SweepFile& file) {
  return fmt::format("{}\n", fmt::join(sweep_file_lines(file), "\n"));
}

}  // namespace organics::io
