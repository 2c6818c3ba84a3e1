// The ladder: what it finds, what it refuses to call steady, and why it stops.
#include "organics/core/steady_state.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <iterator>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/ladder_ensembles.hpp"
#include "support/naive.hpp"
#include "support/settling.hpp"

namespace organics::test {
namespace {

constexpr ModelKind kinds[] = {ModelKind::main, ModelKind::rectified};

/// What "ok" promises, checked without the library: a tiny residual, a >= c, eigenvalues in the left half-plane.
void expect_stable_equilibrium(const CircuitData& data, const std::vector<double>& x) {
  EXPECT_LT(naive_relative_residual(data, x), 3e-12);
  for (int i = 0; i < data.n; ++i) EXPECT_GE(x[static_cast<std::size_t>(data.n + i)], data.c(i) * (1 - 1e-11));
  EXPECT_LT(abscissa_of(eigen_spectrum(naive_jacobian(data, x))), 0);
}

TEST(Ladder, IdentityRecurrenceGivesTheNormalisationEquation) {
  Random random(41);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 20; ++n) {
      CircuitData data = wild_circuit(random, n, kind);
      data.Wr = identity_matrix(n);
      Ladder ladder(data);
      const auto settled = ladder.from_rest();
      ASSERT_EQ(settled.status, Status::ok);
      EXPECT_EQ(settled.rung, Rung::closed_form);
      const auto x = ladder.x();
      for (int i = 0; i < n; ++i) {
        double a = data.c(i);
        for (int j = 0; j < n; ++j) {
          a += data.W[static_cast<std::size_t>(i + n * j)] * std::pow(naive_rate(data, data.u(j)), 2);
        }
        const double u = data.u(i);
        const double y = kind == ModelKind::rectified && u <= 0 ? u : u / std::sqrt(a);
        EXPECT_NEAR(x[static_cast<std::size_t>(i)], y, 1e-12 * (1 + std::abs(y)));
        EXPECT_NEAR(x[static_cast<std::size_t>(n + i)], a, 1e-12 * a);
      }
    }
  }
}

TEST(Ladder, IterationAndFlowAgreeWithTheClosedForm) {
  Random random(42);
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 6; ++n) {
      CircuitData data = figure4_circuit(random, n, kind);
      data.Wr = identity_matrix(n);
      Ladder closed(data);
      closed.from_rest();
      std::vector<double> rest = filled(2 * n, 0);
      for (int i = 0; i < n; ++i) rest[static_cast<std::size_t>(n + i)] = data.c(i);
      Ladder flow(data);
      const auto settled = flow.by_flow(rest);
      ASSERT_EQ(settled.status, Status::ok);
      EXPECT_EQ(settled.rung, Rung::flow);
      EXPECT_GT(settled.steps, 0);
      for (std::size_t i = 0; i < rest.size(); ++i) EXPECT_NEAR(flow.x()[i], closed.x()[i], 1e-10);
    }
  }
}

TEST(Ladder, OkIsAlwaysAStableEquilibrium) {
  Random random(43);
  int ok = 0;
  int not_ok = 0;
  for (int trial = 0; trial < 600; ++trial) {
    const int n = random.integer(1, 8);
    CircuitData data = wild_circuit(random, n, kinds[trial % 2], random.uniform(0.2, 3));
    const double drive = random.log_uniform(0.01, 5);
    for (double& z : data.z) z *= drive;
    Ladder ladder(data);
    const auto settled = ladder.from_rest();
    if (settled.status != Status::ok) {
      ++not_ok;
      EXPECT_EQ(settled.rung, settled.status == Status::limit_cycle ? Rung::cycle : Rung::none);
      continue;
    }
    ++ok;
    EXPECT_NE(settled.rung, Rung::none);
    EXPECT_LT(settled.spectrum.abscissa, 0);
    expect_stable_equilibrium(data, ladder.x());
    const double size = largest_modulus(ladder.spectrum());
    EXPECT_NEAR(settled.spectrum.abscissa, abscissa_of(eigen_spectrum(naive_jacobian(data, ladder.x()))), 1e-8 * size);
  }
  EXPECT_GT(ok, 300);
  EXPECT_GT(not_ok, 5) << "the trials are wild enough to have some that do not settle";
}

