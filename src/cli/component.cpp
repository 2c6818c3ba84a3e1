#include "cli/component.hpp"

#include <fmt/format.h>

#include "cli/options.hpp"
#include "organics/error.hpp"

namespace organics::cli {

std::optional<Component> parse_component(std::string_view text) {
  constexpr std::string_view blocks[] = {"y[", "a[", "b0[", "b1["};
  for (int block = 0; block < 4; ++block) {
    if (!text.starts_with(blocks[block]) || !text.ends_with(']')) continue;
    const std::string_view digits = text.substr(blocks[block].size(), text.size() - blocks[block].size() - 1);
    if (digits.empty()) return std::nullopt;
    const auto neuron = integer_in<int>(std::string(digits));
    return neuron ? std::optional(Component{block, *neuron}) : std::nullopt;
  }
  return std::nullopt;
}

void require_component(const std::string& option, const std::string& text, const Component& component,
                       const std::string& file, const std::vector<io::CircuitRecord>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    const int n = records[i].circuit.n;
    const int blocks = records[i].gains ? 4 : 2;
    if (component.neuron < n && component.block < blocks) continue;
    throw InvalidArgument(fmt::format("{}: {}, expected a component of every circuit; {}: {} has {} = 0 to {}", option,
                                      text, file, io::label(i, records[i]),
                                      blocks == 2 ? "y[i] and a[i], i" : "y[i], a[i], b0[i] and b1[i], i", n - 1));
  }
}

}  // namespace organics::cli
