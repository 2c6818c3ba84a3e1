// singular_value.hpp against Eigen's JacobiSVD in long double, closed forms, and width against width.
#include "organics/core/singular_value.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "support/crew.hpp"

namespace organics::test {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

template <class T>
Matrix<T> random_matrix(int n, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  return Matrix<T>::NullaryExpr(n, n, [&] { return static_cast<T>(normal(engine)); });
}

/// Width 0 stands for Solo; one answer for each lane.
template <class T>
std::vector<T> sigma_max(const Matrix<T>& A, int width) {
  const int n = static_cast<int>(A.rows());
  std::vector<T> scratch(core::largest_singular_value_scratch(n), std::numeric_limits<T>::quiet_NaN());
  std::vector<T> sigma(static_cast<std::size_t>(width > 0 ? width : 1));
  if (width == 0) {
    sigma[0] = core::largest_singular_value(core::Solo{}, A.data(), n, scratch.data());
  } else {
    Crew(width).run([&](const CrewLane& lane) {
      sigma[static_cast<std::size_t>(lane.rank())] = core::largest_singular_value(lane, A.data(), n, scratch.data());
      if (lane.rank() == 0) scratch.assign(scratch.size(), T(0));  // on return the scratch is the caller's again
    });
  }
  return sigma;
}

template <class T>
void expect_sigma(const Matrix<T>& A, long double expected, double ulps, const char* what) {
  const T sigma = sigma_max<T>(A, 0)[0];
  const auto tolerance = static_cast<long double>(ulps) * static_cast<long double>(std::numeric_limits<T>::epsilon());
  EXPECT_LE(std::fabs(static_cast<long double>(sigma) - expected), tolerance * expected) << what << " " << A.rows();
}

template <class T>
class SingularValue : public testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(SingularValue, Scalars);

TYPED_TEST(SingularValue, RandomMatrices) {
  using T = TypeParam;
  using Wide = Matrix<long double>;
  for (int n = 1; n <= 40; n += n < 10 ? 1 : 10) {
    const Matrix<T> A = random_matrix<T>(n, static_cast<unsigned>(n));
    const Wide wide = A.template cast<long double>();
    const long double expected = Eigen::JacobiSVD<Wide>(wide).singularValues()(0);
    expect_sigma<T>(A, expected, 4, "plain");
    // powers of two, past where squares are representable
    const int exponent = sizeof(T) == 8 ? 500 : 60;
    expect_sigma<T>(A * std::ldexp(T(1), exponent), std::ldexp(expected, exponent), 4, "huge");
    expect_sigma<T>(A * std::ldexp(T(1), -exponent), std::ldexp(expected, -exponent), 4, "tiny");
  }
}

TYPED_TEST(SingularValue, ClosedForms) {
  using T = TypeParam;
  for (const int n : {1, 2, 3, 8, 20, 100}) {
    const Matrix<T> I = Matrix<T>::Identity(n, n);
    EXPECT_EQ(sigma_max<T>(Matrix<T>::Zero(n, n), 0)[0], T(0));
    expect_sigma<T>(I, 1, 4, "identity");
    expect_sigma<T>(-T(3) * I, 3, 4, "minus three");
    expect_sigma<T>(Matrix<T>::Ones(n, n), static_cast<long double>(n), 4, "ones");
    expect_sigma<T>(I.rowwise().reverse(), 1, 4, "exchange");
    // All singular values of the cyclic shift are 1; those of the nilpotent Jordan block are 1 and 0.
    Matrix<T> shift = Matrix<T>::Zero(n, n);
    for (int i = 0; i + 1 < n; ++i) shift(i, i + 1) = T(2);
    expect_sigma<T>(shift, n > 1 ? 2 : 0, 4, "nilpotent");
    shift(n - 1, 0) = T(2);
    expect_sigma<T>(shift, 2, 4, "cyclic");
    // Second difference: 2 + 2 cos(pi / (n + 1)), its neighbours crowd as n grows.
    Matrix<T> L = T(2) * I;
    for (int i = 0; i + 1 < n; ++i) L(i, i + 1) = L(i + 1, i) = T(-1);
    const long double pi = 3.141592653589793238462643383279502884L;
    expect_sigma<T>(L, 2 + 2 * std::cos(pi / (n + 1)), 8, "second difference");
  }
}

TYPED_TEST(SingularValue, GradedAndNearlyDiagonal) {
  using T = TypeParam;
  const int n = 9;
  Matrix<T> D = Matrix<T>::Zero(n, n);
  for (int i = 0; i < n; ++i) D(i, i) = std::ldexp(T(1), -6 * i);
  expect_sigma<T>(D, 1, 2, "falling");
  expect_sigma<T>(D.reverse(), 1, 2, "rising");
  D(1, 1) = D(0, 0) * (T(1) - std::numeric_limits<T>::epsilon());  // two that all but coincide
  expect_sigma<T>(D, 1, 2, "cluster");
  Matrix<T> S = Matrix<T>::Zero(n, n);
  S(3, 5) = T(-7);
  expect_sigma<T>(S, 7, 2, "single entry");
  const T smallest = std::numeric_limits<T>::denorm_min();
  EXPECT_EQ(sigma_max<T>(S * smallest, 0)[0], T(7) * smallest);
}

TYPED_TEST(SingularValue, NonFiniteGivesNaN) {
  using T = TypeParam;
  for (const T bad :
       {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()}) {
    for (const int n : {1, 2, 3, 6}) {
      for (int k = 0; k < n * n; ++k) {
        Matrix<T> A = random_matrix<T>(n, 3);
        A(k) = bad;
        EXPECT_TRUE(std::isnan(sigma_max<T>(A, 0)[0])) << n << " " << k;
      }
    }
  }
}

TYPED_TEST(SingularValue, EveryWidthGivesTheSameBits) {
  using T = TypeParam;
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  std::vector<Matrix<T>> all;
  for (const int n : {1, 2, 3, 5, 9}) all.push_back(random_matrix<T>(n, 21));
  all.push_back(Matrix<T>::Zero(4, 4));
  all.push_back(Matrix<T>::Ones(6, 6));
  all.push_back(Matrix<T>::Identity(6, 6));
  all.push_back(random_matrix<T>(6, 5).template triangularView<Eigen::Upper>());
  all.push_back(random_matrix<T>(6, 5) * std::sqrt(std::numeric_limits<T>::max()));
  all.push_back(random_matrix<T>(3, 5));
  all.back()(1, 2) = std::numeric_limits<T>::quiet_NaN();
  int number = 0;
  for (const Matrix<T>& A : all) {
    const T alone = sigma_max<T>(A, 0)[0];
    for (const int width : crew_widths) {
      const std::vector<T> expected(static_cast<std::size_t>(width), alone);
      EXPECT_TRUE(same_bits(sigma_max<T>(A, width), expected)) << "matrix " << number << ", width " << width;
    }
    ++number;
  }
}

}  // namespace
}  // namespace organics::test
