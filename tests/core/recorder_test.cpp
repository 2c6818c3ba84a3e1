// The recorder: events, saved steps and summaries of trajectories that are known exactly.
#include "organics/core/recorder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <vector>

#include "support/bits.hpp"
#include "support/circuit_data.hpp"
#include "support/crew.hpp"
#include "support/exact_models.hpp"
#include "support/marching.hpp"

namespace organics::test {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = std::numbers::pi;
constexpr Method adaptive[] = {
    Method::heun,     Method::bogacki_shampine32, Method::dormand_prince54, Method::tsitouras54,
    Method::verner65, Method::dormand_prince853,  Method::rosenbrock23,     Method::rodas43,
    Method::automatic};

struct Wanted {
  std::vector<Event> events = {};
  std::vector<double> levels = {};
  std::vector<double> times = {};
  int save_every = 0;
  int capacity = 0;
  double settle_tolerance = 1e-6;
};

/// Memory for everything a recorder writes, filled with a mark.
struct Recorded {
  core::March<double> march;
  std::vector<double> x, states, step_times, step_states, event_times, minimum, maximum, mean, peak_time;
  std::vector<std::int32_t> counts;
  std::int32_t saved = -77;
  double settling_time = -77;

  Recorded(const Wanted& wanted, const std::vector<double>& x0)
      : x(x0),
        states(marks(x0.size() * wanted.times.size())),
        step_times(marks(static_cast<std::size_t>(wanted.capacity))),
        step_states(marks(x0.size() * step_times.size())),
        event_times(marks(wanted.events.size())),
        minimum(marks(x0.size())),
        maximum(minimum),
        mean(minimum),
        peak_time(minimum),
        counts(wanted.events.size(), -77) {}

  core::Recording<double> recording(const Wanted& wanted) {
    core::Recording<double> r;
    r.times = wanted.times.data();
    r.samples = static_cast<int>(wanted.times.size());
    r.states = states.data();
    r.save_every = wanted.save_every;
    r.capacity = wanted.capacity;
    r.step_times = step_times.data();
    r.step_states = step_states.data();
    r.steps_saved = &saved;
    r.events = wanted.events.data();
    r.event_count = static_cast<int>(wanted.events.size());
    r.levels = wanted.levels.data();
    r.event_counts = counts.data();
    r.event_times = event_times.data();
    r.minimum = minimum.data();
    r.maximum = maximum.data();
    r.mean = mean.data();
    r.peak_time = peak_time.data();
    r.settling_time = &settling_time;
    r.settle_tolerance = wanted.settle_tolerance;
    return r;
  }

 private:
  static std::vector<double> marks(std::size_t count) { return std::vector<double>(count, -77.0); }
};

template <class Model>
Recorded record(const Model& model, Method method, const core::MarchOptions<double>& options,
                const std::vector<double>& x0, double start, double end, const Wanted& wanted) {
  Recorded out(wanted, x0);
  Marched run = march_recording(model, method, options, x0, start, end, out.recording(wanted));
  out.march = run.march;
  out.x = run.x;
  return out;
}

Event level(int component, Crossing direction, bool terminal = false) {
  return {EventKind::level, component, direction, terminal};
}
Event steady(bool terminal) { return {EventKind::steady, 0, Crossing::either, terminal}; }

/// When Rotation has turned by `angle`.
double time_of(double angle) { return std::sqrt(1 + 2 * angle) - 1; }

/// x' = p'(t), p(t) = (t - 0.2)(t - 0.45)(t - 0.7)(t - 0.95): a step of 1 crosses zero once in each quarter.
struct Quartic {
  int dimension() const { return 1; }
  static double exact(double t) { return (t - 0.2) * (t - 0.45) * (t - 0.7) * (t - 0.95); }
  template <class Team>
  void rhs(const Team&, double t, const double*, double* dx) const {
    dx[0] = (t - 0.45) * (t - 0.7) * (t - 0.95) + (t - 0.2) * (t - 0.7) * (t - 0.95) +
            (t - 0.2) * (t - 0.45) * (t - 0.95) + (t - 0.2) * (t - 0.45) * (t - 0.7);
  }
};

/// x' = slope + 2 curvature t.
struct Parabola {
  double slope;
  double curvature;
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team&, double t, const double*, double* dx) const {
    dx[0] = slope + 2 * curvature * t;
  }
};

