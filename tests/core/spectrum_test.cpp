// The spectrum of a circuit: against Eigen, and against what is known in closed form when Wr = I.
#include "organics/core/spectrum.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/naive.hpp"
#include "support/spectra.hpp"

namespace organics::test {
namespace {

constexpr ModelKind kinds[] = {ModelKind::main, ModelKind::rectified};

struct Judged {
  core::Spectrum<double> summary;
  Spectrum eigenvalues;        ///< as they come
  std::vector<double> sorted;  ///< (re, im) pairs
};

Judged judge(const CircuitData& data, const std::vector<double>& x) {
  const int m = 2 * data.n;
  std::vector<double> scratch(core::spectrum_scratch(m));
  const auto work = core::spectrum_work(scratch.data(), m);
  Judged out;
  out.summary = core::spectrum(core::Solo{}, data.circuit_model(), x.data(), work);
  for (int i = 0; i < m; ++i) out.eigenvalues.emplace_back(work.re[i], work.im[i]);
  out.sorted.resize(static_cast<std::size_t>(2 * m));
  core::sort_eigenvalues(core::Solo{}, work.re, work.im, m, out.sorted.data());
  return out;
}

TEST(CircuitSpectrum, IsTheOneEigenFindsForTheNaiveJacobian) {
  Random random(31);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 20; ++n) {
      const CircuitData data = wild_circuit(random, n, kind);
      const std::vector<double> x = random_state(random, n);
      const Judged got = judge(data, x);
      const Spectrum expected = eigen_spectrum(naive_jacobian(data, x));
      const double size = largest_modulus(expected);
      ASSERT_EQ(got.summary.status, Status::ok);
      EXPECT_LT(spectral_distance(got.eigenvalues, expected), 1e-9 * size) << "n " << n;
      EXPECT_NEAR(got.summary.abscissa, abscissa_of(expected), 1e-9 * size);
    }
  }
}

TEST(CircuitSpectrum, SummaryIsThatOfItsOwnEigenvalues) {
  Random random(32);
  for (int n = 1; n <= 12; ++n) {
    const CircuitData data = wild_circuit(random, n, ModelKind::main, 2);
    const Judged got = judge(data, random_state(random, n));
    const double abscissa = abscissa_of(got.eigenvalues);
    EXPECT_EQ(got.summary.abscissa, abscissa);
    bool frequency_found = false;
    for (const auto& value : got.eigenvalues) {
      frequency_found =
          frequency_found || (value.real() == abscissa && std::abs(value.imag()) == got.summary.frequency);
    }
    EXPECT_TRUE(frequency_found);
    EXPECT_EQ(got.summary.verdict, abscissa < -got.summary.error  ? Verdict::stable
                                   : abscissa > got.summary.error ? Verdict::unstable
                                                                  : Verdict::marginal);
    EXPECT_LT(got.summary.error, 1e-7 * largest_modulus(got.eigenvalues) * n) << "the marginal band is narrow";
  }
}

TEST(CircuitSpectrum, SortedByRealPartThenImaginaryPart) {
  Random random(33);
  for (int n = 1; n <= 12; ++n) {
    const Judged got = judge(wild_circuit(random, n, ModelKind::main), random_state(random, n));
    Spectrum sorted;
    for (std::size_t i = 0; i < got.sorted.size(); i += 2) sorted.emplace_back(got.sorted[i], got.sorted[i + 1]);
    EXPECT_EQ(spectral_distance(sorted, got.eigenvalues), 0) << "the same numbers";
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      EXPECT_TRUE(sorted[i - 1].real() < sorted[i].real() ||
                  (sorted[i - 1].real() == sorted[i].real() && sorted[i - 1].imag() <= sorted[i].imag()));
    }
  }
}

TEST(CircuitSpectrum, SortingKeepsRepeatedEigenvalues) {
  const double re[] = {2, -1, 2, -1, -1};
  const double im[] = {0, 3, 0, -3, 3};
  double sorted[10];
  core::sort_eigenvalues(core::Solo{}, re, im, 5, sorted);
  const double expected[] = {-1, -3, -1, 3, -1, 3, 2, 0, 2, 0};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(sorted[i], expected[i]);
}

/// The equilibrium for Wr = I, from the normalisation equation.
std::vector<double> normalised(const CircuitData& p) {
  std::vector<double> x(static_cast<std::size_t>(2 * p.n));
  for (int i = 0; i < p.n; ++i) {
    double a = p.c(i);
    for (int j = 0; j < p.n; ++j) {
      a += p.W[static_cast<std::size_t>(i + p.n * j)] * std::pow(naive_rate(p, p.u(j)), 2);
    }
    const double u = p.u(i);
    x[static_cast<std::size_t>(p.n + i)] = a;
    x[static_cast<std::size_t>(i)] = p.model == ModelKind::rectified && u <= 0 ? u : u / std::sqrt(a);
  }
  return x;
}

