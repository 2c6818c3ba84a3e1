// Every equilibrium of one neuron pair: against the golden figures, against the roots of the quartic by Eigen, against
// a scan of F(s), and against the cases that are known by hand.
#include "organics/core/planar.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <vector>

#include "support/golden.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

using Found = core::PlanarEquilibria<double>;

Found find(const CircuitData& data) { return core::planar_equilibria(data.circuit()); }

CircuitData rectified(CircuitData data) {
  data.model = ModelKind::rectified;
  return data;
}

bool is_stable(EquilibriumType type) {
  return type == EquilibriumType::stable_node || type == EquilibriumType::stable_focus;
}

/// |tau f| at (y, a) relative to the terms of each equation, written out here. Both terms of 1 - s count:
/// where they cancel, no a that a double can hold does better.
double residual(const CircuitData& p, double y, double a) {
  const double r = p.model == ModelKind::rectified ? std::max(y, 0.0) : y;
  const double drive = (1 - std::sqrt(a)) * p.Wr[0] * r;
  const double terms = (1 + std::sqrt(a)) * std::abs(p.Wr[0] * r);
  const double pool = p.W[0] * r * r * a;
  const double y_part = std::abs(p.u(0) - y + drive) / (std::abs(p.u(0)) + std::abs(y) + terms + 1e-300);
  return std::max(y_part, std::abs(p.c(0) - a + pool) / (p.c(0) + a + pool + 1e-300));
}

TEST(Planar, GoldenEquilibria) {
  int points = 0;
  for (const auto* list : {&golden_figures(), &golden_circuits()}) {
    for (const GoldenCircuit& golden : *list) {
      if (golden.fixed_points.empty()) continue;
      const Found found = find(golden.data);
      ASSERT_EQ(found.count, static_cast<int>(golden.fixed_points.size())) << golden.name;
      for (int k = 0; k < found.count; ++k) {
        const auto& e = found.at[k];
        const auto expected = std::find_if(golden.fixed_points.begin(), golden.fixed_points.end(), [&](const auto& p) {
          return std::abs(p.x[0] - e.y) <= 1e-10 * (1 + std::abs(e.y)) && std::abs(p.x[1] - e.a) <= 1e-10 * (1 + e.a);
        });
        ASSERT_NE(expected, golden.fixed_points.end()) << golden.name << ": y " << e.y << ", a " << e.a;
        EXPECT_EQ(name(e.type), expected->type) << golden.name;
        EXPECT_TRUE(spectra_agree({{e.re[0], e.im[0]}, {e.re[1], e.im[1]}}, expected->eigenvalues)) << golden.name;
        ++points;
      }
    }
  }
  EXPECT_GE(points, 27);
}

TEST(Planar, CircuitThatBlowsUpHasOneSaddle) {
  const Found found = find(blow_up_circuit());
  ASSERT_EQ(found.count, 1);
  EXPECT_NEAR(found.at[0].y, -0.9450268191319819, 1e-14);
  EXPECT_NEAR(found.at[0].a, 9.352410032042775, 1e-13);
  EXPECT_EQ(found.at[0].type, EquilibriumType::saddle);
  EXPECT_FALSE(core::stable_fixed_point_exists_at_minus_one(1.0, 1.0, 1.0));
}

CircuitData random_pair(Random& random) {
  CircuitData data =
      one_neuron(random.uniform(-3, 3), random.log_uniform(1e-2, 10), random.gaussian(), random.log_uniform(1e-6, 4),
                 random.log_uniform(1e-3, 1e-1), random.log_uniform(1e-3, 1e-1));
  const double special[] = {-1, 0, 1, 2};
  const int pick = random.integer(0, 40);
  if (pick < 4) data.Wr[0] = special[pick];
  return data;
}

/// F(s) = (s^2 - c) d^2 - w u^2 s^2, whose positive zeros are the equilibria of the main model.
double quartic(const CircuitData& p, double s) {
  const double d = 1 - p.Wr[0] + p.Wr[0] * s;
  return (s * s - p.c(0)) * d * d - p.W[0] * p.u(0) * p.u(0) * s * s;
}

/// Positive real roots of the quartic from its companion matrix, and whether one is hard to tell from a double root.
struct CompanionRoots {
  std::vector<double> s;
  bool doubtful = false;
};

