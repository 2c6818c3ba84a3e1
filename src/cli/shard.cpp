#include "cli/shard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.hpp"
#include "organics/error.hpp"

namespace organics::cli {

void take_shard(const std::string& text, SweepOptions& options) {
  const auto slash = text.find('/');
  const auto part = slash == std::string::npos ? std::nullopt : integer_in<std::int64_t>(text.substr(0, slash));
  const auto parts = slash == std::string::npos ? std::nullopt : integer_in<std::int64_t>(text.substr(slash + 1));
  if (!part || !parts || *part < 1 || *part > *parts) {
    throw InvalidArgument(fmt::format("--shard: {}, expected I/K with 1 <= I <= K, such as 3/8", text));
  }
  const std::int64_t each = options.circuits / *parts;
  const std::int64_t longer = options.circuits % *parts;  // the first parts have one circuit more
  const std::int64_t before = *part - 1;
  options.first += before * each + std::min(before, longer);
  options.circuits = each + (before < longer ? 1 : 0);
}

}  // namespace organics::cli
