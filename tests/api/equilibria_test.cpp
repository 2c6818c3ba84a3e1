// The search for all equilibria as a batch function: figures and counterexamples of the paper's circuits, independence
// of the circuits, both precisions, and what is refused.
#include "organics/equilibria.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "support/bits.hpp"
#include "support/golden.hpp"
#include "support/searched_all.hpp"

namespace organics::test {
namespace {

std::vector<GoldenCircuit> panels_of(ModelKind kind) {
  std::vector<GoldenCircuit> panels;
  for (const GoldenCircuit& panel : golden_figures()) {
    if (panel.data.model == kind) panels.push_back(panel);
  }
  return panels;
}

std::vector<CircuitData> circuits_of(const std::vector<GoldenCircuit>& panels) {
  std::vector<CircuitData> circuits;
  for (const GoldenCircuit& panel : panels) circuits.push_back(panel.data);
  return circuits;
}

template <class T>
void expect_figures(double tolerance) {
  for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
    const auto panels = panels_of(kind);
    ASSERT_GT(panels.size(), 2U);
    const auto all = search_all<T>(Cpu{2}, BatchData<T>(circuits_of(panels)));
    for (std::size_t i = 0; i < panels.size(); ++i) {
      EXPECT_EQ(all.status[i], Status::ok);
      ASSERT_EQ(all.count[i], static_cast<int>(panels[i].fixed_points.size())) << panels[i].name;
      for (const FixedPoint& point : panels[i].fixed_points) {
        int found = 0;
        for (int k = 0; k < all.count[i]; ++k) {
          const auto x = state(all, i, k);
          const auto entry = i * static_cast<std::size_t>(all.room) + static_cast<std::size_t>(k);
          if (std::abs(static_cast<double>(x[0]) - point.x[0]) > tolerance) continue;
          if (std::abs(static_cast<double>(x[1]) - point.x[1]) > tolerance * (1 + point.x[1])) continue;
          ++found;
          EXPECT_EQ(name(all.type[entry]), point.type) << panels[i].name;
          EXPECT_EQ(all.verdict[entry] == Verdict::stable, point.type.starts_with("stable")) << panels[i].name;
          EXPECT_NEAR(all.abscissa[entry], abscissa_of(point.eigenvalues), 1e3 * tolerance * 500) << panels[i].name;
        }
        EXPECT_EQ(found, 1) << panels[i].name << ": y " << point.x[0];
      }
    }
  }
}

TEST(Equilibria, OfTheFiguresAreListedWithTheirTypes) { expect_figures<double>(1e-10); }

TEST(Equilibria, OfTheFiguresInSinglePrecision) { expect_figures<float>(1e-4); }

/// steady_state follows the flow from rest too, when it is given rest as x0.
TEST(Equilibria, FromRestIsWhereTheSteadyStateIs) {
  const auto circuits = circuits_of(panels_of(ModelKind::main));
  const BatchData<double> batch(circuits);
  const auto all = search_all<double>(Cpu{1}, batch);
  for (std::size_t i = 0; i < circuits.size(); ++i) {
    std::vector<double> rest = {0, circuits[i].c(0)};
    const auto settled = settle_all<double>(Cpu{1}, BatchData<double>({circuits[i]}), rest);
    ASSERT_EQ(settled.status[0], Status::ok);
    ASSERT_GE(all.from_rest[i], 0);
    const auto x = state(all, i, all.from_rest[i]);
    EXPECT_NEAR(x[0], settled.states[0], 1e-10);
    EXPECT_NEAR(x[1], settled.states[1], 1e-10);
  }
}

TEST(Equilibria, OfTheCounterexamplesAreTheListedOnes) {
  const nlohmann::json file = read_data("counterexamples.json");
  for (const auto& json : file.at("counterexamples")) {
    const CircuitData data = circuit_of(json);
    EquilibriaOptions options;
    options.max_steps = 300;
    const auto all = search_all<double>(Cpu{2}, BatchData<double>({data}), options);
    EXPECT_EQ(all.status[0], Status::ok);
    ASSERT_EQ(all.count[0], 1) << json.at("name");
    const auto expected = json.at("fixed_points")[0].at("x").get<std::vector<double>>();
    for (std::size_t j = 0; j < expected.size(); ++j) {
      EXPECT_NEAR(all.states[j], expected[j], 1e-9 * (1 + std::abs(expected[j])));
    }
    EXPECT_EQ(all.verdict[0], Verdict::unstable);
    EXPECT_EQ(all.unstable[0], data.n == 1 ? 1 : 2) << "a saddle; an unstable focus";
    EXPECT_EQ(all.type[0], data.n == 1 ? EquilibriumType::saddle : EquilibriumType::none);
    EXPECT_EQ(all.basin[0], 0);
    EXPECT_EQ(all.from_rest[0], -1);
    const auto& fate = json.at("ode_from_rest") == "blow_up" ? all.diverged : all.unsettled;
    EXPECT_EQ(fate[0], options.starts);
  }
}

/// Circuit i of `a` and circuit j of `b` have the same bits in every result.
void expect_same(const SearchedAll<double>& a, std::size_t i, const SearchedAll<double>& b, std::size_t j) {
  const auto same = [&](const auto& left, const auto& right, int size) {
    EXPECT_TRUE(same_bits(item(left, i, size), item(right, j, size))) << "circuit " << i << " and circuit " << j;
  };
  same(a.states, b.states, a.m * a.room);
  same(a.residual, b.residual, a.room);
  same(a.abscissa, b.abscissa, a.room);
  same(a.error, b.error, a.room);
  same(a.frequency, b.frequency, a.room);
  same(a.verdict, b.verdict, a.room);
  same(a.unstable, b.unstable, a.room);
  same(a.type, b.type, a.room);
  same(a.newton, b.newton, a.room);
  same(a.basin, b.basin, a.room);
  same(a.count, b.count, 1);
  same(a.from_rest, b.from_rest, 1);
  same(a.diverged, b.diverged, 1);
  same(a.unsettled, b.unsettled, 1);
  same(a.status, b.status, 1);
}

std::vector<CircuitData> circuits_to_shuffle() {
  Random random(801);
  std::vector<CircuitData> list;
  for (int i = 0; i < 6; ++i) list.push_back(wild_circuit(random, 2, ModelKind::main, 1 + 0.5 * i));
  list.push_back(limit_cycle_circuit());
  list.push_back(wild_circuit(random, 2, ModelKind::main));
  list.back().Wr = identity_matrix(2, -1);
  return list;
}

TEST(Equilibria, OfACircuitDependOnThatCircuitAlone) {
  EquilibriaOptions options;
  options.starts = 20;
  options.room = 3;
  options.max_steps = 200;
  const auto circuits = circuits_to_shuffle();
  const auto all = search_all<double>(Cpu{1}, BatchData<double>(circuits), options);
  for (const int threads : {2, 5}) {
    const auto more = search_all<double>(Cpu{threads}, BatchData<double>(circuits), options);
    for (std::size_t i = 0; i < circuits.size(); ++i) expect_same(all, i, more, i);
  }
  std::vector<std::size_t> places = {5, 0, 7, 6, 2};  // some of them, in another order
  std::vector<CircuitData> some;
  for (const std::size_t place : places) some.push_back(circuits[place]);
  const auto shuffled = search_all<double>(Cpu{2}, BatchData<double>(some), options);
  for (std::size_t k = 0; k < places.size(); ++k) expect_same(all, places[k], shuffled, k);
}

/// More starts than are kept in memory at a time: circuits of the later parts are as good as those of the first.
TEST(Equilibria, ManyStartsAreServedInParts) {
  constexpr int n = 20;
  Random random(802);
  CircuitData data = figure4_circuit(random, n);
  data.Wr = identity_matrix(n);
  EquilibriaOptions options;
  options.starts = 1000;
  options.room = 1;
  options.newton_steps = 0;
  options.fixed_point_steps = 0;
  options.max_steps = 0;
  const std::vector<CircuitData> circuits(60, data);  // 60 x 1000 starts of 640 bytes
  const auto all = search_all<double>(Cpu{2}, BatchData<double>(circuits), options);
  EXPECT_EQ(all.count[0], 1);
  EXPECT_EQ(all.unsettled[0], 1000);
  for (std::size_t i = 1; i < circuits.size(); ++i) expect_same(all, 0, all, i);
}

TEST(Equilibria, TheSeedChangesTheStartsAndNotTheEquilibria) {
  const BatchData<double> batch(circuits_of(panels_of(ModelKind::main)));
  EquilibriaOptions options;
  const auto one = search_all<double>(Cpu{2}, batch, options);
  options.seed = 2;
  const auto two = search_all<double>(Cpu{2}, batch, options);
  EXPECT_EQ(one.count, two.count);
  EXPECT_TRUE(same_bits(one.states, two.states));
  EXPECT_NE(one.newton, two.newton);
}

TEST(Equilibria, BeyondTheRoomAreReported) {
  const auto panels = golden_figures();
  EquilibriaOptions options;
  options.room = 1;
  for (const GoldenCircuit& panel : panels) {
    const auto all = search_all<double>(Cpu{1}, BatchData<double>({panel.data}), options);
    EXPECT_EQ(all.count[0], 1);
    EXPECT_EQ(all.status[0], panel.fixed_points.size() > 1 ? Status::no_room : Status::ok) << panel.name;
  }
}

TEST(Equilibria, NothingToDoIsDone) {
  const auto none = search_all<double>(Cpu{1}, BatchData<double>({}));
  EXPECT_TRUE(none.count.empty());
  Random random(803);
  equilibria<double>(Cpu{1}, BatchData<double>({figure4_circuit(random, 2)}), {}, {});  // nothing wanted
  EXPECT_EQ(equilibria_workspace_size<double>(Cpu{}, BatchData<double>({figure4_circuit(random, 2)}), {}), 0U);
}

/// The search must be refused with a message that has all these parts.
void expect_refusal(const std::vector<std::string>& parts, const EquilibriaOptions& options,
                    EquilibriaResults<double> results = {}) {
  Random random(804);
  const BatchData<double> batch({figure4_circuit(random, 2), figure4_circuit(random, 2)});
  try {
    equilibria<double>(Cpu{1}, batch, options, results);
    FAIL() << "not refused: " << parts[0];
  } catch (const InvalidArgument& error) {
    for (const std::string& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

TEST(Equilibria, BadArgumentsAreRefused) {
  expect_refusal({"starts = 0", "1 to"}, {.starts = 0});
  expect_refusal({"starts = 2000000", "1 to"}, {.starts = 2000000});
  expect_refusal({"room = 0", "1 to"}, {.room = 0});
  expect_refusal({"newton_steps = -1"}, {.newton_steps = -1});
  expect_refusal({"fixed_point_steps = -1"}, {.fixed_point_steps = -1});
  expect_refusal({"residual_tolerance = 0.5"}, {.residual_tolerance = 0.5});
  expect_refusal({"max_steps = -1"}, {.max_steps = -1});
  double numbers[64];
  std::int32_t integers[64];
  EquilibriaResults<double> results;
  results.states = packed(numbers, 2, 4, 3);
  expect_refusal({"results.states", "4 x 3", "expected 4 x 5"}, {.room = 5}, results);
  results = {};
  results.basin_starts = packed(integers, 2, 4);
  expect_refusal({"results.basin_starts", "expected 5 x 1"}, {.room = 5}, results);
  results = {};
  results.count = packed(integers, 1, 1);
  expect_refusal({"results.count", "items = 1", "expected 2"}, {}, results);
  Random random(805);
  CircuitData bad = figure4_circuit(random, 1);
  bad.W = {-1};
  EXPECT_THROW(search_all<double>(Cpu{1}, BatchData<double>({bad})), InvalidArgument);
}

}  // namespace
}  // namespace organics::test
