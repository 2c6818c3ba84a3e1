// Models of a user's own through integrate_models(): exact solutions by every method, events and Jacobians of the model,
// what is refused, and circuits that do not disturb each other.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "organics/own_model.hpp"
#include "support/bits.hpp"
#include "support/crew.hpp"
#include "support/exact_models.hpp"

namespace organics::test {
namespace {

constexpr double pi = 3.14159265358979323846;

/// A turning point that watches for its height: sin(t + t^2 / 2) = 0.
struct WatchedRotation : Rotation {
  double event(double /*t*/, const double* x) const { return x[1]; }
};

/// x' = rate x.
template <class T>
struct Exponential {
  T rate;
  static constexpr bool autonomous = true;
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = rate * x[0];
  }
};

/// x' = 1 before t = 1, -2 after; starts at 3 where no start is given.
struct Kinked {
  double slope = 0;
  static constexpr double kink = 1;
  int dimension() const { return 1; }
  void enter(double t) { slope = t < kink ? 1 : -2; }
  double next_stop(double t) const { return t < kink ? kink : 1e300; }
  template <class Team>
  void rhs(const Team& /*team*/, double /*t*/, const double* /*x*/, double* dx) const {
    dx[0] = slope;
  }
  template <class Team>
  void rest(const Team& /*team*/, double* x) const {
    x[0] = 3;
  }
};

/// Van der Pol's oscillator: as stiff as mu is large.
struct VanDerPol {
  double mu;
  int dimension() const { return 2; }
  template <class Team>
  void rhs(const Team& /*team*/, double /*t*/, const double* x, double* dx) const {
    dx[0] = x[1];
    dx[1] = mu * (1 - x[0] * x[0]) * x[1] - x[0];
  }
};

struct VanDerPolWithJacobian : VanDerPol {
  template <class Team>
  void jacobian(const Team& /*team*/, double /*t*/, const double* x, double* J) const {
    J[0] = 0;
    J[1] = -2 * mu * x[0] * x[1] - 1;
    J[2] = 1;
    J[3] = mu * (1 - x[0] * x[0]);
  }
  static constexpr bool autonomous = true;
};

/// A test's batch: inputs, and memory for the results it looks at.
template <class T>
struct Batch {
  std::int64_t items;
  int m;
  bool wants_summary = false;
  std::vector<T> states, final_state, event_times, time_reached, maximum, settling_time;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rhs, jacobians, event_counts, ended_by;

  Batch(std::int64_t count, int dimension) : items(count), m(dimension) {}

