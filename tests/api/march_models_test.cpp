// Small models in the lanes of a device: what one thread of own_model.cuh marches, run here with a number as the pack. Every
// model ends as it does where method and size are known when the program runs.
#include "organics/march_models.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "organics/own_model.hpp"
#include "support/bits.hpp"
#include "support/crew.hpp"

namespace organics::test {
namespace {

/// The equations of Lorenz (1963).
template <class T>
struct Lorenz {
  T rho;
  static constexpr int max_dimension = 3;
  int dimension() const { return 3; }
  template <class Team>
  void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = T(10) * (x[1] - x[0]);
    dx[1] = x[0] * (rho - x[2]) - x[1];
    dx[2] = x[0] * x[1] - T(8) / T(3) * x[2];
  }
};

/// x'' = -x - x' + drive, whose drive jumps at every whole number; from rest there.
template <class T>
struct Driven {
  T drive;
  static constexpr int max_dimension = 2;
  int dimension() const { return 2; }
  void enter(T t) { drive = std::floor(t) - T(1); }
  T next_stop(T t) const { return std::floor(t) + T(1); }
  template <class Team>
  void rhs(const Team& /*team*/, T t, const T* x, T* dx) const {
    dx[0] = x[1];
    dx[1] = drive * (T(1) + t) - x[0] - x[1];
  }
  template <class Team>
  void rest(const Team& /*team*/, T* x) const {
    x[0] = drive;
    x[1] = T(0);
  }
};

/// x' = rate x^2: leaves every bound where rate > 0.
template <class T>
struct Runaway {
  T rate;
  static constexpr int max_dimension = 1;
  int dimension() const { return 1; }
  template <class Team>
  void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = rate * x[0] * x[0];
  }
};

/// A batch: inputs and results.
template <class T>
struct Batch {
  std::int64_t items;
  int m;
  std::vector<T> x0, times, span, rtol;
  std::vector<T> states, final_state, time_reached, last_step;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted, rejected, rhs, ended_by;

  IntegrateInputs<T> inputs() const {
    IntegrateInputs<T> in;
    if (!x0.empty()) in.x0 = packed(x0.data(), items, m);
    in.times = packed(times.data(), items, samples());
    in.span = packed(span.data(), items, 2);
    in.rtol = packed(rtol.data(), items, m);
    return in;
  }
  IntegrateResults<T> results() {
    const auto numbers = [&](std::vector<T>& all, int each) {
      all.assign(static_cast<std::size_t>(items * each), T(-77));
      return all.data();
    };
    const auto counters = [&](std::vector<std::int32_t>& all) {
      all.assign(static_cast<std::size_t>(items), -77);
      return packed(all.data(), items, 1);
    };
    IntegrateResults<T> out;
    out.states = packed(numbers(states, m * samples()), items, m, samples());
    out.final_state = packed(numbers(final_state, m), items, m);
    out.time_reached = packed(numbers(time_reached, 1), items, 1);
    out.last_step = packed(numbers(last_step, 1), items, 1);
    status.assign(static_cast<std::size_t>(items), Status::singular);
    out.status = packed(status.data(), items, 1);
    out.accepted = counters(accepted);
    out.rejected = counters(rejected);
    out.rhs_evaluations = counters(rhs);
    out.ended_by = counters(ended_by);
    return out;
  }
  int samples() const { return static_cast<int>(times.size() / static_cast<std::size_t>(items)); }
};

