// A table of a TOML file that is read strictly.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "io/suggest.hpp"
#include "io/text_file.hpp"
#include "organics/error.hpp"

namespace organics::io {

inline std::string shown(const toml::node& node) {
  std::ostringstream text;
  text << toml::node_view<const toml::node>(node);
  return shortened(text.str());
}

inline std::optional<double> as_number(const toml::node& node) {
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

  /// What stands at a key, which is known from now on; null for nothing.
  const toml::node* find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
  }

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
  void in_range(std::string_view key, double least, double most, double& out) {
    number(
        key, fmt::format("a number from {} to {}", least, most), [=](double x) { return x >= least && x <= most; },
        out);
  }
  void fraction(std::string_view key, double& out) {
    number(
        key, "a number > 0 and at most 1", [](double x) { return x > 0 && x <= 1; }, out);
  }
  void nonnegative_below(std::string_view key, double limit, double& out) {
    number(
        key, fmt::format("a number >= 0 and below {}", limit), [=](double x) { return x >= 0 && x < limit; }, out);
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

  /// For the table as a whole.
  [[noreturn]] void refuse(const std::string& expected) const {
    const int line = table_ == nullptr ? 0 : static_cast<int>(table_->source().begin.line);
    throw InvalidArgument(
        fmt::format("{}:{}: {}, expected {}", file_, line, prefix_.substr(0, prefix_.size() - 1), expected));
  }

  const std::string& file() const { return file_; }

  [[noreturn]] void refuse(std::string_view key, const toml::node& node, const std::string& expected) const {
    const std::string at = fmt::format("{}:{}", file_, node.source().begin.line);
    throw InvalidArgument(fmt::format("{}: {}{} = {}, expected {}", at, prefix_, key, shown(node), expected));
  }

 private:
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

}  // namespace organics::io
