// spectra() and abscissa_sensitivity(): batches, views that are shared, strided or absent, arguments that are refused,
// and the device against the CPU where there is one.
#include "organics/spectra.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "organics/sensitivity.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/cuda_test.hpp"
#include "support/spectra.hpp"

namespace organics::test {
namespace {

/// A batch of random matrices, one after the other.
template <class T>
std::vector<T> matrices(int m, int items, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<T> values;
  for (const double value : random.gaussians(m * m * items)) values.push_back(static_cast<T>(value));
  return values;
}

/// Memory for every result of spectra().
template <class T>
struct SpectraMemory {
  std::int64_t items;
  int m;
  std::vector<T> eigenvalues, abscissa, right, left, overlap, checks;
  std::vector<Status> status;

  SpectraMemory(std::int64_t count, int rows) : items(count), m(rows) {
    for (auto* pairs : {&eigenvalues, &right, &left}) *pairs = result_memory(items, 2 * m, T(-77));
    abscissa = result_memory(items, 1, T(-77));
    overlap = result_memory(items, 2, T(-77));
    checks = result_memory(items, 4, T(-77));
    status = result_memory(items, 1, Status::singular);
  }
  SpectraResults<T> all() {
    return {packed(eigenvalues.data(), items, 2, m), packed(abscissa.data(), items, 1),
            packed(right.data(), items, 2, m),       packed(left.data(), items, 2, m),
            packed(overlap.data(), items, 2),        packed(checks.data(), items, 4),
            packed(status.data(), items, 1)};
  }
};

TEST(Spectra, EachMatrixOfABatchAgreesWithEigen) {
  for (const int m : {1, 2, 3, 10}) {
    constexpr int items = 20;
    const std::vector<double> values = matrices<double>(m, items);
    SpectraMemory<double> memory(items, m);
    spectra<double>(Cpu{2}, packed(values.data(), items, m, m), {}, memory.all());
    for (std::size_t i = 0; i < items; ++i) {
      const Eigen::Map<const Eigen::MatrixXd> A(values.data() + i * static_cast<std::size_t>(m * m), m, m);
      Spectrum found;
      for (std::size_t k = 0; k < static_cast<std::size_t>(m); ++k) {
        const std::size_t at = 2 * (i * static_cast<std::size_t>(m) + k);
        found.emplace_back(memory.eigenvalues[at], memory.eigenvalues[at + 1]);
      }
      const Spectrum expected = eigen_spectrum(A);
      EXPECT_LE(spectral_distance(found, expected), 1e-11) << m << " rows, item " << i;
      EXPECT_NEAR(memory.abscissa[i], abscissa_of(expected), 1e-11);
      EXPECT_EQ(memory.status[i], Status::ok);
      EXPECT_LE(memory.checks[4 * i], 1e-13);
      EXPECT_LE(memory.checks[4 * i + 1], 1e-9);
      EXPECT_EQ(memory.checks[4 * i + 2], 0);
      EXPECT_LE(memory.checks[4 * i + 3], 1e-14);
      EXPECT_GT(std::hypot(memory.overlap[2 * i], memory.overlap[2 * i + 1]), 1e-3);
    }
  }
}

/// How far rounding may move an eigenvalue of the 2 x 2 matrix A, whose eigenvalues are l_1 and l_2: with r = |l_1 - l_2|
/// / 2 and r^2 known to a few eps |A|^2.
double planar_rounding(const double* A, const double* eigenvalues) {
  constexpr double eps = std::numeric_limits<double>::epsilon();
  double size = 0;
  for (int k = 0; k < 4; ++k) size = std::max(size, 2 * std::abs(A[k]));
  const double r = std::hypot(eigenvalues[0] - eigenvalues[2], eigenvalues[1] - eigenvalues[3]) / size / 2;
  return size * (4 * eps + std::min(std::sqrt(8 * eps), 8 * eps / r));
}

/// Two rows without vectors have code of their own, which may fuse multiplications with additions.
TEST(Spectra, EigenvaluesAloneAreTheSameAsWithVectors) {
  constexpr int items = 401;  // no multiple of the lanes
  for (const auto& [m, simd] : std::vector<std::pair<int, Simd>>{
           {1, Simd::widest}, {2, Simd::none}, {2, Simd::baseline}, {2, Simd::widest}, {3, Simd::widest}}) {
    std::vector<double> values = matrices<double>(m, items, 7);
    const auto size = static_cast<std::size_t>(m * m);
    for (std::size_t k = 0; k < values.size(); ++k) {
      const std::size_t item = k / size;
      if (item % 8 == 1 && k % size == 0) values[k] = std::numeric_limits<double>::quiet_NaN();
      if (item % 8 == 2 && k % size == size - 1) values[k] = -std::numeric_limits<double>::infinity();
      if (item % 8 == 3 && k % size == 1) values[k] = 0;
      if (item % 8 == 4) values[k] = item % 16 == 4 ? 0 : std::round(values[k]);
      if (item % 8 == 5) values[k] *= 1e200;
      if (item % 8 == 6) values[k] *= 1e-200;
    }
    SpectraMemory<double> full(items, m);
    spectra<double>(Cpu{1}, packed(values.data(), items, m, m), {}, full.all());
    SpectraMemory<double> alone(items, m);
    SpectraResults<double> results;
    results.eigenvalues = packed(alone.eigenvalues.data(), items, 2, m);
    results.abscissa = packed(alone.abscissa.data(), items, 1);
    results.status = packed(alone.status.data(), items, 1);
    spectra<double>(Cpu{2, simd}, packed(values.data(), items, m, m), {}, results);
    for (std::size_t i = 0; i < items; ++i) {
      const bool finite = full.status[i] != Status::non_finite;
      EXPECT_EQ(alone.status[i], finite ? Status::ok : Status::non_finite) << m << " rows, item " << i;
      EXPECT_EQ(finite, i % 8 != 1 && i % 8 != 2);
      for (std::size_t k = 0; k < 2 * static_cast<std::size_t>(m); ++k) {
        const std::size_t at = 2 * i * static_cast<std::size_t>(m) + k;
        const double rounding =
            m == 2 && finite ? planar_rounding(values.data() + 4 * i, full.eigenvalues.data() + 4 * i) : 0;
        const double difference = std::abs(full.eigenvalues[at] - alone.eigenvalues[at]);
        EXPECT_TRUE(difference <= rounding || !finite) << m << " rows, item " << i << ", difference " << difference;
        EXPECT_EQ(std::isnan(alone.eigenvalues[at]), !finite) << m << " rows, item " << i;
      }
      const std::size_t last = 2 * (i + 1) * static_cast<std::size_t>(m) - 2;
      EXPECT_TRUE(alone.abscissa[i] == alone.eigenvalues[last] || (!finite && std::isnan(alone.abscissa[i])));
    }
  }
}

TEST(Spectra, ViewsMayBeSharedStridedOrAbsent) {
  const std::vector<double> values = matrices<double>(4, 3);
  SpectraMemory<double> full(3, 4);
  spectra<double>(Cpu{1}, packed(values.data(), 3, 4, 4), {}, full.all());
  std::vector<double> abscissa(6, -77);
  SpectraResults<double> results;
  results.abscissa = {abscissa.data(), 3, 1, 1, 2};
  spectra<double>(Cpu{3}, packed(values.data(), 3, 4, 4), {}, results);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(abscissa[2 * i], full.abscissa[i]);
    EXPECT_EQ(abscissa[2 * i + 1], -77);
  }
  spectra<double>(Cpu{}, shared(values.data(), 3, 4, 4), {}, results);
  EXPECT_EQ(abscissa[2], full.abscissa[0]);
  EXPECT_EQ(abscissa[4], full.abscissa[0]);
  spectra<double>(Cpu{}, packed(values.data(), 0, 4, 4), {}, {});
  EXPECT_EQ(spectra_workspace_size<double>(Cpu{}, packed(values.data(), 3, 4, 4), results), 0U);
}

TEST(Spectra, OneBadMatrixSpoilsNoOther) {
  for (const int m : {2, 5}) {
    std::vector<float> values = matrices<float>(m, 4);
    values[static_cast<std::size_t>(m * m + 1)] = std::numeric_limits<float>::infinity();
    values[static_cast<std::size_t>(2 * m * m)] = std::nanf("");
    SpectraMemory<float> memory(4, m);
    spectra<float>(Cpu{2}, packed(values.data(), 4, m, m), {}, memory.all());
    EXPECT_EQ(memory.status, (std::vector{Status::ok, Status::non_finite, Status::non_finite, Status::ok}));
    EXPECT_TRUE(std::isnan(memory.abscissa[1]) && std::isnan(memory.checks[4]) && std::isnan(memory.overlap[4]));
    EXPECT_FALSE(std::isnan(memory.abscissa[3]) || std::isnan(memory.checks[12]));
  }
}

TEST(Spectra, AToleranceThatNothingMeetsIsReported) {
  const std::vector<double> values = matrices<double>(6, 1);
  SpectraMemory<double> memory(1, 6);
  SpectraOptions options;
  options.vector_tolerance = 1e-30;
  spectra<double>(Cpu{1}, packed(values.data(), 1, 6, 6), options, memory.all());
  EXPECT_EQ(memory.status[0], Status::not_converged);
  EXPECT_FALSE(std::isnan(memory.abscissa[0]));
}

template <class F>
void expect_refused(const std::string& part, const F& call) {
  try {
    call();
    ADD_FAILURE() << "accepted; expected a refusal that says: " << part;
  } catch (const InvalidArgument& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Spectra, BadArgumentsAreRefused) {
  const std::vector<double> values = matrices<double>(3, 2);
  std::vector<double> memory(100);
  const auto run = [&](BatchView<const double> view, const SpectraResults<double>& results, double tolerance = 0) {
    SpectraOptions options;
    options.vector_tolerance = tolerance;
    return [=] { spectra<double>(Cpu{1}, view, options, results); };
  };
  const auto good = packed(values.data(), 2, 3, 3);
  expect_refused("matrices: shape = 3 x 2: expected 3 x 3", run(packed(values.data(), 2, 3, 2), {}));
  expect_refused("matrices: rows = 0", run(packed(values.data(), 2, 0, 0), {}));
  expect_refused("matrices: no data", run({nullptr, 2, 3, 3, 9}, {}));
  expect_refused("vector_tolerance = -1", run(good, {}, -1));
  SpectraResults<double> results;
  results.right = packed(memory.data(), 2, 3, 2);
  expect_refused("results.right: shape = 3 x 2: expected 2 x 3", run(good, results));
  results = {};
  results.abscissa = shared(memory.data(), 2, 1);
  expect_refused("results.abscissa: item_stride = 0", run(good, results));
}

/// Memory for every result of abscissa_sensitivity().
struct SensitivityMemory {
  std::int64_t items;
  int n;
  std::vector<double> vectors, matrices, abscissa;
  std::vector<Status> status;

  SensitivityMemory(std::int64_t count, int neurons)
      : items(count),
        n(neurons),
        vectors(result_memory(count, 6 * neurons, -77.0)),
        matrices(result_memory(count, 2 * neurons * neurons, -77.0)),
        abscissa(result_memory(count, 1, -77.0)),
        status(result_memory(count, 1, Status::step_limit)) {}
  SensitivityResults<double> all() {
    const auto vector = [&](int k) { return packed(vectors.data() + items * n * k, items, n); };
    const auto matrix = [&](int k) { return packed(matrices.data() + items * n * n * k, items, n, n); };
    return {vector(0),
            vector(1),
            vector(2),
            vector(3),
            vector(4),
            vector(5),
            matrix(0),
            matrix(1),
            packed(abscissa.data(), items, 1),
            packed(status.data(), items, 1)};
  }
};

/// Circuits with their steady states, found by the library.
struct SettledBatch {
  BatchData<double> circuits;
  std::vector<double> states;
  std::vector<Status> status;

  SettledBatch(int n, int items, std::uint64_t seed)
      : circuits([&] {
          Random random(seed);
          std::vector<CircuitData> list;
          for (int i = 0; i < items; ++i) list.push_back(wild_circuit(random, n, ModelKind::main));
          return list;
        }()),
        states(result_memory(items, 2 * n, 0.0)),
        status(result_memory(items, 1, Status::singular)) {
    SteadyStateResults<double> results;
    results.states = packed(states.data(), items, 2 * n);
    results.status = packed(status.data(), items, 1);
    steady_state<double>(Cpu{1}, circuits.view(), {}, {}, results);
  }
};

/// The abscissa of circuit i, whose steady state is found anew, with one number changed.
double abscissa_with(const SettledBatch& batch, std::size_t i, double* value, double change) {
  const double before = *value;
  *value += change;
  SteadyStateOptions options;
  std::vector<double> states = batch.states;
  const BatchView<double> view = packed(states.data(), batch.circuits.items(), 2 * batch.circuits.n());
  SteadyStateResults<double> settled;
  settled.states = view;
  steady_state<double>(Cpu{1}, batch.circuits.view(), {}, options, settled);
  std::vector<double> abscissa(states.size());
  StabilityResults<double> results;
  results.abscissa = packed(abscissa.data(), batch.circuits.items(), 1);
  stability<double>(Cpu{1}, batch.circuits.view(), view, results);
  *value = before;
  return abscissa[i];
}

TEST(SpectraSensitivity, ABatchAgreesWithDifferencesOfTheLibrary) {
  constexpr int n = 3;
  constexpr std::size_t items = 6;
  SettledBatch batch(n, items, 12);
  SensitivityMemory memory(items, n);
  const BatchView<const double> states = packed(batch.states.data(), items, 2 * n);
  abscissa_sensitivity<double>(Cpu{2}, batch.circuits.view(), states, memory.all());
  int compared = 0;
  for (std::size_t i = 0; i < items; ++i) {
    if (batch.status[i] != Status::ok || memory.status[i] != Status::ok) continue;
    const auto expect = [&](std::vector<double>& values, double found, std::size_t at) {
      const double h = 1e-4 * std::max(0.1, std::abs(values[at]));
      const double slope =
          (abscissa_with(batch, i, &values[at], h) - abscissa_with(batch, i, &values[at], -h)) / (2 * h);
      EXPECT_NEAR(found, slope, 1e-4 * std::abs(slope) + 1e-3) << "circuit " << i << ", entry " << at;
      ++compared;
    };
    const std::size_t k = i * n + 1;
    const std::size_t ij = i * n * n + 5;
    expect(batch.circuits.z, memory.vectors[5 * items * n + k], k);
    expect(batch.circuits.b0, memory.vectors[2 * items * n + k], k);
    expect(batch.circuits.Wr, memory.matrices[ij], ij);
    expect(batch.circuits.W, memory.matrices[items * n * n + ij], ij);
  }
  EXPECT_GE(compared, 12);
}

TEST(SpectraSensitivity, BadArgumentsAreRefused) {
  const SettledBatch batch(2, 2, 13);
  const Circuits<double> circuits = batch.circuits.view();
  std::vector<double> memory(100);
  SensitivityResults<double> results;
  expect_refused("states: no data", [&] { abscissa_sensitivity<double>(Cpu{1}, circuits, {}, results); });
  results.Wr = packed(memory.data(), 2, 2);
  expect_refused("results.Wr: shape = 2 x 1: expected 2 x 2",
                 [&] { abscissa_sensitivity<double>(Cpu{1}, circuits, packed(batch.states.data(), 2, 4), results); });
  EXPECT_EQ(abscissa_sensitivity_workspace_size<double>(Cpu{}, circuits), 0U);
}

class CudaSpectra : public CudaTest {};

/// The number at `k` of each item, or of each pair, agrees but for rounding.
void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance, const char* what) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (std::isnan(a[i]) && std::isnan(b[i])) continue;
    EXPECT_NEAR(a[i], b[i], tolerance * (1 + std::abs(a[i]))) << what << ", entry " << i;
  }
}

