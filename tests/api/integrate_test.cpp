// integrate(): its options, what it counts, and circuits driven in time against a naive integration.
#include "organics/integrate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/naive.hpp"

namespace organics::test {
namespace {

using State = std::vector<double>;
using Rhs = std::function<State(double, const State&)>;

/// The classical Runge-Kutta method with equal steps, for anything.
State naive_march(const Rhs& f, State x, double start, double end, int steps) {
  const double h = (end - start) / steps;
  const auto moved = [&](const State& k, double by) {
    State at = x;
    for (std::size_t i = 0; i < x.size(); ++i) at[i] += by * k[i];
    return at;
  };
  for (int step = 0; step < steps; ++step) {
    const double t = start + step * h;
    const State k1 = f(t, x);
    const State k2 = f(t + h / 2, moved(k1, h / 2));
    const State k3 = f(t + h / 2, moved(k2, h / 2));
    const State k4 = f(t + h, moved(k3, h));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] += h / 6 * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]);
  }
  return x;
}

constexpr int n = 2;
constexpr double end_time = 0.02;

CircuitData some_circuit() {
  Random random(81);
  return figure4_circuit(random, n);
}

State rest_of(const CircuitData& data) { return {0, 0, data.c(0), data.c(1)}; }

/// The state at the end, far closer than any tolerance below.
State exact_end(const CircuitData& data, double end = end_time) { return naive_rk4(data, rest_of(data), end, 20000); }

double distance(const State& a, const State& b) {
  double largest = a.size() == b.size() ? 0 : 1e300;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]) / (1 + std::abs(b[i]));
    if (!(apart <= largest)) largest = apart;
  }
  return largest;
}

/// One circuit from rest over a span of times.
struct Integration {
  BatchData<double> batch;
  State span;
  IntegrateInputs<double> inputs;

  explicit Integration(const CircuitData& data, const State& from_to = {0, end_time}) : batch({data}), span(from_to) {
    inputs.span = packed(static_cast<const double*>(span.data()), 1, 2);
  }
  Integration(const Integration&) = delete;
  Integration& operator=(const Integration&) = delete;

  IntegrateMemory<double> operator()(const IntegrateOptions& options, int capacity = 0) const {
    return integrate_recording<double>(Cpu{1}, batch, inputs, options, capacity);
  }
};

IntegrateOptions tolerance(Method method, double rtol = 1e-8) {
  IntegrateOptions options;
  options.method = method;
  options.rtol = rtol;
  options.atol = rtol * 1e-2;
  return options;
}

constexpr Method adaptive[] = {
    Method::heun,     Method::bogacki_shampine32, Method::dormand_prince54, Method::tsitouras54,
    Method::verner65, Method::dormand_prince853,  Method::rosenbrock23,     Method::rodas43,
    Method::automatic};

TEST(Integrate, EveryControllerAndNormReachesTheAnswer) {
  const CircuitData data = some_circuit();
  const Integration run(data);
  const State exact = exact_end(data);
  for (const Method method : adaptive) {
    for (const StepControl control : {StepControl::elementary, StepControl::pi, StepControl::pid}) {
      for (const ErrorNorm norm : {ErrorNorm::max, ErrorNorm::rms}) {
        IntegrateOptions options = tolerance(method, 1e-6);
        options.control = control;
        options.norm = norm;
        const auto got = run(options);
        EXPECT_EQ(got.status[0], Status::ok) << name(method);
        EXPECT_LT(distance(got.final_state, exact), 3e-4) << name(method) << ", " << static_cast<int>(control);
        EXPECT_EQ(got.time_reached[0], end_time);
      }
    }
  }
}

TEST(Integrate, ControllersAndNormsDiffer) {
  const Integration run(some_circuit());
  IntegrateOptions options = tolerance(Method::tsitouras54, 1e-6);
  const auto plain = run(options);
  options.norm = ErrorNorm::rms;
  const auto rms = run(options);
  EXPECT_LT(rms.accepted[0], plain.accepted[0]) << "rms asks for less";
  options.norm = ErrorNorm::max;
  options.control = StepControl::elementary;
  EXPECT_FALSE(same_bits(run(options).final_state, plain.final_state));
  options.control = StepControl::pid;
  EXPECT_FALSE(same_bits(run(options).final_state, plain.final_state));
}

