// The fixture of tests that want a GPU.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "organics/executor.hpp"

namespace organics::test {

/// Skips where there is no device; with ORGANICS_REQUIRE_CUDA=1 that is a failure instead.
class CudaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (cuda_device_count() > 0) return;
    const char* required = std::getenv("ORGANICS_REQUIRE_CUDA");
    if (required != nullptr && std::string(required) == "1") FAIL() << "ORGANICS_REQUIRE_CUDA=1, and no CUDA device";
    GTEST_SKIP() << "no CUDA device";
  }
};

}  // namespace organics::test
