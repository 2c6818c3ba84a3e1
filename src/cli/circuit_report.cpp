#include "cli/circuit_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "cli/command.hpp"
#include "cli/output.hpp"

namespace organics::cli {

int report_failures(const std::vector<io::CircuitRecord>& records, const std::vector<io::CircuitResult>& results) {
  int code = exit_ok;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].status == Status::ok) continue;
    fmt::print(stderr, "organics: {}: {}\n", io::label(i, records[i]), name(results[i].status));
    code = exit_some_not_ok;
  }
  return code;
}

std::string title(std::size_t index, const io::CircuitRecord& record) {
  return record.name.empty() ? io::label(index, record) : printable(record.name);
}

std::string shown(const std::optional<double>& value) {
  return value && !std::isnan(*value) ? fmt::format("{:.6g}", *value) : "-";
}

std::string shown(const double* begin, const double* end) {
  constexpr int most = 3;
  if (begin == end) return "-";
  std::string text;
  for (const double* x = begin; x != end; ++x) {
    if (x - begin == most) return text + " ...";
    text += fmt::format("{}{:.6g}", x == begin ? "" : " ", *x);
  }
  return text;
}

}  // namespace organics::cli
