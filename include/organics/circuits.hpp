// Circuits: the parameters of a batch of ORGaNICs circuits, as views of memory that the caller owns.
#pragma once

#include <cstdint>

#include "organics/batch.hpp"
#include "organics/core/model.hpp"
#include "organics/error.hpp"

namespace organics {

/// A batch of circuits of one size and one model. Each parameter is per circuit or shared (BatchView stride 0).
///
/// The model, per circuit (Rawat, Heeger and Martiniani 2024, with c = (b0 sigma)^2, products elementwise):
///   tau_y y' = -y + b1 z + (1 - sqrt(fl a)) (Wr r),   tau_a a' = -a + c + W (r^2 fl a),
/// r = y (main) or fl(y) = max(y, 0) (rectified). The state is (y, a), 2n numbers; rest is y = 0, a = c.
template <class T>
struct Circuits {
  int n = 0;               ///< neurons of each kind, >= 1
  std::int64_t items = 0;  ///< circuits in the batch, >= 0
  ModelKind model = ModelKind::main;
  BatchView<const T> tau_y = {};  ///< n: time constants of the principal neurons, seconds, > 0
  BatchView<const T> tau_a = {};  ///< n: time constants of the normaliser neurons, seconds, > 0
  BatchView<const T> b0 = {};     ///< n: gain of the semi-saturation, >= 0
  BatchView<const T> b1 = {};     ///< n: input gain, >= 0
  BatchView<const T> sigma = {};  ///< n: semi-saturation, >= 0
  BatchView<const T> z = {};      ///< n: input drive
  BatchView<const T> Wr = {};     ///< n x n, column-major: recurrent weights
  BatchView<const T> W = {};      ///< n x n, column-major: normalisation weights, >= 0
};

/// Circuit `i` of the batch, as pointers into the caller's memory.
template <class T>
constexpr core::Circuit<T> circuit(const Circuits<T>& batch, std::int64_t i) {
  return {batch.n,          batch.model,         batch.tau_y.item(i), batch.tau_a.item(i), batch.b0.item(i),
          batch.b1.item(i), batch.sigma.item(i), batch.z.item(i),     batch.Wr.item(i),    batch.W.item(i)};
}

/// Checks shapes and values of a batch in host memory: finite, tau > 0, b0, b1, sigma, W >= 0. Every function of a batch
/// does this itself (for arrays in device memory: shapes alone). Throws InvalidArgument that names the circuit, the field, the value and what was expected.
template <class T>
void validate(const Circuits<T>& batch);

}  // namespace organics