/// z = 0: (y, a) = (0, c) is an equilibrium whatever the weights, unstable when Wr grows faster than y decays.
TEST(Ladder, UnstableRestIsNoStableSteadyState) {
  for (const int n : {1, 3}) {
    CircuitData data{n,
                     ModelKind::main,
                     filled(n, 0.002),
                     filled(n, 0.002),
                     filled(n, 0.8),
                     filled(n, 1),
                     filled(n, 0.5),
                     filled(n, 0),
                     identity_matrix(n, 2),
                     identity_matrix(n)};
    Ladder ladder(data);
    const auto settled = ladder.from_rest();
    EXPECT_EQ(settled.status, Status::no_stable_steady_state) << name(settled.status);
    EXPECT_EQ(settled.rung, Rung::none);
    EXPECT_EQ(settled.spectrum.verdict, Verdict::unstable);
    for (int i = 0; i < n; ++i) {
      EXPECT_EQ(ladder.x()[static_cast<std::size_t>(i)], 0);
      EXPECT_NEAR(ladder.x()[static_cast<std::size_t>(n + i)], 0.16, 1e-15);
    }
    // A nudge away from rest ends at the pair a = (1 - 1/wr)^2, y = sqrt((a - c) / (w a)).
    std::vector<double> start = filled(2 * n, 0.01);
    const auto nudged = ladder.by_flow(start);
    ASSERT_EQ(nudged.status, Status::ok);
    EXPECT_NEAR(ladder.x()[static_cast<std::size_t>(n)], 0.25, 1e-11);
    EXPECT_NEAR(ladder.x()[0], std::sqrt((0.25 - 0.16) / 0.25), 1e-11);
  }
}

TEST(Ladder, ZeroInputWithStableRestIsOk) {
  Random random(44);
  CircuitData data = figure4_circuit(random, 5);
  data.z = filled(5, 0);
  Ladder ladder(data);
  ASSERT_EQ(ladder.from_rest().status, Status::ok);
  for (int i = 0; i < 5; ++i) {
    EXPECT_NEAR(ladder.x()[static_cast<std::size_t>(i)], 0, 1e-15);
    EXPECT_NEAR(ladder.x()[static_cast<std::size_t>(5 + i)], data.c(i), 1e-14);
  }
}

/// wr = -1, n = 1: a stable equilibrium exists exactly when w u^2 < 4 (1 - (c/4)^(1/3))^3 and c < 4.
TEST(Ladder, NegativeRecurrenceFollowsItsCriterion) {
  Random random(45);
  int with = 0;
  int without = 0;
  for (int trial = 0; trial < 3000; ++trial) {
    const double w = random.uniform();
    const double u = random.uniform(-1, 1);
    const double c = std::pow(random.uniform() * random.uniform(), 2);
    const double threshold = 4 * std::pow(1 - std::cbrt(c / 4), 3);
    if (std::abs(w * u * u / threshold - 1) < 1e-4) continue;  // settling takes for ever there
    const bool exists = w * u * u < threshold;
    (exists ? with : without) += 1;
    const CircuitData data = one_neuron(-1, w, u, c);
    Ladder ladder(data);
    const auto settled = ladder.from_rest();
    EXPECT_EQ(settled.status == Status::ok, exists)
        << "w " << w << ", u " << u << ", c " << c << ": " << name(settled.status);
  }
  EXPECT_GT(with, 1000);
  for (int trial = 0; trial < 500; ++trial) {  // stronger input, any time constants: nothing stable to be found
    const double c = random.log_uniform(1e-6, 10);
    const double threshold = 4 * std::pow(std::max(0.0, 1 - std::cbrt(c / 4)), 3);
    const double u = random.uniform(0.2, 4);
    const double w = threshold * random.uniform(1.01, 10) / (u * u) + 1e-3;
    const CircuitData data = one_neuron(-1, w, u, c, random.log_uniform(1e-4, 1e-2), random.log_uniform(1e-4, 1e-2));
    Ladder ladder(data);
    EXPECT_NE(ladder.from_rest().status, Status::ok) << "w " << w << ", u " << u << ", c " << c;
    ++without;
  }
  EXPECT_GT(without, 500);
}

