// FNV-1a (Fowler, Noll and Vo 1991): against accidents, not against intent.
#pragma once

#include <cstdint>
#include <string_view>

namespace organics::io {

inline constexpr std::uint64_t checksum_of_nothing = 0xcbf29ce484222325U;

/// `before`: the check sum of what comes before the text.
inline std::uint64_t checksum(std::string_view text, std::uint64_t before = checksum_of_nothing) {
  std::uint64_t hash = before;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

}  // namespace organics::io
