// Executor: where a batch is computed, as a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "organics/error.hpp"

struct CUstream_st;  // cudaStream_t is a pointer to this; declared here so that no CUDA header is needed

namespace organics {

/// Scratch memory that the caller lends for one call: `bytes` bytes at `data`, 256-byte aligned.
struct Workspace {
  void* data = nullptr;
  std::size_t bytes = 0;
};

/// Vector registers in which a thread works on several circuits at once: steady states from rest, sweeps for verdicts, and
/// trajectories by explicit methods and `automatic` of circuits with constant parameters, where samples are all that is
/// wanted.
/// Which of them are used may change a result by rounding, as sums are fused with products where there are instructions
/// for it; never does one circuit's result depend on another's.
enum class Simd : std::uint8_t {
  widest = 0,  ///< the widest that this machine has
  none,        ///< one circuit at a time
  baseline,    ///< 128 bits, as every machine has them
  avx2,        ///< 256 bits, with fused multiply-add
  avx512,      ///< 512 bits
};

/// Name of a kind of registers, as the program takes it.
constexpr const char* name(Simd simd) {
  constexpr const char* names[] = {"widest", "none", "baseline", "avx2", "avx512"};
  const auto i = static_cast<int>(simd);
  return i < 5 ? names[i] : "unknown";
}

/// Host threads. `threads` = 0 uses every core the process may run on.
struct Cpu {
  int threads = 0;
  Simd simd = Simd::widest;
};

/// One CUDA device. Work is queued on `stream` (null: the default stream) of the caller.
///
/// Arrays may be in device memory or in host memory, all of one call in the same place.
/// - Device arrays: `workspace` (device memory, see the *_workspace_size functions) is required; the call queues its
///   work, allocates nothing, and returns without waiting for the stream. So it can be captured in a CUDA graph, after a
///   first call that has its kernels loaded; a launch of the graph reads the arrays, whatever they hold by then, and writes
///   the results, in the same places and workspace, with the options of the captured call.
/// - Host arrays: the batch is staged through the device in chunks, and the call returns when results are on the host.
///   Of several chunks, two are there at a time, on streams of their own that begin after what is queued on `stream`: one is
///   worked on while another is copied. With a workspace, staging uses only that; without one, device memory is taken for
///   this call alone (cudaMallocAsync on the stream) and given back before it returns.
struct Cuda {
  int device = 0;
  CUstream_st* stream = nullptr;
  Workspace workspace = {};
};

using Executor = std::variant<Cpu, Cuda>;

/// Number of threads that Cpu{threads} uses: `threads` itself, or every core available for 0.
/// Throws InvalidArgument for a negative number, and for registers that this machine does not have.
int thread_count(const Cpu& cpu);

/// True when the library was built with CUDA.
bool cuda_built();

/// Number of CUDA devices that can be used; 0 without a driver, a device or a CUDA build. Never throws.
int cuda_device_count();

/// One line that describes the executor ("cpu, 8 threads", "cuda:0, NVIDIA H200, ...").
/// Throws DeviceError where a Cuda executor cannot be used here.
std::string describe(const Executor& executor);

}  // namespace organics