TEST(Integrate, TolerancesMayDifferFromComponentToComponent) {
  // two uncoupled copies of one neuron pair: only the first is asked to be accurate
  CircuitData data = {2,      ModelKind::main, {0.002, 0.0005}, {0.002, 0.0005},  {1, 1},
                      {1, 1}, {.2, 1},         {1, 1},          {0.5, 0, 0, 0.5}, {0.5, 0, 0, 0.5}};
  Integration run(data, {0, 0.0035});
  const State exact = exact_end(data, 0.0035);
  const State tight = {1e-10, 1e-10, 1e-10, 1e-10};
  const State half = {1e-10, 1e2, 1e-10, 1e2};
  const State small = {1e-12, 1e-12, 1e-12, 1e-12};
  run.inputs.atol = packed(small.data(), 1, 4);
  const auto steps_with = [&](const State& rtol) {
    run.inputs.rtol = packed(rtol.data(), 1, 4);
    const auto got = run(tolerance(Method::tsitouras54, 1e-3));
    EXPECT_LT(std::abs(got.final_state[0] - exact[0]), 1e-8);
    EXPECT_LT(std::abs(got.final_state[2] - exact[2]), 1e-8);
    return got;
  };
  const auto all = steps_with(tight);
  const auto first = steps_with(half);
  EXPECT_LT(first.accepted[0], all.accepted[0]);
  EXPECT_GT(std::abs(first.final_state[1] - exact[1]), 10 * std::abs(all.final_state[1] - exact[1]));
  const IntegrateOptions everywhere = [] {
    IntegrateOptions o = tolerance(Method::tsitouras54, 1e-10);
    o.atol = 1e-12;
    return o;
  }();
  run.inputs.rtol = run.inputs.atol = {};
  EXPECT_TRUE(same_bits(run(everywhere).final_state, all.final_state)) << "the same number for all is the option";
}

TEST(Integrate, AStepBelowTheLeastEndsTheCircuit) {
  const Integration run(some_circuit());
  IntegrateOptions options = tolerance(Method::tsitouras54, 1e-10);
  options.min_step = 1e-3;
  const auto got = run(options);
  EXPECT_EQ(got.status[0], Status::step_too_small);
  EXPECT_LT(got.time_reached[0], end_time);
  options.min_step = 1e-9;
  EXPECT_EQ(run(options).status[0], Status::ok);
}

TEST(Integrate, NoStepIsLongerThanTheLongest) {
  for (const Method method : adaptive) {
    for (const double end : {0.02, 0.0201, 0.02 * (1 + 1e-3), 0.0200000001}) {
      const Integration run(some_circuit(), {0, end});
      IntegrateOptions options = tolerance(method, 1e-2);
      options.max_step = 1e-3;
      options.save_every = 1;
      const auto got = run(options, 400);
      ASSERT_LE(got.steps_saved[0], 400);
      EXPECT_LE(got.last_step[0], 1e-3);
      for (std::size_t k = 1; k < static_cast<std::size_t>(got.steps_saved[0]); ++k) {
        EXPECT_LE(got.step_times[k] - got.step_times[k - 1], 1e-3 * (1 + 1e-12)) << name(method) << ", end " << end;
      }
      options.fixed_step = 5e-3;
      EXPECT_EQ(run(options, 400).accepted[0], end > 0.02 ? 21 : 20) << "equal ones neither";
    }
  }
}

TEST(Integrate, TheFirstStepMayBeGiven) {
  const Integration run(some_circuit());
  IntegrateOptions options = tolerance(Method::tsitouras54, 1e-3);
  options.initial_step = 1e-6;
  options.save_every = 1;
  const auto got = run(options, 2);
  EXPECT_EQ(got.step_times[1], 1e-6);
}

TEST(Integrate, TheBudgetIsOfAttempts) {
  const CircuitData data = some_circuit();
  const Integration run(data);
  IntegrateOptions options = tolerance(Method::tsitouras54, 1e-10);
  options.max_steps = 11;
  const auto got = run(options);
  EXPECT_EQ(got.status[0], Status::step_limit);
  EXPECT_EQ(got.accepted[0] + got.rejected[0], 11);
  EXPECT_LT(distance(got.final_state, exact_end(data, got.time_reached[0])), 1e-8);
}

