// search_space.hpp: where a hunt may go. The constraints of each kind by Eigen, the gradient by central differences.
#include "organics/core/search_space.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <string>
#include <vector>

namespace organics::test {
namespace {

using Matrix = Eigen::MatrixXd;
using Numbers = std::vector<double>;

struct Named {
  std::string name;
  Ensemble ensemble;
};

Ensemble of_kind(RecurrentWeights kind, RecurrentScale scale = RecurrentScale::norm) {
  Ensemble e;
  e.n = 4;
  e.recurrent = kind;
  e.Wr_scale = scale;
  e.Wr_norm = 1.5;
  e.Wr_rank = 2;
  e.Wr_density = 0.5;
  return e;
}

std::vector<Named> ensembles() {
  std::vector<Named> all = {{"gaussian", of_kind(RecurrentWeights::gaussian)},
                            {"identity", of_kind(RecurrentWeights::identity)},
                            {"orthogonal", of_kind(RecurrentWeights::orthogonal)},
                            {"symmetric", of_kind(RecurrentWeights::symmetric)},
                            {"antisymmetric", of_kind(RecurrentWeights::antisymmetric, RecurrentScale::none)},
                            {"positive_definite", of_kind(RecurrentWeights::positive_definite)},
                            {"diagonal", of_kind(RecurrentWeights::diagonal)},
                            {"sparse", of_kind(RecurrentWeights::sparse, RecurrentScale::none)},
                            {"ring", of_kind(RecurrentWeights::ring)},
                            {"low_rank", of_kind(RecurrentWeights::low_rank)},
                            {"nonnegative", of_kind(RecurrentWeights::nonnegative)},
                            {"unscaled", of_kind(RecurrentWeights::gaussian, RecurrentScale::none)}};
  Ensemble dale = of_kind(RecurrentWeights::gaussian);
  dale.Wr_dale = true;
  dale.Wr_excitatory = 0.5;
  all.push_back({"dale", dale});
  Ensemble tied;
  tied.n = 3;
  tied.tau_y = Distribution::log_uniform(1e-3, 1e-1);
  tied.tau_a = Distribution::same_as(Parameter::tau_y, 2);
  tied.b0 = Distribution(0.5, 1).per_circuit();
  tied.b1 = 0.7;
  tied.sigma = Distribution::log_normal(0.1, 0.5);
  tied.drive = InputDrive::distribution;
  tied.z = Distribution::normal(0.5, 0.2, 0.0);
  tied.W_kind = NormalisationWeights::ring;
  all.push_back({"tied", tied});
  Ensemble sparse_W;
  sparse_W.n = 4;
  sparse_W.W_kind = NormalisationWeights::sparse;
  sparse_W.W_density = 0.5;
  all.push_back({"sparse W", sparse_W});
  return all;
}

/// A point of the set, and the circuit there.
struct Point {
  core::SearchSpace space;
  int n;
  Numbers q, drawn;

