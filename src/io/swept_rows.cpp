#include "io/swept_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <optional>
#include <string_view>

#include "io/csv.hpp"
#include "io/suggest.hpp"
#include "organics/error.hpp"

namespace organics::io {
namespace {

std::vector<std::string_view> all_column_names() {
  std::vector<std::string_view> list;
  for (int i = 0; i < swept_column_count; ++i) list.emplace_back(name(static_cast<SweptColumn>(i)));
  return list;
}

SweptColumn column_named(const std::string& word) {
  const auto all = all_column_names();
  const auto found = std::find(all.begin(), all.end(), word);
  if (found != all.end()) return static_cast<SweptColumn>(found - all.begin());
  std::string expected;
  for (const std::string_view one : all) expected += fmt::format("{}{}", expected.empty() ? "" : ", ", one);
  throw InvalidArgument(fmt::format("--columns: {}, expected some of {}{}", word, expected, did_you_mean(word, all)));
}

template <class Code>
std::vector<std::string> code_names(int count) {
  std::vector<std::string> list;
  for (int i = 0; i < count; ++i) list.emplace_back(name(static_cast<Code>(i)));
  return list;
}

/// Hands the values of a column to `use`, as a vector.
template <class Use>
void use_column(const SweptCircuits& c, SweptColumn column, Use&& use) {
  switch (column) {
    case SweptColumn::index: {
      std::vector<std::int64_t> indices(static_cast<std::size_t>(c.circuits));
      std::iota(indices.begin(), indices.end(), c.first);
      return use(indices);
    }
    case SweptColumn::status:
      return use(c.status);
    case SweptColumn::verdict:
      return use(c.verdict);
    case SweptColumn::abscissa:
      return use(c.abscissa);
    case SweptColumn::frequency:
      return use(c.frequency);
    case SweptColumn::damping_ratio:
      return use(c.damping_ratio);
    case SweptColumn::state_norm:
      return use(c.state_norm);
    case SweptColumn::newton_steps:
      return use(c.newton_steps);
    case SweptColumn::flow_steps:
      return use(c.flow_steps);
    case SweptColumn::lu_factorisations:
      return use(c.lu_factorisations);
    case SweptColumn::rung:
      return use(c.rung);
    case SweptColumn::proven:
      return use(c.proven);
  }
}

void add_cell(CsvText& csv, const SweptCircuits& c, SweptColumn column, std::size_t i) {
  switch (column) {
    case SweptColumn::index:
      return csv.cell(static_cast<std::size_t>(c.first) + i);
    case SweptColumn::status:
      return csv.cell(std::string_view(name(c.status[i])));
    case SweptColumn::verdict:
      return csv.cell(std::string_view(name(c.verdict[i])));
    case SweptColumn::abscissa:
      return csv.cell(c.abscissa[i]);
    case SweptColumn::frequency:
      return csv.cell(c.frequency[i]);
    case SweptColumn::damping_ratio:
      return csv.cell(c.damping_ratio[i]);
    case SweptColumn::state_norm:
      return csv.cell(c.state_norm[i]);
    case SweptColumn::newton_steps:
      return csv.cell(static_cast<std::size_t>(c.newton_steps[i]));
    case SweptColumn::flow_steps:
      return csv.cell(static_cast<std::size_t>(c.flow_steps[i]));
    case SweptColumn::lu_factorisations:
      return csv.cell(static_cast<std::size_t>(c.lu_factorisations[i]));
    case SweptColumn::rung:
      return csv.cell(std::string_view(name(c.rung[i])));
    case SweptColumn::proven:
      return csv.cell(std::string_view(c.proven[i] != 0 ? "true" : "false"));
  }
}

}  // namespace

std::vector<SweptColumn> columns_in(const std::string& list, const SweepOptions& options) {
  std::vector<SweptColumn> columns;
  std::size_t begin = 0;
  while (begin <= list.size()) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    const SweptColumn column = column_named(list.substr(begin, comma - begin));
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) {
      throw InvalidArgument(fmt::format("--columns: {} twice, expected each column once", name(column)));
    }
    if (!available(column, options)) {
      throw InvalidArgument(fmt::format("--columns: {}, expected {}", name(column),
                                        column == SweptColumn::proven ? "it only where the sweep is to certify"
                                                                      : "a sweep that is not for verdicts only"));
    }
    columns.push_back(column);
    begin = comma + 1;
  }
  return columns;
}

std::vector<SweptColumn> usual_columns(const SweepOptions& options) {
  std::vector<SweptColumn> columns;
  for (const SweptColumn column : {SweptColumn::index, SweptColumn::status, SweptColumn::verdict, SweptColumn::abscissa,
                                   SweptColumn::frequency, SweptColumn::state_norm, SweptColumn::proven}) {
    if (available(column, options)) columns.push_back(column);
  }
  return columns;
}

std::string column_list(const std::vector<SweptColumn>& columns) {
  std::string list;
  for (const SweptColumn column : columns) list += fmt::format("{}{}", list.empty() ? "" : ",", name(column));
  return list;
}

std::string csv_rows(const SweptCircuits& circuits, const std::vector<SweptColumn>& columns) {
  CsvText csv;
  for (std::size_t i = 0; i < static_cast<std::size_t>(circuits.circuits); ++i) {
    for (const SweptColumn column : columns) add_cell(csv, circuits, column, i);
    csv.end_row();
  }
  return csv.text();
}

std::size_t packed_size(const std::vector<SweptColumn>& columns) {
  std::size_t size = 0;
  for (const SweptColumn column : columns) size += value_size(hdf5_column(column));
  return size;
}

std::string packed_rows(const SweptCircuits& circuits, const std::vector<SweptColumn>& columns) {
  const std::size_t row = packed_size(columns);
  std::string bytes(row * static_cast<std::size_t>(circuits.circuits), '\0');
  std::size_t at = 0;
  for (const SweptColumn column : columns) {
    use_column(circuits, column, [&](const auto& values) {
      for (std::size_t i = 0; i < values.size(); ++i) std::memcpy(&bytes[i * row + at], &values[i], sizeof values[i]);
      at += sizeof values[0];
    });
  }
  return bytes;
}

Hdf5Column hdf5_column(SweptColumn column) {
  using Type = Hdf5Column::Type;
  switch (column) {
    case SweptColumn::index:
      return {name(column), Type::int64, "", {}};
    case SweptColumn::status:
      return {name(column), Type::code, "", code_names<Status>(status_count)};
    case SweptColumn::verdict:
      return {name(column), Type::code, "", code_names<Verdict>(verdict_count)};
    case SweptColumn::rung:
      return {name(column), Type::code, "", code_names<Rung>(rung_count)};
    case SweptColumn::proven:
      return {name(column), Type::code, "", {"false", "true"}};
    case SweptColumn::newton_steps:
    case SweptColumn::flow_steps:
    case SweptColumn::lu_factorisations:
      return {name(column), Type::int32, "", {}};
    case SweptColumn::abscissa:
      return {name(column), Type::float64, "1/s", {}};
    case SweptColumn::frequency:
      return {name(column), Type::float64, "rad/s", {}};
    default:
      return {name(column), Type::float64, "", {}};
  }
}

std::size_t value_size(const Hdf5Column& column) {
  switch (column.type) {
    case Hdf5Column::Type::code:
      return 1;
    case Hdf5Column::Type::int32:
      return 4;
    default:
      return 8;
  }
}

}  // namespace organics::io
