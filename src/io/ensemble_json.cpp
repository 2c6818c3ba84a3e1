#include "io/ensemble_json.hpp"

#include <cmath>

namespace organics::io {
namespace {

using nlohmann::ordered_json;

ordered_json pair(double a, double b) { return ordered_json::array({a, b}); }

/// A number, a pair, or an object of what read_distribution asks for.
ordered_json distribution_json(const Distribution& d) {
  const bool uniform = d.kind == DistributionKind::uniform;
  if (uniform && d.lower == d.upper) return d.lower;
  if (uniform && d.per == DrawnPer::neuron) return pair(d.lower, d.upper);
  ordered_json object;
  if (d.kind == DistributionKind::tied) {
    object["same_as"] = name(d.source);
    object["times"] = d.factor;
    return object;
  }
  if (uniform) object["uniform"] = pair(d.lower, d.upper);
  if (d.kind == DistributionKind::log_uniform) object["log_uniform"] = pair(d.lower, d.upper);
  if (d.kind == DistributionKind::normal) object["normal"] = pair(d.centre, d.spread);
  if (d.kind == DistributionKind::normal && std::isfinite(d.lower)) object["min"] = d.lower;
  if (d.kind == DistributionKind::log_normal) object["log_normal"] = pair(d.centre, d.spread);
  object["per"] = d.per == DrawnPer::neuron ? "neuron" : "circuit";
  return object;
}

/// As rows, of a matrix in columns.
ordered_json rows_json(const double* matrix, int n) {
  ordered_json rows = ordered_json::array();
  for (int i = 0; i < n; ++i) {
    ordered_json row = ordered_json::array();
    for (int j = 0; j < n; ++j) row.push_back(matrix[i + static_cast<std::ptrdiff_t>(n) * j]);
    rows.push_back(std::move(row));
  }
  return rows;
}

ordered_json recurrent_json(const Ensemble& e) {
  constexpr const char* scales[] = {"norm", "radius", "none"};
  constexpr const char* sizes[] = {"norm", "radius", "factor"};
  ordered_json object;
  object["kind"] = name(e.recurrent);
  object["scale_by"] = scales[static_cast<int>(e.Wr_scale)];
  object[sizes[static_cast<int>(e.Wr_scale)]] = e.Wr_norm;
  if (e.recurrent == RecurrentWeights::sparse) object["density"] = e.Wr_density;
  if (e.recurrent == RecurrentWeights::ring) object["width"] = e.Wr_width;
  if (e.recurrent == RecurrentWeights::ring) object["inhibition"] = e.Wr_inhibition;
  if (e.recurrent == RecurrentWeights::low_rank) object["rank"] = e.Wr_rank;
  if (e.recurrent == RecurrentWeights::given) object["rows"] = rows_json(e.Wr_given, e.n);
  if (e.Wr_dale) object["dale"] = e.Wr_excitatory;
  return object;
}

ordered_json normalisation_json(const Ensemble& e) {
  if (e.W_kind == NormalisationWeights::full) return distribution_json(e.W);
  ordered_json object;
  object["kind"] = name(e.W_kind);
  object["entries"] = distribution_json(e.W);
  if (e.W_kind == NormalisationWeights::sparse) object["density"] = e.W_density;
  if (e.W_kind == NormalisationWeights::ring) object["width"] = e.W_width;
  if (e.W_kind == NormalisationWeights::given) object["rows"] = rows_json(e.W_given, e.n);
  return object;
}

}  // namespace

ordered_json ensemble_json(const Ensemble& e) {
  ordered_json object;
  object["n"] = e.n;
  object["model"] = e.model == ModelKind::main ? "main" : "rectified";
  object["tau_y"] = distribution_json(e.tau_y);
  object["tau_a"] = distribution_json(e.tau_a);
  object["b0"] = distribution_json(e.b0);
  object["b1"] = distribution_json(e.b1);
  object["sigma"] = distribution_json(e.sigma);
  object["W"] = normalisation_json(e);
  object["Wr"] = recurrent_json(e);
  if (e.drive == InputDrive::scaled_gaussian) object["z"]["norm"] = e.z_norm;
  if (e.drive == InputDrive::distribution) object["z"] = distribution_json(e.z);
  if (e.sampling == Sampling::sobol) object["sampling"] = "sobol";
  if (e.sampling == Sampling::latin_hypercube) object["sampling"]["latin_hypercube"] = e.strata;
  return object;
}

}  // namespace organics::io
