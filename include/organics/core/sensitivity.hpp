// Derivatives of the spectral abscissa at a steady state by every parameter of a circuit, the state moving along.
//
//   d Re(lambda) = sum_ij G_ij dJ_ij,  G_ij = Re(conj(w_i) v_j / w^H v)    (w^H J = lambda w^H, J v = lambda v)
//   d/dp = dPhi/dp - q . df/dp,  Phi(x, p) = sum_ij G_ij J_ij(x, p) with G held,  J^T q = dPhi/dx   (one adjoint solve)
// since f(x(p), p) = 0 (Magnus 1985, Econometric Theory 1:179-191, for the first line). J as in model.hpp.
// Team contract as in team.hpp; every sum has one owner: the bits do not depend on the width.
#pragma once

#include <cstddef>

#include "organics/core/lu.hpp"
#include "organics/core/rightmost.hpp"
#include "organics/core/spectrum.hpp"

namespace organics::core {

/// Where the derivatives of one circuit go; null: not wanted.
template <class T>
struct SensitivityOutput {
  T* tau_y;  ///< n
  T* tau_a;  ///< n
  T* b0;     ///< n
  T* b1;     ///< n
  T* sigma;  ///< n
  T* z;      ///< n
  T* Wr;     ///< n x n
  T* W;      ///< n x n
  T* abscissa;
  Status* status;
};

template <class T>
struct SensitivityWork {
  T* jacobian;  ///< m x m
  T* matrix;    ///< m x m pairs
  T* re;        ///< m
  T* im;        ///< m
  T* scratch;   ///< 3m
  T* right;     ///< m pairs
  T* left;      ///< m pairs
  T* adjoint;   ///< m
  int* pivots;  ///< m
};

/// Scratch of abscissa_sensitivity for n neurons, in numbers, beside 2n integers.
ORGANICS_FN constexpr std::size_t sensitivity_scratch(int n) {
  const std::size_t m = 2 * static_cast<std::size_t>(n);
  return 3 * m * m + 7 * m + eigenvalues_scratch(2 * n);
}

template <class T>
ORGANICS_FN SensitivityWork<T> sensitivity_work(T* numbers, int* pivots, int n) {
  const std::ptrdiff_t m = 2 * static_cast<std::ptrdiff_t>(n);
  T* matrix = numbers + m * m;
  T* re = matrix + 2 * m * m;
  T* right = re + 2 * m;
  T* left = right + 2 * m;
  T* adjoint = left + 2 * m;
  return {numbers, matrix, re, re + m, adjoint + m, right, left, adjoint, pivots};
}

namespace detail {

/// G of the file head, divided by the time constant of its row: what multiplies an entry of tau J.
/// `left` holds conj(w) / (w^H v) / tau.
template <class T>
struct EntryWeights {
  const T* left;
  const T* right;

