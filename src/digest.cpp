// The distribution of a quantity over the circuits of a sweep.
#include "organics/core/digest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "organics/sweep.hpp"

namespace organics {

const char* name(Quantity quantity) {
  constexpr const char* names[quantity_count] = {"abscissa",   "frequency",    "damping_ratio",
                                                 "state_norm", "newton_steps", "flow_steps"};
  const auto i = static_cast<int>(quantity);
  return i < quantity_count ? names[i] : "unknown";
}

void Digest::add(double number) {
  const int bin = core::digest_bin(number);
  if (counts.empty()) first = bin;
  if (bin < first) {
    counts.insert(counts.begin(), static_cast<std::size_t>(first - bin), 0);
    first = bin;
  }
  const auto at = static_cast<std::size_t>(bin - first);
  if (at >= counts.size()) counts.resize(at + 1, 0);
  ++counts[at];
}

void Digest::merge(const Digest& other) {
  if (other.counts.empty()) return;
  if (counts.empty()) first = other.first;
  const int begin = std::min(first, other.first);
  const int end =
      std::max(first + static_cast<int>(counts.size()), other.first + static_cast<int>(other.counts.size()));
  counts.insert(counts.begin(), static_cast<std::size_t>(first - begin), 0);
  counts.resize(static_cast<std::size_t>(end - begin), 0);
  first = begin;
  const auto shift = static_cast<std::size_t>(other.first - begin);
  for (std::size_t k = 0; k < other.counts.size(); ++k) counts[shift + k] += other.counts[k];
}

std::int64_t Digest::total() const { return std::accumulate(counts.begin(), counts.end(), std::int64_t{0}); }

double Digest::quantile(double p) const {
  const std::int64_t all = total();
  if (all == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto wanted = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(p * static_cast<double>(all))));
  std::int64_t below = 0;
  std::size_t k = 0;
  while (k + 1 < counts.size() && below + counts[k] < wanted) below += counts[k++];
  return value(k);
}

bool Digest::possible() const {
  if (counts.empty()) return first == 0;
  const bool inside =
      first >= 0 && first < core::digest_bins && counts.size() <= static_cast<std::size_t>(core::digest_bins - first);
  return inside && counts.front() != 0 && counts.back() != 0 &&
         std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count >= 0; });
}

double Digest::width(std::size_t k) const {
  const double number = value(k);
  return number == 0 ? 0x1p-39 : std::ldexp(1.0, std::ilogb(number) - 5);  // the first bin holds what is below 2^-40
}

double Digest::value(std::size_t k) const { return core::digest_value(first + static_cast<int>(k)); }

}  // namespace organics
