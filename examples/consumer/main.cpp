// A program outside organics: a small stability sweep of the ensemble of Figure 4 (Rawat, Heeger and Martiniani 2024),
// and the spectrum of its worst circuit computed again from its index. Returns 1 when the two disagree.
#include <cmath>
#include <cstdio>
#include <vector>

#include "organics/organics.hpp"

int main() {
  const organics::Ensemble ensemble;  // Figure 4
  organics::SweepOptions options;
  options.circuits = 200;
  options.worst = 1;
  const organics::SweepResults swept = organics::sweep(organics::Cpu{}, ensemble, options);

  std::int64_t verdicts = 0;
  for (const std::int64_t count : swept.verdicts) verdicts += count;
  if (swept.circuits != options.circuits || verdicts != options.circuits || swept.worst.empty()) {
    std::fprintf(stderr, "the sweep lost circuits\n");
    return 1;
  }
  const organics::SweptCircuit& worst = swept.worst.front();
  std::printf("%lld circuits, abscissa from %.6g to %.6g per second\n", static_cast<long long>(swept.circuits),
              swept.abscissa_min, swept.abscissa_max);

  const auto drawn = organics::draw<double>(ensemble, options.seed, worst.index);
  const auto circuit = organics::as_batch(drawn);
  std::vector<double> state(static_cast<std::size_t>(2 * drawn.n));
  double abscissa = 0;
  organics::Status status = organics::Status::ok;

  organics::SteadyStateResults<double> steady;
  steady.states = organics::packed(state.data(), 1, 2 * drawn.n);
  steady.status = organics::packed(&status, 1, 1);
  organics::steady_state(organics::Cpu{1}, circuit, {}, {}, steady);
  if (status != organics::Status::ok) {
    std::fprintf(stderr, "circuit %lld has no steady state the second time\n", static_cast<long long>(worst.index));
    return 1;
  }

  organics::StabilityResults<double> spectrum;
  spectrum.abscissa = organics::packed(&abscissa, 1, 1);
  organics::stability<double>(organics::Cpu{1}, circuit, organics::packed(state.data(), 1, 2 * drawn.n), spectrum);
  std::printf("worst circuit %lld: abscissa %.6g, computed again %.6g per second\n",
              static_cast<long long>(worst.index), worst.abscissa, abscissa);
  return std::abs(abscissa - worst.abscissa) <= 1e-6 * std::abs(worst.abscissa) ? 0 : 1;
}
