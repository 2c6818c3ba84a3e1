// One call that simulates a batch with memory for all results.
#pragma once

#include <cstddef>
#include <vector>

#include "organics/noise.hpp"
#include "support/batch_data.hpp"

namespace organics::test {

template <class T>
struct SimulatedAll {
  std::vector<T> samples, final_state, power, partner_power, cross, time_reached;
  std::vector<Status> status;

  NoiseResults<T> views(std::int64_t items, int m, const NoiseOptions& options) {
    NoiseResults<T> results;
    results.final_state = packed(final_state.data(), items, m);
    results.status = packed(status.data(), items, 1);
    results.time_reached = packed(time_reached.data(), items, 1);
    if (options.save_every > 0) {
      results.samples = packed(samples.data(), items, m, static_cast<int>(samples_kept(options)));
    }
    if (options.segment == 0) return results;
    results.power = packed(power.data(), items, options.bins);
    if (options.partner < 0) return results;
    results.partner_power = packed(partner_power.data(), items, options.bins);
    results.cross = packed(cross.data(), items, 2, options.bins);
    return results;
  }
};

/// simulate() with memory for all results that the options allow. `x0` (empty: rest) and `amplitude`: one for all
/// circuits, or one for each.
template <class T>
SimulatedAll<T> simulate_all(const Executor& executor, const Circuits<T>& circuits, const std::vector<T>& x0,
                             const std::vector<T>& amplitude, const NoiseOptions& options) {
  const std::int64_t items = circuits.items;
  const int m = 2 * circuits.n;
  const auto view = [&](const std::vector<T>& values) -> BatchView<const T> {
    if (values.empty()) return {};
    return values.size() == static_cast<std::size_t>(m) ? shared(values.data(), items, m)
                                                        : packed(values.data(), items, m);
  };
  SimulatedAll<T> out{result_memory<T>(items, m * static_cast<int>(samples_kept(options)), T(-77)),
                      result_memory<T>(items, m, T(-77)),
                      result_memory<T>(items, options.bins, T(-77)),
                      result_memory<T>(items, options.bins, T(-77)),
                      result_memory<T>(items, 2 * options.bins, T(-77)),
                      result_memory<T>(items, 1, T(-77)),
                      result_memory(items, 1, Status::singular)};
  simulate<T>(executor, circuits, view(x0), view(amplitude), options, out.views(items, m, options));
  return out;
}

/// The same circuit `items` times, by shared views.
template <class T>
Circuits<T> repeated(const BatchData<T>& one, std::int64_t items) {
  Circuits<T> circuits = one.view();
  circuits.items = items;
  for (auto* view : {&circuits.tau_y, &circuits.tau_a, &circuits.b0, &circuits.b1, &circuits.sigma, &circuits.z,
                     &circuits.Wr, &circuits.W}) {
    view->items = items;
    view->item_stride = 0;
  }
  return circuits;
}

}  // namespace organics::test
