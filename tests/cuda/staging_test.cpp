// Host arrays staged in many chunks through a workspace with room for few circuits: the same bits as in one piece.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cuda/device.hpp"
#include "organics/organics.hpp"
#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/circuit_data.hpp"

namespace organics::test {
namespace {

class CudaSmallStaging : public DeviceTest {};

constexpr int n = 10;
constexpr int m = 2 * n;
constexpr std::int64_t items = 101;  // no multiple of a chunk
constexpr std::size_t count = items;

std::vector<CircuitData> some_circuits() {
  Random random(7);
  std::vector<CircuitData> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(figure4_circuit(random, n));
  return list;
}

/// The batch with every parameter but the drive shared.
Circuits<double> share_all_but_z(Circuits<double> batch) {
  for (auto* view : {&batch.tau_y, &batch.tau_a, &batch.b0, &batch.b1, &batch.sigma, &batch.Wr, &batch.W}) {
    view->item_stride = 0;
  }
  return batch;
}

/// The first `size` circuits of a batch.
Circuits<double> head(Circuits<double> batch, std::int64_t size) {
  batch.items = size;
  for (auto* view : {&batch.tau_y, &batch.tau_a, &batch.b0, &batch.b1, &batch.sigma, &batch.z, &batch.Wr, &batch.W}) {
    view->items = size;
  }
  return batch;
}

/// Device memory with room for about three circuits: three times the least with which work(executor, 1) does one.
template <class Work>
std::size_t room_for_three(const Work& work) {
  const DeviceArray memory(std::vector<unsigned char>(1 << 16, 0xff));
  for (std::size_t bytes = 256; bytes <= 1 << 16; bytes += 256) {
    try {
      work(Cuda{0, nullptr, {memory.data(), bytes}}, 1);
      return 3 * bytes;
    } catch (const DeviceError&) {  // not even one circuit fits
    }
  }
  ADD_FAILURE() << "one circuit needs more than 64 KiB";
  return 1 << 18;
}

/// work(executor, items) gives all results of the first circuits; those in chunks and those in one piece must agree.
/// `least`: a part of what all circuits need together, to be sure that there are chunks.
template <class Work, class Check>
void expect_same_in_chunks(const Work& work, std::size_t least, const Check& check) {
  const std::size_t bytes = room_for_three(work);
  ASSERT_LT(bytes, least) << "all circuits fit: there is only one chunk";
  const DeviceArray memory(std::vector<unsigned char>(bytes, 0xff));
  check(work(Cuda{0, nullptr, {memory.data(), bytes}}, items), work(Cuda{}, items));
}

TEST_F(CudaSmallStaging, Integrate) {
  const BatchData<double> data(some_circuits());
  Random random(8);
  std::vector<double> starts;
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = random_state(random, n);
    starts.insert(starts.end(), x.begin(), x.end());
    for (int k = 0; k < 3; ++k) times.push_back(1e-4 * k * (1 + 0.01 * static_cast<double>(i)));
  }
  for (const bool each : {true, false}) {  // one of everything for each circuit, or one for all but for the drive
    const Circuits<double> batch = each ? data.view() : share_all_but_z(data.view());
    const auto work = [&](const Executor& executor, std::int64_t size) {
      const auto some = [&](const std::vector<double>& values, int rows) {
        const auto all = static_cast<std::ptrdiff_t>(each ? size : 1) * rows;
        return std::vector<double>(values.begin(), values.begin() + all);
      };
      return integrate_all<double>(executor, head(batch, size), some(starts, m), some(times, 3), 3, {});
    };
    const std::size_t results = count * m * 3 * sizeof(double);
    expect_same_in_chunks(work, results, [&](const Integrated<double>& cut, const Integrated<double>& whole) {
      EXPECT_EQ(cut.status, std::vector<Status>(count, Status::ok));
      EXPECT_EQ(cut.status, whole.status);
      EXPECT_EQ(cut.accepted, whole.accepted);
      EXPECT_EQ(cut.rejected, whole.rejected);
      EXPECT_TRUE(same_bits(cut.states, whole.states));
      EXPECT_TRUE(same_bits(cut.time_reached, whole.time_reached));
      const auto cpu = work(Cpu{}, items);
      for (std::size_t k = 0; k < cpu.states.size(); ++k) {
        EXPECT_NEAR(cut.states[k], cpu.states[k], 1e-5 * (1 + std::abs(cpu.states[k]))) << k;
      }
    });
  }
}

TEST_F(CudaSmallStaging, SteadyStateAndStability) {
  const BatchData<double> data(some_circuits());
  for (const bool each : {true, false}) {
    const Circuits<double> batch = each ? data.view() : share_all_but_z(data.view());
    const std::vector<double> settled = settle_all<double>(Cpu{}, batch).states;
    std::vector<double> starts = settled;
    for (double& x : starts) x *= 1.02;
    for (const std::int64_t given :
         {std::int64_t(0), std::int64_t(1), items}) {  // starts: rest, one for all, one for each
      const auto work = [&](const Executor& executor, std::int64_t size) {
        const auto all = std::min<std::ptrdiff_t>(given, size) * m;
        return settle_all<double>(executor, head(batch, size), {starts.begin(), starts.begin() + all});
      };
      const std::size_t inputs_and_results = count * (m + n) * sizeof(double);
      expect_same_in_chunks(work, inputs_and_results,
                            [&](const SettledAll<double>& cut, const SettledAll<double>& whole) {
                              EXPECT_EQ(cut.status, std::vector<Status>(count, Status::ok));
                              EXPECT_EQ(cut.rung, whole.rung);
                              EXPECT_EQ(cut.steps, whole.steps);
                              EXPECT_TRUE(same_bits(cut.states, whole.states));
                              EXPECT_TRUE(same_bits(cut.residual, whole.residual));
                            });
    }
    const auto work = [&](const Executor& executor, std::int64_t size) {
      return judge_all<double>(executor, head(batch, size), {settled.begin(), settled.begin() + size * m});
    };
    const std::size_t states_and_eigenvalues = count * 3 * m * sizeof(double);
    expect_same_in_chunks(work, states_and_eigenvalues,
                          [&](const JudgedAll<double>& cut, const JudgedAll<double>& whole) {
                            EXPECT_EQ(cut.status, std::vector<Status>(count, Status::ok));
                            EXPECT_EQ(cut.verdict, whole.verdict);
                            EXPECT_TRUE(same_bits(cut.eigenvalues, whole.eigenvalues));
                            EXPECT_TRUE(same_bits(cut.abscissa, whole.abscissa));
                            EXPECT_TRUE(same_bits(cut.error, whole.error));
                            EXPECT_TRUE(same_bits(cut.frequency, whole.frequency));
                          });
  }
}

/// Items further apart in the caller's memory than their size, on the way in and on the way out.
TEST_F(CudaSmallStaging, ItemsApartFromEachOther) {
  const BatchData<double> data(some_circuits());
  constexpr int start_stride = m + 3;
  constexpr int states_stride = 2 * m + 5;
  std::vector<double> starts;
  std::vector<double> packed_starts;
  Random random(9);
  for (std::size_t i = 0; i < count; ++i) {
    const auto x = random_state(random, n);
    packed_starts.insert(packed_starts.end(), x.begin(), x.end());
    starts.insert(starts.end(), x.begin(), x.end());
    starts.insert(starts.end(), start_stride - m, 99.0);
  }
  const std::vector<double> times = {0, 2e-4};
  const auto expected = integrate_all<double>(Cuda{}, data, packed_starts, times, 2, {});
  ASSERT_EQ(expected.status, std::vector<Status>(count, Status::ok));

  constexpr std::size_t bytes = 1 << 15;  // the weights of all circuits are five times as much
  const DeviceArray memory(std::vector<unsigned char>(bytes, 0xff));
  std::vector<double> states(count * states_stride, -77.0);
  IntegrateResults<double> results;
  results.states = {states.data(), items, m, 2, states_stride};
  IntegrateInputs<double> inputs;
  inputs.x0 = {starts.data(), items, m, 1, start_stride};
  inputs.times = shared(times.data(), items, 2);
  integrate<double>(Cuda{0, nullptr, {memory.data(), bytes}}, data.view(), inputs, {}, results);
  for (std::size_t i = 0; i < count; ++i) {
    const auto mine = item(states, i, states_stride);
    const auto end = mine.begin() + 2 * m;
    EXPECT_TRUE(same_bits(std::vector<double>(mine.begin(), end), item(expected.states, i, 2 * m))) << i;
    EXPECT_EQ(std::vector<double>(end, mine.end()), std::vector<double>(5, -77.0)) << i;
  }
}

/// The chunks' streams are not the caller's, and begin after what is queued there: here, the end of the workspace's last use.
TEST_F(CudaSmallStaging, BeginsAfterWhatTheStreamHolds) {
  const BatchData<double> data(some_circuits());
  const std::vector<double> times = {0, 2e-4};
  const auto expected = integrate_all<double>(Cuda{}, data, {}, times, 2, {});
  constexpr std::size_t bytes = 1 << 15;
  const DeviceArray memory(std::vector<unsigned char>(bytes, 0));
  const DeviceArray busy(std::vector<unsigned char>(1 << 28, 0));
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  for (int k = 0; k < 20; ++k) EXPECT_EQ(cudaMemsetAsync(busy.data(), k, 1 << 28, stream), cudaSuccess);
  EXPECT_EQ(cudaMemsetAsync(memory.data(), 0xff, bytes, stream), cudaSuccess);
  const auto got = integrate_all<double>(Cuda{0, stream, {memory.data(), bytes}}, data, {}, times, 2, {});
  EXPECT_EQ(got.status, expected.status);
  EXPECT_TRUE(same_bits(got.states, expected.states));
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

}  // namespace
}  // namespace organics::test
