// What every CUDA source needs from the runtime: errors as DeviceError, the current device, and memory for one call.
// Host code only; messages are put together in runtime.cpp, which nvcc need not read.
#pragma once

#include <cuda_runtime.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "organics/error.hpp"
#include "organics/executor.hpp"

namespace organics::cuda {

/// Throws DeviceError that says what was tried and why it failed, unless all is well.
void check(cudaError_t error, const char* what);

/// Makes a device current for the time of a call and restores the caller's afterwards.
class DeviceScope {
 public:
  explicit DeviceScope(const Cuda& cuda);
  ~DeviceScope() { (void)cudaSetDevice(before_); }
  DeviceScope(const DeviceScope&) = delete;
  DeviceScope& operator=(const DeviceScope&) = delete;

 private:
  int before_ = 0;
};

/// Bump allocator over a piece of device memory. Over no memory (null) it only adds up what would be needed, and hands out
/// addresses that are good for nothing but not being null: what is wanted must look wanted while it is measured.
class Arena {
 public:
  static constexpr std::size_t alignment = 256;

  Arena() = default;
  explicit Arena(Workspace memory) : base_(static_cast<char*>(memory.data)), bytes_(memory.bytes) {}

  template <class T>
  T* take(std::size_t count) {
    const std::size_t size = (count * sizeof(T) + alignment - 1) / alignment * alignment;
    T* pointer = base_ == nullptr ? reinterpret_cast<T*>(alignment) : reinterpret_cast<T*>(base_ + used_);
    used_ += size;
    if (base_ != nullptr && !fits()) throw DeviceError("device memory of a call: less was measured than is used");
    return pointer;
  }
  bool measuring() const { return base_ == nullptr; }
  std::size_t used() const { return used_; }
  bool fits() const { return used_ <= bytes_; }

 private:
  char* base_ = nullptr;
  std::size_t bytes_ = 0;
  std::size_t used_ = 0;
};

/// Device memory for one call: the caller's workspace, or, where the caller gave none, memory taken from the stream's
/// pool and given back at the end of the call.
class CallMemory {
 public:
  CallMemory(const Cuda& cuda, std::size_t bytes);
  ~CallMemory();
  CallMemory(const CallMemory&) = delete;
  CallMemory& operator=(const CallMemory&) = delete;
  Workspace workspace() const { return memory_; }
  /// `bytes` of it from `offset` on, a multiple of Arena::alignment.
  Workspace piece(std::size_t offset, std::size_t bytes) const {
    return {static_cast<char*>(memory_.data) + offset, bytes};
  }

 private:
  cudaStream_t stream_;
  Workspace memory_;
  bool owned_ = false;
};

struct WaitAndDestroy {
  void operator()(CUstream_st* stream) const;
};
/// A stream of a call's own. At its end it is waited for, also when an error ends the call.
using OwnStream = std::unique_ptr<CUstream_st, WaitAndDestroy>;

/// A stream that begins when what is queued on the other is done.
OwnStream stream_after(cudaStream_t other);

/// Bytes that a call without a workspace may take: most of what is free.
std::size_t memory_budget(const Cuda& cuda);

/// Refuses a workspace that is missing, too small or not aligned, naming the bytes needed.
void require_workspace(const Cuda& cuda, std::size_t bytes, const char* function);

/// Refuses work of which not even one circuit fits into the budget.
void require_budget(std::size_t bytes, std::size_t budget, const char* function);

/// Number of multiprocessors and largest shared memory of a block, of the current device.
struct DeviceLimits {
  int multiprocessors;
  int shared_bytes;
};
DeviceLimits device_limits();

}  // namespace organics::cuda