CompanionRoots companion_roots(const CircuitData& p) {
  const double wr = p.Wr[0];
  const double c = p.c(0);
  const double u = p.u(0);
  const double e = 1 - wr;
  std::vector<double> k = {-e * e * c, -2 * e * wr * c, e * e - p.W[0] * u * u - c * wr * wr, 2 * e * wr, wr * wr};
  while (k.size() > 1 && k.back() == 0) k.pop_back();
  const auto degree = static_cast<Eigen::Index>(k.size()) - 1;
  Eigen::MatrixXd companion = Eigen::MatrixXd::Zero(degree, degree);
  for (Eigen::Index i = 0; i < degree; ++i) {
    companion(i, degree - 1) = -k[static_cast<std::size_t>(i)] / k.back();
    if (i > 0) companion(i, i - 1) = 1;
  }
  CompanionRoots roots;
  const Spectrum all = eigen_spectrum(companion);
  for (const auto& root : all) {
    const double size = std::abs(root);
    if (root.real() > 0 && std::abs(root.imag()) < 1e-9 * size) roots.s.push_back(root.real());
    roots.doubtful = roots.doubtful || (root.imag() != 0 && std::abs(root.imag()) < 1e-4 * size);
  }
  roots.doubtful = roots.doubtful || smallest_gap(all) < 1e-4 * largest_modulus(all);
  std::sort(roots.s.begin(), roots.s.end());
  return roots;
}

TEST(Planar, NoEquilibriumIsMissedAndNoneIsInvented) {
  Random random(71);
  constexpr int circuits = 100000;
  int counts[max_planar_equilibria + 1] = {};
  int doubtful = 0;
  double worst = 0;
  for (int i = 0; i < circuits; ++i) {
    const CircuitData data = random_pair(random);
    const Found found = find(data);
    ASSERT_EQ(found.status, Status::ok);
    ++counts[found.count];
    for (int k = 0; k < found.count; ++k) {
      const auto& e = found.at[k];
      worst = std::max(worst, residual(data, e.y, e.a));
      EXPECT_TRUE(k == 0 || found.at[k - 1].a < e.a);
    }
    const CompanionRoots roots = companion_roots(data);
    if (roots.doubtful) {
      ++doubtful;
      continue;
    }
    ASSERT_EQ(found.count, static_cast<int>(roots.s.size())) << "wr " << data.Wr[0] << ", circuit " << i;
    for (int k = 0; k < found.count; ++k) {
      const double s = roots.s[static_cast<std::size_t>(k)];
      EXPECT_NEAR(std::sqrt(found.at[k].a), s, 1e-6 * (1 + s)) << "wr " << data.Wr[0] << ", circuit " << i;
    }
  }
  EXPECT_LE(worst, 1e-14);
  EXPECT_LT(doubtful, circuits / 20);
  EXPECT_GT(counts[0], 100);  // wr = 0 and strong drive
  EXPECT_GT(counts[1], 1000);
  EXPECT_GT(counts[3], 1000);
}

TEST(Planar, EverySignChangeOfTheQuarticIsAnEquilibrium) {
  Random random(72);
  for (int i = 0; i < 30000; ++i) {
    const CircuitData data = random_pair(random);
    const Found found = find(data);
    const double r = std::sqrt(data.c(0));
    double s = r * 0.999;
    double before = quartic(data, s);
    int changes = 0;
    while (s < 50 && changes <= found.count) {
      const double next_s = s + std::max(2e-3 * s, 2e-4);
      const double next = quartic(data, next_s);
      if ((before < 0) != (next < 0)) {
        ++changes;
        const bool listed = std::any_of(found.at, found.at + found.count, [&](const auto& e) {
          return std::sqrt(e.a) >= s * (1 - 1e-12) && std::sqrt(e.a) <= next_s * (1 + 1e-12);
        });
        EXPECT_TRUE(listed) << "wr " << data.Wr[0] << ": a zero of F between " << s << " and " << next_s;
      }
      before = next;
      s = next_s;
    }
    EXPECT_LE(changes, found.count);
  }
}

