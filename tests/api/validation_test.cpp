// Bad input is refused before any work starts, in one line that names the circuit, the field, the value and what was
// expected; results are not touched.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
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

TEST(Validation, OptionsMustSurviveInFloat) {
  const auto refused = [](auto change, const std::string& part) {
    const BatchData<float> batch({[] {
      Random random(5);
      return figure4_circuit(random, 2);
    }()});
    IntegrateOptions options;
    change(options);
    expect_refused([&] { integrate_all<float>(Cpu{1}, batch, {}, {0.0F, 1e-3F}, 2, options); }, {part, "float"});
  };
  refused([](auto& o) { o.rtol = 1e-50; }, "rtol = 1e-50");
  refused([](auto& o) { o.fixed_step = 1e-46; }, "fixed_step = 1e-46");
  refused([](auto& o) { o.state_bound = 1e50; }, "state_bound = 1e+50");
}

TEST(Validation, SizesAreNotNegative) {
  double number = 0;
  expect_integrate_refused(
      [&](auto&, IntegrateOptions&, auto& results) {
        results.step_times = {&number, 3, 1, -1, 1};
      },
      {"results.step_times: shape = 1 x -1"});
}

TEST(Validation, TooManyEventsForAWorkspace) {
  IntegrateOptions options;
  options.events.resize(max_events + 1);
  const auto batch = three_circuits();
  expect_refused([&] { (void)integrate_workspace_size<double>(Cpu{1}, batch, {}, options); }, {"events", "at most 8"});
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
  refused([](auto& o) { o.max_steps = 0; }, {"max_steps = 0", "1 to 100000000"});
  refused([](auto& o) { o.state_bound = -5; }, {"state_bound = -5"});
  refused([](auto& o) { o.state_bound = nan; }, {"state_bound = nan"});
  refused([](auto& o) { o.state_bound = infinity; }, {"state_bound = inf"});
  refused([](auto& o) { o.max_steps = 2000000000; }, {"max_steps = 2000000000", "1 to 100000000"});
  refused([](auto& o) { o.method = static_cast<Method>(99); }, {"method = 99"});
  refused([](auto& o) { o.method = Method::rk4; }, {"fixed_step = 0", "rk4"});
  refused([](auto& o) { o.method = Method::euler; }, {"fixed_step = 0", "euler"});
}

TEST(Validation, StepsAndTolerancesOfIntegrateAreChecked) {
  const auto refused = [](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused([&](auto&, IntegrateOptions& options, auto&) { change(options); }, parts);
  };
  refused([](auto& o) { o.norm = static_cast<ErrorNorm>(9); }, {"norm = 9", "ErrorNorm"});
  refused([](auto& o) { o.control = static_cast<StepControl>(9); }, {"control = 9", "StepControl"});
  refused([](auto& o) { o.min_step = -1; }, {"min_step = -1", "0 (none)"});
  refused([](auto& o) { o.min_step = infinity; }, {"min_step = inf"});
  refused([](auto& o) { o.max_step = nan; }, {"max_step = nan", "0 (none)"});
  refused(
      [](auto& o) {
        o.min_step = 2;
        o.max_step = 1;
      },
      {"max_step = 1", "at least min_step = 2"});
  refused([](auto& o) { o.save_every = -1; }, {"save_every = -1", "0 (none)"});
  refused([](auto& o) { o.settle_tolerance = 0; }, {"settle_tolerance = 0", "> 0"});
  refused([](auto& o) { o.settle_tolerance = nan; }, {"settle_tolerance = nan"});
  const std::vector<double> each = {1e-3, 1e-3, 0, 1e-3};
  const std::vector<double> negative = {1e-3, -1, 0, 1e-3};
  const auto inputs = [](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused([&](IntegrateInputs<double>& in, auto&, auto&) { change(in); }, parts);
  };
  inputs([&](auto& in) { in.rtol = shared(each.data(), 3, 4); }, {"circuit 0: rtol[2] = 0", "> 0"});
  inputs([&](auto& in) { in.atol = shared(negative.data(), 3, 4); }, {"circuit 0: atol[1] = -1", ">= 0"});
  inputs([&](auto& in) { in.rtol = shared(each.data(), 3, 2); }, {"rtol: shape = 2 x 1: expected 4 x 1"});
  inputs([&](auto& in) { in.atol = shared(each.data(), 2, 4); }, {"atol: items = 2", "3"});
}

