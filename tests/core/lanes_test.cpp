// The core over packs: each lane holds, bit for bit, what the core over numbers makes of that circuit alone, whatever
// shares the pack with it. What the numbers themselves are worth is tested elsewhere.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "organics/core/certificate.hpp"
#include "organics/core/fixed_point.hpp"
#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/packs.hpp"
#include "support/random.hpp"

namespace organics::test {
namespace {

using Numbers = std::vector<double>;

Numbers gaussian_matrix(Random& random, int m, double shift = 0) {
  Numbers matrix = random.gaussians(m * m);
  for (int i = 0; i < m; ++i) matrix[static_cast<std::size_t>(i * (m + 1))] -= shift;
  return matrix;
}

/// m x m matrices that ask for every branch: well and badly scaled, singular early and late, not finite.
std::vector<Numbers> matrices(int m) {
  Random random(static_cast<std::uint64_t>(m));
  const auto size = static_cast<std::size_t>(m * m);
  std::vector<Numbers> all;
  for (int i = 0; i < 4; ++i) all.push_back(gaussian_matrix(random, m, i * std::sqrt(m)));
  for (const double scale : {1e-160, 1e160, 1e-310, 1e-290}) {
    all.push_back(gaussian_matrix(random, m, 2 * std::sqrt(m)));
    for (double& x : all.back()) x *= scale;
  }
  all.push_back(gaussian_matrix(random, m, 2 * std::sqrt(m)));
  for (std::size_t k = 0; k < size; ++k) {  // graded: rows and columns of very different weight
    const int rows_apart = static_cast<int>(k) % m - static_cast<int>(k) / m;
    all.back()[k] = std::ldexp(all.back()[k], 20 * rows_apart);
  }
  all.push_back(gaussian_matrix(random, m, 0));
  for (int i = 0; i < m; ++i) all.back()[static_cast<std::size_t>((m - 1) * m + i)] = 0;  // the last column
  all.push_back(Numbers(size, 0));
  all.push_back(Numbers(size, 1));
  all.push_back(Numbers(size, std::nan("")));
  all.push_back(gaussian_matrix(random, m, 0));
  all.back()[size - 1] = std::numeric_limits<double>::infinity();
  return all;
}

/// Calls f(lane 0's matrix, lane 1's matrix) for every pair.
template <class F>
void for_pairs(int m, F&& f) {
  const std::vector<Numbers> all = matrices(m);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      SCOPED_TRACE(testing::Message() << "m " << m << ", matrices " << i << " and " << j);
      f(std::vector<Numbers>{all[i], all[j]});
    }
  }
}

struct Factored {
  bool regular = false;
  Numbers factors;
  Numbers pivots;
  Numbers x;
  Numbers columns;
};

Factored factor_alone(Numbers A, int m) {
  Factored result;
  std::vector<int> pivots(static_cast<std::size_t>(m));
  result.regular = core::lu_factor(core::Solo{}, A.data(), m, pivots.data());
  if (!result.regular) return result;
  result.x = Numbers(A.begin(), A.begin() + m);
  result.columns = A;
  core::lu_solve(core::Solo{}, A.data(), m, pivots.data(), result.x.data());
  core::lu_solve_columns(core::Solo{}, A.data(), m, pivots.data(), result.columns.data(), m);
  result.factors = A;
  result.pivots.assign(pivots.begin(), pivots.end());
  return result;
}

