#include "cli/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace organics::cli {
namespace {

constexpr int bar_width = 56;

struct Row {
  double lower;
  std::string label;
  std::int64_t count;
};

/// A bar of `fraction` of the full width; anything above zero shows.
std::string bar(double fraction, bool unicode) {
  static constexpr const char* eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  if (!(fraction > 0)) return {};
  if (!unicode) {
    const auto length = static_cast<std::size_t>(std::lround(fraction * bar_width));
    return length == 0 ? "." : std::string(length, '#');
  }
  const long parts = std::max(1L, std::lround(fraction * bar_width * 8));
  std::string text;
  for (long i = 0; i < parts / 8; ++i) text += "█";
  return text + eighths[parts % 8];
}

/// The rows from the first to the last bin that holds something, `merge` bins to a row.
std::vector<Row> bin_rows(const HistogramRange& range, const std::vector<std::int64_t>& bins, std::size_t most_rows) {
  const auto filled = [](std::int64_t count) { return count > 0; };
  const auto first = static_cast<std::size_t>(std::find_if(bins.begin(), bins.end(), filled) - bins.begin());
  const auto last =
      bins.size() - static_cast<std::size_t>(std::find_if(bins.rbegin(), bins.rend(), filled) - bins.rbegin());
  std::vector<Row> rows;
  if (first >= last) return rows;
  const std::size_t merge = (last - first + most_rows - 1) / most_rows;
  const double width = (range.upper - range.lower) / static_cast<double>(bins.size());
  for (std::size_t i = first; i < last; i += merge) {
    const double lower = range.lower + width * static_cast<double>(i);
    Row row{lower, fmt::format("{:.6g}", std::abs(lower) < 1e-9 * width ? 0.0 : lower), 0};
    for (std::size_t k = i; k < std::min(i + merge, last); ++k) row.count += bins[k];
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

std::string histogram_text(const HistogramRange& range, const std::vector<std::int64_t>& counts, bool unicode,
                           std::size_t most_rows) {
  if (counts.size() < 3) return {};
  std::vector<Row> rows = bin_rows(range, {counts.begin() + 1, counts.end() - 1}, most_rows);
  const auto lowest = -std::numeric_limits<double>::infinity();
  if (counts.front() > 0) rows.insert(rows.begin(), {lowest, fmt::format("< {:.6g}", range.lower), counts.front()});
  if (counts.back() > 0) rows.push_back({range.upper, fmt::format(">= {:.6g}", range.upper), counts.back()});

  std::int64_t largest = 1;
  for (const Row& row : rows) largest = std::max(largest, row.count);
  const double rounding = 1e-9 * (range.upper - range.lower) / static_cast<double>(counts.size() - 2);
  const std::string zero_line = fmt::format("{:>12} +{:->{}} unstable from here on\n", "0", "", bar_width - 24);
  std::string text;
  bool zero_shown = false;
  for (const Row& row : rows) {
    if (!zero_shown && row.lower >= -rounding) {
      text += zero_line;
      zero_shown = true;
    }
    const double fraction = static_cast<double>(row.count) / static_cast<double>(largest);
    const std::string count = row.count > 0 ? fmt::format(" {}", row.count) : std::string();
    text += fmt::format("{:>12} |{}{}\n", row.label, bar(fraction, unicode), count);
  }
  return zero_shown ? text : text + fmt::format("{:>12} :\n", "") + zero_line;
}

}  // namespace organics::cli
