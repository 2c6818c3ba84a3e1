// What one core can do: double-precision operations of a loop of nothing but fused multiply-adds in registers, in the
// widest vectors that the processor has.
#pragma once

namespace organics::bench {

/// Runs the loop once, about half a millisecond, and returns its operations; a multiplication or an addition counts one.
double run_multiply_adds();

/// The same where one operand of each comes from the first-level cache, as matrices do; without vectors the first loop.
double run_fed_multiply_adds();

/// What the loops use: "AVX-512", "AVX2 and FMA", or "no vectors".
const char* multiply_add_unit();

}  // namespace organics::bench
