// eigenvalues.hpp against many random matrices of the kinds that break such codes, by backward error alone: each
// eigenvalue must make A - lambda I singular to within 10 m eps |A|. ORGANICS_ZOO sets the number of matrices,
// ORGANICS_SEED where their numbering starts; a failure names the index that draws its matrix again.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "organics/core/eigenvalues.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

using MatrixXd = Eigen::MatrixXd;
using Complex = std::complex<double>;
using Index = Eigen::Index;

MatrixXd gaussian(Random& random, int m) {
  return MatrixXd::NullaryExpr(m, m, [&] { return random.gaussian(); });
}

MatrixXd permutation(Random& random, int m) {
  Eigen::PermutationMatrix<Eigen::Dynamic> P(m);
  P.setIdentity();
  for (int i = m - 1; i > 0; --i) std::swap(P.indices()(i), P.indices()(random.integer(0, i)));
  return P.toDenseMatrix().cast<double>();
}

/// Ones below the diagonal, random coefficients over many sizes in the last column.
MatrixXd companion(Random& random, int m) {
  MatrixXd A = MatrixXd::Zero(m, m);
  for (int i = 0; i + 1 < m; ++i) A(i + 1, i) = 1;
  const double spread = random.uniform(0, 8);
  for (int i = 0; i < m; ++i) A(i, m - 1) = random.gaussian() * std::exp(spread * random.gaussian());
  return A;
}

MatrixXd frank(Random& random, int m) {
  const bool flipped = random.integer(0, 1) == 1;
  const MatrixXd F = MatrixXd::NullaryExpr(
      m, m, [m](Index i, Index j) { return i > j + 1 ? 0.0 : static_cast<double>(m - std::max(i, j)); });
  return flipped ? MatrixXd(F.reverse()) : F;
}

MatrixXd grcar(Random& random, int m) {
  const int width = random.integer(1, 5);
  return MatrixXd::NullaryExpr(
      m, m, [width](Index i, Index j) { return i == j + 1 ? -1.0 : (j >= i && j <= i + width ? 1.0 : 0.0); });
}

/// Jordan blocks of random sizes with one or several eigenvalues, plain or in the coordinates of an integer matrix of
/// determinant one.
MatrixXd jordan(Random& random, int m) {
  MatrixXd A = MatrixXd::Zero(m, m);
  double lambda = random.integer(-2, 2);
  for (int i = 0; i < m; ++i) {
    A(i, i) = lambda;
    if (random.integer(0, 5) == 0) {
      lambda = random.integer(-2, 2);
    } else if (i + 1 < m) {
      A(i, i + 1) = 1;
    }
  }
  if (random.integer(0, 1) == 0) return random.integer(0, 1) == 0 ? A : MatrixXd(A.transpose());
  for (int k = 0; k < m; ++k) {  // row operation and its inverse on the columns
    const int i = random.integer(0, m - 1);
    const int j = random.integer(0, m - 1);
    if (i == j) continue;
    A.row(i) += A.row(j);
    A.col(j) -= A.col(i);
  }
  return A;
}

/// Rows and columns scaled apart by up to 2^-12 a step, in either direction.
MatrixXd graded(Random& random, int m) {
  MatrixXd A = gaussian(random, m);
  const int rows = random.integer(-12, 12);
  const int columns = random.integer(-12, 12);
  for (int i = 0; i < m; ++i) {
    A.row(i) *= std::ldexp(1.0, rows * i / (1 + m / 16));
    A.col(i) *= std::ldexp(1.0, columns * i / (1 + m / 16));
  }
  return A;
}

/// (E F; G -E^T) with symmetric F, G: eigenvalues in pairs +-lambda, many of them on the imaginary axis.
MatrixXd hamiltonian(Random& random, int m) {
  const int h = m / 2;
  MatrixXd A = MatrixXd::Zero(m, m);
  if (h == 0) return A;
  const MatrixXd E = random.uniform() * gaussian(random, h);
  const MatrixXd F = gaussian(random, h);
  const MatrixXd G = gaussian(random, h);
  A.topLeftCorner(h, h) = E;
  A.block(h, h, h, h) = -E.transpose();
  A.block(0, h, h, h) = F + F.transpose();
  A.block(h, 0, h, h) = -(G + G.transpose());
  return A;
}

