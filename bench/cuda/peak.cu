// The rate of multiply-adds of a device: a kernel of nothing else.
#include <algorithm>

#include "device.hpp"

namespace organics::bench {
namespace {

constexpr int chains = 8;  // sums that do not wait for each other
constexpr int links = 20000;
constexpr int threads = 256;

template <class T>
__global__ void multiply_adds(T factor, T* sums) {
  T sum[chains];
  for (int c = 0; c < chains; ++c) sum[c] = factor * T(c);
  for (int link = 0; link < links; ++link) {
    for (int c = 0; c < chains; ++c) sum[c] = sum[c] * factor + factor;
  }
  T all = T(0);
  for (int c = 0; c < chains; ++c) all += sum[c];
  if (all == T(-1)) *sums = all;  // which it is not, but the compiler cannot know
}

}  // namespace

template <class T>
double device_multiply_adds() {
  int device = 0;
  int processors = 0;
  check(cudaGetDevice(&device));
  check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device));
  const int blocks = 16 * processors;
  const DeviceArray<T> sums(std::vector<T>(1));
  DeviceTimer timer;
  double least = 1e9;
  for (int round = 0; round < 10; ++round) {
    least = std::min(least, timer.seconds([&] {
      multiply_adds<T><<<blocks, threads>>>(T(0.5), sums.data());
      check(cudaGetLastError());
    }));
  }
  return 2.0 * chains * links * threads * blocks / least;
}

template double device_multiply_adds<double>();
template double device_multiply_adds<float>();

}  // namespace organics::bench
