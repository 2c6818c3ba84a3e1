// The search for all equilibria: that it finds them, counts whose basin each start lies in, and keeps its promises
// about what it lists. Oracles: the listed equilibria of figures 1 to 3, products of uncoupled circuits, a naive integration.
#include "organics/core/equilibria.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/golden.hpp"
#include "support/naive.hpp"
#include "support/searching.hpp"

namespace organics::test {
namespace {

std::vector<double> start_of(const CircuitData& data, std::uint64_t seed, std::int64_t k, int steps = 5) {
  std::vector<double> numbers(core::settle_scratch(data.n, true));
  std::vector<int> pivots(2 * static_cast<std::size_t>(data.n));
  const auto work = core::settle_work(numbers.data(), pivots.data(), data.n);
  core::write_start(core::Solo{}, data.circuit_model(), seed, k, steps, work.vectors[2], core::newton_work(work));
  return {work.vectors[2], work.vectors[2] + 2 * data.n};
}

/// Scales of the random starts, from the description in starts.hpp.
struct Scales {
  double y, low, high;
};

Scales scales_of(const CircuitData& data, int i) {
  double pool = 0;
  double drive = 0;
  for (int j = 0; j < data.n; ++j) {
    const double w = data.W[static_cast<std::size_t>(i + data.n * j)];
    pool += w;
    drive += w * data.u(j) * data.u(j);
  }
  const double high = 4 * (1 + data.c(i) + drive);
  return {pool > 0 ? 1 / std::sqrt(pool) : std::max(1.0, std::abs(data.u(i))), std::max(data.c(i), 1e-4 * high), high};
}

TEST(Starts, RestThenTheIterationThenRandom) {
  Random random(701);
  const CircuitData data = figure4_circuit(random, 4);
  const auto rest = start_of(data, 1, 0);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(rest[static_cast<std::size_t>(i)], 0);
    EXPECT_DOUBLE_EQ(rest[static_cast<std::size_t>(4 + i)], data.c(i));
  }
  const auto iterated = start_of(data, 1, 1, 400);
  EXPECT_LT(naive_relative_residual(data, iterated), 1e-9) << "enough steps of the iteration end at an equilibrium";
  EXPECT_GT(naive_relative_residual(data, start_of(data, 1, 1)), 1e-9) << "five do not";
  EXPECT_EQ(start_of(data, 1, 1), start_of(data, 2, 1)) << "nothing random in it";
  EXPECT_EQ(start_of(data, 1, 2), start_of(data, 1, 2));
  EXPECT_NE(start_of(data, 1, 2), start_of(data, 2, 2));
  EXPECT_NE(start_of(data, 1, 2), start_of(data, 1, 3));
}

/// y over its scale is standard Gaussian, the logarithm of a uniform; a unit that nothing normalises has a scale too.
TEST(Starts, FollowTheirDistribution) {
  constexpr int n = 3;
  constexpr int draws = 20000;
  Random random(702);
  CircuitData data = figure4_circuit(random, n);
  data.sigma = {1, 1e-9, 0};
  data.b0 = {1.7, 1, 1};
  for (const std::size_t j : {0U, 1U, 2U}) data.W[2 + 3 * j] = 0;
  data.z[2] = 5;
  double sum[2 * n] = {};
  double square[2 * n] = {};
  double product = 0;
  for (int k = 0; k < draws; ++k) {
    const auto x = start_of(data, 9, k + 2);
    double value[2 * n];
    for (int i = 0; i < n; ++i) {
      const Scales s = scales_of(data, i);
      value[i] = x[static_cast<std::size_t>(i)] / s.y;
      const double v = std::log(x[static_cast<std::size_t>(n + i)] / s.low) / std::log(s.high / s.low);
      ASSERT_TRUE(v > -1e-12 && v < 1 + 1e-12) << v;
      value[n + i] = (v - 0.5) * std::sqrt(12.0);  // mean 0, variance 1
    }
    for (int i = 0; i < 2 * n; ++i) {
      sum[i] += value[i];
      square[i] += value[i] * value[i];
    }
    product += value[0] * value[n] + value[0] * value[1] + value[n] * value[n + 1];
  }
  const double noise = 5 / std::sqrt(double{draws});
  for (int i = 0; i < 2 * n; ++i) {
    EXPECT_NEAR(sum[i] / draws, 0, noise) << i;
    EXPECT_NEAR(square[i] / draws, 1, 1.5 * noise) << i;
  }
  EXPECT_NEAR(product / draws, 0, 2 * noise) << "components are independent";
}

/// Every promise about what is listed that can be checked without knowing the answer.
void expect_sound(const CircuitData& data, const Search& found, int starts) {
  int basins = found.diverged + found.unsettled;
  int newton = 0;
  ASSERT_LE(found.count, static_cast<int>(found.at.size()));
  for (int k = 0; k < found.count; ++k) {
    const FoundEquilibrium& e = found.at[static_cast<std::size_t>(k)];
    EXPECT_LT(naive_relative_residual(data, e.x), 3e-12);
    basins += e.basin;
    newton += e.newton;
    const Spectrum oracle = eigen_spectrum(naive_jacobian(data, e.x));
    const double size = largest_modulus(oracle);
    EXPECT_NEAR(e.abscissa, abscissa_of(oracle), 1e-8 * size);
    if (e.verdict == Verdict::marginal) continue;
    EXPECT_EQ(e.verdict, abscissa_of(oracle) < 0 ? Verdict::stable : Verdict::unstable);
    int unstable = 0;
    for (const auto& value : oracle) unstable += value.real() > 0 ? 1 : 0;
    EXPECT_EQ(e.unstable, unstable);
    const int before = k > 0 ? found.at[static_cast<std::size_t>(k - 1)].unstable : 0;
    EXPECT_GE(e.unstable, before) << "order";
  }
  EXPECT_EQ(basins, starts) << "every start ends somewhere";
  EXPECT_LE(newton, starts);
  for (auto k = static_cast<std::size_t>(found.count); k < found.at.size(); ++k) {
    EXPECT_TRUE(std::isnan(found.at[k].x[0]) && std::isnan(found.at[k].abscissa));
    EXPECT_EQ(found.at[k].verdict, Verdict::none);
    EXPECT_EQ(found.at[k].newton + found.at[k].basin, 0);
  }
}

/// How many listed equilibria are x, to ten digits.
int times_listed(const Search& found, const std::vector<double>& x) {
  int times = 0;
  for (int k = 0; k < found.count; ++k) {
    const auto& at = found.at[static_cast<std::size_t>(k)].x;
    bool same = true;
    for (std::size_t i = 0; i < x.size(); ++i) same = same && std::abs(at[i] - x[i]) <= 1e-10 * (1 + std::abs(x[i]));
    times += same ? 1 : 0;
  }
  return times;
}

TEST(Equilibria, OfThePlanarFiguresAreAllListedWithTheirTypes) {
  for (const GoldenCircuit& panel : golden_figures()) {
    const Search found = search(panel.data);
    EXPECT_EQ(found.status, Status::ok);
    ASSERT_EQ(found.count, static_cast<int>(panel.fixed_points.size())) << panel.name;
    expect_sound(panel.data, found, 64);
    for (const FixedPoint& point : panel.fixed_points) {
      EXPECT_EQ(times_listed(found, point.x), 1) << panel.name;
      for (int k = 0; k < found.count; ++k) {
        const FoundEquilibrium& e = found.at[static_cast<std::size_t>(k)];
        if (std::abs(e.x[0] - point.x[0]) < 1e-9) {
          EXPECT_EQ(name(e.type), point.type) << panel.name;
        }
      }
    }
  }
}

/// Two circuits side by side that do not see each other.
CircuitData uncoupled(const CircuitData& one, const CircuitData& two) {
  CircuitData both = one;
  both.n = 2;
  for (auto field : {&CircuitData::tau_y, &CircuitData::tau_a, &CircuitData::b0, &CircuitData::b1, &CircuitData::sigma,
                     &CircuitData::z}) {
    (both.*field).push_back((two.*field)[0]);
  }
  both.Wr = {one.Wr[0], 0, 0, two.Wr[0]};
  both.W = {one.W[0], 0, 0, two.W[0]};
  return both;
}

/// The equilibria of a pair are the pairs of equilibria; nothing exact is known to the search at n = 2.
TEST(Equilibria, OfAnUncoupledPairAreAllPairs) {
  int largest = 0;
  const auto& panels = golden_figures();
  for (std::size_t a = 0; a < panels.size(); ++a) {
    for (std::size_t b = a; b < panels.size(); ++b) {
      const auto& one = panels[a];
      const auto& two = panels[b];
      const std::size_t pairs = one.fixed_points.size() * two.fixed_points.size();
      if (one.data.model != two.data.model || pairs < 3) continue;
      const CircuitData data = uncoupled(one.data, two.data);
      const Search found = search(data, search_defaults(256));
      expect_sound(data, found, 256);
      EXPECT_EQ(found.count, static_cast<int>(pairs)) << one.name << " and " << two.name;
      for (const FixedPoint& p : one.fixed_points) {
        for (const FixedPoint& q : two.fixed_points) {
          EXPECT_EQ(times_listed(found, {p.x[0], q.x[0], p.x[1], q.x[1]}), 1) << one.name << " and " << two.name;
        }
      }
      largest = std::max(largest, found.count);
    }
  }
  EXPECT_EQ(largest, 9);
}

/// u = 0, wr = 2: rest is a saddle between the stable pair a = 1/4, y = +-0.6. A naive integration of the same starts
/// says whose basin each of them lies in.
TEST(Equilibria, BasinsAreThoseOfANaiveIntegration) {
  const CircuitData data = one_neuron(2, 1, 0, 0.16);
  constexpr int starts = 200;
  const Search found = search(data, search_defaults(starts));
  ASSERT_EQ(found.count, 3);
  int negative = 0;
  int positive = 0;
  for (int k = core::fixed_starts; k < starts; ++k) {
    const auto end = naive_rk4(data, start_of(data, 1, k), 0.2, 8000);
    ASSERT_NEAR(end[1], 0.25, 1e-4) << k;
    (end[0] < 0 ? negative : positive) += 1;
  }
  EXPECT_NEAR(found.at[0].x[0], -0.6, 1e-12);
  EXPECT_NEAR(found.at[1].x[0], 0.6, 1e-12);
  EXPECT_EQ(found.at[0].basin, negative);
  EXPECT_EQ(found.at[1].basin, positive);
  EXPECT_GT(std::min(negative, positive), 60);
  EXPECT_EQ(found.at[2].type, EquilibriumType::saddle);
  EXPECT_EQ(found.at[2].basin, 2) << "rest, and the iteration, which stays at rest";
  EXPECT_EQ(found.from_rest, 2);
}

TEST(Equilibria, WithIdentityRecurrenceThereIsOneAndItIsStable) {
  Random random(703);
  for (const int n : {1, 2, 5, 9}) {
    for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
      CircuitData data = wild_circuit(random, n, kind);
      data.Wr = identity_matrix(n);
      const Search found = search(data, search_defaults(40));
      ASSERT_EQ(found.count, 1) << n;
      expect_sound(data, found, 40);
      EXPECT_EQ(found.at[0].verdict, Verdict::stable);
      EXPECT_EQ(found.from_rest, 0);
      EXPECT_GT(found.at[0].basin, 20);
      EXPECT_GT(found.at[0].newton, 10);
      EXPECT_EQ(found.at[0].type != EquilibriumType::none, n == 1);
    }
  }
}

