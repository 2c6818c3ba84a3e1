// The certificate of stability by a Cayley transform (two rows: by trace and determinant): never for a matrix that is not stable, always for one that is by a margin.
// What is true of each matrix is known by construction, or from Eigen.
#include "organics/core/certificate.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/settling.hpp"
#include "support/spectra.hpp"

namespace organics::test {
namespace {

using Eigen::MatrixXd;

template <class T, class Team>
core::Certificate certify_with(const Team& team, std::vector<T>& J, int m, double perturbation, std::vector<T>& numbers,
                               std::vector<int>& integers) {
  const auto work = core::certificate_work(numbers.data(), integers.data(), m);
  if (m == 2) return core::certify_stability(team, J.data(), m, static_cast<T>(perturbation), work);
  return core::certify_by_squaring(team, J.data(), m, static_cast<T>(perturbation), true, work);
}

template <class T>
core::Certificate certify(const MatrixXd& matrix, double perturbation = 0) {
  const int m = static_cast<int>(matrix.rows());
  std::vector<T> J(static_cast<std::size_t>(matrix.size()));
  for (std::size_t k = 0; k < J.size(); ++k) J[k] = static_cast<T>(matrix.data()[k]);
  std::vector<T> numbers(core::certificate_scratch(m));
  std::vector<int> integers(static_cast<std::size_t>(m));
  return certify_with(core::Solo{}, J, m, perturbation, numbers, integers);
}

bool proven(const MatrixXd& matrix, double perturbation = 0) { return certify<double>(matrix, perturbation).proven; }

MatrixXd gaussian_matrix(Random& random, int m) {
  MatrixXd matrix(m, m);
  for (auto& x : matrix.reshaped()) x = random.gaussian();
  return matrix;
}

MatrixXd orthogonal(Random& random, int m) {
  return Eigen::HouseholderQR<MatrixXd>(gaussian_matrix(random, m)).householderQ();
}

/// A unit upper triangular matrix times its transpose: integers, determinant 1, so that inverses have integers, too.
MatrixXd integer_similarity(Random& random, int m) {
  MatrixXd upper = MatrixXd::Identity(m, m);
  for (int i = 0; i + 1 < m; ++i) upper(i, i + 1) = random.integer(-1, 1);
  return upper * upper.transpose();
}

/// Exactly V B V^-1 as long as the entries stay below 2^53.
MatrixXd exactly_similar(Random& random, const MatrixXd& block) {
  const MatrixXd v = integer_similarity(random, static_cast<int>(block.rows()));
  const MatrixXd inverse = v.inverse().array().round().matrix();
  return v * block * inverse;
}

MatrixXd jordan(int m, double eigenvalue, double coupling = 1) {
  MatrixXd matrix = eigenvalue * MatrixXd::Identity(m, m);
  for (int i = 0; i + 1 < m; ++i) matrix(i, i + 1) = coupling;
  return matrix;
}

/// Ones on and above the diagonal up to the third superdiagonal, -1 below it: very non-normal.
MatrixXd grcar(int m) {
  MatrixXd matrix = MatrixXd::Zero(m, m);
  for (int i = 0; i < m; ++i) {
    for (int j = std::max(0, i - 1); j < std::min(m, i + 4); ++j) matrix(i, j) = j < i ? -1 : 1;
  }
  return matrix;
}

/// Abscissa of a matrix in extended precision.
double exact_abscissa(const MatrixXd& matrix) {
  using Long = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const auto values = Eigen::EigenSolver<Long>(matrix.cast<long double>(), false).eigenvalues();
  long double largest = -std::numeric_limits<long double>::infinity();
  for (const auto& value : values) largest = std::max(largest, value.real());
  return static_cast<double>(largest);
}

TEST(Certificate, NeverForATriangularMatrixWithOneEigenvalueThatIsNotNegative) {
  Random random(1);
  for (int trial = 0; trial < 4000; ++trial) {
    const int m = random.integer(1, 14);
    MatrixXd matrix = gaussian_matrix(random, m) * random.log_uniform(1e-6, 1e3);
    matrix = matrix.triangularView<Eigen::Upper>();
    for (int i = 0; i < m; ++i) matrix(i, i) = -random.log_uniform(1e-2, 1e2);
    const int bad = random.integer(0, m - 1);
    matrix(bad, bad) = trial % 5 == 0 ? 0 : random.log_uniform(1e-16, 1e-3);
    EXPECT_FALSE(proven(matrix)) << "m " << m << ", eigenvalue " << matrix(bad, bad);
    EXPECT_FALSE(proven(matrix.transpose()));
    EXPECT_FALSE(certify<float>(matrix).proven);
  }
}

/// Entries are multiples of 2^-30 that are small enough for every product to be exact, so the spectrum is known.
TEST(Certificate, NeverForAnExactSimilarityOfAMatrixThatIsNotStable) {
  Random random(2);
  for (int trial = 0; trial < 2000; ++trial) {
    const int m = random.integer(2, 10);
    MatrixXd block = MatrixXd::Zero(m, m);
    for (int i = 0; i < m; ++i) block(i, i) = -random.integer(1, 20);
    const double real = trial % 3 == 0 ? 0 : std::ldexp(1.0, -random.integer(8, 30));
    block(0, 0) = real;
    block(1, 1) = real;
    block(0, 1) = random.integer(0, 30);  // a pair real +- i sqrt(product), or a defective block where that is 0
    block(1, 0) = -random.integer(0, 3);
    const MatrixXd matrix = exactly_similar(random, block);
    EXPECT_FALSE(proven(matrix)) << "m " << m << ", real part " << real;
    EXPECT_FALSE(proven(matrix.transpose()));
  }
}

TEST(Certificate, NeverForDefectiveBlocksAtOrBeyondTheAxis) {
  for (int m = 1; m <= 30; ++m) {
    for (const double eigenvalue : {0.0, 1e-13, 1e-8, 1e-3}) {
      for (const double coupling : {1e-8, 1.0, 1e8}) {
        EXPECT_FALSE(proven(jordan(m, eigenvalue, coupling)));
        EXPECT_FALSE(certify<float>(jordan(m, eigenvalue, coupling)).proven);
      }
    }
  }
}

TEST(Certificate, NeverForAMatrixThatEigenSaysIsUnstable) {
  Random random(3);
  for (int trial = 0; trial < 1000; ++trial) {
    const int m = random.integer(1, 20);
    const MatrixXd matrix =
        gaussian_matrix(random, m) - std::sqrt(m) * random.uniform(0, 1.5) * MatrixXd::Identity(m, m);
    const double abscissa = exact_abscissa(matrix);
    const bool is_proven = proven(matrix);
    EXPECT_FALSE(is_proven && abscissa >= 0) << "m " << m << ", abscissa " << abscissa;
    if (abscissa > 1e-4) {
      EXPECT_FALSE(certify<float>(matrix).proven) << "m " << m << ", abscissa " << abscissa;
    }
  }
}

/// Just left and just right of the axis: proofs end where stability does, and not long before.
TEST(Certificate, ProofsEndAtTheAxis) {
  Random random(4);
  for (int trial = 0; trial < 300; ++trial) {
    const int m = random.integer(2, 20);
    MatrixXd matrix = gaussian_matrix(random, m);
    matrix -= exact_abscissa(matrix) * MatrixXd::Identity(m, m);
    const double size = matrix.norm();
    for (const double margin : {1e-13, 1e-10, 1e-6, 1e-3}) {
      EXPECT_FALSE(proven(matrix + (margin * size + 1e-13 * size) * MatrixXd::Identity(m, m)));
    }
    EXPECT_TRUE(proven(matrix - 1e-2 * size * MatrixXd::Identity(m, m)));
  }
}

TEST(Certificate, NonNormalMatrices) {
  for (int m = 4; m <= 60; m += 8) {
    const MatrixXd matrix = grcar(m);
    const double abscissa = exact_abscissa(matrix);
    EXPECT_FALSE(proven(matrix)) << m;
    EXPECT_FALSE(proven(matrix - (abscissa - 1e-3) * MatrixXd::Identity(m, m))) << m;
    EXPECT_TRUE(proven(matrix - (abscissa + 1.5) * MatrixXd::Identity(m, m))) << m;
    EXPECT_TRUE(proven(jordan(m, -2, 1))) << m;
  }
}

TEST(Certificate, NothingIsProvenOfZeroNanAndInfinity) {
  for (int m = 1; m <= 6; ++m) {
    EXPECT_FALSE(proven(MatrixXd::Zero(m, m)));
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      for (int k = 0; k < m * m; ++k) {
        MatrixXd matrix = -MatrixXd::Identity(m, m);
        matrix.data()[k] = bad;
        EXPECT_FALSE(proven(matrix));
        matrix.data()[k] = -bad;
        EXPECT_FALSE(proven(matrix));
      }
    }
    EXPECT_FALSE(proven(-MatrixXd::Identity(m, m), std::nan("")));
    EXPECT_FALSE(proven(-MatrixXd::Identity(m, m), -1));
  }
}

TEST(Certificate, HoldsAtEveryScale) {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    const int m = random.integer(1, 12);
    MatrixXd stable = gaussian_matrix(random, m);
    stable -= (exact_abscissa(stable) + 0.1 * stable.norm()) * MatrixXd::Identity(m, m);
    MatrixXd unstable = gaussian_matrix(random, m);
    unstable -= (exact_abscissa(unstable) - 1e-9 * unstable.norm()) * MatrixXd::Identity(m, m);
    for (const double scale : {1e-300, 1e-150, 1e-20, 1e20, 1e150, 1e300}) {
      EXPECT_TRUE(proven(stable * scale)) << scale;
      EXPECT_FALSE(proven(unstable * scale)) << scale;
    }
  }
}

