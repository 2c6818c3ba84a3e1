// An ensemble over another scalar, with the matrices that it is given.
#pragma once

#include <type_traits>
#include <vector>

#include "organics/core/ensemble.hpp"

namespace organics {

template <class T>
class EnsembleIn {
 public:
  explicit EnsembleIn(const Ensemble& e) : value_(core::convert<T>(e)) {
    if constexpr (!std::is_same_v<T, double>) {
      value_.Wr_given = copy(e.n, e.Wr_given, Wr_);
      value_.W_given = copy(e.n, e.W_given, W_);
    }
  }
  EnsembleIn(const EnsembleIn&) = delete;
  EnsembleIn& operator=(const EnsembleIn&) = delete;

  const EnsembleOf<T>& operator*() const { return value_; }
  const EnsembleOf<T>* operator->() const { return &value_; }

 private:
  static const T* copy(int n, const double* from, std::vector<T>& to) {
    if (from == nullptr) return nullptr;
    to.assign(from, from + static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
    return to.data();
  }

  EnsembleOf<T> value_;
  std::vector<T> Wr_, W_;
};

}  // namespace organics