TEST(Ladder, ACircuitThatRunsAwayIsDiverged) {
  const CircuitData data = blow_up_circuit();
  Ladder ladder(data);
  const auto settled = ladder.from_rest();
  EXPECT_EQ(settled.status, Status::diverged) << name(settled.status);
  EXPECT_EQ(settled.rung, Rung::none);
  EXPECT_EQ(settled.spectrum.verdict, Verdict::none);
  EXPECT_LT(settled.steps, 5000);
}

TEST(Ladder, ALimitCycleIsNotSettledWhereNoneIsLookedFor) {
  const CircuitData data = limit_cycle_circuit();
  auto options = settle_defaults();
  options.cycle_steps = 0;
  Ladder ladder(data);
  const auto settled = ladder.from_rest(options);
  EXPECT_EQ(settled.status, Status::not_settled) << name(settled.status);
  EXPECT_EQ(settled.rung, Rung::none);
  EXPECT_EQ(settled.steps, 5000) << "the whole budget";
}

TEST(Ladder, TheBudgetOfTheFlowIsKept) {
  const CircuitData data = limit_cycle_circuit();
  for (const int budget : {0, 1, 37}) {
    auto options = settle_defaults();
    options.max_steps = budget;
    options.cycle_steps = 0;
    Ladder ladder(data);
    const auto settled = ladder.from_rest(options);
    EXPECT_EQ(settled.status, Status::not_settled);
    EXPECT_EQ(settled.steps, budget);
  }
}

/// Wr = -1 with everything 1 blows up; an explicit method with halved steps says when.
TEST(Ladder, DivergedSaysWhen) {
  const CircuitData data = blow_up_circuit();
  Ladder ladder(data);
  const auto settled = ladder.from_rest();
  ASSERT_EQ(settled.status, Status::diverged);
  std::vector<double> x = {0, data.c(0)};
  double t = 0;
  while (x[1] < 1e12) {
    const double h = 1e-3 * std::min(data.tau_y[0], 1 / (1 + std::abs(naive_rhs(data, x)[1] / x[1])));
    x = naive_rk4(data, x, h, 1);
    t += h;
  }
  EXPECT_NEAR(settled.time, t, 0.02 * t);
}

TEST(Ladder, NothingIsFollowedWhereTheDirectRungsSuffice) {
  Random random(49);
  for (const bool identity : {true, false}) {
    CircuitData data = figure4_circuit(random, 4);
    if (identity) data.Wr = identity_matrix(4);
    Ladder ladder(data);
    const auto settled = ladder.from_rest();
    ASSERT_EQ(settled.status, Status::ok);
    EXPECT_EQ(settled.time, 0);
    EXPECT_EQ(settled.steps, 0);
    EXPECT_EQ(settled.newton_steps == 0, identity);
    EXPECT_EQ(settled.cost.jacobians, settled.newton_steps);
    EXPECT_EQ(settled.cost.lu, settled.newton_steps + (identity ? 0 : settle_defaults().fixed_point_steps));
    EXPECT_GT(settled.cost.rhs, 0);
  }
}

TEST(Ladder, TheFlowCountsWhatItDoes) {
  Random random(50);
  const CircuitData data = figure4_circuit(random, 3);
  Ladder ladder(data);
  const auto settled = ladder.by_flow({1, -1, 0.5, 1, 1, 1});
  ASSERT_EQ(settled.status, Status::ok);
  EXPECT_GT(settled.steps, 0);
  EXPECT_GT(settled.newton_steps, 0);
  EXPECT_EQ(settled.cost.jacobians, settled.steps + settled.newton_steps);
  EXPECT_EQ(settled.cost.lu, settled.cost.jacobians);
  EXPECT_GT(settled.time, 0.002) << "states do not settle within a time constant";
  EXPECT_LT(settled.time, 1);
}

