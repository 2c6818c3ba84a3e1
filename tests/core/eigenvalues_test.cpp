// eigenvalues.hpp and hessenberg.hpp: backward error against the matrix itself, Eigen's EigenSolver, closed forms, and
// width against width. Ill-conditioned spectra are judged by backward error alone: it is what the method promises.
#include "organics/core/eigenvalues.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/crew.hpp"

namespace organics::test {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
using MatrixXd = Eigen::MatrixXd;
using Complex = std::complex<double>;

struct Named {
  std::string name;
  MatrixXd A;
};

MatrixXd random_matrix(int n, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  return MatrixXd::NullaryExpr(n, n, [&] { return normal(engine); });
}

MatrixXd small_integers(int n, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> entry(-1, 1);
  return MatrixXd::NullaryExpr(n, n, [&] { return static_cast<double>(entry(engine)); });
}

/// Diagonal `d`, constant `above` and `below` next to it.
MatrixXd tridiagonal(int n, double below, double d, double above) {
  MatrixXd A = MatrixXd::Identity(n, n) * d;
  for (int i = 0; i + 1 < n; ++i) {
    A(i, i + 1) = above;
    A(i + 1, i) = below;
  }
  return A;
}

MatrixXd cyclic_shift(int n) {
  MatrixXd A = tridiagonal(n, 1, 0, 0);
  A(0, n - 1) += 1;
  return A;
}

/// Companion matrix of (x - 1)(x - 2)...(x - n), Wilkinson's polynomial.
MatrixXd wilkinson_companion(int n) {
  std::vector<double> c{1};  // c[k] x^k, without the leading 1 of the product so far
  for (int root = 1; root <= n; ++root) {
    c.push_back(0);
    for (std::size_t k = c.size() - 1; k > 0; --k) c[k] = c[k - 1] - root * c[k];
    c[0] *= -root;
  }
  MatrixXd A = tridiagonal(n, 1, 0, 0);
  for (int k = 0; k < n; ++k) A(k, n - 1) = -c[static_cast<std::size_t>(k)];
  return A;
}

MatrixXd frank(int n) {
  return MatrixXd::NullaryExpr(
      n, n, [n](Eigen::Index i, Eigen::Index j) { return i > j + 1 ? 0.0 : static_cast<double>(n - std::max(i, j)); });
}

MatrixXd grcar(int n) {
  return MatrixXd::NullaryExpr(
      n, n, [](Eigen::Index i, Eigen::Index j) { return i == j + 1 ? -1.0 : (j >= i && j <= i + 3 ? 1.0 : 0.0); });
}

MatrixXd graded(int n, int step) {
  const MatrixXd R = random_matrix(n, 31);
  return MatrixXd::NullaryExpr(
      n, n, [&](Eigen::Index i, Eigen::Index j) { return std::ldexp(R(i, j), -step * static_cast<int>(i + j)); });
}

/// Two unreduced blocks that touch through two small subdiagonal entries in a row.
MatrixXd weakly_coupled(int n, double coupling) {
  MatrixXd A = random_matrix(n, 41).triangularView<Eigen::Upper>();
  for (int i = 0; i + 1 < n; ++i) A(i + 1, i) = 1;
  A(n / 2, n / 2 - 1) = coupling;
  A(n / 2 + 1, n / 2) = coupling;
  return A;
}

std::vector<Named> zoo() {
  std::vector<Named> all;
  for (const int n : {1, 2, 3, 5}) all.push_back({"zeros", MatrixXd::Zero(n, n)});
  for (const int n : {1, 2, 3, 6}) all.push_back({"identity", MatrixXd::Identity(n, n)});
  all.push_back({"upper triangular", random_matrix(8, 1).triangularView<Eigen::Upper>()});
  all.push_back({"lower triangular", random_matrix(8, 2).triangularView<Eigen::Lower>()});
  for (const int n : {2, 3, 10}) {
    all.push_back({"Jordan block", tridiagonal(n, 0, 2, 1)});
    all.push_back({"transposed Jordan block", tridiagonal(n, 1, 2, 0)});
    all.push_back({"nilpotent", tridiagonal(n, 1, 0, 0)});
  }
  all.push_back({"Jordan block in random coordinates",
                 random_matrix(6, 3).inverse() * tridiagonal(6, 0, 2, 1) * random_matrix(6, 3)});
  all.push_back({"repeated", MatrixXd::Identity(7, 7) + MatrixXd::Ones(7, 7)});
  all.push_back({"rank one", MatrixXd::Ones(9, 9)});
  all.push_back({"Wilkinson companion", wilkinson_companion(10)});
  all.push_back({"Frank", frank(12)});
  all.push_back({"Grcar", grcar(20)});
  for (const int n : {2, 3, 4, 8, 16, 21}) all.push_back({"cyclic shift", cyclic_shift(n)});
  all.push_back({"exchange", MatrixXd(MatrixXd::Identity(6, 6).rowwise().reverse())});
  for (const int step : {2, 8}) all.push_back({"graded", graded(9, step)});
  all.push_back({"graded, reversed", graded(9, 8).reverse()});
  for (const int n : {2, 5, 10}) {
    const MatrixXd R = random_matrix(n, 7);
    all.push_back({"skew-symmetric", R - R.transpose()});
    all.push_back({"symmetric", R + R.transpose()});
  }
  // A diagonal of zeros, or nearly: LAPACK's deflation test alone waits for ever here.
  all.push_back({"zero diagonal", MatrixXd{{0, 0, 0}, {1, 0, -1}, {0, 2, 0}}});
  all.push_back({"nearly zero diagonal", MatrixXd{{5e-212, -1, 0}, {1, 0, -2}, {0, 2, 0}}});
  MatrixXd holes = random_matrix(8, 8);
  holes.row(0).setZero();
  holes.row(5).setZero();
  all.push_back({"zero rows", holes});
  all.push_back({"zero columns", holes.transpose()});
  for (const double c : {1e-7, 1e-9, 1e-160}) all.push_back({"weakly coupled", weakly_coupled(12, c)});
  for (unsigned seed = 0; seed < 5; ++seed) all.push_back({"small integers", small_integers(9, seed)});
  all.push_back({"stiff rows", Eigen::VectorXd::LinSpaced(6, 1, 2000).asDiagonal() * random_matrix(6, 9)});
  return all;
}

template <class T>
struct Spectrum {
  std::vector<T> re, im;
  std::vector<int> ok;  // by lane
};

/// Width 0 stands for Solo.
template <class T>
Spectrum<T> spectrum(const Matrix<T>& A, int width = 0) {
  const int n = static_cast<int>(A.rows());
  const auto size = static_cast<std::size_t>(n);
  Matrix<T> work = A;
  std::vector<T> scratch(core::eigenvalues_scratch(n), std::numeric_limits<T>::quiet_NaN());
  const auto lanes = static_cast<std::size_t>(std::max(width, 1));
  Spectrum<T> s{std::vector<T>(size), std::vector<T>(size), std::vector<int>(lanes)};
  const auto compute = [&](const auto& team) {
    const bool ok = core::eigenvalues(team, work.data(), n, s.re.data(), s.im.data(), scratch.data());
    s.ok[static_cast<std::size_t>(team.rank())] = ok ? 1 : 0;
  };
  if (width == 0) {
    compute(core::Solo{});
  } else {
    Crew(width).run(compute);
  }
  return s;
}

/// An upper bound of the smallest singular value of A - lambda I: the residual of a vector from inverse iteration.
double distance_to_singular(const Matrix<double>& A, Complex lambda) {
  const Eigen::Index n = A.rows();
  const Eigen::MatrixXcd shifted = A.cast<Complex>() - lambda * Eigen::MatrixXcd::Identity(n, n);
  double best = shifted.norm();
  const Eigen::FullPivLU<Eigen::MatrixXcd> lu(shifted);
  if (!lu.isInvertible()) return (shifted * lu.kernel().col(0).normalized()).norm();
  const Eigen::FullPivLU<Eigen::MatrixXcd> adjoint(shifted.adjoint());
  Eigen::VectorXcd x = Eigen::VectorXcd::Ones(n) + 0.3 * Eigen::VectorXd::LinSpaced(n, 0, 1).cast<Complex>();
  for (int k = 0; k < 3; ++k) {
    x = lu.solve(adjoint.solve(x).eval().normalized()).eval().normalized();
    const double residual = (shifted * x).norm();
    if (residual < best) best = residual;
  }
  return best;
}

/// Conjugate pairs are exact and stand together; trace and trace of the square fit; each number is an eigenvalue of a
/// matrix near A.
template <class T>
void expect_spectrum(const Matrix<T>& given, const Spectrum<T>& s) {
  ASSERT_EQ(s.ok[0], 1);
  const double largest = std::max(static_cast<double>(given.cwiseAbs().maxCoeff()), std::numeric_limits<double>::min());
  const MatrixXd A = given.template cast<double>() / largest;
  const auto n = static_cast<double>(A.rows());
  const double tolerance = 10 * n * static_cast<double>(std::numeric_limits<T>::epsilon()) * A.norm();
  Complex sum = 0;
  Complex sum_of_squares = 0;
  for (std::size_t i = 0; i < s.re.size(); ++i) {
    const Complex lambda(static_cast<double>(s.re[i]) / largest, static_cast<double>(s.im[i]) / largest);
    sum += lambda;
    sum_of_squares += lambda * lambda;
    EXPECT_LE(distance_to_singular(A, lambda), tolerance) << i << ": " << lambda;
    if (s.im[i] > T(0)) {
      ASSERT_LT(i + 1, s.re.size());
      EXPECT_EQ(s.re[i + 1], s.re[i]);
      EXPECT_EQ(s.im[i + 1], -s.im[i]);
    } else if (s.im[i] < T(0)) {
      ASSERT_GT(i, 0U);
      EXPECT_EQ(s.im[i - 1], -s.im[i]);
    }
  }
  EXPECT_LE(std::abs(sum - A.trace()), n * tolerance);
  EXPECT_LE(std::abs(sum_of_squares - (A * A).trace()), 2 * n * tolerance * A.norm());
}

/// Distance between two spectra when each number takes the nearest free one of the other.
double greedy_distance(std::vector<Complex> a, std::vector<Complex> b) {
  double distance = 0;
  for (const Complex& x : a) {
    const auto nearest =
        std::min_element(b.begin(), b.end(), [&](Complex u, Complex v) { return std::abs(u - x) < std::abs(v - x); });
    distance = std::max(distance, std::abs(*nearest - x));
    b.erase(nearest);
  }
  return distance;
}

std::vector<Complex> oracle(const MatrixXd& A) {
  const Eigen::VectorXcd v = Eigen::EigenSolver<MatrixXd>(A, false).eigenvalues();
  return {v.data(), v.data() + v.size()};
}

template <class T>
std::vector<Complex> as_complex(const Spectrum<T>& s) {
  std::vector<Complex> v;
  for (std::size_t i = 0; i < s.re.size(); ++i) v.emplace_back(s.re[i], s.im[i]);
  return v;
}

TEST(Eigenvalues, AgreeWithEigenOnRandomMatrices) {
  for (int n = 1; n <= 100; n += n < 12 ? 1 : (n < 40 ? 7 : 60)) {
    const MatrixXd A = random_matrix(n, static_cast<unsigned>(n));
    const Spectrum<double> s = spectrum<double>(A);
    ASSERT_EQ(s.ok[0], 1) << n;
    EXPECT_LE(greedy_distance(as_complex(s), oracle(A)), 1e-10 * A.norm()) << n;
    if (n <= 20) expect_spectrum<double>(A, s);
  }
}

TEST(Eigenvalues, BackwardStableOnTheZoo) {
  for (const Named& m : zoo()) {
    SCOPED_TRACE(testing::Message() << m.name << " " << m.A.rows());
    expect_spectrum<double>(m.A, spectrum<double>(m.A));
    for (const double scale : {1e150, 1e-150}) {
      SCOPED_TRACE(scale);
      const MatrixXd A = m.A * scale;
      expect_spectrum<double>(A, spectrum<double>(A));
    }
  }
}

TEST(Eigenvalues, FloatIsBackwardStableOnTheZoo) {
  for (const Named& m : zoo()) {
    SCOPED_TRACE(testing::Message() << m.name << " " << m.A.rows());
    const Matrix<float> A = m.A.cast<float>();
    expect_spectrum<float>(A, spectrum<float>(A));
    for (const float scale : {1e25F, 1e-25F}) {
      SCOPED_TRACE(scale);
      const Matrix<float> scaled = A * scale;
      expect_spectrum<float>(scaled, spectrum<float>(scaled));
    }
  }
}

TEST(Eigenvalues, ScaleByPowersOfTwoExactly) {
  for (const int n : {1, 2, 3, 8}) {
    const MatrixXd A = random_matrix(n, 17);
    const Spectrum<double> s = spectrum<double>(A);
    for (const int exponent : {-900, -300, 300, 1000}) {
      const Spectrum<double> scaled = spectrum<double>(A * std::ldexp(1.0, exponent));
      for (std::size_t i = 0; i < s.re.size(); ++i) {
        EXPECT_NEAR(std::ldexp(scaled.re[i], -exponent), s.re[i], 1e-13) << n << " " << exponent;
        EXPECT_NEAR(std::ldexp(scaled.im[i], -exponent), s.im[i], 1e-13) << n << " " << exponent;
      }
    }
  }
}

TEST(Eigenvalues, ClosedFormsOfTwoByTwo) {
  const auto expect = [](const MatrixXd& A, Complex first, Complex second) {
    const Spectrum<double> s = spectrum<double>(A);
    EXPECT_EQ(s.ok[0], 1);
    EXPECT_EQ(greedy_distance(as_complex(s), {first, second}), 0.0) << A;
  };
  expect(MatrixXd{{0, 1}, {-1, 0}}, {0, 1}, {0, -1});
  expect(MatrixXd{{3, 4}, {-1, 3}}, {3, 2}, {3, -2});
  expect(MatrixXd{{2, 1}, {1, 2}}, 3, 1);
  expect(MatrixXd{{5, 1e300}, {0, 5}}, 5, 5);
  expect(MatrixXd{{0x1p1000, 0x1p1000}, {-0x1p1000, 0x1p1000}}, {0x1p1000, 0x1p1000}, {0x1p1000, -0x1p1000});
  expect(MatrixXd{{0, 0x1p-1000}, {0x1p-1000, 0}}, 0x1p-1000, -0x1p-1000);
  // Cancellation: the small root, to full accuracy, is det / large root.
  const Spectrum<double> s = spectrum<double>(MatrixXd{{1e8, 1}, {1, 1e-8 + 1e-16}});
  const double small = std::min(std::fabs(s.re[0]), std::fabs(s.re[1]));
  EXPECT_NEAR(small, 1e-16, 1e-8 * 4e-16);
}

TEST(Eigenvalues, RefuseNonFiniteInput) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity()}) {
    for (const int n : {1, 2, 3, 5}) {
      for (int k = 0; k < n * n; ++k) {
        MatrixXd A = random_matrix(n, 3);
        A(k) = bad;
        const Spectrum<double> s = spectrum<double>(A);
        EXPECT_EQ(s.ok[0], 0);
        for (const double re : s.re) EXPECT_TRUE(std::isnan(re)) << n << " " << k;
        for (const double im : s.im) EXPECT_TRUE(std::isnan(im)) << n << " " << k;
      }
    }
  }
}

