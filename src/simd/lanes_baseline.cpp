// Circuits in the lanes of the 128-bit registers that every machine of the target has, such as SSE2.
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
struct Arch {
  static constexpr int registers = 16;
#if defined(__SSE2__)
  template <class Bits>
  static bool any(Bits bits) {
    return _mm_movemask_epi8(core::detail::reinterpret<__m128i>(bits)) != 0;
  }
  static __m128 larger(__m128 a, __m128 b) { return _mm_max_ps(a, b); }
  static __m128d larger(__m128d a, __m128d b) { return _mm_max_pd(a, b); }
  static __m128 smaller(__m128 a, __m128 b) { return _mm_min_ps(a, b); }
  static __m128d smaller(__m128d a, __m128d b) { return _mm_min_pd(a, b); }
  static std::uint32_t lane_bits(__m128 bits) { return static_cast<std::uint32_t>(_mm_movemask_ps(bits)); }
  static std::uint32_t lane_bits(__m128d bits) { return static_cast<std::uint32_t>(_mm_movemask_pd(bits)); }
#endif
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::baseline = lanes_of<core::Pack<double, 2, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::baseline = lanes_of<core::Pack<float, 4, Arch>, float>();

}  // namespace organics::simd