TEST(Integrate, EachCircuitHasItsOwnSpanAndTimesWithinIt) {
  const CircuitData data = some_circuit();
  const BatchData<double> batch({data, data});
  const State spans = {0, 0.01, -1, -0.98};
  const State times = {0.001, 0.007, -1, -0.99};
  IntegrateInputs<double> inputs;
  inputs.span = packed(spans.data(), 2, 2);
  inputs.times = packed(times.data(), 2, 2);
  const auto got = integrate_recording<double>(Cpu{1}, batch, inputs, tolerance(Method::dormand_prince853, 1e-10));
  EXPECT_EQ(got.time_reached, (State{0.01, -0.98}));
  EXPECT_LT(distance(item(item(got.states, 0, 8), 0, 4), exact_end(data, 0.001)), 1e-8);
  EXPECT_LT(distance(item(item(got.states, 0, 8), 1, 4), exact_end(data, 0.007)), 1e-8);
  EXPECT_LT(distance(item(item(got.states, 1, 8), 0, 4), rest_of(data)), 1e-15);
  EXPECT_LT(distance(item(item(got.states, 1, 8), 1, 4), exact_end(data, 0.01)), 1e-8);
  EXPECT_LT(distance(item(got.final_state, 1, 4), exact_end(data, 0.02)), 1e-8);
}

TEST(Integrate, CountsItsWork) {
  const Integration run(some_circuit());
  const auto count = [&](Method method, double first) {
    IntegrateOptions options = tolerance(method, 1e-6);
    options.initial_step = first;
    IntegrateMemory<double> alone(1, 2 * n, 0, 0, 0);
    integrate<double>(Cpu{1}, run.batch, run.inputs, options, alone.counted());
    return alone;
  };
  const auto ts = count(Method::tsitouras54, 0);
  EXPECT_EQ(ts.rhs[0], 6 * (ts.accepted[0] + ts.rejected[0]) + 2) << "the first slope, and one for the first step";
  EXPECT_EQ(ts.jacobians[0], 0);
  EXPECT_EQ(ts.lu[0], 0);
  const auto given = count(Method::tsitouras54, 1e-2);
  EXPECT_GT(given.rejected[0], 0);
  EXPECT_EQ(given.rhs[0], 6 * (given.accepted[0] + given.rejected[0]) + 1);
  const auto heun = count(Method::heun, 1e-2);
  EXPECT_EQ(heun.rhs[0], heun.accepted[0] + heun.rejected[0] + heun.accepted[0]);
  const auto rodas = count(Method::rodas43, 1e-2);
  const int attempts = rodas.accepted[0] + rodas.rejected[0];
  EXPECT_GT(rodas.rejected[0], 0);
  EXPECT_EQ(rodas.jacobians[0], attempts);
  EXPECT_EQ(rodas.lu[0], attempts);
  EXPECT_EQ(rodas.rhs[0], 5 * attempts + rodas.accepted[0]);
  const auto ros = count(Method::rosenbrock23, 1e-2);
  EXPECT_EQ(ros.rhs[0], 2 * (ros.accepted[0] + ros.rejected[0]) + 1);
}

TEST(Integrate, RecordingChangesNoStep) {
  const Integration run(some_circuit());
  for (const Method method : adaptive) {
    const auto recorded = run(tolerance(method));
    IntegrateMemory<double> plain(1, 2 * n, 0, 0, 0);
    auto results = plain.counted();
    results.final_state = packed(plain.final_state.data(), 1, 2 * n);
    // registers in which nothing is fused, as nothing is where more is recorded
    integrate<double>(Cpu{1, Simd::baseline}, run.batch, run.inputs, tolerance(method), results);
    EXPECT_TRUE(same_bits(plain.final_state, recorded.final_state)) << name(method);
    EXPECT_EQ(plain.accepted, recorded.accepted) << name(method);
    EXPECT_EQ(plain.last_step, recorded.last_step) << name(method);
  }
}

// ---- circuits driven in time ----

Signal<double> signal(const State& times, const State& values, int rows, Interpolation kind) {
  const int knots = static_cast<int>(times.size());
  return {packed(times.data(), 1, knots), packed(values.data(), 1, rows, knots), kind};
}

/// The circuit's equations with z, b0 and b1 of the moment.
Rhs driven_rhs(CircuitData data, std::function<void(double, CircuitData&)> drive) {
  return [data, drive](double t, const State& x) {
    CircuitData now = data;
    drive(t, now);
    return naive_rhs(now, x);
  };
}

