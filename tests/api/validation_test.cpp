// Bad input is refused before any work starts, in one line that names the circuit, the field, the value and what was
// expected; results are not touched.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"

namespace organics::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr int n = 2;

BatchData<double> three_circuits() {
  Random random(71);
  return BatchData<double>({figure4_circuit(random, n), figure4_circuit(random, n), figure4_circuit(random, n)});
}

/// The message with which `call` is refused; every part of `parts` must be in it.
void expect_refused(const std::function<void()>& call, const std::vector<std::string>& parts) {
  try {
    call();
    ADD_FAILURE() << "not refused; expected a message with " << parts.front();
  } catch (const InvalidArgument& error) {
    const std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& part : parts)
      EXPECT_NE(message.find(part), std::string::npos) << part << " in: " << message;
  }
}

/// Every operation refuses the circuits and leaves its results alone.
void expect_circuits_refused(const Circuits<double>& circuits, const std::vector<std::string>& parts) {
  const std::vector<double> times = {0, 0.01};
  std::vector<double> states(64, -77);
  expect_refused(
      [&] {
        IntegrateResults<double> results;
        results.states = packed(states.data(), circuits.items, 2 * n, 2);
        IntegrateInputs<double> inputs;
        inputs.times = shared(times.data(), circuits.items, 2);
        integrate<double>(Cpu{1}, circuits, inputs, {}, results);
      },
      parts);
  expect_refused(
      [&] {
        SteadyStateResults<double> results;
        results.states = packed(states.data(), circuits.items, 2 * n);
        steady_state<double>(Cpu{1}, circuits, {}, {}, results);
      },
      parts);
  expect_refused(
      [&] {
        StabilityResults<double> results;
        results.eigenvalues = packed(states.data(), circuits.items, 2, 2 * n);
        const std::vector<double> at(12, 0.5);
        stability<double>(Cpu{1}, circuits, packed(at.data(), circuits.items, 2 * n), results);
      },
      parts);
  expect_refused([&] { validate(circuits); }, parts);
  for (const double value : states) ASSERT_EQ(value, -77) << "results were touched";
}

struct Field {
  const char* name;
  std::vector<double> BatchData<double>::*values;
  BatchView<const double> Circuits<double>::*view;
  double lower;  ///< smallest allowed
  bool open;     ///< itself not allowed
};

const Field fields[] = {
    {"tau_y", &BatchData<double>::tau_y, &Circuits<double>::tau_y, 0, true},
    {"tau_a", &BatchData<double>::tau_a, &Circuits<double>::tau_a, 0, true},
    {"b0", &BatchData<double>::b0, &Circuits<double>::b0, 0, false},
    {"b1", &BatchData<double>::b1, &Circuits<double>::b1, 0, false},
    {"sigma", &BatchData<double>::sigma, &Circuits<double>::sigma, 0, false},
    {"z", &BatchData<double>::z, &Circuits<double>::z, -infinity, true},
    {"Wr", &BatchData<double>::Wr, &Circuits<double>::Wr, -infinity, true},
    {"W", &BatchData<double>::W, &Circuits<double>::W, 0, false},
};

TEST(Validation, GoodCircuitsAreAccepted) { EXPECT_NO_THROW(validate(three_circuits().view())); }

TEST(Validation, ValuesOutOfRangeAreNamed) {
  for (const Field& field : fields) {
    const bool matrix = field.name[0] == 'W';
    const std::string where = std::string(field.name) + (matrix ? "[1, 0]" : "[1]");
    for (const double bad : {nan, infinity, -infinity, -0.25, 0.0}) {
      auto batch = three_circuits();
      (batch.*field.values)[matrix ? 4 + 1 : 2 + 1] = bad;  // circuit 1, entry 1
      if (std::isfinite(bad) && (field.open ? bad > field.lower : bad >= field.lower)) {
        EXPECT_NO_THROW(validate(batch.view())) << field.name << " = " << bad;
        continue;
      }
      const std::string value = std::isnan(bad)   ? "nan"
                                : bad == infinity ? "inf"
                                : bad < -1        ? "-inf"
                                : bad < 0         ? "-0.25"
                                                  : "0";
      expect_circuits_refused(batch, {"circuit 1: ", where + " = " + value, "expected a finite number"});
    }
  }
}

