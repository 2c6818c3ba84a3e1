#include "cli/circuit_batches.hpp"

#include <map>
#include <optional>

namespace organics::cli {
namespace {

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

void append(SignalArrays& to, const std::optional<io::SignalRecord>& from) {
  if (!from) return;
  to.knots = static_cast<int>(from->times.size());
  to.rows = static_cast<int>(from->values.size() / from->times.size());
  to.kind = from->kind;
  append(to.times, from->times);
  append(to.values, from->values);
}

void append(OwnedCircuit<double>& to, const OwnedCircuit<double>& from) {
  append(to.tau_y, from.tau_y);
  append(to.tau_a, from.tau_a);
  append(to.b0, from.b0);
  append(to.b1, from.b1);
  append(to.sigma, from.sigma);
  append(to.z, from.z);
  append(to.Wr, from.Wr);
  append(to.W, from.W);
}

void append(io::GainsRecord& to, const io::GainsRecord& from) {
  to.inputs = from.inputs;
  append(to.tau_b0, from.tau_b0);
  append(to.tau_b1, from.tau_b1);
  append(to.W_b0x, from.W_b0x);
  append(to.W_b1x, from.W_b1x);
  append(to.W_zx, from.W_zx);
  append(to.W_b0y, from.W_b0y);
  append(to.W_b0a, from.W_b0a);
  append(to.W_b1y, from.W_b1y);
  append(to.W_b1a, from.W_b1a);
  append(to.input, from.input);
}

/// Everything in which two circuits of a batch must agree.
using Shape = std::vector<std::size_t>;

void add_signal_shape(Shape& shape, const std::optional<io::SignalRecord>& signal) {
  shape.push_back(signal ? signal->times.size() : 0);
  shape.push_back(signal ? static_cast<std::size_t>(signal->kind) : 0);
}

Shape shape_of(const io::CircuitRecord& record) {
  Shape shape = {static_cast<std::size_t>(record.circuit.n),
                 static_cast<std::size_t>(record.circuit.model),
                 record.x0.size(),
                 record.times.size(),
                 record.span.size(),
                 record.rtol.size(),
                 record.atol.size()};
  add_signal_shape(shape, record.stimulus.z);
  add_signal_shape(shape, record.stimulus.b0);
  add_signal_shape(shape, record.stimulus.b1);
  if (!record.gains) return shape;
  const io::GainsRecord& g = *record.gains;
  shape.push_back(static_cast<std::size_t>(g.inputs));
  for (const auto* matrix : {&g.W_b0x, &g.W_b1x, &g.W_zx, &g.W_b0y, &g.W_b0a, &g.W_b1y, &g.W_b1a}) {
    shape.push_back(matrix->empty() ? 0 : 1);
  }
  add_signal_shape(shape, g.input_signal);
  return shape;
}

void add(CircuitBatch& batch, std::size_t index, const io::CircuitRecord& record) {
  batch.members.push_back(index);
  append(batch.parameters, record.circuit);
  append(batch.x0, record.x0);
  append(batch.times, record.times);
  append(batch.span, record.span);
  append(batch.rtol, record.rtol);
  append(batch.atol, record.atol);
  append(batch.z, record.stimulus.z);
  append(batch.b0, record.stimulus.b0);
  append(batch.b1, record.stimulus.b1);
  if (!record.gains) return;
  append(batch.gains, *record.gains);
  append(batch.input_signal, record.gains->input_signal);
}

}  // namespace

Signal<double> SignalArrays::view(std::size_t circuits) const {
  if (knots == 0) return {};
  const auto items = static_cast<std::int64_t>(circuits);
  return {packed(times.data(), items, knots), packed(values.data(), items, rows, knots), kind};
}

BatchView<const double> CircuitBatch::packed_view(const std::vector<double>& values, std::size_t rows) const {
  if (values.empty()) return {};
  const std::size_t cols = values.size() / (rows * size());
  return packed(values.data(), static_cast<std::int64_t>(size()), static_cast<int>(rows), static_cast<int>(cols));
}

Circuits<double> CircuitBatch::circuits() const {
  const OwnedCircuit<double>& p = parameters;
  const auto n = static_cast<std::size_t>(p.n);
  const auto all = [&](const std::vector<double>& values) { return packed_view(values, n); };
  return {p.n,          static_cast<std::int64_t>(size()),
          p.model,      all(p.tau_y),
          all(p.tau_a), all(p.b0),
          all(p.b1),    all(p.sigma),
          all(p.z),     all(p.Wr),
          all(p.W)};
}

BatchView<const double> CircuitBatch::start_view() const { return packed_view(x0, dimension()); }

BatchView<const double> CircuitBatch::times_view() const {
  return times.empty() ? BatchView<const double>()
                       : packed(times.data(), static_cast<std::int64_t>(size()), times_each);
}

Stimulus<double> CircuitBatch::stimulus_views() const { return {z.view(size()), b0.view(size()), b1.view(size())}; }

DynamicGains<double> CircuitBatch::gains_views() const {
  if (!has_gains) return {};
  const auto n = static_cast<std::size_t>(parameters.n);
  DynamicGains<double> views;
  views.inputs = gains.inputs;
  views.tau_b0 = packed_view(gains.tau_b0, n);
  views.tau_b1 = packed_view(gains.tau_b1, n);
  views.W_b0x = packed_view(gains.W_b0x, n);
  views.W_b1x = packed_view(gains.W_b1x, n);
  views.W_zx = packed_view(gains.W_zx, n);
  views.W_b0y = packed_view(gains.W_b0y, n);
  views.W_b0a = packed_view(gains.W_b0a, n);
  views.W_b1y = packed_view(gains.W_b1y, n);
  views.W_b1a = packed_view(gains.W_b1a, n);
  views.input = packed_view(gains.input, static_cast<std::size_t>(gains.inputs));
  views.input_signal = input_signal.view(size());
  return views;
}

std::vector<std::vector<std::size_t>> groups_by_shape(const std::vector<io::CircuitRecord>& records) {
  std::vector<std::vector<std::size_t>> groups;
  std::map<Shape, std::size_t> group_of;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto [group, is_new] = group_of.try_emplace(shape_of(records[i]), groups.size());
    if (is_new) groups.emplace_back();
    groups[group->second].push_back(i);
  }
  return groups;
}

CircuitBatch make_batch(const std::vector<io::CircuitRecord>& records, std::span<const std::size_t> members) {
  CircuitBatch batch;
  const io::CircuitRecord& first = records[members.front()];
  batch.parameters.n = first.circuit.n;
  batch.parameters.model = first.circuit.model;
  batch.times_each = static_cast<int>(first.times.size());
  batch.has_gains = first.gains.has_value();
  for (const std::size_t i : members) add(batch, i, records[i]);
  return batch;
}

std::vector<CircuitBatch> batches_by_shape(const std::vector<io::CircuitRecord>& records) {
  std::vector<CircuitBatch> batches;
  for (const auto& members : groups_by_shape(records)) batches.push_back(make_batch(records, members));
  return batches;
}

}  // namespace organics::cli