  ORGANICS_FN T operator()(int i, int j) const {
    return left[2 * i] * right[2 * j] - left[2 * i + 1] * right[2 * j + 1];
  }
};

/// True when x is a steady state as far as x itself can tell; scaled = tau f(x).
template <class T>
ORGANICS_FN bool is_steady(const Circuit<T>& p, const T* x, const T* scaled, T tolerance) {
  bool steady = true;
  for (int i = 0; i < p.n; ++i) {
    steady = steady && absolute(scaled[i]) <= tolerance * (absolute(p.u(i)) + absolute(x[i]));
    steady = steady && absolute(scaled[p.n + i]) <= tolerance * absolute(x[p.n + i]);
  }
  return steady;
}

/// True when an eigenvalue other than number `k` and its conjugate lies within `error` of being the rightmost.
template <class T>
ORGANICS_FN bool has_rival(const T* re, const T* im, int m, int k, T error) {
  for (int i = 0; i < m; ++i) {
    const bool conjugate = re[i] == re[k] && im[i] == -im[k] && im[k] != T(0);
    if (i != k && !conjugate && re[i] >= re[k] - error) return true;
  }
  return false;
}

/// left <- conj(w) / (w^H v) / tau.
template <class T, class Team>
ORGANICS_FN void weigh_left(const Team& team, const Circuit<T>& p, const Complex<T>& overlap, T* left) {
  for_each_own(team, 2 * p.n, [&](int i) {
    const Complex<T> value = quotient(conjugate(load(left, i)), overlap);
    const T tau = i < p.n ? p.tau_y[i] : p.tau_a[i - p.n];
    store(left, i, {value.re / tau, value.im / tau});
  });
  team.sync();
}

/// dPhi/dx at x, every a_i > 0, into `gradient`. Ends with a sync.
///   by y_k: h_k sum_i [ 2 W_ik (G_ay,ik a_k + G_aa,ik r_k) - Wr_ik G_ya,ii / (2 s_i) ],   h = dr/dy
///   by a_k: sum_i 2 W_ik r_k G_ay,ik - sum_j Wr_kj (G_yy,kj h_j - G_ya,kk r_j / (2 a_k)) / (2 s_k)
template <class T, class Team>
ORGANICS_FN void state_gradient(const Team& team, const Circuit<T>& p, const T* x, const EntryWeights<T>& G,
                                T* gradient) {
  const int n = p.n;
  const T* y = x;
  const T* a = x + n;
  for_each_own(team, n, [&](int k) {
    const T r = p.rate(y[k]);
    const T own = G(k, n + k) / (T(2) * a[k]);
    T by_y = T(0);
    T by_a = T(0);
    T by_gain = T(0);
    for (int i = 0; i < n; ++i) {
      const std::ptrdiff_t ik = static_cast<std::ptrdiff_t>(k) * n + i;
      const std::ptrdiff_t ki = static_cast<std::ptrdiff_t>(i) * n + k;
      by_y += T(2) * p.W[ik] * (G(n + i, k) * a[k] + G(n + i, n + k) * r);
      by_y -= p.Wr[ik] * G(i, n + i) / (T(2) * std::sqrt(a[i]));
      by_a += T(2) * p.W[ik] * r * G(n + i, k);
      by_gain += p.Wr[ki] * (G(k, i) * p.rate_slope(y[i]) - own * p.rate(y[i]));
    }
    gradient[k] = by_y * p.rate_slope(y[k]);
    gradient[n + k] = by_a - by_gain / (T(2) * std::sqrt(a[k]));
  });
  team.sync();
}

/// Solves (tau J)^T q = gradient in place: q is then the adjoint state over the time constants. False when singular.
template <class T, class Team>
ORGANICS_FN bool solve_for_adjoint(const Team& team, const CircuitModel<T>& model, const T* J, T* matrix, int* pivots,
                                   T* q) {
  const Circuit<T>& p = model.circuit;
  const int m = model.dimension();
  for_each_own(team, m, [&](int i) {
    const T tau = i < p.n ? p.tau_y[i] : p.tau_a[i - p.n];
    for (int j = 0; j < m; ++j) {
      matrix[static_cast<std::ptrdiff_t>(i) * m + j] = tau * J[static_cast<std::ptrdiff_t>(j) * m + i];
    }
  });
  team.sync();
  if (!lu_factor(team, matrix, m, pivots)) return false;
  lu_solve(team, matrix, m, pivots, q);
  return true;
}

/// The derivatives, from G, q and lambda. Vectors: by u and c first, then the chain rule; d/d tau_i is - Re(lambda
/// conj(w_i) v_i / w^H v) / tau_i, as row i of J is over tau_i and f = 0.
template <class T, class Team>
ORGANICS_FN void write_derivatives(const Team& team, const Circuit<T>& p, const T* x, const EntryWeights<T>& G,
                                   const Complex<T>& lambda, const T* q, const SensitivityOutput<T>& out) {
  const int n = p.n;
  const auto by_tau = [&](int i) {
    const Complex<T> product = times(load(G.left, i), load(G.right, i));
    return product.im * lambda.im - product.re * lambda.re;
  };
  for_each_own(team, n, [&](int i) {
    const T by_u = -q[i];
    const T by_c = -q[n + i];
    if (out.tau_y != nullptr) out.tau_y[i] = by_tau(i);
    if (out.tau_a != nullptr) out.tau_a[i] = by_tau(n + i);
    if (out.b1 != nullptr) out.b1[i] = by_u * p.z[i];
    if (out.z != nullptr) out.z[i] = by_u * p.b1[i];
    if (out.b0 != nullptr) out.b0[i] = by_c * T(2) * p.b0[i] * p.sigma[i] * p.sigma[i];
    if (out.sigma != nullptr) out.sigma[i] = by_c * T(2) * p.b0[i] * p.b0[i] * p.sigma[i];
    const T s = std::sqrt(x[n + i]);
    for (int j = 0; j < n; ++j) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      const T r = p.rate(x[j]);
      const T a = x[n + j];
      if (out.Wr != nullptr) {
        out.Wr[ij] = (T(1) - s) * (G(i, j) * p.rate_slope(x[j]) - q[i] * r) - G(i, n + i) * r / (T(2) * s);
      }
      if (out.W != nullptr) out.W[ij] = r * (T(2) * G(n + i, j) * a + r * (G(n + i, n + j) - q[n + i] * a));
    }
  });
}

/// NaN to all that is wanted but the abscissa.
template <class T, class Team>
ORGANICS_FN void write_no_derivatives(const Team& team, int n, const SensitivityOutput<T>& out) {
  T* const vectors[] = {out.tau_y, out.tau_a, out.b0, out.b1, out.sigma, out.z};
  for (T* vector : vectors) {
    if (vector != nullptr) for_each_own(team, n, [&](int i) { vector[i] = not_a_number<T>(); });
  }
  T* const matrices[] = {out.Wr, out.W};
  for (T* matrix : matrices) {
    if (matrix != nullptr) for_each_own(team, n * n, [&](int k) { matrix[k] = not_a_number<T>(); });
  }
}

}  // namespace detail

