#include "io/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

namespace organics::io {
namespace {

constexpr std::size_t block_count = 4;  // y, a, b0, b1

bool not_reached(const double* state, std::size_t m) {
  return std::all_of(state, state + m, [](double x) { return std::isnan(x); });
}

/// For each block of a state, the neurons of the largest circuit that has it.
std::array<std::size_t, block_count> block_widths(const std::vector<CircuitResult>& results) {
  std::array<std::size_t, block_count> widths = {};
  for (const CircuitResult& result : results) {
    const auto n = static_cast<std::size_t>(result.n);
    for (std::size_t b = 0; result.trajectory && b * n < result.trajectory->m; ++b) widths[b] = std::max(widths[b], n);
  }
  return widths;
}

void add_header(CsvText& csv, const std::array<std::size_t, block_count>& widths) {
  for (const char* name : {"circuit", "name", "time"}) csv.cell(std::string_view(name));
  for (std::size_t b = 0; b < block_count; ++b) {
    for (std::size_t i = 0; i < widths[b]; ++i) csv.cell(component_name(b * widths[b] + i, widths[b]));
  }
  csv.end_row();
}

/// Blocks that the circuit does not have, and neurons beyond its n, are empty cells.
void add_state(CsvText& csv, const double* state, std::size_t m, std::size_t n,
               const std::array<std::size_t, block_count>& widths) {
  for (std::size_t b = 0; b < block_count; ++b) {
    for (std::size_t i = 0; i < widths[b]; ++i) {
      if (i < n && b * n < m) {
        csv.cell(state[b * n + i]);
      } else {
        csv.cell(std::string_view());
      }
    }
  }
}

void add_row(CsvText& csv, std::size_t index, const CircuitResult& result, double time, const double* state,
             const std::array<std::size_t, block_count>& widths) {
  csv.cell(index);
  csv.cell(std::string_view(result.name));
  csv.cell(time);
  add_state(csv, state, result.trajectory->m, static_cast<std::size_t>(result.n), widths);
  csv.end_row();
}

void add_rows(CsvText& csv, std::size_t index, const CircuitResult& result,
              const std::array<std::size_t, block_count>& widths) {
  const Trajectory& t = *result.trajectory;
  double last = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < t.times.size(); ++k) {
    const double* state = &t.states[t.m * k];
    if (not_reached(state, t.m)) continue;
    add_row(csv, index, result, t.times[k], state, widths);
    last = t.times[k];
  }
  if (t.ended_by && t.time_reached > last) {
    add_row(csv, index, result, t.time_reached, t.final_state.data(), widths);
  }
}

}  // namespace

void CsvText::begin_cell() {
  if (row_begun_) text_ += ',';
  row_begun_ = true;
}

void CsvText::cell(std::string_view text) {
  begin_cell();
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    text_ += text;
    return;
  }
  text_ += '"';
  for (const char c : text) text_ += c == '"' ? std::string("\"\"") : std::string(1, c);
  text_ += '"';
}

void CsvText::cell(double number) {
  begin_cell();
  if (!std::isnan(number)) fmt::format_to(std::back_inserter(text_), "{}", number);
}

void CsvText::cell(std::size_t number) {
  begin_cell();
  fmt::format_to(std::back_inserter(text_), "{}", number);
}

void CsvText::end_row() {
  text_ += '\n';
  row_begun_ = false;
}

std::string trajectories_csv(const std::vector<CircuitResult>& results) {
  const auto widths = block_widths(results);
  CsvText csv;
  add_header(csv, widths);
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].trajectory) add_rows(csv, i, results[i], widths);
  }
  return csv.text();
}

}  // namespace organics::io
