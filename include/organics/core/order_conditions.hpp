// Order conditions of Runge-Kutta and Rosenbrock methods, for any order: one for each rooted tree.
//
//   sum_i b_i(theta) Phi_i(tree) = theta^|tree| / gamma(tree),   theta = 1 for the step itself
// Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), II.2 and II.6; for Rosenbrock methods
// Hairer and Wanner, the same, II (1996), IV.7: edges below a vertex with one child take alpha + gamma, others alpha.
// Trees are generated, not listed. For src/method_proofs.cpp and the tests: too slow to include everywhere.
#pragma once

#include "organics/core/rosenbrock_methods.hpp"
#include "organics/core/tableau.hpp"

namespace organics::core {

inline constexpr int max_tree_order = 9;
inline constexpr int tree_count = 1 + 1 + 2 + 4 + 9 + 20 + 48 + 115 + 286;

/// Every rooted tree of up to max_tree_order vertices, in order of size. Tree 0 is the single vertex; every other is
/// tree `trunk` with one more child, tree `child`, of its root. Children are added from the last number down to the
/// first, so that each tree comes once.
struct RootedTrees {
  int first[max_tree_order + 2] = {};  ///< trees of n vertices are first[n] ... first[n + 1] - 1
  int trunk[tree_count] = {};
  int child[tree_count] = {};
  double density[tree_count] = {};  ///< gamma(tree): its size times the densities of its root's children
};

constexpr RootedTrees rooted_trees() {
  RootedTrees trees;
  int count = 1;
  trees.density[0] = 1;
  trees.first[2] = count;
  for (int size = 2; size <= max_tree_order; ++size) {
    for (int part = 1; part < size; ++part) {
      for (int trunk = trees.first[part]; trunk < trees.first[part + 1]; ++trunk) {
        for (int child = trees.first[size - part]; child < trees.first[size - part + 1]; ++child) {
          if (trunk != 0 && child > trees.child[trunk]) break;
          trees.trunk[count] = trunk;
          trees.child[count] = child;
          trees.density[count] = trees.density[trunk] / part * trees.density[child] * size;
          ++count;
        }
      }
    }
    trees.first[size + 1] = count;
  }
  return trees;
}

inline constexpr RootedTrees trees = rooted_trees();
static_assert(trees.first[max_tree_order + 1] == tree_count);

/// Phi_i(tree) of every stage i, for the trees of up to `order` vertices.
struct ElementaryWeights {
  int stages = 0;
  int order = 0;
  double phi[tree_count][max_stages] = {};
};

/// `alpha` and `beta` = alpha + gamma of a Rosenbrock method; of a Runge-Kutta method both are a.
constexpr ElementaryWeights elementary_weights(const double (*alpha)[max_stages], const double (*beta)[max_stages],
                                               int stages, int order) {
  ElementaryWeights elementary;
  elementary.stages = stages;
  elementary.order = order;
  double product[tree_count][max_stages] = {};  // as phi, with alpha at the root
  for (int i = 0; i < stages; ++i) product[0][i] = elementary.phi[0][i] = 1;
  for (int tree = 1; tree < trees.first[order + 1]; ++tree) {
    const int trunk = trees.trunk[tree];
    for (int i = 0; i < stages; ++i) {
      double by_alpha = 0;
      double by_beta = 0;
      for (int j = 0; j <= i; ++j) {
        if (beta[i][j] == 0) continue;
        by_alpha += alpha[i][j] * elementary.phi[trees.child[tree]][j];
        by_beta += beta[i][j] * elementary.phi[trees.child[tree]][j];
      }
      product[tree][i] = product[trunk][i] * by_alpha;
      elementary.phi[tree][i] = trunk == 0 ? by_beta : product[tree][i];
    }
  }
  return elementary;
}

constexpr ElementaryWeights elementary_weights(const Tableau<double>& t, int order) {
  double a[max_stages][max_stages] = {};
  const int stages = t.stages + t.dense_stages;
  for (int s = 0; s < stages; ++s) {
    for (int j = 0; j < s; ++j) a[s][j] = t.row(s)[j];
  }
  return elementary_weights(a, a, stages, order);
}

/// A Rosenbrock method as it is derived, before the transformation: k_s = h f(x + sum_j alpha_sj k_j) + h J sum_j
/// gamma_sj k_j, x_new = x + sum_s b_s k_s, and u_s = sum_j gamma_sj k_j. So c = I / gamma - Gamma^-1, a = alpha
/// Gamma^-1 and m = b Gamma^-1, which Gamma = (I / gamma - c)^-1 undoes.
struct RosenbrockMatrices {
  double gamma[max_stages][max_stages] = {};
  double alpha[max_stages][max_stages] = {};
  double beta[max_stages][max_stages] = {};
};

constexpr RosenbrockMatrices rosenbrock_matrices(const RosenbrockTableau<double>& t) {
  RosenbrockMatrices matrices;
  for (int i = 0; i < t.stages; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = i == j ? 1 : 0;
      for (int k = j; k < i; ++k) sum += t.c[i][k] * matrices.gamma[k][j];
      matrices.gamma[i][j] = t.gamma * sum;
    }
  }
  for (int i = 0; i < t.stages; ++i) {
    for (int j = 0; j <= i; ++j) {
      for (int k = j; k < i; ++k) matrices.alpha[i][j] += t.a[i][k] * matrices.gamma[k][j];
      matrices.beta[i][j] = matrices.alpha[i][j] + matrices.gamma[i][j];
    }
  }
  return matrices;
}