TEST(Validation, SpansAreChecked) {
  const std::vector<double> backwards = {0, 1, 0, 1, 1, 0.5};
  const std::vector<double> short_of_it = {0, 0.0015};
  const std::vector<double> late = {0.0001, 1};
  const std::vector<double> spoilt = {0, nan};
  const auto refused = [](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused([&](IntegrateInputs<double>& in, auto&, auto&) { change(in); }, parts);
  };
  refused([&](auto& in) { in.span = packed(backwards.data(), 3, 2); }, {"circuit 2: span[1] = 0.5", "start 1"});
  refused([&](auto& in) { in.span = shared(short_of_it.data(), 3, 2); },
          {"circuit 0: times[2] = 0.002", "within the span 0 to 0.0015"});
  refused([&](auto& in) { in.span = shared(late.data(), 3, 2); }, {"times[0] = 0", "within the span 0.0001 to 1"});
  refused([&](auto& in) { in.span = shared(spoilt.data(), 3, 2); }, {"circuit 0: span[1] = nan"});
  refused([&](auto& in) { in.span = shared(spoilt.data(), 3, 1); }, {"span: shape = 1 x 1: expected 2 x 1"});
  refused(
      [&](auto& in) {
        in.times = {};
        in.span = shared(late.data(), 3, 2);
      },
      {"results.states: shape = 4 x 3: expected 4 x 0"});
}

TEST(Validation, EventsAreChecked) {
  const std::vector<double> levels = {0.1, 0, nan};
  const auto refused = [&](std::vector<Event> events, BatchView<const double> view,
                           const std::vector<std::string>& parts) {
    expect_integrate_refused(
        [&](IntegrateInputs<double>& in, IntegrateOptions& options, auto&) {
          options.events = events;
          in.event_levels = view;
        },
        parts);
  };
  const auto one = shared(levels.data(), 3, 1);
  const Event good;
  refused(std::vector<Event>(9), shared(levels.data(), 3, 9), {"events: number = 9", "at most 8"});
  refused({good, {static_cast<EventKind>(7), 0}}, shared(levels.data(), 3, 2), {"events[1].kind = 7", "EventKind"});
  refused({{EventKind::level, 0, static_cast<Crossing>(5)}}, one, {"events[0].direction = 5", "Crossing"});
  refused({{EventKind::functor, 0}}, one, {"events[0].kind = functor", "level or steady"});
  refused({{EventKind::level, 4}}, one, {"events[0].component = 4", "0 to 3"});
  refused({{EventKind::level, -1}}, one, {"events[0].component = -1", "0 to 3"});
  refused({good}, {}, {"event_levels: no data", "a level for each event"});
  refused({good}, shared(levels.data(), 3, 2), {"event_levels: shape = 2 x 1: expected 1 x 1"});
  refused({good, good, good}, shared(levels.data(), 3, 3), {"circuit 0: event_levels[2] = nan", "finite"});
  refused({good, {EventKind::steady, 0}}, shared(levels.data(), 3, 2),
          {"circuit 0: event_levels[1] = 0", "> 0", "steady"});
}

TEST(Validation, SummariesAreChecked) {
  std::vector<double> memory(12);
  const auto frequency = [&](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused(
        [&](auto&, IntegrateOptions& options, IntegrateResults<double>& results) {
          results.summary.frequency = packed(memory.data(), 3, 1);
          change(options);
        },
        parts);
  };
  frequency([](auto& o) { o.frequency_component = 4; }, {"frequency_component = 4", "0 to 3"});
  frequency([](auto& o) { o.frequency_component = -1; }, {"frequency_component = -1", "0 to 3"});
  frequency([](auto& o) { o.frequency_bins = 3; }, {"frequency_bins = 3", "4 to 4096"});
  frequency([](auto& o) { o.frequency_bins = 4097; }, {"frequency_bins = 4097", "4 to 4096"});
  expect_integrate_refused(
      [&](auto&, auto&, IntegrateResults<double>& results) { results.summary.peak_time = packed(memory.data(), 3, 4); },
      {"results.summary.maximum: no data", "peak_time"});
}