  template <class MakeModel>
  void run(const MakeModel& model_of, const std::vector<T>& x0, const std::vector<T>& times,
           const IntegrateOptions& options, int threads = 1) {
    const auto memory = [&](int size) { return std::vector<T>(static_cast<std::size_t>(items * size), T(-77)); };
    const auto counters = [&](int size) {
      return std::vector<std::int32_t>(static_cast<std::size_t>(items * size), -77);
    };
    const auto samples = static_cast<int>(times.size());
    const auto events = static_cast<int>(options.events.size());
    IntegrateInputs<T> inputs;
    if (!x0.empty()) {
      const auto all = static_cast<std::size_t>(items * m);
      inputs.x0 = x0.size() == all ? packed(x0.data(), items, m) : shared(x0.data(), items, m);
    }
    inputs.times = shared(times.data(), items, samples);
    IntegrateResults<T> results;
    results.states = packed((states = memory(m * samples)).data(), items, m, samples);
    results.final_state = packed((final_state = memory(m)).data(), items, m);
    results.time_reached = packed((time_reached = memory(1)).data(), items, 1);
    results.status =
        packed((status = std::vector<Status>(static_cast<std::size_t>(items), Status::singular)).data(), items, 1);
    results.accepted = packed((accepted = counters(1)).data(), items, 1);
    results.rhs_evaluations = packed((rhs = counters(1)).data(), items, 1);
    results.jacobian_evaluations = packed((jacobians = counters(1)).data(), items, 1);
    if (events > 0) {
      results.event_times = packed((event_times = memory(events)).data(), items, events);
      results.event_counts = packed((event_counts = counters(events)).data(), items, events);
      results.ended_by = packed((ended_by = counters(1)).data(), items, 1);
    }
    if (wants_summary) {
      results.summary.maximum = packed((maximum = memory(m)).data(), items, m);
      results.summary.settling_time = packed((settling_time = memory(1)).data(), items, 1);
    }
    integrate_models<T>(Cpu{threads}, items, model_of, inputs, options, results);
  }
};

template <class Model>
auto all_are(const Model& model) {
  return [model](std::int64_t) { return model; };
}

IntegrateOptions precise(Method method) {
  IntegrateOptions options;
  options.method = method;
  options.rtol = 1e-8;
  options.atol = 1e-10;
  if (!has_error_estimate(method)) options.fixed_step = method == Method::euler ? 1e-5 : 1e-3;
  if (method == Method::heun || method == Method::rosenbrock23) options.rtol = 1e-6;
  return options;
}

/// euler widens the circle of Rotation by h / 2 times the integral of (1 + t)^2, 4.3e-5 at t = 2.
double allowed(Method method) {
  return method == Method::euler || method == Method::heun || method == Method::rosenbrock23 ? 6e-5 : 1e-6;
}

TEST(OwnModel, EveryMethodFollowsExactSolutions) {
  const std::vector<double> times = {0, 0.3, 1, 2};
  for (int k = 0; k < method_count; ++k) {
    const auto method = static_cast<Method>(k);
    for (const bool with_summary : {false, true}) {  // the shorter way and the longer one
      SCOPED_TRACE(std::string(name(method)) + (with_summary ? ", summary" : ""));
      Batch<double> witch{2, 1};
      Batch<double> rotation{2, 2};
      witch.wants_summary = rotation.wants_summary = with_summary;
      witch.run(all_are(Witch{}), {1}, times, precise(method));
      rotation.run(all_are(Rotation{}), {1, 0}, times, precise(method));
      for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(witch.status[i], Status::ok);
        EXPECT_EQ(rotation.status[i], Status::ok);
        for (std::size_t s = 0; s < times.size(); ++s) {
          EXPECT_NEAR(witch.states[4 * i + s], Witch::exact(times[s])[0], allowed(method));
          EXPECT_NEAR(rotation.states[8 * i + 2 * s], Rotation::exact(times[s])[0], allowed(method));
          EXPECT_NEAR(rotation.states[8 * i + 2 * s + 1], Rotation::exact(times[s])[1], allowed(method));
        }
      }
    }
  }
}

TEST(OwnModel, SinglePrecisionDoesTheSame) {
  for (const Method method : {Method::tsitouras54, Method::rodas43, Method::automatic}) {
    IntegrateOptions options;
    options.method = method;
    options.rtol = 1e-5;
    Batch<float> batch{1, 1};
    batch.run(all_are(Exponential<float>{-2}), {1}, {0, 0.5F, 1}, options);
    EXPECT_NEAR(batch.states[1], std::exp(-1.0), 1e-4);
    EXPECT_NEAR(batch.states[2], std::exp(-2.0), 1e-4);
  }
}

TEST(OwnModel, EachCircuitHasItsOwnModel) {
  const std::vector<double> rates = {-3, -1, 0, 0.5, 2};
  Batch<double> batch{5, 1};
  batch.run([&](std::int64_t i) { return Exponential<double>{rates[static_cast<std::size_t>(i)]}; }, {2}, {0, 1},
            precise(Method::dormand_prince54));
  for (std::size_t i = 0; i < rates.size(); ++i) {
    EXPECT_NEAR(batch.final_state[i], 2 * std::exp(rates[i]), 1e-6) << i;
  }
}

TEST(OwnModel, EventOfTheModelEndsItWhereItHappens) {
  for (const Method method : {Method::tsitouras54, Method::verner65, Method::rodas43}) {
    SCOPED_TRACE(name(method));
    IntegrateOptions options = precise(method);
    options.events = {{EventKind::functor, 0, Crossing::downward, true}};
    Batch<double> batch{3, 2};
    batch.run(all_are(WatchedRotation{}), {1, 0}, {0, 5}, options);
    for (std::size_t i = 0; i < 3; ++i) {
      const double exact = -1 + std::sqrt(1 + 2 * pi);  // the angle t + t^2 / 2 is pi
      EXPECT_EQ(batch.status[i], Status::ok);
      EXPECT_EQ(batch.ended_by[i], 0);
      EXPECT_EQ(batch.event_counts[i], 1);
      EXPECT_NEAR(batch.event_times[i], exact, 1e-7);
      EXPECT_EQ(batch.time_reached[i], batch.event_times[i]);
      EXPECT_NEAR(batch.final_state[2 * i], -1, 1e-6);
      EXPECT_NEAR(batch.final_state[2 * i + 1], 0, 1e-6);
    }
  }
}