constexpr ElementaryWeights elementary_weights(const RosenbrockTableau<double>& t, int order) {
  const RosenbrockMatrices matrices = rosenbrock_matrices(t);
  return elementary_weights(matrices.alpha, matrices.beta, t.stages, order);
}

/// Weights of the slopes k.
struct Weights {
  double of[max_stages] = {};
};

constexpr Weights slope_weights(const Tableau<double>& t, const double* b) {
  Weights weights;
  for (int s = 0; s < t.stages + t.dense_stages; ++s) weights.of[s] = b[s];
  return weights;
}

/// From weights of the u.
constexpr Weights slope_weights(const RosenbrockTableau<double>& t, const double* m) {
  const RosenbrockMatrices matrices = rosenbrock_matrices(t);
  Weights weights;
  for (int j = 0; j < t.stages; ++j) {
    for (int s = j; s < t.stages; ++s) weights.of[j] += m[s] * matrices.gamma[s][j];
  }
  return weights;
}

constexpr const double* step_weights(const Tableau<double>& t) { return t.b; }
constexpr const double* step_weights(const RosenbrockTableau<double>& t) { return t.m; }

/// Weights of the dense output at theta.
template <class Table>
constexpr Weights dense_weights(const Table& t, double theta) {
  Weights weights;
  int s = 0;
  for (const auto& powers : t.dense) {
    for (int j = t.dense_degree - 1; j >= 0; --j) weights.of[s] = (weights.of[s] + powers[j]) * theta;
    ++s;
  }
  return weights;
}

/// How far the weights are from the condition of one tree of `size` vertices, relative to the terms of its sum.
constexpr double order_defect(const ElementaryWeights& elementary, const Weights& b, double theta, int tree, int size) {
  double wanted = 1 / trees.density[tree];
  for (int k = 0; k < size; ++k) wanted *= theta;
  double sum = -wanted;
  double terms = wanted;
  for (int i = 0; i < elementary.stages; ++i) {
    const double term = b.of[i] * elementary.phi[tree][i];
    sum += term;
    terms += term < 0 ? -term : term;
  }
  return terms == 0 ? 0 : (sum < 0 ? -sum : sum) / terms;
}

/// The largest order, up to elementary.order, of x + h sum_i b_i k_i as an approximation of x(t + theta h). With
/// theta = 0 the order up to which an error estimate vanishes.
constexpr int order_reached(const ElementaryWeights& elementary, const Weights& b, double theta) {
  constexpr double rounding = 2e-12;  // some methods have coefficients of 100 and more, which cancel
  for (int size = 1; size <= elementary.order; ++size) {
    for (int tree = trees.first[size]; tree < trees.first[size + 1]; ++tree) {
      if (!(order_defect(elementary, b, theta, tree, size) < rounding)) return size - 1;
    }
  }
  return elementary.order;
}

/// Whether the step has the order stated and no more.
template <class Table>
constexpr bool proves_order(const Table& t) {
  const auto elementary = elementary_weights(t, t.order + 1);
  return order_reached(elementary, slope_weights(t, step_weights(t)), 1) == t.order;
}

/// Whether the error estimate shrinks as stated, h^(embedded_order + 1), and no faster.
template <class Table>
constexpr bool proves_error_estimate(const Table& t) {
  if (t.embedded_order == 0) {
    for (const double e : t.e) {
      if (e != 0) return false;
    }
    return true;
  }
  const auto elementary = elementary_weights(t, t.embedded_order + 1);
  const int power = order_reached(elementary, slope_weights(t, t.e), 0) + 1;
  if constexpr (requires { t.second_estimate; }) {
    // e^2 / e2
    if (t.second_estimate) {
      const int second = order_reached(elementary, slope_weights(t, t.e2), 0) + 1;
      return second < power && 2 * power - second == t.embedded_order + 1;
    }
  }
  return power == t.embedded_order + 1;
}

/// Whether the dense output has the order stated, and no more, at `theta` inside the step.
template <class Table>
constexpr bool proves_dense_order(const Table& t, double theta) {
  const auto elementary = elementary_weights(t, t.dense_order + 1);
  const Weights weights = dense_weights(t, theta);
  return order_reached(elementary, slope_weights(t, weights.of), theta) == t.dense_order;
}

/// Whether the dense output ends in x_new, up to the rounding of its coefficients.
template <class Table>
constexpr bool proves_dense_end(const Table& t) {
  const Weights weights = dense_weights(t, 1);
  int s = 0;
  for (const auto& powers : t.dense) {
    double rounding = 1e-15;
    for (const double power : powers) rounding += 1e-15 * (power < 0 ? -power : power);
    const double difference = weights.of[s] - step_weights(t)[s];
    if (!(difference < rounding && -difference < rounding)) return false;
    ++s;
  }
  return true;
}

}  // namespace organics::core
