// Teams that march a batch, wherever its weights lie: the bits of each circuit alone. What kernels run, on host threads.
#include "organics/march_batch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/batch_data.hpp"
#include "support/crew.hpp"

namespace organics::test {
namespace {

/// Circuits that end in every way, after very different numbers of steps, in no order.
std::vector<CircuitData> mixed_circuits(int n, ModelKind model) {
  Random random(static_cast<std::uint64_t>(17 + n));
  std::vector<CircuitData> list;
  for (int i = 0; i < 9; ++i) {
    CircuitData data = wild_circuit(random, n, model, i % 4 == 3 ? 3 : 1);
    if (i % 4 == 1) data.tau_y = filled(n, 5e-5);                               // many steps, and stiff
    if (i % 5 == 3) data.Wr = identity_matrix(n, -1), data.b1 = filled(n, 50);  // may run away
    list.push_back(data);
  }
  return list;
}

/// What a march of samples alone leaves of each circuit; the mark where it was left.
struct Marched {
  std::vector<double> states, final_state, time_reached;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs;

  Marched(std::int64_t items, int m, int samples)
      : states(result_memory(items, m * samples, -77.0)),
        final_state(result_memory(items, m, -77.0)),
        time_reached(result_memory(items, 1, -77.0)),
        status(result_memory(items, 1, Status::singular)),
        accepted(result_memory<std::int32_t>(items, 1, -77)),
        rejected(accepted),
        rhs(accepted) {}

  IntegrateResults<double> view(std::int64_t items, int m, int samples) {
    IntegrateResults<double> r;
    r.states = packed(states.data(), items, m, samples);
    r.final_state = packed(final_state.data(), items, m);
    r.time_reached = packed(time_reached.data(), items, 1);
    r.status = packed(status.data(), items, 1);
    r.accepted = packed(accepted.data(), items, 1);
    r.rejected = packed(rejected.data(), items, 1);
    r.rhs_evaluations = packed(rhs.data(), items, 1);
    return r;
  }
};

/// The circuits of a batch in order, for one crew.
struct CrewSource {
  const CrewLane& lane;
  std::int64_t& slot;
  std::int64_t items;
  std::vector<std::int64_t>& left;
  std::int64_t at = 0;

  std::int64_t next() {
    if (lane.rank() == 0) slot = at;
    lane.sync();
    const std::int64_t item = slot;
    lane.sync();
    ++at;
    return item < items ? item : -1;
  }
  void leave(std::int64_t i) { left.push_back(i); }
};

struct Case {
  Circuits<double> circuits;
  IntegrateOptions options;
  std::vector<double> times = {0, 1e-4, 5e-3};