TEST(Eigenvalues, QrEndsOnNonFiniteInput) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    const int n = 6;
    for (int k = 0; k < n * n; ++k) {
      MatrixXd H = random_matrix(n, 3);
      H(k) = bad;
      std::vector<double> re(n);
      std::vector<double> im(n);
      core::hessenberg_eigenvalues(core::Solo{}, H.data(), n, re.data(), im.data());  // ends, whatever it says
    }
  }
}

TEST(Eigenvalues, SweepsConvergeOnManySmallMatrices) {
  for (unsigned seed = 0; seed < 1000; ++seed) {
    const int n = 3 + static_cast<int>(seed % 8);
    const MatrixXd A = small_integers(n, seed);
    const Spectrum<double> s = spectrum<double>(A);
    ASSERT_EQ(s.ok[0], 1) << seed;
    Complex sum = 0;
    for (const Complex& lambda : as_complex(s)) sum += lambda;
    EXPECT_NEAR(std::abs(sum - A.trace()), 0, 1e-12) << seed;
  }
}

TEST(Hessenberg, ReductionIsASimilarity) {
  for (const int n : {1, 2, 3, 4, 9, 30}) {
    for (const double scale : {1.0, 1e-160, 1e160}) {
      const MatrixXd A = scale * random_matrix(n, 51);
      MatrixXd H = A;
      std::vector<double> scratch(core::reduce_to_hessenberg_scratch(n));
      core::reduce_to_hessenberg(core::Solo{}, H.data(), n, scratch.data());
      for (int j = 0; j < n; ++j) {
        for (int i = j + 2; i < n; ++i) EXPECT_EQ(H(i, j), 0.0);
      }
      EXPECT_NEAR((H / scale).norm(), (A / scale).norm(), 1e-13 * n);
      EXPECT_LE(greedy_distance(oracle(H / scale), oracle(A / scale)), 1e-11) << n << " " << scale;
    }
  }
}

