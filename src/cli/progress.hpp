// The progress of a long run: one line on standard error that is rewritten in place, on a terminal only.
#pragma once

#include <cstdint>
#include <string>

namespace organics::cli {

struct Progress {
  std::int64_t done = 0;
  std::int64_t total = 0;
  double seconds = 0;  ///< since the start
  std::string more;    ///< put at the end of the line
};

class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress) const;
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
};

}  // namespace organics::cli
