// The CUDA executor against the CPU one and against the golden data, with arrays on the host.
// Skipped where there is no device; with ORGANICS_REQUIRE_CUDA=1 that is a failure instead. ORGANICS_SEED chooses the
// random circuits.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/cuda_test.hpp"
#include "support/golden.hpp"
#include "support/recorded.hpp"

namespace organics::test {
namespace {

std::uint64_t seed() {
  const char* text = std::getenv("ORGANICS_SEED");
  const std::uint64_t value = text != nullptr ? std::strtoull(text, nullptr, 10) : 20241;
  std::cout << "ORGANICS_SEED=" << value << '\n';
  return value;
}

class CudaIntegrate : public CudaTest {};
class CudaSteadyState : public CudaTest {};
class CudaStability : public CudaTest {};
class CudaSweep : public CudaTest {};
class CudaRefusal : public CudaTest {};
class CudaSmall : public CudaTest {};  // for compute-sanitizer: little work for every kind of kernel

constexpr int sizes[] = {1, 2, 3, 5, 10, 16, 33, 64};

std::vector<CircuitData> random_circuits(Random& random, int n, ModelKind model) {
  std::vector<CircuitData> list;
  for (int i = 0; i < (n > 20 ? 3 : 20); ++i) list.push_back(wild_circuit(random, n, model));
  return list;
}

void expect_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance,
                 const std::string& what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << what << ", entry " << i;
    } else {
      EXPECT_NEAR(got[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << what << ", entry " << i;
    }
  }
}

/// Circuits of the Figure 4 ensemble but for Wr: divided by 2 sqrt(n), its norm on average, which needs no decomposition.
std::vector<CircuitData> figure4_like_circuits(Random& random, int n, int count) {
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) {
    CircuitData data = figure4_circuit(random, 1);
    data.n = n;
    data.tau_y = data.tau_a = filled(n, 0.002);
    for (auto* values : {&data.b0, &data.b1, &data.sigma}) *values = random.uniforms(n);
    data.z = random.gaussians(n);
    for (double& value : data.z) value /= std::sqrt(n);
    data.Wr = random.gaussians(n * n);
    for (double& value : data.Wr) value /= 2 * std::sqrt(n);
    data.W = random.uniforms(n * n);
    list.push_back(data);
  }
  return list;
}

std::vector<double> random_states(Random& random, int n, std::size_t count) {
  std::vector<double> states;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = random_state(random, n);
    states.insert(states.end(), x.begin(), x.end());
  }
  return states;
}

template <class T, class From>
std::vector<T> converted(const std::vector<From>& values) {
  std::vector<T> result;
  for (const From value : values) result.push_back(static_cast<T>(value));
  return result;
}

/// Trajectories from rest to `end` seconds.
template <class T>
void expect_trajectories_of_the_cpu(const std::vector<CircuitData>& circuits, double end,
                                    const IntegrateOptions& options, double tolerance) {
  const BatchData<T> batch(circuits);
  const auto times = converted<T>(std::vector<double>{0, end / 2, end});
  const auto cpu = integrate_all<T>(Cpu{}, batch, {}, times, 3, options);
  const auto cuda = integrate_all<T>(Cuda{}, batch, {}, times, 3, options);
  const std::string what = "n " + std::to_string(batch.n());
  EXPECT_EQ(cuda.status, cpu.status) << what;
  expect_near(converted<double>(cuda.states), converted<double>(cpu.states), tolerance, what);
}

template <class T>
void expect_settled_alike(const BatchData<T>& batch, const SettledAll<T>& cuda, const SettledAll<T>& cpu,
                          double tolerance) {
  const std::string what = "n " + std::to_string(batch.n());
  EXPECT_EQ(cuda.status, cpu.status) << what;
  for (std::size_t i = 0; i < cpu.status.size(); ++i) {
    if (cpu.status[i] != Status::ok || cuda.status[i] != Status::ok) continue;
    expect_near(converted<double>(item(cuda.states, i, 2 * batch.n())),
                converted<double>(item(cpu.states, i, 2 * batch.n())), tolerance, what);
  }
}