/// x_i' = -rate_i (x_i - target_i), and at t = 5 the targets double.
struct Relaxation {
  std::vector<double> rate, target;
  double factor = 1;
  int dimension() const { return static_cast<int>(rate.size()); }
  template <class Team>
  void rhs(const Team& team, double, const double* x, double* dx) const {
    core::for_each_own(team, dimension(), [&](int i) {
      const auto k = static_cast<std::size_t>(i);
      dx[i] = -rate[k] * (x[i] - factor * target[k]);
    });
  }
  static double next_stop(double t) { return t < 5 ? 5 : core::largest_finite<double>(); }
  void enter(double t) { factor = t < 5 ? 1 : 2; }
};

TEST(LevelEvent, TimeIsAsAccurateAsTheTolerance) {
  const double crossing = std::sqrt(1 / 0.3 - 1);
  for (const Method method : adaptive) {
    double previous = 1;
    for (const double rtol : {1e-4, 1e-7}) {
      const Recorded got = record(Witch{}, method, tolerances(rtol, rtol * 1e-2), {1}, 0, 9,
                                  {{level(0, Crossing::downward, true)}, {0.3}, {}});
      ASSERT_EQ(got.march.status, Status::ok);
      EXPECT_EQ(got.march.ended_by, 0) << name(method);
      EXPECT_EQ(got.event_times[0], got.march.t);
      const double error = std::abs(got.march.t - crossing);
      EXPECT_LT(error, 300 * rtol) << name(method);
      EXPECT_LT(error, previous / 5) << name(method);
      previous = error;
      EXPECT_LE(got.x[0], 0.3) << name(method);
      EXPECT_NEAR(got.x[0], 0.3, 1e-14) << "the state is on the level, " << name(method);
    }
  }
}

TEST(LevelEvent, TimeIsFoundWithFixedStepsToo) {
  const double crossing = std::sqrt(1 / 0.3 - 1);
  const Wanted wanted = {{level(0, Crossing::downward, true)}, {0.3}, {}};
  EXPECT_NEAR(record(Witch{}, Method::euler, fixed_steps(1e-4), {1}, 0, 9, wanted).march.t, crossing, 1e-3);
  EXPECT_NEAR(record(Witch{}, Method::rk4, fixed_steps(1e-2), {1}, 0, 9, wanted).march.t, crossing, 1e-7);
  EXPECT_NEAR(record(Witch{}, Method::rodas43, fixed_steps(1e-2), {1}, 0, 9, wanted).march.t, crossing, 1e-7);
}

TEST(LevelEvent, DirectionsAreToldApart) {
  const Wanted wanted = {
      {level(0, Crossing::downward), level(0, Crossing::upward), level(0, Crossing::either)}, {0.5, 0.5, 0.5}, {}};
  for (const Method method : adaptive) {
    const auto got =
        record(Rotation{}, method, tolerances(1e-7, 1e-9), {1, 0}, 0, time_of(4 * pi + 0.1), wanted);  // two turns
    EXPECT_EQ(got.counts, (std::vector<std::int32_t>{2, 2, 4})) << name(method);
    EXPECT_NEAR(got.event_times[0], time_of(7 * pi / 3), 1e-4) << name(method);
    EXPECT_NEAR(got.event_times[1], time_of(11 * pi / 3), 1e-4) << name(method);
    EXPECT_EQ(got.event_times[2], got.event_times[1]);
    EXPECT_EQ(got.march.ended_by, -1);
  }
}

TEST(LevelEvent, CrossingsWithinOneStepAreAllCounted) {
  const Wanted wanted = {
      {level(0, Crossing::downward), level(0, Crossing::upward), level(0, Crossing::either)}, {0, 0, 0}, {}};
  const auto got = record(Quartic{}, Method::dormand_prince853, fixed_steps(1), {Quartic::exact(0)}, 0, 1, wanted);
  EXPECT_EQ(got.march.accepted, 1);
  EXPECT_EQ(got.counts, (std::vector<std::int32_t>{2, 2, 4}));
  EXPECT_NEAR(got.event_times[0], 0.7, 1e-12);
  EXPECT_NEAR(got.event_times[1], 0.95, 1e-12);
  EXPECT_NEAR(got.event_times[2], 0.95, 1e-12);
}

