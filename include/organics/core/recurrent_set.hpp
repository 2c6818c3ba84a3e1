// The recurrent weights that an ensemble can give, as a set to move in.
//
// Wr = t M / s(M), where M is made of coordinates X as the kind says, s is what of M is scaled (its norm, its spectral
// radius or, where the kind is not scaled, its Frobenius norm) and t what that is to be. On the host.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "organics/core/draw.hpp"

namespace organics::core {

namespace detail {

inline double dot(const double* a, const double* b, std::size_t count) {
  return std::inner_product(a, a + count, b, 0.0);
}

/// Scales to Euclidean norm 1, without overflow on the way; a vector of zeros stays.
inline void normalise(double* x, std::size_t count) {
  double largest = 0;
  for (std::size_t k = 0; k < count; ++k) largest = std::max(largest, std::abs(x[k]));
  if (largest == 0) return;
  std::for_each(x, x + count, [&](double& value) { value /= largest; });
  const double norm = std::sqrt(dot(x, x, count));
  std::for_each(x, x + count, [&](double& value) { value /= norm; });
}

/// Takes the component along x out of d.
inline void make_tangent(const double* x, double* d, std::size_t count) {
  const double square = dot(x, x, count);
  if (square == 0) return;
  const double along = dot(x, d, count) / square;
  for (std::size_t k = 0; k < count; ++k) d[k] -= along * x[k];
}

/// C += A B, A or B transposed on request: rows x inner times inner x cols, column-major.
inline void add_product(const double* A, bool A_transposed, const double* B, bool B_transposed, std::size_t rows,
                        std::size_t inner, std::size_t cols, double* C) {
  for (std::size_t j = 0; j < cols; ++j) {
    for (std::size_t k = 0; k < inner; ++k) {
      const double b = B_transposed ? B[j + cols * k] : B[k + inner * j];
      for (std::size_t i = 0; i < rows; ++i) {
        C[i + rows * j] += (A_transposed ? A[k + inner * i] : A[i + rows * k]) * b;
      }
    }
  }
}

/// The singular vectors u, v of the largest singular value, by power iteration on M^T M: near enough for a direction.
inline void leading_singular_vectors(const double* M, std::size_t n, std::vector<double>& u, std::vector<double>& v) {
  constexpr int iterations = 100;
  v.assign(n, 1.0);
  for (std::size_t i = 0; i < n; ++i) v[i] += 0.1 * std::cos(static_cast<double>(i));  // orthogonal to none, as a rule
  for (int k = 0; k < iterations; ++k) {
    normalise(v.data(), n);
    u.assign(n, 0.0);
    add_product(M, false, v.data(), false, n, n, 1, u.data());
    normalise(u.data(), n);
    v.assign(n, 0.0);
    add_product(M, true, u.data(), false, n, n, 1, v.data());
  }
  normalise(v.data(), n);
}

/// The sign that entry k of Wr must keep: 1, -1, or 0 where it may have either.
inline int required_sign(const Ensemble& e, std::size_t k) {
  if (e.recurrent == RecurrentWeights::nonnegative) return 1;
  if (!e.Wr_dale) return 0;
  const int column = static_cast<int>(k) / e.n;
  return column < excitatory_neurons(e.Wr_excitatory, e.n) ? 1 : -1;
}

}  // namespace detail

/// Matrices are n x n, column-major. `drawn` is Wr as it was drawn: it says which zeros stay, and the size where none is
/// prescribed.
class RecurrentSet {
 public:
  explicit RecurrentSet(const Ensemble& ensemble)
      : ensemble_(ensemble), n_(static_cast<std::size_t>(ensemble.n)), made_(made_of(ensemble.recurrent)) {}

  /// Number of coordinates; 0 where Wr does not move.
  std::size_t size() const {
    if (made_ == Made::fixed) return 0;
    return made_ == Made::product ? 2 * n_ * rank() : n_ * n_;
  }

