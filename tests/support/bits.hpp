// Equality of results bit for bit (NaN equals the same NaN, 0 differs from -0).
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <vector>

namespace organics::test {

template <class T>
::testing::AssertionResult same_bits(const T* a, const T* b, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(T)) != 0) {
      return ::testing::AssertionFailure() << "entry " << i << " of " << count << ": " << ::testing::PrintToString(a[i])
                                           << " and " << ::testing::PrintToString(b[i]);
    }
  }
  return ::testing::AssertionSuccess();
}

template <class T>
::testing::AssertionResult same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return ::testing::AssertionFailure() << "sizes " << a.size() << " and " << b.size();
  return same_bits(a.data(), b.data(), a.size());
}

}  // namespace organics::test