TEST(LevelEvent, TerminalOneEndsTheMarchAndWhatComesAfterIsNotThere) {
  const Wanted wanted = {{level(0, Crossing::upward), level(0, Crossing::upward, true), level(0, Crossing::downward),
                          level(0, Crossing::downward, true)},
                         {100, 0, 0, -100},
                         {0, 0.1, 0.3, 0.44, 0.46, 1}};
  const auto got = record(Quartic{}, Method::dormand_prince853, fixed_steps(1), {Quartic::exact(0)}, 0, 1, wanted);
  EXPECT_EQ(got.march.status, Status::ok);
  EXPECT_EQ(got.march.ended_by, 1);
  EXPECT_NEAR(got.march.t, 0.45, 1e-12);
  EXPECT_NEAR(got.x[0], 0, 1e-15);
  EXPECT_EQ(got.counts, (std::vector<std::int32_t>{0, 1, 1, 0})) << "the others only up to the end";
  EXPECT_NEAR(got.event_times[2], 0.2, 1e-12);
  EXPECT_TRUE(std::isnan(got.event_times[0]));
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(got.states[k], Quartic::exact(wanted.times[k]), 1e-13);
  EXPECT_TRUE(std::isnan(got.states[4]) && std::isnan(got.states[5]));
}

TEST(LevelEvent, TheEarliestTerminalOneEndsTheMarch) {
  const Wanted wanted = {{level(0, Crossing::downward, true), level(0, Crossing::downward, true)}, {0.2, 0.8}, {}};
  const auto got = record(Witch{}, Method::tsitouras54, tolerances(1e-3, 1e-3), {1}, 0, 9, wanted);
  EXPECT_EQ(got.march.ended_by, 1);
  EXPECT_NEAR(got.march.t, 0.5, 1e-2);
  EXPECT_EQ(got.counts, (std::vector<std::int32_t>{0, 1}));
}

TEST(LevelEvent, AStartOnTheLevelIsNoCrossing) {
  const Wanted wanted = {{level(1, Crossing::upward), level(1, Crossing::downward, true)}, {0, 0}, {}};
  for (const Method method : adaptive) {
    const auto got = record(Rotation{}, method, tolerances(1e-8, 1e-10), {1, 0}, 0, 9, wanted);
    EXPECT_EQ(got.counts, (std::vector<std::int32_t>{0, 1})) << name(method);
    EXPECT_NEAR(got.march.t, time_of(pi), 1e-4);
  }
}