MatrixXd with_zero_rows(Random& random, int m) {
  MatrixXd A = gaussian(random, m);
  for (int i = 0; i < m; ++i) {
    if (random.integer(0, 2) == 0) A.row(i).setZero();
    if (random.integer(0, 5) == 0) A.col(i).setZero();
  }
  return A;
}

MatrixXd sparse_integers(Random& random, int m) {
  const int gap = random.integer(1, 6);
  return MatrixXd::NullaryExpr(
      m, m, [&] { return random.integer(0, gap) == 0 ? static_cast<double>(random.integer(-1, 1)) : 0.0; });
}

MatrixXd low_rank(Random& random, int m) {
  const int rank = random.integer(1, std::max(1, m / 3));
  const MatrixXd A = gaussian(random, m).leftCols(rank) * gaussian(random, m).topRows(rank);
  return A + random.integer(-1, 1) * MatrixXd::Identity(m, m);
}

MatrixXd skew(Random& random, int m) {
  const MatrixXd A = gaussian(random, m);
  return A - A.transpose();
}

MatrixXd symmetric(Random& random, int m) {
  const MatrixXd A = gaussian(random, m);
  return A + A.transpose();
}

/// As the Jacobian of a circuit: rows over time constants that spread a hundredfold.
MatrixXd stiff(Random& random, int m) {
  MatrixXd A = gaussian(random, m) - 2 * MatrixXd::Identity(m, m);
  for (int i = 0; i < m; ++i) A.row(i) /= random.log_uniform(1e-4, 1e-1);
  return A;
}

/// Diagonal blocks that hang together by subdiagonal entries about as small as what may be dropped.
MatrixXd weakly_coupled(Random& random, int m) {
  MatrixXd A = MatrixXd(gaussian(random, m).triangularView<Eigen::Upper>());
  for (int i = 0; i + 1 < m; ++i) A(i + 1, i) = random.integer(0, 2) == 0 ? random.log_uniform(1e-40, 1e-6) : 1;
  return A;
}

/// Upper triangular with repeated diagonal, far from normal.
MatrixXd triangular(Random& random, int m) {
  MatrixXd A = MatrixXd(gaussian(random, m).triangularView<Eigen::StrictlyUpper>()) * random.log_uniform(1e-3, 1e3);
  for (int i = 0; i < m; ++i) A(i, i) = random.integer(-1, 1);
  return random.integer(0, 1) == 0 ? A : MatrixXd(A.transpose());
}

struct Kind {
  const char* name;
  MatrixXd (*draw)(Random&, int);
};

constexpr Kind kinds[] = {{"gaussian", gaussian},
                          {"permutation", permutation},
                          {"companion", companion},
                          {"Frank", frank},
                          {"Grcar", grcar},
                          {"Jordan", jordan},
                          {"graded", graded},
                          {"Hamiltonian", hamiltonian},
                          {"zero rows", with_zero_rows},
                          {"integers", sparse_integers},
                          {"low rank", low_rank},
                          {"skew-symmetric", skew},
                          {"symmetric", symmetric},
                          {"stiff", stiff},
                          {"weakly coupled", weakly_coupled},
                          {"triangular", triangular}};

/// An upper bound of the smallest singular value of B: the length of B x for a unit x, from inverse iteration.
double singular_value_bound(const Eigen::MatrixXcd& B) {
  const Eigen::PartialPivLU<Eigen::MatrixXcd> lu(B);
  Eigen::VectorXcd x =
      Eigen::VectorXcd::Ones(B.rows()) + 0.3 * Eigen::VectorXd::LinSpaced(B.rows(), 0, 1).cast<Complex>();
  double best = std::numeric_limits<double>::infinity();
  for (int k = 0; k < 2; ++k) {
    x = lu.solve(x).eval();
    if (!x.allFinite()) break;
    x.stableNormalize();
    best = std::min(best, (B * x).norm());
  }
  return best;
}

/// Smallest singular value of A - lambda I over m eps |A|: at most 10 where lambda is good. The cheap bound, or, where
/// that says nothing good, the decomposition itself.
double backward_error(const MatrixXd& A, Complex lambda, double eps) {
  const Index m = A.rows();
  const double unit = static_cast<double>(m) * eps * std::max(A.norm(), std::numeric_limits<double>::min());
  const Eigen::MatrixXcd B = A.cast<Complex>() - lambda * Eigen::MatrixXcd::Identity(m, m);
  const double bound = singular_value_bound(B) / unit;
  if (bound <= 1) return bound;
  return std::min(bound, Eigen::JacobiSVD<Eigen::MatrixXcd>(B).singularValues()(m - 1) / unit);
}

