// Comma-separated values (RFC 4180): a table as text, its cells appended one by one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/results_json.hpp"

namespace organics::io {

class CsvText {
 public:
  void cell(std::string_view text);  ///< in quotes where the text needs them
  void cell(double number);          ///< every digit that is needed to read the same number back; empty for NaN
  void cell(std::size_t number);
  void end_row();

  const std::string& text() const { return text_; }

 private:
  void begin_cell();

  std::string text_;
  bool row_begun_ = false;
};

/// The trajectories of a circuits file, a row for each time that was reached, and one for the event that ended a circuit:
///   circuit,name,time,y[0],...,a[0],...,b0[0],...,b1[0],...
/// Cells that a circuit does not have are empty.
std::string trajectories_csv(const std::vector<CircuitResult>& results);

}  // namespace organics::io