TEST(OwnModel, EventsThatDoNotEndItAreCounted) {
  IntegrateOptions options = precise(Method::verner65);
  options.events = {{EventKind::functor, 0, Crossing::either, false}, {EventKind::functor, 0, Crossing::upward, false}};
  Batch<double> batch{1, 2};
  batch.run(all_are(WatchedRotation{}), {1, 0}, {0, 5}, options);  // angle 17.5 at the end: pi .. 5 pi lie before
  EXPECT_EQ(batch.event_counts[0], 5);
  EXPECT_EQ(batch.event_counts[1], 2);
  EXPECT_NEAR(batch.event_times[0], -1 + std::sqrt(1 + 10 * pi), 1e-7);
  EXPECT_NEAR(batch.event_times[1], -1 + std::sqrt(1 + 8 * pi), 1e-7);
  EXPECT_EQ(batch.ended_by[0], -1);
}

TEST(OwnModel, JacobianOfTheModelAndDifferencesAgree) {
  for (const Method method : {Method::rosenbrock23, Method::rodas43, Method::automatic}) {
    SCOPED_TRACE(name(method));
    IntegrateOptions options = precise(method);
    Batch<double> differences{1, 2};
    Batch<double> own{1, 2};
    differences.run(all_are(VanDerPol{100}), {2, 0}, {0, 50}, options);
    own.run(all_are(VanDerPolWithJacobian{{100}}), {2, 0}, {0, 50}, options);
    EXPECT_EQ(differences.status[0], Status::ok);
    EXPECT_EQ(own.status[0], Status::ok);
    EXPECT_NEAR(differences.final_state[0], own.final_state[0], 1e-5);
    EXPECT_GT(own.jacobians[0], 0);
    // two evaluations for each Jacobian and one for its time derivative are saved
    EXPECT_GE(differences.rhs[0] - own.rhs[0], 2 * differences.jacobians[0] - differences.jacobians[0] / 10);
  }
}

TEST(OwnModel, AutonomousModelsAreSparedTheTimeDerivative) {
  struct Plain {
    int dimension() const { return 1; }
    void rhs(const core::Solo&, double, const double* x, double* dx) const { dx[0] = -x[0]; }
  };
  IntegrateOptions options = precise(Method::rodas43);
  options.fixed_step = 0.1;
  Batch<double> plain{1, 1};
  Batch<double> autonomous{1, 1};
  plain.run(all_are(Plain{}), {1}, {0, 1}, options);
  autonomous.run(all_are(Exponential<double>{-1}), {1}, {0, 1}, options);
  EXPECT_EQ(plain.final_state[0], autonomous.final_state[0]);
  EXPECT_EQ(plain.rhs[0], autonomous.rhs[0] + plain.accepted[0]);
}

TEST(OwnModel, RestStopsAndEnterAreTheModels) {
  Batch<double> batch{2, 1};
  batch.wants_summary = true;
  batch.run(all_are(Kinked{}), {}, {0, 0.5, 2}, precise(Method::tsitouras54));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(batch.states[3 * i], 3, 1e-14);
    EXPECT_NEAR(batch.states[3 * i + 1], 3.5, 1e-13);
    EXPECT_NEAR(batch.states[3 * i + 2], 2, 1e-13);
    EXPECT_NEAR(batch.maximum[i], 4, 1e-13);  // reached at the kink exactly
  }
  batch.run(all_are(Kinked{}), {10}, {0, 0.5, 2}, precise(Method::tsitouras54));
  EXPECT_NEAR(batch.states[2], 9, 1e-13);
}

TEST(OwnModel, SettledSpeedOfTheModelCounts) {
  struct Slow : Exponential<double> {
    double settled_speed(int, const double*, double relative, double) const { return relative; }
  };
  IntegrateOptions options = precise(Method::verner65);
  options.settle_tolerance = std::exp(-3.0);
  options.max_step = 0.01;
  Batch<double> batch{1, 1};
  batch.wants_summary = true;
  batch.run(all_are(Slow{{-1}}), {1}, {0, 6}, options);
  EXPECT_NEAR(batch.settling_time[0], 3, 0.011);  // |f| = exp(-t) is exp(-3) then, seen at the end of a step
  batch.run(all_are(Exponential<double>{-1}), {1}, {0, 6}, options);
  EXPECT_TRUE(std::isnan(batch.settling_time[0]));  // |f| / |x| is 1 for ever
}

