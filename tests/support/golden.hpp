// The golden data: circuits, trajectories and answers of an independent computation, read from tests/data.
#pragma once

#include <gtest/gtest.h>

#include <complex>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/spectra.hpp"

namespace organics::test {

inline nlohmann::json read_data(const std::string& file) {
  std::ifstream in(std::string(TEST_DATA_DIR) + "/" + file);
  if (!in) throw std::runtime_error("cannot read " + file);
  return nlohmann::json::parse(in);
}

struct Trajectory {
  std::vector<double> x0, times;
  std::vector<double> states;  ///< one column per time
  double est_error = 0;
};

struct FixedPoint {
  std::vector<double> x;
  std::string type;
  Spectrum eigenvalues;
};

struct GoldenCircuit {
  std::string name, status, stability;
  CircuitData data;
  std::vector<Trajectory> trajectories;  ///< one (circuits) or three (figures)
  std::vector<double> steady_state;      ///< empty where there is none
  Spectrum eigenvalues;
  double abscissa = 0;
  std::vector<FixedPoint> fixed_points;  ///< n = 1
};

inline std::vector<double> flat_columns(const nlohmann::json& rows) {
  std::vector<double> values;
  for (const auto& row : rows) {
    for (const auto& value : row) values.push_back(value.get<double>());
  }
  return values;
}

inline std::vector<double> column_major(const nlohmann::json& rows) {
  const std::size_t n = rows.size();
  std::vector<double> values(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) values[i + n * j] = rows[i][j].get<double>();
  }
  return values;
}

inline Spectrum spectrum_of(const nlohmann::json& pairs) {
  Spectrum values;
  for (const auto& pair : pairs) values.emplace_back(pair[0].get<double>(), pair[1].get<double>());
  return values;
}

inline Trajectory trajectory_of(const nlohmann::json& json) {
  return {json.at("x0"), json.at("times"), flat_columns(json.at("states")), json.at("est_error")};
}

inline CircuitData circuit_of(const nlohmann::json& json) {
  return {json.at("N"),
          json.at("model") == "rectified" ? ModelKind::rectified : ModelKind::main,
          json.at("tau_y"),
          json.at("tau_a"),
          json.at("b0"),
          json.at("b1"),
          json.at("sigma"),
          json.at("z"),
          column_major(json.at("Wr")),
          column_major(json.at("W"))};
}

inline GoldenCircuit golden_of(const nlohmann::json& json) {
  GoldenCircuit golden;
  golden.name = json.at("name");
  golden.data = circuit_of(json);
  const auto text = [&](const char* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : std::string();
  };
  golden.status = text("status");
  golden.stability = text("stability");
  if (json.contains("times")) golden.trajectories.push_back(trajectory_of(json));
  if (json.contains("trajectories")) {
    for (const auto& trajectory : json["trajectories"]) golden.trajectories.push_back(trajectory_of(trajectory));
  }
  if (json.contains("steady_state") && json["steady_state"].is_array()) {
    golden.steady_state = json["steady_state"].get<std::vector<double>>();
    golden.eigenvalues = spectrum_of(json.at("eigenvalues"));
    golden.abscissa = json.at("abscissa");
  }
  if (json.contains("fixed_points") && json["fixed_points"].is_array()) {
    for (const auto& point : json["fixed_points"]) {
      golden.fixed_points.push_back(
          {{point.at("y"), point.at("a")}, point.at("stability"), spectrum_of(point.at("eigenvalues"))});
    }
  }
  return golden;
}

inline std::vector<GoldenCircuit> golden_list(const char* key) {
  std::vector<GoldenCircuit> list;
  const nlohmann::json file = read_data("golden.json");
  for (const auto& json : file.at(key)) list.push_back(golden_of(json));
  return list;
}

inline const std::vector<GoldenCircuit>& golden_circuits() {
  static const std::vector<GoldenCircuit> list = golden_list("circuits");
  return list;
}

inline const std::vector<GoldenCircuit>& golden_figures() {
  static const std::vector<GoldenCircuit> list = golden_list("figures");
  return list;
}

/// The type of an equilibrium of one neuron pair, from its two eigenvalues.
inline std::string type_of(const Spectrum& pair) {
  const bool stable = pair[0].real() < 0 && pair[1].real() < 0;
  if (pair[0].imag() != 0) return stable ? "stable focus" : "unstable focus";
  if (stable) return "stable node";
  return pair[0].real() > 0 && pair[1].real() > 0 ? "unstable node" : "saddle";
}

/// Spectra agree as the golden file asks: 1e-9 of the largest modulus, its square root where eigenvalues nearly repeat.
inline ::testing::AssertionResult spectra_agree(const Spectrum& got, const Spectrum& expected) {
  const double size = largest_modulus(expected);
  const double tolerance = smallest_gap(expected) < 1e-4 * size ? std::sqrt(1e-9) : 1e-9;
  const double distance = spectral_distance(got, expected);
  if (distance <= tolerance * size) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "spectra are " << distance / size << " of the largest modulus apart, asked "
                                       << tolerance;
}

}  // namespace organics::test