/// Steady states from rest, and from a start nearby, which the flow has to follow.
template <class T>
void expect_steady_states_of_the_cpu(const std::vector<CircuitData>& circuits, double tolerance) {
  const BatchData<T> batch(circuits);
  const auto cpu = settle_all<T>(Cpu{}, batch);
  expect_settled_alike(batch, settle_all<T>(Cuda{}, batch), cpu, tolerance);
  std::vector<T> start = cpu.states;
  for (T& x : start) x *= T(1.02);
  const auto cuda_flow = settle_all<T>(Cuda{}, batch, start);
  expect_settled_alike(batch, cuda_flow, settle_all<T>(Cpu{}, batch, start), tolerance);
  for (std::size_t i = 0; i < cuda_flow.rung.size(); ++i) {
    EXPECT_EQ(cuda_flow.rung[i], cuda_flow.status[i] == Status::ok ? Rung::flow : Rung::none);
  }
}

/// Spectra at given states against those of the CPU in double.
template <class T>
void expect_spectra_of_the_cpu(const std::vector<CircuitData>& circuits, const std::vector<double>& states,
                               double tolerance) {
  const BatchData<double> batch(circuits);
  const auto cpu = judge_all<double>(Cpu{}, batch, states);
  const auto cuda = judge_all<T>(Cuda{}, BatchData<T>(circuits), converted<T>(states));
  EXPECT_EQ(cuda.status, cpu.status);
  const auto m = static_cast<std::size_t>(2 * batch.n());
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const std::string what = "n " + std::to_string(batch.n()) + ", circuit " + std::to_string(i);
    Spectrum a;
    Spectrum b;
    for (std::size_t at = 2 * m * i; at < 2 * m * (i + 1); at += 2) {
      a.emplace_back(cuda.eigenvalues[at], cuda.eigenvalues[at + 1]);
      b.emplace_back(cpu.eigenvalues[at], cpu.eigenvalues[at + 1]);
    }
    const double size = largest_modulus(b);
    EXPECT_LE(spectral_distance(a, b), tolerance * size) << what;
    EXPECT_NEAR(static_cast<double>(cuda.abscissa[i]), cpu.abscissa[i], tolerance * size) << what;
    const bool clear = std::abs(cpu.abscissa[i]) > tolerance * size;
    EXPECT_TRUE(!clear || cuda.verdict[i] == cpu.verdict[i] || cpu.verdict[i] == Verdict::marginal ||
                cuda.verdict[i] == Verdict::marginal)
        << what;
  }
}

/// Counts of a sweep, which may differ by as many circuits as are marginal and `slack` more.
void expect_counts_of_the_cpu(const Ensemble& ensemble, const SweepOptions& options, std::int64_t slack) {
  const SweepResults cpu = sweep(Cpu{}, ensemble, options);
  const SweepResults cuda = sweep(Cuda{}, ensemble, options);
  const auto at = static_cast<int>(Verdict::marginal);
  const std::int64_t most = cpu.verdicts[at] + cuda.verdicts[at] + slack;
  EXPECT_EQ(cuda.circuits, cpu.circuits);
  for (int i = 0; i < verdict_count; ++i) EXPECT_LE(std::abs(cuda.verdicts[i] - cpu.verdicts[i]), most) << i;
  for (int i = 0; i < status_count; ++i) EXPECT_LE(std::abs(cuda.statuses[i] - cpu.statuses[i]), most) << i;
  const double tolerance = options.precision == Precision::float64 ? 1e-6 : 2e-3;
  EXPECT_NEAR(cuda.abscissa_max, cpu.abscissa_max, tolerance * (1 + std::abs(cpu.abscissa_max)));
  EXPECT_NEAR(cuda.abscissa_min, cpu.abscissa_min, tolerance * (1 + std::abs(cpu.abscissa_min)));
  ASSERT_EQ(cuda.worst.size(), cpu.worst.size());
  ASSERT_EQ(cuda.marginal.size(), cpu.marginal.size());
  for (std::size_t i = 0; i < cpu.digests.size(); ++i) {
    const double median = cpu.digests[i].quantile(0.5);
    EXPECT_LE(std::abs(cuda.digests[i].total() - cpu.digests[i].total()), most) << i;
    const double step = i >= static_cast<std::size_t>(Quantity::newton_steps) ? 1 : 0;
    EXPECT_NEAR(cuda.digests[i].quantile(0.5), median, std::abs(median) / 16 + step) << i;  // two bins
  }
  if (options.precision == Precision::float32) return;
  EXPECT_EQ(cuda.marginal[0].index, cpu.marginal[0].index);
  for (std::size_t i = 0; i < cpu.worst.size(); ++i) EXPECT_EQ(cuda.worst[i].index, cpu.worst[i].index) << i;
}

