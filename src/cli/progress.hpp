// The progress of a sweep: one line on standard error that is rewritten in place, on a terminal only.
#pragma once

#include "organics/sweep.hpp"

namespace organics::cli {

class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const SweepProgress& progress) const;
  bool enabled() const { return enabled_; }

 private:
  bool enabled_;
};

}  // namespace organics::cli
