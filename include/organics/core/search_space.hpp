// The circuits that an ensemble can give, as a set to move in: coordinates, the circuit at a point, gradients. On the
// host.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "organics/core/recurrent_set.hpp"

namespace organics::core {

/// Coordinates q of a circuit of an ensemble: one in [0, 1] for each number that may differ, then z where it has a norm
/// alone (a unit vector), then those of Wr (recurrent_set.hpp). The numbers of a circuit lie as circuit_storage.hpp says.
class SearchSpace {
 public:
  explicit SearchSpace(const Ensemble& ensemble) : ensemble_(ensemble), recurrent_(ensemble) {
    for (int p = 0; p < 5; ++p) add_parameter(static_cast<Parameter>(p));
    const bool z_is_drawn = ensemble.drive == InputDrive::distribution;
    if (z_is_drawn) add_parameter(Parameter::z);
    add_normalisation();
    z_size_ = z_is_drawn || ensemble.z_norm == 0 ? 0 : n();
  }

  std::size_t size() const { return Wr_at() + recurrent_.size(); }

  /// q of circuit `index`, which is written to `drawn` as well.
  void draw(std::uint64_t seed, std::uint64_t index, double* q, double* drawn) const {
    std::vector<double> scratch(draw_scratch_size(ensemble_.n));
    draw_circuit(Solo{}, ensemble_, seed, index, drawn, scratch.data());
    for (const Link& link : links_) {
      if (!moves(link, drawn) || link.factor == 0) continue;
      const Range& r = ranges_[link.coordinate];
      const double number = drawn[link.place] / link.factor;
      q[link.coordinate] = r.logarithmic ? std::log(number / r.lower) / std::log(r.upper / r.lower)
                                         : (number - r.lower) / (r.upper - r.lower);
    }
    std::copy(drawn + 5 * n(), drawn + 5 * n() + z_size_, q + z_at());
    recurrent_.draw(seed, index, drawn + 6 * n(), q + Wr_at());
    retract(q, drawn);
  }

  /// The circuit at q. `drawn` says what does not move: constants, zeros of sparse matrices.
  void circuit(const double* q, const double* drawn, double* numbers) const {
    std::copy(drawn, drawn + circuit_storage_size(ensemble_.n), numbers);
    for (const Link& link : links_) {
      if (moves(link, drawn)) numbers[link.place] = link.factor * value(link.coordinate, q[link.coordinate]);
    }
    for (std::size_t i = 0; i < z_size_; ++i) numbers[5 * n() + i] = ensemble_.z_norm * q[z_at() + i];
    recurrent_.weights(q + Wr_at(), drawn + 6 * n(), numbers + 6 * n());
  }

  /// The gradient by q out of the one by the circuit's numbers: along the set, and not out of it.
  void gradient(const double* q, const double* drawn, const double* by_numbers, double* by_q) const {
    std::fill(by_q, by_q + size(), 0.0);
    for (const Link& link : links_) {
      if (!moves(link, drawn)) continue;
      by_q[link.coordinate] += by_numbers[link.place] * link.factor * slope(link.coordinate, q[link.coordinate]);
    }
    for (std::size_t i = 0; i < z_size_; ++i) by_q[z_at() + i] = ensemble_.z_norm * by_numbers[5 * n() + i];
    recurrent_.gradient(q + Wr_at(), drawn + 6 * n(), by_numbers + 6 * n(), by_q + Wr_at());
    confine(q, drawn, by_q);
  }

  /// Takes the components out of a direction at q that would leave the set.
  void confine(const double* q, const double* drawn, double* direction) const {
    for (std::size_t k = 0; k < ranges_.size(); ++k) {
      const bool outward = (q[k] <= ranges_[k].least && direction[k] < 0) || (q[k] >= 1 && direction[k] > 0);
      if (outward) direction[k] = 0;
    }
    detail::make_tangent(q + z_at(), direction + z_at(), z_size_);
    recurrent_.confine(q + Wr_at(), drawn + 6 * n(), direction + Wr_at());
  }

  /// Brings a q near the set back into it.
  void retract(double* q, const double* drawn) const {
    for (std::size_t k = 0; k < ranges_.size(); ++k) q[k] = std::clamp(q[k], ranges_[k].least, 1.0);
    detail::normalise(q + z_at(), z_size_);
    recurrent_.retract(q + Wr_at(), drawn + 6 * n());
  }

 private:
  static constexpr double deviations = 3;      ///< of a normal or log-normal number: how far it may go from its centre
  static constexpr double least_share = 1e-3;  ///< of the range of b0 and sigma, where it begins at 0

