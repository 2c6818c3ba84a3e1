// Circuits drawn by one lane, for tests of the draw.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "organics/core/draw.hpp"

namespace organics::test {

template <class T>
struct Drawn {
  std::vector<T> storage;
  core::Circuit<T> circuit;
};

template <class T = double>
Drawn<T> draw_one(const Ensemble& ensemble, std::uint64_t seed, std::uint64_t index) {
  Drawn<T> out;
  out.storage.assign(core::circuit_storage_size(ensemble.n), T(-99));
  std::vector<T> scratch(core::draw_scratch_size(ensemble.n));
  out.circuit =
      core::draw_circuit(core::Solo{}, core::convert<T>(ensemble), seed, index, out.storage.data(), scratch.data());
  return out;
}

inline Eigen::MatrixXd drawn_Wr(const Ensemble& ensemble, std::uint64_t seed, std::uint64_t index) {
  const auto drawn = draw_one(ensemble, seed, index);
  return Eigen::Map<const Eigen::MatrixXd>(drawn.circuit.Wr, ensemble.n, ensemble.n);
}

inline Eigen::MatrixXd drawn_W(const Ensemble& ensemble, std::uint64_t seed, std::uint64_t index) {
  const auto drawn = draw_one(ensemble, seed, index);
  return Eigen::Map<const Eigen::MatrixXd>(drawn.circuit.W, ensemble.n, ensemble.n);
}

}  // namespace organics::test
