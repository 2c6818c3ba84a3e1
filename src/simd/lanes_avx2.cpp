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
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx2 = lanes_of<core::Pack<double, 4, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::avx2 = lanes_of<core::Pack<float, 8, Arch>, float>();

}  // namespace organics::simd
