// Executors: what they say about themselves, and that a machine without CUDA gets a clear error and keeps its CPU.
#include "organics/executor.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"

namespace organics::test {
namespace {

TEST(Executor, CpuCountsItsThreads) {
  EXPECT_EQ(thread_count(Cpu{3}), 3);
  EXPECT_GE(thread_count(Cpu{}), 1);
  EXPECT_EQ(describe(Cpu{1}), "cpu, 1 thread");
  EXPECT_EQ(describe(Cpu{4}), "cpu, 4 threads");
}

TEST(Executor, CountingDevicesNeverThrows) {
  EXPECT_NO_THROW(EXPECT_GE(cuda_device_count(), 0));
  EXPECT_TRUE(cuda_built() || cuda_device_count() == 0);
}

TEST(Executor, CpuNeedsNoWorkspace) {
  Random random(81);
  const BatchData<double> batch({figure4_circuit(random, 2)});
  EXPECT_EQ(integrate_workspace_size<double>(Cpu{}, batch, {}, {}), 0U);
  EXPECT_EQ(steady_state_workspace_size<double>(Cpu{}, batch), 0U);
  EXPECT_EQ(stability_workspace_size<double>(Cpu{}, batch), 0U);
}

template <class Call>
void expect_device_error(const Call& call) {
  try {
    call();
    ADD_FAILURE() << "no DeviceError";
  } catch (const DeviceError& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("cuda"), std::string::npos) << message;
    EXPECT_GT(message.size(), 20U) << "says what to do: " << message;
  }
}

TEST(Executor, WithoutADeviceCudaIsAnErrorAndTheCpuStillWorks) {
  if (cuda_device_count() > 0) GTEST_SKIP() << "there is a device here";
  Random random(82);
  const BatchData<double> batch({figure4_circuit(random, 2), figure4_circuit(random, 2)});
  const auto before = settle_all<double>(Cpu{1}, batch);
  expect_device_error([] { describe(Cuda{}); });
  expect_device_error([&] { settle_all<double>(Cuda{}, batch); });
  expect_device_error([&] { judge_all<double>(Cuda{}, batch, before.states); });
  expect_device_error([&] { integrate_all<double>(Cuda{}, batch, {}, {0, 0.01}, 2, {}); });
  expect_device_error([&] {
    SweepOptions options;
    options.circuits = 10;
    sweep(Cuda{}, Ensemble{}, options);
  });
  const auto after = settle_all<double>(Cpu{1}, batch);
  EXPECT_TRUE(same_bits(before.states, after.states));
  EXPECT_EQ(after.status, (std::vector<Status>{Status::ok, Status::ok}));
}

}  // namespace
}  // namespace organics::test