/// Graded: D A D^-1 with D over many decades is the same circuit in other units, and balancing finds that out.
TEST(Certificate, UnitsOfTheStateDoNotMatter) {
  Random random(6);
  for (int trial = 0; trial < 200; ++trial) {
    const int m = random.integer(2, 12);
    MatrixXd stable = gaussian_matrix(random, m);
    stable -= (exact_abscissa(stable) + 0.2 * stable.norm()) * MatrixXd::Identity(m, m);
    MatrixXd unstable = stable + (0.2 * stable.norm() + 1) * MatrixXd::Identity(m, m);
    unstable -= (exact_abscissa(unstable) - 1e-3) * MatrixXd::Identity(m, m);
    Eigen::VectorXd d(m);
    for (double& x : d) x = std::ldexp(1.0, random.integer(-60, 60));
    const MatrixXd inverse = d.cwiseInverse().asDiagonal();
    EXPECT_TRUE(proven(d.asDiagonal() * stable * inverse));
    EXPECT_FALSE(proven(d.asDiagonal() * unstable * inverse));
  }
}

/// [[-d, a], [b, -d]] is stable exactly when a b < d^2, for the numbers as they are after rounding to T.
template <class T>
void expect_proof_only_if_stable(const MatrixXd& matrix) {
  const auto rounded = [&](int i, int j) { return static_cast<long double>(static_cast<T>(matrix(i, j))); };
  const bool stable = rounded(0, 1) * rounded(1, 0) < rounded(0, 0) * rounded(1, 1);
  EXPECT_TRUE(stable || !certify<T>(matrix).proven) << matrix;
}

