#include "cli/circuit_batches.hpp"

#include <algorithm>

namespace organics::cli {
namespace {

void append(std::vector<double>& to, const std::vector<double>& from) { to.insert(to.end(), from.begin(), from.end()); }

bool fits(const CircuitBatch& batch, const io::CircuitRecord& record) {
  return batch.parameters.n == record.circuit.n && batch.parameters.model == record.circuit.model &&
         batch.x0.empty() == record.x0.empty() && batch.times_each == static_cast<int>(record.times.size());
}

CircuitBatch empty_batch_for(const io::CircuitRecord& record) {
  CircuitBatch batch;
  batch.parameters.n = record.circuit.n;
  batch.parameters.model = record.circuit.model;
  batch.times_each = static_cast<int>(record.times.size());
  return batch;
}

void add(CircuitBatch& batch, std::size_t index, const io::CircuitRecord& record) {
  const OwnedCircuit<double>& from = record.circuit;
  OwnedCircuit<double>& to = batch.parameters;
  batch.members.push_back(index);
  append(to.tau_y, from.tau_y);
  append(to.tau_a, from.tau_a);
  append(to.b0, from.b0);
  append(to.b1, from.b1);
  append(to.sigma, from.sigma);
  append(to.z, from.z);
  append(to.Wr, from.Wr);
  append(to.W, from.W);
  append(batch.x0, record.x0);
  append(batch.times, record.times);
}

}  // namespace

Circuits<double> CircuitBatch::circuits() const {
  const int n = parameters.n;
  const auto items = static_cast<std::int64_t>(size());
  const auto vector = [&](const std::vector<double>& values) { return packed(values.data(), items, n); };
  const auto matrix = [&](const std::vector<double>& values) { return packed(values.data(), items, n, n); };
  const OwnedCircuit<double>& p = parameters;
  return {n,
          items,
          p.model,
          vector(p.tau_y),
          vector(p.tau_a),
          vector(p.b0),
          vector(p.b1),
          vector(p.sigma),
          vector(p.z),
          matrix(p.Wr),
          matrix(p.W)};
}

BatchView<const double> CircuitBatch::start_view() const {
  if (x0.empty()) return {};
  return packed(x0.data(), static_cast<std::int64_t>(size()), static_cast<int>(dimension()));
}

BatchView<const double> CircuitBatch::times_view() const {
  return packed(times.data(), static_cast<std::int64_t>(size()), times_each);
}

std::vector<CircuitBatch> batches_by_shape(const std::vector<io::CircuitRecord>& records) {
  std::vector<CircuitBatch> batches;
  for (std::size_t i = 0; i < records.size(); ++i) {
    // a batch gets its first circuit when it is made, so `fits` can look at its x0
    auto batch = std::find_if(batches.begin(), batches.end(), [&](const auto& b) { return fits(b, records[i]); });
    if (batch == batches.end()) batch = batches.insert(batches.end(), empty_batch_for(records[i]));
    add(*batch, i, records[i]);
  }
  return batches;
}

}  // namespace organics::cli