TEST(LevelEvent, OnTheEndOfAStepItIsCountedOnce) {
  const Wanted wanted = {{level(0, Crossing::either), level(0, Crossing::upward, true)}, {0.5, 1}, {0, 0.5, 1}};
  const auto got = record(Parabola{1, 0}, Method::heun, fixed_steps(0.25), {0}, 0, 1, wanted);
  EXPECT_EQ(got.counts, (std::vector<std::int32_t>{1, 1}));
  EXPECT_EQ(got.event_times, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(got.march.ended_by, 1) << "an event at the very end is one";
  EXPECT_EQ(got.march.t, 1);
  EXPECT_EQ(got.states, (std::vector<double>{0, 0.5, 1}));
}

/// Rotation with an event function: the product of both components, or a time.
struct WatchedRotation : Rotation {
  double at = nan;
  double event(double t, const double* x) const { return std::isnan(at) ? x[0] * x[1] : t - at; }
};

TEST(FunctorEvent, IsLocatedLikeALevel) {
  const Event watch = {EventKind::functor, 0, Crossing::either, false};
  for (const Method method : adaptive) {
    const auto got =
        record(WatchedRotation{}, method, tolerances(1e-8, 1e-10), {1, 0}, 0, time_of(7.5), {{watch}, {0}});
    EXPECT_EQ(got.counts[0], 4) << name(method);  // quarter turns but the start
    EXPECT_NEAR(got.event_times[0], time_of(2 * pi), 1e-4) << name(method);
    WatchedRotation clock;
    clock.at = 0.7;
    const Event stop = {EventKind::functor, 0, Crossing::upward, true};
    EXPECT_NEAR(record(clock, method, tolerances(1e-8, 1e-10), {1, 0}, 0, 9, {{stop}, {0}}).march.t, 0.7, 1e-14);
  }
}

TEST(SteadyEvent, NeedsEveryComponentAndOneWholeStep) {
  // one component rests at 1e6 from the start, the other relaxes: exp(-t) <= 1e-3 (1 + exp(-t))
  const Relaxation model = {{50, 1}, {1e6, 1}};
  const double rest = -std::log(1e-3 / (1 - 1e-3));
  auto options = tolerances(1e-8, 1e-12);
  options.max_step = 0.02;
  for (const Method method : adaptive) {
    Relaxation slow = model;
    const auto got = record(slow, method, options, {1e6, 2}, -10, 4.9, {{steady(true)}, {1e-3}, {}});
    EXPECT_EQ(got.march.ended_by, 0) << name(method);
    EXPECT_GE(got.march.t + 10, rest) << name(method);
    EXPECT_LE(got.march.t + 10, rest + 2 * 0.02 + 1e-3) << name(method);
  }
}

TEST(SteadyEvent, AStartAtRestTakesOneStep) {
  for (const Method method : adaptive) {
    const auto got =
        record(Relaxation{{3, 1}, {2, 1}}, method, tolerances(1e-6, 1e-9), {2, 1}, 0, 4, {{steady(true)}, {1e-6}, {}});
    EXPECT_EQ(got.march.ended_by, 0) << name(method);
    EXPECT_EQ(got.march.accepted, 1) << name(method);
    EXPECT_GT(got.march.t, 0) << name(method);
    EXPECT_EQ(got.event_times[0], got.march.t);
  }
}

TEST(SteadyEvent, CountsEveryComingToRestOnce) {
  auto options = tolerances(1e-8, 1e-10);
  options.max_step = 0.05;
  const double tolerance = 1e-4;
  // after t = 5, x = 2 - exp(-10 (t - 5)), within tolerance when 10 e <= tolerance (2 - e)
  const double rest = 5 - std::log(2 * tolerance / (10 + tolerance)) / 10;
  for (const Method method : {Method::tsitouras54, Method::rodas43, Method::heun}) {
    Wanted wanted = {{steady(false)}, {tolerance}, {}};
    wanted.settle_tolerance = tolerance;
    const auto got = record(Relaxation{{10}, {1}}, method, options, {0}, 0, 10, wanted);
    EXPECT_EQ(got.counts[0], 2) << name(method);
    EXPECT_GT(got.event_times[0], rest);
    EXPECT_LT(got.event_times[0], rest + 0.12);
    EXPECT_GE(got.settling_time, rest - 1e-4) << name(method);
    EXPECT_LE(got.settling_time, rest + 0.06) << name(method);
  }
}

TEST(SteadyEvent, AStepThatBeginsWithAJumpDoesNotBeginAtRest) {
  Wanted wanted = {{steady(false)}, {1}, {}};
  wanted.settle_tolerance = 1;
  const auto got = record(Relaxation{{1e4}, {1}}, Method::rodas43, fixed_steps(5), {1}, 0, 15, wanted);
  EXPECT_EQ(got.march.accepted, 3);
  EXPECT_EQ(got.counts[0], 2) << "over the first step and over the last";
  EXPECT_EQ(got.event_times[0], 15);
  EXPECT_EQ(got.settling_time, 10);
}

TEST(SettlingTime, IsTheStartWhenNothingMovesAndNanWhenItNeverSettles) {
  const auto at_rest = record(Relaxation{{3}, {1}}, Method::tsitouras54, tolerances(1e-6, 1e-9), {1}, 0.5, 4, {});
  EXPECT_EQ(at_rest.settling_time, 0.5);
  const auto turning = record(Rotation{}, Method::tsitouras54, tolerances(1e-6, 1e-9), {1, 0}, 0, 4, {});
  EXPECT_TRUE(std::isnan(turning.settling_time));
}

TEST(SettlingTime, DoesNotLookBeyondATerminalEvent) {
  // settled means |x'| <= 0.5: at the end of the only step it is, at the event it is not
  auto options = fixed_steps(1);
  options.atol = 0.5;
  Wanted wanted = {{level(0, Crossing::downward, true)}, {0.9}, {}};
  wanted.settle_tolerance = 1e-9;
  const auto got = record(Relaxation{{1}, {0}}, Method::rk4, options, {1}, 0, 1, wanted);
  EXPECT_NEAR(got.march.t, -std::log(0.9), 1e-2);
  EXPECT_TRUE(std::isnan(got.settling_time)) << got.settling_time;
}

TEST(SavedSteps, AreTheStartAndEveryKthStep) {
  Wanted wanted;
  wanted.times = {0, 0.3, 0.6, 0.9, 1};
  wanted.save_every = 3;
  wanted.capacity = 6;
  const auto got = record(Witch{}, Method::rk4, fixed_steps(0.1), {1}, 0, 1, wanted);
  EXPECT_EQ(got.saved, 4);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(got.step_times[k], wanted.times[k], 1e-15);
    EXPECT_NEAR(got.step_states[k], got.states[k], 1e-7);
  }
  for (std::size_t k = 4; k < 6; ++k) EXPECT_TRUE(std::isnan(got.step_times[k]) && std::isnan(got.step_states[k]));
}

