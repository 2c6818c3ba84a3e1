// Standard output that notices when it cannot be written, and tables.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace organics::cli {

/// Standard output is closed or full.
class OutputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Writes to standard output and flushes. Throws OutputError.
void print(std::string_view text);

/// Rows of cells in columns: the first column to the left, the others to the right.
std::string table(const std::vector<std::vector<std::string>>& rows);

/// The text without control characters, so that a name from a file cannot steer the terminal.
std::string printable(std::string text);

}  // namespace organics::cli