TEST(Hessenberg, ReductionOfSymmetricIsTridiagonal) {
  const int n = 12;
  const MatrixXd R = random_matrix(n, 52);
  MatrixXd H = R + R.transpose();
  std::vector<double> scratch(core::reduce_to_hessenberg_scratch(n));
  core::reduce_to_hessenberg(core::Solo{}, H.data(), n, scratch.data());
  EXPECT_LE((H - H.transpose()).norm(), 1e-13);
  EXPECT_LE((H - MatrixXd(tridiagonal(n, 1, 1, 1).cwiseProduct(H))).norm(), 1e-13);
}

TEST(Balance, UndoesABadDiagonalScaling) {
  const int n = 8;
  const MatrixXd A = random_matrix(n, 61);
  Eigen::VectorXd d(n);
  for (int i = 0; i < n; ++i) d(i) = std::ldexp(1.0, (i % 2 == 0 ? 1 : -1) * 7 * i);
  MatrixXd B = d.asDiagonal() * A * d.cwiseInverse().asDiagonal();
  std::vector<double> scratch(core::balance_scratch(n));
  core::balance(core::Solo{}, B.data(), n, scratch.data());
  EXPECT_LE(B.norm(), 2 * A.norm());
  // D^-1 A D with D of powers of two: products around every cycle of length two keep all their bits.
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) EXPECT_EQ(B(i, j) * B(j, i), A(i, j) * A(j, i));
  }
  EXPECT_LE(greedy_distance(as_complex(spectrum<double>(B)), oracle(A)), 1e-12 * A.norm());
}