struct Tally {
  double worst = 0;
  std::string where;
};

/// Matrix number `index` in scalar T; what is worst goes to `tally`.
template <class T>
void judge(std::uint64_t seed, std::uint64_t index, Tally& tally) {
  Random random(seed + index);
  const Kind& kind = kinds[index % std::size(kinds)];
  const int m = std::min(64, static_cast<int>(random.log_uniform(1, 65)));
  const bool is_float = sizeof(T) == 4;
  const double scale = std::vector<double>{1, 1, is_float ? 1e25 : 1e150, is_float ? 1e-25 : 1e-150}[index / 16 % 4];
  MatrixXd drawn = kind.draw(random, m);
  if (is_float) drawn /= std::max(1.0, drawn.cwiseAbs().maxCoeff());  // the widest grades leave the range of float
  const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic> A = (drawn * scale).cast<T>();
  auto destroyed = A;
  std::vector<T> re(static_cast<std::size_t>(m));
  std::vector<T> im(static_cast<std::size_t>(m));
  std::vector<T> scratch(core::eigenvalues_scratch(m));
  ASSERT_TRUE(core::eigenvalues(core::Solo{}, destroyed.data(), m, re.data(), im.data(), scratch.data()))
      << kind.name << ", " << m << " rows, index " << index;
  // judged in double, at ordinary size
  const double size = std::max(static_cast<double>(A.cwiseAbs().maxCoeff()), std::numeric_limits<double>::min());
  const MatrixXd exact = A.template cast<double>() / size;
  const auto lambda = [&](std::size_t i) {
    return Complex(static_cast<double>(re[i]), static_cast<double>(im[i])) / size;
  };
  Complex sum = 0;
  std::size_t rightmost = 0;
  for (std::size_t i = 0; i < re.size(); ++i) {
    sum += lambda(i);
    if (re[i] > re[rightmost]) rightmost = i;
  }
  const auto eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  EXPECT_LE(std::abs(sum - exact.trace()), 10 * m * m * eps * exact.norm()) << kind.name << ", index " << index;
  for (const std::size_t i : {rightmost, static_cast<std::size_t>(random.integer(0, m - 1))}) {
    const double error = backward_error(exact, lambda(i), eps);
    EXPECT_LE(error, 10) << kind.name << ", " << m << " rows, index " << index << ", eigenvalue " << lambda(i);
    if (error <= tally.worst) continue;
    tally.worst = error;
    tally.where = std::string(kind.name) + ", " + std::to_string(m) + " rows, index " + std::to_string(index);
  }
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

template <class T>
void judge_many(std::uint64_t count) {
  const std::uint64_t seed = number_from("ORGANICS_SEED", 1000003);
  Tally tally;
  for (std::uint64_t i = 0; i < count; ++i) judge<T>(seed, i, tally);
  std::cout << count << " matrices, worst backward error " << tally.worst << " m eps |A| (" << tally.where << ")\n";
}

TEST(EigenvaluesZoo, EveryKindIsBackwardStable) { judge_many<double>(number_from("ORGANICS_ZOO", 3000)); }

TEST(EigenvaluesZoo, FloatIsBackwardStable) { judge_many<float>(number_from("ORGANICS_ZOO", 3000) / 4); }

/// A NaN or an infinity anywhere ends at once and says so.
TEST(EigenvaluesZoo, NothingFiniteComesFromWhatIsNot) {
  for (std::uint64_t index = 0; index < 320; ++index) {
    Random random(77 + index);
    const int m = random.integer(1, 40);
    MatrixXd A = kinds[index % std::size(kinds)].draw(random, m);
    const double infinity = std::numeric_limits<double>::infinity();
    A(random.integer(0, m - 1), random.integer(0, m - 1)) =
        std::vector<double>{std::nan(""), infinity, -infinity}[index / 16 % 3];
    std::vector<double> re(static_cast<std::size_t>(m));
    std::vector<double> im(static_cast<std::size_t>(m));
    std::vector<double> scratch(core::eigenvalues_scratch(m));
    EXPECT_FALSE(core::eigenvalues(core::Solo{}, A.data(), m, re.data(), im.data(), scratch.data())) << index;
    for (const double value : re) EXPECT_TRUE(std::isnan(value)) << index;
    for (const double value : im) EXPECT_TRUE(std::isnan(value)) << index;
  }
}

}  // namespace
}  // namespace organics::test