TEST(Planar, RectifiedKeepsTheActiveOnesAndAddsTheSilentOne) {
  Random random(73);
  int both = 0;
  for (int i = 0; i < 100000; ++i) {
    const CircuitData main = random_pair(random);
    const CircuitData data = rectified(main);
    const Found all = find(main);
    const Found found = find(data);
    std::vector<std::pair<double, double>> expected;
    if (data.u(0) <= 0) expected.emplace_back(data.u(0), data.c(0));
    for (int k = 0; k < all.count; ++k) {
      if (all.at[k].y > 0) expected.emplace_back(all.at[k].y, all.at[k].a);
    }
    ASSERT_EQ(found.count, static_cast<int>(expected.size()));
    for (int k = 0; k < found.count; ++k) {
      EXPECT_EQ(found.at[k].y, expected[static_cast<std::size_t>(k)].first);
      EXPECT_EQ(found.at[k].a, expected[static_cast<std::size_t>(k)].second);
      EXPECT_LE(residual(data, found.at[k].y, found.at[k].a), 1e-14);
    }
    both += data.u(0) <= 0 && found.count > 1 ? 1 : 0;
  }
  EXPECT_GT(both, 1000);
}

TEST(Planar, EigenvaluesAndTypesAreThoseOfTheNaiveJacobian) {
  Random random(74);
  int seen[equilibrium_type_count] = {};
  for (int i = 0; i < 20000; ++i) {
    const CircuitData data = i % 2 == 0 ? random_pair(random) : rectified(random_pair(random));
    const Found found = find(data);
    for (int k = 0; k < found.count; ++k) {
      const auto& e = found.at[k];
      const Eigen::MatrixXd J = naive_jacobian(data, {e.y, e.a});
      const Spectrum pair = eigen_spectrum(J);
      const Spectrum got = {{e.re[0], e.im[0]}, {e.re[1], e.im[1]}};
      const double size = J.norm();
      EXPECT_LE(spectral_distance(got, pair), 1e-7 * size);  // near a double eigenvalue: the square root of rounding
      EXPECT_NEAR(e.trace, J.trace(), 1e-12 * size);
      EXPECT_NEAR(e.determinant, J.determinant(), 1e-12 * size * size);
      ++seen[static_cast<int>(e.type)];
      const bool clear = e.type != EquilibriumType::marginal && smallest_gap(pair) > 1e-6 * size;
      if (clear) {
        EXPECT_EQ(name(e.type), type_of(pair));
      }
    }
  }
  for (int t = 0; t < static_cast<int>(EquilibriumType::marginal); ++t) {
    if (t == static_cast<int>(EquilibriumType::unstable_node)) continue;
    EXPECT_GT(seen[t], 10) << name(static_cast<EquilibriumType>(t));
  }
  EXPECT_LT(seen[static_cast<int>(EquilibriumType::marginal)], 3);
}

TEST(Planar, WithoutDrive) {
  const double c = 0.01;
  const Found one = find(one_neuron(0.9, 2, 0, c));
  ASSERT_EQ(one.count, 1);
  EXPECT_EQ(one.at[0].y, 0);
  EXPECT_NEAR(one.at[0].a, c, 1e-17);
  EXPECT_EQ(one.at[0].type, EquilibriumType::stable_node);
  for (const double wr : {2.0, -1.0, -0.5}) {
    const double p = 1 - 1 / wr;
    const double y = std::sqrt((p * p - c) / (2 * p * p));
    const Found three = find(one_neuron(wr, 2, 0, c));
    ASSERT_EQ(three.count, 3) << wr;
    EXPECT_EQ(three.at[0].y, 0);
    for (const int k : {1, 2}) {
      EXPECT_NEAR(three.at[k].a, p * p, 1e-14 * p * p);
      EXPECT_NEAR(three.at[k].y, k == 1 ? -y : y, 1e-14);
    }
    EXPECT_EQ(is_stable(three.at[0].type), wr < 0);
    EXPECT_EQ(is_stable(three.at[1].type), wr > 0);
    const Found active = find(rectified(one_neuron(wr, 2, 0, c)));
    ASSERT_EQ(active.count, 2);
    EXPECT_NEAR(active.at[1].y, y, 1e-14);
    // at the kink the silent side decays; with wr = 2 the active side grows
    EXPECT_EQ(active.at[0].type, wr > 0 ? EquilibriumType::marginal : EquilibriumType::stable_node);
  }
  EXPECT_EQ(find(one_neuron(2, 2, 0, 0.3)).count, 1);  // p^2 = 0.25 < c
}

TEST(Planar, WithoutRecurrence) {
  const Found weak = find(one_neuron(0, 0.5, 1, 0.2));
  ASSERT_EQ(weak.count, 1);
  EXPECT_EQ(weak.at[0].y, 1);
  EXPECT_NEAR(weak.at[0].a, 0.4, 1e-15);
  EXPECT_EQ(weak.at[0].type, EquilibriumType::stable_node);
  EXPECT_EQ(find(one_neuron(0, 1, 1, 0.2)).count, 0);
  EXPECT_EQ(find(one_neuron(0, 4, 1, 0.2)).count, 0);
  EXPECT_EQ(find(rectified(one_neuron(0, 4, -1, 0.2))).count, 1);
}

