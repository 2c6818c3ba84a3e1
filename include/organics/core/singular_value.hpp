#pragma once
#include <cstddef>
#include "organics/core/team.hpp"
namespace organics::core {
ORGANICS_FN constexpr std::size_t largest_singular_value_scratch(int n) { return static_cast<std::size_t>(n) * n + 4 * static_cast<std::size_t>(n); }
template <class T, class Team> ORGANICS_FN T largest_singular_value(const Team& team, const T* A, int n, T* scratch);
}
