// A histogram as text: one horizontal bar per bin, and a line at zero, where stability ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "organics/sweep.hpp"

namespace organics::cli {

/// `counts` has range.bins + 2 entries: below, the bins, above. Empty margins are left out, and neighbours merged until
/// at most `most_rows` bins are left. No line is longer than 90 characters. `unicode` draws finer bars.
std::string histogram_text(const HistogramRange& range, const std::vector<std::int64_t>& counts, bool unicode,
                           std::size_t most_rows = 40);

}  // namespace organics::cli
