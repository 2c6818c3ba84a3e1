// The uniform verdict in mixed precision: what it accepts is what the ladder in double accepts on its second rung, at the
// same state; next to the margin it proves nothing that is not so; every width of team and pack says the same.
#include "organics/core/mixed_verdict.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "organics/core/narrow_pack.hpp"
#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/ladder_ensembles.hpp"
#include "support/packs.hpp"
#include "support/settling.hpp"

namespace organics::test {
namespace {

using TwoPacks = core::Bundle<MaskedDoubles, 2>;

/// Memory of one verdict.
template <class T>
struct Memory {
  using S = core::NarrowOf<T>;
  std::vector<T> wide;
  std::vector<S> narrow;
  std::vector<core::IndexOf<S>> integers;
  core::MixedWork<T> work;

  explicit Memory(int n)
      : wide(core::mixed_wide_scratch(n)),
        narrow(core::mixed_narrow_scratch(n)),
        integers(2 * static_cast<std::size_t>(n)),
        work(core::mixed_work(wide.data(), narrow.data(), integers.data(), n)) {}
};

template <class T>
struct Judged {
  core::MaskOf<T> accepted{false};
  std::vector<T> x;
  core::CostOf<core::IndexOf<T>> cost;
};

/// Width 0 stands for Solo.
template <class T>
Judged<T> judge(const core::CircuitModel<T>& model, int width = 0) {
  const Memory<T> memory(model.circuit.n);
  Judged<T> result;
  if (width == 0) {
    result.accepted = core::settle_and_prove_mixed(core::Solo{}, model, 5, 10, T(1e-12), memory.work, result.cost);
  } else {
    Crew(width).run([&](const CrewLane& lane) {
      core::CostOf<core::IndexOf<T>> own;
      const auto accepted = core::settle_and_prove_mixed(lane, model, 5, 10, T(1e-12), memory.work, own);
      if (lane.rank() != lane.size() - 1) return;
      result.accepted = accepted;
      result.cost = own;
    });
  }
  result.x.assign(memory.work.x, memory.work.x + model.dimension());
  return result;
}

Judged<double> judge(const CircuitData& data, int width = 0) { return judge(data.circuit_model(), width); }

/// Whether stability is proven at a given state.
bool proven_at(const CircuitData& data, const std::vector<double>& x) {
  const Memory<double> memory(data.n);
  std::copy(x.begin(), x.end(), memory.work.x);
  return core::is_proven_stable_mixed<double, float>(core::Solo{}, data.circuit(), memory.work);
}

Eigen::MatrixXd jacobian(const CircuitData& data, const std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd J(m, m);
  data.circuit_model().jacobian(core::Solo{}, 0.0, x.data(), J.data());
  return J;
}

double abscissa_by_eigen(const CircuitData& data, const std::vector<double>& x) {
  return jacobian(data, x).eigenvalues().real().maxCoeff();
}

void expect_as_the_ladder(const CircuitData& data, const Judged<double>& judged) {
  Ladder ladder(data);
  const core::Settled<double> direct = ladder.by_iteration();
  EXPECT_EQ(direct.status, Status::ok);
  EXPECT_EQ(direct.rung, Rung::fixed_point);
  EXPECT_EQ(direct.spectrum.verdict, Verdict::stable);
  EXPECT_LT(abscissa_by_eigen(data, judged.x), 0);
  const std::vector<double> x = ladder.x();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(judged.x[i], x[i], 1e-7 * (1e-6 + std::abs(x[i]))) << i;
}

class MixedVerdictOf : public testing::TestWithParam<LadderEnsemble> {};

TEST_P(MixedVerdictOf, IsTheLaddersWhereItAccepts) {
  int accepted = 0;
  int by_ladder = 0;
  for (const int n : {1, 2, 5, 10, 20}) {
    Random random(static_cast<std::uint64_t>(n));
    for (int i = 0; i < (n > 5 ? 20 : 60); ++i) {
      const CircuitData data = GetParam().draw(random, n);
      const Judged<double> judged = judge(data);
      Ladder ladder(data);
      by_ladder += ladder.by_iteration().spectrum.verdict == Verdict::stable ? 1 : 0;
      if (!judged.accepted) continue;
      ++accepted;
      expect_as_the_ladder(data, judged);
      EXPECT_EQ(judged.cost.lu, judged.cost.jacobians + 5);
    }
  }
  RecordProperty("accepted", accepted);
  RecordProperty("by_ladder", by_ladder);
  EXPECT_LE(accepted, by_ladder);
}

INSTANTIATE_TEST_SUITE_P(LadderEnsembles, MixedVerdictOf, testing::ValuesIn(ladder_ensembles),
                         [](const auto& instance) { return std::to_string(instance.index); });

TEST(MixedVerdict, SettlesNearlyAllOrdinaryCircuits) {
  for (const int n : {2, 10, 20}) {
    Random random(17);
    int accepted = 0;
    for (int i = 0; i < 100; ++i) accepted += judge(figure4_circuit(random, n)).accepted ? 1 : 0;
    EXPECT_GE(accepted, 98) << n;
  }
}

TEST(MixedVerdict, HandsOnWhatItCannotDecide) {
  EXPECT_FALSE(judge(blow_up_circuit()).accepted);
  EXPECT_FALSE(judge(limit_cycle_circuit()).accepted);
  Random random(3);
  const auto handed_on = [&](auto&& change) {
    CircuitData data = figure4_circuit(random, 4);
    change(data);
    return !judge(data).accepted;
  };
  EXPECT_TRUE(handed_on([](auto& p) { p.Wr = identity_matrix(4); }));
  EXPECT_TRUE(handed_on([](auto& p) { p.Wr = filled(16, 1e200); }));
  EXPECT_TRUE(handed_on([](auto& p) { p.W = filled(16, 1e60); })) << "float cannot hold it";
  EXPECT_TRUE(handed_on([](auto& p) { p.W[0] = std::nan(""); }));
  EXPECT_TRUE(handed_on([](auto& p) { p.z[0] = std::numeric_limits<double>::infinity(); }));
  EXPECT_TRUE(handed_on([](auto& p) { p.tau_y[0] = 0; }));
}

struct CircuitAtRest {
  CircuitData data;
  std::vector<double> x;  ///< an equilibrium
};

/// A circuit made for an equilibrium: u = y - (1 - sqrt a) Wr y and c = a - W (a y^2). Its recurrence is strong.
CircuitAtRest made_for_equilibrium(Random& random, int n) {
  CircuitData data = wild_circuit(random, n, ModelKind::main, 3);
  data.b0 = filled(n, 1);
  data.b1 = filled(n, 1);
  const Eigen::VectorXd y = Eigen::Map<const Eigen::VectorXd>(random.gaussians(n).data(), n);
  Eigen::VectorXd a(n);
  for (int i = 0; i < n; ++i) a(i) = random.uniform(0.02, 0.3);
  Eigen::Map<Eigen::MatrixXd> Wr(data.Wr.data(), n, n);
  Eigen::Map<Eigen::MatrixXd> W(data.W.data(), n, n);
  const Eigen::VectorXd pool = W * a.cwiseProduct(y.cwiseAbs2());
  for (int i = 0; i < n; ++i) W.row(i) *= random.uniform(0.5, 0.98) * a(i) / pool(i);
  Eigen::Map<Eigen::VectorXd>(data.z.data(), n) = y - (1 - a.array().sqrt()).matrix().cwiseProduct(Wr * y);
  Eigen::Map<Eigen::VectorXd>(data.sigma.data(), n) = (a - W * a.cwiseProduct(y.cwiseAbs2())).cwiseSqrt();
  std::vector<double> x(y.data(), y.data() + n);
  x.insert(x.end(), a.data(), a.data() + n);
  return {data, x};
}

/// One whose spectral abscissa there is `target` times the norm of the Jacobian: an equilibrium does not depend on the time
/// constants, and those of a decide between a stable and an unstable focus.
CircuitAtRest near_margin(Random& random, int n, double target) {
  constexpr int tries = 100000;
  for (int i = 0; i < tries; ++i) {
    const CircuitAtRest made = made_for_equilibrium(random, n);
    CircuitData data = made.data;
    const auto with = [&](double exponent) {
      data.tau_a = made.data.tau_a;
      scale(data.tau_a, std::exp2(exponent));
    };
    const auto beyond = [&](double exponent) {
      with(exponent);
      const Eigen::MatrixXd J = jacobian(data, made.x);
      return J.eigenvalues().real().maxCoeff() / J.norm() > target;
    };
    double above = 8;
    double below = above;
    if (!beyond(above)) continue;
    while (below > -8 && beyond(below)) --below;
    if (below == -8) continue;
    for (;;) {
      const double middle = 0.5 * (below + above);
      if (middle == below || middle == above) break;
      (beyond(middle) ? above : below) = middle;
    }
    with(target > 0 ? above : below);
    return {data, made.x};
  }
  ADD_FAILURE() << "no circuit of " << n << " neurons is next to the margin";
  return made_for_equilibrium(random, n);
}

TEST(MixedVerdict, NothingUnstableIsProvenHoweverNearTheMargin) {
  for (const int n : {1, 2, 3, 6}) {
    Random random(static_cast<std::uint64_t>(n));
    for (const double distance : {1e-2, 1e-4, 1e-6, 1e-7, 1e-8, 1e-10}) {
      SCOPED_TRACE(testing::Message() << "n " << n << ", at " << distance);
      int proven = 0;
      for (int i = 0; i < 25; ++i) {
        const CircuitAtRest unstable = near_margin(random, n, distance);
        EXPECT_GT(abscissa_by_eigen(unstable.data, unstable.x), 0);
        EXPECT_FALSE(proven_at(unstable.data, unstable.x));
        const CircuitAtRest stable = near_margin(random, n, -distance);
        proven += proven_at(stable.data, stable.x) ? 1 : 0;
        for (const CircuitAtRest& circuit : {unstable, stable}) {  // they may have another equilibrium, too
          const Judged<double> judged = judge(circuit.data);
          if (judged.accepted) expect_as_the_ladder(circuit.data, judged);
        }
      }
      if (distance == 1e-2 || (n == 1 && distance >= 1e-6)) {
        EXPECT_GE(proven, 20) << "a proof that never succeeds would be worth nothing";
      }
      if (distance <= 1e-8) {
        EXPECT_EQ(proven, 0) << "nearer than float can tell";
      }
    }
  }
}

/// The bound against what rounding to float really does, and the margin of the verdict.
TEST(MixedVerdict, ThePerturbationCoversTheConversion) {
  Random random(5);
  for (const int n : {1, 2, 7, 20}) {
    for (int i = 0; i < 50; ++i) {
      CircuitData data = wild_circuit(random, n, i % 2 == 0 ? ModelKind::main : ModelKind::rectified);
      if (i % 3 == 0) spread_taus(random, data);
      if (i % 5 == 0) scale(data.tau_y, 1e-60);
      const int m = 2 * n;
      const std::vector<double> x = random_state(random, n);
      const Memory<double> memory(n);
      core::narrow_jacobian(core::Solo{}, data.circuit(), x.data(), memory.work.matrix, memory.work.wide.base,
                            memory.work.wide.terms);
      const Eigen::MatrixXd rounded = Eigen::Map<const Eigen::MatrixXf>(memory.work.matrix, m, m).cast<double>();
      const float norm = core::frobenius_norm(core::Solo{}, memory.work.matrix, m, memory.work.terms);
      EXPECT_TRUE(rounded.cwiseAbs().maxCoeff() <= 1 && rounded.cwiseAbs().maxCoeff() >= 0.5);
      const Eigen::MatrixXd J = jacobian(data, x);
      int exponent = 0;
      std::frexp(J.cwiseAbs().maxCoeff(), &exponent);
      const double off = (rounded - std::ldexp(1, -exponent) * J).norm();
      const double margin = std::sqrt(m) * 2 * core::spectrum_error(m, rounded.norm());
      EXPECT_GE((core::mixed_perturbation<double, float>(m, norm)), off + margin);
      EXPECT_GT(off, 0);
    }
  }
  for (const int m : {2, 200, 20000}) {
    const double least = 0.5 * 0x1p-23 + std::sqrt(m) * 2 * core::spectrum_error(m, 1.0);
    const double covered = core::mixed_perturbation<double, float>(m, 1.0F);
    EXPECT_GE(covered, least);
    EXPECT_LE(covered, 3 * least);
  }
}

/// Time constants scaled by a power of two scale the Jacobian by its inverse, beyond what float can hold.
TEST(MixedVerdict, TheUnitOfTimeDoesNotMatter) {
  Random random(8);
  for (const int n : {1, 2, 5}) {
    for (int i = 0; i < 20; ++i) {
      const CircuitData data = wild_circuit(random, n, ModelKind::main);
      const Judged<double> reference = judge(data);
      for (const double unit : {0x1p-900, 0x1p-200, 0x1p200, 0x1p900}) {
        CircuitData scaled = data;
        scale(scaled.tau_y, unit);
        scale(scaled.tau_a, unit);
        const Judged<double> judged = judge(scaled);
        EXPECT_EQ(judged.accepted, reference.accepted);
        EXPECT_TRUE(same_bits(judged.x, reference.x));
      }
    }
  }
}

/// Circuits of n = 3 of every kind.
std::vector<CircuitData> mixed_lot() {
  Random random(3);
  std::vector<CircuitData> all;
  for (int i = 0; i < 10; ++i) {
    const ModelKind model = i % 2 == 0 ? ModelKind::main : ModelKind::rectified;
    all.push_back(i % 3 == 0 ? figure4_circuit(random, 3, model) : wild_circuit(random, 3, model, i % 5 == 0 ? 3 : 1));
  }
  const auto add = [&] { return &all.emplace_back(figure4_circuit(random, 3)); };
  add()->Wr = identity_matrix(3);
  add()->Wr = identity_matrix(3, -1);
  add()->Wr = filled(9, 1e200);
  add()->W = filled(9, 1e60);
  add()->z[0] = std::numeric_limits<double>::infinity();
  all.push_back(near_margin(random, 3, 1e-9).data);
  return all;
}

TEST(MixedVerdict, EveryWidthSaysTheSame) {
  int accepted = 0;
  for (const CircuitData& data : mixed_lot()) {
    const Judged<double> alone = judge(data);
    accepted += alone.accepted ? 1 : 0;
    for (const int width : crew_widths) {
      const Judged<double> together = judge(data, width);
      EXPECT_EQ(together.accepted, alone.accepted) << "width " << width;
      if (alone.accepted && !compiler_contracts()) {
        EXPECT_TRUE(same_bits(together.x, alone.x)) << "width " << width;
        EXPECT_EQ(together.cost.lu, alone.cost.lu);
      }
    }
  }
  EXPECT_GE(accepted, 5);
}

TEST(MixedVerdict, NoCircuitOfAPackDisturbsAnother) {
  const std::vector<CircuitData> all = mixed_lot();
  for (std::size_t first = 0; first < all.size(); ++first) {
    std::vector<CircuitData> lanes;
    for (std::size_t i = first; lanes.size() < TwoPacks::lanes; i = (i + 3) % all.size()) {
      if (all[i].model == all[first].model) lanes.push_back(all[i]);
    }
    const auto together = judge(CircuitsTogether<TwoPacks>(lanes).circuit_model());
    for (int lane = 0; lane < TwoPacks::lanes; ++lane) {
      const Judged<double> alone = judge(lanes[static_cast<std::size_t>(lane)]);
      EXPECT_EQ(together.accepted[lane], alone.accepted);
      if (!alone.accepted || compiler_contracts()) continue;
      EXPECT_TRUE(same_bits(lane_of(together.x, lane), alone.x));
      EXPECT_EQ(together.cost.lu[lane], alone.cost.lu);
      EXPECT_EQ(together.cost.jacobians[lane], alone.cost.jacobians);
    }
  }
}

TEST(NarrowPack, LanesKeepTheirPlaces) {
  TwoPacks wide;
  for (int lane = 0; lane < 4; ++lane) wide.set(lane, 0.1 + lane);
  const auto narrow = core::converted<MaskedFloats>(wide);
  const auto back = core::converted<TwoPacks>(narrow);
  const auto above = core::converted<core::MaskOf<TwoPacks>>(narrow > MaskedFloats(1.5));
  core::IndexOf<MaskedFloats> counted(7);
  count(counted, narrow > MaskedFloats(2.5));
  const auto counts = core::converted<core::IndexOf<TwoPacks>>(counted);
  for (int lane = 0; lane < 4; ++lane) {
    EXPECT_EQ(narrow[lane], static_cast<float>(0.1 + lane));
    EXPECT_EQ(back[lane], static_cast<double>(static_cast<float>(0.1 + lane)));
    EXPECT_EQ(above[lane], lane >= 2);
    EXPECT_EQ(counts[lane], lane >= 3 ? 8 : 7);
  }
}

}  // namespace
}  // namespace organics::test