TEST(OwnModel, SummariesKnowItsFrequency) {
  struct Swing {  // x'' = -(2 pi frequency)^2 x
    double frequency;
    int dimension() const { return 2; }
    void rhs(const core::Solo&, double, const double* x, double* dx) const {
      dx[0] = 2 * pi * frequency * x[1];
      dx[1] = -2 * pi * frequency * x[0];
    }
  };
  const std::vector<double> x0 = {1, 0};
  const std::vector<double> span = {0, 2};
  std::vector<double> frequency(3, -77);
  IntegrateInputs<double> inputs;
  inputs.x0 = shared(x0.data(), 3, 2);
  inputs.span = shared(span.data(), 3, 2);
  IntegrateOptions options = precise(Method::verner65);
  options.frequency_component = 1;
  IntegrateResults<double> results;
  results.summary.frequency = packed(frequency.data(), 3, 1);
  integrate_models<double>(
      Cpu{2}, 3, [](std::int64_t i) { return Swing{4.2 + 2 * static_cast<double>(i)}; }, inputs, options, results);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(frequency[i], 4.2 + 2 * static_cast<double>(i), 0.03);
}

TEST(OwnModel, TeamsOfEveryWidthGiveTheBitsOfOneLane) {
  const std::vector<double> x0 = {1, 0};
  const std::vector<double> times = {0, 1, 3};
  std::vector<double> states(6);
  std::vector<double> maximum(2);
  IntegrateInputs<double> inputs;
  inputs.x0 = shared(x0.data(), 1, 2);
  inputs.times = shared(times.data(), 1, 3);
  IntegrateResults<double> results;
  results.states = packed(states.data(), 1, 2, 3);
  results.summary.maximum = packed(maximum.data(), 1, 2);
  for (const Method method : {Method::tsitouras54, Method::rodas43}) {
    integrate_models<double>(Cpu{1}, 1, all_are(Rotation{}), inputs, precise(method), results);
    const auto alone = states;
    const auto plan = march_plan(2, inputs, precise(method), results);
    const auto tables = core::method_tables<double>(method);
    std::vector<double> numbers(core::march_scratch(2, tables, false));
    std::vector<int> integers(2);
    std::vector<double> x(2);
    const auto work = core::march_work(numbers.data(), integers.data(), 2, tables.slots(false), tables.degree());
    for (const int width : crew_widths) {
      states.assign(6, -77);
      Crew(width).run([&](const CrewLane& lane) {
        Rotation model;
        integrate_model<false>(lane, model, plan, tables, 0, x.data(), static_cast<double*>(nullptr), work);
      });
      if (compiler_contracts()) continue;
      EXPECT_TRUE(same_bits(&states[0], &alone[0], 6)) << name(method) << ", " << width << " lanes";
    }
  }
}

TEST(OwnModel, OneThatDivergesDoesSoAlone) {
  const auto mixed = [](std::int64_t i) { return Exponential<double>{i == 2 ? 400.0 : -1.0}; };
  Batch<double> batch{5, 1};
  batch.run(mixed, {1}, {0, 1}, precise(Method::tsitouras54), 2);
  Batch<double> alone{1, 1};
  alone.run(all_are(Exponential<double>{-1}), {1}, {0, 1}, precise(Method::tsitouras54));
  for (std::size_t i = 0; i < 5; ++i) {
    if (i == 2) continue;
    EXPECT_EQ(batch.status[i], Status::ok);
    EXPECT_TRUE(same_bits(&batch.final_state[i], &alone.final_state[0], 1));
  }
  EXPECT_EQ(batch.status[2], Status::diverged);
  EXPECT_LT(batch.time_reached[2], 0.2);
  EXPECT_TRUE(std::isnan(batch.states[5]));
}

TEST(OwnModel, SameBitsInAnyOrderAndAtAnyNumberOfThreads) {
  constexpr std::int64_t items = 40;
  const auto forwards = [](std::int64_t i) { return VanDerPol{0.5 * static_cast<double>(i)}; };
  const auto backwards = [&](std::int64_t i) { return forwards(items - 1 - i); };
  for (const Method method : {Method::dormand_prince853, Method::automatic}) {
    Batch<double> one{items, 2};
    Batch<double> three{items, 2};
    Batch<double> reversed{items, 2};
    one.run(forwards, {2, 0}, {0, 1, 4}, precise(method), 1);
    three.run(forwards, {2, 0}, {0, 1, 4}, precise(method), 3);
    reversed.run(backwards, {2, 0}, {0, 1, 4}, precise(method), 2);
    EXPECT_TRUE(same_bits(one.states, three.states));
    EXPECT_EQ(one.accepted, three.accepted);
    for (std::size_t i = 0; i < items; ++i) {
      EXPECT_TRUE(same_bits(&one.states[6 * i], &reversed.states[6 * (items - 1 - i)], 6)) << i;
    }
  }
}

