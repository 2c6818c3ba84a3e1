// Proofs of stability from the public functions, for given circuits and in sweeps.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

struct Certified {
  std::vector<std::uint8_t> proven;
  std::vector<std::int32_t> squarings, unstable;
};

Certified certify_all(const Executor& executor, const Circuits<double>& circuits, const std::vector<double>& states,
                      bool spectrum) {
  const std::int64_t items = circuits.items;
  Certified out{result_memory<std::uint8_t>(items, 1, 77), result_memory<std::int32_t>(items, 1, -77),
                result_memory<std::int32_t>(items, 1, -77)};
  StabilityResults<double> results;
  results.proven = packed(out.proven.data(), items, 1);
  results.squarings = packed(out.squarings.data(), items, 1);
  if (spectrum) results.unstable = packed(out.unstable.data(), items, 1);
  stability<double>(executor, circuits, packed(states.data(), items, 2 * circuits.n), results);
  return out;
}

/// Eigenvalues of the naive Jacobian with a positive real part, by Eigen.
int naive_unstable(const CircuitData& data, const std::vector<double>& x) {
  const Eigen::VectorXcd values = Eigen::EigenSolver<Eigen::MatrixXd>(naive_jacobian(data, x), false).eigenvalues();
  int count = 0;
  for (const auto& value : values) count += value.real() > 0 ? 1 : 0;
  return count;
}

/// One neuron at rest without input: the Jacobian is diag(-1 / tau_y, -1 / tau_a) by hand (W r^2 = 0, Wr = 0), and the
/// nearest matrix that is not stable is 1 / tau_a away.
template <class T>
std::uint8_t proven_at_rest(double perturbation) {
  const T tau_y = T(0.002);
  const T tau_a = T(0.125);
  const T one = T(1);
  const T zero = T(0);
  const T state[] = {zero, one};
  Circuits<T> circuits = {1,
                          1,
                          ModelKind::main,
                          packed(&tau_y, 1, 1),
                          packed(&tau_a, 1, 1),
                          packed(&one, 1, 1),
                          packed(&one, 1, 1),
                          packed(&one, 1, 1),
                          packed(&zero, 1, 1),
                          packed(&zero, 1, 1, 1),
                          packed(&one, 1, 1, 1)};
  std::uint8_t proven = 77;
  StabilityResults<T> results;
  results.proven = packed(&proven, 1, 1);
  stability<T>(Cpu{1}, circuits, packed(static_cast<const T*>(state), 1, 2), results, {.perturbation = perturbation});
  return proven;
}

TEST(Certify, PerturbationIsWhatTheProofCovers) {
  EXPECT_EQ(proven_at_rest<double>(0), 1);
  EXPECT_EQ(proven_at_rest<double>(7), 1);
  EXPECT_EQ(proven_at_rest<double>(8), 0);
  EXPECT_EQ(proven_at_rest<float>(7), 1);
  EXPECT_EQ(proven_at_rest<float>(8), 0);
  EXPECT_EQ(proven_at_rest<double>(1e-300), 1);
}

TEST(Certify, ProvenExactlyWhereEigenSeesNothingUnstable) {
  Random random(1);
  for (const int n : {1, 3, 8}) {
    std::vector<CircuitData> circuits;
    std::vector<double> states;
    for (int i = 0; i < 60; ++i) {
      circuits.push_back(wild_circuit(random, n, ModelKind::main, 2));
      const std::vector<double> x = random_state(random, n);
      states.insert(states.end(), x.begin(), x.end());
    }
    const Certified got = certify_all(Cpu{2}, BatchData<double>(circuits), states, true);
    int stable = 0;
    for (std::size_t i = 0; i < circuits.size(); ++i) {
      const auto from = states.begin() + static_cast<std::ptrdiff_t>(i) * 2 * n;
      const int unstable = naive_unstable(circuits[i], {from, from + 2 * n});
      EXPECT_EQ(got.unstable[i], unstable) << "n " << n << ", circuit " << i;
      EXPECT_EQ(got.proven[i], unstable == 0 ? 1 : 0) << "n " << n << ", circuit " << i;
      EXPECT_GE(got.squarings[i], 0);
      stable += unstable == 0 ? 1 : 0;
    }
    EXPECT_GT(stable, 1) << n;
    EXPECT_LT(stable, 57) << n;
  }
}

TEST(Certify, WithoutTheSpectrumTheProofIsTheSame) {
  Random random(2);
  std::vector<CircuitData> circuits;
  std::vector<double> states;
  for (int i = 0; i < 40; ++i) {
    circuits.push_back(wild_circuit(random, 4, ModelKind::main, 2));
    const std::vector<double> x = random_state(random, 4);
    states.insert(states.end(), x.begin(), x.end());
  }
  const BatchData<double> batch(circuits);
  const Certified with = certify_all(Cpu{1}, batch, states, true);
  const Certified without = certify_all(Cpu{3}, batch, states, false);
  EXPECT_EQ(with.proven, without.proven);
  EXPECT_EQ(with.squarings, without.squarings);
  for (const std::int32_t unstable : without.unstable) EXPECT_EQ(unstable, -77) << "not asked for";
}

