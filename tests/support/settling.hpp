// The steady-state ladder on one lane, with memory of its own.
#pragma once

#include <cstddef>
#include <vector>

#include "organics/core/steady_state.hpp"
#include "support/circuit_data.hpp"
#include "support/spectra.hpp"

namespace organics::test {

inline core::SettleOptions<double> settle_defaults() { return {5, 10, 5000, 1e-12, 1e25, 50000}; }

class Ladder {
 public:
  explicit Ladder(const CircuitData& data)
      : data_(data),
        numbers_(core::settle_scratch(data.n, false)),
        cycle_(core::cycle_scratch(data.n)),
        integers_(2 * static_cast<std::size_t>(data.n)),
        work_(core::settle_work(numbers_.data(), integers_.data(), data.n)) {}

  core::Settled<double> from_rest(const core::SettleOptions<double>& options = settle_defaults()) {
    return core::settle_from_rest(core::Solo{}, data_.circuit_model(), options, work_, cycle_.data());
  }
  core::Settled<double> by_iteration(const core::SettleOptions<double>& options = settle_defaults()) {
    return core::settle_by_iteration(core::Solo{}, data_.circuit_model(), options, {}, work_);
  }
  core::Settled<double> by_flow(const std::vector<double>& x0,
                                const core::SettleOptions<double>& options = settle_defaults()) {
    core::load_start(core::Solo{}, data_.circuit_model(), x0.data(), work_.vectors[2]);
    return core::settle_by_flow(core::Solo{}, data_.circuit_model(), options, {}, work_);
  }
  /// Flow and last rung.
  core::Settled<double> followed(const std::vector<double>& x0,
                                 const core::SettleOptions<double>& options = settle_defaults()) {
    return core::settle_by_following(core::Solo{}, data_.circuit_model(), options, x0.data(), {}, work_, cycle_.data());
  }
  /// The last rung alone.
  core::Settled<double> on_cycle(const std::vector<double>& x0,
                                 const core::SettleOptions<double>& options = settle_defaults()) {
    core::load_start(core::Solo{}, data_.circuit_model(), x0.data(), cycle_.data());
    return core::settle_on_cycle(core::Solo{}, data_.circuit_model(), options, {}, work_, cycle_.data(),
                                 cycle_.data() + 2 * data_.n);
  }
  std::vector<double> x() const { return {work_.x, work_.x + 2 * data_.n}; }
  Spectrum spectrum() const {
    Spectrum values;
    for (int i = 0; i < 2 * data_.n; ++i) values.emplace_back(work_.re[i], work_.im[i]);
    return values;
  }

 private:
  const CircuitData& data_;
  std::vector<double> numbers_;
  std::vector<double> cycle_;
  std::vector<int> integers_;
  core::SettleWork<double> work_;
};

}  // namespace organics::test
