#include "organics/equilibria.hpp"

#include <algorithm>
#include <vector>

#include "equilibria_options.hpp"
#include "organics/parallel.hpp"
#include "validate.hpp"

namespace organics {

namespace {

template <class T>
core::EquilibriaOutput<T> output(const EquilibriaResults<T>& results, std::int64_t i) {
  return {
      results.states.item_or_null(i),         results.residual.item_or_null(i),  results.abscissa.item_or_null(i),
      results.abscissa_error.item_or_null(i), results.frequency.item_or_null(i), results.verdict.item_or_null(i),
      results.unstable.item_or_null(i),       results.type.item_or_null(i),      results.newton_starts.item_or_null(i),
      results.basin_starts.item_or_null(i),   results.count.item_or_null(i),     results.from_rest.item_or_null(i),
      results.diverged.item_or_null(i),       results.unsettled.item_or_null(i), results.status.item_or_null(i)};
}

void require_options(const EquilibriaOptions& options) {
  constexpr int most = 1 << 20;
  require(options.starts >= 1 && options.starts <= most, "starts", options.starts, "1 to 1048576");
  require(options.room >= 1 && options.room <= most, "room", options.room, "1 to 1048576");
  validate(ladder_options(options));
}

template <class T>
void require_arguments(const Executor& executor, const Circuits<T>& circuits, const EquilibriaOptions& options,
                       const EquilibriaResults<T>& results) {
  const bool device = require_circuits(executor, circuits);
  require_options(options);
  const auto check = [&](const char* field, const auto& view, int rows, int cols = 1) {
    require_shape(field, view, circuits.items, rows, cols, true, false);
    if (circuits.items > 0) require_place(executor, field, view.data, device);
  };
  check("results.states", results.states, 2 * circuits.n, options.room);
  check("results.residual", results.residual, options.room);
  check("results.abscissa", results.abscissa, options.room);
  check("results.abscissa_error", results.abscissa_error, options.room);
  check("results.frequency", results.frequency, options.room);
  check("results.verdict", results.verdict, options.room);
  check("results.unstable", results.unstable, options.room);
  check("results.type", results.type, options.room);
  check("results.newton_starts", results.newton_starts, options.room);
  check("results.basin_starts", results.basin_starts, options.room);
  check("results.count", results.count, 1);
  check("results.from_rest", results.from_rest, 1);
  check("results.diverged", results.diverged, 1);
  check("results.unsettled", results.unsettled, 1);
  check("results.status", results.status, 1);
}

/// Circuits whose starts are kept in memory at a time: about 32 MiB of them, at least one.
std::int64_t circuits_at_a_time(int n, int starts, std::int64_t items, std::size_t number_bytes) {
  const std::size_t each = core::start_numbers(n) * static_cast<std::size_t>(starts) * number_bytes;
  return std::clamp<std::int64_t>(static_cast<std::int64_t>((std::size_t{32} << 20) / each), 1, items);
}

/// The search on host threads: they share the starts of some circuits, then these circuits, then come the next.
template <class T>
class HostSearch {
 public:
  HostSearch(int threads, const Circuits<T>& circuits, const EquilibriaOptions& options)
      : threads_(threads),
        circuits_(circuits),
        options_(search_options<T>(options)),
        at_a_time_(circuits_at_a_time(circuits.n, options.starts, circuits.items, sizeof(T))),
        scratch_(threads, core::settle_scratch(circuits.n, true), 2 * static_cast<std::size_t>(circuits.n)),
        lists_(threads, core::equilibria_list_numbers(circuits.n, options.room),
               core::equilibria_list_integers(options.room)),
        numbers_(core::start_numbers(circuits.n) * starts_of(at_a_time_)),
        integers_(core::start_integers * starts_of(at_a_time_)) {}

  void run(const EquilibriaResults<T>& results) {
    for (std::int64_t first = 0; first < circuits_.items; first += at_a_time_) {
      const std::int64_t count = std::min(at_a_time_, circuits_.items - first);
      parallel_for(threads_, count * options_.starts, 1,
                   [&](int worker, std::int64_t start) { run_start(worker, first, start); });
      parallel_for(threads_, count, 1, [&](int worker, std::int64_t i) { collect(worker, first, i, results); });
    }
  }

 private:
  std::size_t starts_of(std::int64_t circuits) const {
    return static_cast<std::size_t>(circuits) * static_cast<std::size_t>(options_.starts);
  }
  core::StartEnds<T> ends(std::int64_t start) {
    const auto k = static_cast<std::size_t>(start);
    return {numbers_.data() + k * core::start_numbers(circuits_.n), integers_.data() + k * core::start_integers};
  }
  core::SettleWork<T> work(int worker) {
    return core::settle_work(scratch_.numbers(worker), scratch_.integers(worker), circuits_.n);
  }

  /// `start` counts from the first start of circuit `first`.
  void run_start(int worker, std::int64_t first, std::int64_t start) {
    const core::CircuitModel<T> model{circuit(circuits_, first + start / options_.starts)};
    const core::StartEnds<T> end = ends(start);
    core::run_start(core::Solo{}, model, options_, start % options_.starts, work(worker), end.states, end.ends);
  }

  void collect(int worker, std::int64_t first, std::int64_t i, const EquilibriaResults<T>& results) {
    const core::Solo team;
    const core::CircuitModel<T> model{circuit(circuits_, first + i)};
    const auto list =
        core::equilibria_list(lists_.numbers(worker), lists_.integers(worker), circuits_.n, options_.room);
    const auto found = core::collect_equilibria(team, model, options_, ends(i * options_.starts), list, work(worker));
    core::write_equilibria(team, model, found, list, options_.room, output(results, first + i));
  }

  int threads_;
  const Circuits<T>& circuits_;
  core::EquilibriaOptions<T> options_;
  std::int64_t at_a_time_;
  WorkerScratch<T> scratch_, lists_;
  std::vector<T> numbers_;
  std::vector<int> integers_;
};

}  // namespace

template <class T>
void equilibria(const Executor& executor, const Circuits<T>& circuits, const EquilibriaOptions& options,
                const EquilibriaResults<T>& results) {
  require_arguments(executor, circuits, options, results);
  if (const auto* cuda = std::get_if<Cuda>(&executor)) {
    backend::equilibria(*cuda, circuits, options, results);
    return;
  }
  if (circuits.items == 0) return;
  const int threads = useful_threads(thread_count(std::get<Cpu>(executor)), circuits.items * options.starts);
  HostSearch<T>(threads, circuits, options).run(results);
}

template <class T>
std::size_t equilibria_workspace_size(const Executor& executor, const Circuits<T>& circuits,
                                      const EquilibriaOptions& options) {
  const auto* cuda = std::get_if<Cuda>(&executor);
  return cuda != nullptr ? backend::equilibria_workspace_size(*cuda, circuits, options) : 0;
}

#define ORGANICS_INSTANTIATE(T)                                                              \
  template void equilibria<T>(const Executor&, const Circuits<T>&, const EquilibriaOptions&, \
                              const EquilibriaResults<T>&);                                  \
  template std::size_t equilibria_workspace_size<T>(const Executor&, const Circuits<T>&, const EquilibriaOptions&)

ORGANICS_INSTANTIATE(double);
ORGANICS_INSTANTIATE(float);
#undef ORGANICS_INSTANTIATE

}  // namespace organics
