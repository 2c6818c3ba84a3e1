// equilibria() with memory for every result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/equilibria.hpp"
#include "support/batch_data.hpp"

namespace organics::test {

/// Memory for every result.
template <class T>
struct SearchedAll {
  int m, room;
  std::vector<T> states, residual, abscissa, error, frequency;
  std::vector<Verdict> verdict;
  std::vector<std::int32_t> unstable;
  std::vector<EquilibriumType> type;
  std::vector<std::int32_t> newton, basin, count, from_rest, diverged, unsettled;
  std::vector<Status> status;

  SearchedAll(std::int64_t items, int n, int entries)
      : m(2 * n),
        room(entries),
        states(result_memory<T>(items, 2 * n * entries, T(-77))),
        residual(result_memory<T>(items, entries, T(-77))),
        abscissa(residual),
        error(residual),
        frequency(residual),
        verdict(result_memory(items, entries, Verdict::marginal)),
        unstable(result_memory<std::int32_t>(items, entries, -77)),
        type(result_memory(items, entries, EquilibriumType::marginal)),
        newton(unstable),
        basin(unstable),
        count(result_memory<std::int32_t>(items, 1, -77)),
        from_rest(count),
        diverged(count),
        unsettled(count),
        status(result_memory(items, 1, Status::singular)) {}

  EquilibriaResults<T> views() {
    const auto items = static_cast<std::int64_t>(count.size());
    const auto each = [&](auto& values) { return packed(values.data(), items, room); };
    const auto one = [&](auto& values) { return packed(values.data(), items, 1); };
    return {packed(states.data(), items, m, room),
            each(residual),
            each(abscissa),
            each(error),
            each(frequency),
            each(verdict),
            each(unstable),
            each(type),
            each(newton),
            each(basin),
            one(count),
            one(from_rest),
            one(diverged),
            one(unsettled),
            one(status)};
  }
};

template <class T>
SearchedAll<T> search_all(const Executor& executor, const Circuits<T>& circuits,
                          const EquilibriaOptions& options = {}) {
  SearchedAll<T> out(circuits.items, circuits.n, options.room);
  equilibria<T>(executor, circuits, options, out.views());
  return out;
}

/// State number `k` of circuit `i`.
template <class T>
std::vector<T> state(const SearchedAll<T>& all, std::size_t i, int k) {
  return item(all.states, i * static_cast<std::size_t>(all.room) + static_cast<std::size_t>(k), all.m);
}

}  // namespace organics::test