TEST(SavedSteps, BeyondTheCapacityAreCounted) {
  Wanted wanted;
  wanted.save_every = 1;
  wanted.capacity = 3;
  const auto got = record(Witch{}, Method::rk4, fixed_steps(0.125), {1}, 0, 1, wanted);
  EXPECT_EQ(got.saved, 9);
  EXPECT_EQ(got.step_times, (std::vector<double>{0, 0.125, 0.25}));
  wanted.capacity = 0;
  EXPECT_EQ(record(Witch{}, Method::rk4, fixed_steps(0.125), {1}, 0, 1, wanted).saved, 9);
}

TEST(SavedSteps, AStepThatAnEventCutsIsNotOneButAWholeOneIs) {
  Wanted wanted = {{level(0, Crossing::upward, true)}, {0.6}, {}};
  wanted.save_every = 1;
  wanted.capacity = 9;
  EXPECT_EQ(record(Parabola{1, 0}, Method::heun, fixed_steps(0.25), {0}, 0, 1, wanted).saved, 3);
  wanted.levels = {0.75};
  const auto whole = record(Parabola{1, 0}, Method::heun, fixed_steps(0.25), {0}, 0, 1, wanted);
  EXPECT_EQ(whole.saved, 4);
  EXPECT_EQ(whole.step_times[3], 0.75);
}

struct Summary {
  double minimum, maximum, mean, peak_time;
};

/// The same of a function, by a fine grid (ends included) and Simpson's rule.
template <class F>
Summary sampled(F&& f, double start, double end) {
  constexpr int pieces = 200000;
  Summary s = {f(start), f(start), 0, start};
  for (int k = 0; k <= pieces; ++k) {
    const double t = start + (end - start) * k / pieces;
    const double value = f(t);
    if (value > s.maximum) s.peak_time = t;
    s.maximum = std::max(s.maximum, value);
    s.minimum = std::min(s.minimum, value);
    s.mean += (k == 0 || k == pieces ? 1 : k % 2 == 1 ? 4 : 2) * value / (3 * pieces);
  }
  return s;
}

TEST(Summaries, AgreeWithTheExactSolution) {
  const double start = 0.5;
  const double end = time_of(7);
  for (std::size_t i = 0; i < 2; ++i) {
    const Summary exact = sampled([&](double t) { return Rotation::exact(t)[i]; }, start, end);
    for (const Method method : adaptive) {
      const auto got = record(Rotation{}, method, tolerances(1e-8, 1e-10), Rotation::exact(start), start, end, {});
      EXPECT_NEAR(got.minimum[i], exact.minimum, 1e-5) << name(method);
      EXPECT_NEAR(got.maximum[i], exact.maximum, 1e-5) << name(method);
      EXPECT_NEAR(got.mean[i], exact.mean, 1e-5) << name(method);
      EXPECT_NEAR(got.peak_time[i], exact.peak_time, 1e-3) << name(method);
    }
  }
}

