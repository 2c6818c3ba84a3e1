// Circuits with Wr = I: their damped-oscillator form, a constructive proof of stability, and an energy.
//
// At the equilibrium y = u / s, a = s^2 = c + W u^2 the linearised flow is x'' + B x' + K x = 0 for x = dy, with
//   B = D(1/tau_a + s/tau_y) - P,  P_ij = u_i W_ij u_j tau_y,j / (a_i tau_a,i tau_y,i),  K = D(s / (tau_a tau_y)).
// Rectified: u becomes fl(u), and s is 1 where u_i <= 0. There is a diagonal L > 0 with L B + B^T L positive definite,
// so every such circuit is stable (Rawat, Heeger and Martiniani 2024, the theorem for Wr = I; the paper calls L T).
// Team contract: as in team.hpp; scalars returned are the same on every lane.
#pragma once

#include <cstddef>

#include "organics/core/lu.hpp"
#include "organics/core/model.hpp"

namespace organics::core {

namespace detail {

/// True where neuron i is silent at the equilibrium of the rectified model.
template <class T>
ORGANICS_FN bool is_silent(const Circuit<T>& p, int i) {
  return p.model == ModelKind::rectified && !(p.u(i) > T(0));
}

/// s_i of the oscillator form: sqrt(a_i), or 1 for a silent neuron. x = (y, a).
template <class T>
ORGANICS_FN T oscillator_root(const Circuit<T>& p, const T* x, int i) {
  return is_silent(p, i) ? T(1) : std::sqrt(x[p.n + i]);
}

/// v_i = |r_i| / tau_y,i, and 1 where r_i = 0: up to the signs of u, B maps it to
/// v_i (s_i/tau_y,i + c_i/(a_i tau_a,i)).
template <class T>
ORGANICS_FN T lyapunov_vector(const Circuit<T>& p, int i) {
  const T r = absolute(p.rate(p.u(i)));
  return r > T(0) ? r / p.tau_y[i] : T(1);
}

}  // namespace detail

/// B (n x n, column-major, 1/s) and K (its diagonal, 1/s^2) at the closed-form equilibrium x = (y, a), visible.
template <class T, class Team>
ORGANICS_FN void oscillator_form(const Team& team, const Circuit<T>& p, const T* x, T* B, T* K) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {
    const T s = detail::oscillator_root(p, x, i);
    const T u = p.rate(p.u(i));
    const T factor = u == T(0) ? T(0) : u / (x[n + i] * p.tau_a[i] * p.tau_y[i]);
    for (int j = 0; j < n; ++j) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      const T diagonal = i == j ? T(1) / p.tau_a[i] + s / p.tau_y[i] : T(0);
      B[ij] = diagonal - factor * p.W[ij] * (p.rate(p.u(j)) * p.tau_y[j]);
    }
    K[i] = s / (p.tau_a[i] * p.tau_y[i]);
  });
  team.sync();
}

/// What is proven about one circuit.
template <class T>
struct LyapunovProof {
  bool proven = false;
  T margin = T(0);  ///< smallest relative excess of a diagonal entry of the scaled form over its row; > 0 proves
};

/// Scratch of the proof: a matrix, integers and two vectors.
template <class T>
struct LyapunovWork {
  T* matrix;    ///< n x n
  int* pivots;  ///< n
  T* weights;   ///< n
  T* terms;     ///< n
};

/// Numbers of a LyapunovWork, beside n integers.
ORGANICS_FN constexpr std::size_t lyapunov_scratch(int n) {
  const auto size = static_cast<std::size_t>(n);
  return size * size + 2 * size;
}

template <class T>
ORGANICS_FN LyapunovWork<T> lyapunov_work(T* numbers, int* integers, int n) {
  T* weights = numbers + static_cast<std::ptrdiff_t>(n) * n;
  return {numbers, integers, weights, weights + n};
}