TEST_F(CudaIntegrate, GoldenTrajectories) {
  IntegrateOptions options;
  options.rtol = 1e-12;
  options.atol = 1e-14;
  options.max_steps = 20000000;
  for (const Method method : {Method::dormand_prince54, Method::tsitouras54}) {
    options.method = method;
    for (const GoldenCircuit& golden : golden_circuits()) {
      const Trajectory& t = golden.trajectories[0];
      const auto got = integrate_all<double>(Cuda{}, BatchData<double>({golden.data}), t.x0, t.times,
                                             static_cast<int>(t.times.size()), options);
      EXPECT_EQ(got.status[0], Status::ok) << golden.name << ": " << name(got.status[0]);
      expect_near(got.states, t.states, 1e-10 + 10 * t.est_error, golden.name);
    }
  }
}

TEST_F(CudaIntegrate, RandomCircuitsAsOnTheCpu) {
  Random random(seed());
  IntegrateOptions options;
  options.rtol = 1e-9;
  options.atol = 1e-11;
  for (const int n : sizes) {
    for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
      const BatchData<double> batch(random_circuits(random, n, model));
      const std::vector<double> times = {0, 0.001, 0.005};
      const auto cpu = integrate_all<double>(Cpu{}, batch, {}, times, 3, options);
      const auto cuda = integrate_all<double>(Cuda{}, batch, {}, times, 3, options);
      const std::string what = "n " + std::to_string(n);
      EXPECT_EQ(cuda.status, cpu.status) << what;
      expect_near(cuda.states, cpu.states, 1e-7, what);
      expect_near(cuda.time_reached, cpu.time_reached, 1e-9, what);
    }
  }
}

TEST_F(CudaIntegrate, EveryMethodWithFixedSteps) {
  Random random(seed());
  IntegrateOptions options;
  options.fixed_step = 1e-5;
  const BatchData<double> batch(random_circuits(random, 4, ModelKind::main));
  for (int method = 0; method < method_count; ++method) {
    options.method = static_cast<Method>(method);
    const auto cpu = integrate_all<double>(Cpu{}, batch, {}, {0, 0.002}, 2, options);
    const auto cuda = integrate_all<double>(Cuda{}, batch, {}, {0, 0.002}, 2, options);
    EXPECT_EQ(cuda.status, cpu.status);
    EXPECT_EQ(cuda.accepted, cpu.accepted);
    expect_near(cuda.states, cpu.states, 1e-10, name(options.method));
  }
}

