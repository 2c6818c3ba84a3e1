// Kinds of recurrent weights: each against Eigen, its scale, and its numbers.
#include "organics/core/recurrent.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "organics/core/steady_state.hpp"
#include "support/drawing.hpp"

namespace organics::test {
namespace {

using core::Stream;

constexpr RecurrentWeights kinds[] = {
    RecurrentWeights::gaussian,  RecurrentWeights::identity,      RecurrentWeights::orthogonal,
    RecurrentWeights::symmetric, RecurrentWeights::antisymmetric, RecurrentWeights::positive_definite,
    RecurrentWeights::diagonal,  RecurrentWeights::sparse,        RecurrentWeights::ring,
    RecurrentWeights::low_rank,  RecurrentWeights::nonnegative};

Ensemble with(RecurrentWeights kind, int n, RecurrentScale scale = RecurrentScale::none) {
  Ensemble e;
  e.n = n;
  e.recurrent = kind;
  e.Wr_scale = scale;
  e.Wr_density = 0.4;
  e.Wr_rank = 2;
  e.Wr_width = 1.5;
  return e;
}

/// The Gaussian matrix that the kinds are made of.
Eigen::MatrixXd gaussian(int n, std::uint64_t seed, std::uint64_t index, Stream stream = Stream::Wr) {
  Eigen::MatrixXd G(n, n);
  for (int k = 0; k < n * n; ++k) G.data()[k] = core::draw_gaussian<double>(seed, index, stream, k);
  return G;
}

double largest_sigma(const Eigen::MatrixXd& A) { return Eigen::JacobiSVD<Eigen::MatrixXd>(A).singularValues()(0); }
double largest_eigenvalue(const Eigen::MatrixXd& A) { return A.eigenvalues().cwiseAbs().maxCoeff(); }

TEST(Recurrent, EntriesOfEachKindAreMadeOfOneGaussianMatrix) {
  for (const int n : {1, 2, 5, 8}) {
    const Eigen::MatrixXd G = gaussian(n, 4, 7);
    const auto kind = [&](RecurrentWeights k) { return drawn_Wr(with(k, n), 4, 7); };
    EXPECT_EQ(kind(RecurrentWeights::gaussian), G);
    EXPECT_EQ(kind(RecurrentWeights::nonnegative), Eigen::MatrixXd(G.cwiseAbs()));
    EXPECT_EQ(kind(RecurrentWeights::diagonal), Eigen::MatrixXd(G.diagonal().asDiagonal()));
    EXPECT_EQ(kind(RecurrentWeights::identity), Eigen::MatrixXd::Identity(n, n));
    const Eigen::MatrixXd S = kind(RecurrentWeights::symmetric);
    const Eigen::MatrixXd K = kind(RecurrentWeights::antisymmetric);
    EXPECT_EQ(S, S.transpose());
    EXPECT_EQ(K, -K.transpose());
    EXPECT_LT((S - (G + G.transpose()) / std::sqrt(2.0)).cwiseAbs().maxCoeff(), 1e-14);
    EXPECT_LT((K - (G - G.transpose()) / std::sqrt(2.0)).cwiseAbs().maxCoeff(), 1e-14);
    const Eigen::MatrixXd P = kind(RecurrentWeights::positive_definite);
    EXPECT_LT((P - G * G.transpose()).cwiseAbs().maxCoeff(), 1e-13 * n);
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(P).eigenvalues()(0), 0);
  }
}

TEST(Recurrent, OrthogonalIsTheFactorWhoseRHasAPositiveDiagonal) {
  for (const int n : {1, 2, 3, 10, 33}) {
    for (std::uint64_t index = 0; index < 4; ++index) {
      const Eigen::MatrixXd Q = drawn_Wr(with(RecurrentWeights::orthogonal, n), 1, index);
      EXPECT_LT((Q.transpose() * Q - Eigen::MatrixXd::Identity(n, n)).cwiseAbs().maxCoeff(), 1e-14 * n);
      const Eigen::MatrixXd R = Q.transpose() * gaussian(n, 1, index);
      EXPECT_GT(R.diagonal().minCoeff(), 0);
      for (int j = 0; j < n; ++j) {
        EXPECT_LT(R.col(j).tail(n - 1 - j).norm(), 1e-13 * n);
      }
    }
  }
}

/// The trace of a matrix that is uniform on O(n) has the first moments of a standard Gaussian number (Diaconis and
/// Shahshahani 1994), and half of the determinants are -1.
TEST(Recurrent, OrthogonalIsUniformOnTheGroup) {
  constexpr int circuits = 20000;
  double trace = 0;
  double square = 0;
  double determinant = 0;
  for (std::uint64_t index = 0; index < circuits; ++index) {
    const Eigen::MatrixXd Q = drawn_Wr(with(RecurrentWeights::orthogonal, 4), 5, index);
    trace += Q.trace();
    square += Q.trace() * Q.trace();
    determinant += Q.determinant();
  }
  const double root = std::sqrt(static_cast<double>(circuits));
  EXPECT_NEAR(trace / circuits, 0, 5 / root);
  EXPECT_NEAR(square / circuits, 1, 5 * std::sqrt(2.0) / root);
  EXPECT_NEAR(determinant / circuits, 0, 5 / root);
}

TEST(Recurrent, SparseKeepsEntriesWithTheProbabilityAsked) {
  double kept = 0;
  for (std::uint64_t index = 0; index < 1000; ++index) {
    const Eigen::MatrixXd A = drawn_Wr(with(RecurrentWeights::sparse, 6), 2, index);
    EXPECT_TRUE((A.array() == 0 || A.array() == gaussian(6, 2, index).array()).all());
    kept += static_cast<double>((A.array() != 0).count());
  }
  EXPECT_NEAR(kept / 36000, 0.4, 5 * std::sqrt(0.4 * 0.6 / 36000));
}

TEST(Recurrent, RingIsTheSameSeenFromEveryNeuron) {
  for (const int n : {1, 2, 5, 8}) {
    const Eigen::MatrixXd A = drawn_Wr(with(RecurrentWeights::ring, n), 2, 3);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        EXPECT_EQ(A(i, j), A((i + 1) % n, (j + 1) % n));
        const int d = std::min({std::abs(i - j), std::abs(i - j + n), std::abs(i - j - n)});
        EXPECT_NEAR(A(i, j), std::exp(-d * d / (2 * 1.5 * 1.5)) - 0.5, 1e-15);
      }
    }
  }
}