TEST(Summaries, SeeExtremesWithinAStep) {
  const Summary exact = sampled(Quartic::exact, 0, 0.9);
  const auto got = record(Quartic{}, Method::dormand_prince853, fixed_steps(0.9), {Quartic::exact(0)}, 0, 0.9, {});
  EXPECT_EQ(got.march.accepted, 1);
  EXPECT_NEAR(got.minimum[0], exact.minimum, 1e-9);
  EXPECT_NEAR(got.mean[0], exact.mean, 1e-12);
  const Summary late = sampled(Quartic::exact, 0.4, 0.9);
  const auto inside =
      record(Quartic{}, Method::dormand_prince853, fixed_steps(0.5), {Quartic::exact(0.4)}, 0.4, 0.9, {});
  EXPECT_NEAR(inside.maximum[0], late.maximum, 1e-9);
  EXPECT_NEAR(inside.peak_time[0], late.peak_time, 1e-5);
}

TEST(Summaries, SeeAnExtremeInTheMiddleOfAStep) {
  for (const double sign : {1.0, -1.0}) {
    const auto got = record(Parabola{sign, -sign}, Method::heun, fixed_steps(1), {0}, 0, 1, {});
    const auto& extreme = sign > 0 ? got.maximum : got.minimum;
    EXPECT_NEAR(extreme[0], sign * 0.25, 1e-15) << "x = t - t^2, or its negative";
    EXPECT_NEAR(got.peak_time[0], sign > 0 ? 0.5 : 0, 1e-12);
    EXPECT_NEAR(got.mean[0], sign / 6, 1e-15);
  }
}

TEST(Summaries, EndWhereTheMarchEnds) {
  Wanted wanted = {{level(0, Crossing::downward, true)}, {0.5}, {}};
  const auto stopped = record(Witch{}, Method::tsitouras54, tolerances(1e-9, 1e-11), {1}, 0, 9, wanted);
  EXPECT_NEAR(stopped.minimum[0], 0.5, 1e-14) << "nothing of the step beyond the event";
  EXPECT_NEAR(stopped.mean[0], std::atan(1.0), 1e-7);
  auto budget = tolerances(1e-9, 1e-11, 25);
  const auto limited = record(Witch{}, Method::tsitouras54, budget, {1}, 0, 50, {});
  EXPECT_EQ(limited.march.status, Status::step_limit);
  EXPECT_EQ(limited.minimum[0], limited.x[0]);
  EXPECT_NEAR(limited.mean[0], std::atan(limited.march.t) / limited.march.t, 1e-8);
  const auto gone = record(BlowUp{}, Method::tsitouras54, tolerances(1e-6, 1e-9), {1}, 0, 2, {});
  EXPECT_EQ(gone.march.status, Status::diverged);
  EXPECT_EQ(gone.maximum[0], gone.x[0]);
  EXPECT_EQ(gone.peak_time[0], gone.march.t);
  EXPECT_EQ(gone.minimum[0], 1);
}

TEST(Summaries, OfNoTimeAtAllAreTheStart) {
  const auto got = record(Rotation{}, Method::tsitouras54, tolerances(1e-6, 1e-9), {0.5, -2}, 3, 3, {});
  EXPECT_EQ(got.mean, (std::vector<double>{0.5, -2}));
  EXPECT_EQ(got.maximum, got.mean);
  EXPECT_EQ(got.peak_time, (std::vector<double>{3, 3}));
}