/// Without eigenvalues the ladder ends the same way, and where it says so by a certificate no eigenvalue is known.
TEST(Ladder, TheCertificateAcceptsWhatTheEigenvaluesDo) {
  Random random(53);
  auto verdicts_alone = settle_defaults();
  verdicts_alone.spectra = false;
  int unseen = 0;
  int unstable = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const LadderEnsemble& ensemble = ladder_ensembles[static_cast<std::size_t>(trial) % std::size(ladder_ensembles)];
    const CircuitData data = ensemble.draw(random, random.integer(1, 6));
    Ladder seen(data);
    const auto with = seen.from_rest();
    Ladder ladder(data);
    const auto without = ladder.from_rest(verdicts_alone);
    EXPECT_EQ(without.status, with.status) << ensemble.name;
    EXPECT_EQ(without.rung, with.rung) << ensemble.name;
    EXPECT_EQ(without.spectrum.verdict, with.spectrum.verdict) << ensemble.name;
    EXPECT_EQ(ladder.x(), seen.x()) << ensemble.name;
    unseen += without.status == Status::ok && std::isnan(without.spectrum.abscissa) ? 1 : 0;
    unstable += without.status != Status::ok ? 1 : 0;
    EXPECT_FALSE(data.n == 1 && std::isnan(without.spectrum.abscissa)) << "two eigenvalues are cheap";
  }
  EXPECT_GT(unseen, 200) << "most need no eigenvalue";
  EXPECT_GT(unstable, 20);
}

TEST(Ladder, NewtonNeedsSteps) {
  Random random(46);
  const CircuitData data = figure4_circuit(random, 6);
  auto options = settle_defaults();
  options.newton_steps = 0;
  options.fixed_point_steps = 0;
  Ladder ladder(data);
  EXPECT_NE(ladder.by_iteration(options).status, Status::ok);
  EXPECT_EQ(ladder.by_iteration().status, Status::ok);
}

TEST(Ladder, StrangeNumbersNeverEndOk) {
  Random random(47);
  const CircuitData good = figure4_circuit(random, 3);
  const auto spoilt = [&](std::vector<double> CircuitData::*field) {
    CircuitData bad = good;
    (bad.*field)[1] = std::nan("");
    Ladder ladder(bad);
    return ladder.from_rest().status;
  };
  EXPECT_EQ(spoilt(&CircuitData::tau_y), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::tau_a), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::b0), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::b1), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::sigma), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::z), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::Wr), Status::non_finite);
  EXPECT_EQ(spoilt(&CircuitData::W), Status::non_finite);
  Ladder ladder(good);
  EXPECT_EQ(ladder.by_flow({0, std::nan(""), 0, 1, 1, 1}).status, Status::non_finite);
}

TEST(Ladder, SmallSemiSaturationSettlesAllTheSame) {
  Random random(48);
  for (int trial = 0; trial < 30; ++trial) {
    CircuitData data = figure4_circuit(random, 5);
    for (double& sigma : data.sigma) sigma *= 1e-6;
    Ladder ladder(data);
    ASSERT_EQ(ladder.from_rest().status, Status::ok);
    expect_stable_equilibrium(data, ladder.x());
  }
}

// With c = 0 the state a = 0 is an equilibrium too, (2, 0) here; a grows away from it, at rate (W y^2 - 1) / tau_a.
TEST(Ladder, AnEquilibriumThatNormalisationLeavesIsNotStable) {
  const CircuitData data = one_neuron(0.5, 1, 1, 0);
  Ladder ladder(data);
  const core::Settled<double> direct = ladder.by_iteration();
  ASSERT_EQ(direct.status, Status::ok) << name(direct.status);
  EXPECT_NEAR(ladder.x()[0], 1, 1e-12);
  EXPECT_NEAR(ladder.x()[1], 1, 1e-12);
  const core::Settled<double> from_a_zero = ladder.by_flow({0, 0});  // a = 0 is invariant: the flow cannot leave it
  EXPECT_EQ(from_a_zero.status, Status::no_stable_steady_state) << name(from_a_zero.status);
  EXPECT_NEAR(from_a_zero.spectrum.abscissa, 3 / 0.002, 1e-6);
}

}  // namespace
}  // namespace organics::test