/// Everything recorded, against the CPU. Step counts may differ by the few whose error lies at the tolerance.
template <class T>
void expect_records_of_the_cpu(const std::vector<CircuitData>& circuits, T seconds, const IntegrateOptions& options,
                               double tolerance) {
  const BatchData<T> batch(circuits);
  const auto cpu = record_all<T>(Cpu{}, batch, seconds, options);
  const auto cuda = record_all<T>(Cuda{}, batch, seconds, options);
  const std::string what = std::string(name(options.method)) + ", n " + std::to_string(batch.n());
  EXPECT_EQ(cuda.status, cpu.status) << what;
  EXPECT_EQ(cuda.ended_by, cpu.ended_by) << what;
  EXPECT_EQ(cuda.event_counts, cpu.event_counts) << what;
  for (const auto field : {&Recorded<T>::states, &Recorded<T>::final_state, &Recorded<T>::time_reached,
                           &Recorded<T>::minimum, &Recorded<T>::maximum, &Recorded<T>::mean}) {
    expect_near(converted<double>(cuda.*field), converted<double>(cpu.*field), tolerance, what);
  }
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    EXPECT_NEAR(cuda.accepted[i], cpu.accepted[i], 2 + cpu.accepted[i] / 20) << what;
    EXPECT_NEAR(cuda.rhs[i], cpu.rhs[i], 20 + cpu.rhs[i] / 10) << what;
    EXPECT_EQ(cuda.lu[i] > 0, cpu.lu[i] > 0) << what;
  }
}

TEST_F(CudaIntegrate, EveryAdaptiveMethodWithEverythingRecorded) {
  Random random(seed());
  IntegrateOptions options;
  options.rtol = 1e-8;
  options.atol = 1e-10;
  for (const int n : {1, 3, 20}) {
    const auto circuits = random_circuits(random, n, n == 3 ? ModelKind::rectified : ModelKind::main);
    for (int method = 0; method < method_count; ++method) {
      options.method = static_cast<Method>(method);
      const bool cheap = options.method == Method::automatic || order(options.method) >= 4;
      if (has_error_estimate(options.method) && cheap) {
        expect_records_of_the_cpu<double>(circuits, 0.01, options, 1e-5);
      }
    }
  }
}

TEST_F(CudaIntegrate, DynamicGainsAsOnTheCpu) {
  Random random(seed());
  for (const int n : {1, 4}) {
    const BatchData<double> batch(random_circuits(random, n, ModelKind::main));
    const auto tau = filled(n, 0.01);
    const auto weights = random.uniforms(n * n);
    const std::int64_t items = batch.items();
    IntegrateInputs<double> in;
    const std::vector<double> span = {0, 0.02};
    in.span = shared(span.data(), items, 2);
    in.gains.tau_b0 = in.gains.tau_b1 = shared(tau.data(), items, n);
    in.gains.W_b0y = in.gains.W_b1a = shared(weights.data(), items, n, n);
    IntegrateOptions options;
    options.rtol = 1e-9;
    for (const Method method : {Method::tsitouras54, Method::rodas43, Method::automatic}) {
      options.method = method;
      std::vector<double> cpu(static_cast<std::size_t>(items * 4 * n));
      std::vector<double> cuda = cpu;
      IntegrateResults<double> results;
      results.final_state = packed(cpu.data(), items, 4 * n);
      integrate<double>(Cpu{}, batch, in, options, results);
      results.final_state = packed(cuda.data(), items, 4 * n);
      integrate<double>(Cuda{}, batch, in, options, results);
      expect_near(cuda, cpu, 1e-6, name(method));
    }
  }
}

TEST_F(CudaIntegrate, ARunawayLeavesTheOthersAlone) {
  Random random(seed());
  std::vector<CircuitData> circuits;
  for (int i = 0; i < 40; ++i) circuits.push_back(figure4_circuit(random, 1));
  const auto without = integrate_all<double>(Cuda{}, BatchData<double>(circuits), {}, {0, 0.02}, 2, {});
  circuits.push_back(blow_up_circuit());
  const auto with = integrate_all<double>(Cuda{}, BatchData<double>(circuits), {}, {0, 0.02}, 2, {});
  EXPECT_EQ(with.status.back(), Status::diverged);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_TRUE(same_bits(item(with.states, i, 4), item(without.states, i, 4)));
}

