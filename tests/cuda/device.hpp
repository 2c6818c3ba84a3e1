// What the tests in this folder share: arrays in device memory, and a fixture that wants a GPU.
#pragma once

#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <vector>

#include "organics/organics.hpp"

namespace organics::test {

/// A device array that holds a copy of a host array.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(const std::vector<T>& host) : size_(host.size()) {
    EXPECT_EQ(cudaMalloc(&data_, size_ * sizeof(T)), cudaSuccess);
    EXPECT_EQ(cudaMemcpy(data_, host.data(), size_ * sizeof(T), cudaMemcpyHostToDevice), cudaSuccess);
  }
  ~DeviceArray() { cudaFree(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  T* data() const { return static_cast<T*>(data_); }
  std::vector<T> download() const {
    std::vector<T> host(size_);
    EXPECT_EQ(cudaMemcpy(host.data(), data_, size_ * sizeof(T), cudaMemcpyDeviceToHost), cudaSuccess);
    return host;
  }

 private:
  void* data_ = nullptr;
  std::size_t size_;
};

/// Skips where there is no device; with ORGANICS_REQUIRE_CUDA=1 that is a failure instead.
class DeviceTest : public testing::Test {
 protected:
  void SetUp() override {
    if (cuda_device_count() > 0) return;
    const char* required = std::getenv("ORGANICS_REQUIRE_CUDA");
    if (required != nullptr && required[0] == '1') FAIL() << "a CUDA device is required and there is none";
    GTEST_SKIP() << "no CUDA device";
  }
};

}  // namespace organics::test