TEST(Equilibria, OfTheCounterexamplesAreUnstable) {
  const Search runaway = search(blow_up_circuit());
  ASSERT_EQ(runaway.count, 1);
  EXPECT_EQ(runaway.at[0].type, EquilibriumType::saddle);
  EXPECT_NEAR(runaway.at[0].x[0], -0.9450268191319819, 1e-12);
  EXPECT_NEAR(runaway.at[0].x[1], 9.352410032042775, 1e-10);
  EXPECT_EQ(runaway.at[0].basin, 0);
  EXPECT_EQ(runaway.from_rest, -1);
  EXPECT_EQ(runaway.diverged, 64);
  auto options = search_defaults();
  options.settle.max_steps = 300;
  const Search cycle = search(limit_cycle_circuit(), options);
  expect_sound(limit_cycle_circuit(), cycle, 64);
  ASSERT_EQ(cycle.count, 1);
  EXPECT_EQ(cycle.at[0].unstable, 2);
  EXPECT_NEAR(cycle.at[0].abscissa * 0.002, 1.4296, 1e-3);
  EXPECT_GT(cycle.at[0].newton, 0);
  EXPECT_EQ(cycle.at[0].basin, 0);
  EXPECT_EQ(cycle.unsettled, 64);
}

TEST(Equilibria, WildCircuitsListNothingTwiceAndNothingFalse) {
  Random random(704);
  int several = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const int n = random.integer(1, 5);
    const ModelKind kind = trial % 2 == 0 ? ModelKind::main : ModelKind::rectified;
    const CircuitData data = wild_circuit(random, n, kind, random.uniform(1, 4));
    auto options = search_defaults(48, 32);
    options.settle.max_steps = 1000;
    const Search found = search(data, options);
    ASSERT_EQ(found.status, Status::ok);
    expect_sound(data, found, 48);
    several += found.count > 1 ? 1 : 0;
    for (int k = 0; k < found.count; ++k) EXPECT_EQ(times_listed(found, found.at[static_cast<std::size_t>(k)].x), 1);
  }
  EXPECT_GT(several, 10);
}