/// Spans of many lengths, tolerances of two kinds, and samples close together and far apart.
template <class T>
Batch<T> batch_of(std::int64_t items, int m, bool with_start) {
  Batch<T> batch{items, m, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
  for (std::int64_t i = 0; i < items; ++i) {
    const T start = static_cast<T>(i % 3) * T(0.3);
    const T end = start + T(0.05) + T(0.17) * static_cast<T>(i * i % 23);
    batch.span.insert(batch.span.end(), {start, end});
    for (const double part : {0.0, 0.001, 0.3, 0.301, 0.99}) {
      batch.times.push_back(start + static_cast<T>(part) * (end - start));
    }
    for (int k = 0; k < m; ++k) batch.rtol.push_back(i % 2 == 0 ? T(1e-5) : T(1e-3));
    for (int k = 0; with_start && k < m; ++k) batch.x0.push_back(T(1) + static_cast<T>((i + k) % 5));
  }
  return batch;
}

/// Models for one of the threads that share them.
struct EveryThird {
  std::int64_t items;
  mutable std::int64_t item;
  std::int64_t next() const {
    const std::int64_t own = item;
    item += 3;
    return own < items ? own : -1;
  }
};

template <class T>
void expect_same(const std::vector<T>& a, const std::vector<T>& b, const char* what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (std::isnan(a[k]) && std::isnan(b[k])) continue;
    if (compiler_contracts()) {  // the two are inlined differently
      EXPECT_NEAR(a[k], b[k], T(3e4) * std::numeric_limits<T>::epsilon() * (T(1) + std::abs(a[k]))) << what << ' ' << k;
    } else {
      EXPECT_TRUE(same_bits(&a[k], &b[k], 1)) << what << ' ' << k;
    }
  }
}

/// As a kernel for any method and any size does.
template <class T, class MakeModel>
void march_alone(Batch<T>& batch, const MakeModel& model_of, const IntegrateOptions& options) {
  const auto plan = march_plan<T>(batch.m, batch.inputs(), options, batch.results());
  const auto tables = core::method_tables<T>(options.method);
  std::vector<T> x(static_cast<std::size_t>(batch.m));
  std::vector<T> numbers(core::march_scratch(batch.m, tables, false));
  const auto work = core::march_work<T>(numbers.data(), nullptr, batch.m, tables.slots(false), tables.degree());
  for (std::int64_t i = 0; i < batch.items; ++i) {
    auto model = model_of(i);
    integrate_model<true>(core::Solo{}, model, plan, tables, i, x.data(), static_cast<T*>(nullptr), work);
  }
}

/// Marches them both ways. Returns how they ended.
template <Method method, class T, class MakeModel>
std::vector<Status> expect_both_ways(Batch<T> batch, const MakeModel& model_of, IntegrateOptions options) {
  SCOPED_TRACE(std::string(name(method)) + (sizeof(T) == 8 ? ", double" : ", float"));
  static_assert(is_marched_in_registers<method, model_type<MakeModel>, T>());
  options.method = method;
  Batch<T> known = batch;
  march_alone(batch, model_of, options);
  const ModelPlan<T, MakeModel> plan = {model_of, march_plan<T>(batch.m, known.inputs(), options, known.results())};
  for (int thread = 0; thread < 3; ++thread) {
    const EveryThird source = {batch.items, thread};
    if (options.fixed_step > 0) {
      march_models<method, true>(plan, source);
    } else {
      march_models<method, false>(plan, source);
    }
  }
  EXPECT_EQ(known.status, batch.status);
  EXPECT_EQ(known.ended_by, batch.ended_by);
  if (!compiler_contracts()) {
    EXPECT_EQ(known.accepted, batch.accepted);
    EXPECT_EQ(known.rejected, batch.rejected);
    EXPECT_EQ(known.rhs, batch.rhs);
  }
  expect_same(known.final_state, batch.final_state, "final_state");
  expect_same(known.states, batch.states, "states");
  expect_same(known.time_reached, batch.time_reached, "time_reached");
  expect_same(known.last_step, batch.last_step, "last_step");
  return known.status;
}

IntegrateOptions equal_steps(double step) {
  IntegrateOptions options;
  options.fixed_step = step;
  return options;
}

template <class T>
class MarchModels : public testing::Test {};
using Scalars = testing::Types<double, float>;
TYPED_TEST_SUITE(MarchModels, Scalars);

