// Circuits in the lanes of AVX-512 (F, VL, DQ); those of some sizes in the halves of its registers.
#include <immintrin.h>

#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
struct Arch {
  static constexpr int registers = 32;
  template <class Bits>
  static bool any(Bits bits) {
    if constexpr (sizeof bits == sizeof(__m256i)) {
      const auto all = core::detail::reinterpret<__m256i>(bits);
      return _mm256_testz_si256(all, all) == 0;
    } else {
      const auto all = core::detail::reinterpret<__m512i>(bits);
      return _mm512_test_epi32_mask(all, all) != 0;
    }
  }
  // Under a mask of all lanes: GCC 12 warns of what its header leaves undefined in the unmasked ones.
  static constexpr __mmask16 all_of_16 = 0xffff;
  static constexpr __mmask8 all_of_8 = 0xff;
  static __m512 larger(__m512 a, __m512 b) { return _mm512_maskz_max_ps(all_of_16, a, b); }
  static __m512d larger(__m512d a, __m512d b) { return _mm512_maskz_max_pd(all_of_8, a, b); }
  static __m512 smaller(__m512 a, __m512 b) { return _mm512_maskz_min_ps(all_of_16, a, b); }
  static __m512d smaller(__m512d a, __m512d b) { return _mm512_maskz_min_pd(all_of_8, a, b); }
  static __m256 larger(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
  static __m256d larger(__m256d a, __m256d b) { return _mm256_max_pd(a, b); }
  static __m256 smaller(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }
  static __m256d smaller(__m256d a, __m256d b) { return _mm256_min_pd(a, b); }
  static std::uint32_t lane_bits(__m256 bits) { return static_cast<std::uint32_t>(_mm256_movemask_ps(bits)); }
  static std::uint32_t lane_bits(__m256d bits) { return static_cast<std::uint32_t>(_mm256_movemask_pd(bits)); }
  static std::uint32_t lane_bits(__m512 bits) { return _mm512_movepi32_mask(_mm512_castps_si512(bits)); }
  static std::uint32_t lane_bits(__m512d bits) { return _mm512_movepi64_mask(_mm512_castpd_si512(bits)); }
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx512 =
    lanes_of<core::Pack<double, 8, Arch>, double, core::Pack<double, 4, Arch>>();
template <>
constinit const Lanes<float> LanesOf<float>::avx512 =
    lanes_of<core::Pack<float, 16, Arch>, float, core::Pack<float, 8, Arch>>();

}  // namespace organics::simd
