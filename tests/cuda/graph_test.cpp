// Calls on device arrays, captured in a CUDA graph: each launch gives what a call would, for what the arrays hold by then.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <algorithm>
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

class CudaSmallGraph : public DeviceTest {};

constexpr std::int64_t items = 12;
constexpr std::size_t count = items;

std::vector<CircuitData> some_circuits(int n) {
  Random random(static_cast<std::uint64_t>(3 + n));
  std::vector<CircuitData> list;
  for (std::size_t i = 0; i < count; ++i) {
    CircuitData data = figure4_circuit(random, n);
    if (i % 4 == 1) data.tau_y = filled(n, 5e-5);  // stiff
    list.push_back(data);
  }
  return list;
}

/// A batch, its steady states, spectra and trajectories, all in device memory.
class DeviceWork {
 public:
  DeviceWork(const BatchData<double>& batch, cudaStream_t stream)
      : n_(batch.n()),
        tau_y_(batch.tau_y),
        tau_a_(batch.tau_a),
        b0_(batch.b0),
        b1_(batch.b1),
        sigma_(batch.sigma),
        z_(batch.z),
        Wr_(batch.Wr),
        W_(batch.W),
        circuits_(on_device(batch)),
        steady_(poison(2)),
        abscissa_(std::vector<double>(count, -77)),
        times_({0, 0.005, 0.05}),
        states_(poison(6)),
        cuda_{0, stream, {}} {
    inputs_.times = shared<const double>(times_.data(), items, 3);
    options_.method = Method::automatic;
    const std::size_t bytes = std::max({steady_state_workspace_size<double>(cuda_, circuits_),
                                        stability_workspace_size<double>(cuda_, circuits_),
                                        integrate_workspace_size<double>(cuda_, circuits_, inputs_, options_)});
    EXPECT_EQ(cudaMalloc(&workspace_, bytes), cudaSuccess);
    cuda_.workspace = {workspace_, bytes};
  }
  ~DeviceWork() { cudaFree(workspace_); }
  DeviceWork(const DeviceWork&) = delete;
  DeviceWork& operator=(const DeviceWork&) = delete;

  /// Queues it all.
  void call() const {
    SteadyStateResults<double> steady;
    steady.states = packed(steady_.data(), items, 2 * n_);
    steady_state<double>(cuda_, circuits_, {}, {}, steady);
    StabilityResults<double> spectrum;
    spectrum.abscissa = packed(abscissa_.data(), items, 1);
    stability<double>(cuda_, circuits_, packed<const double>(steady_.data(), items, 2 * n_), spectrum);
    IntegrateResults<double> trajectories;
    trajectories.states = packed(states_.data(), items, 2 * n_, 3);
    integrate<double>(cuda_, circuits_, inputs_, options_, trajectories);
  }

  /// Other input drives, and results that are none.
  void change(const std::vector<double>& z) const {
    upload(z_, z);
    upload(steady_, std::vector<double>(count * 2 * static_cast<std::size_t>(n_), -77));
    upload(abscissa_, std::vector<double>(count, -77));
    upload(states_, std::vector<double>(count * 6 * static_cast<std::size_t>(n_), -77));
    EXPECT_EQ(cudaDeviceSynchronize(), cudaSuccess);  // a copy may be under way, and the stream does not wait for it
  }

  std::vector<std::vector<double>> results() const {
    return {steady_.download(), abscissa_.download(), states_.download()};
  }

 private:
  Circuits<double> on_device(const BatchData<double>& batch) const {
    const auto vector = [&](const DeviceArray<double>& v) { return packed<const double>(v.data(), items, n_); };
    const auto matrix = [&](const DeviceArray<double>& m) { return packed<const double>(m.data(), items, n_, n_); };
    return {n_,          items,          batch.view().model, vector(tau_y_), vector(tau_a_), vector(b0_),
            vector(b1_), vector(sigma_), vector(z_),         matrix(Wr_),    matrix(W_)};
  }
  std::vector<double> poison(int vectors) const {
    return std::vector<double>(count * static_cast<std::size_t>(vectors * n_), -77);
  }
  static void upload(const DeviceArray<double>& to, const std::vector<double>& from) {
    EXPECT_EQ(cudaMemcpy(to.data(), from.data(), from.size() * sizeof(double), cudaMemcpyHostToDevice), cudaSuccess);
  }

  int n_;
  DeviceArray<double> tau_y_, tau_a_, b0_, b1_, sigma_, z_, Wr_, W_;
  Circuits<double> circuits_;
  DeviceArray<double> steady_, abscissa_, times_, states_;
  Cuda cuda_;
  IntegrateInputs<double> inputs_;
  IntegrateOptions options_;
  void* workspace_ = nullptr;
};

std::vector<double> times_a_factor(std::vector<double> values, double factor) {
  for (double& value : values) value *= factor;
  return values;
}

TEST_F(CudaSmallGraph, LaunchesGiveWhatCallsGive) {
  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
  for (const int n : {1, 5, 40}) {
    const BatchData<double> batch(some_circuits(n));
    const DeviceWork work(batch, stream);
    const std::vector<double> drives = {1, 0.3, 1.7};
    std::vector<std::vector<std::vector<double>>> expected;
    for (const double drive : drives) {
      work.change(times_a_factor(batch.z, drive));
      work.call();
      ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
      expected.push_back(work.results());
    }
    ASSERT_FALSE(same_bits(expected[0][0], expected[1][0])) << "other drives have other steady states";

    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
    work.call();
    cudaGraph_t graph = nullptr;
    ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    cudaGraphExec_t executable = nullptr;
    ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
    for (const int round : {0, 1}) {
      for (std::size_t k = 0; k < drives.size(); ++k) {
        work.change(times_a_factor(batch.z, drives[k]));
        ASSERT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
        ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
        const auto got = work.results();
        for (std::size_t r = 0; r < got.size(); ++r) {
          EXPECT_TRUE(same_bits(got[r], expected[k][r])) << "n " << n << ", round " << round << ", result " << r;
        }
      }
    }
    EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
    EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  }
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);
}

}  // namespace
}  // namespace organics::test
