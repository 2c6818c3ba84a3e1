// rightmost.hpp and matrix_spectrum.hpp: eigenvectors against Eigen's, residuals on matrices without a full set of
// eigenvectors, the self-checks, and width against width.
#include "organics/core/rightmost.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

#include "organics/core/matrix_spectrum.hpp"
#include "support/crew.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
using MatrixXd = Eigen::MatrixXd;
using Complex = std::complex<double>;
using Vector = Eigen::VectorXcd;
using Index = Eigen::Index;

MatrixXd gaussian(int m, unsigned seed) {
  Random random(seed);
  return MatrixXd::NullaryExpr(m, m, [&] { return random.gaussian(); });
}

MatrixXd jordan(int m, double lambda) {
  MatrixXd A = MatrixXd::Identity(m, m) * lambda;
  for (int i = 0; i + 1 < m; ++i) A(i, i + 1) = 1;
  return A;
}

MatrixXd cyclic_shift(int m) {
  MatrixXd A = jordan(m, 0).transpose();
  A(0, m - 1) += 1;
  return A;
}

/// Everything that can be asked about a matrix; what a run did not write is NaN.
template <class T>
struct Answers {
  int m;
  std::vector<T> eigenvalues, abscissa, right, left, overlap, checks;
  std::vector<Status> status;  // of every lane, then as written

  explicit Answers(int rows) : m(rows) {
    const auto filled = [](int count) {
      return std::vector<T>(static_cast<std::size_t>(count), std::numeric_limits<T>::quiet_NaN());
    };
    for (auto* pairs : {&eigenvalues, &right, &left}) *pairs = filled(2 * rows);
    abscissa = filled(1);
    overlap = filled(2);
    checks = filled(4);
  }
  Complex lambda() const {  // the rightmost, as the sorted eigenvalues have it
    return {static_cast<double>(eigenvalues[eigenvalues.size() - 2]), static_cast<double>(eigenvalues.back())};
  }
  Vector vector(const std::vector<T>& pairs) const {
    return Vector::NullaryExpr(m, [&](Index i) {
      const auto k = static_cast<std::size_t>(2 * i);
      return Complex(static_cast<double>(pairs[k]), static_cast<double>(pairs[k + 1]));
    });
  }
};

/// Width 0 stands for Solo.
template <class T>
Answers<T> ask(const Matrix<T>& A, int width = 0) {
  const int m = static_cast<int>(A.rows());
  Answers<T> a(m);
  std::vector<T> numbers(core::matrix_spectrum_scratch(m, true), std::numeric_limits<T>::quiet_NaN());
  std::vector<int> pivots(static_cast<std::size_t>(m), -1);
  Status written = Status::singular;
  a.status.resize(static_cast<std::size_t>(std::max(width, 1)));
  const core::MatrixSpectrumOutput<T> out = {a.eigenvalues.data(), a.abscissa.data(), a.right.data(), a.left.data(),
                                             a.overlap.data(),     a.checks.data(),   &written};
  const auto compute = [&](const auto& team) {
    a.status[static_cast<std::size_t>(team.rank())] =
        core::matrix_spectrum(team, A.data(), m, core::eigenvector_tolerance<T>(m),
                              core::matrix_spectrum_work(numbers.data(), pivots.data(), m, true), out);
  };
  if (width == 0) {
    compute(core::Solo{});
  } else {
    Crew(width).run(compute);
  }
  a.status.push_back(written);
  return a;
}

/// Both vectors: residual, length, phase, and the overlap that was returned.
template <class T>
void expect_vectors(const Matrix<T>& given, const Answers<T>& a, double factor = 1) {
  for (const Status status : a.status) EXPECT_EQ(status, Status::ok);
  const double size = std::max(static_cast<double>(given.cwiseAbs().maxCoeff()), std::numeric_limits<double>::min());
  const MatrixXd A = given.template cast<double>() / size;
  const Complex lambda = a.lambda() / size;
  const Vector v = a.vector(a.right);
  const Vector w = a.vector(a.left);
  const double eps = static_cast<double>(std::numeric_limits<T>::epsilon());
  const double tolerance = 10 * static_cast<double>(a.m) * eps * factor;
  EXPECT_LE((A * v - lambda * v).norm(), tolerance * A.norm());
  EXPECT_LE((A.transpose() * w - std::conj(lambda) * w).norm(), tolerance * A.norm());
  for (const Vector* x : {&v, &w}) {
    EXPECT_NEAR(x->norm(), 1, tolerance);
    Index peak = 0;
    const double largest = x->cwiseAbs().maxCoeff(&peak);
    bool real_and_largest = false;  // an entry as large as any is real and positive
    for (Index i = 0; i < x->size(); ++i) {
      const Complex entry = (*x)(i);
      real_and_largest = real_and_largest || (entry.imag() == 0 && entry.real() >= largest * (1 - tolerance));
    }
    EXPECT_TRUE(real_and_largest);
  }
  EXPECT_NEAR(std::abs(Complex(a.overlap[0], a.overlap[1]) - w.dot(v)), 0, tolerance);
}

