#include "lapack.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <vector>

extern "C" void dgeev_(const char* left, const char* right, const int* n, double* a, const int* lda, double* wr,
                       double* wi, double* vl, const int* ldvl, double* vr, const int* ldvr, double* work,
                       const int* lwork, int* info);

namespace organics::bench::lapack {
namespace {

template <class F>
F* symbol(const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_DEFAULT, name));
}

/// OpenBLAS would start a thread for each core.
void use_one_thread() {
  static const bool done = [] {
    if (auto* set = symbol<void(int)>("openblas_set_num_threads")) set(1);
    return true;
  }();
  static_cast<void>(done);
}

int dgeev(int m, double* A, double* re, double* im, double* work, int length) {
  const int one = 1;
  int info = 0;
  dgeev_("N", "N", &m, A, &m, re, im, nullptr, &one, nullptr, &one, work, &length, &info);
  return info;
}

}  // namespace

std::string description() {
  Dl_info info = {};
  std::string text = dladdr(reinterpret_cast<const void*>(&dgeev_), &info) != 0 ? info.dli_fname : "linked in";
  if (auto* config = symbol<char*()>("openblas_get_config")) text += std::string(", ") + config();
  if (auto* core = symbol<char*()>("openblas_get_corename")) text += std::string(", kernels ") + core();
  return text + ", one thread";
}

bool spectra(int m, std::int64_t count, const double* matrices, double* re, double* im) {
  use_one_thread();
  const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(m) * m;
  thread_local std::vector<double> A;
  thread_local std::vector<double> work;
  A.resize(static_cast<std::size_t>(size));
  double best = 0;
  dgeev(m, A.data(), re, im, &best, -1);  // asks for the best length of the scratch
  work.resize(std::max(work.size(), static_cast<std::size_t>(best)));
  bool good = true;
  for (std::int64_t i = 0; i < count; ++i) {
    std::copy_n(matrices + i * size, size, A.data());
    const int info = dgeev(m, A.data(), re + i * m, im + i * m, work.data(), static_cast<int>(work.size()));
    good = good && info == 0;
  }
  return good;
}

}  // namespace organics::bench::lapack