TEST(Integrate, SavedStepsThatNobodyAskedForAreNone) {
  Random random(64);
  const BatchData<double> batch({figure4_circuit(random, 2)});
  const std::vector<double> span = {0, 0.01};
  for (const Method method : {Method::tsitouras54, Method::rodas43}) {
    std::vector<double> times(3, -7.0);
    std::int32_t saved = -7;
    IntegrateInputs<double> inputs;
    inputs.span = shared(span.data(), 1, 2);
    IntegrateOptions options;
    options.method = method;
    IntegrateResults<double> results;
    results.step_times = packed(times.data(), 1, 1, 3);
    results.steps_saved = packed(&saved, 1, 1);
    integrate<double>(Cpu{1}, batch, inputs, options, results);
    EXPECT_EQ(saved, 0) << name(method);
    for (const double time : times) EXPECT_TRUE(std::isnan(time)) << name(method);
  }
}

TEST(Stimulus, AContrastStepIsTwoIntegrationsGlued) {
  const CircuitData data = some_circuit();
  CircuitData before = data;
  before.z = {0.1, -0.05};
  CircuitData after = data;
  after.z = {0.9, 0.4};
  const State knots = {0, 0.0071};
  const State values = {0.1, -0.05, 0.9, 0.4};
  const State middle = naive_rk4(before, rest_of(data), 0.0071, 20000);
  const State exact = naive_rk4(after, middle, end_time - 0.0071, 20000);
  for (const Method method : adaptive) {
    Integration run(data);
    run.inputs.stimulus.z = signal(knots, values, n, Interpolation::constant);
    const double rtol = order(method) == 2 ? 1e-7 : 1e-9;
    const auto got = run(tolerance(method, rtol));
    EXPECT_LT(distance(got.final_state, exact), 1e3 * rtol) << name(method);
    const auto first = Integration(before, {0, 0.0071})(tolerance(method, rtol));
    Integration second(after, {0.0071, end_time});
    second.inputs.x0 = packed(static_cast<const double*>(first.final_state.data()), 1, 2 * n);
    EXPECT_LT(distance(got.final_state, second(tolerance(method, rtol)).final_state), 1e3 * rtol) << name(method);
  }
}

TEST(Stimulus, ARampFollowsTheNaiveIntegration) {
  const CircuitData data = some_circuit();
  const State knots = {0.002, 0.012, 0.012, 0.016};  // a ramp, a jump and another ramp
  const State values = {0, 0.2, 1, -0.4, 0.3, 0.3, 0.5, 0.1};
  const auto z_at = [&](double t, CircuitData& now) {
    for (std::size_t i = 0; i < 2; ++i) {
      const auto line = [&](std::size_t k) {
        const double part = (t - knots[k]) / (knots[k + 1] - knots[k]);
        return values[2 * k + i] + part * (values[2 * k + 2 + i] - values[2 * k + i]);
      };
      now.z[i] = t < 0.002 ? values[i] : t < 0.012 ? line(0) : t < 0.016 ? line(2) : values[6 + i];
    }
  };
  // each stretch alone, up to its end from the left: 1e-12 keeps the naive stages on this side of the jump
  const Rhs f = driven_rhs(data, z_at);
  const auto stretch = [&](State x, double from, double to) {
    return naive_march([&](double t, const State& at) { return f(std::min(t, to - 1e-12), at); }, x, from, to, 10000);
  };
  const State exact =
      stretch(stretch(stretch(stretch(rest_of(data), 0, 0.002), 0.002, 0.012), 0.012, 0.016), 0.016, end_time);
  for (const Method method : adaptive) {
    Integration run(data);
    run.inputs.stimulus.z = signal(knots, values, n, Interpolation::linear);
    const double rtol = order(method) == 2 ? 1e-7 : 1e-9;
    EXPECT_LT(distance(run(tolerance(method, rtol)).final_state, exact), 1e3 * rtol) << name(method);
  }
}