TEST(Rightmost, VectorsAgreeWithEigen) {
  int complex_ones = 0;
  for (int m = 1; m <= 40; ++m) {
    SCOPED_TRACE(m);
    const MatrixXd A = gaussian(m, static_cast<unsigned>(m));
    const Answers<double> a = ask<double>(A);
    expect_vectors<double>(A, a);
    const Eigen::EigenSolver<MatrixXd> right(A);
    const Eigen::EigenSolver<MatrixXd> left(A.transpose());
    const auto nearest = [](const Eigen::EigenSolver<MatrixXd>& solver, Complex lambda) {
      Index k = 0;
      (solver.eigenvalues().array() - lambda).abs().minCoeff(&k);
      return Vector(solver.eigenvectors().col(k).normalized());
    };
    const Vector v = nearest(right, a.lambda());
    const Vector w = nearest(left, std::conj(a.lambda()));  // w^H A = lambda w^H
    EXPECT_NEAR(std::abs(v.dot(a.vector(a.right))), 1, 1e-11);
    EXPECT_NEAR(std::abs(w.dot(a.vector(a.left))), 1, 1e-11);
    EXPECT_NEAR(std::abs(Complex(a.overlap[0], a.overlap[1])), std::abs(w.dot(v)), 1e-10);
    EXPECT_EQ(a.abscissa[0], a.lambda().real());
    EXPECT_NEAR(a.abscissa[0], right.eigenvalues().real().maxCoeff(), 1e-12 * A.norm());
    if (a.lambda().imag() > 0) ++complex_ones;
  }
  EXPECT_GT(complex_ones, 5);
  EXPECT_LT(complex_ones, 35);
}

/// Known by hand: (-1 1; -4 -1) has -1 + 2i with v = (1, 2i), w = (2, i) but for length.
TEST(Rightmost, AComplexPairByHand) {
  const Answers<double> a = ask<double>(MatrixXd{{-1, 1}, {-4, -1}});
  EXPECT_EQ(a.lambda(), Complex(-1, 2));
  const double r = 1 / std::sqrt(5.0);
  EXPECT_NEAR((a.vector(a.right) - Vector{{Complex(0, -r), Complex(2 * r, 0)}}).norm(), 0, 1e-15);
  EXPECT_NEAR((a.vector(a.left) - Vector{{Complex(2 * r, 0), Complex(0, r)}}).norm(), 0, 1e-15);
  EXPECT_NEAR(a.overlap[0], 0, 1e-15);
  EXPECT_NEAR(a.overlap[1], -0.8, 1e-15);
}

std::vector<MatrixXd> corners() {
  std::vector<MatrixXd> all;
  for (const int m : {1, 2, 3, 5}) {
    all.emplace_back(MatrixXd::Zero(m, m));
    all.emplace_back(MatrixXd::Identity(m, m));
    all.emplace_back(MatrixXd::Ones(m, m));
  }
  for (const int m : {2, 3, 10, 64}) {
    all.push_back(jordan(m, 0));
    all.push_back(jordan(m, 2));
    all.emplace_back(jordan(m, -0.7).transpose());
  }
  for (const int m : {2, 3, 4, 16}) all.push_back(cyclic_shift(m));
  MatrixXd triangular = gaussian(9, 1).triangularView<Eigen::Upper>();
  all.push_back(triangular);
  all.emplace_back(triangular.transpose());
  MatrixXd blocks = MatrixXd::Zero(6, 6);  // the same pair twice, and a third that is decoupled
  for (const int i : {0, 2, 4}) blocks.block(i, i, 2, 2) = MatrixXd{{0, 1}, {-1, 0}};
  all.push_back(blocks);
  blocks.block(0, 2, 2, 2).setIdentity();  // and a defective one
  all.push_back(blocks);
  MatrixXd holes = gaussian(8, 2);
  holes.row(0).setZero();
  holes.col(5).setZero();
  all.push_back(holes);
  all.push_back(holes - 20 * MatrixXd::Identity(8, 8));
  MatrixXd stiff = gaussian(7, 3);
  for (int i = 0; i < 7; ++i) stiff.row(i) *= std::pow(10.0, i - 3);
  all.push_back(stiff);
  return all;
}

TEST(Rightmost, CornersHaveSmallResiduals) {
  int number = 0;
  for (const MatrixXd& A : corners()) {
    SCOPED_TRACE(testing::Message() << "corner " << number++ << ", " << A.rows() << " rows");
    expect_vectors<double>(A, ask<double>(A));
    for (const double scale : {1e150, 1e-150, 1e300, 1e-300}) {
      SCOPED_TRACE(scale);
      const MatrixXd scaled = A * scale;
      expect_vectors<double>(scaled, ask<double>(scaled));
    }
    const Matrix<float> single = A.cast<float>();
    expect_vectors<float>(single, ask<float>(single));
  }
}