TEST_F(CudaIntegrate, Float) {
  Random random(seed());
  for (const int n : {1, 5, 20}) {
    const BatchData<float> batch(random_circuits(random, n, ModelKind::main));
    IntegrateOptions options;
    options.rtol = 1e-5;
    options.atol = 1e-6;
    const auto cpu = integrate_all<float>(Cpu{}, batch, {}, {0.0F, 0.002F}, 2, options);
    const auto cuda = integrate_all<float>(Cuda{}, batch, {}, {0.0F, 0.002F}, 2, options);
    EXPECT_EQ(cuda.status, cpu.status);
    expect_near({cuda.states.begin(), cuda.states.end()}, {cpu.states.begin(), cpu.states.end()}, 3e-4, "float");
  }
}

TEST_F(CudaIntegrate, ABlockPerCircuit) {
  Random random(seed());
  IntegrateOptions options;
  options.rtol = 1e-5;
  options.atol = 1e-7;
  expect_trajectories_of_the_cpu<double>(figure4_like_circuits(random, 200, 3), 0.002, options, 1e-4);
}

/// Circuits that all have the weights of the first, of which a block may keep a copy.
void expect_shared_weights_as_on_the_cpu(const std::vector<CircuitData>& circuits, const IntegrateOptions& options,
                                         double tolerance) {
  const BatchData<double> batch(circuits);
  const int n = batch.n();
  Circuits<double> view = batch.view();
  view.Wr = shared(batch.Wr.data(), batch.items(), n, n);
  view.W = shared(batch.W.data(), batch.items(), n, n);
  const std::vector<double> times = {0, 1e-4, 3e-4};
  const auto cpu = integrate_all<double>(Cpu{}, view, {}, times, 3, options);
  const auto cuda = integrate_all<double>(Cuda{}, view, {}, times, 3, options);
  EXPECT_EQ(cuda.status, cpu.status) << "n " << n;
  expect_near(cuda.states, cpu.states, tolerance, "n " + std::to_string(n));
}

TEST_F(CudaIntegrate, WeightsThatAllCircuitsShare) {
  Random random(seed());
  IntegrateOptions options;
  options.rtol = 1e-8;
  options.atol = 1e-10;
  for (const int n : {1, 3, 8, 32, 33, 60, 120}) {
    expect_shared_weights_as_on_the_cpu(figure4_like_circuits(random, n, n > 20 ? 9 : 70), options, 1e-6);
  }
}

/// Samples and costs alone, by `automatic`: what it marches explicitly, until circuits turn out stiff.
IntegrateMemory<double> integrate_automatically(const Executor& executor, const BatchData<double>& batch, double rtol) {
  IntegrateOptions options;
  options.method = Method::automatic;
  options.rtol = rtol;
  options.atol = 1e-3 * rtol;
  const std::vector<double> times = {0, 0.01, 0.05};
  IntegrateInputs<double> inputs;
  inputs.times = shared(times.data(), batch.items(), 3);
  IntegrateMemory<double> memory(batch.items(), 2 * batch.n(), 3, 0, 0);
  IntegrateResults<double> results = memory.counted();
  results.states = packed(memory.states.data(), batch.items(), 2 * batch.n(), 3);
  integrate<double>(executor, batch, inputs, options, results);
  return memory;
}

/// Some of `count` circuits are stiff, and handed over to the kernel that changes the method.
void expect_the_stiff_to_be_handed_over(Random& random, int n, int count) {
  std::vector<CircuitData> circuits = figure4_like_circuits(random, n, count);
  for (std::size_t i = 0; i < circuits.size(); i += 3) circuits[i].tau_y = filled(n, 3e-5);
  const BatchData<double> batch(circuits);
  for (const double rtol : {1e-4, 1e-8}) {
    const std::string what = "n " + std::to_string(n) + ", rtol " + std::to_string(rtol);
    const auto cpu = integrate_automatically(Cpu{}, batch, rtol);
    const auto cuda = integrate_automatically(Cuda{}, batch, rtol);
    EXPECT_EQ(cuda.status, cpu.status) << what;
    expect_near(cuda.states, cpu.states, 1e3 * rtol, what);
    int stiff = 0;
    int otherwise_on_the_cpu = 0;
    for (std::size_t i = 0; i < circuits.size(); ++i) {
      stiff += cuda.lu[i] > 0 ? 1 : 0;
      otherwise_on_the_cpu += (cuda.lu[i] > 0) != (cpu.lu[i] > 0) ? 1 : 0;
    }
    EXPECT_LE(otherwise_on_the_cpu, 1) << what << ": no more than may lie on the edge";
    EXPECT_GT(stiff, 0) << what;
    EXPECT_LT(stiff, count) << what;
  }
}

