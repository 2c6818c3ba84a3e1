#include "io/results_json.hpp"

#include <cstddef>
#include <nlohmann/json.hpp>

namespace organics::io {
namespace {

using nlohmann::ordered_json;

ordered_json state_rows(const CircuitResult& result) {
  ordered_json rows = ordered_json::array();
  const std::ptrdiff_t width = 2 * static_cast<std::ptrdiff_t>(result.n);
  for (auto row = result.states.begin(); row != result.states.end(); row += width) {
    rows.push_back(std::vector<double>(row, row + width));
  }
  return rows;
}

ordered_json to_json(const CircuitResult& result) {
  ordered_json object;
  if (!result.name.empty()) object["name"] = result.name;
  object["status"] = name(result.status);
  if (!result.states.empty()) object["states"] = state_rows(result);
  if (!result.steady_state.empty()) object["steady_state"] = result.steady_state;
  if (result.residual) object["residual"] = *result.residual;
  for (const auto& eigenvalue : result.eigenvalues) {
    object["eigenvalues"].push_back({eigenvalue.real(), eigenvalue.imag()});
  }
  if (result.abscissa) object["abscissa"] = *result.abscissa;
  if (!result.stability.empty()) object["stability"] = result.stability;
  return object;
}

}  // namespace

std::string stability_word(Verdict verdict, const std::vector<std::complex<double>>& eigenvalues) {
  if (verdict == Verdict::none) return {};
  if (verdict == Verdict::marginal || eigenvalues.size() != 2) return name(verdict);
  const bool focus = eigenvalues[0].imag() != 0;
  if (!focus && eigenvalues[0].real() * eigenvalues[1].real() < 0) return "saddle";
  return std::string(name(verdict)) + (focus ? " focus" : " node");
}

std::string results_json(const std::vector<CircuitResult>& results) {
  std::string text = "{\"circuits\": [";
  const char* separator = "\n";
  for (const CircuitResult& result : results) {
    text += separator + to_json(result).dump();
    separator = ",\n";
  }
  return text + "\n]}\n";
}

}  // namespace organics::io