TEST(Validation, MatrixEntriesAreNamedByRowAndColumn) {
  auto batch = three_circuits();
  batch.W[8 + 2] = -1;  // circuit 2, row 0, column 1
  expect_circuits_refused(batch, {"circuit 2: W[0, 1] = -1: expected a finite number >= 0"});
}

TEST(Validation, ShapesAreChecked) {
  for (const Field& field : fields) {
    const auto batch = three_circuits();
    const auto with = [&](auto change) {
      Circuits<double> circuits = batch;
      change(circuits.*field.view);
      return circuits;
    };
    const std::string name = field.name;
    expect_circuits_refused(with([](auto& view) { view.data = nullptr; }), {name + ": no data"});
    expect_circuits_refused(with([](auto& view) { view.items = 2; }), {name + ": items = 2", "expected 3"});
    expect_circuits_refused(with([](auto& view) { view.rows = 5; }), {name + ": shape = 5 x", "expected 2 x"});
    expect_circuits_refused(with([](auto& view) { view.cols = 7; }), {name + ": shape = 2 x 7"});
    expect_circuits_refused(with([](auto& view) { view.item_stride = 1; }), {name + ": item_stride = 1", "at least"});
  }
}

TEST(Validation, SizesAreChecked) {
  const auto batch = three_circuits();
  Circuits<double> circuits = batch;
  circuits.n = 0;
  expect_circuits_refused(circuits, {"n = 0", "at least 1"});
  circuits = batch;
  circuits.items = -3;
  expect_refused([&] { validate(circuits); }, {"items = -3", "0 or more"});
}

/// integrate() on good circuits with one thing changed.
void expect_integrate_refused(
    const std::function<void(IntegrateInputs<double>&, IntegrateOptions&, IntegrateResults<double>&)>& change,
    const std::vector<std::string>& parts) {
  const auto batch = three_circuits();
  const std::vector<double> rest(4, 0.5);
  const std::vector<double> when = {0, 0.001, 0.002};
  std::vector<double> states(36, -77);
  IntegrateInputs<double> inputs;
  inputs.x0 = shared(rest.data(), 3, 4);
  inputs.times = shared(when.data(), 3, 3);
  IntegrateOptions options;
  IntegrateResults<double> results;
  results.states = packed(states.data(), 3, 4, 3);
  change(inputs, options, results);
  expect_refused([&] { integrate<double>(Cpu{1}, batch, inputs, options, results); }, parts);
  for (const double value : states) ASSERT_EQ(value, -77) << "results were touched";
}

TEST(Validation, IntegrateArguments) {
  const std::vector<double> spoilt = {0, nan, 1, 1};
  const std::vector<double> backwards = {0, 0.2, 0.1};
  const std::vector<double> repeated = {0, 0.2, 0.2};
  const std::vector<double> endless = {0, 1, infinity};
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.x0.data = spoilt.data(); }, {"circuit 0: x0[1] = nan"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.x0.rows = 3; }, {"x0: shape = 3 x 1: expected 4 x 1"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.times = {}; }, {"times"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.times.rows = 0; }, {"times"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.times.data = backwards.data(); },
                           {"times[2] = 0.1", "times[1] = 0.2"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.times.data = repeated.data(); }, {"times[2] = 0.2"});
  expect_integrate_refused([&](auto& in, auto&, auto&) { in.times.data = endless.data(); }, {"times[2] = inf"});
  expect_integrate_refused([&](auto&, auto&, auto& results) { results.states.cols = 2; }, {"results.states: shape"});
  expect_integrate_refused([&](auto&, auto&, auto& results) { results.states.item_stride = 0; },
                           {"results.states: item_stride = 0"});
}