TEST(Recurrent, LowRankHasThatRank) {
  for (int rank = 1; rank <= 5; ++rank) {
    Ensemble e = with(RecurrentWeights::low_rank, 5);
    e.Wr_rank = rank;
    const Eigen::MatrixXd A = drawn_Wr(e, 6, 1);
    const Eigen::MatrixXd product =
        gaussian(5, 6, 1).leftCols(rank) * gaussian(5, 6, 1, Stream::Wr_right).leftCols(rank).transpose();
    EXPECT_LT((A - product).cwiseAbs().maxCoeff(), 1e-13);
    const Eigen::VectorXd sigma = Eigen::JacobiSVD<Eigen::MatrixXd>(A).singularValues();
    EXPECT_GT(sigma(rank - 1), 1e-6 * sigma(0));
    if (rank < 5) {
      EXPECT_LT(sigma(rank), 1e-14 * sigma(0));
    }
  }
}

TEST(Recurrent, NormOrRadiusIsAsAskedForEveryKind) {
  for (const auto kind : kinds) {
    for (const int n : {2, 3, 10}) {
      Ensemble e = with(kind, n, RecurrentScale::norm);
      e.Wr_norm = 0.7;
      e.Wr_density = 0.9;
      EXPECT_NEAR(largest_sigma(drawn_Wr(e, 3, 5)), 0.7, 1e-13) << static_cast<int>(kind) << " n " << n;
      e.Wr_scale = RecurrentScale::radius;
      EXPECT_NEAR(largest_eigenvalue(drawn_Wr(e, 3, 5)), 0.7, 1e-12) << static_cast<int>(kind) << " n " << n;
      e.Wr_scale = RecurrentScale::none;
      Ensemble unit = e;
      unit.Wr_norm = 1;
      EXPECT_LT((drawn_Wr(e, 3, 5) - 0.7 * drawn_Wr(unit, 3, 5)).cwiseAbs().maxCoeff(), 1e-15 * n * n * n);
    }
  }
}

