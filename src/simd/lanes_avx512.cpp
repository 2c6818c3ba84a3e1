// Circuits in the lanes of AVX-512 (F, VL, DQ).
#include <immintrin.h>

#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
struct Arch {
  static constexpr int registers = 32;
  template <class Bits>
  static bool any(Bits bits) {
    const auto all = core::detail::reinterpret<__m512i>(bits);
    return _mm512_test_epi32_mask(all, all) != 0;
  }
  // Under a mask of all lanes: GCC 12 warns of what its header leaves undefined in the unmasked ones.
  static constexpr __mmask16 all_of_16 = 0xffff;
  static constexpr __mmask8 all_of_8 = 0xff;
  static __m512 larger(__m512 a, __m512 b) { return _mm512_maskz_max_ps(all_of_16, a, b); }
  static __m512d larger(__m512d a, __m512d b) { return _mm512_maskz_max_pd(all_of_8, a, b); }
  static __m512 smaller(__m512 a, __m512 b) { return _mm512_maskz_min_ps(all_of_16, a, b); }
  static __m512d smaller(__m512d a, __m512d b) { return _mm512_maskz_min_pd(all_of_8, a, b); }
  static std::uint32_t lane_bits(__m512 bits) { return _mm512_movepi32_mask(_mm512_castps_si512(bits)); }
  static std::uint32_t lane_bits(__m512d bits) { return _mm512_movepi64_mask(_mm512_castpd_si512(bits)); }
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx512 = lanes_of<core::Pack<double, 8, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::avx512 = lanes_of<core::Pack<float, 16, Arch>, float>();

}  // namespace organics::simd