TEST(Validation, ShapesOfEveryResultAreChecked) {
  std::vector<double> numbers(300);
  std::vector<std::int32_t> counts(300);
  std::vector<Status> statuses(30);
  const auto refused = [](auto change, const std::vector<std::string>& parts) {
    expect_integrate_refused(
        [&](IntegrateInputs<double>& in, IntegrateOptions& options, IntegrateResults<double>& results) {
          static const std::vector<double> level = {0.5};
          options.events = {Event{}};
          in.event_levels = shared(level.data(), 3, 1);
          change(results);
        },
        parts);
  };
  const auto wrong = packed(numbers.data(), 3, 7);
  const auto wrong_counts = packed(counts.data(), 3, 7);
  using Results = IntegrateResults<double>;
  using Summary = IntegrateSummary<double>;
  refused([&](Results& r) { r.status = packed(statuses.data(), 3, 7); }, {"results.status: shape = 7 x 1", "1 x 1"});
  const auto number = [&](auto member, const std::string& field, const std::string& shape) {
    refused([&](Results& r) { r.*member = wrong; }, {"results." + field + ": shape = 7 x 1: expected " + shape});
  };
  number(&Results::states, "states", "4 x 3");
  number(&Results::time_reached, "time_reached", "1 x 1");
  number(&Results::final_state, "final_state", "4 x 1");
  number(&Results::last_step, "last_step", "1 x 1");
  number(&Results::step_times, "step_times", "1 x 1");
  number(&Results::step_states, "step_states", "4 x 1");
  number(&Results::event_times, "event_times", "1 x 1");
  const auto count = [&](auto member, const std::string& field) {
    refused([&](Results& r) { r.*member = wrong_counts; }, {"results." + field + ": shape = 7 x 1: expected 1 x 1"});
  };
  count(&Results::accepted, "accepted");
  count(&Results::rejected, "rejected");
  count(&Results::rhs_evaluations, "rhs_evaluations");
  count(&Results::jacobian_evaluations, "jacobian_evaluations");
  count(&Results::lu_factorisations, "lu_factorisations");
  count(&Results::steps_saved, "steps_saved");
  count(&Results::ended_by, "ended_by");
  count(&Results::event_counts, "event_counts");
  const auto summary = [&](auto member, const std::string& field, const std::string& shape) {
    refused([&](Results& r) { r.summary.*member = wrong; },
            {"results.summary." + field + ": shape = 7 x 1: expected " + shape});
  };
  summary(&Summary::minimum, "minimum", "4 x 1");
  summary(&Summary::maximum, "maximum", "4 x 1");
  summary(&Summary::mean, "mean", "4 x 1");
  summary(&Summary::settling_time, "settling_time", "1 x 1");
  summary(&Summary::frequency, "frequency", "1 x 1");
  refused(
      [&](Results& r) {
        r.step_times = packed(numbers.data(), 3, 1, 5);
        r.step_states = packed(numbers.data(), 3, 4, 6);
      },
      {"results.step_states: shape = 4 x 6: expected 4 x 5"});
}

/// Signals and gains that are good, with memory of their own.
struct Driven {
  std::vector<double> knots = {0, 1, 2};
  std::vector<double> numbers = std::vector<double>(12, 0.5);

  Signal<double> signal(int rows, Interpolation kind = Interpolation::constant) const {
    return {shared(knots.data(), 3, 3), shared(numbers.data(), 3, rows, 3), kind};
  }
  BatchView<const double> view(int rows, int cols = 1) const { return shared(numbers.data(), 3, rows, cols); }
  /// Two inputs.
  DynamicGains<double> gains() const {
    DynamicGains<double> g;
    g.inputs = 2;
    g.tau_b0 = g.tau_b1 = view(n);
    g.W_b0x = g.W_b1x = view(n, 2);
    g.input = view(2);
    return g;
  }
};

