// The results of a sweep, as text for people and as JSON.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::cli {

struct SweepReport {
  const io::SweepFile& file;
  const SweepResults& results;
  std::string executor;  ///< what it ran on, in words
  std::string stopped;   ///< why it ended before all circuits were done; empty: it did not
  std::string replay;    ///< the command that replays a circuit, up to its index; empty: not shown
};

/// Everything that was counted, as the JSON report has it; not the time. Bins of the distributions on request.
nlohmann::ordered_json statistics_json(const SweepResults& results, bool with_bins);

double circuits_per_second(std::int64_t circuits, double seconds);

std::string sweep_text(const SweepReport& report);
std::string sweep_json(const SweepReport& report);

}  // namespace organics::cli
