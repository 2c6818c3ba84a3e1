// BatchView: one array per circuit, as a POD that owns nothing.
#pragma once

#include <cstdint>
#include <type_traits>

namespace organics {

/// `items` arrays of `rows` x `cols`, column-major inside, item after item at `item_stride` elements.
/// Stride 0 means one value shared by all items: that is how a batch varies one parameter and shares the others.
/// An empty view (null data) stands for "not given" or "not wanted".
template <class T>
struct BatchView {
  T* data = nullptr;
  std::int64_t items = 0;
  int rows = 0;
  int cols = 1;
  std::int64_t item_stride = 0;

  constexpr T* item(std::int64_t i) const { return data + i * item_stride; }
  /// The same, or null for an empty view.
  constexpr T* item_or_null(std::int64_t i) const { return data == nullptr ? nullptr : item(i); }
  constexpr explicit operator bool() const { return data != nullptr; }

  /// A view of non-const elements is a view of const elements.
  template <class U>
    requires(std::is_same_v<U, const T> && !std::is_const_v<T>)
  constexpr operator BatchView<U>() const {  // NOLINT(google-explicit-constructor): as natural as T* to const T*
    return {data, items, rows, cols, item_stride};
  }
};

/// One array per item, packed one after the other.
template <class T>
constexpr BatchView<T> packed(T* data, std::int64_t items, int rows, int cols = 1) {
  return {data, items, rows, cols, static_cast<std::int64_t>(rows) * cols};
}

/// One array that all items share.
template <class T>
constexpr BatchView<T> shared(T* data, std::int64_t items, int rows, int cols = 1) {
  return {data, items, rows, cols, 0};
}

}  // namespace organics