/// Checks that L B + B^T L is positive definite for the diagonal L and this B, and K > 0; nothing else is assumed.
///
/// With v > 0 and w = L v, the scaled form N_ij = w_i B_ij v_j + w_j B_ji v_i has the same definiteness. It is positive
/// definite when each diagonal entry exceeds the sum of the others in its row; here by more than rounding can have done
/// to the sum and to B. (1/tau_a stands for the terms that cancel in B_ii: they are at most that.)
template <class T, class Team>
ORGANICS_FN LyapunovProof<T> check_lyapunov_diagonal(const Team& team, const Circuit<T>& p, const T* B, const T* K,
                                                     const T* L, T* terms) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {
    const T v = detail::lyapunov_vector(p, i);
    const T w = L[i] * v;
    const T diagonal = B[static_cast<std::ptrdiff_t>(i) * n + i];
    T excess = T(2) * w * diagonal * v;
    T size = T(2) * w * (absolute(diagonal) + T(2) / p.tau_a[i]) * v;
    for (int j = 0; j < n; ++j) {
      if (j == i) continue;
      const T vj = detail::lyapunov_vector(p, j);
      const T across = w * B[static_cast<std::ptrdiff_t>(j) * n + i] * vj;
      const T down = (L[j] * vj) * B[static_cast<std::ptrdiff_t>(i) * n + j] * v;
      excess -= absolute(across + down);
      size += absolute(across) + absolute(down);
    }
    const bool positive = L[i] > T(0) && K[i] > T(0) && is_finite(K[i]);
    terms[i] = positive && is_finite(size) ? excess / size : T(-1);
  });
  team.sync();
  LyapunovProof<T> proof;
  proof.margin = terms[0];
  bool proven = true;
  const T rounding = T(4) * static_cast<T>(n + 8) * epsilon<T>();
  for (int i = 0; i < n; ++i) {
    proof.margin = min(proof.margin, terms[i]);
    proven = proven && terms[i] > rounding;
  }
  team.sync();
  proof.proven = proven;
  return proof;
}

/// The Lyapunov diagonal L of the oscillator form B, K (visible), and its check. One n x n solve.
///
/// With S = D(sign u), S B S is an M-matrix M, as M v > 0 for the v above; so w = M^-T 1 > 0, and L = D(w / v) makes
/// L M + M^T L a symmetric matrix with nonpositive off-diagonals that maps v > 0 to a positive vector.
template <class T, class Team>
ORGANICS_FN LyapunovProof<T> find_lyapunov_diagonal(const Team& team, const Circuit<T>& p, const T* B, const T* K, T* L,
                                                    const LyapunovWork<T>& work) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {  // column i of M^T is row i of M
    for (int j = 0; j < n; ++j) {
      const T entry = B[static_cast<std::ptrdiff_t>(j) * n + i];
      work.matrix[static_cast<std::ptrdiff_t>(i) * n + j] = i == j ? entry : -absolute(entry);
    }
    work.weights[i] = T(1);
  });
  team.sync();
  const bool solved = lu_factor(team, work.matrix, n, work.pivots);
  if (solved) lu_solve(team, work.matrix, n, work.pivots, work.weights);
  for_each_own(team, n,
               [&](int i) { L[i] = solved ? work.weights[i] / detail::lyapunov_vector(p, i) : not_a_number<T>(); });
  team.sync();
  if (!solved) return {};
  return check_lyapunov_diagonal(team, p, B, K, L, work.terms);
}

/// Energy of the linearised flow at a displacement, and how fast it changes (per second).
template <class T>
struct Energy {
  T value;
  T rate;
};

/// V = x'^T L x' + x^T L K x and dV/dt = -x'^T (L B + B^T L) x' <= 0 at the displacement (x, q) of (y, a) from the
/// equilibrium (2n numbers each, visible). x' = (-s x - y q / (2 s)) / tau_y needs no division by y. V does not see q_i
/// where y_i = 0 or neuron i is silent. `speed` and `terms` are scratch of n each.
template <class T, class Team>
ORGANICS_FN Energy<T> oscillator_energy(const Team& team, const Circuit<T>& p, const T* equilibrium, const T* B,
                                        const T* K, const T* L, const T* displacement, T* speed, T* terms) {
  const int n = p.n;
  for_each_own(team, n, [&](int i) {
    const T s = detail::oscillator_root(p, equilibrium, i);
    const T r = p.rate(equilibrium[i]);
    const T pull = r == T(0) ? T(0) : r / (T(2) * s) * displacement[n + i];
    speed[i] = -(s * displacement[i] + pull) / p.tau_y[i];
  });
  team.sync();
  row_sums(
      team, B, n, 0, [&](int j) { return speed[j]; }, [&](int i, T sum) { terms[i] = L[i] * speed[i] * sum; });
  team.sync();
  Energy<T> energy{T(0), T(0)};
  for (int i = 0; i < n; ++i) {
    energy.value += L[i] * (speed[i] * speed[i] + K[i] * displacement[i] * displacement[i]);
    energy.rate -= T(2) * terms[i];
  }
  team.sync();
  return energy;
}

