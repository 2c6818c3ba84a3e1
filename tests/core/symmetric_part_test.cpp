// The proof of stability by the symmetric part: sharp where the answer is known exactly, and enough for nearly every
// circuit. Together with the Cayley transform, which takes over its scratch: at the end.
#include "organics/core/symmetric_part.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <vector>

#include "organics/core/certificate.hpp"
#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/settling.hpp"
#include "support/spectra.hpp"

namespace organics::test {
namespace {

using Eigen::MatrixXd;

template <class T>
struct Scratch {
  explicit Scratch(int m)
      : squares(static_cast<std::size_t>(m * m)),
        symmetric(squares),
        scale(static_cast<std::size_t>(m)),
        inverse(scale),
        magnitudes(scale) {}
  core::SymmetricPartWork<T> work() {
    return {squares.data(), symmetric.data(), scale.data(), inverse.data(), magnitudes.data()};
  }
  std::vector<T> squares, symmetric, scale, inverse, magnitudes;
};

template <class T>
std::vector<T> numbers_of(const MatrixXd& matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

template <class T = double>
bool proven(const MatrixXd& matrix, double perturbation = 0) {
  const int m = static_cast<int>(matrix.rows());
  const std::vector<T> J = numbers_of<T>(matrix);
  Scratch<T> scratch(m);
  const T safe = core::detail::safe_scale(static_cast<T>(matrix.cwiseAbs().maxCoeff()));
  return core::symmetric_part_proves(core::Solo{}, J.data(), m, safe, static_cast<T>(perturbation), scratch.work());
}

MatrixXd gaussian_matrix(Random& random, int m) {
  MatrixXd matrix(m, m);
  for (auto& x : matrix.reshaped()) x = random.gaussian();
  return matrix;
}

/// Minus the Laplacian of a random weighted graph, in small integers: symmetric, with an eigenvalue that is exactly 0.
MatrixXd minus_laplacian(Random& random, int m) {
  MatrixXd L = MatrixXd::Zero(m, m);
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < i; ++j) L(i, j) = L(j, i) = random.integer(0, 3);
  }
  for (int i = 0; i < m; ++i) L(i, i) = -L.row(i).sum();
  return L;
}

/// Powers of two: what is multiplied by them is as exact as before.
MatrixXd powers(Random& random, int m, int most) {
  MatrixXd D = MatrixXd::Zero(m, m);
  for (int i = 0; i < m; ++i) D(i, i) = std::ldexp(1.0, random.integer(-most, most));
  return D;
}

TEST(SymmetricPart, AnEigenvalueOfZeroIsNeverProvenStable) {
  Random random(1);
  for (int trial = 0; trial < 3000; ++trial) {
    const int m = random.integer(2, 24);
    const MatrixXd D = powers(random, m, trial % 20);
    MatrixXd matrix = D * minus_laplacian(random, m) * D.inverse();
    EXPECT_FALSE(proven<double>(matrix)) << matrix;
    EXPECT_FALSE(proven<float>(matrix)) << matrix;
    // neither if a skew part of integers is added that keeps the vector of ones
    matrix = minus_laplacian(random, m);
    for (int k = 1; 2 * k < m; ++k) {
      const int c = random.integer(-9, 9);
      for (int i = 0; i < m; ++i) {
        matrix(i, (i + k) % m) += c;
        matrix((i + k) % m, i) -= c;
      }
    }
    EXPECT_FALSE(proven<double>(D * matrix * D.inverse())) << matrix;
  }
}

/// One eigenvalue is `margin` of the norm left of zero.
TEST(SymmetricPart, IsSharpUpToRounding) {
  Random random(2);
  for (int trial = 0; trial < 2000; ++trial) {
    const int m = random.integer(1, 24);
    MatrixXd matrix = minus_laplacian(random, m);
    const double norm = std::max(1.0, matrix.norm());
    matrix -= 4 * m * 2.3e-16 * m * norm * MatrixXd::Identity(m, m);
    EXPECT_TRUE(proven(matrix)) << m;
    matrix -= 4 * m * 1.2e-7 * m * norm * MatrixXd::Identity(m, m);
    EXPECT_TRUE(proven<float>(matrix)) << m;
  }
}

/// -s I becomes singular by s in one entry, and what is balanced by D by less.
TEST(SymmetricPart, CoversThePerturbationAndNoMore) {
  Random random(3);
  for (const double s : {1.0, 1e-160, 1e160}) {
    const MatrixXd matrix = -s * MatrixXd::Identity(6, 6);
    EXPECT_TRUE(proven(matrix, 0.999 * s));
    EXPECT_FALSE(proven(matrix, s));
  }
  for (int trial = 0; trial < 2000; ++trial) {
    const int m = random.integer(2, 12);
    const MatrixXd D = powers(random, m, 4);
    MatrixXd matrix = gaussian_matrix(random, m) - 4 * std::sqrt(m) * MatrixXd::Identity(m, m);
    matrix = D * matrix * D.inverse();
    const double distance = Eigen::JacobiSVD<MatrixXd>(matrix).singularValues()(m - 1);  // to the nearest singular one
    EXPECT_FALSE(proven(matrix, distance * (1 + 1e-12)));
    EXPECT_TRUE(proven(matrix)) << matrix;
  }
}

TEST(SymmetricPart, WhatIsProvenIsStable) {
  Random random(4);
  int held = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const int m = random.integer(2, 12);
    MatrixXd matrix = gaussian_matrix(random, m);
    matrix -= (abscissa_of(eigen_spectrum(matrix)) + random.uniform(-1, 1) * std::sqrt(m)) * MatrixXd::Identity(m, m);
    const MatrixXd D = powers(random, m, trial % 3 == 0 ? 60 : 0);
    if (!proven(D * matrix * D.inverse())) continue;
    EXPECT_LT(abscissa_of(eigen_spectrum(matrix)), 0);
    ++held;
  }
  EXPECT_GT(held, 1000);
}