TEST_F(CudaIntegrate, TheStiffAreHandedOver) {
  Random random(seed());
  for (const int n : {1, 4, 20, 40}) expect_the_stiff_to_be_handed_over(random, n, 12);
}

TEST_F(CudaSteadyState, GoldenSteadyStatesFromTheirStart) {
  for (const GoldenCircuit& golden : golden_circuits()) {
    const auto got = settle_all<double>(Cuda{}, BatchData<double>({golden.data}), golden.trajectories[0].x0);
    const Status expected = golden.status == "steady"    ? Status::ok
                            : golden.status == "blow-up" ? Status::diverged
                                                         : Status::limit_cycle;
    EXPECT_EQ(got.status[0], expected) << golden.name << ": " << name(got.status[0]);
    if (golden.status == "steady") expect_near(got.states, golden.steady_state, 1e-11, golden.name);
  }
}

TEST_F(CudaSteadyState, RandomCircuitsAsOnTheCpu) {
  Random random(seed());
  for (const int n : sizes) {
    for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
      auto circuits = random_circuits(random, n, model);
      circuits[0].Wr = identity_matrix(n);
      const BatchData<double> batch(circuits);
      const auto cpu = settle_all<double>(Cpu{}, batch);
      const auto cuda = settle_all<double>(Cuda{}, batch);
      EXPECT_EQ(cuda.status, cpu.status) << "n " << n;
      EXPECT_EQ(cuda.rung, cpu.rung) << "n " << n;
      for (std::size_t i = 0; i < cpu.status.size(); ++i) {
        if (cpu.status[i] == Status::ok) {
          expect_near(item(cuda.states, i, 2 * n), item(cpu.states, i, 2 * n), 1e-10, "n " + std::to_string(n));
        }
      }
    }
  }
}

TEST_F(CudaSteadyState, ScratchTooLargeForABlocksSharedMemory) {
  Random random(seed());
  expect_steady_states_of_the_cpu<double>(figure4_like_circuits(random, 90, 2), 1e-9);
}

TEST_F(CudaSteadyState, Float) {
  Random random(seed());
  for (const int n : {1, 3, 10, 45}) expect_steady_states_of_the_cpu<float>(figure4_like_circuits(random, n, 5), 1e-4);
}

TEST_F(CudaStability, GoldenSpectra) {
  for (const GoldenCircuit& golden : golden_circuits()) {
    if (golden.status != "steady") continue;
    const auto got = judge_all<double>(Cuda{}, BatchData<double>({golden.data}), golden.steady_state);
    ASSERT_EQ(got.status[0], Status::ok) << golden.name;
    Spectrum spectrum;
    for (std::size_t i = 0; i < got.eigenvalues.size(); i += 2) {
      spectrum.emplace_back(got.eigenvalues[i], got.eigenvalues[i + 1]);
    }
    EXPECT_TRUE(spectra_agree(spectrum, golden.eigenvalues)) << golden.name;
    EXPECT_NEAR(got.abscissa[0], golden.abscissa, 1e-8 * largest_modulus(golden.eigenvalues)) << golden.name;
    EXPECT_EQ(got.verdict[0], Verdict::stable) << golden.name;
  }
}

TEST_F(CudaStability, RandomCircuitsAsOnTheCpu) {
  Random random(seed());
  for (const int n : sizes) {
    const auto circuits = random_circuits(random, n, ModelKind::main);
    expect_spectra_of_the_cpu<double>(circuits, random_states(random, n, circuits.size()), 1e-9);
  }
}

TEST_F(CudaStability, ScratchTooLargeForABlocksSharedMemory) {
  Random random(seed());
  const auto circuits = figure4_like_circuits(random, 90, 3);
  expect_spectra_of_the_cpu<double>(circuits, random_states(random, 90, circuits.size()), 1e-8);
}

