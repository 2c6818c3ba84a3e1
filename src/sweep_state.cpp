// What of a sweep is done: ranges of circuits beside their statistics.
#include <fmt/format.h>

#include <algorithm>

#include "organics/error.hpp"
#include "organics/sweep.hpp"

namespace organics {
namespace {

std::int64_t end(const IndexRange& range) { return range.first + range.circuits; }

/// Both lists in order, adjacent ranges as one. Throws where they overlap.
std::vector<IndexRange> joined(std::vector<IndexRange> ranges, const std::vector<IndexRange>& more) {
  ranges.insert(ranges.end(), more.begin(), more.end());
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<IndexRange> out;
  for (const IndexRange& range : ranges) {
    if (range.circuits == 0) continue;
    if (!out.empty() && range.first < end(out.back())) {
      throw InvalidArgument(
          fmt::format("merge: circuit {} is in both parts: expected parts without common circuits", range.first));
    }
    if (!out.empty() && range.first == end(out.back())) {
      out.back().circuits += range.circuits;
    } else {
      out.push_back(range);
    }
  }
  return out;
}

}  // namespace

void SweepState::merge(const SweepState& other, int list_length) {
  std::vector<IndexRange> all = joined(done, other.done);
  results.merge(other.results, list_length);
  results.seconds += other.results.seconds;
  done = std::move(all);
}

std::vector<IndexRange> SweepState::missing(IndexRange range) const {
  std::vector<IndexRange> out;
  std::int64_t at = range.first;
  const auto lack = [&](std::int64_t until) {
    if (until > at) out.push_back({at, until - at});
  };
  for (const IndexRange& part : done) {
    lack(std::min(part.first, end(range)));
    at = std::max(at, std::min(end(part), end(range)));
  }
  lack(end(range));
  return out;
}

}  // namespace organics