TEST(Equilibria, ThatFindNoRoomAreReported) {
  const auto& panels = golden_figures();
  const auto three = std::find_if(panels.begin(), panels.end(), [](const GoldenCircuit& panel) {
    return panel.fixed_points.size() == 3 && panel.data.model == ModelKind::main;
  });
  ASSERT_NE(three, panels.end());
  for (const CircuitData& data : {three->data, uncoupled(three->data, three->data)}) {
    const Search found = search(data, search_defaults(64, 2));
    EXPECT_EQ(found.status, Status::no_room);
    EXPECT_EQ(found.count, 2);
  }
  EXPECT_EQ(search(three->data, search_defaults(64, 3)).status, Status::ok);
}

/// Just inside the fold two equilibria are nearer than states can be told apart by their residuals; both are exact.
TEST(Equilibria, ExactOnesAreNeverMerged) {
  const double wr = -1;
  const double c = 0.5;
  const double u = std::sqrt(core::fold_drive(wr, c) * core::fold_drive(wr, c) * (1 - 1e-13));
  const Search found = search(one_neuron(wr, 1, u, c));
  ASSERT_EQ(found.count, 3);
  int at_fold = 0;
  for (const auto& e : found.at) at_fold += std::abs(e.x[1] - std::pow(2 * c, 2.0 / 3)) < 1e-5 ? 1 : 0;
  EXPECT_EQ(at_fold, 2);
}