TEST_F(CudaStability, Float) {
  Random random(seed());
  for (const int n : {1, 3, 10, 45}) {
    const auto circuits = figure4_like_circuits(random, n, 5);
    expect_spectra_of_the_cpu<float>(circuits, random_states(random, n, circuits.size()), 5e-3);
  }
}

TEST_F(CudaSweep, CountsAreThoseOfTheCpuExceptForMarginalCircuits) {
  const std::uint64_t chosen = seed();
  for (const int n : {1, 2, 5, 10}) {
    for (const double drive : {1.0, 3.0}) {
      Ensemble ensemble;
      ensemble.n = n;
      ensemble.z_norm = drive;
      SweepOptions options;
      options.seed = chosen;
      options.circuits = n > 4 ? 2000 : 10000;
      expect_counts_of_the_cpu(ensemble, options, 0);
    }
  }
}

TEST_F(CudaSweep, FloatCountsAreCloseToThoseOfTheCpu) {
  SweepOptions options;
  options.seed = seed();
  options.precision = Precision::float32;
  options.circuits = 2000;
  for (const int n : {1, 3, 10}) {
    Ensemble ensemble;
    ensemble.n = n;
    expect_counts_of_the_cpu(ensemble, options, options.circuits / 100);
  }
}

TEST_F(CudaSweep, ChunksDoNotMatter) {
  Ensemble ensemble;
  ensemble.n = 3;
  SweepOptions options;
  options.circuits = 1000;
  const SweepResults whole = sweep(Cuda{}, ensemble, options);
  for (const std::int64_t chunk : {1, 77, 999}) {
    if (chunk == 1) options.circuits = 20;
    options.chunk = chunk;
    const SweepResults cut = sweep(Cuda{}, ensemble, options);
    options.chunk = 0;
    const SweepResults same = options.circuits == 1000 ? whole : sweep(Cuda{}, ensemble, options);
    options.circuits = 1000;
    EXPECT_EQ(cut.histogram, same.histogram);
    EXPECT_TRUE(same_bits(cut.verdicts, same.verdicts, verdict_count));
    EXPECT_EQ(cut.abscissa_max, same.abscissa_max);
  }
}

TEST_F(CudaRefusal, BadInputIsRefusedAsOnTheCpu) {
  Random random(1);
  BatchData<double> batch({figure4_circuit(random, 2)});
  batch.tau_y[1] = -1;
  EXPECT_THROW(settle_all<double>(Cuda{}, batch), InvalidArgument);
  EXPECT_THROW(judge_all<double>(Cuda{}, batch, std::vector<double>(4, 1.0)), InvalidArgument);
  EXPECT_THROW(integrate_all<double>(Cuda{}, batch, {}, {0, 1}, 2, {}), InvalidArgument);
}

TEST_F(CudaRefusal, ADeviceThatIsNotThereIsADeviceError) {
  Random random(1);
  const BatchData<double> batch({figure4_circuit(random, 2)});
  EXPECT_THROW(settle_all<double>(Cuda{cuda_device_count()}, batch), DeviceError);
  EXPECT_THROW(describe(Cuda{-1}), DeviceError);
  EXPECT_EQ(settle_all<double>(Cuda{}, batch).status[0], Status::ok) << "and the one that is works afterwards";
}

TEST_F(CudaRefusal, AnEmptyBatchIsNoWork) {
  Circuits<double> none;
  none.n = 4;
  EXPECT_NO_THROW(steady_state<double>(Cuda{}, none, {}, {}, {}));
  EXPECT_NO_THROW(stability<double>(Cuda{}, none, {}, {}));
}

// Sizes of the small tests: one thread, part of a warp and a block per circuit, in double and in float.

