#!/bin/sh
# Proves the CUDA code on the GPU of this machine: gpu_proof.sh [--build-only] OUTDIR
#
# Needs nvcc, g++, cmake, ninja and python3, and the dependencies either installed or in .gpu-bundle/ (./run gpu-bundle).
# Every stage writes OUTDIR/STAGE.log as it goes and a failed stage does not stop the next, so that a run that is cut
# off keeps what was done. ORGANICS_SEED sets the seed of the validation; without it a fresh one is taken and printed.
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
build=${ORGANICS_BUILD_DIR:-$root/build/gpu-proof}
jobs=${JOBS:-$(nproc)}
build_only=no
if [ "${1:-}" = --build-only ]; then
  build_only=yes
  shift
fi
[ $# = 1 ] || { echo "usage: ./run gpu-proof [--build-only] OUTDIR" >&2; exit 1; }
mkdir -p "$1" && out=$(cd "$1" && pwd) || exit 1
summary=$out/summary.txt
: >"$summary"

gpu=$(nvidia-smi --query-gpu=name,compute_cap,driver_version --format=csv,noheader 2>/dev/null | head -n 1)
if [ "$build_only" = no ] && [ -z "$gpu" ]; then
  echo "gpu-proof: no NVIDIA GPU here (nvidia-smi names none); --build-only builds without one" >&2
  exit 1
fi
commit=$(git -C "$root" rev-parse --short HEAD 2>/dev/null || echo unknown)
{ echo "commit   $commit"; echo "GPU      ${gpu:-none}"; date -u '+date     %Y-%m-%d %H:%M UTC'; } | tee -a "$summary"

failed=0
# stage NAME COMMAND...: runs it, logs it, notes PASS or FAIL.
stage() {
  name=$1
  shift
  start=$(date +%s)
  echo "== $name: $*" >"$out/$name.log"
  if "$@" >>"$out/$name.log" 2>&1; then verdict=PASS; else verdict=FAIL; failed=1; fi
  printf '%-10s %-5s %4d s  %s\n' "$name" "$verdict" $(($(date +%s) - start)) "$out/$name.log" | tee -a "$summary"
  [ $verdict = PASS ]
}

finish() {
  echo
  cat "$summary"
  exit $failed
}

prefix=${CMAKE_PREFIX_PATH:-}
[ -d "$root/.gpu-bundle/usr" ] && prefix=$root/.gpu-bundle/usr
stage configure cmake -S "$root" -B "$build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release \
  -DORGANICS_CUDA=ON -DORGANICS_BUILD_BENCH=ON || finish
stage build cmake --build "$build" -j "$jobs" || finish
[ "$build_only" = no ] || finish

# Shared libraries of the bundle (Google Benchmark, toml++) are found by the run path that CMake set.
tests() { # all but the packaging, which has nothing to do with the GPU
  ORGANICS_REQUIRE_CUDA=1 ctest --test-dir "$build" --output-on-failure -j "$jobs" -E '^install\.' \
    --output-junit "$out/tests.xml" || return 1
  ! grep '<testcase name="[^"]*Cuda' "$out/tests.xml" | grep 'status="notrun"'
}
stage tests tests

api=$build/tests/organics_api_tests
cuda=$build/tests/organics_cuda_tests
selects() { # PROGRAM FILTER: whether the program has such a test (gtest indents the names of tests)
  [ -x "$1" ] && "$1" --gtest_list_tests --gtest_filter="$2" | grep -q '^  '
}

# The GPU against the CPU and the golden data, on circuits that no run before has seen.
export ORGANICS_SEED="${ORGANICS_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}"
validation() {
  echo "ORGANICS_SEED=$ORGANICS_SEED"
  filter=
  for suite in CudaIntegrate CudaSteadyState CudaStability CudaSweep CudaMixedSweep; do
    selects "$api" "$suite.*" || { echo "no test is called $suite.*"; return 1; }
    filter=$filter${filter:+:}$suite.*
  done
  ORGANICS_REQUIRE_CUDA=1 "$api" --gtest_filter="$filter"
}
echo "seed     $ORGANICS_SEED" | tee -a "$summary"
stage validation validation

# A small selection, of every kind of kernel: the tools slow kernels down ten to a hundred times.
sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
small=${ORGANICS_SANITIZER_FILTER:-*CudaSmall*}
sanitize() { # TOOL
  found=no # a selection of nothing proves nothing
  clean=yes
  for program in "$api" "$cuda"; do
    selects "$program" "$small" || continue
    found=yes
    ORGANICS_REQUIRE_CUDA=1 timeout "${ORGANICS_SANITIZER_SECONDS:-120}" \
      "$sanitizer" --tool "$1" --error-exitcode 9 "$program" --gtest_filter="$small" || clean=no
  done
  [ $found$clean = yesyes ]
}
for tool in memcheck racecheck initcheck synccheck; do
  stage $tool sanitize $tool
done

stage bench "$build/bench/organics_bench" --benchmark_format=console --benchmark_out="$out/bench.json" \
  --benchmark_out_format=json ${ORGANICS_BENCH_FILTER:+--benchmark_filter="$ORGANICS_BENCH_FILTER"}
finish