  /// X of circuit `index`, of which Wr was drawn.
  void draw(std::uint64_t seed, std::uint64_t index, const double* drawn, double* X) const {
    if (made_ == Made::plain || made_ == Made::orthogonal) {
      std::copy(drawn, drawn + n_ * n_, X);
    } else if (made_ != Made::fixed) {
      const std::size_t left = n_ * (made_ == Made::gram ? n_ : rank());
      for (std::size_t k = 0; k < size(); ++k) {
        const bool right = k >= left;
        X[k] = draw_gaussian<double>(seed, index, right ? Stream::Wr_right : Stream::Wr,
                                     static_cast<int>(right ? k - left : k));
      }
    }
    retract(X, drawn);
  }

  /// Wr at X.
  void weights(const double* X, const double* drawn, double* Wr) const {
    std::copy(drawn, drawn + n_ * n_, Wr);
    if (made_ == Made::fixed) return;
    std::vector<double> M(n_ * n_);
    form(X, M.data());
    const double size = measure(M.data());
    if (size == 0) return;  // as it was drawn
    scale_matrix(Solo{}, ensemble_.n, target(drawn), size, M.data());
    std::copy(M.begin(), M.end(), Wr);
  }

  /// The gradient by X out of the one by Wr:  dM = (t / s) (S - (S : M / s) ds/dM),  S by Wr.
  void gradient(const double* X, const double* drawn, const double* Wr_slope, double* X_slope) const {
    std::fill(X_slope, X_slope + size(), 0.0);
    if (made_ == Made::fixed) return;
    std::vector<double> M(n_ * n_), G(n_ * n_);
    form(X, M.data());
    const double s = measure(M.data());
    if (s == 0) return;
    if (made_ != Made::orthogonal) measure_gradient(M.data(), s, G.data());
    const double along = made_ == Made::orthogonal ? 0 : detail::dot(Wr_slope, M.data(), n_ * n_) / s;
    for (std::size_t k = 0; k < n_ * n_; ++k) G[k] = target(drawn) / s * (Wr_slope[k] - along * G[k]);
    if (made_ == Made::gram) {  // M = X X^T
      detail::add_product(G.data(), false, X, false, n_, n_, n_, X_slope);
      detail::add_product(G.data(), true, X, false, n_, n_, n_, X_slope);
    } else if (made_ == Made::product) {  // M = U V^T
      detail::add_product(G.data(), false, X + n_ * rank(), false, n_, n_, rank(), X_slope);
      detail::add_product(G.data(), true, X, false, n_, n_, rank(), X_slope + n_ * rank());
    } else {
      std::copy(G.begin(), G.end(), X_slope);
    }
  }

  /// Takes the components out of a direction D at X that would leave the set.
  void confine(const double* X, const double* drawn, double* D) const {
    if (made_ == Made::fixed) return;
    if (made_ == Made::orthogonal) {  // along the group: D <- X (X^T D - D^T X) / 2
      std::vector<double> A(n_ * n_), turned(n_ * n_);
      detail::add_product(X, true, D, false, n_, n_, n_, A.data());
      for (std::size_t k = 0; k < n_ * n_; ++k) turned[k] = 0.5 * (A[k] - A[mirrored(k)]);
      std::fill(D, D + n_ * n_, 0.0);
      detail::add_product(X, false, turned.data(), false, n_, n_, n_, D);
      return;
    }
    if (made_ == Made::plain) {
      keep_symmetry(D);
      for (std::size_t k = 0; k < n_ * n_; ++k) {
        const bool outward = X[k] == 0 && detail::required_sign(ensemble_, k) * D[k] < 0;
        if (drawn[k] == 0 || outward) D[k] = 0;
      }
    }
    detail::make_tangent(X, D, size());  // the size of X says nothing
  }

