// The theory as batch functions: what the core computes arrives where it should, from any number of threads, and what
// the theorems do not cover is refused.
#include "organics/theory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/batch_data.hpp"
#include "support/golden.hpp"

namespace organics::test {
namespace {

template <class T>
struct Planar {
  std::vector<std::int32_t> count;
  std::vector<T> states, eigenvalues;
  std::vector<EquilibriumType> type;
  std::vector<Status> status;
};

template <class T>
Planar<T> planar_all(const Executor& executor, const Circuits<T>& circuits) {
  const std::int64_t items = circuits.items;
  Planar<T> out{result_memory<std::int32_t>(items, 1, -77), result_memory<T>(items, 6, T(-77)),
                result_memory<T>(items, 12, T(-77)), result_memory(items, 3, EquilibriumType::marginal),
                result_memory(items, 1, Status::singular)};
  planar_equilibria<T>(
      executor, circuits,
      {packed(out.count.data(), items, 1), packed(out.states.data(), items, 2, 3), packed(out.type.data(), items, 3),
       packed(out.eigenvalues.data(), items, 4, 3), packed(out.status.data(), items, 1)});
  return out;
}

template <class T>
struct Certified {
  std::vector<std::uint8_t> proven;
  std::vector<T> diagonal, margin;
  std::vector<Status> status;
};

template <class T>
Certified<T> certify_all(const Executor& executor, const Circuits<T>& circuits) {
  const std::int64_t items = circuits.items;
  Certified<T> out{result_memory<std::uint8_t>(items, 1, 77), result_memory<T>(items, circuits.n, T(-77)),
                   result_memory<T>(items, 1, T(-77)), result_memory(items, 1, Status::step_limit)};
  certify_identity<T>(executor, circuits,
                      {packed(out.proven.data(), items, 1), packed(out.diagonal.data(), items, circuits.n),
                       packed(out.margin.data(), items, 1), packed(out.status.data(), items, 1)});
  return out;
}

CircuitData identity_circuit(Random& random, int n, ModelKind model) {
  CircuitData data = wild_circuit(random, n, model);
  data.Wr = identity_matrix(n);
  return data;
}

std::vector<CircuitData> identity_circuits(int count, int n, ModelKind model, std::uint64_t seed) {
  Random random(seed);
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) list.push_back(identity_circuit(random, n, model));
  return list;
}

/// The message of the InvalidArgument that f throws.
template <class F>
std::string refusal(const F& f) {
  try {
    f();
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "not refused";
}

TEST(PlanarEquilibria, OfTheFiguresAndTheGoldenCircuits) {
  for (const auto* list : {&golden_figures(), &golden_circuits()}) {
    for (const GoldenCircuit& golden : *list) {
      if (golden.fixed_points.empty()) continue;
      const auto got = planar_all<double>(Cpu{1}, BatchData<double>({golden.data}));
      ASSERT_EQ(got.status[0], Status::ok);
      ASSERT_EQ(got.count[0], static_cast<int>(golden.fixed_points.size())) << golden.name;
      for (const FixedPoint& point : golden.fixed_points) {
        int found = 0;
        for (std::size_t k = 0; k < 3; ++k) {
          const double y = got.states[2 * k];
          const double a = got.states[2 * k + 1];
          if (!(std::abs(y - point.x[0]) <= 1e-10 && std::abs(a - point.x[1]) <= 1e-10 * (1 + a))) continue;
          ++found;
          EXPECT_EQ(name(got.type[k]), point.type) << golden.name;
          const double* pair = &got.eigenvalues[4 * k];
          EXPECT_TRUE(spectra_agree({{pair[0], pair[1]}, {pair[2], pair[3]}}, point.eigenvalues)) << golden.name;
        }
        EXPECT_EQ(found, 1) << golden.name << ": y " << point.x[0];
      }
      for (auto k = static_cast<std::size_t>(got.count[0]); k < 3; ++k) {
        EXPECT_TRUE(std::isnan(got.states[2 * k]) && std::isnan(got.eigenvalues[4 * k + 3]));
        EXPECT_EQ(got.type[k], EquilibriumType::none);
      }
    }
  }
}

std::vector<CircuitData> neuron_pairs(int count) {
  Random random(92);
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) {
    list.push_back(one_neuron(random.uniform(-3, 3), random.log_uniform(0.01, 10), random.gaussian(),
                              random.log_uniform(1e-6, 4)));
  }
  return list;
}

TEST(PlanarEquilibria, SameBitsFromAnyNumberOfThreads) {
  const BatchData<double> batch(neuron_pairs(1000));
  const auto one = planar_all<double>(Cpu{1}, batch);
  const auto many = planar_all<double>(Cpu{4}, batch);
  EXPECT_EQ(one.count, many.count);
  EXPECT_EQ(one.type, many.type);
  for (std::size_t i = 0; i < one.states.size(); ++i) {
    EXPECT_TRUE(one.states[i] == many.states[i] || (std::isnan(one.states[i]) && std::isnan(many.states[i])));
  }
}

TEST(PlanarEquilibria, StabilityAgreesAtEachOfThem) {
  const BatchData<double> batch(neuron_pairs(500));
  const auto got = planar_all<double>(Cpu{1}, batch);
  std::vector<double> firsts;
  for (std::size_t i = 0; i < 500; ++i) firsts.insert(firsts.end(), {got.states[6 * i], got.states[6 * i + 1]});
  const auto judged = judge_all<double>(Cpu{1}, batch, firsts);
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_GE(got.count[i], 1);
    const bool stable =
        got.type[3 * i] == EquilibriumType::stable_node || got.type[3 * i] == EquilibriumType::stable_focus;
    EXPECT_EQ(judged.verdict[i], stable ? Verdict::stable : Verdict::unstable) << i;
  }
}