/// True when the closed-form spectrum below applies: Wr = I, W = alpha ones, one tau_y, one tau_a, one b0 sigma.
template <class T>
ORGANICS_FN bool has_uniform_normalisation(const Circuit<T>& p) {
  const int n = p.n;
  for (int j = 0; j < n; ++j) {
    if (p.tau_y[j] != p.tau_y[0] || p.tau_a[j] != p.tau_a[0] || p.c(j) != p.c(0)) return false;
    for (int i = 0; i < n; ++i) {
      const std::ptrdiff_t ij = static_cast<std::ptrdiff_t>(j) * n + i;
      if (p.Wr[ij] != (i == j ? T(1) : T(0)) || p.W[ij] != p.W[0]) return false;
    }
  }
  return true;
}

/// The 2n eigenvalues at the equilibrium of such a circuit, in closed form. With m = alpha |r(u)|^2, D = c + m and N+
/// the active neurons (all, in the main model): -1/tau_a (n - 1 times), -sqrt(D)/tau_y (N+ - 1), -1/tau_y (n - N+), and
/// the roots of l^2 + l ((c/D)/tau_a + sqrt(D)/tau_y) + sqrt(D)/(tau_a tau_y); without active neurons -1/tau_a and
/// -1/tau_y, n times each. In this order, the two roots last and of a pair the negative imaginary part first.
template <class T, class Team>
ORGANICS_FN void uniform_normalisation_spectrum(const Team& team, const Circuit<T>& p, T* re, T* im) {
  const int n = p.n;
  int active = 0;
  T pool = T(0);
  for (int j = 0; j < n; ++j) {
    const T u = p.rate(p.u(j));
    pool += p.W[0] * (u * u);
    active += detail::is_silent(p, j) ? 0 : 1;
  }
  const T rate_y = T(1) / p.tau_y[0];
  const T rate_a = T(1) / p.tau_a[0];
  const T D = p.c(0) + pool;
  const T s = std::sqrt(D);
  for_each_own(team, 2 * n, [&](int k) {
    im[k] = T(0);
    if (active == 0) {
      re[k] = k < n ? -rate_a : -rate_y;
    } else if (k < 2 * n - 2) {
      re[k] = k < n - 1 ? -rate_a : k < n - 1 + active - 1 ? -s * rate_y : -rate_y;
    } else {
      const T half = T(0.5) * (p.c(0) / D * rate_a + s * rate_y);
      const T root = std::sqrt(s * rate_a * rate_y);  // the geometric mean of the two
      const T discriminant = (half - root) * (half + root);
      const T part = std::sqrt(absolute(discriminant));
      const bool first = k == 2 * n - 2;
      if (discriminant < T(0)) {
        re[k] = -half;
        im[k] = first ? -part : part;
      } else {
        re[k] = first ? -(half + part) : -root * (root / (half + part));
      }
    }
  });
  team.sync();
}

/// Natural frequency |lambda|, rad/s, of the mode of an eigenvalue re + i im: x'' + 2 zeta omega x' + omega^2 x = 0.
template <class T>
ORGANICS_FN T natural_frequency(T re, T im) {
  return std::hypot(re, im);
}

/// Its damping ratio zeta = -re / |lambda|: 1 or -1 for a real eigenvalue, below 1 where it rings, below 0 where it
/// grows, NaN for the eigenvalue zero.
template <class T>
ORGANICS_FN T damping_ratio(T re, T im) {
  return -re / std::hypot(re, im);
}

}  // namespace organics::core
