// A zoo of the matrices that break eigensolvers, and how far an eigenvalue is from being one of a matrix nearby.
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <iterator>
#include <limits>

#include "support/random.hpp"

namespace organics::test::zoo {

using MatrixXd = Eigen::MatrixXd;
using Complex = std::complex<double>;
using Index = Eigen::Index;

inline MatrixXd gaussian(Random& random, int m) {
  return MatrixXd::NullaryExpr(m, m, [&] { return random.gaussian(); });
}

inline MatrixXd permutation(Random& random, int m) {
  Eigen::PermutationMatrix<Eigen::Dynamic> P(m);
  P.setIdentity();
  for (int i = m - 1; i > 0; --i) std::swap(P.indices()(i), P.indices()(random.integer(0, i)));
  return P.toDenseMatrix().cast<double>();
}

/// Ones below the diagonal, random coefficients over many sizes in the last column.
inline MatrixXd companion(Random& random, int m) {
  MatrixXd A = MatrixXd::Zero(m, m);
  for (int i = 0; i + 1 < m; ++i) A(i + 1, i) = 1;
  const double spread = random.uniform(0, 8);
  for (int i = 0; i < m; ++i) A(i, m - 1) = random.gaussian() * std::exp(spread * random.gaussian());
  return A;
}

inline MatrixXd frank(Random& random, int m) {
  const bool flipped = random.integer(0, 1) == 1;
  const MatrixXd F = MatrixXd::NullaryExpr(
      m, m, [m](Index i, Index j) { return i > j + 1 ? 0.0 : static_cast<double>(m - std::max(i, j)); });
  return flipped ? MatrixXd(F.reverse()) : F;
}

inline MatrixXd grcar(Random& random, int m) {
  const int width = random.integer(1, 5);
  return MatrixXd::NullaryExpr(
      m, m, [width](Index i, Index j) { return i == j + 1 ? -1.0 : (j >= i && j <= i + width ? 1.0 : 0.0); });
}

/// Jordan blocks of random sizes with one or several eigenvalues, plain or in the coordinates of an integer matrix of
/// determinant one.
inline MatrixXd jordan(Random& random, int m) {
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
inline MatrixXd graded(Random& random, int m) {
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
inline MatrixXd hamiltonian(Random& random, int m) {
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

inline MatrixXd with_zero_rows(Random& random, int m) {
  MatrixXd A = gaussian(random, m);
  for (int i = 0; i < m; ++i) {
    if (random.integer(0, 2) == 0) A.row(i).setZero();
    if (random.integer(0, 5) == 0) A.col(i).setZero();
  }
  return A;
}

inline MatrixXd sparse_integers(Random& random, int m) {
  const int gap = random.integer(1, 6);
  return MatrixXd::NullaryExpr(
      m, m, [&] { return random.integer(0, gap) == 0 ? static_cast<double>(random.integer(-1, 1)) : 0.0; });
}

inline MatrixXd low_rank(Random& random, int m) {
  const int rank = random.integer(1, std::max(1, m / 3));
  const MatrixXd A = gaussian(random, m).leftCols(rank) * gaussian(random, m).topRows(rank);
  return A + random.integer(-1, 1) * MatrixXd::Identity(m, m);
}

inline MatrixXd skew(Random& random, int m) {
  const MatrixXd A = gaussian(random, m);
  return A - A.transpose();
}

inline MatrixXd symmetric(Random& random, int m) {
  const MatrixXd A = gaussian(random, m);
  return A + A.transpose();
}

/// As the Jacobian of a circuit: rows over time constants that spread a hundredfold.
inline MatrixXd stiff(Random& random, int m) {
  MatrixXd A = gaussian(random, m) - 2 * MatrixXd::Identity(m, m);
  for (int i = 0; i < m; ++i) A.row(i) /= random.log_uniform(1e-4, 1e-1);
  return A;
}

/// Diagonal blocks that hang together by subdiagonal entries about as small as what may be dropped.
inline MatrixXd weakly_coupled(Random& random, int m) {
  MatrixXd A = MatrixXd(gaussian(random, m).triangularView<Eigen::Upper>());
  for (int i = 0; i + 1 < m; ++i) A(i + 1, i) = random.integer(0, 2) == 0 ? random.log_uniform(1e-40, 1e-6) : 1;
  return A;
}

/// Upper triangular with repeated diagonal, far from normal.
inline MatrixXd triangular(Random& random, int m) {
  MatrixXd A = MatrixXd(gaussian(random, m).triangularView<Eigen::StrictlyUpper>()) * random.log_uniform(1e-3, 1e3);
  for (int i = 0; i < m; ++i) A(i, i) = random.integer(-1, 1);
  return random.integer(0, 1) == 0 ? A : MatrixXd(A.transpose());
}

struct Kind {
  const char* name;
  MatrixXd (*draw)(Random&, int);
};

inline constexpr Kind kinds[] = {{"gaussian", gaussian},
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
inline double singular_value_bound(const Eigen::MatrixXcd& B) {
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
inline double backward_error(const MatrixXd& A, Complex lambda, double eps) {
  const Index m = A.rows();
  const double unit = static_cast<double>(m) * eps * std::max(A.norm(), std::numeric_limits<double>::min());
  const Eigen::MatrixXcd B = A.cast<Complex>() - lambda * Eigen::MatrixXcd::Identity(m, m);
  const double bound = singular_value_bound(B) / unit;
  if (bound <= 1) return bound;
  return std::min(bound, Eigen::JacobiSVD<Eigen::MatrixXcd>(B).singularValues()(m - 1) / unit);
}

/// A member of the zoo: kinds take turns, and so do scales of 1, 1, `huge` and `tiny`.
struct Specimen {
  const Kind& kind;
  MatrixXd A;
  double scale;  ///< to multiply A with
  Random random;
};

/// Number `index`, of 1 to `largest` rows, the smaller the more frequent.
inline Specimen specimen(std::uint64_t seed, std::uint64_t index, int largest, double huge, double tiny) {
  Random random(seed + index);
  const Kind& kind = kinds[index % std::size(kinds)];
  const int m = std::min(largest, static_cast<int>(random.log_uniform(1, largest + 1)));
  const double scales[] = {1, 1, huge, tiny};
  MatrixXd A = kind.draw(random, m);
  return {kind, std::move(A), scales[index / std::size(kinds) % 4], random};
}

}  // namespace organics::test::zoo
