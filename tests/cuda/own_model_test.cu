// Models of one's own on a device: by a method that is named, in registers, and by any method, they end as on the CPU.
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/device.hpp"
#include "organics/own_model.cuh"

namespace organics::test {

/// The equations of Lorenz (1963).
template <class T>
struct Lorenz {
  T rho;
  static constexpr int max_dimension = 3;
  static constexpr bool autonomous = true;
  ORGANICS_FN static constexpr int dimension() { return 3; }
  template <class Team>
  ORGANICS_FN void rhs(const Team& /*team*/, T /*t*/, const T* x, T* dx) const {
    dx[0] = T(10) * (x[1] - x[0]);
    dx[1] = x[0] * (rho - x[2]) - x[1];
    dx[2] = x[0] * x[1] - T(8) / T(3) * x[2];
  }
};

/// rho from 0 to 20, where nothing is chaotic; the last one runs away at once.
template <class T>
struct LorenzBatch {
  std::int64_t items;
  ORGANICS_FN Lorenz<T> operator()(std::int64_t i) const {
    return {i == items - 1 ? T(1e30) : static_cast<T>(i) / static_cast<T>(items) * T(20)};
  }
};

namespace {

class CudaSmallOwnModel : public DeviceTest {};
class CudaOwnModel : public DeviceTest {};

/// Spans of many lengths and two samples each, and memory for the results.
template <class T>
struct HostBatch {
  std::int64_t items;
  std::vector<T> x0 = {T(1), T(2), T(3)};
  std::vector<T> span, times, states, final_state;
  std::vector<Status> status;
  std::vector<std::int32_t> accepted;

  explicit HostBatch(std::int64_t count, T longest) : items(count) {
    for (std::int64_t i = 0; i < items; ++i) {
      const T end = longest * static_cast<T>(1 + i * i % 97) / T(97);
      span.insert(span.end(), {T(0), end});
      times.insert(times.end(), {T(0.3) * end, end});
    }
    const auto size = static_cast<std::size_t>(items);
    states.assign(6 * size, T(-77));
    final_state.assign(3 * size, T(-77));
    status.assign(size, Status::singular);
    accepted.assign(size, -77);
  }
};

template <class T>
IntegrateInputs<T> inputs_of(std::int64_t items, const T* x0, const T* span, const T* times) {
  IntegrateInputs<T> inputs;
  inputs.x0 = shared<const T>(x0, items, 3);
  inputs.span = packed<const T>(span, items, 2);
  inputs.times = packed<const T>(times, items, 2);
  return inputs;
}

template <class T>
IntegrateResults<T> results_of(std::int64_t items, T* states, T* final_state, Status* status, std::int32_t* accepted) {
  IntegrateResults<T> results;
  results.states = packed(states, items, 3, 2);
  results.final_state = packed(final_state, items, 3);
  results.status = packed(status, items, 1);
  results.accepted = packed(accepted, items, 1);
  return results;
}

template <class T>
void expect_near(const std::vector<T>& a, const std::vector<T>& b, T tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (std::isnan(a[k]) && std::isnan(b[k])) continue;
    if (k / 3 + 1 == a.size() / 3) continue;  // how far the runaway came is chance
    ASSERT_NEAR(a[k], b[k], tolerance * (1 + std::abs(b[k]))) << k;
  }
}

/// Marches a batch on the device, by a named method or by its tables, and on the CPU.
template <Method method, class T>
void expect_as_on_the_cpu(std::int64_t items, T longest, IntegrateOptions options, bool named) {
  SCOPED_TRACE(named ? name(method) : "any method");
  options.method = method;
  const LorenzBatch<T> models = {items};
  HostBatch<T> host(items, longest);
  const DeviceArray<T> x0(host.x0), span(host.span), times(host.times), states(host.states),
      final_state(host.final_state);
  const DeviceArray<Status> status(host.status);
  const DeviceArray<std::int32_t> accepted(host.accepted);
  const auto plan =
      march_plan<T>(3, inputs_of<T>(items, x0.data(), span.data(), times.data()), options,
                    results_of<T>(items, states.data(), final_state.data(), status.data(), accepted.data()));
  const cudaError_t error =
      named ? integrate_models_async<method>(nullptr, items, models, plan)
            : integrate_models_async(nullptr, items, models, plan, core::method_tables<T>(method, options.rtol));
  ASSERT_EQ(error, cudaSuccess) << cudaGetErrorString(error);
  ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  integrate_models<T>(
      Cpu{}, items, models, inputs_of<T>(items, host.x0.data(), host.span.data(), host.times.data()), options,
      results_of<T>(items, host.states.data(), host.final_state.data(), host.status.data(), host.accepted.data()));
  EXPECT_NE(host.status.back(), Status::ok);
  EXPECT_EQ(status.download(), host.status);
  if (options.fixed_step > 0) {
    auto of_device = accepted.download();
    of_device.back() = host.accepted.back();
    EXPECT_EQ(of_device, host.accepted);
  }
  const T tolerance = sizeof(T) == 8 ? T(1e-6) : T(1e-2);
  expect_near(final_state.download(), host.final_state, tolerance);
}

IntegrateOptions equal_steps(double step) {
  IntegrateOptions options;
  options.fixed_step = step;
  return options;
}

template <class T>
void expect_every_way(std::int64_t items, T longest) {
  IntegrateOptions precise;
  precise.rtol = sizeof(T) == 8 ? 1e-9 : 1e-5;
  for (const bool named : {true, false}) {
    expect_as_on_the_cpu<Method::rk4>(items, longest, equal_steps(0.002), named);
    expect_as_on_the_cpu<Method::tsitouras54>(items, longest, equal_steps(0.002), named);
    expect_as_on_the_cpu<Method::tsitouras54>(items, longest, precise, named);
  }
}

TEST_F(CudaSmallOwnModel, EndsAsOnTheCpu) {
  expect_every_way<double>(300, 0.5);
  expect_every_way<float>(300, 0.5F);
}

/// More than a model for each thread.
TEST_F(CudaOwnModel, ThreadsTakeOneAfterTheOther) {
  expect_as_on_the_cpu<Method::rk4>(std::int64_t{1'200'007}, 0.2F, equal_steps(0.002), true);
}

}  // namespace
}  // namespace organics::test