TEST_F(CudaSpectra, AgreesWithTheCpu) {
  for (const int m : {1, 2, 3, 4, 7, 20, 50, 130}) {
    const int items = m > 40 ? 3 : 40;
    std::vector<double> values = matrices<double>(m, items, 3);
    values[0] = std::nan("");
    SpectraMemory<double> cpu(items, m);
    SpectraMemory<double> gpu(items, m);
    spectra<double>(Cpu{}, packed(values.data(), items, m, m), {}, cpu.all());
    spectra<double>(Cuda{}, packed(values.data(), items, m, m), {}, gpu.all());
    EXPECT_EQ(cpu.status, gpu.status) << m;
    expect_near(cpu.abscissa, gpu.abscissa, 1e-9, "abscissa");
    expect_near(cpu.eigenvalues, gpu.eigenvalues, 1e-7, "eigenvalues");
    for (std::size_t i = 1; i < static_cast<std::size_t>(items); ++i) {
      EXPECT_LE(gpu.checks[4 * i + 3], 1e-12) << m;
      EXPECT_NEAR(std::hypot(gpu.overlap[2 * i], gpu.overlap[2 * i + 1]),
                  std::hypot(cpu.overlap[2 * i], cpu.overlap[2 * i + 1]), 1e-6)
          << m;
    }
  }
}

TEST_F(CudaSpectra, SensitivityAgreesWithTheCpu) {
  for (const int n : {1, 2, 5, 16}) {
    constexpr int items = 20;
    const SettledBatch batch(n, items, 14);
    const BatchView<const double> states = packed(batch.states.data(), items, 2 * n);
    SensitivityMemory cpu(items, n);
    SensitivityMemory gpu(items, n);
    abscissa_sensitivity<double>(Cpu{}, batch.circuits.view(), states, cpu.all());
    abscissa_sensitivity<double>(Cuda{}, batch.circuits.view(), states, gpu.all());
    EXPECT_EQ(cpu.status, gpu.status) << n;
    expect_near(cpu.vectors, gpu.vectors, 1e-6, "vectors");
    expect_near(cpu.matrices, gpu.matrices, 1e-6, "matrices");
  }
}

}  // namespace
}  // namespace organics::test