TEST(Stimulus, GainsInTimeFollowTheNaiveIntegration) {
  const CircuitData data = some_circuit();
  const State knots = {0, end_time};
  const State b0 = {0.5, 0.9, 1, 0.2};
  const State b1 = {0.1, 0.3, 0.8, 0.2};
  const auto drive = [&](double t, CircuitData& now) {
    for (std::size_t i = 0; i < 2; ++i) {
      now.b0[i] = b0[i] + t / end_time * (b0[2 + i] - b0[i]);
      now.b1[i] = b1[i] + t / end_time * (b1[2 + i] - b1[i]);
    }
  };
  Integration run(data);
  run.inputs.stimulus.b0 = signal(knots, b0, n, Interpolation::linear);
  run.inputs.stimulus.b1 = signal(knots, b1, n, Interpolation::linear);
  State rest = {0, 0, 0.5 * data.sigma[0], 0.9 * data.sigma[1]};
  rest[2] *= rest[2];
  rest[3] *= rest[3];
  const State exact = naive_march(driven_rhs(data, drive), rest, 0, end_time, 20000);
  for (const Method method : {Method::tsitouras54, Method::rodas43, Method::dormand_prince853}) {
    EXPECT_LT(distance(run(tolerance(method, 1e-9)).final_state, exact), 1e-7) << name(method);
  }
}

TEST(Stimulus, EveryKnotIsTheEndOfAStep) {
  const CircuitData data = some_circuit();
  const State knots = {0.0003, 0.0011, 0.00111, 0.005, 0.0173, 0.5};
  const State values(12, 0.25);
  for (const Interpolation kind : {Interpolation::constant, Interpolation::linear}) {
    for (const Method method : {Method::rk4, Method::tsitouras54, Method::rodas43, Method::automatic}) {
      Integration run(data);
      run.inputs.stimulus.z = signal(knots, values, n, kind);
      IntegrateOptions options = tolerance(method, 1e-3);
      options.fixed_step = method == Method::rk4 ? 1e-3 : 0;
      options.save_every = 1;
      const auto got = run(options, 300);
      ASSERT_LE(got.steps_saved[0], 300);
      for (std::size_t k = 0; k + 1 < knots.size(); ++k) {
        EXPECT_EQ(std::count(got.step_times.begin(), got.step_times.end(), knots[k]), 1)
            << name(method) << ", knot " << knots[k];
      }
    }
  }
}

TEST(Stimulus, RosenbrockMethodsKeepTheirOrderOnARamp) {
  const CircuitData data = some_circuit();
  const State knots = {0, end_time};
  const State values = {0, 1, 2, -1};
  const auto drive = [&](double t, CircuitData& now) { now.z = {2 * t / end_time, 1 - 2 * t / end_time}; };
  const State exact = naive_march(driven_rhs(data, drive), rest_of(data), 0, end_time, 40000);
  for (const Method method : {Method::rosenbrock23, Method::rodas43}) {
    const auto error = [&](int steps) {
      Integration run(data);
      run.inputs.stimulus.z = signal(knots, values, n, Interpolation::linear);
      IntegrateOptions options;
      options.method = method;
      options.fixed_step = end_time / steps;
      return distance(run(options).final_state, exact);
    };
    EXPECT_GT(std::log2(error(64) / error(128)), order(method) - 0.3) << name(method);
  }
}

TEST(Stimulus, AJumpCostsNoOrder) {
  // the slope at the end of the step before a jump is not that at the start of the step after it
  const CircuitData data = some_circuit();
  CircuitData after = data;
  after.z = {0.9, -0.4};
  const State knots = {0, end_time / 2};
  const State values = {data.z[0], data.z[1], 0.9, -0.4};
  const State exact = naive_rk4(after, naive_rk4(data, rest_of(data), end_time / 2, 20000), end_time / 2, 20000);
  for (const Method method : {Method::bogacki_shampine32, Method::rk4, Method::tsitouras54, Method::rosenbrock23}) {
    const auto error = [&](int steps) {
      Integration run(data);
      run.inputs.stimulus.z = signal(knots, values, n, Interpolation::constant);
      IntegrateOptions options;
      options.method = method;
      options.fixed_step = end_time / steps;
      return distance(run(options).final_state, exact);
    };
    EXPECT_GT(std::log2(error(64) / error(128)), order(method) - 0.4) << name(method);
  }
}