  Point(const Ensemble& e, std::uint64_t index)
      : space(e), n(e.n), q(space.size()), drawn(core::circuit_storage_size(e.n)) {
    space.draw(3, index, q.data(), drawn.data());
  }
  Numbers circuit(const Numbers& at) const {
    Numbers numbers(drawn.size());
    space.circuit(at.data(), drawn.data(), numbers.data());
    return numbers;
  }
  /// Moves some way in a direction that has nothing to do with anything, and back into the set.
  void wander(double length) {
    Numbers direction(q.size());
    for (std::size_t k = 0; k < q.size(); ++k) direction[k] = std::sin(1.0 + 2.3 * static_cast<double>(k));
    space.confine(q.data(), drawn.data(), direction.data());
    for (std::size_t k = 0; k < q.size(); ++k) q[k] += length * direction[k];
    space.retract(q.data(), drawn.data());
  }
};

Matrix Wr_of(const Numbers& numbers, int n) { return Eigen::Map<const Matrix>(numbers.data() + 6 * n, n, n); }
Matrix W_of(const Numbers& numbers, int n) { return Eigen::Map<const Matrix>(numbers.data() + 6 * n + n * n, n, n); }

TEST(SearchSpace, BeginsAtTheCircuitThatWasDrawn) {
  for (const auto& [name, e] : ensembles()) {
    const Point p(e, 5);
    const Numbers numbers = p.circuit(p.q);
    for (std::size_t k = 0; k < numbers.size(); ++k) EXPECT_NEAR(numbers[k], p.drawn[k], 1e-12) << name << ' ' << k;
  }
}

TEST(SearchSpace, MovesAndStaysOfItsKind) {
  for (const auto& [name, e] : ensembles()) {
    Point p(e, 7);
    for (int step = 0; step < 20; ++step) p.wander(0.3);
    const Numbers numbers = p.circuit(p.q);
    const int n = e.n;
    const Matrix Wr = Wr_of(numbers, n);
    const Matrix before = Wr_of(p.drawn, n);
    const bool still = e.recurrent == RecurrentWeights::identity || e.recurrent == RecurrentWeights::ring;
    EXPECT_EQ((Wr - before).norm() < 1e-3, still) << name;
    EXPECT_NE(numbers[4 * static_cast<std::size_t>(n)], p.drawn[4 * static_cast<std::size_t>(n)]) << name;
    if (e.Wr_scale == RecurrentScale::norm) {
      EXPECT_NEAR(Wr.jacobiSvd().singularValues()(0), before.jacobiSvd().singularValues()(0), 1e-9) << name;
    } else {
      EXPECT_NEAR(Wr.norm(), before.norm(), 1e-9) << name;
    }
    if (name == "orthogonal") {
      EXPECT_LT((Wr.transpose() * Wr - 2.25 * Matrix::Identity(n, n)).norm(), 1e-12);
    }
    if (name == "symmetric" || name == "positive_definite") {
      EXPECT_LT((Wr - Wr.transpose()).norm(), 1e-14);
    }
    if (name == "positive_definite") {
      EXPECT_GT(Eigen::SelfAdjointEigenSolver<Matrix>(Wr).eigenvalues()(0), -1e-14);
    }
    if (name == "antisymmetric") {
      EXPECT_LT((Wr + Wr.transpose()).norm(), 1e-14);
    }
    if (name == "low_rank") {
      EXPECT_LT(Wr.jacobiSvd().singularValues()(2), 1e-12);
    }
    if (name == "nonnegative") {
      EXPECT_GE(Wr.minCoeff(), 0);
    }
    if (name == "dale") {
      EXPECT_GE(Wr.leftCols(2).minCoeff(), 0);
      EXPECT_LE(Wr.rightCols(2).maxCoeff(), 0);
    }
    if (name == "sparse" || name == "diagonal") {
      EXPECT_GT((before.array() == 0).count(), 0);
      for (int k = 0; k < n * n; ++k) EXPECT_TRUE(before(k) != 0 || Wr(k) == 0) << name;
    }
  }
}

TEST(SearchSpace, NumbersStayWithinTheirBounds) {
  for (const auto& [name, e] : ensembles()) {
    for (const double length : {0.7, -0.7}) {
      Point p(e, 9);
      for (int step = 0; step < 20; ++step) p.wander(length);
      const Numbers numbers = p.circuit(p.q);
      const int n = e.n;
      const Matrix W = W_of(numbers, n);
      EXPECT_GE(W.minCoeff(), 0) << name;
      EXPECT_LE(W.maxCoeff(), 1) << name;
      const Eigen::Map<const Eigen::VectorXd> b0(numbers.data() + 2 * n, n), sigma(numbers.data() + 4 * n, n);
      const Eigen::Map<const Eigen::VectorXd> z(numbers.data() + 5 * n, n);
      EXPECT_GE(b0.minCoeff(), name == "tied" ? 0.5 : 1e-3) << name;
      EXPECT_LE(b0.maxCoeff(), 1) << name;
      if (name != "tied") {
        EXPECT_GE(sigma.minCoeff(), 1e-3) << name;
        EXPECT_LE(sigma.maxCoeff(), 1) << name;
        EXPECT_NEAR(z.norm(), 1, 1e-14) << name;
      }
    }
  }
}

TEST(SearchSpace, TiedAndSharedNumbersStaySo) {
  for (const auto& [name, e] : ensembles()) {
    Point p(e, 11);
    p.wander(0.3);
    const Numbers x = p.circuit(p.q);
    if (name == "sparse W") {
      const Matrix before = W_of(p.drawn, 4);
      for (int k = 0; k < 16; ++k) EXPECT_TRUE(before(k) != 0 || W_of(x, 4)(k) == 0);
      EXPECT_GT((W_of(x, 4) - before).norm(), 0.01);
      EXPECT_GT((before.array() == 0).count(), 0);
    }
    if (name != "tied") continue;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(x[3 + i], 2 * x[i], 1e-15) << "tau_a";
      EXPECT_GE(x[i], 1e-3 * (1 - 1e-15));
      EXPECT_LE(x[i], 1e-1);
      EXPECT_EQ(x[6 + i], x[6]) << "b0 is drawn once";
      EXPECT_EQ(x[9 + i], 0.7) << "b1 is a constant";
      EXPECT_GE(x[12 + i], 0.1 * std::exp(-1.5) * (1 - 1e-15)) << "sigma: three deviations";
      EXPECT_GE(x[15 + i], 0) << "z is never negative";
      EXPECT_LE(x[15 + i], 1.1 + 1e-15) << "z: three deviations";
    }
    EXPECT_NEAR(W_of(x, 3)(0, 1), W_of(x, 3)(0, 0) * std::exp(-0.5), 1e-15) << "a ring";
  }
}

/// A range so narrow that its ends are the same number does not move, and what b0 is tied to keeps b0 above 0.
TEST(SearchSpace, NarrowRangesAndTiesToZero) {
  Ensemble e;
  e.n = 2;
  e.tau_y = Distribution::normal(0.002, 1e-20, 1e-6);
  e.sigma = Distribution::log_normal(0.5, 1e-18);
  e.b0 = Distribution::same_as(Parameter::b1, 0.5);
  for (const double length : {0.5, -0.5}) {
    Point p(e, 3);
    for (int step = 0; step < 30; ++step) p.wander(length);
    const Numbers x = p.circuit(p.q);
    for (const double number : x) EXPECT_TRUE(std::isfinite(number));
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(x[i], p.drawn[i]);
      EXPECT_GE(x[4 + i], 0.5e-3) << "b0";
      EXPECT_NEAR(x[6 + i], 2 * x[4 + i], 1e-15) << "b1";
    }
  }
}