TEST(Planar, UnitRecurrenceIsTheNormalisationEquation) {
  Random random(75);
  for (int i = 0; i < 1000; ++i) {
    const CircuitData data =
        one_neuron(1, random.log_uniform(1e-3, 1e3), random.gaussian(), random.log_uniform(1e-9, 9));
    const Found found = find(data);
    ASSERT_EQ(found.count, 1);
    const double a = data.c(0) + data.W[0] * data.u(0) * data.u(0);
    EXPECT_NEAR(found.at[0].a, a, 4e-15 * a);
    EXPECT_NEAR(found.at[0].y, data.u(0) / std::sqrt(a), 4e-15 * std::abs(found.at[0].y));
    EXPECT_TRUE(is_stable(found.at[0].type));
  }
}

TEST(Planar, WithoutPool) {
  const Found found = find(one_neuron(2, 0, 1, 0.01));  // d = 1 - 2 + 0.2 < 0
  ASSERT_EQ(found.count, 1);
  EXPECT_NEAR(found.at[0].y, 1 / -0.8, 1e-14);
  EXPECT_EQ(found.at[0].type, EquilibriumType::saddle);
  EXPECT_EQ(find(one_neuron(2, 0, 1, 0.25)).count, 0);  // d = 0: y grows without bound
  const Found line = find(one_neuron(2, 0, 0, 0.25));   // every y is an equilibrium
  ASSERT_EQ(line.count, 1);
  EXPECT_EQ(line.at[0].type, EquilibriumType::marginal);
}

TEST(Planar, WithoutSemiSaturation) {
  // wr = 2, w = 1, u = 0.25: a = 0 and y = -0.25; d = 2 s - 1 = -+0.25
  const Found three = find(one_neuron(2, 1, 0.25, 0));
  ASSERT_EQ(three.count, 3);
  EXPECT_EQ(three.at[0].a, 0);
  EXPECT_EQ(three.at[0].y, -0.25);
  EXPECT_NEAR(three.at[1].a, 0.375 * 0.375, 1e-15);
  EXPECT_NEAR(three.at[1].y, -1, 1e-14);
  EXPECT_NEAR(three.at[2].a, 0.625 * 0.625, 1e-15);
  EXPECT_NEAR(three.at[2].y, 1, 1e-14);
  // the limit of small c has the same ones
  const Found near = find(one_neuron(2, 1, 0.25, 1e-14));
  ASSERT_EQ(near.count, 3);
  for (int k = 0; k < 3; ++k) {
    EXPECT_NEAR(near.at[k].y, three.at[k].y, 1e-6);
    EXPECT_NEAR(near.at[k].a, three.at[k].a, 1e-6);
  }
  EXPECT_EQ(find(one_neuron(2, 1, 3, 0)).count, 2);
  EXPECT_EQ(find(one_neuron(1, 1, 0.5, 0)).count, 1);
  EXPECT_EQ(find(one_neuron(1, 0, 0.5, 0)).count, 0);
  EXPECT_EQ(find(rectified(one_neuron(2, 1, -0.25, 0))).count, 3);  // silent, and two active
}

TEST(Planar, FoldsAreOneMarginalEquilibrium) {
  Random random(76);
  for (int i = 0; i < 2000; ++i) {
    const double wr = i % 2 == 0 ? random.uniform(-3, -0.1) : random.uniform(1.2, 3);
    const double p = 1 - 1 / wr;
    const double c = p * p * random.log_uniform(1e-6, 0.5);
    const double w = random.log_uniform(0.1, 10);
    const double u = core::fold_drive(wr, c) / std::sqrt(w);
    const Found at = find(one_neuron(wr, w, u, c));
    ASSERT_EQ(at.count, 2) << "wr " << wr << ", c " << c;
    EXPECT_EQ(at.at[0].type, EquilibriumType::marginal) << "wr " << wr << ", c " << c;
    EXPECT_NEAR(at.at[0].a, std::pow(c * p, 2.0 / 3), 1e-6 * at.at[0].a);
    EXPECT_EQ(find(one_neuron(wr, w, u * (1 + 1e-9), c)).count, 1);
    EXPECT_EQ(find(one_neuron(wr, w, u * (1 - 1e-9), c)).count, 3);
  }
}

