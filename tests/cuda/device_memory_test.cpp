// A caller's own device memory, stream and workspace. The tests need a GPU and say so where there is none.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cuda/device.hpp"
#include "organics/organics.hpp"

namespace organics::test {
namespace {

class CudaSmallDeviceMemory : public DeviceTest {};

constexpr int n = 10;
constexpr std::int64_t items = 64;

/// `items` circuits that all have the parameters of one draw but for their input drive.
struct Parameters {
  OwnedCircuit<double> c = draw<double>(Ensemble{}, 5, 0);
  std::vector<double> z;

  Parameters() {
    for (std::int64_t i = 0; i < items; ++i) {
      for (const double value : c.z) z.push_back(value * (0.5 + 0.01 * static_cast<double>(i)));
    }
  }
};

TEST_F(CudaSmallDeviceMemory, SteadyStateAndSpectrumAgreeWithTheCpu) {
  const Parameters p;
  const auto host_circuits = [&] {
    Circuits<double> batch = as_batch(p.c);
    batch.items = items;
    for (auto* view : {&batch.tau_y, &batch.tau_a, &batch.b0, &batch.b1, &batch.sigma, &batch.Wr, &batch.W}) {
      view->items = items;
      view->item_stride = 0;
    }
    batch.z = packed(p.z.data(), items, n);
    return batch;
  }();
  std::vector<double> expected_states(items * 2 * n);
  std::vector<double> expected_abscissa(items);
  SteadyStateResults<double> steady;
  steady.states = packed(expected_states.data(), items, 2 * n);
  steady_state<double>(Cpu{}, host_circuits, {}, {}, steady);
  StabilityResults<double> spectrum;
  spectrum.abscissa = packed(expected_abscissa.data(), items, 1);
  stability<double>(Cpu{}, host_circuits, packed<const double>(expected_states.data(), items, 2 * n), spectrum);

  const DeviceArray tau_y(p.c.tau_y), tau_a(p.c.tau_a), b0(p.c.b0), b1(p.c.b1), sigma(p.c.sigma), z(p.z), Wr(p.c.Wr),
      W(p.c.W);
  Circuits<double> circuits = host_circuits;
  circuits.tau_y.data = tau_y.data();
  circuits.tau_a.data = tau_a.data();
  circuits.b0.data = b0.data();
  circuits.b1.data = b1.data();
  circuits.sigma.data = sigma.data();
  circuits.z.data = z.data();
  circuits.Wr.data = Wr.data();
  circuits.W.data = W.data();
  const DeviceArray states(std::vector<double>(items * 2 * n, -1.0));
  const DeviceArray abscissa(std::vector<double>(items, -1.0));
  const DeviceArray status(std::vector<Status>(items, Status::non_finite));

  cudaStream_t stream = nullptr;
  ASSERT_EQ(cudaStreamCreate(&stream), cudaSuccess);
  Cuda cuda{0, stream, {}};
  steady.states = packed(states.data(), items, 2 * n);
  steady.status = packed(status.data(), items, 1);
  EXPECT_THROW(steady_state<double>(cuda, circuits, {}, {}, steady), InvalidArgument);  // no workspace

  const std::size_t bytes =
      std::max(steady_state_workspace_size<double>(cuda, circuits), stability_workspace_size<double>(cuda, circuits));
  const DeviceArray workspace(std::vector<unsigned char>(bytes, 0xff));
  cuda.workspace = {workspace.data(), bytes};
  steady_state<double>(cuda, circuits, {}, {}, steady);
  spectrum.abscissa = packed(abscissa.data(), items, 1);
  stability<double>(cuda, circuits, packed<const double>(states.data(), items, 2 * n), spectrum);
  ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(stream), cudaSuccess);

  const auto found_states = states.download();
  const auto found_abscissa = abscissa.download();
  for (const Status s : status.download()) EXPECT_EQ(s, Status::ok);
  for (std::size_t k = 0; k < found_states.size(); ++k) {
    EXPECT_NEAR(found_states[k], expected_states[k], 1e-11 * (1 + std::abs(expected_states[k])));
  }
  for (std::size_t k = 0; k < found_abscissa.size(); ++k) {
    EXPECT_NEAR(found_abscissa[k], expected_abscissa[k], 1e-8 * std::abs(expected_abscissa[k]));
  }
}

/// A sweep in exactly the workspace that it says it needs, with matrices that are given.
TEST_F(CudaSmallDeviceMemory, ASweepNeedsWhatItSays) {
  constexpr double Wr[4] = {0.5, -0.25, 0.25, 0.5};
  Ensemble ensemble;
  ensemble.n = 2;
  ensemble.recurrent = RecurrentWeights::given;
  ensemble.Wr_given = Wr;
  SweepOptions options;
  options.circuits = 3000;
  options.chunk = 1000;
  const SweepResults expected = sweep(Cpu{}, ensemble, options);
  Cuda cuda{0, nullptr, {}};
  const std::size_t bytes = sweep_workspace_size(cuda, ensemble, options);
  const DeviceArray workspace(std::vector<unsigned char>(bytes, 0xff));
  cuda.workspace = {workspace.data(), bytes};
  const SweepResults results = sweep(cuda, ensemble, options);
  for (int i = 0; i < verdict_count; ++i) EXPECT_EQ(results.verdicts[i], expected.verdicts[i]) << i;
}

}  // namespace
}  // namespace organics::test