TEST(Lanes, LuIsThatOfEachMatrixAlone) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on";
  for (const int m : {1, 2, 3, 4, 5, 9}) {
    for_pairs(m, [&](const std::vector<Numbers>& lanes) {
      std::vector<Doubles> A = side_by_side<Doubles>(lanes);
      std::vector<Doubles::Index> pivots(static_cast<std::size_t>(m));
      const Doubles::Mask regular = core::lu_factor(core::Solo{}, A.data(), m, pivots.data());
      std::vector<Doubles> x(A.begin(), A.begin() + m);
      std::vector<Doubles> columns = A;
      if (any(regular)) {
        core::lu_solve(core::Solo{}, A.data(), m, pivots.data(), x.data());
        core::lu_solve_columns(core::Solo{}, A.data(), m, pivots.data(), columns.data(), m);
      }
      for (int lane = 0; lane < Doubles::lanes; ++lane) {
        const Factored alone = factor_alone(lanes[static_cast<std::size_t>(lane)], m);
        ASSERT_EQ(regular[lane], alone.regular) << "lane " << lane;
        if (!alone.regular) continue;
        EXPECT_TRUE(same_bits(lane_of(A, lane), alone.factors)) << "lane " << lane;
        EXPECT_TRUE(same_bits(lane_of(x, lane), alone.x)) << "lane " << lane;
        EXPECT_TRUE(same_bits(lane_of(columns, lane), alone.columns)) << "lane " << lane;
        for (int k = 0; k < m; ++k) {
          EXPECT_EQ(pivots[static_cast<std::size_t>(k)][lane], alone.pivots[static_cast<std::size_t>(k)]) << k;
        }
      }
    });
  }
}

TEST(Lanes, CertificateIsThatOfEachMatrixAlone) {
  for (const int m : {1, 2, 3, 4, 5, 9}) {
    for_pairs(m, [&](const std::vector<Numbers>& lanes) {
      std::vector<Doubles> J = side_by_side<Doubles>(lanes);
      std::vector<Doubles> numbers(core::certificate_scratch(m));
      std::vector<Doubles::Index> integers(static_cast<std::size_t>(m));
      const auto together = core::certify_stability(core::Solo{}, J.data(), m, Doubles(0),
                                                    core::certificate_work(numbers.data(), integers.data(), m));
      for (int lane = 0; lane < Doubles::lanes; ++lane) {
        Numbers own = lanes[static_cast<std::size_t>(lane)];
        Numbers own_numbers(core::certificate_scratch(m));
        std::vector<int> own_integers(static_cast<std::size_t>(m));
        const core::Certificate alone = core::certify_stability(
            core::Solo{}, own.data(), m, 0.0, core::certificate_work(own_numbers.data(), own_integers.data(), m));
        EXPECT_EQ(together.proven[lane], alone.proven) << "lane " << lane;
        if (compiler_contracts()) continue;
        EXPECT_EQ(together.squarings[lane], alone.squarings) << "lane " << lane;
        if (!alone.proven || !all(together.proven)) continue;  // a lane of a pack that goes on is squared further
        if (together.squarings[0] != together.squarings[1]) continue;
        EXPECT_TRUE(same_bits(lane_of(numbers, lane), own_numbers)) << "lane " << lane;
      }
    });
  }
}

TEST(Lanes, LargestSingularValueIsThatOfEachMatrixAlone) {
  for (const int m : {1, 2, 3, 6}) {
    for_pairs(m, [&](const std::vector<Numbers>& lanes) {
      const std::vector<Doubles> A = side_by_side<Doubles>(lanes);
      std::vector<Doubles> scratch(core::largest_singular_value_scratch(m));
      const Doubles together = core::largest_singular_value(core::Solo{}, A.data(), m, scratch.data());
      for (int lane = 0; lane < Doubles::lanes; ++lane) {
        Numbers own(scratch.size());
        const double alone =
            core::largest_singular_value(core::Solo{}, lanes[static_cast<std::size_t>(lane)].data(), m, own.data());
        if (std::isnan(alone)) {
          EXPECT_TRUE(std::isnan(together[lane]));
        } else if (compiler_contracts()) {
          EXPECT_NEAR(together[lane], alone, 1e-13 * alone);
        } else {
          EXPECT_EQ(together[lane], alone);
        }
      }
    });
  }
}

