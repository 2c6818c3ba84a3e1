// The search for all equilibria of one circuit on one lane, with memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/core/equilibria.hpp"
#include "support/circuit_data.hpp"
#include "support/settling.hpp"

namespace organics::test {

inline core::EquilibriaOptions<double> search_defaults(int starts = 64, int room = 16) {
  core::SettleOptions<double> settle = settle_defaults();
  settle.newton_steps = 50;
  return {settle, 1, starts, room};
}

/// One equilibrium as it was written.
struct FoundEquilibrium {
  std::vector<double> x;
  double residual, abscissa, error, frequency;
  Verdict verdict;
  std::int32_t unstable;
  EquilibriumType type;
  std::int32_t newton, basin;
};

struct Search {
  std::vector<FoundEquilibrium> at;
  std::int32_t count = -77, from_rest = -77, diverged = -77, unsettled = -77;
  Status status = Status::singular;
};

/// Memory of a search: numbers and integers that a team shares.
struct SearchMemory {
  SearchMemory(const CircuitData& data, const core::EquilibriaOptions<double>& options)
      : numbers(core::settle_scratch(data.n, true)),
        starts(core::start_numbers(data.n) * static_cast<std::size_t>(options.starts)),
        list(core::equilibria_list_numbers(data.n, options.room)),
        pivots(2 * static_cast<std::size_t>(data.n)),
        ends(core::start_integers * static_cast<std::size_t>(options.starts)),
        places(core::equilibria_list_integers(options.room)) {}
  std::vector<double> numbers, starts, list;
  std::vector<int> pivots, ends, places;
};

template <class Team>
core::EquilibriaFound search_with(const Team& team, const CircuitData& data,
                                  const core::EquilibriaOptions<double>& options, SearchMemory& memory,
                                  const core::EquilibriaOutput<double>& out) {
  const auto model = data.circuit_model();
  const auto work = core::settle_work(memory.numbers.data(), memory.pivots.data(), data.n);
  for (int k = 0; k < options.starts; ++k) {
    core::run_start(team, model, options, k, work,
                    memory.starts.data() + core::start_numbers(data.n) * static_cast<std::size_t>(k),
                    memory.ends.data() + core::start_integers * static_cast<std::size_t>(k));
  }
  const auto list = core::equilibria_list(memory.list.data(), memory.places.data(), data.n, options.room);
  const auto found = core::collect_equilibria(
      team, model, options, core::StartEnds<double>{memory.starts.data(), memory.ends.data()}, list, work);
  core::write_equilibria(team, model, found, list, options.room, out);
  return found;
}

/// The whole search, everything asked for.
inline Search search(const CircuitData& data, const core::EquilibriaOptions<double>& options = search_defaults()) {
  SearchMemory memory(data, options);
  const auto room = static_cast<std::size_t>(options.room);
  const std::size_t m = 2 * static_cast<std::size_t>(data.n);
  std::vector<double> states(room * m), residual(room), abscissa(room), error(room), frequency(room);
  std::vector<Verdict> verdict(room);
  std::vector<std::int32_t> unstable(room), newton(room), basin(room);
  std::vector<EquilibriumType> type(room);
  Search result;
  search_with(core::Solo{}, data, options, memory,
              {states.data(), residual.data(), abscissa.data(), error.data(), frequency.data(), verdict.data(),
               unstable.data(), type.data(), newton.data(), basin.data(), &result.count, &result.from_rest,
               &result.diverged, &result.unsettled, &result.status});
  for (std::size_t k = 0; k < room; ++k) {
    const auto first = states.begin() + static_cast<std::ptrdiff_t>(k * m);
    result.at.push_back({{first, first + static_cast<std::ptrdiff_t>(m)},
                         residual[k],
                         abscissa[k],
                         error[k],
                         frequency[k],
                         verdict[k],
                         unstable[k],
                         type[k],
                         newton[k],
                         basin[k]});
  }
  return result;
}

}  // namespace organics::test
