// Results of a circuits file as JSON: {"circuits": [...]}, in the order and with the field names of the circuits file.
#pragma once

#include <complex>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/trajectory.hpp"
#include "organics/core/status.hpp"

namespace organics::io {

/// What found a steady state, or did not, and at what cost (organics/steady_state.hpp).
struct Search {
  Rung rung = Rung::none;
  double time = 0;                  ///< of the flow, seconds
  std::optional<double> period;     ///< of a limit cycle, seconds
  std::optional<double> amplitude;  ///< of a limit cycle, peak to peak
  std::int32_t flow_steps = 0;
  std::int32_t newton_steps = 0;
  std::int32_t rhs_evaluations = 0;
  std::int32_t jacobian_evaluations = 0;
  std::int32_t lu_factorisations = 0;
};

/// What is known about one circuit; empty fields are left out of the file.
struct CircuitResult {
  std::string name;
  Status status = Status::ok;
  int n = 0;
  std::optional<Trajectory> trajectory;
  std::vector<double> steady_state;  ///< 2n
  std::optional<double> residual;    ///< max |tau f|
  std::optional<Search> search;
  std::vector<std::complex<double>> eigenvalues;  ///< 1/s, sorted by real part
  std::optional<double> abscissa;                 ///< 1/s
  std::string stability;
};

/// The word for a spectrum: of a planar circuit (n = 1) its type (stable node, stable focus, saddle, unstable node,
/// unstable focus), otherwise stable or unstable; marginal where the verdict is; empty where there is none.
std::string stability_word(Verdict verdict, const std::vector<std::complex<double>>& eigenvalues);

/// The JSON text, one circuit per line. Numbers read back to the same bits; NaN is written as null.
std::string results_json(const std::vector<CircuitResult>& results);

}  // namespace organics::io