namespace detail {

/// Everything that must hold before derivatives make sense; lambda becomes the rightmost eigenvalue.
template <class T, class Team>
ORGANICS_FN Status check_differentiable(const Team& team, const CircuitModel<T>& model, const T* x, T error,
                                        const SensitivityWork<T>& work, Complex<T>& lambda) {
  const Circuit<T>& p = model.circuit;
  const int m = model.dimension();
  const int k = rightmost_index(work.re, work.im, m);
  lambda = {work.re[k], work.im[k]};
  model.scaled_rhs(team, x, work.adjoint);
  team.sync();
  const bool steady = is_steady(p, x, work.adjoint, std::sqrt(epsilon<T>()));
  team.sync();
  if (!steady) return Status::not_settled;
  for (int i = p.n; i < m; ++i) {
    if (!(x[i] > T(0))) return Status::singular;
  }
  return has_rival(work.re, work.im, m, k, error) ? Status::not_converged : Status::ok;
}

/// The derivatives at a state that passed check_differentiable.
template <class T, class Team>
ORGANICS_FN Status differentiate(const Team& team, const CircuitModel<T>& model, const T* x, const Complex<T>& lambda,
                                 const SensitivityWork<T>& work, const SensitivityOutput<T>& out) {
  const Circuit<T>& p = model.circuit;
  const int m = model.dimension();
  model.jacobian(team, T(0), x, work.jacobian);  // again: the eigensolver destroyed the first
  team.sync();
  const Eigenvectors<T> vectors =
      eigenvectors(team, work.jacobian, m, lambda.re, lambda.im, eigenvector_tolerance<T>(m), work.right, work.left,
                   {work.matrix, work.scratch, work.scratch + 2 * static_cast<std::ptrdiff_t>(m), work.pivots});
  if (vectors.status != Status::ok) return vectors.status;
  const Complex<T> overlap = {vectors.overlap_re, vectors.overlap_im};
  if (!(one_norm(overlap) > T(1000) * static_cast<T>(m) * epsilon<T>())) return Status::not_converged;
  const EntryWeights<T> G{work.left, work.right};
  weigh_left(team, p, overlap, work.left);
  state_gradient(team, p, x, G, work.adjoint);
  if (!solve_for_adjoint(team, model, work.jacobian, work.matrix, work.pivots, work.adjoint)) return Status::singular;
  write_derivatives(team, p, x, G, lambda, work.adjoint, out);
  return Status::ok;
}

}  // namespace detail

/// Derivatives of the spectral abscissa of the Jacobian at x (2n, visible), a steady state, to what `out` wants.
/// Status as organics::SensitivityResults tells. NO closing sync: each derivative is written by one lane.
template <class T, class Team>
ORGANICS_FN Status abscissa_sensitivity(const Team& team, const CircuitModel<T>& model, const T* x,
                                        const SensitivityWork<T>& work, const SensitivityOutput<T>& out) {
  const Spectrum<T> found = spectrum(team, model, x, SpectrumWork<T>{work.matrix, work.re, work.im, work.scratch});
  detail::Complex<T> lambda = {T(0), T(0)};
  Status status = found.status;
  if (status == Status::ok) status = detail::check_differentiable(team, model, x, found.error, work, lambda);
  if (status == Status::ok) status = detail::differentiate(team, model, x, lambda, work, out);
  if (status != Status::ok) detail::write_no_derivatives(team, model.circuit.n, out);
  if (team.rank() == 0) {
    if (out.abscissa != nullptr) *out.abscissa = found.status == Status::ok ? found.abscissa : not_a_number<T>();
    if (out.status != nullptr) *out.status = status;
  }
  return status;
}

}  // namespace organics::core