/// integrate() with `change` made to its stimulus and gains, which are those of `driven`.
template <class F>
void expect_drive_refused(F&& change, const std::vector<std::string>& parts) {
  expect_integrate_refused(
      [&](IntegrateInputs<double>& in, auto&, IntegrateResults<double>& results) {
        in.x0 = {};
        results.states = {};
        change(in);
      },
      parts);
}

TEST(Validation, SignalsAreChecked) {
  const Driven good;
  for (const auto& [field, member] :
       {std::pair{"stimulus.z", &Stimulus<double>::z}, std::pair{"stimulus.b0", &Stimulus<double>::b0},
        std::pair{"stimulus.b1", &Stimulus<double>::b1}}) {
    const std::string f = field;
    const auto refused = [&](auto change, const std::vector<std::string>& parts) {
      expect_drive_refused(
          [&](IntegrateInputs<double>& in) {
            Signal<double>& signal = in.stimulus.*member;
            signal = good.signal(n);
            change(signal);
          },
          parts);
    };
    refused([](auto& s) { s.kind = static_cast<Interpolation>(3); }, {f + ".kind = 3", "Interpolation"});
    refused([](auto& s) { s.times = {}; }, {f + ".times: no data", "knots"});
    refused([](auto& s) { s.values = {}; }, {f + ".values: no data", "2 x 3"});
    refused([](auto& s) { s.times.rows = 0; }, {f + ".times: rows = 0", "at least 1 knot"});
    refused([](auto& s) { s.times.cols = 2; }, {f + ".times: shape = 3 x 2: expected 3 x 1"});
    refused([](auto& s) { s.times.items = 2; }, {f + ".times: items = 2", "3"});
    refused([](auto& s) { s.values.cols = 2; }, {f + ".values: shape = 2 x 2: expected 2 x 3"});
    refused([](auto& s) { s.values.rows = 1; }, {f + ".values: shape = 1 x 3: expected 2 x 3"});
    const std::vector<double> spoilt = {0, nan, 2, 0, 0, 0};
    const std::vector<double> equal = {0, 1, 1};
    const std::vector<double> falling = {0, 2, 1};
    refused([&](auto& s) { s.times.data = spoilt.data(); }, {"circuit 0: " + f + ".times[1] = nan"});
    refused([&](auto& s) { s.times.data = equal.data(); }, {"circuit 0: " + f + ".times[2] = 1", "> 1"});
    refused(
        [&](auto& s) {
          s.times.data = falling.data();
          s.kind = Interpolation::linear;
        },
        {"circuit 0: " + f + ".times[2] = 1", ">= 2"});
    refused([&](auto& s) { s.values.data = spoilt.data(); }, {"circuit 0: " + f + ".values[1, 0] = nan"});
    if (f == "stimulus.z") continue;
    const std::vector<double> negative = {0, 0, 0, 0, -1, 0};
    refused([&](auto& s) { s.values.data = negative.data(); }, {f + ".values[0, 2] = -1", ">= 0"});
  }
}

