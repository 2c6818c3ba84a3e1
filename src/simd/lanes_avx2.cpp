// Circuits in the lanes of AVX2 with FMA (-mavx2 -mfma).
#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
struct Arch {
  static constexpr int registers = 16;
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx2 = lanes_of<core::Pack<double, 4, Arch>, double>();
template <>
constinit const Lanes<float> LanesOf<float>::avx2 = lanes_of<core::Pack<float, 8, Arch>, float>();

}  // namespace organics::simd
