// Circuits in the lanes of AVX-512 (F, VL, DQ); those of some sizes in the halves of its registers.
#include <immintrin.h>

#include "simd/lanes_of.hpp"

namespace organics::simd {

namespace {
// Under a mask of all lanes: GCC 12 warns of what its header leaves undefined in the unmasked ones.
constexpr __mmask16 all_of_16 = 0xffff;
constexpr __mmask8 all_of_8 = 0xff;

/// The code of an order for numbers: none holds with a NaN but `unequal`.
constexpr int of_numbers(core::Order order) {
  constexpr int codes[] = {_CMP_EQ_OQ, _CMP_LT_OQ, _CMP_LE_OQ, 0, _CMP_NEQ_UQ, _CMP_GE_OQ, _CMP_GT_OQ};
  return codes[static_cast<int>(order)];
}

constexpr int of_integers(core::Order order) { return static_cast<int>(order); }

/// Integers in registers.
using I64x8 = core::detail::Lanes<double, 8>::Bits;
using I64x4 = core::detail::Lanes<double, 4>::Bits;
using I32x16 = core::detail::Lanes<float, 16>::Bits;
using I32x8 = core::detail::Lanes<float, 8>::Bits;
__m512i plain(I64x8 bits) { return core::detail::reinterpret<__m512i>(bits); }
__m512i plain(I32x16 bits) { return core::detail::reinterpret<__m512i>(bits); }
__m256i plain(I64x4 bits) { return core::detail::reinterpret<__m256i>(bits); }
__m256i plain(I32x8 bits) { return core::detail::reinterpret<__m256i>(bits); }

struct Arch {
  static constexpr int registers = 32;
  static constexpr bool has_masks = true;

  template <core::Order order>
  static __mmask8 compare(__m512d a, __m512d b) {
    return _mm512_cmp_pd_mask(a, b, of_numbers(order));
  }
  template <core::Order order>
  static __mmask8 compare(__m256d a, __m256d b) {
    return _mm256_cmp_pd_mask(a, b, of_numbers(order));
  }
  template <core::Order order>
  static __mmask16 compare(__m512 a, __m512 b) {
    return _mm512_cmp_ps_mask(a, b, of_numbers(order));
  }
  template <core::Order order>
  static __mmask8 compare(__m256 a, __m256 b) {
    return _mm256_cmp_ps_mask(a, b, of_numbers(order));
  }
  template <core::Order order>
  static __mmask8 compare(I64x8 a, I64x8 b) {
    return _mm512_cmp_epi64_mask(plain(a), plain(b), of_integers(order));
  }
  template <core::Order order>
  static __mmask8 compare(I64x4 a, I64x4 b) {
    return _mm256_cmp_epi64_mask(plain(a), plain(b), of_integers(order));
  }
  template <core::Order order>
  static __mmask16 compare(I32x16 a, I32x16 b) {
    return _mm512_cmp_epi32_mask(plain(a), plain(b), of_integers(order));
  }
  template <core::Order order>
  static __mmask8 compare(I32x8 a, I32x8 b) {
    return _mm256_cmp_epi32_mask(plain(a), plain(b), of_integers(order));
  }

  static __m512d choose(__mmask8 which, __m512d a, __m512d b) { return _mm512_mask_blend_pd(which, b, a); }
  static __m256d choose(__mmask8 which, __m256d a, __m256d b) { return _mm256_mask_blend_pd(which, b, a); }
  static __m512 choose(__mmask16 which, __m512 a, __m512 b) { return _mm512_mask_blend_ps(which, b, a); }
  static __m256 choose(__mmask8 which, __m256 a, __m256 b) { return _mm256_mask_blend_ps(which, b, a); }
  static I64x8 choose(__mmask8 which, I64x8 a, I64x8 b) {
    return core::detail::reinterpret<I64x8>(_mm512_mask_blend_epi64(which, plain(b), plain(a)));
  }
  static I64x4 choose(__mmask8 which, I64x4 a, I64x4 b) {
    return core::detail::reinterpret<I64x4>(_mm256_mask_blend_epi64(which, plain(b), plain(a)));
  }
  static I32x16 choose(__mmask16 which, I32x16 a, I32x16 b) {
    return core::detail::reinterpret<I32x16>(_mm512_mask_blend_epi32(which, plain(b), plain(a)));
  }
  static I32x8 choose(__mmask8 which, I32x8 a, I32x8 b) {
    return core::detail::reinterpret<I32x8>(_mm256_mask_blend_epi32(which, plain(b), plain(a)));
  }

