#include "simd/lanes.hpp"

#include <fmt/format.h>

namespace organics::simd {

namespace {

#if defined(__x86_64__)
bool has_avx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
}
#endif

/// Null where this machine has no such registers.
template <class T>
const Lanes<T>* lanes_if_here(Simd simd) {
#if defined(__x86_64__)
  if (simd == Simd::avx512) return has_avx512() ? &LanesOf<T>::avx512 : nullptr;
  if (simd == Simd::avx2) return has_avx2() ? &LanesOf<T>::avx2 : nullptr;
#endif
  return simd == Simd::baseline ? &LanesOf<T>::baseline : nullptr;
}

}  // namespace

template <class T>
const Lanes<T>* lanes(Simd simd) {
  if (simd == Simd::none) return nullptr;
  if (simd != Simd::widest) {
    const Lanes<T>* wanted = lanes_if_here<T>(simd);
    if (wanted == nullptr) {
      throw InvalidArgument(
          fmt::format("executor cpu: simd = {}: expected one that this machine has, or widest", name(simd)));
    }
    return wanted;
  }
  for (const Simd wider : {Simd::avx512, Simd::avx2}) {
    if (const Lanes<T>* found = lanes_if_here<T>(wider)) return found;
  }
  return lanes_if_here<T>(Simd::baseline);
}

template const Lanes<double>* lanes<double>(Simd);
template const Lanes<float>* lanes<float>(Simd);

}  // namespace organics::simd