TEST_F(CudaSmall, Integrate) {
  Random random(1);
  IntegrateOptions options;
  options.fixed_step = 5e-5;
  for (const int n : {1, 3, 8, 13, 32, 40}) {
    expect_trajectories_of_the_cpu<double>(figure4_like_circuits(random, n, 4), 2e-4, options, 1e-10);
    expect_trajectories_of_the_cpu<float>(figure4_like_circuits(random, n, 4), 2e-4, options, 1e-4);
  }
  for (const int n : {3, 40}) expect_shared_weights_as_on_the_cpu(figure4_like_circuits(random, n, 12), options, 1e-10);
  // the march needs little memory: a block only from n = 101 (double) or 201 (float)
  expect_trajectories_of_the_cpu<double>(figure4_like_circuits(random, 200, 4), 1e-4, options, 1e-10);
  expect_trajectories_of_the_cpu<float>(figure4_like_circuits(random, 400, 4), 1e-4, options, 1e-4);
}

TEST_F(CudaSmall, IntegrateWithErrorControl) {
  Random random(1);
  const IntegrateOptions options;
  for (const int n : {1, 3}) {
    expect_trajectories_of_the_cpu<double>(figure4_like_circuits(random, n, 4), 1e-3, options, 1e-5);
  }
}

TEST_F(CudaSmall, IntegrateAutomatically) {
  Random random(1);
  for (const int n : {1, 3}) expect_the_stiff_to_be_handed_over(random, n, 4);
}

TEST_F(CudaSmall, IntegrateWithEverythingRecorded) {
  Random random(1);
  IntegrateOptions options;
  for (const Method method : {Method::tsitouras54, Method::rodas43, Method::automatic}) {
    options.method = method;
    for (const int n : {1, 3, 40}) {
      expect_records_of_the_cpu<double>(figure4_like_circuits(random, n, 4), 5e-4, options, 1e-4);
      expect_records_of_the_cpu<float>(figure4_like_circuits(random, n, 4), 5e-4F, options, 1e-2);
    }
  }
}

TEST_F(CudaSmall, SteadyStateFromRestAndByTheFlow) {
  Random random(1);
  for (const int n : {1, 3}) expect_steady_states_of_the_cpu<double>(figure4_like_circuits(random, n, 4), 1e-10);
  for (const int n : {1, 3}) expect_steady_states_of_the_cpu<float>(figure4_like_circuits(random, n, 4), 1e-4);
  expect_steady_states_of_the_cpu<double>(figure4_like_circuits(random, 40, 4), 1e-10);
  expect_steady_states_of_the_cpu<float>(figure4_like_circuits(random, 45, 4), 1e-4);
}

TEST_F(CudaSmall, Stability) {
  Random random(1);
  for (const int n : {1, 3, 40, 45}) {
    const auto circuits = figure4_like_circuits(random, n, 4);
    const auto states = random_states(random, n, circuits.size());
    if (n <= 40) expect_spectra_of_the_cpu<double>(circuits, states, 1e-8);
    if (n != 40) expect_spectra_of_the_cpu<float>(circuits, states, 5e-3);
  }
}

TEST_F(CudaSmall, Sweep) {
  SweepOptions options;
  for (const Precision precision : {Precision::float64, Precision::float32}) {
    options.precision = precision;
    for (const int n : {1, 3, 40}) {
      Ensemble ensemble;
      ensemble.n = n;
      options.circuits = n == 40 ? 4 : 64;
      expect_counts_of_the_cpu(ensemble, options, precision == Precision::float64 ? 0 : 2);
    }
  }
}

TEST_F(CudaSmall, MixedSweep) {
  SweepOptions options;
  options.verdict_only = true;
  for (const int n : {1, 3, 40, 60}) {
    Ensemble ensemble;
    ensemble.n = n;
    options.circuits = n >= 40 ? 4 : 64;
    options.precision = Precision::float64;
    const SweepResults wide = sweep(Cpu{}, ensemble, options);
    options.precision = Precision::mixed;
    const SweepResults mixed = sweep(Cuda{}, ensemble, options);
    for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(mixed.verdicts[i], wide.verdicts[i]) << n;
  }
}

}  // namespace
}  // namespace organics::test