TEST(Validation, GainsAreChecked) {
  const Driven good;
  const auto refused = [&](auto change, const std::vector<std::string>& parts) {
    expect_drive_refused(
        [&](IntegrateInputs<double>& in) {
          in.gains = good.gains();
          change(in.gains);
        },
        parts);
  };
  refused([](auto& g) { g.inputs = -1; }, {"gains.inputs = -1", "0 or more"});
  refused([](auto& g) { g.inputs = 0; }, {"gains.inputs = 0", "gains.W_b0x is given"});
  refused(
      [](auto& g) {
        g.inputs = 0;
        g.W_b0x = g.W_b1x = {};
      },
      {"gains.inputs = 0", "an input is given"});
  refused([](auto& g) { g.input = {}; }, {"gains.input: no data", "2 x 1"});
  refused([](auto& g) { g.tau_b1 = {}; }, {"gains.tau_b1: no data", "2 x 1"});
  refused([&](auto& g) { g.input_signal = good.signal(2); }, {"gains.input and gains.input_signal", "one of them"});
  refused(
      [&](auto& g) {
        g.input = {};
        g.input_signal = good.signal(3);
      },
      {"gains.input_signal.values: shape = 3 x 3: expected 2 x 3"});
  const std::vector<double> zero = {0.1, 0, 1, 1};
  const std::vector<double> spoilt = {0, nan, 1, 1};
  using Gains = DynamicGains<double>;
  for (const auto& [field, member] :
       {std::pair{"gains.tau_b0", &Gains::tau_b0}, std::pair{"gains.tau_b1", &Gains::tau_b1}}) {
    const std::string f = field;
    refused([&](auto& g) { (g.*member).rows = 1; }, {f + ": shape = 1 x 1: expected 2 x 1"});
    refused([&](auto& g) { (g.*member).data = zero.data(); }, {"circuit 0: " + f + "[1] = 0", "> 0"});
  }
  for (const auto& [field, member] : {std::pair{"gains.W_b0x", &Gains::W_b0x}, std::pair{"gains.W_b1x", &Gains::W_b1x},
                                      std::pair{"gains.W_b0y", &Gains::W_b0y}, std::pair{"gains.W_b0a", &Gains::W_b0a},
                                      std::pair{"gains.W_b1y", &Gains::W_b1y}, std::pair{"gains.W_b1a", &Gains::W_b1a},
                                      std::pair{"gains.W_zx", &Gains::W_zx}}) {
    const std::string f = field;
    refused([&](auto& g) { g.*member = good.view(n, 3); }, {f + ": shape = 2 x 3: expected 2 x 2"});
    refused([&](auto& g) { g.*member = shared(spoilt.data(), 3, 2, 2); }, {"circuit 0: " + f + "[1, 0] = nan"});
    expect_drive_refused([&](IntegrateInputs<double>& in) { in.gains.*member = good.view(n, 2); },
                         {f + ": given without gains.tau_b0"});
  }
  refused([&](auto& g) { g.input = shared(spoilt.data(), 3, 2); }, {"circuit 0: gains.input[1] = nan"});
  expect_drive_refused([&](IntegrateInputs<double>& in) { in.gains.tau_b1 = good.view(n); },
                       {"gains.tau_b1: given without gains.tau_b0"});
  expect_drive_refused([&](IntegrateInputs<double>& in) { in.gains.input = good.view(2); },
                       {"gains.input: given without gains.tau_b0"});
  expect_drive_refused([&](IntegrateInputs<double>& in) { in.gains.input_signal = good.signal(2); },
                       {"gains.input_signal: given without gains.tau_b0"});
}

TEST(Validation, GainsAndSignalsExcludeEachOther) {
  const Driven good;
  const auto refused = [&](auto change, const std::vector<std::string>& parts) {
    expect_drive_refused(
        [&](IntegrateInputs<double>& in) {
          in.gains = good.gains();
          change(in);
        },
        parts);
  };
  refused([&](auto& in) { in.stimulus.b0 = good.signal(n); }, {"gains.tau_b0 and stimulus.b0", "one of them"});
  refused([&](auto& in) { in.stimulus.b1 = good.signal(n); }, {"gains.tau_b0 and stimulus.b1", "one of them"});
  refused(
      [&](auto& in) {
        in.gains.W_zx = good.view(n, 2);
        in.stimulus.z = good.signal(n);
      },
      {"gains.W_zx and stimulus.z", "one of them"});
}

TEST(Validation, GoodSignalsGainsAndEventsAreAccepted) {
  const auto batch = three_circuits();
  const Driven good;
  const std::vector<double> jump = {0, 0.001, 0.001};
  const std::vector<double> when = {0, 0.002};
  IntegrateInputs<double> inputs;
  inputs.span = shared(when.data(), 3, 2);
  inputs.gains = good.gains();
  inputs.stimulus.z = good.signal(n, Interpolation::linear);
  inputs.stimulus.z.times.data = jump.data();
  inputs.event_levels = good.view(1);
  IntegrateOptions options;
  options.events = {Event{EventKind::level, 7, Crossing::upward, false}};
  EXPECT_NO_THROW(integrate<double>(Cpu{1}, batch, inputs, options, {})) << "the last component is a gain";
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
  for (const double bad : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    expect_refused([&] { stability<double>(Cpu{1}, batch, shared(start.data(), 3, 2), {}, {.perturbation = bad}); },
                   {"perturbation = ", "a number >= 0"});
  }
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
