#include "tally.hpp"

#include <algorithm>
#include <cmath>

#include "organics/core/histogram.hpp"
#include "organics/core/oscillator.hpp"

namespace organics {

namespace {

bool worse(const SweptCircuit& p, const SweptCircuit& q) {
  return p.abscissa != q.abscissa ? p.abscissa > q.abscissa : p.index < q.index;
}

bool nearer(const SweptCircuit& p, const SweptCircuit& q) {
  const double a = std::abs(p.abscissa);
  const double b = std::abs(q.abscissa);
  return a != b ? a < b : p.index < q.index;
}

bool earlier(const SweptCircuit& p, const SweptCircuit& q) { return p.index < q.index; }

/// Keeps the first `length` of a sorted list with one more entry.
template <class Order>
void insert_bounded(std::vector<SweptCircuit>& list, const SweptCircuit& entry, int length, Order before) {
  const auto limit = static_cast<std::size_t>(length);
  if (limit == 0 || (list.size() == limit && !before(entry, list.back()))) return;
  list.insert(std::upper_bound(list.begin(), list.end(), entry, before), entry);
  if (list.size() > limit) list.pop_back();
}

}  // namespace

SweepResults empty_results(const SweepOptions& options) {
  SweepResults results;
  results.certified = options.certify;
  results.verdict_only = options.verdict_only;
  results.histogram_range = options.histogram;
  results.histogram.assign(static_cast<std::size_t>(options.histogram.bins) + 2, 0);
  return results;
}

void add(SweepResults& results, const SweptCircuit& circuit, const SettledRecord& settled, int list_length) {
  ++results.circuits;
  ++results.verdicts[static_cast<int>(circuit.verdict)];
  ++results.statuses[static_cast<int>(circuit.status)];
  const auto rung = static_cast<int>(settled.rung);
  ++results.rungs[rung];
  results.newton_steps[rung] += settled.newton_steps;
  results.flow_steps[rung] += settled.flow_steps;
  results.lu_factorisations[rung] += settled.lu_factorisations;
  if (circuit.status != Status::ok) insert_bounded(results.unsettled, circuit, list_length, earlier);
  results.proven += circuit.proven ? 1 : 0;
  if (results.certified && circuit.status == Status::ok && !circuit.proven) {
    insert_bounded(results.unproven, circuit, list_length, earlier);
  }
  const auto digest = [&](Quantity quantity) -> Digest& { return results.digests[static_cast<std::size_t>(quantity)]; };
  digest(Quantity::newton_steps).add(settled.newton_steps);
  digest(Quantity::flow_steps).add(settled.flow_steps);
  if (results.verdict_only) return;
  if (circuit.status == Status::ok) digest(Quantity::state_norm).add(settled.state_norm);
  if (circuit.verdict == Verdict::none) return;
  digest(Quantity::abscissa).add(circuit.abscissa);
  if (circuit.frequency > 0) {
    digest(Quantity::frequency).add(circuit.frequency);
    digest(Quantity::damping_ratio).add(core::damping_ratio(circuit.abscissa, circuit.frequency));
  }
  const HistogramRange& range = results.histogram_range;
  ++results.histogram[static_cast<std::size_t>(
      core::histogram_bin(circuit.abscissa, range.lower, range.upper, range.bins))];
  results.abscissa_min = std::fmin(results.abscissa_min, circuit.abscissa);
  results.abscissa_max = std::fmax(results.abscissa_max, circuit.abscissa);
  insert_bounded(results.worst, circuit, list_length, worse);
  insert_bounded(results.marginal, circuit, list_length, nearer);
}

void SweepResults::merge(const SweepResults& other, int list_length) {
  if (other.circuits == 0) return;
  if (circuits == 0 && histogram.empty()) {
    histogram_range = other.histogram_range;
    histogram.assign(other.histogram.size(), 0);
    verdict_only = other.verdict_only;
  }
  if (verdict_only != other.verdict_only) {
    throw InvalidArgument("merge: verdict_only differs: expected parts of the same sweep");
  }
  const HistogramRange& mine = histogram_range;
  const HistogramRange& theirs = other.histogram_range;
  if (mine.lower != theirs.lower || mine.upper != theirs.upper || histogram.size() != other.histogram.size()) {
    throw InvalidArgument("merge: histogram ranges differ: expected parts of the same sweep");
  }
  circuits += other.circuits;
  certified = certified || other.certified;
  proven += other.proven;
  for (int i = 0; i < verdict_count; ++i) verdicts[i] += other.verdicts[i];
  for (int i = 0; i < status_count; ++i) statuses[i] += other.statuses[i];
  for (int i = 0; i < rung_count; ++i) {
    rungs[i] += other.rungs[i];
    newton_steps[i] += other.newton_steps[i];
    flow_steps[i] += other.flow_steps[i];
    lu_factorisations[i] += other.lu_factorisations[i];
  }
  for (std::size_t i = 0; i < histogram.size(); ++i) histogram[i] += other.histogram[i];
  abscissa_min = std::fmin(abscissa_min, other.abscissa_min);
  abscissa_max = std::fmax(abscissa_max, other.abscissa_max);
  for (const SweptCircuit& circuit : other.worst) insert_bounded(worst, circuit, list_length, worse);
  for (const SweptCircuit& circuit : other.marginal) insert_bounded(marginal, circuit, list_length, nearer);
  for (std::size_t i = 0; i < digests.size(); ++i) digests[i].merge(other.digests[i]);
  for (const SweptCircuit& circuit : other.unsettled) insert_bounded(unsettled, circuit, list_length, earlier);
  for (const SweptCircuit& circuit : other.unproven) insert_bounded(unproven, circuit, list_length, earlier);
}

}  // namespace organics