TEST(OwnModel, RecordingMoreChangesNothing) {
  Batch<double> simple{1, 2};
  Batch<double> more{1, 2};
  more.wants_summary = true;
  simple.run(all_are(VanDerPol{1}), {2, 0}, {0, 1, 10}, precise(Method::tsitouras54));
  more.run(all_are(VanDerPol{1}), {2, 0}, {0, 1, 10}, precise(Method::tsitouras54));
  EXPECT_TRUE(same_bits(simple.states, more.states));
}

/// The message with which a call is refused; empty if it is not.
std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

TEST(OwnModel, RefusesWhatItCannotDo) {
  const std::vector<double> x0 = {1, 0};
  const std::vector<double> times = {0, 1};
  IntegrateInputs<double> good;
  good.x0 = shared(x0.data(), 3, 2);
  good.times = shared(times.data(), 3, 2);
  const auto refused = [&](const auto& model_of, std::int64_t items, const IntegrateInputs<double>& inputs,
                           const IntegrateOptions& options = {}) {
    return refusal([&] { integrate_models<double>(Cpu{1}, items, model_of, inputs, options, {}); });
  };
  const auto rotation = all_are(Rotation{});
  EXPECT_EQ(refused(rotation, 3, good), "");
  EXPECT_EQ(refused(rotation, -1, good).find("items = -1"), 0U);

  IntegrateInputs<double> inputs = good;
  inputs.x0 = {};
  EXPECT_EQ(refused(rotation, 3, inputs).find("x0: no data"), 0U);
  inputs = good;
  inputs.x0 = shared(x0.data(), 3, 1);
  EXPECT_EQ(refused(rotation, 3, inputs).find("x0: shape = 1 x 1"), 0U);
  inputs = good;
  inputs.stimulus.z.times = shared(times.data(), 3, 2);
  EXPECT_EQ(refused(rotation, 3, inputs).find("stimulus, gains"), 0U);
  inputs = good;
  inputs.gains.tau_b0 = shared(times.data(), 3, 2);
  EXPECT_EQ(refused(rotation, 3, inputs).find("stimulus, gains"), 0U);
  const std::vector<double> backwards = {1, 0};
  inputs = good;
  inputs.times = shared(backwards.data(), 3, 2);
  EXPECT_EQ(refused(rotation, 3, inputs).find("circuit 0: times[1] = 0"), 0U);

  IntegrateOptions options;
  options.events = {{EventKind::functor, 0, Crossing::either, true}};
  EXPECT_EQ(refused(rotation, 3, good, options).find("events[0].kind = functor"), 0U);
  EXPECT_EQ(refused(rotation, 0, {}, options).find("events[0].kind = functor"), 0U);
  EXPECT_EQ(refused(all_are(WatchedRotation{}), 3, good, options), "");
  options = {};
  options.method = Method::rk4;
  EXPECT_EQ(refused(rotation, 3, good, options).find("fixed_step = 0"), 0U);

  struct Sized {
    int size;
    int dimension() const { return size; }
    void rhs(const core::Solo&, double, const double*, double* dx) const { dx[0] = 0; }
  };
  EXPECT_EQ(refused(all_are(Sized{0}), 3, good).find("circuit 0: dimension = 0: expected at least 1"), 0U);
  EXPECT_EQ(refused([](std::int64_t i) { return Sized{i == 2 ? 3 : 2}; }, 3, good),
            "circuit 2: dimension = 3: expected 2, that of circuit 0");
}

TEST(OwnModel, NoneAtAllIsFine) {
  const auto never = [](std::int64_t) -> Rotation { throw Error("there is no circuit to ask for"); };
  EXPECT_NO_THROW(integrate_models<double>(Cpu{1}, 0, never, {}, {}, {}));
  IntegrateOptions options;
  options.rtol = -1;
  EXPECT_THROW(integrate_models<double>(Cpu{1}, 0, never, {}, options, {}), InvalidArgument);
}

}  // namespace
}  // namespace organics::test