TEST(Stimulus, DynamicGainsFollowTheNaiveIntegration) {
  constexpr int d = 3;
  Random random(82);
  const CircuitData data = some_circuit();
  const State tau_b0 = {0.004, 0.006};
  const State tau_b1 = {0.003, 0.008};
  const State W_b0x = random.gaussians(n * d);
  const State W_b1x = random.gaussians(n * d);
  const State W_b0y = random.gaussians(n * n);
  const State W_b0a = random.gaussians(n * n);
  const State W_b1y = random.gaussians(n * n);
  const State W_b1a = random.gaussians(n * n);
  const State W_zx = random.uniforms(n * d);
  const State knots = {0, end_time};
  const State x_in = {0.1, 0.4, 0.2, 0.9, 0.3, 0.5};
  // tau_b b' = -b + f(W_bx x_in + W_by y + W_ba a), z = floor(W_zx x_in)
  const Rhs f = [&](double t, const State& x) {
    State input(d);
    for (std::size_t k = 0; k < d; ++k) input[k] = x_in[k] + t / end_time * (x_in[d + k] - x_in[k]);
    const auto row = [](const State& M, std::size_t i, const double* v, std::size_t count) {
      double sum = 0;
      for (std::size_t k = 0; k < count; ++k) sum += M[i + n * k] * v[k];
      return sum;
    };
    CircuitData now = data;
    for (std::size_t i = 0; i < n; ++i) {
      now.z[i] = std::max(0.0, row(W_zx, i, input.data(), d));
      now.b0[i] = x[4 + i];
      now.b1[i] = x[6 + i];
    }
    State dx = naive_rhs(now, State(x.begin(), x.begin() + 4));
    for (std::size_t i = 0; i < n; ++i) {
      const double v = row(W_b0x, i, input.data(), d) + row(W_b0y, i, &x[0], n) + row(W_b0a, i, &x[2], n);
      dx.push_back((1 / (1 + std::exp(-v)) - x[4 + i]) / tau_b0[i]);
    }
    for (std::size_t i = 0; i < n; ++i) {
      const double v = row(W_b1x, i, input.data(), d) + row(W_b1y, i, &x[0], n) + row(W_b1a, i, &x[2], n);
      dx.push_back((1 / (1 + std::exp(-v)) - x[6 + i]) / tau_b1[i]);
    }
    return dx;
  };
  State start = rest_of(data);
  start.insert(start.end(), {data.b0[0], data.b0[1], data.b1[0], data.b1[1]});
  const State exact = naive_march(f, start, 0, end_time, 10000);
  Integration run(data);
  DynamicGains<double>& gains = run.inputs.gains;
  gains.inputs = d;
  gains.tau_b0 = packed(tau_b0.data(), 1, n);
  gains.tau_b1 = packed(tau_b1.data(), 1, n);
  gains.W_b0x = packed(W_b0x.data(), 1, n, d);
  gains.W_b1x = packed(W_b1x.data(), 1, n, d);
  gains.W_b0y = packed(W_b0y.data(), 1, n, n);
  gains.W_b0a = packed(W_b0a.data(), 1, n, n);
  gains.W_b1y = packed(W_b1y.data(), 1, n, n);
  gains.W_b1a = packed(W_b1a.data(), 1, n, n);
  gains.W_zx = packed(W_zx.data(), 1, n, d);
  gains.input_signal = signal(knots, x_in, d, Interpolation::linear);
  for (const Method method : adaptive) {
    const double rtol = order(method) == 2 ? 1e-7 : 1e-9;
    const auto got = run(tolerance(method, rtol));
    ASSERT_EQ(got.final_state.size(), 8U);
    EXPECT_LT(distance(got.final_state, exact), 1e3 * rtol) << name(method);
  }
}

TEST(Stimulus, EventsSeeTheStepAtItsTime) {
  // y rises through 0.3 only after the drive is switched on at 5 ms
  const CircuitData data = one_neuron(0, 0, 1, 0.01);
  const State knots = {0, 0.005};
  const State values = {0, 1};
  Integration run(data);
  run.inputs.stimulus.z = signal(knots, values, 1, Interpolation::constant);
  IntegrateOptions options = tolerance(Method::tsitouras54, 1e-10);
  options.events = {{EventKind::level, 0, Crossing::upward, true}};
  const State level = {0.3};
  run.inputs.event_levels = packed(level.data(), 1, 1);
  const auto got = run(options);
  EXPECT_EQ(got.ended_by[0], 0);
  EXPECT_NEAR(got.time_reached[0], 0.005 - 0.002 * std::log(1 - 0.3), 1e-11) << "y = 1 - exp(-(t - 5 ms) / tau)";
  EXPECT_NEAR(got.final_state[0], 0.3, 1e-14);
}

}  // namespace
}  // namespace organics::test
