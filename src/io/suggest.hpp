// "Did you mean": the known word closest to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace organics::io {

/// `; did you mean X?` for the candidate within a slip or two of `word` (case does not count), otherwise nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace organics::io
