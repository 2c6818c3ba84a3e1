// Teams of every width give the bits of one lane: march, ladder, spectrum and draw, on well-behaved circuits and on
// zeros, runaways and NaN. Under ThreadSanitizer the same tests look for a missing sync.
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "organics/core/draw.hpp"
#include "organics/core/march.hpp"
#include "organics/core/steady_state.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/marching.hpp"

namespace organics::test {
namespace {

struct Named {
  std::string name;
  CircuitData data;
};

/// Circuits that reach the corners of the code; `x0` below starts them.
std::vector<Named> circuits() {
  Random random(51);
  std::vector<Named> list;
  for (const int n : {1, 2, 3, 7}) {
    const std::string size = " n=" + std::to_string(n);
    list.push_back({"main" + size, wild_circuit(random, n, ModelKind::main)});
    list.push_back({"rectified" + size, wild_circuit(random, n, ModelKind::rectified)});
  }
  CircuitData identity = wild_circuit(random, 5, ModelKind::rectified);
  identity.Wr = identity_matrix(5);
  list.push_back({"identity", identity});
  CircuitData zeros = figure4_circuit(random, 4);
  for (auto field :
       {&CircuitData::b0, &CircuitData::b1, &CircuitData::sigma, &CircuitData::z, &CircuitData::Wr, &CircuitData::W}) {
    (zeros.*field).assign((zeros.*field).size(), 0);
  }
  list.push_back({"all zero", zeros});
  list.push_back({"runaway", blow_up_circuit()});
  CircuitData strong = figure4_circuit(random, 3, ModelKind::main, 3);
  strong.z = {30, -40, 50};
  list.push_back({"strong input", strong});
  list.push_back({"limit cycle", limit_cycle_circuit()});
  CircuitData spoilt = figure4_circuit(random, 3);
  spoilt.Wr[4] = std::nan("");
  list.push_back({"NaN in Wr", spoilt});
  CircuitData huge = figure4_circuit(random, 3);
  huge.W[2] = 1e300;
  list.push_back({"overflow", huge});
  return list;
}

std::vector<double> start_of(const CircuitData& data) {
  Random random(52);
  std::vector<double> x = random_state(random, data.n);
  x[0] = 0;
  return x;
}

/// What one lane saw, as numbers: every lane must see the same.
using Summary = std::vector<double>;

struct Outcome {
  std::vector<double> shared;     ///< memory that the team wrote together
  std::vector<Summary> per_lane;  ///< what each lane returned
};

/// A NaN is a NaN: its sign and payload depend on which operand came first.
std::vector<double> with_one_nan(std::vector<double> values) {
  for (double& v : values) v = std::isnan(v) ? std::nan("") : v;
  return values;
}

/// Runs `work` (team, numbers, integers, results) -> summary on one lane and on crews, and compares.
template <class Work>
void expect_same_bits(const std::string& what, std::size_t numbers, std::size_t integers, std::size_t results,
                      const Work& work) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  const auto once = [&](int width) {
    std::vector<double> memory(numbers);
    std::vector<int> pivots(integers);
    Outcome out;
    out.shared.assign(results, 0);
    out.per_lane.resize(static_cast<std::size_t>(width == 0 ? 1 : width));
    if (width == 0) {
      out.per_lane[0] = work(core::Solo{}, memory.data(), pivots.data(), out.shared.data());
    } else {
      Crew(width).run([&](const auto& lane) {
        out.per_lane[static_cast<std::size_t>(lane.rank())] =
            work(lane, memory.data(), pivots.data(), out.shared.data());
      });
    }
    return out;
  };
  const Outcome solo = once(0);
  for (const int width : crew_widths) {
    const Outcome crew = once(width);
    EXPECT_TRUE(same_bits(with_one_nan(crew.shared), with_one_nan(solo.shared)))
        << what << ": shared results, width " << width;
    for (const Summary& summary : crew.per_lane) {
      EXPECT_TRUE(same_bits(with_one_nan(summary), with_one_nan(solo.per_lane[0])))
          << what << ": what a lane returns, width " << width;
    }
  }
}

Summary summary_of(const core::Spectrum<double>& s) {
  return {static_cast<double>(s.status), static_cast<double>(s.verdict), s.abscissa, s.error, s.frequency};
}

Summary summary_of(const core::Settled<double>& s) {
  Summary values = summary_of(s.spectrum);
  values.insert(values.end(),
                {static_cast<double>(s.status), static_cast<double>(s.rung), static_cast<double>(s.steps), s.time,
                 static_cast<double>(s.newton_steps), static_cast<double>(s.cost.rhs), static_cast<double>(s.cost.lu)});
  return values;
}

Summary summary_of(const core::March<double>& s) {
  return {s.t,
          s.h,
          s.history.last,
          static_cast<double>(s.accepted),
          static_cast<double>(s.rejected),
          static_cast<double>(s.cost.rhs),
          static_cast<double>(s.cost.lu),
          static_cast<double>(s.status)};
}

/// Copies to the shared results, after a sync that closes the algorithm.
template <class Team>
void keep(const Team& team, const double* from, int count, double* to) {
  team.sync();
  core::for_each_own(team, count, [&](int i) { to[i] = from[i]; });
  team.sync();
}

/// Marches with everything recorded that a recorder can.
TEST(Width, March) {
  const Event events[] = {{EventKind::level, 0, Crossing::either, false},
                          {EventKind::steady, 0, Crossing::either, true}};
  const double levels[] = {0.05, 1e-4};
  const std::vector<double> times = {0, 0.0005, 0.002};
  std::atomic<int> changes = 0;
  for (const auto& [name, data] : circuits()) {
    for (const auto& [method, rtol] : {std::pair{Method::heun, 1e-3},
                                       {Method::dormand_prince853, 1e-3},
                                       {Method::rosenbrock23, 1e-3},
                                       {Method::rodas43, 1e-3},
                                       {Method::automatic, 1e-3},
                                       {Method::automatic, 1e-6}}) {  // whose interpolant wants another slope
      const auto tables = core::method_tables<double>(method, rtol);
      const int m = 2 * data.n;
      const std::vector<double> x0 = start_of(data);
      const bool change = method == Method::automatic;  // which takes some steps, and much time ahead
      core::MarchOptions<double> options = tolerances(rtol, 1e-3 * rtol, change ? 60 : 30);
      const double end = change ? 2 : 0.002;
      const core::Tolerance<double> tolerance = {options.rtol, options.atol};
      expect_same_bits(name, core::march_scratch(m, tables, true) + static_cast<std::size_t>(m),
                       static_cast<std::size_t>(m), static_cast<std::size_t>(m * (4 + 4 + 3) + 3 + 3),
                       [&](const auto& team, double* memory, int* pivots, double* results) {
                         auto model = data.circuit_model();
                         core::load_start(team, model, x0.data(), memory);
                         const auto work = core::march_work(memory + m, pivots, m, tables.slots(true), tables.degree());
                         core::Recording<double> recording;
                         recording.times = times.data();
                         recording.samples = 3;
                         recording.states = results;
                         recording.save_every = 2;
                         recording.capacity = 3;
                         recording.step_states = results + 4 * m;
                         recording.minimum = results + 7 * m;
                         recording.maximum = results + 8 * m;
                         recording.mean = results + 9 * m;
                         recording.peak_time = results + 10 * m;
                         recording.step_times = results + 11 * m;
                         recording.settling_time = results + 11 * m + 3;
                         recording.settle_tolerance = 1e-2;
                         recording.events = events;
                         recording.event_count = 2;
                         recording.levels = levels;
                         recording.event_times = results + 11 * m + 4;
                         core::SwitchingStepper<double> stepper(tables);
                         core::Recorder<double> recorder(recording, tolerance);
                         const auto march = core::march_over(team, model, stepper, options, tolerance, recorder, memory,
                                                             0.0, end, work);
                         changes += march.cost.lu > 0 && change ? 1 : 0;
                         keep(team, memory, m, results + 3 * m);
                         return summary_of(march);
                       });
    }
  }
  EXPECT_TRUE(compiler_contracts() || changes > 0) << "automatic never took a Rosenbrock step";
}

TEST(Width, SettleDirectly) {
  for (const auto& [name, data] : circuits()) {
    const int m = 2 * data.n;
    for (const bool spectra : {true, false}) {
      const core::SettleOptions<double> options = {5, 10, 60, 1e-12, 1e25, 0, spectra};
      expect_same_bits(name, core::settle_scratch(data.n, spectra), static_cast<std::size_t>(m),
                       3 * static_cast<std::size_t>(m),
                       [&](const auto& team, double* memory, int* pivots, double* results) {
                         const auto work = core::settle_work(memory, pivots, data.n);
                         auto settled = core::settle_in_closed_form(team, data.circuit_model(), options, work);
                         if (settled.status != Status::ok) {
                           settled = core::settle_by_iteration(team, data.circuit_model(), options, settled, work);
                         }
                         const bool seen = settled.status == Status::ok && !std::isnan(settled.spectrum.abscissa);
                         keep(team, work.x, seen ? 3 * m : m, results);  // x, then the eigenvalues
                         return summary_of(settled);
                       });
    }
  }
}

TEST(Width, SettleByFlow) {
  for (const auto& [name, data] : circuits()) {
    const int m = 2 * data.n;
    for (const bool from_rest : {true, false}) {
      const std::vector<double> x0 = start_of(data);
      expect_same_bits(name, core::settle_scratch(data.n, false), static_cast<std::size_t>(m),
                       static_cast<std::size_t>(m) + 1,
                       [&](const auto& team, double* memory, int* pivots, double* results) {
                         const auto work = core::settle_work(memory, pivots, data.n);
                         core::load_start(team, data.circuit_model(), from_rest ? nullptr : x0.data(), work.vectors[2]);
                         const core::SettleOptions<double> options = {5, 10, 40, 1e-12, 1e25, 0, from_rest};
                         const auto settled = core::settle_by_flow(team, data.circuit_model(), options, {}, work);
                         core::SettledOutput<double> out;
                         out.state = results;
                         out.residual = results + m;
                         core::write_settled(team, data.circuit_model(), settled, work, out);
                         return summary_of(settled);
                       });
    }
  }
}

/// A slow start whose equilibrium is too far away to be accepted, and no step to spend: the flow ends right after a
/// polish, at which every lane has looked.
TEST(Width, SettleByFlowThatEndsAtAPolish) {
  CircuitData data{2,
                   ModelKind::main,
                   filled(2, 0.002),
                   filled(2, 0.002),
                   filled(2, 0.3),
                   filled(2, 1),
                   filled(2, 0.1),
                   {0.3, -0.2},
                   identity_matrix(2, 0.5),
                   filled(4, 0)};
  const double a = 2.6 * data.c(0);
  const double gain = 1 - 0.5 * (1 - std::sqrt(a));  // y = u / gain at this a
  const std::vector<double> x0 = {0.3 / gain, -0.2 / gain, a, a};
  expect_same_bits("slow", core::settle_scratch(2, false), 4, 5,
                   [&](const auto& team, double* memory, int* pivots, double* results) {
                     const auto work = core::settle_work(memory, pivots, 2);
                     core::load_start(team, data.circuit_model(), x0.data(), work.vectors[2]);
                     const core::SettleOptions<double> options = {5, 10, 0, 1e-12, 1e25, 0, false};
                     const auto settled = core::settle_by_flow(team, data.circuit_model(), options, {}, work);
                     EXPECT_EQ(settled.status, Status::not_settled) << name(settled.status);
                     EXPECT_GT(settled.newton_steps, 0) << "there was a polish";
                     keep(team, work.x, 4, results);
                     return summary_of(settled);
                   });
}

TEST(Width, SettleOnCycle) {
  for (const auto& [name, data] : circuits()) {
    const int m = 2 * data.n;
    const std::size_t ladder = core::settle_scratch(data.n, false);
    const core::SettleOptions<double> options = {5, 10, 40, 1e-12, 1e25, 400, false};
    expect_same_bits(name, ladder + core::cycle_scratch(data.n), static_cast<std::size_t>(m),
                     static_cast<std::size_t>(m), [&](const auto& team, double* memory, int* pivots, double* results) {
                       const auto work = core::settle_work(memory, pivots, data.n);
                       double* x = memory + ladder;
                       core::load_start(team, data.circuit_model(), static_cast<const double*>(nullptr), x);
                       const auto settled =
                           core::settle_on_cycle(team, data.circuit_model(), options, {}, work, x, x + m);
                       keep(team, work.x, m, results);
                       return summary_of(settled);
                     });
  }
}

TEST(Width, Spectrum) {
  for (const auto& [name, data] : circuits()) {
    const int m = 2 * data.n;
    const std::vector<double> x = start_of(data);
    expect_same_bits(name, core::spectrum_scratch(m), 0, 2 * static_cast<std::size_t>(m),
                     [&](const auto& team, double* memory, int*, double* results) {
                       const auto work = core::spectrum_work(memory, m);
                       const auto spectrum = core::spectrum(team, data.circuit_model(), x.data(), work);
                       core::write_spectrum(
                           team, spectrum, work, m,
                           core::SpectrumOutput<double>{results, nullptr, nullptr, nullptr, nullptr, nullptr});
                       return summary_of(spectrum);
                     });
  }
}

TEST(Width, DrawCircuit) {
  for (const int n : {1, 2, 5, 9}) {
    for (int kind = 0; kind <= static_cast<int>(RecurrentWeights::nonnegative); ++kind) {
      Ensemble ensemble;
      ensemble.n = n;
      ensemble.recurrent = static_cast<RecurrentWeights>(kind);
      ensemble.Wr_scale = kind % 2 == 0 ? RecurrentScale::norm : RecurrentScale::radius;
      ensemble.Wr_density = 0.3;
      ensemble.Wr_rank = n < 3 ? n : 3;
      ensemble.W_kind = static_cast<NormalisationWeights>(kind % 5);
      ensemble.tau_a = Distribution::same_as(Parameter::tau_y, 3);
      ensemble.sigma = Distribution::normal(1, 1, 0.5);
      expect_same_bits("n " + std::to_string(n) + " kind " + std::to_string(kind), core::draw_scratch_size(n), 0,
                       core::circuit_storage_size(n), [&](const auto& team, double* memory, int*, double* results) {
                         const auto circuit = core::draw_circuit(team, ensemble, 3, 17, results, memory);
                         return Summary{static_cast<double>(circuit.n)};
                       });
    }
  }
}

}  // namespace
}  // namespace organics::test