TEST(Equilibria, ThereMayBeNone) {
  const Search found = search(one_neuron(0, 2, 1, 0.1));  // wr = 0, w u^2 >= 1: a grows without bound
  EXPECT_EQ(found.status, Status::ok);
  EXPECT_EQ(found.count, 0);
  EXPECT_EQ(found.diverged + found.unsettled, 64);
}

TEST(Equilibria, OfACircuitThatIsNoNumberAreNone) {
  Random random(705);
  for (auto field : {&CircuitData::tau_y, &CircuitData::z, &CircuitData::Wr, &CircuitData::W}) {
    CircuitData data = figure4_circuit(random, 3);
    (data.*field)[1] = std::nan("");
    const Search found = search(data, search_defaults(8));
    EXPECT_EQ(found.status, Status::non_finite);
    EXPECT_EQ(found.count, 0);
    EXPECT_EQ(found.unsettled, 8);
  }
}

/// Everything a team writes for one search, as numbers.
std::vector<double> everything(int width, const CircuitData& data) {
  constexpr int room = 2;  // one of the circuits has three
  auto options = search_defaults(4, room);
  options.settle.max_steps = 10;
  options.settle.newton_steps = 5;
  SearchMemory memory(data, options);
  const std::size_t m = 2 * static_cast<std::size_t>(data.n);
  std::vector<double> numbers(room * (m + 4));
  std::vector<std::int32_t> counts(3 * room);
  std::int32_t single[4];
  std::vector<Verdict> verdict(room);
  std::vector<EquilibriumType> type(room);
  Status status = Status::singular;
  double* rest = numbers.data() + room * m;
  std::int32_t* count = counts.data();
  const core::EquilibriaOutput<double> out = {
      numbers.data(), rest,       rest + room, rest + 2 * room, rest + 3 * room,
      verdict.data(), count,      type.data(), count + room,    count + 2 * room,
      single,         single + 1, single + 2,  single + 3,      &status};
  std::vector<int> lanes(static_cast<std::size_t>(std::max(width, 1)));
  const auto run = [&](const auto& team) {
    const auto found = search_with(team, data, options, memory, out);
    lanes[static_cast<std::size_t>(team.rank())] = found.count + 100 * static_cast<int>(found.status);
  };
  if (width == 0) {
    run(core::Solo{});
  } else {
    Crew(width).run(run);
  }
  for (double& x : numbers) x = std::isnan(x) ? std::nan("") : x;
  for (const auto value : counts) numbers.push_back(value);
  for (const auto value : single) numbers.push_back(value);
  for (const auto value : verdict) numbers.push_back(static_cast<double>(value));
  for (const auto value : type) numbers.push_back(static_cast<double>(value));
  numbers.push_back(static_cast<double>(status));
  for (const int lane : lanes) EXPECT_EQ(lane, lanes[0]) << "lanes disagree, width " << width;
  numbers.push_back(lanes[0]);
  return numbers;
}