/// Something smooth that every number of a circuit has a part in.
double landscape(const Numbers& x) {
  double sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) sum += std::sin(1.7 * x[k] + static_cast<double>(k));
  return sum;
}

Numbers landscape_slope(const Numbers& x) {
  Numbers slope(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) slope[k] = 1.7 * std::cos(1.7 * x[k] + static_cast<double>(k));
  return slope;
}

TEST(SearchSpace, TheGradientIsThatAlongTheSet) {
  for (const auto& [name, e] : ensembles()) {
    Point p(e, 13);
    p.wander(0.02);
    Numbers by_q(p.q.size());
    const Numbers by_numbers = landscape_slope(p.circuit(p.q));
    p.space.gradient(p.q.data(), p.drawn.data(), by_numbers.data(), by_q.data());
    // along any direction of the set, moved along and retracted
    for (std::size_t trial = 0; trial < 2 * p.q.size(); ++trial) {
      Numbers direction(p.q.size());
      for (std::size_t k = 0; k < p.q.size(); ++k) {
        direction[k] = std::cos(0.3 + static_cast<double>((trial + 1) * (k + 1)));
      }
      p.space.confine(p.q.data(), p.drawn.data(), direction.data());
      constexpr double step = 1e-5;
      double expected = 0, along = 0;
      for (const double sign : {1.0, -1.0}) {
        Numbers moved = p.q;
        for (std::size_t k = 0; k < moved.size(); ++k) moved[k] += sign * step * direction[k];
        p.space.retract(moved.data(), p.drawn.data());
        expected += sign * landscape(p.circuit(moved)) / (2 * step);
      }
      for (std::size_t k = 0; k < by_q.size(); ++k) along += by_q[k] * direction[k];
      EXPECT_NEAR(along, expected, 1e-7 * (1 + std::abs(expected))) << name << ", direction " << trial;
    }
  }
}

TEST(SearchSpace, ADirectionDoesNotLeaveThroughABound) {
  Ensemble e;
  e.n = 2;
  Point p(e, 1);
  for (std::size_t k = 0; k + 6 < p.q.size(); ++k) p.q[k] = k % 2 == 0 ? 1.0 : 0.0;
  p.space.retract(p.q.data(), p.drawn.data());
  Numbers outward(p.q.size());
  for (std::size_t k = 0; k + 6 < p.q.size(); ++k) outward[k] = k % 2 == 0 ? 1.0 : -1.0;
  Numbers inward = outward;
  for (double& value : inward) value = -value;
  p.space.confine(p.q.data(), p.drawn.data(), outward.data());
  p.space.confine(p.q.data(), p.drawn.data(), inward.data());
  for (std::size_t k = 0; k + 6 < p.q.size(); ++k) {
    EXPECT_EQ(outward[k], 0) << k;
    EXPECT_NE(inward[k], 0) << k;
  }
}

}  // namespace
}  // namespace organics::test