  /// A coordinate in [least, 1] between two bounds.
  struct Range {
    double lower = 0, upper = 0;
    bool logarithmic = false;
    double least = 0;
  };
  /// numbers[place] = factor * value of coordinate.
  struct Link {
    std::size_t coordinate;
    std::size_t place;
    double factor;
  };

  /// Where a number of a distribution may go.
  static Range range_of(const Distribution& d) {
    if (d.kind == DistributionKind::normal) {
      return {std::max(d.lower, d.centre - deviations * d.spread), d.centre + deviations * d.spread, false, 0};
    }
    if (d.kind == DistributionKind::log_normal) {
      return {d.centre * std::exp(-deviations * d.spread), d.centre * std::exp(deviations * d.spread), true, 0};
    }
    return {d.lower, d.upper, d.kind == DistributionKind::log_uniform, 0};
  }

  /// A range may be narrower than its numbers can tell.
  static bool stays(const Distribution& d) {
    const Range range = range_of(d);
    return !(range.lower < range.upper);
  }

  std::size_t n() const { return static_cast<std::size_t>(ensemble_.n); }
  std::size_t z_at() const { return ranges_.size(); }
  std::size_t Wr_at() const { return ranges_.size() + z_size_; }

  std::size_t add_range(const Distribution& d, bool above_zero) {
    Range range = range_of(d);
    if (above_zero && range.lower == 0) range.least = least_share;
    ranges_.push_back(range);
    return ranges_.size() - 1;
  }

  /// The coordinates of a parameter, and what is tied to it.
  void add_parameter(Parameter parameter) {
    const Distribution& own = distribution_of(ensemble_, parameter);
    if (own.kind == DistributionKind::tied || stays(own)) return;
    std::vector<Parameter> moved = {parameter};  // with it
    for (int p = 0; p < 6; ++p) {
      const Distribution& other = distribution_of(ensemble_, static_cast<Parameter>(p));
      const bool drawn = p < 5 || ensemble_.drive == InputDrive::distribution;
      const bool tied = drawn && other.kind == DistributionKind::tied && other.source == parameter;
      if (tied) moved.push_back(static_cast<Parameter>(p));
    }
    const bool above_zero = std::any_of(moved.begin(), moved.end(),
                                        [](Parameter p) { return p == Parameter::b0 || p == Parameter::sigma; });
    for (std::size_t i = 0; i < n(); ++i) {
      const bool again = own.per == DrawnPer::circuit && i > 0;
      const std::size_t coordinate = again ? ranges_.size() - 1 : add_range(own, above_zero);
      for (const Parameter p : moved) {
        const double factor = p == parameter ? 1 : distribution_of(ensemble_, p).factor;
        links_.push_back({coordinate, static_cast<std::size_t>(p) * n() + i, factor});
      }
    }
  }

  void add_normalisation() {
    if (stays(ensemble_.W)) return;
    const NormalisationWeights kind = ensemble_.W_kind;
    const bool on_diagonal = kind == NormalisationWeights::identity || kind == NormalisationWeights::diagonal;
    const bool one = shares_one_number(ensemble_);
    const std::size_t first = ranges_.size();
    for (std::size_t k = 0; k < n() * n(); ++k) {
      const auto i = static_cast<int>(k % n());
      const auto j = static_cast<int>(k / n());
      if (on_diagonal && i != j) continue;
      const std::size_t coordinate = one && ranges_.size() > first ? first : add_range(ensemble_.W, false);
      double factor = 1;
      if (kind == NormalisationWeights::ring) factor = ring_bump(ensemble_.n, i, j, ensemble_.W_width);
      if (kind == NormalisationWeights::given) factor = ensemble_.W_given[k];
      links_.push_back({coordinate, W_at() + k, factor});
    }
  }

  std::size_t W_at() const { return 6 * n() + n() * n(); }

  /// A weight that a sparse W does not have stays away.
  bool moves(const Link& link, const double* drawn) const {
    const bool sparse = ensemble_.W_kind == NormalisationWeights::sparse && link.place >= W_at();
    return !sparse || drawn[link.place] != 0;
  }

  double value(std::size_t coordinate, double q) const {
    const Range& r = ranges_[coordinate];
    const double inside = r.logarithmic ? r.lower * std::pow(r.upper / r.lower, q) : r.lower + q * (r.upper - r.lower);
    return std::clamp(inside, r.lower, r.upper);
  }

  /// d(value)/dq.
  double slope(std::size_t coordinate, double q) const {
    const Range& r = ranges_[coordinate];
    return r.logarithmic ? value(coordinate, q) * std::log(r.upper / r.lower) : r.upper - r.lower;
  }

  Ensemble ensemble_;
  RecurrentSet recurrent_;
  std::vector<Range> ranges_;
  std::vector<Link> links_;
  std::size_t z_size_ = 0;
};

}  // namespace organics::core