TEST(Certificate, NeverForALoopWhoseWeakLinkUnderflows) {
  for (int decade = 10; decade <= 300; ++decade) {
    MatrixXd matrix(2, 2);
    matrix << -1, std::pow(10.0, decade), 2 * std::pow(10.0, -decade), -1;  // eigenvalues -1 +- sqrt(2)
    expect_proof_only_if_stable<double>(matrix);
    expect_proof_only_if_stable<double>(matrix * 1e-300);
    if (decade <= 37) expect_proof_only_if_stable<float>(matrix);
    expect_proof_only_if_stable<float>(matrix * 1e-30);
  }
}

/// Rows sum to zero, exactly: 0 is an eigenvalue. The powers of C tend to a matrix of norm one, whose rounded norm is
/// below one about half of the time: only the bound stands between it and a false proof.
template <class T>
void expect_no_laplacian_is_proven(int bits) {
  Random random(11);
  for (int trial = 0; trial < 1000; ++trial) {
    const int m = random.integer(2, 12);
    MatrixXd matrix = MatrixXd::Zero(m, m);
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < m; ++j) {
        if (i != j) matrix(i, j) = random.integer(trial % 2, 1 << bits);
      }
      matrix(i, i) = -matrix.row(i).sum();
    }
    EXPECT_FALSE(certify<T>(matrix).proven) << "m " << m << ", trial " << trial;
  }
}

TEST(Certificate, NeverForALaplacian) {
  expect_no_laplacian_is_proven<double>(20);
  expect_no_laplacian_is_proven<float>(12);
}