TEST(PlanarEquilibria, TellWhereTheConjectureHolds) {
  EXPECT_TRUE(stable_equilibrium_exists(1, 1, 1, 1));
  EXPECT_FALSE(stable_equilibrium_exists(-1, 1, 1, 1));
  EXPECT_FALSE(stable_equilibrium_exists(-1, 1, 0, 5));
  EXPECT_TRUE(stable_equilibrium_exists(-1, 0.1, 1, 0.1));
  EXPECT_EQ(refusal([] { stable_equilibrium_exists(-1, -1, 1, 1); }), "w = -1: expected a finite number >= 0");
  EXPECT_EQ(refusal([] { stable_equilibrium_exists(-1, 1, 1, 0); }), "c = 0: expected a finite number > 0");
}

TEST(PlanarEquilibria, RefuseLargerCircuits) {
  const BatchData<double> batch(identity_circuits(1, 2, ModelKind::main, 93));
  EXPECT_EQ(refusal([&] { planar_equilibria<double>(Cpu{1}, batch, {}); }),
            "circuits: n = 2: expected 1, as equilibria of larger circuits have no closed form");
}

TEST(CertifyIdentity, ProvesEveryCircuitInBothPrecisions) {
  for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
    for (const int n : {1, 2, 5, 10, 30}) {
      const auto circuits = identity_circuits(50, n, model, 94);
      const BatchData<double> batch(circuits);
      const auto got = certify_all<double>(Cpu{2}, batch);
      const auto judged = judge_all<double>(Cpu{1}, batch, settle_all<double>(Cpu{1}, batch).states);
      for (std::size_t i = 0; i < 50; ++i) {
        EXPECT_EQ(got.status[i], Status::ok);
        EXPECT_EQ(got.proven[i], 1) << "n " << n;
        EXPECT_GT(got.margin[i], 0);
        EXPECT_EQ(judged.verdict[i], Verdict::stable);
      }
      for (const double value : got.diagonal) EXPECT_GT(value, 0);
      const auto single = certify_all<float>(Cpu{1}, BatchData<float>(circuits));
      EXPECT_EQ(std::count(single.proven.begin(), single.proven.end(), 1), 50) << "n " << n;
    }
  }
}

TEST(CertifyIdentity, RefusesOtherRecurrence) {
  auto circuits = identity_circuits(5, 3, ModelKind::main, 95);
  circuits[3].Wr[1] = 1e-12;
  const BatchData<double> batch(circuits);
  EXPECT_EQ(refusal([&] { certify_all<double>(Cpu{1}, batch); }), "circuit 3: Wr: expected the identity");
  EXPECT_EQ(refusal([&] { oscillator<double>(Cpu{1}, batch, {}); }), "circuit 3: Wr: expected the identity");
}

TEST(CertifyIdentity, ClaimsNothingWithoutAnEquilibrium) {
  CircuitData data = one_neuron(1, 0, 1, 0);  // a = 0 and y = u / 0
  const auto got = certify_all<double>(Cpu{1}, BatchData<double>({data}));
  EXPECT_EQ(got.proven[0], 0);
  EXPECT_EQ(got.status[0], Status::non_finite);
  EXPECT_TRUE(std::isnan(got.margin[0]) && std::isnan(got.diagonal[0]));
}

TEST(OscillatorForm, HasTheSpectrumThatStabilityFinds) {
  for (const ModelKind model : {ModelKind::main, ModelKind::rectified}) {
    constexpr int n = 6;
    constexpr int items = 20;
    const BatchData<double> batch(identity_circuits(items, n, model, 96));
    std::vector<double> B(items * n * n);
    std::vector<double> K(items * n);
    std::vector<Status> status(items, Status::singular);
    oscillator<double>(Cpu{2}, batch,
                       {packed(B.data(), items, n, n), packed(K.data(), items, n), packed(status.data(), items, 1)});
    const auto judged = judge_all<double>(Cpu{1}, batch, settle_all<double>(Cpu{1}, batch).states);
    for (std::size_t i = 0; i < items; ++i) {
      EXPECT_EQ(status[i], Status::ok);
      const Eigen::MatrixXd damping = Eigen::Map<const Eigen::MatrixXd>(&B[i * n * n], n, n);
      const Eigen::VectorXd stiffness = Eigen::Map<const Eigen::VectorXd>(&K[i * n], n);
      const double rate = std::sqrt(stiffness.mean());
      Eigen::MatrixXd C(2 * n, 2 * n);
      C << Eigen::MatrixXd::Zero(n, n), rate * Eigen::MatrixXd::Identity(n, n),
          -Eigen::MatrixXd(stiffness.asDiagonal()) / rate, -damping;
      Spectrum expected;
      for (std::size_t k = 0; k < 2 * n; ++k) {
        expected.emplace_back(judged.eigenvalues[4 * n * i + 2 * k], judged.eigenvalues[4 * n * i + 2 * k + 1]);
      }
      EXPECT_TRUE(spectra_agree(eigen_spectrum(C), expected));
    }
  }
}

