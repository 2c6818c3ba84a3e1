#include "io/trajectory.hpp"

#include <fmt/format.h>

namespace organics::io {

std::string component_name(std::size_t index, std::size_t n) {
  constexpr const char* blocks[] = {"y", "a", "b0", "b1"};
  return fmt::format("{}[{}]", blocks[index / n], index % n);
}

}  // namespace organics::io
