// lu.hpp against Eigen's PartialPivLU, by residual, and width against width.
#include "organics/core/lu.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <limits>
#include <random>
#include <vector>

#include "support/crew.hpp"

namespace organics::test {
namespace {

template <class T>
using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;
template <class T>
using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;

template <class T>
Matrix<T> random_matrix(int rows, int columns, unsigned seed) {
  std::mt19937 engine(seed);
  std::normal_distribution<double> normal;
  return Matrix<T>::NullaryExpr(rows, columns, [&] { return static_cast<T>(normal(engine)); });
}

template <class T>
struct Solution {
  bool ok = false;
  std::vector<T> factors;
  std::vector<T> pivots;  // as numbers, so that same_bits takes them
  std::vector<T> x;
};

template <class T, class Team>
void factor_and_solve(const Team& team, int n, Matrix<T>& A, std::vector<int>& pivots, Vector<T>& x, int& ok) {
  const bool factored = core::lu_factor(team, A.data(), n, pivots.data());
  if (factored) core::lu_solve(team, A.data(), n, pivots.data(), x.data());
  ok = factored ? 1 : 0;
}

/// Width 0 stands for Solo.
template <class T>
Solution<T> solve(const Matrix<T>& A, const Vector<T>& b, int width) {
  const int n = static_cast<int>(A.rows());
  Matrix<T> work = A;
  Vector<T> x = b;
  std::vector<int> pivots(static_cast<std::size_t>(n), -1);
  std::vector<int> ok(static_cast<std::size_t>(width > 0 ? width : 1), -1);
  if (width == 0) {
    factor_and_solve(core::Solo{}, n, work, pivots, x, ok[0]);
  } else {
    Crew(width).run([&](const CrewLane& lane) {
      factor_and_solve(lane, n, work, pivots, x, ok[static_cast<std::size_t>(lane.rank())]);
    });
  }
  for (const int lane_ok : ok) EXPECT_EQ(lane_ok, ok[0]) << "lanes disagree";
  return {
      ok[0] == 1, {work.data(), work.data() + work.size()}, {pivots.begin(), pivots.end()}, {x.data(), x.data() + n}};
}

template <class T>
class Lu : public testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(Lu, Scalars);

TYPED_TEST(Lu, SolvesRandomSystems) {
  using T = TypeParam;
  for (int n = 1; n <= 100; n += n < 40 ? 1 : 60) {
    const Matrix<T> A = random_matrix<T>(n, n, static_cast<unsigned>(n));
    const Vector<T> b = random_matrix<T>(n, 1, static_cast<unsigned>(n) + 1000U);
    const Solution<T> s = solve<T>(A, b, 0);
    ASSERT_TRUE(s.ok);
    const Vector<T> x = Eigen::Map<const Vector<T>>(s.x.data(), n);
    const Eigen::PartialPivLU<Matrix<T>> oracle(A);
    const T residual = (A * x - b).norm() / (A.norm() * x.norm());
    EXPECT_LE(residual, T(3) * static_cast<T>(n) * std::numeric_limits<T>::epsilon()) << n;
    // Same pivots, hence the same factors up to rounding.
    Matrix<T> P_A = A;
    for (int k = 0; k < n; ++k) P_A.row(k).swap(P_A.row(static_cast<int>(s.pivots[static_cast<std::size_t>(k)])));
    EXPECT_EQ(P_A, oracle.permutationP() * A) << n;
    const Matrix<T> LU = Eigen::Map<const Matrix<T>>(s.factors.data(), n, n);
    const Matrix<T> product =
        LU.template triangularView<Eigen::UnitLower>() * Matrix<T>(LU.template triangularView<Eigen::Upper>());
    EXPECT_LE((product - P_A).norm(), T(4) * static_cast<T>(n) * std::numeric_limits<T>::epsilon() * A.norm()) << n;
  }
}

TYPED_TEST(Lu, ClosedForms) {
  using T = TypeParam;
  EXPECT_EQ(solve<T>(Matrix<T>{{T(4)}}, Vector<T>{{T(2)}}, 0).x, std::vector<T>{T(0.5)});
  // a zero in the corner needs the swap
  const Matrix<T> corner{{T(0), T(2)}, {T(1), T(0)}};
  EXPECT_EQ(solve<T>(corner, Vector<T>{{T(6), T(5)}}, 0).x, (std::vector<T>{T(5), T(3)}));
  // every row moves: P = cyclic shift
  const int n = 7;
  Matrix<T> P = Matrix<T>::Zero(n, n);
  for (int i = 0; i < n; ++i) P(i, (i + 1) % n) = T(1);
  const Vector<T> b = Vector<T>::LinSpaced(n, T(1), T(n));
  const Solution<T> s = solve<T>(P, b, 0);
  for (int i = 0; i < n; ++i) EXPECT_EQ(s.x[static_cast<std::size_t>((i + 1) % n)], b(i));
}

TYPED_TEST(Lu, ExtremeScales) {
  using T = TypeParam;
  for (const T scale : {std::numeric_limits<T>::denorm_min() * T(1024), std::numeric_limits<T>::min(),
                        std::numeric_limits<T>::max() / T(64)}) {
    const Matrix<T> A = scale * (Matrix<T>(3, 3) << 4, 2, 1, 2, 8, 1, 1, 2, 4).finished();
    const Vector<T> b = A * Vector<T>{{T(1), T(2), T(-1)}};
    const Solution<T> s = solve<T>(A, b, 0);
    ASSERT_TRUE(s.ok) << scale;
    EXPECT_NEAR(s.x[0], 1, 0.01);
    EXPECT_NEAR(s.x[1], 2, 0.01);
    EXPECT_NEAR(s.x[2], -1, 0.01);
  }
}

TYPED_TEST(Lu, RefusesSingularAndNonFinite) {
  using T = TypeParam;
  for (const int n : {1, 2, 5}) {
    const Vector<T> b = Vector<T>::Ones(n);
    EXPECT_FALSE(solve<T>(Matrix<T>::Zero(n, n), b, 0).ok);
    if (n > 1) {
      EXPECT_FALSE(solve<T>(Matrix<T>::Ones(n, n), b, 0).ok);
    }
    for (const T bad : {std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::infinity()}) {
      for (int k = 0; k < n * n; ++k) {
        Matrix<T> A = random_matrix<T>(n, n, 5) + Matrix<T>::Identity(n, n);
        A(k) = bad;
        EXPECT_FALSE(solve<T>(A, b, 0).ok) << n << " " << k << " " << bad;
      }
    }
  }
}

template <class T>
std::vector<Matrix<T>> width_matrices() {
  std::vector<Matrix<T>> all;
  for (const int n : {1, 2, 3, 6, 11}) all.push_back(random_matrix<T>(n, n, 77));
  const int n = 6;
  all.push_back(Matrix<T>::Identity(n, n));
  all.push_back(Matrix<T>::Identity(n, n).rowwise().reverse());
  all.push_back(Matrix<T>::Zero(n, n));
  all.push_back(Matrix<T>::Ones(n, n));  // fails in the middle
  all.push_back(random_matrix<T>(n, n, 3).template triangularView<Eigen::Lower>());
  all.push_back(random_matrix<T>(n, n, 4).template triangularView<Eigen::Upper>());
  all.push_back(all[3]);
  all.back()(4, 2) = std::numeric_limits<T>::quiet_NaN();
  return all;
}

TYPED_TEST(Lu, EveryWidthGivesTheSameBits) {
  using T = TypeParam;
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  int number = 0;
  for (const Matrix<T>& A : width_matrices<T>()) {
    const Vector<T> b = random_matrix<T>(static_cast<int>(A.rows()), 1, 9);
    const Solution<T> alone = solve<T>(A, b, 0);
    for (const int width : crew_widths) {
      SCOPED_TRACE(testing::Message() << "matrix " << number << ", width " << width);
      const Solution<T> together = solve<T>(A, b, width);
      ASSERT_EQ(together.ok, alone.ok);
      if (alone.ok) {
        EXPECT_TRUE(same_bits(together.factors, alone.factors));
        EXPECT_TRUE(same_bits(together.pivots, alone.pivots));
        EXPECT_TRUE(same_bits(together.x, alone.x));
      }
    }
    ++number;
  }
}

/// Width 0 stands for Solo.
template <class T>
Matrix<T> solve_columns(const Matrix<T>& A, const Matrix<T>& B, int width) {
  const int n = static_cast<int>(A.rows());
  Matrix<T> LU = A;
  Matrix<T> X = B;
  std::vector<int> pivots(static_cast<std::size_t>(n));
  EXPECT_TRUE(core::lu_factor(core::Solo{}, LU.data(), n, pivots.data()));
  const auto solve_on = [&](const auto& team) {
    core::lu_solve_columns(team, LU.data(), n, pivots.data(), X.data(), static_cast<int>(B.cols()));
  };
  if (width == 0) {
    solve_on(core::Solo{});
  } else {
    Crew(width).run(solve_on);
  }
  return X;
}

TYPED_TEST(Lu, SolvesForManyColumns) {
  using T = TypeParam;
  for (int n = 1; n <= 13; ++n) {
    for (const int count : {1, 2, 3, 4, 7, 13}) {
      const Matrix<T> A = random_matrix<T>(n, n, static_cast<unsigned>(50 + n));
      const Matrix<T> B = random_matrix<T>(n, count, 60);
      const Matrix<T> X = solve_columns<T>(A, B, 0);
      const T bound = T(4) * static_cast<T>(n) * std::numeric_limits<T>::epsilon() * A.norm();
      for (int j = 0; j < count; ++j) EXPECT_LE((A * X.col(j) - B.col(j)).norm(), bound * X.col(j).norm()) << n;
      if (compiler_contracts()) continue;
      for (const int width : crew_widths) {
        EXPECT_EQ(solve_columns<T>(A, B, width), X) << n << ", width " << width;
      }
    }
  }
}

}  // namespace
}  // namespace organics::test