  int m() const { return 2 * circuits.n; }
  int samples() const { return static_cast<int>(times.size()); }
  IntegrateInputs<double> inputs() const {
    IntegrateInputs<double> in;
    in.times = shared(times.data(), circuits.items, samples());
    return in;
  }
};

/// The policy, with its terms; where weights are shared, it is told where they lie.
template <class Weights>
Weights weights_at(const Case& c, std::vector<double>& numbers) {
  Weights weights = {reinterpret_cast<core::Term<double>*>(numbers.data())};
  if constexpr (std::is_same_v<Weights, core::SharedTerms<double>>) {
    if (c.circuits.Wr.item_stride != 0) return weights;
    weights.Wr = c.circuits.Wr.data;
    weights.W = c.circuits.W.data;
  }
  return weights;
}

template <class Weights>
Marched march_by_crew(const Case& c, int width, std::vector<std::int64_t>& left) {
  Marched out(c.circuits.items, c.m(), c.samples());
  const auto plan = march_plan(c.m(), c.inputs(), c.options, out.view(c.circuits.items, c.m(), c.samples()));
  const auto batch = explicit_batch(c.circuits, plan, core::method_tables<double>(c.options.method, c.options.rtol));
  std::vector<double> numbers(march_batch_scratch<Weights>(c.circuits.n, batch.tableau),
                              std::numeric_limits<double>::quiet_NaN());
  std::int64_t slot = 0;
  Crew(width).run([&](const CrewLane& lane) {
    CrewSource source = {lane, slot, c.circuits.items, left};
    march_batch(lane, batch, weights_at<Weights>(c, numbers), source, numbers.data());
  });
  return out;
}

Marched march_alone(const Case& c, std::vector<std::int32_t>& factorisations) {
  Marched out(c.circuits.items, c.m(), c.samples());
  auto results = out.view(c.circuits.items, c.m(), c.samples());
  factorisations.resize(static_cast<std::size_t>(c.circuits.items));
  results.lu_factorisations = packed(factorisations.data(), c.circuits.items, 1);
  integrate<double>(Cpu{1, Simd::none}, c.circuits, c.inputs(), c.options, results);
  return out;
}

/// Entry by entry, as some are left and then keep their marks but for samples on the way.
template <class Weights>
void expect_bits_of_one_lane(const Case& c, int width, bool some_left = false) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  std::vector<std::int32_t> factorisations;
  const Marched alone = march_alone(c, factorisations);
  std::vector<std::int64_t> left;
  const Marched together = march_by_crew<Weights>(c, width, left);
  SCOPED_TRACE(testing::Message() << "n " << c.circuits.n << ", width " << width << ", " << name(c.options.method));
  EXPECT_EQ(!left.empty(), some_left);
  for (std::int64_t i = 0; i < c.circuits.items; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const bool is_left = std::count(left.begin(), left.end(), i) > 0;
    EXPECT_EQ(is_left, factorisations[k] > 0) << i;
    if (is_left) {
      EXPECT_EQ(together.accepted[k], -77) << i;
      continue;
    }
    EXPECT_EQ(together.status[k], alone.status[k]) << i << name(together.status[k]);
    EXPECT_EQ(together.accepted[k], alone.accepted[k]) << i;
    EXPECT_EQ(together.rejected[k], alone.rejected[k]) << i;
    EXPECT_EQ(together.rhs[k], alone.rhs[k]) << i;
    EXPECT_EQ(together.time_reached[k], alone.time_reached[k]) << i;
    EXPECT_TRUE(same_bits(item(together.final_state, k, c.m()), item(alone.final_state, k, c.m()))) << i;
    const int samples = c.m() * c.samples();
    const auto got = item(together.states, k, samples);
    const auto expected = item(alone.states, k, samples);
    for (std::size_t s = 0; s < got.size(); ++s) {
      EXPECT_TRUE(got[s] == expected[s] || (std::isnan(got[s]) && std::isnan(expected[s]))) << i << " sample " << s;
    }
  }
}

IntegrateOptions by(Method method, int max_steps = 60) {
  IntegrateOptions options;
  options.method = method;
  options.rtol = 1e-5;
  options.max_steps = max_steps;
  if (!has_error_estimate(method)) options.fixed_step = 1e-4;
  return options;
}

template <int width>
void expect_held_rows_give_the_bits_of_one_lane(int n, Method method, ModelKind model = ModelKind::main) {
  const BatchData<double> batch(mixed_circuits(n, model));
  expect_bits_of_one_lane<core::HeldRows<double, width>>({batch.view(), by(method)}, width);
}

TEST(MarchBatch, RowsHeldByLanes) {
  for (const Method method : {Method::tsitouras54, Method::verner65, Method::rk4, Method::dormand_prince853}) {
    expect_held_rows_give_the_bits_of_one_lane<4>(3, method);
  }
  for (const int n : {1, 2, 4}) expect_held_rows_give_the_bits_of_one_lane<4>(n, Method::dormand_prince54);
  for (const int n : {5, 8})
    expect_held_rows_give_the_bits_of_one_lane<8>(n, Method::tsitouras54, ModelKind::rectified);
  expect_held_rows_give_the_bits_of_one_lane<16>(11, Method::tsitouras54);
}

TEST(MarchBatch, TermsThatATeamShares) {
  const BatchData<double> batch(mixed_circuits(5, ModelKind::main));
  for (const int width : crew_widths) {
    expect_bits_of_one_lane<core::SharedTerms<double>>({batch.view(), by(Method::tsitouras54)}, width);
  }
}

/// Loaded once, and used for circuits that differ in everything else.
TEST(MarchBatch, WeightsThatAllCircuitsShare) {
  std::vector<CircuitData> circuits = mixed_circuits(3, ModelKind::main);
  const BatchData<double> batch(circuits);
  for (const bool both : {true, false}) {
    Circuits<double> view = batch.view();
    view.W = shared(batch.W.data(), batch.items(), 3, 3);
    if (both) view.Wr = shared(batch.Wr.data(), batch.items(), 3, 3);
    expect_bits_of_one_lane<core::HeldRows<double, 4>>({view, by(Method::tsitouras54)}, 4);
    expect_bits_of_one_lane<core::SharedTerms<double>>({view, by(Method::tsitouras54)}, 2);
  }
}

TEST(MarchBatch, TheStiffAreLeft) {
  const BatchData<double> batch(mixed_circuits(3, ModelKind::main));
  for (const double rtol : {1e-4, 1e-7}) {
    Case c = {batch.view(), by(Method::automatic, 2000), {0, 1e-3, 0.05}};
    c.options.rtol = rtol;
    expect_bits_of_one_lane<core::HeldRows<double, 4>>(c, 4, true);
    expect_bits_of_one_lane<core::SharedTerms<double>>(c, 2, true);
  }
}

}  // namespace
}  // namespace organics::test