  /// Brings an X near the set back into it.
  void retract(double* X, const double* drawn) const {
    if (made_ == Made::fixed) return;
    if (made_ == Made::orthogonal) {
      std::vector<double> scratch(orthogonal_factor_scratch(ensemble_.n));
      orthogonal_factor(Solo{}, X, ensemble_.n, scratch.data());
      return;
    }
    if (made_ == Made::plain) {
      for (std::size_t k = 0; k < n_ * n_; ++k) {
        if (drawn[k] == 0 || detail::required_sign(ensemble_, k) * X[k] < 0) X[k] = 0;
      }
    }
    detail::normalise(X, size());
  }

 private:
  enum class Made : std::uint8_t {
    fixed,       ///< Wr as it was drawn
    plain,       ///< M = X
    gram,        ///< M = X X^T
    product,     ///< M = U V^T, X = (U, V)
    orthogonal,  ///< M = X, orthogonal
  };

  static Made made_of(RecurrentWeights kind) {
    switch (kind) {
      case RecurrentWeights::identity:
      case RecurrentWeights::ring:
      case RecurrentWeights::given:
        return Made::fixed;
      case RecurrentWeights::orthogonal:
        return Made::orthogonal;
      case RecurrentWeights::positive_definite:
        return Made::gram;
      case RecurrentWeights::low_rank:
        return Made::product;
      default:
        return Made::plain;
    }
  }

  std::size_t rank() const { return static_cast<std::size_t>(ensemble_.Wr_rank); }
  std::size_t mirrored(std::size_t k) const { return k / n_ + n_ * (k % n_); }

  void keep_symmetry(double* D) const {
    const bool symmetric = ensemble_.recurrent == RecurrentWeights::symmetric;
    if (!symmetric && ensemble_.recurrent != RecurrentWeights::antisymmetric) return;
    const double sign = symmetric ? 1 : -1;
    for (std::size_t k = 0; k < n_ * n_; ++k) {
      const std::size_t other = mirrored(k);
      if (other < k) continue;
      D[k] = 0.5 * (D[k] + sign * D[other]);
      D[other] = sign * D[k];
    }
  }

  void form(const double* X, double* M) const {
    if (made_ == Made::plain || made_ == Made::orthogonal) {
      std::copy(X, X + n_ * n_, M);
      return;
    }
    std::fill(M, M + n_ * n_, 0.0);
    const std::size_t columns = made_ == Made::gram ? n_ : rank();
    detail::add_product(X, false, made_ == Made::gram ? X : X + n_ * columns, true, n_, columns, n_, M);
  }

  double frobenius(const double* M) const { return std::sqrt(detail::dot(M, M, n_ * n_)); }

  /// s of the head of this file.
  double measure(const double* M) const {
    if (made_ == Made::orthogonal) return 1;
    if (ensemble_.Wr_scale == RecurrentScale::none) return frobenius(M);
    std::vector<double> scratch(recurrent_scratch(ensemble_.n));
    return ensemble_.Wr_scale == RecurrentScale::norm ? largest_singular_value(Solo{}, M, ensemble_.n, scratch.data())
                                                      : spectral_radius(Solo{}, M, ensemble_.n, scratch.data());
  }

  /// t of the head of this file.
  double target(const double* drawn) const {
    const bool free = ensemble_.Wr_scale == RecurrentScale::none && made_ != Made::orthogonal;
    return free ? frobenius(drawn) : ensemble_.Wr_norm;
  }

  /// G <- ds/dM; of the spectral radius only what keeps M from growing as a whole.
  void measure_gradient(const double* M, double s, double* G) const {
    if (ensemble_.Wr_scale == RecurrentScale::norm) {
      std::vector<double> u, v;
      detail::leading_singular_vectors(M, n_, u, v);
      for (std::size_t k = 0; k < n_ * n_; ++k) G[k] = u[k % n_] * v[k / n_];
      return;
    }
    const double square = detail::dot(M, M, n_ * n_);
    for (std::size_t k = 0; k < n_ * n_; ++k) G[k] = s * M[k] / square;
  }

  Ensemble ensemble_;
  std::size_t n_;
  Made made_;
};

}  // namespace organics::core