TEST(Recorder, AStartThatIsNotFiniteLeavesNothingUnwritten) {
  Wanted wanted = {{level(0, Crossing::either), steady(true)}, {0, 1e-3}, {0, 1}};
  wanted.save_every = 1;
  wanted.capacity = 2;
  const auto got = record(Rotation{}, Method::automatic, tolerances(1e-6, 1e-9), {nan, 1}, 0, 1, wanted);
  EXPECT_EQ(got.march.status, Status::non_finite);
  EXPECT_EQ(got.saved, 0);
  EXPECT_EQ(got.counts, (std::vector<std::int32_t>{0, 0}));
  for (const auto* values : {&got.states, &got.step_times, &got.step_states, &got.event_times, &got.minimum,
                             &got.maximum, &got.mean, &got.peak_time}) {
    for (const double value : *values) EXPECT_TRUE(std::isnan(value));
  }
  EXPECT_TRUE(std::isnan(got.settling_time));
}

TEST(Recorder, ChangesNoTrajectory) {
  Wanted all = {{level(0, Crossing::either), steady(false)}, {0.3, 1e-3}, {0, 0.123, 4}};
  all.save_every = 2;
  all.capacity = 5;
  for (const Method method : adaptive) {
    const Marched plain = march(Rotation{}, method, tolerances(1e-7, 1e-9), {1, 0}, {0, 4});
    const auto got = record(Rotation{}, method, tolerances(1e-7, 1e-9), {1, 0}, 0, 4, all);
    EXPECT_TRUE(same_bits(plain.x, got.x)) << name(method);
    EXPECT_EQ(plain.march.accepted, got.march.accepted);
  }
}

/// A circuit with an event function, marched by a crew of any width (0: one lane without threads).
struct WatchedCircuit : core::CircuitModel<double> {
  double event(double, const double* x) const { return x[0] - 0.5 * x[1]; }
};

Recorded record_with(int width, Method method, const CircuitData& data, const Wanted& wanted) {
  const WatchedCircuit model = {{data.circuit()}};
  const auto options = tolerances(1e-5, 1e-8);
  const core::Tolerance<double> tolerance = {options.rtol, options.atol};
  std::vector<double> x0(static_cast<std::size_t>(2 * data.n));
  model.rest(core::Solo{}, x0.data());
  Recorded out(wanted, x0);
  MarchMemory memory(method, 2 * data.n);
  const auto lane = [&](const auto& team) {
    WatchedCircuit own = model;
    core::SwitchingStepper<double> stepper(memory.tables);
    core::Recorder<double> recorder(out.recording(wanted), tolerance);
    const auto end =
        core::march_over(team, own, stepper, options, tolerance, recorder, out.x.data(), 0.0, 0.02, memory.work());
    if (team.rank() == 0) out.march = end;
  };
  if (width == 0) {
    lane(core::Solo{});
  } else {
    Crew(width).run(lane);
  }
  return out;
}

TEST(RecorderWidth, EveryWidthGivesTheBitsOfOneLane) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  Random random(5);
  const CircuitData data = figure4_circuit(random, 3);
  Wanted wanted = {{level(1, Crossing::either), steady(false), {EventKind::functor, 0, Crossing::either, false}},
                   {0.05, 1e-2, 0},
                   {0, 0.001, 0.0025, 0.02}};
  wanted.save_every = 2;
  wanted.capacity = 9;
  for (const Method method : {Method::tsitouras54, Method::rodas43, Method::automatic}) {
    const Recorded solo = record_with(0, method, data, wanted);
    ASSERT_EQ(solo.march.status, Status::ok);
    for (const int width : crew_widths) {
      const Recorded got = record_with(width, method, data, wanted);
      const auto same = [&](auto member) {
        EXPECT_TRUE(same_bits(solo.*member, got.*member)) << name(method) << ", width " << width;
      };
      for (const auto member :
           {&Recorded::x, &Recorded::states, &Recorded::step_times, &Recorded::step_states, &Recorded::event_times,
            &Recorded::minimum, &Recorded::maximum, &Recorded::mean, &Recorded::peak_time}) {
        same(member);
      }
      EXPECT_EQ(solo.counts, got.counts);
      EXPECT_EQ(solo.saved, got.saved);
      EXPECT_TRUE(same_bits(std::vector<double>{solo.settling_time}, std::vector<double>{got.settling_time}));
    }
  }
}

}  // namespace
}  // namespace organics::test