TEST(SymmetricPart, WhatIsNotANumberOrOutOfRangeIsNotProven) {
  MatrixXd matrix = -MatrixXd::Identity(4, 4);
  EXPECT_TRUE(proven(matrix));
  for (const double bad : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    matrix(2, 1) = bad;
    EXPECT_FALSE(proven(matrix));
  }
  matrix(2, 1) = 1e-200;  // rows and columns that no D within range makes even
  matrix(1, 2) = 1e150;
  EXPECT_FALSE(proven(matrix));
}

/// A Jacobian of each circuit of the ensembles of the paper, and of some with unequal time constants.
TEST(SymmetricPart, ProvesNearlyEveryCircuit) {
  Random random(5);
  int circuits = 0;
  int held = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const int n = random.integer(2, 12);
    CircuitData data = figure4_circuit(random, n, trial % 2 == 0 ? ModelKind::main : ModelKind::rectified);
    if (trial % 3 == 1) {
      for (double& tau : data.tau_y) tau = random.log_uniform(1e-3, 1e-1);
      for (double& tau : data.tau_a) tau = random.log_uniform(1e-3, 1e-1);
    }
    Ladder ladder(data);
    if (ladder.from_rest().status != Status::ok) continue;
    MatrixXd J(2 * n, 2 * n);
    data.circuit_model().jacobian(core::Solo{}, 0.0, ladder.x().data(), J.data());
    ++circuits;
    held += proven(J) ? 1 : 0;
  }
  EXPECT_GT(circuits, 380);
  EXPECT_GE(held, circuits * 97 / 100);
  RecordProperty("circuits", circuits);
  RecordProperty("held", held);
}

TEST(SymmetricPartWidth, SameBitsForEveryWidth) {
  Random random(6);
  for (const int m : {1, 2, 3, 4, 5, 8, 13}) {
    const MatrixXd matrix = gaussian_matrix(random, m) - 2 * std::sqrt(m) * MatrixXd::Identity(m, m);
    const std::vector<double> J = numbers_of<double>(matrix);
    Scratch<double> alone(m);
    const bool expected = core::symmetric_part_proves(core::Solo{}, J.data(), m, 1.0, 0.0, alone.work());
    for (const int width : crew_widths) {
      Scratch<double> shared(m);
      bool got = !expected;
      Crew(width).run([&](const CrewLane& lane) {
        const bool own = core::symmetric_part_proves(lane, J.data(), m, 1.0, 0.0, shared.work());
        if (lane.rank() == lane.size() - 1) got = own;
      });
      EXPECT_EQ(got, expected) << "m " << m << ", width " << width;
      if (compiler_contracts()) continue;
      EXPECT_TRUE(same_bits(shared.symmetric, alone.symmetric)) << "m " << m << ", width " << width;
      EXPECT_TRUE(same_bits(shared.scale, alone.scale)) << "m " << m << ", width " << width;
    }
  }
}

/// Some proven by the symmetric part, some by the Cayley transform alone, some not at all.
TEST(SymmetricPartWidth, WithTheCayleyTransformToo) {
  Random random(7);
  int by_squaring = 0;
  for (int trial = 0; trial < 60; ++trial) {
    const int m = random.integer(3, 8);
    MatrixXd matrix = gaussian_matrix(random, m);
    const double margin = trial % 3 == 0 ? -0.1 : trial % 3 == 1 ? 0.05 : 2 * std::sqrt(m);
    matrix -= (abscissa_of(eigen_spectrum(matrix)) + margin) * MatrixXd::Identity(m, m);
    const auto certify = [&](int width) {
      std::vector<double> J = numbers_of<double>(matrix);
      std::vector<double> numbers(core::certificate_scratch(m));
      std::vector<int> integers(static_cast<std::size_t>(m));
      const auto work = core::certificate_work(numbers.data(), integers.data(), m);
      if (width == 0) return core::certify_stability(core::Solo{}, J.data(), m, 0.0, work).proven;
      std::vector<char> proven(static_cast<std::size_t>(width));
      Crew(width).run([&](const CrewLane& lane) {
        proven[static_cast<std::size_t>(lane.rank())] =
            core::certify_stability(lane, J.data(), m, 0.0, work).proven ? 1 : 0;
      });
      EXPECT_EQ(std::count(proven.begin(), proven.end(), proven.front()), width) << "all lanes know";
      return proven.front() != 0;
    };
    const bool expected = certify(0);
    EXPECT_EQ(expected, margin > 0);
    by_squaring += expected && !proven(matrix) ? 1 : 0;
    for (const int width : crew_widths) EXPECT_EQ(certify(width), expected) << "m " << m << ", width " << width;
  }
  EXPECT_GT(by_squaring, 5);
}

}  // namespace
}  // namespace organics::test
