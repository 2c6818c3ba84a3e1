#include "cli/handouts.hpp"

#include <algorithm>

namespace organics::cli {
namespace {

constexpr double first_part = 64;  // circuits, before anything is known of the rank's speed
constexpr double growth = 8;       // from one part of a rank to its next, at most
constexpr double longest = 1;      // part, in seconds of work
constexpr double shortest = 1.0 / 32;

}  // namespace

Handouts::Handouts(std::vector<IndexRange> missing, int ranks)
    : missing_(std::move(missing)), ranks_(static_cast<std::size_t>(ranks)) {}

/// Of all ranks together; one of which nothing is known is as fast as the others are on average.
double Handouts::seconds_left() const {
  double left = 0;
  for (const IndexRange& range : missing_) left += static_cast<double>(range.circuits);
  double together = 0;
  int known = 0;
  for (const Rank& rank : ranks_) {
    together += rank.rate;
    known += rank.rate > 0 ? 1 : 0;
  }
  return known == 0 ? longest : left * known / (together * static_cast<double>(ranks_.size()));
}

IndexRange Handouts::next(int rank, std::int64_t circuits, double seconds) {
  if (missing_.empty()) return {};
  Rank& own = ranks_[static_cast<std::size_t>(rank)];
  if (circuits > 0 && seconds > 0) own.rate = static_cast<double>(circuits) / seconds;
  double size = own.rate > 0 ? own.rate * std::clamp(0.5 * seconds_left(), shortest, longest) : first_part;
  if (own.last > 0) size = std::min(size, growth * static_cast<double>(own.last));
  IndexRange& front = missing_.front();
  own.last = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(size, 9e18)));
  const IndexRange part{front.first, std::min(own.last, front.circuits)};
  front = {front.first + part.circuits, front.circuits - part.circuits};
  if (front.circuits == 0) missing_.erase(missing_.begin());
  return part;
}

}  // namespace organics::cli