TEST(Rightmost, ADefectiveEigenvalueHasNoOverlap) {
  const Answers<double> a = ask<double>(jordan(6, 1.0));
  EXPECT_LE(std::abs(Complex(a.overlap[0], a.overlap[1])), 1e-10);
  const Answers<double> normal = ask<double>(cyclic_shift(6));
  EXPECT_NEAR(std::abs(Complex(normal.overlap[0], normal.overlap[1])), 1, 1e-14);
}

TEST(Rightmost, AVectorOfAWrongEigenvalueIsRefused) {
  const MatrixXd A = gaussian(6, 4);
  std::vector<double> right(12);
  std::vector<double> left(12);
  std::vector<double> numbers(core::eigenvectors_scratch(6));
  std::vector<int> pivots(6);
  const auto vectors =
      core::eigenvectors(core::Solo{}, A.data(), 6, 17.0, 3.0, core::eigenvector_tolerance<double>(6), right.data(),
                         left.data(), core::eigenvector_work(numbers.data(), pivots.data(), 6));
  EXPECT_EQ(vectors.status, Status::not_converged);
  EXPECT_GT(vectors.residual, 1);
}

TEST(Rightmost, ChecksAreSmallAndMeanSomething) {
  for (const int m : {1, 2, 5, 20, 50}) {
    const MatrixXd A = gaussian(m, 5);
    const Answers<double> a = ask<double>(A);
    EXPECT_LE(a.checks[0], 1e-14 * m);
    EXPECT_LE(a.checks[1], 1e-11);
    EXPECT_EQ(a.checks[2], 0);
    EXPECT_NEAR(a.checks[3], ((A * a.vector(a.right) - a.lambda() * a.vector(a.right)).norm()) / A.norm(), 1e-15 * m);
  }
  // what a wrong spectrum would give: (1, 2 | 4) instead of (1, 2 | 3), and a pair that is none
  const MatrixXd A = Eigen::Vector3d(1, 2, 3).asDiagonal();
  const std::vector<double> re = {1, 2, 4};
  const std::vector<double> im = {0, 1, 0};
  std::vector<double> memory(9);
  std::vector<int> pivots(3);
  const core::Solo team;
  EXPECT_NEAR(core::detail::trace_error(A.data(), 3, re.data(), A.norm()), 1 / A.norm(), 1e-15);
  EXPECT_NEAR(
      core::detail::determinant_error(team, A.data(), 3, re.data(), im.data(), A.norm(), memory.data(), pivots.data()),
      std::log(4 * std::sqrt(5.0) / 6), 1e-14);
  EXPECT_EQ(core::detail::pairing_violations(team, re.data(), im.data(), 3, memory.data()), 1);
  const Answers<double> singular = ask<double>(MatrixXd::Zero(3, 3));
  EXPECT_TRUE(std::isnan(singular.checks[1]));
}

TEST(Rightmost, NonFiniteMatricesGiveNaN) {
  for (const int m : {1, 2, 4}) {
    for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
      MatrixXd A = gaussian(m, 6);
      A(m - 1, 0) = bad;
      const Answers<double> a = ask<double>(A);
      for (const Status status : a.status) EXPECT_EQ(status, Status::non_finite);
      for (const auto* values : {&a.eigenvalues, &a.abscissa, &a.right, &a.left, &a.overlap, &a.checks}) {
        for (const double value : *values) EXPECT_TRUE(std::isnan(value));
      }
    }
  }
}

TEST(Rightmost, EveryWidthGivesTheSameBits) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  std::vector<MatrixXd> all = corners();
  // A crew pays for each sync with a trip through the scheduler: large matrices add nothing but time.
  std::erase_if(all, [](const MatrixXd& A) { return A.rows() > 3; });
  for (const int m : {1, 2, 4, 6}) all.push_back(gaussian(m, 7));
  all.push_back(1e200 * gaussian(3, 8));
  all.emplace_back(MatrixXd::Constant(3, 3, std::nan("")));
  for (const MatrixXd& A : all) {
    SCOPED_TRACE(testing::Message() << A.rows() << " rows");
    const Answers<double> alone = ask<double>(A);
    for (const int width : crew_widths) {
      const Answers<double> together = ask<double>(A, width);
      EXPECT_TRUE(same_bits(together.eigenvalues, alone.eigenvalues)) << "width " << width;
      EXPECT_TRUE(same_bits(together.right, alone.right)) << "width " << width;
      EXPECT_TRUE(same_bits(together.left, alone.left)) << "width " << width;
      EXPECT_TRUE(same_bits(together.overlap, alone.overlap)) << "width " << width;
      EXPECT_TRUE(same_bits(together.checks, alone.checks)) << "width " << width;
      for (const Status status : together.status) EXPECT_EQ(status, alone.status[0]) << "width " << width;
    }
  }
}

}  // namespace
}  // namespace organics::test
