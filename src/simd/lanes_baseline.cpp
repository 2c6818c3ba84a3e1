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
#endif
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::baseline = lanes_of<core::Pack<double, 2, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::baseline = lanes_of<core::Pack<float, 4, Arch>, float>();

}  // namespace organics::simd
