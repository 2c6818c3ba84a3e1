// Models of your own on host threads: a thousand Lorenz systems that differ in rho, and a thousand pairs of neural
// populations that differ in their drive. Prints a small table of each, checks what is known about them, and returns 1
// when a check fails.
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <vector>

#include "lorenz.hpp"
#include "organics/own_model.hpp"
#include "wilson_cowan.hpp"

namespace {

constexpr std::int64_t circuits = 1000;

int failures = 0;

void expect(bool condition, const char* what, double parameter) {
  if (condition) return;
  std::fprintf(stderr, "wrong: %s, at %g\n", what, parameter);
  ++failures;
}

/// `circuits` numbers from `first` to `last`.
std::vector<double> evenly_spaced(double first, double last) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < circuits; ++i) {
    values.push_back(first + (last - first) * static_cast<double>(i) / static_cast<double>(circuits - 1));
  }
  return values;
}

/// Memory for `size` numbers of every circuit.
std::vector<double> memory(int size) { return std::vector<double>(static_cast<std::size_t>(circuits * size)); }

void run_lorenz() {
  const std::vector<double> rho = evenly_spaced(0.5, 40);

  // All start at the same point (`shared`: one for all of them) and run over the same time.
  const double start[3] = {1, 1, 1};
  const double span[2] = {0, 50};
  organics::IntegrateInputs<double> inputs;
  inputs.x0 = organics::shared(start, circuits, 3);
  inputs.span = organics::shared(span, circuits, 2);

  // Count how often the model's own event happens on the way up, and go on. (At a point of rest z = rho - 1 for ever, and
  // rounding decides what is counted.)
  organics::IntegrateOptions options;
  options.events = {{organics::EventKind::functor, 0, organics::Crossing::upward, false}};

  // Ask for the results that are wanted, and only those.
  std::vector<double> final_state = memory(3);
  std::vector<double> highest = memory(3);
  std::vector<std::int32_t> turns(static_cast<std::size_t>(circuits));
  organics::IntegrateResults<double> results;
  results.final_state = organics::packed(final_state.data(), circuits, 3);
  results.event_counts = organics::packed(turns.data(), circuits, 1);
  results.summary.maximum = organics::packed(highest.data(), circuits, 3);

  organics::integrate_models<double>(organics::Cpu{}, circuits, LorenzBatch<double>{rho.data()}, inputs, options,
                                     results);

  std::printf("Lorenz, t = 0 to 50\n    rho   x at the end   z at the end   highest z   turns\n");
  for (std::size_t i = 0; i < rho.size(); ++i) {
    const double* x = &final_state[3 * i];
    const double* top = &highest[3 * i];
    if (i % 111 == 0) std::printf("%7.3f %14.6f %14.6f %11.4f %7d\n", rho[i], x[0], x[2], top[2], turns[i]);
    if (rho[i] < 0.8) {
      expect(std::abs(x[0]) + std::abs(x[1]) + std::abs(x[2]) < 1e-3, "Lorenz decays to zero", rho[i]);
    } else if (rho[i] > 1.5 && rho[i] < 13) {
      const double rest = std::sqrt(8.0 / 3.0 * (rho[i] - 1));
      expect(std::abs(std::abs(x[0]) - rest) < 1e-4, "Lorenz comes to rest", rho[i]);
      expect(std::abs(x[2] - (rho[i] - 1)) < 1e-4, "Lorenz comes to rest at z = rho - 1", rho[i]);
    } else if (rho[i] > 26) {
      expect(turns[i] > 50 && top[2] > rho[i] + 5, "Lorenz goes on turning", rho[i]);
    }
  }
}

void run_wilson_cowan() {
  const std::vector<double> drive = evenly_spaced(0, 4);
  const WilsonCowanBatch<double> batch = {drive.data()};

  // First second: let them forget their start. No x0 is given, so they start where the model's rest() says. `automatic`
  // takes explicit steps and changes to implicit ones where a pair turns out stiff.
  const double first_second[2] = {0, 1};
  std::vector<double> state = memory(2);
  organics::IntegrateInputs<double> inputs;
  inputs.span = organics::shared(first_second, circuits, 2);
  organics::IntegrateOptions options;
  options.method = organics::Method::automatic;
  organics::IntegrateResults<double> settled;
  settled.final_state = organics::packed(state.data(), circuits, 2);
  organics::integrate_models<double>(organics::Cpu{}, circuits, batch, inputs, options, settled);

  // Second second: go on from there and measure. Summaries are computed along the way; no trajectory is stored.
  const double second_second[2] = {1, 2};
  inputs.x0 = organics::packed<const double>(state.data(), circuits, 2);
  inputs.span = organics::shared(second_second, circuits, 2);
  options.frequency_component = 0;  // that of E
  options.frequency_bins = 64;      // up to 64 Hz in one second
  std::vector<double> lowest = memory(2);
  std::vector<double> highest = memory(2);
  std::vector<double> frequency = memory(1);
  organics::IntegrateResults<double> measured;
  measured.summary.minimum = organics::packed(lowest.data(), circuits, 2);
  measured.summary.maximum = organics::packed(highest.data(), circuits, 2);
  measured.summary.frequency = organics::packed(frequency.data(), circuits, 1);
  organics::integrate_models<double>(organics::Cpu{}, circuits, batch, inputs, options, measured);

  std::printf("\nWilson and Cowan, after one second\n  drive   lowest E   highest E   frequency of E (Hz)\n");
  for (std::size_t i = 0; i < drive.size(); ++i) {
    const double amplitude = highest[2 * i] - lowest[2 * i];
    if (drive[i] < 1 || drive[i] > 2.3) {
      expect(amplitude < 1e-3, "this pair is steady", drive[i]);
    } else if (drive[i] > 1.2 && drive[i] < 1.9) {
      expect(amplitude > 0.02 && frequency[i] > 10 && frequency[i] < 50, "this pair oscillates", drive[i]);
    }
    if (i % 37 == 0) {
      std::printf("%7.3f %10.4f %11.4f", drive[i], lowest[2 * i], highest[2 * i]);
      amplitude < 0.01 ? std::printf("                     -\n") : std::printf("   %19.2f\n", frequency[i]);
    }
  }
}

}  // namespace

int main() {
  run_lorenz();
  run_wilson_cowan();
  if (failures == 0) std::printf("\nall checks passed\n");
  return failures == 0 ? 0 : 1;
}
