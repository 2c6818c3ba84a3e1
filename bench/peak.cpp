#include "peak.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <iterator>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace organics::bench {
namespace {

constexpr int chains = 12;  // sums that do not wait for each other: latency times units is 8 to 10
constexpr int links = 100000;

constexpr int rows = 16;  // of `chains` vectors each, which a first-level cache holds many times

constexpr double operations(int lanes) { return 2.0 * chains * links * lanes; }

#if defined(__x86_64__)
__attribute__((target("avx512f"))) double run_avx512() {
  const __m512d factor = _mm512_set1_pd(0.5);
  __m512d sum[chains];
  for (__m512d& s : sum) s = factor;
  for (int link = 0; link < links; ++link) {
    for (__m512d& s : sum) s = _mm512_fmadd_pd(s, factor, factor);
  }
  benchmark::DoNotOptimize(sum);
  return operations(8);
}

__attribute__((target("avx2,fma"))) double run_avx2() {
  const __m256d factor = _mm256_set1_pd(0.5);
  __m256d sum[chains];
  for (__m256d& s : sum) s = factor;
  for (int link = 0; link < links; ++link) {
    for (__m256d& s : sum) s = _mm256_fmadd_pd(s, factor, factor);
  }
  benchmark::DoNotOptimize(sum);
  return operations(4);
}

__attribute__((target("avx512f"))) double run_fed_avx512() {
  alignas(64) double data[rows * chains * 8];
  std::fill(std::begin(data), std::end(data), 0.5);
  benchmark::DoNotOptimize(data);
  const __m512d factor = _mm512_set1_pd(0.5);
  __m512d sum[chains] = {};
  for (int link = 0; link < links; ++link) {
    const double* row = data + link % rows * chains * 8;
    for (int c = 0; c < chains; ++c) sum[c] = _mm512_fmadd_pd(_mm512_load_pd(row + 8 * c), factor, sum[c]);
  }
  benchmark::DoNotOptimize(sum);
  return operations(8);
}

__attribute__((target("avx2,fma"))) double run_fed_avx2() {
  alignas(32) double data[rows * chains * 4];
  std::fill(std::begin(data), std::end(data), 0.5);
  benchmark::DoNotOptimize(data);
  const __m256d factor = _mm256_set1_pd(0.5);
  __m256d sum[chains] = {};
  for (int link = 0; link < links; ++link) {
    const double* row = data + link % rows * chains * 4;
    for (int c = 0; c < chains; ++c) sum[c] = _mm256_fmadd_pd(_mm256_load_pd(row + 4 * c), factor, sum[c]);
  }
  benchmark::DoNotOptimize(sum);
  return operations(4);
}

bool has_avx512() { return __builtin_cpu_supports("avx512f") != 0; }
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0; }
#endif

double run_plain() {
  double sum[chains];
  for (double& s : sum) s = 0.5;
  for (int link = 0; link < links; ++link) {
    for (double& s : sum) s = s * 0.5 + 0.5;
  }
  benchmark::DoNotOptimize(sum);
  return operations(1);
}

}  // namespace

double run_multiply_adds() {
#if defined(__x86_64__)
  if (has_avx512()) return run_avx512();
  if (has_avx2()) return run_avx2();
#endif
  return run_plain();
}

double run_fed_multiply_adds() {
#if defined(__x86_64__)
  if (has_avx512()) return run_fed_avx512();
  if (has_avx2()) return run_fed_avx2();
#endif
  return run_plain();
}

const char* multiply_add_unit() {
#if defined(__x86_64__)
  if (has_avx512()) return "AVX-512";
  if (has_avx2()) return "AVX2 and FMA";
#endif
  return "no vectors";
}

}  // namespace organics::bench
