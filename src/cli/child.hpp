// Another program that is run to its end, without a shell.
#pragma once

#include <string>
#include <vector>

namespace organics::cli {

struct ChildOutcome {
  int code = 0;      ///< its exit code; -1: it could not be run, or did not exit by itself
  std::string said;  ///< the last line that it wrote on standard output or error, or why it could not be run
};

/// Runs words[0], looked for in PATH, with the others as arguments and `input` as its standard input.
ChildOutcome run_child(const std::vector<std::string>& words, const std::string& input);

}  // namespace organics::cli