TEST(Certify, AStateThatIsNotFiniteIsNotProven) {
  Random random(3);
  const CircuitData data = figure4_circuit(random, 2);
  std::vector<double> x = random_state(random, 2);
  x[1] = std::nan("");
  const Certified got = certify_all(Cpu{1}, BatchData<double>({data}), x, true);
  EXPECT_EQ(got.proven[0], 0);
  EXPECT_EQ(got.unstable[0], -1);
}

TEST(Certify, RefusesViewsOfTheWrongShape) {
  Random random(4);
  const BatchData<double> batch({figure4_circuit(random, 2), figure4_circuit(random, 2)});
  const std::vector<double> states(8, 0.5);
  std::vector<std::uint8_t> proven(2);
  std::vector<std::int32_t> counts(2);
  StabilityResults<double> bad[3];
  bad[0].proven = packed(proven.data(), 1, 1);
  bad[1].squarings = packed(counts.data(), 2, 2);
  bad[2].unstable = packed(counts.data(), 1, 1);
  for (const auto& results : bad) {
    EXPECT_THROW(stability<double>(Cpu{1}, batch, packed(states.data(), 2, 4), results), InvalidArgument);
  }
}

Ensemble figure4(int n, double z_norm = 1) {
  Ensemble ensemble;
  ensemble.n = n;
  ensemble.z_norm = z_norm;
  return ensemble;
}

SweepOptions certifying(std::int64_t circuits, Precision precision = Precision::float64) {
  SweepOptions options;
  options.circuits = circuits;
  options.certify = true;
  options.precision = precision;
  return options;
}

std::int64_t settled(const SweepResults& results) { return results.statuses[static_cast<int>(Status::ok)]; }

TEST(CertifySweep, EveryStableCircuitOfTheEnsembleIsProven) {
  for (const int n : {1, 2, 5, 10}) {
    const SweepResults results = sweep(Cpu{2}, figure4(n), certifying(n == 10 ? 200 : 1000));
    EXPECT_GT(settled(results), 0);
    EXPECT_EQ(results.proven, settled(results)) << n;
    EXPECT_TRUE(results.unproven.empty()) << n;
    EXPECT_TRUE(results.certified);
    for (const SweptCircuit& worst : results.worst) EXPECT_EQ(worst.proven, worst.status == Status::ok);
  }
}

/// Strong input in float: states so large that float can no longer tell, so that some are left unproven and named.
TEST(CertifySweep, UnprovenCircuitsAreCountedAndNamedInOrder) {
  SweepOptions options = certifying(1500, Precision::float32);
  options.worst = 1500;
  const SweepResults all = sweep(Cpu{2}, figure4(6, 2), options);
  EXPECT_EQ(static_cast<std::int64_t>(all.unproven.size()), settled(all) - all.proven);
  ASSERT_GT(all.unproven.size(), 2U);
  for (std::size_t i = 0; i < all.unproven.size(); ++i) {
    EXPECT_EQ(all.unproven[i].status, Status::ok);
    EXPECT_FALSE(all.unproven[i].proven);
    if (i > 0) {
      EXPECT_LT(all.unproven[i - 1].index, all.unproven[i].index);
    }
  }
  options.worst = 2;
  options.chunk = 100;
  const SweepResults some = sweep(Cpu{3}, figure4(6, 2), options);
  EXPECT_EQ(some.proven, all.proven);
  ASSERT_EQ(some.unproven.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(some.unproven[i].index, all.unproven[i].index);
}

TEST(CertifySweep, ChangesNothingElse) {
  SweepOptions options = certifying(400);
  const SweepResults with = sweep(Cpu{1}, figure4(2, 2), options);
  options.certify = false;
  const SweepResults without = sweep(Cpu{1}, figure4(2, 2), options);
  EXPECT_FALSE(without.certified);
  EXPECT_EQ(without.proven, 0);
  EXPECT_TRUE(without.unproven.empty());
  EXPECT_EQ(with.histogram, without.histogram);
  EXPECT_EQ(with.abscissa_max, without.abscissa_max);
  for (int i = 0; i < status_count; ++i) EXPECT_EQ(with.statuses[i], without.statuses[i]);
}

/// Proofs, counts and lists as on the CPU; the states differ in the last bits, the margins do not care.
TEST(CertifyCuda, AsOnTheCpu) {
  if (cuda_device_count() == 0) GTEST_SKIP() << "no CUDA device";
  Random random(5);
  for (const int n : {1, 2, 6, 40}) {
    std::vector<CircuitData> circuits;
    std::vector<double> states;
    for (int i = 0; i < 20; ++i) {
      circuits.push_back(wild_circuit(random, n, ModelKind::main, 2));
      const std::vector<double> x = random_state(random, n);
      states.insert(states.end(), x.begin(), x.end());
    }
    const BatchData<double> batch(circuits);
    const Certified cpu = certify_all(Cpu{}, batch, states, true);
    const Certified cuda = certify_all(Cuda{}, batch, states, true);
    EXPECT_EQ(cpu.proven, cuda.proven) << n;
    EXPECT_EQ(cpu.unstable, cuda.unstable) << n;
    const SweepResults a = sweep(Cpu{}, figure4(n), certifying(200));
    const SweepResults b = sweep(Cuda{}, figure4(n), certifying(200));
    EXPECT_EQ(a.proven, b.proven) << n;
    EXPECT_EQ(a.unproven.size(), b.unproven.size()) << n;
  }
}

}  // namespace
}  // namespace organics::test