TEST(EquilibriaWidth, TeamsGiveTheBitsOfOneLane) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  Random random(706);
  std::vector<CircuitData> circuits = {one_neuron(2, 1, 0, 0.16), blow_up_circuit(), limit_cycle_circuit(),
                                       wild_circuit(random, 3, ModelKind::main, 3),
                                       wild_circuit(random, 5, ModelKind::rectified, 2)};
  circuits.push_back(wild_circuit(random, 4, ModelKind::main));
  circuits.back().Wr = identity_matrix(4);
  circuits.push_back(wild_circuit(random, 3, ModelKind::main));
  circuits.back().W.assign(9, 0);  // singular Jacobians and starts without a scale
  circuits.back().Wr = identity_matrix(3, -2);
  circuits.push_back(wild_circuit(random, 2, ModelKind::main));
  circuits.back().W[1] = std::nan("");
  circuits.push_back(uncoupled(one_neuron(2, 1, 0.01, 0.01), one_neuron(2, 1, 0.01, 0.01)));
  std::set<Status> met;
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    const auto solo = everything(0, circuits[i]);
    met.insert(static_cast<Status>(solo[solo.size() - 2]));
    for (const int width : crew_widths) {
      EXPECT_TRUE(same_bits(everything(width, circuits[i]), solo)) << "circuit " << i << ", width " << width;
    }
  }
  EXPECT_EQ(met, (std::set{Status::ok, Status::non_finite, Status::no_room})) << "every way to end was compared";
}

}  // namespace
}  // namespace organics::test