TEST(Certificate, PerturbationIsProvenHarmlessOnlyWhereItIs) {
  Random random(7);
  for (int trial = 0; trial < 300; ++trial) {
    const int m = random.integer(1, 10);
    MatrixXd matrix = gaussian_matrix(random, m);
    matrix -= (exact_abscissa(matrix) + 0.3 * matrix.norm()) * MatrixXd::Identity(m, m);
    const double reach = -exact_abscissa(matrix) * std::sqrt(m);  // the identity times this reaches the axis
    EXPECT_TRUE(proven(matrix, 1e-6 * reach)) << m;
    EXPECT_FALSE(proven(matrix, reach)) << m;
  }
  EXPECT_TRUE(proven(MatrixXd::Constant(1, 1, -1), 0.4));
  EXPECT_FALSE(proven(MatrixXd::Constant(1, 1, -1), 1));
}

TEST(Certificate, StableCircuitsAreProvenWithinEightSquarings) {
  Random random(8);
  int circuits = 0;
  int most = 0;
  for (int trial = 0; trial < 600; ++trial) {
    const int n = trial < 30 ? 20 + trial : random.integer(1, 20);
    CircuitData data = figure4_circuit(random, n, trial % 2 == 0 ? ModelKind::main : ModelKind::rectified);
    if (trial % 3 == 1) {
      for (double& tau : data.tau_y) tau = random.log_uniform(1e-3, 1e-1);
      for (double& tau : data.tau_a) tau = random.log_uniform(1e-3, 1e-1);
    }
    if (trial % 3 == 2) {
      for (double& sigma : data.sigma) sigma *= 0.01;
    }
    Ladder ladder(data);
    if (ladder.from_rest().status != Status::ok) continue;
    const int m = 2 * n;
    MatrixXd J(m, m);
    data.circuit_model().jacobian(core::Solo{}, 0.0, ladder.x().data(), J.data());
    const double abscissa = abscissa_of(ladder.spectrum());
    if (-abscissa < 1e-3 * largest_modulus(ladder.spectrum())) continue;
    const core::Certificate certificate = certify<double>(J);
    EXPECT_TRUE(certificate.proven) << "trial " << trial << ", n " << n << ", abscissa " << abscissa;
    EXPECT_LE(certificate.squarings, 8) << "trial " << trial << ", n " << n << ", abscissa " << abscissa;
    most = std::max(most, certificate.squarings);
    ++circuits;
  }
  EXPECT_GT(circuits, 500);
  RecordProperty("circuits", circuits);
  RecordProperty("most_squarings", most);
}

TEST(Certificate, StableMatricesAreProvenAlsoInFloat) {
  Random random(9);
  for (int trial = 0; trial < 300; ++trial) {
    const int m = random.integer(1, 20);
    MatrixXd matrix = gaussian_matrix(random, m);
    matrix -= (exact_abscissa(matrix) + 0.2 * std::sqrt(m)) * MatrixXd::Identity(m, m);
    EXPECT_TRUE(certify<double>(matrix).proven);
    EXPECT_LE(certify<double>(matrix).squarings, 8);
    EXPECT_TRUE(certify<float>(matrix).proven) << m;
  }
}

/// Trace and determinant in extended precision, which is exact for entries of float: the products need 48 bits.
TEST(Certificate, TwoRowsAreProvenUpToRounding) {
  Random random(12);
  int close = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const auto entry = [&] { return static_cast<float>(random.gaussian() * random.log_uniform(1e-3, 1e3)); };
    MatrixXd matrix(2, 2);
    matrix << entry(), entry(), entry(), entry();
    if (trial % 2 == 0) {  // a determinant that is nearly or exactly zero
      matrix(1, 1) = static_cast<float>(matrix(0, 1) * matrix(1, 0) / matrix(0, 0));
    }
    const long double ad = static_cast<long double>(matrix(0, 0)) * static_cast<long double>(matrix(1, 1));
    const long double bc = static_cast<long double>(matrix(0, 1)) * static_cast<long double>(matrix(1, 0));
    const bool left = matrix(0, 0) + matrix(1, 1) < 0;
    const bool stable = left && ad > bc;
    const long double margin = (ad - bc) / (std::fabs(ad) + std::fabs(bc));
    EXPECT_TRUE(stable || !proven(matrix)) << matrix;
    EXPECT_TRUE(stable || !certify<float>(matrix).proven) << matrix;
    if (left && margin > 1e-13L) {
      EXPECT_TRUE(proven(matrix)) << matrix;
      close += margin < 1e-6L ? 1 : 0;
    }
  }
  EXPECT_GT(close, 100);
}