TYPED_TEST(MarchModels, EqualStepsHaveTheBitsOfOtherMarches) {
  using T = TypeParam;
  const auto lorenz = [](std::int64_t i) { return Lorenz<T>{static_cast<T>(i) / T(2)}; };
  for (const double step : {2e-3, 0.0101}) {
    expect_both_ways<Method::rk4>(batch_of<T>(37, 3, true), lorenz, equal_steps(step));
    expect_both_ways<Method::euler>(batch_of<T>(37, 3, true), lorenz, equal_steps(step));
    expect_both_ways<Method::tsitouras54>(batch_of<T>(37, 3, true), lorenz, equal_steps(step));
  }
  expect_both_ways<Method::rk4>(batch_of<T>(11, 3, true), lorenz, equal_steps(100));  // a step each
}

TYPED_TEST(MarchModels, ChosenStepsHaveTheBitsOfOtherMarches) {
  using T = TypeParam;
  const auto lorenz = [](std::int64_t i) { return Lorenz<T>{static_cast<T>(i) / T(2)}; };
  const IntegrateOptions options;
  expect_both_ways<Method::tsitouras54>(batch_of<T>(37, 3, true), lorenz, options);
  expect_both_ways<Method::dormand_prince54>(batch_of<T>(37, 3, true), lorenz, options);
}

TYPED_TEST(MarchModels, StopsAndRestAreTheModels) {
  using T = TypeParam;
  const auto driven = [](std::int64_t) { return Driven<T>{T(-5)}; };
  expect_both_ways<Method::rk4>(batch_of<T>(23, 2, false), driven, equal_steps(0.003));
  expect_both_ways<Method::tsitouras54>(batch_of<T>(23, 2, false), driven, equal_steps(0.003));
  expect_both_ways<Method::tsitouras54>(batch_of<T>(23, 2, false), driven, {});
}

TYPED_TEST(MarchModels, EachEndsInItsOwnWay) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add is on, and runaways tell";
  using T = TypeParam;
  const auto runaway = [](std::int64_t i) { return Runaway<T>{static_cast<T>(i % 4) - T(2)}; };
  Batch<T> batch = batch_of<T>(40, 1, true);
  batch.x0[2] = std::numeric_limits<T>::quiet_NaN();
  batch.x0[3] = std::numeric_limits<T>::max();  // its slope is not finite
  batch.x0[4] = T(0);
  batch.span[2 * 5 + 1] = std::numeric_limits<T>::quiet_NaN();
  batch.span[2 * 6 + 1] = batch.span[2 * 6];
  IntegrateOptions options = equal_steps(1e-3);
  options.max_steps = 2000;
  int of_status[status_count] = {};
  for (const Status status : expect_both_ways<Method::rk4>(batch, runaway, options)) {
    ++of_status[static_cast<int>(status)];
  }
  for (const Status status : {Status::ok, Status::step_limit, Status::non_finite, Status::diverged}) {
    EXPECT_GT(of_status[static_cast<int>(status)], 0) << name(status);
  }
}

struct Large : Lorenz<double> {
  static constexpr int max_dimension = 20;
};

TEST(MarchedInRegisters, AreSmallModelsByExplicitMethods) {
  EXPECT_TRUE((is_marched_in_registers<Method::rk4, Lorenz<float>, float>()));
  EXPECT_TRUE((is_marched_in_registers<Method::verner65, Lorenz<double>, double>()));
  EXPECT_FALSE((is_marched_in_registers<Method::rodas43, Lorenz<double>, double>()));
  EXPECT_FALSE((is_marched_in_registers<Method::automatic, Lorenz<double>, double>()));
  EXPECT_FALSE((is_marched_in_registers<Method::rk4, Large, double>()));
  struct Final final : Lorenz<double> {};
  EXPECT_FALSE((is_marched_in_registers<Method::rk4, Final, double>()));
}

}  // namespace
}  // namespace organics::test
