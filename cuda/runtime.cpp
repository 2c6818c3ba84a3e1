#include "runtime.hpp"

#include <fmt/format.h>

#include "backend.hpp"

namespace organics::cuda {

namespace {
/// Why there is no usable device, in words; empty when `device` can be used.
std::string complaint(int device) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) {
    (void)cudaGetLastError();
    return fmt::format("no CUDA device can be used: {} ({})", cudaGetErrorString(error), cudaGetErrorName(error));
  }
  if (device >= 0 && device < count) return {};
  return fmt::format("device = {}: expected 0 to {}, this machine has {} CUDA device{}", device, count - 1, count,
                     count == 1 ? "" : "s");
}
}  // namespace

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();  // an error that is not sticky must not surface in somebody else's next call
  throw DeviceError(fmt::format("cuda: {}: {} ({})", what, cudaGetErrorString(error), cudaGetErrorName(error)));
}

void require_budget(std::size_t bytes, std::size_t budget, const char* function) {
  if (bytes <= budget) return;
  throw DeviceError(
      fmt::format("{}: one circuit needs {} bytes of device memory, {} are available", function, bytes, budget));
}

DeviceScope::DeviceScope(const Cuda& cuda) {
  const std::string why = complaint(cuda.device);
  if (!why.empty()) throw DeviceError(fmt::format("executor cuda:{}: {}; the cpu executor works", cuda.device, why));
  check(cudaGetDevice(&before_), "get the current device");
  check(cudaSetDevice(cuda.device), "set the device");
}

CallMemory::CallMemory(const Cuda& cuda, std::size_t bytes) : stream_(cuda.stream), memory_(cuda.workspace) {
  if (memory_.data != nullptr) return;
  void* data = nullptr;
  check(cudaMallocAsync(&data, std::max(bytes, Arena::alignment), stream_),
        fmt::format("take {} bytes of device memory for this call", bytes).c_str());
  memory_ = {data, std::max(bytes, Arena::alignment)};
  owned_ = true;
}

CallMemory::~CallMemory() {
  if (owned_) (void)cudaFreeAsync(memory_.data, stream_);
}

void WaitAndDestroy::operator()(CUstream_st* stream) const {
  (void)cudaStreamSynchronize(stream);
  (void)cudaStreamDestroy(stream);
}

OwnStream stream_after(cudaStream_t other) {
  cudaStream_t made = nullptr;
  check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "create a stream");
  OwnStream stream(made);
  cudaEvent_t created = nullptr;
  check(cudaEventCreateWithFlags(&created, cudaEventDisableTiming), "create an event");
  const auto destroy = [](CUevent_st* event) { (void)cudaEventDestroy(event); };
  const std::unique_ptr<CUevent_st, decltype(destroy)> event(created, destroy);
  check(cudaEventRecord(event.get(), other), "record an event");
  check(cudaStreamWaitEvent(stream.get(), event.get(), 0), "wait for an event");
  return stream;
}

std::size_t memory_budget(const Cuda& cuda) {
  if (cuda.workspace.data != nullptr) return cuda.workspace.bytes;
  std::size_t free = 0;
  std::size_t total = 0;
  check(cudaMemGetInfo(&free, &total), "ask how much device memory is free");
  return free / 10 * 8;
}

void require_workspace(const Cuda& cuda, std::size_t bytes, const char* function) {
  if (cuda.workspace.data == nullptr || cuda.workspace.bytes < bytes) {
    throw InvalidArgument(
        fmt::format("{}: workspace of {} bytes: expected at least {} bytes of device memory for "
                    "arrays on the device (see {}_workspace_size)",
                    function, cuda.workspace.data == nullptr ? 0 : cuda.workspace.bytes, bytes, function));
  }
  if (reinterpret_cast<std::uintptr_t>(cuda.workspace.data) % Arena::alignment != 0) {
    throw InvalidArgument(fmt::format("{}: workspace is not aligned: expected {} bytes", function, Arena::alignment));
  }
}

DeviceLimits device_limits() {
  int device = 0;
  DeviceLimits limits{};
  check(cudaGetDevice(&device), "get the current device");
  check(cudaDeviceGetAttribute(&limits.multiprocessors, cudaDevAttrMultiProcessorCount, device), "read the device");
  check(cudaDeviceGetAttribute(&limits.shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device),
        "read the device");
  return limits;
}

}  // namespace organics::cuda

namespace organics::backend {

bool built() { return true; }

int device_count() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    (void)cudaGetLastError();
    return 0;
  }
  return count;
}

std::string describe(const Cuda& cuda) {
  const cuda::DeviceScope scope(cuda);
  cudaDeviceProp properties{};
  cuda::check(cudaGetDeviceProperties(&properties, cuda.device), "read the device");
  return fmt::format("cuda:{}, {}, compute capability {}.{}, {} multiprocessors, {:.0f} GiB", cuda.device,
                     properties.name, properties.major, properties.minor, properties.multiProcessorCount,
                     static_cast<double>(properties.totalGlobalMem) / (1024.0 * 1024.0 * 1024.0));
}

bool on_device(const void* pointer) {
  if (pointer == nullptr || device_count() == 0) return false;
  cudaPointerAttributes attributes{};
  if (cudaPointerGetAttributes(&attributes, pointer) != cudaSuccess) {
    (void)cudaGetLastError();
    return false;
  }
  return attributes.type == cudaMemoryTypeDevice || attributes.type == cudaMemoryTypeManaged;
}

}  // namespace organics::backend