/// The nearest matrix that is not stable: the trace at distance |tr| / sqrt(2), the determinant at the smallest singular
/// value. The proof covers a good part of the way, never all of it.
TEST(Certificate, TwoRowsWithPerturbation) {
  Random random(13);
  for (int trial = 0; trial < 3000; ++trial) {
    MatrixXd matrix = gaussian_matrix(random, 2);
    matrix -= (exact_abscissa(matrix) + random.log_uniform(1e-6, 1)) * MatrixXd::Identity(2, 2);
    matrix *= std::vector<double>{1, 1e-160, 1e160}[static_cast<std::size_t>(trial % 3)];
    const double smallest = matrix.jacobiSvd().singularValues()(1);
    const double distance = std::min(smallest, -matrix.trace() / std::sqrt(2.0));
    EXPECT_FALSE(proven(matrix, distance * (1 + 1e-12))) << matrix;
    EXPECT_TRUE(proven(matrix, distance / 8)) << matrix;
  }
}

TEST(Certificate, SquaringsAreThoseOfTheEigenvalue) {
  EXPECT_EQ(certify<double>(MatrixXd::Constant(1, 1, -3)).squarings, 0) << "the norm is the spectral radius";
  // eigenvalues l = -a +- i: both pivots are in [1, 2), so s = 2 and c = (l + 2) / (l - 2); the norm is
  // |Re c| + |Im c|, and c is squared
  for (const double a : {0.5, 0.1, 0.01, 1e-3, 1e-4}) {
    const std::complex<double> eigenvalue(-a, 1);
    std::complex<double> c = (eigenvalue + 2.0) / (eigenvalue - 2.0);
    int expected = 0;
    for (; std::abs(c.real()) + std::abs(c.imag()) >= 1; ++expected) c *= c;
    MatrixXd rotation = MatrixXd::Zero(4, 4);  // twice the same, as two rows alone need no squaring
    rotation.topLeftCorner(2, 2) << -a, 1, -1, -a;
    rotation.bottomRightCorner(2, 2) = rotation.topLeftCorner(2, 2);
    EXPECT_EQ(certify<double>(rotation).squarings, expected) << a;
    EXPECT_TRUE(proven(rotation)) << a;
  }
}

template <class T>
void expect_same_for_every_width(const MatrixXd& matrix) {
  const int m = static_cast<int>(matrix.rows());
  struct Run {
    core::Certificate certificate;
    std::vector<T> numbers;
  };
  const auto run = [&](int width) {
    std::vector<T> J(static_cast<std::size_t>(m * m));
    for (std::size_t k = 0; k < J.size(); ++k) J[k] = static_cast<T>(matrix.data()[k]);
    Run result;
    result.numbers.assign(core::certificate_scratch(m), T(0));
    std::vector<int> integers(static_cast<std::size_t>(m));
    if (width == 0) {
      result.certificate = certify_with(core::Solo{}, J, m, 0, result.numbers, integers);
    } else {
      Crew(width).run([&](const CrewLane& lane) {
        const core::Certificate own = certify_with(lane, J, m, 0, result.numbers, integers);
        if (lane.rank() == lane.size() - 1) result.certificate = own;
      });
    }
    result.numbers.insert(result.numbers.end(), J.begin(), J.end());
    return result;
  };
  const Run solo = run(0);
  for (const int width : crew_widths) {
    const Run crew = run(width);
    EXPECT_EQ(crew.certificate.proven, solo.certificate.proven) << "m " << m << ", width " << width;
    if (compiler_contracts()) continue;
    EXPECT_EQ(crew.certificate.squarings, solo.certificate.squarings) << "m " << m << ", width " << width;
    EXPECT_TRUE(same_bits(crew.numbers, solo.numbers)) << "m " << m << ", width " << width;
  }
}

TEST(CertificateWidth, SameBitsForEveryWidth) {
  Random random(10);
  for (const int m : {1, 2, 3, 4, 5, 7, 8, 9, 13}) {
    MatrixXd stable = gaussian_matrix(random, m);
    stable -= (exact_abscissa(stable) + 0.3) * MatrixXd::Identity(m, m);
    MatrixXd graded = stable;
    for (int i = 0; i < m; ++i) graded.row(i) *= std::ldexp(1.0, 3 * i);
    for (const MatrixXd& matrix :
         {stable, graded, MatrixXd(-stable), jordan(m, -1), jordan(m, 0), MatrixXd(MatrixXd::Zero(m, m)),
          MatrixXd(MatrixXd::Constant(m, m, std::nan(""))), MatrixXd(orthogonal(random, m))}) {
      expect_same_for_every_width<double>(matrix);
      expect_same_for_every_width<float>(matrix);
    }
  }
}

}  // namespace
}  // namespace organics::test
