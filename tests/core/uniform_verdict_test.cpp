// The uniform verdict: what it accepts is a steady state that Eigen finds stable and the ladder accepts on its second
// rung; every width of team and pack says the same.
#include "organics/core/uniform_verdict.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/packs.hpp"
#include "support/settling.hpp"

namespace organics::test {
namespace {

template <class T>
struct Judged {
  core::MaskOf<T> accepted{false};
  std::vector<T> x;
};

/// Width 0 stands for Solo.
template <class T>
Judged<T> judge(const core::CircuitModel<T>& model, int width = 0) {
  const int n = model.circuit.n;
  std::vector<T> numbers(core::uniform_scratch(n));
  std::vector<core::IndexOf<T>> integers(2 * static_cast<std::size_t>(n));
  const auto work = core::uniform_work(numbers.data(), integers.data(), n);
  Judged<T> result;
  core::CostOf<core::IndexOf<T>> cost;
  if (width == 0) {
    result.accepted = core::settle_and_prove(core::Solo{}, model, 5, 10, T(1e-12), work, cost);
  } else {
    Crew(width).run([&](const CrewLane& lane) {
      core::CostOf<core::IndexOf<T>> own;
      const auto accepted = core::settle_and_prove(lane, model, 5, 10, T(1e-12), work, own);
      if (lane.rank() == lane.size() - 1) result.accepted = accepted;
    });
  }
  result.x.assign(work.x, work.x + 2 * n);
  return result;
}

/// Ordinary circuits, and those of every kind that has to be handed on.
std::vector<CircuitData> circuits(int n, int ordinary) {
  Random random(static_cast<std::uint64_t>(n));
  std::vector<CircuitData> all;
  for (int i = 0; i < ordinary; ++i) {
    const ModelKind model = i % 2 == 0 ? ModelKind::main : ModelKind::rectified;
    all.push_back(i % 3 == 0 ? figure4_circuit(random, n, model) : wild_circuit(random, n, model, i % 5 == 0 ? 3 : 1));
  }
  const auto add = [&] { return &all.emplace_back(figure4_circuit(random, n)); };
  add()->Wr = identity_matrix(n);
  add()->Wr = identity_matrix(n, -1);
  add()->Wr = filled(n * n, 1e200);
  add()->W[0] = std::nan("");
  add()->z[0] = std::numeric_limits<double>::infinity();
  return all;
}

double abscissa_by_eigen(const CircuitData& data, const std::vector<double>& x) {
  const auto m = static_cast<Eigen::Index>(x.size());
  Eigen::MatrixXd J(m, m);
  data.circuit_model().jacobian(core::Solo{}, 0.0, x.data(), J.data());
  return J.eigenvalues().real().maxCoeff();
}

TEST(UniformVerdict, AcceptsWhatTheLadderAcceptsAndEigenFindsStable) {
  int accepted = 0;
  int settled = 0;
  for (const int n : {1, 2, 4, 10}) {
    for (const CircuitData& data : circuits(n, 60)) {
      const Judged<double> judged = judge(data.circuit_model());
      Ladder ladder(data);
      const core::Settled<double> direct = ladder.by_iteration();
      const bool identity = core::recurrence_is_identity(data.circuit());
      settled += direct.rung == Rung::fixed_point && !identity ? 1 : 0;
      if (!judged.accepted) continue;
      ++accepted;
      EXPECT_EQ(direct.status, Status::ok);
      EXPECT_EQ(direct.rung, Rung::fixed_point);
      EXPECT_EQ(direct.spectrum.verdict, Verdict::stable);
      EXPECT_LT(abscissa_by_eigen(data, judged.x), 0);
      EXPECT_EQ(judged.x, ladder.x());
    }
  }
  EXPECT_GT(accepted, 150);
  EXPECT_GE(accepted, settled - 5) << "nearly all that settle on that rung are proven stable";
}

TEST(UniformVerdict, HandsOnWhatItCannotDecide) {
  EXPECT_FALSE(judge(blow_up_circuit().circuit_model()).accepted);
  EXPECT_FALSE(judge(limit_cycle_circuit().circuit_model()).accepted);
  Random random(3);
  CircuitData identity = figure4_circuit(random, 4);
  identity.Wr = identity_matrix(4);
  EXPECT_FALSE(judge(identity.circuit_model()).accepted);
}

TEST(UniformVerdict, EveryWidthSaysTheSame) {
  for (const CircuitData& data : circuits(3, 2)) {
    const Judged<double> alone = judge(data.circuit_model());
    for (const int width : crew_widths) {
      const Judged<double> together = judge(data.circuit_model(), width);
      EXPECT_EQ(together.accepted, alone.accepted) << "width " << width;
      if (alone.accepted && !compiler_contracts()) {
        EXPECT_TRUE(same_bits(together.x, alone.x)) << "width " << width;
      }
    }
  }
}

TEST(UniformVerdict, NoCircuitOfAPackDisturbsAnother) {
  const std::vector<CircuitData> all = circuits(3, 12);
  for (const CircuitData& first : all) {
    for (const CircuitData& second : all) {
      if (first.model != second.model) continue;
      const std::vector<CircuitData> lanes = {first, second};
      const auto together = judge(CircuitsTogether(lanes).circuit_model());
      for (int lane = 0; lane < Doubles::lanes; ++lane) {
        const Judged<double> alone = judge(lanes[static_cast<std::size_t>(lane)].circuit_model());
        EXPECT_EQ(together.accepted[lane], alone.accepted);
        if (alone.accepted && !compiler_contracts()) {
          EXPECT_TRUE(same_bits(lane_of(together.x, lane), alone.x));
        }
      }
    }
  }
}

}  // namespace
}  // namespace organics::test
