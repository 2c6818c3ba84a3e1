// Circuits in the lanes of AVX2 with FMA (-mavx2 -mfma).
#include <immintrin.h>

#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
struct Arch {
  static constexpr int registers = 16;
  template <class Bits>
  static bool any(Bits bits) {
    const auto all = core::detail::reinterpret<__m256i>(bits);
    return _mm256_testz_si256(all, all) == 0;
  }
  static __m256 larger(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
  static __m256d larger(__m256d a, __m256d b) { return _mm256_max_pd(a, b); }
  static __m256 smaller(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
  static __m256d smaller(__m256d a, __m256d b) { return _mm256_min_pd(a, b); }
  static std::uint32_t lane_bits(__m256 bits) { return static_cast<std::uint32_t>(_mm256_movemask_ps(bits)); }
  static std::uint32_t lane_bits(__m256d bits) { return static_cast<std::uint32_t>(_mm256_movemask_pd(bits)); }
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx2 = lanes_of<core::Pack<double, 4, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::avx2 = lanes_of<core::Pack<float, 8, Arch>, float>();

}  // namespace organics::simd
