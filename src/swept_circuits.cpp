#include "swept_circuits.hpp"

#include <algorithm>
#include <cmath>

#include "organics/core/oscillator.hpp"

namespace organics {

const char* name(SweptColumn column) {
  constexpr const char* names[swept_column_count] = {
      "index",      "status",       "verdict",    "abscissa",          "frequency", "damping_ratio",
      "state_norm", "newton_steps", "flow_steps", "lu_factorisations", "rung",      "proven"};
  const auto i = static_cast<int>(column);
  return i < swept_column_count ? names[i] : "unknown";
}

bool available(SweptColumn column, const SweepOptions& options) {
  switch (column) {
    case SweptColumn::abscissa:
    case SweptColumn::frequency:
    case SweptColumn::damping_ratio:
    case SweptColumn::state_norm:
      return !options.verdict_only;
    case SweptColumn::proven:
      return options.certify;
    default:
      return true;
  }
}

SweptCircuits room_for(const SweepOptions& options, IndexRange chunk) {
  SweptCircuits room;
  room.first = chunk.first;
  room.circuits = chunk.circuits;
  if (!options.records) return room;
  const auto count = static_cast<std::size_t>(chunk.circuits);
  const auto make = [&](SweptColumn column, auto& values) {
    const auto& columns = options.columns;
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) values.resize(count);
  };
  make(SweptColumn::status, room.status);
  make(SweptColumn::verdict, room.verdict);
  make(SweptColumn::abscissa, room.abscissa);
  make(SweptColumn::frequency, room.frequency);
  make(SweptColumn::damping_ratio, room.damping_ratio);
  make(SweptColumn::state_norm, room.state_norm);
  make(SweptColumn::newton_steps, room.newton_steps);
  make(SweptColumn::flow_steps, room.flow_steps);
  make(SweptColumn::lu_factorisations, room.lu_factorisations);
  make(SweptColumn::rung, room.rung);
  make(SweptColumn::proven, room.proven);
  return room;
}

double damping_ratio_of(double abscissa, double frequency) {
  return frequency > 0 ? core::damping_ratio(abscissa, frequency) : std::nan("");
}

void enter(SweptCircuits& chunk, const SweptCircuit& circuit, const SettledRecord& settled) {
  const auto i = static_cast<std::size_t>(circuit.index - chunk.first);
  const auto set = [i](auto& values, auto value) {
    if (!values.empty()) values[i] = value;
  };
  set(chunk.status, circuit.status);
  set(chunk.verdict, circuit.verdict);
  set(chunk.abscissa, circuit.abscissa);
  set(chunk.frequency, circuit.frequency);
  if (!chunk.damping_ratio.empty()) chunk.damping_ratio[i] = damping_ratio_of(circuit.abscissa, circuit.frequency);
  set(chunk.state_norm, settled.state_norm);
  set(chunk.newton_steps, settled.newton_steps);
  set(chunk.flow_steps, settled.flow_steps);
  set(chunk.lu_factorisations, settled.lu_factorisations);
  set(chunk.rung, settled.rung);
  set(chunk.proven, static_cast<std::uint8_t>(circuit.proven ? 1 : 0));
}

}  // namespace organics