/// Tells whether a root count near a threshold may go either way.
bool near_threshold(double value, double threshold) { return std::abs(value - threshold) < 1e-9 * (value + threshold); }

TEST(Planar, CriterionAtMinusOneIsExact) {
  Random random(77);
  int without = 0;
  for (int i = 0; i < 100000; ++i) {
    const double w = random.log_uniform(1e-2, 10);
    const double u = 2 * random.gaussian();
    const double c = random.log_uniform(1e-4, 6);
    const double fold = core::fold_drive(-1.0, c);
    if (near_threshold(std::sqrt(w) * std::abs(u), fold)) continue;
    const Found found = find(one_neuron(-1, w, u, c, random.log_uniform(1e-3, 1e-1), random.log_uniform(1e-3, 1e-1)));
    const bool stable = std::any_of(found.at, found.at + found.count, [](const auto& e) { return is_stable(e.type); });
    without += stable ? 0 : 1;
    EXPECT_EQ(core::stable_fixed_point_exists_at_minus_one(w, u, c), stable) << w << " " << u << " " << c;
    EXPECT_EQ(core::stable_fixed_point_exists(-1.0, w, u, c), stable) << w << " " << u << " " << c;
  }
  EXPECT_GT(without, 10000);
  EXPECT_LT(without, 90000);
}

TEST(Planar, CriterionForAnyRecurrence) {
  Random random(78);
  int without = 0;
  for (int i = 0; i < 100000; ++i) {
    CircuitData data = random_pair(random);
    if (i % 50 == 0) data.W[0] = 0;
    const double wr = data.Wr[0];
    const double drive = std::sqrt(data.W[0]) * std::abs(data.u(0));
    if (near_threshold(drive, core::fold_drive(wr, data.c(0)))) continue;
    const Found found = find(data);
    const bool stable = std::any_of(found.at, found.at + found.count, [](const auto& e) { return is_stable(e.type); });
    without += stable ? 0 : 1;
    EXPECT_EQ(core::stable_fixed_point_exists(wr, data.W[0], data.u(0), data.c(0)), stable)
        << wr << " " << data.W[0] << " " << data.u(0) << " " << data.c(0);
  }
  EXPECT_GT(without, 1000);
}

TEST(Planar, ExtremeParametersStillSolveTheEquations) {
  Random random(79);
  for (int i = 0; i < 20000; ++i) {
    const double sign = random.uniform() < 0.5 ? -1 : 1;
    const CircuitData data =
        one_neuron(sign * random.log_uniform(1e-8, 1e8), random.log_uniform(1e-8, 1e8),
                   (random.uniform() < 0.5 ? -1 : 1) * random.log_uniform(1e-12, 1e6), random.log_uniform(1e-16, 1e8));
    const Found found = find(data);
    ASSERT_EQ(found.status, Status::ok);
    ASSERT_TRUE(found.count == 1 || found.count == 3);
    for (int k = 0; k < found.count; ++k) {
      EXPECT_LE(residual(data, found.at[k].y, found.at[k].a), 1e-14)
          << data.Wr[0] << " " << data.W[0] << " " << data.u(0) << " " << data.c(0);
    }
  }
}

TEST(Planar, FloatAgreesWithDouble) {
  Random random(80);
  for (int i = 0; i < 20000; ++i) {
    const CircuitData data = random_pair(random);
    const Found expected = find(data);
    const auto f = [](const std::vector<double>& v) { return static_cast<float>(v[0]); };
    const float values[] = {f(data.tau_y), f(data.tau_a), f(data.b0), f(data.b1),
                            f(data.sigma), f(data.z),     f(data.Wr), f(data.W)};
    const core::Circuit<float> p{1,          data.model, values,     values + 1, values + 2,
                                 values + 3, values + 4, values + 5, values + 6, values + 7};
    const auto found = core::planar_equilibria(p);
    const double drive = std::sqrt(data.W[0]) * std::abs(data.u(0));
    const double fold = core::fold_drive(data.Wr[0], data.c(0));
    if (std::abs(drive - fold) < 1e-3 * (drive + fold) || data.Wr[0] == 0) continue;
    ASSERT_EQ(found.count, expected.count);
    for (int k = 0; k < found.count; ++k) {
      EXPECT_NEAR(static_cast<double>(found.at[k].a), expected.at[k].a, 2e-3 * expected.at[k].a);
    }
  }
}

}  // namespace
}  // namespace organics::test