TEST(Validation, IntegrateOptionsAreChecked) {
  const auto refused = [](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused([&](auto&, IntegrateOptions& options, auto&) { change(options); }, parts);
  };
  refused([](auto& o) { o.rtol = 0; }, {"rtol = 0"});
  refused([](auto& o) { o.rtol = nan; }, {"rtol = nan"});
  refused([](auto& o) { o.atol = -1e-9; }, {"atol = -1e-09"});
  refused([](auto& o) { o.atol = infinity; }, {"atol = inf"});
  refused([](auto& o) { o.fixed_step = -1; }, {"fixed_step = -1"});
  refused([](auto& o) { o.fixed_step = nan; }, {"fixed_step = nan"});
  refused([](auto& o) { o.initial_step = -2; }, {"initial_step = -2"});
  refused([](auto& o) { o.max_steps = 0; }, {"max_steps = 0", "at least 1"});
  refused([](auto& o) { o.state_bound = -5; }, {"state_bound = -5"});
  refused([](auto& o) { o.state_bound = nan; }, {"state_bound = nan"});
  refused([](auto& o) { o.method = static_cast<Method>(99); }, {"method = 99"});
  refused([](auto& o) { o.method = Method::rk4; }, {"fixed_step = 0", "rk4"});
  refused([](auto& o) { o.method = Method::euler; }, {"fixed_step = 0", "euler"});
}

TEST(Validation, SteadyStateAndStabilityArguments) {
  const auto batch = three_circuits();
  const std::vector<double> start = {0, 0, infinity, 1};
  const auto settle = [&](BatchView<const double> x0, auto change) {
    SteadyStateOptions options;
    change(options);
    steady_state<double>(Cpu{1}, batch, x0, options, {});
  };
  const auto keep = [](SteadyStateOptions&) {};
  expect_refused([&] { settle(shared(start.data(), 3, 4), keep); }, {"circuit 0: x0[2] = inf"});
  expect_refused([&] { settle({start.data(), 2, 4, 1, 0}, keep); }, {"x0: items = 2"});
  expect_refused([&] { settle({}, [](auto& o) { o.fixed_point_steps = -1; }); }, {"fixed_point_steps = -1"});
  expect_refused([&] { settle({}, [](auto& o) { o.newton_steps = -1; }); }, {"newton_steps = -1"});
  expect_refused([&] { settle({}, [](auto& o) { o.max_steps = -1; }); }, {"max_steps = -1"});
  expect_refused([&] { settle({}, [](auto& o) { o.residual_tolerance = 0.5; }); }, {"residual_tolerance = 0.5"});
  expect_refused([&] { settle({}, [](auto& o) { o.residual_tolerance = nan; }); }, {"residual_tolerance = nan"});
  expect_refused([&] { stability<double>(Cpu{1}, batch, {}, {}); }, {"states: no data"});
  expect_refused([&] { stability<double>(Cpu{1}, batch, shared(start.data(), 3, 2), {}); }, {"states: shape = 2 x 1"});
}

TEST(Validation, NegativeThreadCountIsRefused) {
  expect_refused([] { thread_count(Cpu{-2}); }, {"threads = -2"});
  const auto batch = three_circuits();
  expect_refused([&] { steady_state<double>(Cpu{-2}, batch, {}, {}, {}); }, {"threads = -2"});
}

TEST(Validation, FloatInputIsCheckedToo) {
  Random random(72);
  BatchData<float> batch({figure4_circuit(random, n)});
  batch.tau_a[1] = -1.0F;
  expect_refused([&] { validate(batch.view()); }, {"circuit 0: tau_a[1] = -1"});
}

}  // namespace
}  // namespace organics::test
