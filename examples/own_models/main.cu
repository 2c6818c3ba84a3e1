// The same models on CUDA: this file is all that is compiled for the device, against the headers of organics alone.
// Returns 1 when a check fails, and 77 where there is no CUDA device.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "lorenz.hpp"
#include "organics/own_model.cuh"
#include "wilson_cowan.hpp"

namespace {

constexpr std::int64_t circuits = 1000;

int failures = 0;

void expect(bool condition, const char* what, double parameter) {
  if (condition) return;
  std::fprintf(stderr, "wrong: %s, at %g\n", what, parameter);
  ++failures;
}

void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(error));
  std::exit(1);
}

/// Managed memory: host and device see the same array, which is the shortest way for an example.
template <class T>
class Array {
 public:
  explicit Array(std::size_t size) { check(cudaMallocManaged(&data_, size * sizeof(T))); }
  ~Array() { cudaFree(data_); }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  T* data() const { return data_; }
  T& operator[](std::size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
};

/// By any method: options and views become a plan, the kernel is queued on the default stream, and we wait for it.
template <class T, class Batch>
void integrate(const Batch& batch, int m, const organics::IntegrateInputs<T>& inputs,
               const organics::IntegrateOptions& options, const organics::IntegrateResults<T>& results) {
  const auto plan = organics::march_plan<T>(m, inputs, options, results);
  const auto tables = organics::core::method_tables<T>(options.method, options.rtol);
  check(organics::integrate_models_async(nullptr, circuits, batch, plan, tables));
  check(cudaDeviceSynchronize());
}

template <class T>
void run_lorenz(const char* scalar, T tolerance) {
  const Array<T> rho(circuits);
  const Array<T> start(3);
  const Array<T> span(2);
  const Array<T> state(3 * circuits);
  const Array<organics::Status> status(circuits);
  for (std::size_t i = 0; i < circuits; ++i) rho[i] = T(1.5) + T(11) * static_cast<T>(i) / static_cast<T>(circuits);
  for (std::size_t k = 0; k < 3; ++k) start[k] = T(1);
  span[0] = T(0);
  span[1] = T(50);

  organics::IntegrateInputs<T> inputs;
  inputs.x0 = organics::shared<const T>(start.data(), circuits, 3);
  inputs.span = organics::shared<const T>(span.data(), circuits, 2);
  organics::IntegrateResults<T> results;
  results.final_state = organics::packed(state.data(), circuits, 3);
  results.status = organics::packed(status.data(), circuits, 1);
  // the method is named here, so that what is compiled knows it: a small model is then marched in registers
  organics::IntegrateOptions options;
  options.method = organics::Method::tsitouras54;
  const auto plan = organics::march_plan<T>(3, inputs, options, results);
  check(organics::integrate_models_async<organics::Method::tsitouras54>(nullptr, circuits, LorenzBatch<T>{rho.data()},
                                                                        plan));
  check(cudaDeviceSynchronize());

  std::printf("Lorenz in %s\n    rho   z at the end\n", scalar);
  for (std::size_t i = 0; i < circuits; ++i) {
    const T z = state[3 * i + 2];
    if (i % 250 == 0) std::printf("%7.3f %14.6f\n", static_cast<double>(rho[i]), static_cast<double>(z));
    expect(status[i] == organics::Status::ok, "status", static_cast<double>(rho[i]));
    expect(std::abs(z - (rho[i] - T(1))) < tolerance, "Lorenz comes to rest at z = rho - 1",
           static_cast<double>(rho[i]));
  }
}

template <class T>
void run_wilson_cowan(const char* scalar) {
  const Array<T> drive(circuits);
  const Array<T> span(2);
  const Array<T> lowest(2 * circuits);
  const Array<T> highest(2 * circuits);
  const Array<T> state(2 * circuits);
  for (std::size_t i = 0; i < circuits; ++i) drive[i] = T(4) * static_cast<T>(i) / static_cast<T>(circuits);

  // one second without a summary, one more with it; no x0 at first: the model's rest()
  organics::IntegrateInputs<T> inputs;
  inputs.span = organics::shared<const T>(span.data(), circuits, 2);
  organics::IntegrateOptions options;
  options.method = organics::Method::automatic;
  organics::IntegrateResults<T> settled;
  settled.final_state = organics::packed(state.data(), circuits, 2);
  span[0] = T(0);
  span[1] = T(1);
  integrate(WilsonCowanBatch<T>{drive.data()}, 2, inputs, options, settled);

  organics::IntegrateResults<T> measured;
  measured.summary.minimum = organics::packed(lowest.data(), circuits, 2);
  measured.summary.maximum = organics::packed(highest.data(), circuits, 2);
  inputs.x0 = organics::packed<const T>(state.data(), circuits, 2);
  span[0] = T(1);
  span[1] = T(2);
  integrate(WilsonCowanBatch<T>{drive.data()}, 2, inputs, options, measured);

  std::printf("Wilson and Cowan in %s\n  drive   lowest E   highest E\n", scalar);
  for (std::size_t i = 0; i < circuits; ++i) {
    const auto at = static_cast<double>(drive[i]);
    const T amplitude = highest[2 * i] - lowest[2 * i];
    if (i % 100 == 0) {
      std::printf("%7.3f %10.4f %11.4f\n", at, static_cast<double>(lowest[2 * i]), static_cast<double>(highest[2 * i]));
    }
    if (at < 1 || at > 2.3) expect(amplitude < T(1e-3), "this pair is steady", at);
    if (at > 1.2 && at < 1.9) expect(amplitude > T(0.02), "this pair oscillates", at);
  }
}

}  // namespace

int main() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::printf("no CUDA device\n");
    return 77;
  }
  run_lorenz<double>("double precision", 1e-4);
  run_lorenz<float>("single precision", 1e-3F);
  run_wilson_cowan<double>("double precision");
  run_wilson_cowan<float>("single precision");
  if (failures == 0) std::printf("all checks passed\n");
  return failures == 0 ? 0 : 1;
}