TEST(CircuitSpectrum, ClosedFormForEqualNeuronsAndEqualWeights) {
  Random random(34);
  for (const ModelKind kind : kinds) {
    for (int trial = 0; trial < 40; ++trial) {
      const int n = random.integer(1, 10);
      CircuitData data = figure4_circuit(random, n, kind);
      const double alpha = random.uniform(0.1, 3);
      const double tau_y = random.log_uniform(1e-3, 1e-2);
      const double tau_a = random.log_uniform(1e-3, 1e-2);
      data.Wr = identity_matrix(n);
      data.W = filled(n * n, alpha);
      data.tau_y = filled(n, tau_y);
      data.tau_a = filled(n, tau_a);
      data.b0 = filled(n, random.uniform(0.2, 1));
      data.sigma = filled(n, random.uniform(0.2, 1));
      double pool = 0;
      int active = 0;
      for (int i = 0; i < n; ++i) {
        pool += alpha * std::pow(naive_rate(data, data.u(i)), 2);
        active += kind == ModelKind::main || data.u(i) > 0 ? 1 : 0;
      }
      const double D = data.c(0) + pool;
      Spectrum expected(static_cast<std::size_t>(active == 0 ? n : n - 1), -1 / tau_a);
      expected.insert(expected.end(), static_cast<std::size_t>(n - active), -1 / tau_y);
      if (active > 0) {
        expected.insert(expected.end(), static_cast<std::size_t>(active - 1), -std::sqrt(D) / tau_y);
        const double b = data.c(0) / D / tau_a + std::sqrt(D) / tau_y;
        const std::complex<double> root = std::sqrt(std::complex<double>(b * b - 4 * std::sqrt(D) / (tau_a * tau_y)));
        expected.push_back((-b + root) / 2.0);
        expected.push_back((-b - root) / 2.0);
      }
      const Judged got = judge(data, normalised(data));
      EXPECT_LT(spectral_distance(got.eigenvalues, expected), 1e-10 * largest_modulus(expected))
          << "n " << n << ", " << active << " active, trial " << trial;
      EXPECT_EQ(got.summary.verdict, Verdict::stable);
    }
  }
}

/// Wr = I: the eigenvalues are those of x'' + B x' + K x = 0.
TEST(CircuitSpectrum, OscillatorFormHasTheSameEigenvalues) {
  Random random(35);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 12; ++n) {
      CircuitData data = wild_circuit(random, n, kind);
      data.Wr = identity_matrix(n);
      const std::vector<double> x = normalised(data);
      Eigen::MatrixXd companion = Eigen::MatrixXd::Zero(2 * n, 2 * n);
      constexpr double scale = 200;  // of x' against x: Eigen does not balance
      companion.topRightCorner(n, n) = scale * Eigen::MatrixXd::Identity(n, n);
      for (int i = 0; i < n; ++i) {
        const auto k = static_cast<std::size_t>(i);
        const double a = x[static_cast<std::size_t>(n + i)];
        const bool silent = kind == ModelKind::rectified && data.u(i) <= 0;
        const double s = silent ? 1 : std::sqrt(a);
        companion(n + i, i) = -s / (data.tau_a[k] * data.tau_y[k]) / scale;
        for (int j = 0; j < n; ++j) {
          const auto l = static_cast<std::size_t>(j);
          companion(n + i, n + j) = naive_rate(data, data.u(i)) * data.W[k + l * static_cast<std::size_t>(n)] *
                                    naive_rate(data, data.u(j)) * data.tau_y[l] / (a * data.tau_a[k] * data.tau_y[k]);
        }
        companion(n + i, n + i) -= 1 / data.tau_a[k] + s / data.tau_y[k];
      }
      const Spectrum expected = eigen_spectrum(companion);
      EXPECT_LT(spectral_distance(judge(data, x).eigenvalues, expected), 1e-9 * largest_modulus(expected)) << "n " << n;
    }
  }
}

TEST(CircuitSpectrum, AStateThatIsNotFiniteHasNoVerdict) {
  Random random(36);
  for (int n = 1; n <= 3; ++n) {
    const CircuitData data = figure4_circuit(random, n);
    for (int i = 0; i < 2 * n; ++i) {
      for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
        std::vector<double> x = random_state(random, n);
        x[static_cast<std::size_t>(i)] = bad;
        const Judged got = judge(data, x);
        EXPECT_EQ(got.summary.status, Status::non_finite) << "n " << n << ", component " << i << " = " << bad;
        EXPECT_EQ(got.summary.verdict, Verdict::none);
      }
    }
  }
}

TEST(CircuitSpectrum, AbscissaWithinItsErrorOfZeroIsMarginal) {
  const double re[] = {-500, 1e-12};
  const double im[] = {0, 0};
  EXPECT_EQ(core::judge(re, im, 2, 700.0).verdict, Verdict::marginal);
  const double clear[] = {-500, 1e-3};
  EXPECT_EQ(core::judge(clear, im, 2, 700.0).verdict, Verdict::unstable);
  const double left[] = {-500, -1e-3};
  EXPECT_EQ(core::judge(left, im, 2, 700.0).verdict, Verdict::stable);
}

}  // namespace
}  // namespace organics::test