TEST(UniformSpectrum, IsTheOneThatStabilityFinds) {
  Random random(97);
  constexpr int n = 5;
  constexpr std::size_t pairs = 4 * n;
  std::vector<CircuitData> circuits;
  for (int i = 0; i < 20; ++i) {
    CircuitData data = identity_circuit(random, n, ModelKind::rectified);
    data.W = filled(n * n, random.uniform(0.1, 2));
    data.tau_y = filled(n, random.uniform(0.001, 0.01));
    data.tau_a = filled(n, random.uniform(0.001, 0.01));
    data.b0 = filled(n, 0.5);
    data.sigma = filled(n, random.uniform(0.1, 1));
    circuits.push_back(data);
  }
  const BatchData<double> batch(circuits);
  std::vector<double> got(20 * pairs, -77);
  uniform_spectrum<double>(Cpu{1}, batch, packed(got.data(), 20, 2, 2 * n));
  const auto judged = judge_all<double>(Cpu{1}, batch, settle_all<double>(Cpu{1}, batch).states);
  for (std::size_t i = 0; i < got.size(); i += 2) {
    EXPECT_NEAR(got[i], judged.eigenvalues[i], 1e-8) << i;
    EXPECT_NEAR(std::abs(got[i + 1]), std::abs(judged.eigenvalues[i + 1]), 1e-8) << i;
    EXPECT_TRUE(i % pairs == 0 || got[i - 2] <= got[i]);
  }
  circuits[7].W[2] *= 1.5;
  const BatchData<double> other(circuits);
  EXPECT_TRUE(refusal([&] {
                uniform_spectrum<double>(Cpu{1}, other, packed(got.data(), 20, 2, 2 * n));
              }).starts_with("circuit 7: parameters: expected Wr = I"));
}

TEST(Modes, OfEachEigenvalue) {
  const std::vector<double> pairs = {-3, 4, -3, -4, -2, 0, 5, 0, std::nan(""), std::nan("")};
  std::vector<double> frequency(5, -77);
  std::vector<double> damping(5, -77);
  modes<double>(Cpu{1}, packed(pairs.data(), 1, 2, 5), {packed(frequency.data(), 1, 5), packed(damping.data(), 1, 5)});
  const std::vector<double> expected_frequency = {5, 5, 2, 5};
  const std::vector<double> expected_damping = {0.6, 0.6, 1, -1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(frequency[i], expected_frequency[i], 1e-14);
    EXPECT_NEAR(damping[i], expected_damping[i], 1e-15);
  }
  EXPECT_TRUE(std::isnan(frequency[4]) && std::isnan(damping[4]));
  EXPECT_EQ(refusal([&] { modes<double>(Cpu{1}, packed(pairs.data(), 1, 5, 2), {}); }),
            "eigenvalues: shape = 5 x 2: expected 2 x 2");
}

TEST(Theory, IsNotOnACudaExecutorYet) {
  const BatchData<double> batch(identity_circuits(1, 1, ModelKind::main, 98));
  EXPECT_THROW(planar_equilibria<double>(Cuda{}, batch, {}), DeviceError);
  EXPECT_THROW(oscillator<double>(Cuda{}, batch, {}), DeviceError);
  EXPECT_THROW(certify_identity<double>(Cuda{}, batch, {}), DeviceError);
  EXPECT_THROW(uniform_spectrum<double>(Cuda{}, batch, {}), DeviceError);
  EXPECT_THROW(modes<double>(Cuda{}, {}, {}), DeviceError);
}

TEST(Theory, EmptyBatchesAndMisshapenResults) {
  Circuits<double> none;
  none.n = 1;
  planar_equilibria<double>(Cpu{1}, none, {});
  certify_identity<double>(Cpu{1}, none, {});
  modes<double>(Cpu{1}, {}, {});
  const BatchData<double> batch(identity_circuits(2, 1, ModelKind::main, 99));
  std::vector<std::int32_t> count(1);
  EXPECT_TRUE(refusal([&] {
                planar_equilibria<double>(Cpu{1}, batch, {.count = packed(count.data(), 1, 1)});
              }).starts_with("results.count: items = 1: expected 2"));
}

}  // namespace
}  // namespace organics::test