  static __m512d larger(__m512d a, __m512d b) { return _mm512_maskz_max_pd(all_of_8, a, b); }
  static __m256d larger(__m256d a, __m256d b) { return _mm256_max_pd(a, b); }
  static __m512 larger(__m512 a, __m512 b) { return _mm512_maskz_max_ps(all_of_16, a, b); }
  static __m256 larger(__m256 a, __m256 b) { return _mm256_max_ps(a, b); }
  static I64x8 larger(I64x8 a, I64x8 b) {
    return core::detail::reinterpret<I64x8>(_mm512_maskz_max_epi64(all_of_8, plain(a), plain(b)));
  }
  static I64x4 larger(I64x4 a, I64x4 b) {
    return core::detail::reinterpret<I64x4>(_mm256_maskz_max_epi64(all_of_8, plain(a), plain(b)));
  }
  static I32x16 larger(I32x16 a, I32x16 b) {
    return core::detail::reinterpret<I32x16>(_mm512_maskz_max_epi32(all_of_16, plain(a), plain(b)));
  }
  static I32x8 larger(I32x8 a, I32x8 b) {
    return core::detail::reinterpret<I32x8>(_mm256_max_epi32(plain(a), plain(b)));
  }
  static __m512d smaller(__m512d a, __m512d b) { return _mm512_maskz_min_pd(all_of_8, a, b); }
  static __m256d smaller(__m256d a, __m256d b) { return _mm256_min_pd(a, b); }
  static __m512 smaller(__m512 a, __m512 b) { return _mm512_maskz_min_ps(all_of_16, a, b); }
  static __m256 smaller(__m256 a, __m256 b) { return _mm256_min_ps(a, b); }

#if !defined(ORGANICS_EXACT)
  // The unit that divides takes a third of the time of a march of few neurons for its roots, if it is left to it. An
  // estimate r of x^(-1/2) to 14 bits, times x, is the root but for (1 - e)^(-1/2), e = 1 - x r^2, of which the series
  // has two terms in float, four in double. Nothing that is not above 0 but NaN has an estimate other than 0.
  static __m512d root_of_positive_part(__m512d x) {
    const __mmask8 positive = _mm512_cmp_pd_mask(x, _mm512_setzero_pd(), _CMP_NLE_UQ);
    return root_by_estimate(x, _mm512_maskz_rsqrt14_pd(positive, x));
  }
  static __m256d root_of_positive_part(__m256d x) {
    const __mmask8 positive = _mm256_cmp_pd_mask(x, _mm256_setzero_pd(), _CMP_NLE_UQ);
    return root_by_estimate(x, _mm256_maskz_rsqrt14_pd(positive, x));
  }
  static __m512 root_of_positive_part(__m512 x) {
    const __mmask16 positive = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NLE_UQ);
    return root_by_estimate_in_float(x, _mm512_maskz_rsqrt14_ps(positive, x));
  }
  static __m256 root_of_positive_part(__m256 x) {
    const __mmask8 positive = _mm256_cmp_ps_mask(x, _mm256_setzero_ps(), _CMP_NLE_UQ);
    return root_by_estimate_in_float(x, _mm256_maskz_rsqrt14_ps(positive, x));
  }

  /// 1 / b to 14 bits.
  static __m512d rough_inverse(__m512d b) { return _mm512_maskz_rcp14_pd(all_of_8, b); }
  static __m256d rough_inverse(__m256d b) { return _mm256_rcp14_pd(b); }
  static __m512 rough_inverse(__m512 b) { return _mm512_maskz_rcp14_ps(all_of_16, b); }
  static __m256 rough_inverse(__m256 b) { return _mm256_rcp14_ps(b); }

 private:
  template <class V>
  static V root_by_estimate(V x, V r) {
    const V root = x * r;
    const V e = 1.0 - root * r;
    return root + root * e * (0.5 + e * (0.375 + e * 0.3125));
  }
  template <class V>
  static V root_by_estimate_in_float(V x, V r) {
    const V root = x * r;
    const V e = 1.0F - root * r;
    return root + root * e * (0.5F + e * 0.375F);
  }
#endif
};
}  // namespace

template <>
constinit const Lanes<double> LanesOf<double>::avx512 =
    lanes_of<core::Pack<double, 8, Arch>, double, core::Pack<double, 4, Arch>>();
template <>
constinit const Lanes<float> LanesOf<float>::avx512 =
    lanes_of<core::Pack<float, 16, Arch>, float, core::Pack<float, 8, Arch>>();

}  // namespace organics::simd