TEST(Recurrent, WhatCannotBeScaledIsLeft) {
  EXPECT_EQ(drawn_Wr(with(RecurrentWeights::antisymmetric, 1, RecurrentScale::norm), 1, 1)(0, 0), 0);
  Ensemble empty = with(RecurrentWeights::sparse, 6, RecurrentScale::radius);
  empty.Wr_density = 0.05;
  int acyclic = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const Eigen::MatrixXd A = drawn_Wr(empty, 1, index);
    Eigen::MatrixXd power = Eigen::MatrixXd::Identity(6, 6);
    for (int k = 0; k < 6; ++k) power = power * A.cwiseAbs();
    if (power.isZero(0)) {
      ++acyclic;
      Ensemble raw = empty;
      raw.Wr_scale = RecurrentScale::none;
      EXPECT_EQ(A, drawn_Wr(raw, 1, index));
    } else {
      EXPECT_NEAR(largest_eigenvalue(A), 1, 1e-6);
    }
  }
  EXPECT_GT(acyclic, 50);
  EXPECT_LT(acyclic, 190);
}

TEST(Recurrent, RadiusOfANilpotentMatrixIsExactlyZeroAndTailsDoNotCount) {
  const int n = 9;
  const int order[n] = {3, 7, 0, 5, 8, 1, 2, 6, 4};
  const Eigen::MatrixXd G = gaussian(n, 9, 9);
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < i; ++j) A(order[i], order[j]) = G(i, j);
  }
  std::vector<double> scratch(core::spectral_radius_scratch(n));
  EXPECT_EQ(core::spectral_radius(core::Solo{}, A.data(), n, scratch.data()), 0);
  A(order[4], order[4]) = -1e-6;
  EXPECT_EQ(core::spectral_radius(core::Solo{}, A.data(), n, scratch.data()), 1e-6);
  A(2, 3) = std::numeric_limits<double>::quiet_NaN();
  A(3, 2) = 1;
  EXPECT_TRUE(std::isnan(core::spectral_radius(core::Solo{}, A.data(), n, scratch.data())));
}

TEST(Recurrent, DaleGivesColumnsOneSignAndKeepsMagnitudes) {
  for (const auto kind : {RecurrentWeights::gaussian, RecurrentWeights::sparse, RecurrentWeights::diagonal}) {
    Ensemble e = with(kind, 5);
    const Eigen::MatrixXd free = drawn_Wr(e, 3, 4);
    e.Wr_dale = true;
    e.Wr_excitatory = 0.6;
    const Eigen::MatrixXd A = drawn_Wr(e, 3, 4);
    EXPECT_EQ(Eigen::MatrixXd(A.cwiseAbs()), Eigen::MatrixXd(free.cwiseAbs()));
    EXPECT_GE(A.leftCols(3).minCoeff(), 0);
    EXPECT_LE(A.rightCols(2).maxCoeff(), 0);
    EXPECT_LT(A.rightCols(2).minCoeff(), 0);
  }
  for (int n = 1; n <= 200; ++n) {
    for (int percent = 0; percent <= 100; ++percent) {
      const int rounded = (2 * percent * n + 100) / 200;
      EXPECT_EQ(core::excitatory_neurons(percent / 100.0, n), rounded);
      EXPECT_EQ(core::excitatory_neurons(static_cast<float>(percent) / 100.0F, n), rounded);
    }
  }
}

TEST(Recurrent, FloatDrawsTheSameMatrixToItsAccuracy) {
  for (const auto kind : kinds) {
    const Ensemble e = with(kind, 6, RecurrentScale::norm);
    const auto wide = draw_one(e, 1, 2);
    const auto narrow = draw_one<float>(e, 1, 2);
    for (int k = 0; k < 36; ++k) EXPECT_NEAR(narrow.circuit.Wr[k], wide.circuit.Wr[k], 2e-5) << static_cast<int>(kind);
  }
}

TEST(Recurrent, TheLadderHasRoomForTheScratchOfTheDraw) {
  for (int n = 1; n <= 300; ++n) EXPECT_LE(core::draw_scratch_size(n), core::settle_matrix_size(n)) << n;
}

}  // namespace
}  // namespace organics::test
