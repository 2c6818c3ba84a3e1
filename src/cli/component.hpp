// Components of a state by name, as the command line gives them: y[0], a[2], b0[1], b1[0].
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "io/circuits_file.hpp"

namespace organics::cli {

struct Component {
  int block = 0;  ///< 0: y, 1: a, 2: b0, 3: b1
  int neuron = 0;

  /// Its place in the state of a circuit of n neurons.
  int in_state(int n) const { return block * n + neuron; }
};

/// The component that is all of `text`; nothing if it is none.
std::optional<Component> parse_component(std::string_view text);

inline constexpr const char* component_expected = "a component: y[0], a[0], or with gains b0[0], b1[0]";

/// Throws InvalidArgument that names `option`, `text`, file and circuit where a circuit has no such component.
void require_component(const std::string& option, const std::string& text, const Component& component,
                       const std::string& file, const std::vector<io::CircuitRecord>& records);

}  // namespace organics::cli
