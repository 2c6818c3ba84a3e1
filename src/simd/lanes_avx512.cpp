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
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx512 = lanes_of<core::Pack<double, 8, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::avx512 = lanes_of<core::Pack<float, 16, Arch>, float>();

}  // namespace organics::simd