TEST(Balance, EndsOnExtremeAndNonFinite) {
  for (const double value :
       {1e-320, 1e308, std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), 0.0}) {
    MatrixXd A = tridiagonal(6, 1e-300, 0, 1e300);
    A(2, 4) = value;
    A(5, 0) = value;
    std::vector<double> scratch(core::balance_scratch(6));
    core::balance(core::Solo{}, A.data(), 6, scratch.data());
    if (std::isfinite(value)) {
      EXPECT_TRUE(A.allFinite()) << value;
    }
  }
}

template <class T>
void expect_same_bits_for_every_width(const Matrix<T>& A) {
  const Spectrum<T> alone = spectrum<T>(A);
  for (const int width : crew_widths) {
    const Spectrum<T> together = spectrum<T>(A, width);
    EXPECT_TRUE(same_bits(together.re, alone.re)) << "width " << width;
    EXPECT_TRUE(same_bits(together.im, alone.im)) << "width " << width;
    for (const int ok : together.ok) EXPECT_EQ(ok, alone.ok[0]) << "width " << width;
  }
}

TEST(Eigenvalues, EveryWidthGivesTheSameBits) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  std::vector<Named> all = zoo();
  // A crew pays for each sync with a trip through the scheduler: large matrices add nothing but time.
  std::erase_if(all, [](const Named& m) { return m.A.rows() > 6; });
  for (const int n : {1, 2, 3, 4, 7}) all.push_back({"random", random_matrix(n, 71)});
  all.push_back({"badly scaled", MatrixXd(Eigen::VectorXd::LinSpaced(4, 1, 1e6).asDiagonal() * random_matrix(4, 72) *
                                          Eigen::VectorXd::LinSpaced(4, 1e6, 1).asDiagonal())});
  all.push_back({"huge", 1e200 * random_matrix(4, 73)});
  all.push_back({"infinite", MatrixXd::Constant(3, 3, std::numeric_limits<double>::infinity())});
  for (const Named& m : all) {
    SCOPED_TRACE(testing::Message() << m.name << " " << m.A.rows());
    expect_same_bits_for_every_width<double>(m.A);
  }
  expect_same_bits_for_every_width<float>(random_matrix(5, 74).cast<float>());
}

}  // namespace
}  // namespace organics::test