/// Circuits of one size and model that end on every way out of the iteration.
std::vector<CircuitData> circuits(int n, ModelKind model) {
  Random random(static_cast<std::uint64_t>(n));
  std::vector<CircuitData> all;
  for (const double norm : {1.0, 1.0, 0.3, 2.0, 8.0}) all.push_back(wild_circuit(random, n, model, norm));
  const auto add = [&] { return &all.emplace_back(figure4_circuit(random, n, model)); };
  add()->sigma = filled(n, 0);
  add()->sigma = filled(n, 1e-4);
  add()->Wr = filled(n * n, 0);
  add()->Wr = identity_matrix(n);
  add()->Wr = identity_matrix(n, -1);
  add()->W = filled(n * n, 0);
  add()->z = filled(n, 0);
  add()->W[0] = std::nan("");
  add()->Wr = filled(n * n, 1e200);
  return all;
}

template <class T>
struct Iterated {
  core::MaskOf<T> identity{false};
  core::MaskOf<T> iterated{false};
  core::MaskOf<T> converged{false};
  core::CostOf<core::IndexOf<T>> cost;
  std::vector<T> start;
  std::vector<T> x;
};

/// The paper's iteration, then Newton.
template <class T>
Iterated<T> iterate(const core::CircuitModel<T>& model) {
  const auto m = static_cast<std::size_t>(model.dimension());
  std::vector<T> matrix(2 * m * m + 9 * m);
  std::vector<core::IndexOf<T>> pivots(m);
  std::vector<T> vectors(4 * m);
  T* v = vectors.data();
  const core::NewtonWork<T> work = {matrix.data(), pivots.data(), v, v + m, v + 2 * m, v + 3 * m};
  Iterated<T> result;
  result.identity = core::recurrence_is_identity(model.circuit);
  result.x.resize(m);
  result.iterated = core::fixed_point_iteration(core::Solo{}, model.circuit, 5, result.x.data(), work, result.cost);
  result.start = result.x;
  result.converged = core::newton(core::Solo{}, model, result.x.data(), 10, T(1e-12), work, result.cost);
  return result;
}

TEST(Lanes, SteadyStateIsThatOfEachCircuitAlone) {
  int converged = 0;
  int failed = 0;
  for (const int n : {1, 2, 5}) {
    for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
      const std::vector<CircuitData> all = circuits(n, kind);
      for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = 0; j < all.size(); ++j) {
          SCOPED_TRACE(testing::Message() << "n " << n << ", " << (kind == ModelKind::main ? "main" : "rectified")
                                          << ", circuits " << i << " and " << j);
          const std::vector<CircuitData> lanes = {all[i], all[j]};
          const auto together = iterate(CircuitsTogether(lanes).circuit_model());
          for (int lane = 0; lane < Doubles::lanes; ++lane) {
            const auto alone = iterate(lanes[static_cast<std::size_t>(lane)].circuit_model());
            ASSERT_EQ(together.identity[lane], alone.identity) << "lane " << lane;
            ASSERT_EQ(together.iterated[lane], alone.iterated) << "lane " << lane;
            if (!alone.iterated) continue;
            ASSERT_EQ(together.converged[lane], alone.converged) << "lane " << lane;
            ++(alone.converged ? converged : failed);
            if (!alone.converged || compiler_contracts()) continue;
            EXPECT_TRUE(same_bits(lane_of(together.start, lane), alone.start)) << "lane " << lane;
            EXPECT_TRUE(same_bits(lane_of(together.x, lane), alone.x)) << "lane " << lane;
            EXPECT_EQ(together.cost.rhs[lane], alone.cost.rhs);
            EXPECT_EQ(together.cost.jacobians[lane], alone.cost.jacobians);
            EXPECT_EQ(together.cost.lu[lane], alone.cost.lu);
          }
        }
      }
    }
  }
  EXPECT_GT(converged, 500);
  EXPECT_GT(failed, 100);
}

}  // namespace
}  // namespace organics::test
