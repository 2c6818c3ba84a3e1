#include "validate_ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string>

#include "validate.hpp"

namespace organics {
namespace {

/// No Gaussian draw is larger: sqrt(-2 log(2^-53)) = 8.57.
constexpr double largest_gaussian = 8.6;
// a narrower bump would be the identity, a wider one the same everywhere
constexpr double narrowest_ring = 0.1;
constexpr double widest_ring = 1e6;

/// What draws of a distribution that is not tied lie between.
struct Bounds {
  double lower;
  double upper;
};

Bounds bounds_of(const Distribution& d) {
  if (d.kind == DistributionKind::normal) {
    return {std::max(d.lower, d.centre - largest_gaussian * d.spread), d.centre + largest_gaussian * d.spread};
  }
  if (d.kind == DistributionKind::log_normal) {
    const double factor = std::exp(largest_gaussian * d.spread);
    return {d.centre / factor, d.centre * factor};
  }
  return {d.lower, d.upper};
}

/// The distribution that a parameter's values come from, and what they are multiplied by.
struct Origin {
  const Distribution& distribution;
  double factor;
};

Origin origin_of(const Ensemble& e, Parameter parameter) {
  const Distribution& own = core::distribution_of(e, parameter);
  if (own.kind != DistributionKind::tied) return {own, 1};
  return {core::distribution_of(e, own.source), own.factor};
}

Values values_of(Parameter parameter) {
  if (parameter == Parameter::z) return Values::any;
  return parameter == Parameter::tau_y || parameter == Parameter::tau_a ? Values::positive : Values::nonnegative;
}

bool drawn(const Ensemble& e, Parameter parameter) {
  return parameter != Parameter::z || e.drive == InputDrive::distribution;
}

bool above(double x, Values values) { return values == Values::any || (values == Values::positive ? x > 0 : x >= 0); }

std::string unmet_by_uniform(const Distribution& d, Values values) {
  const bool good = std::isfinite(d.lower) && std::isfinite(d.upper) && d.lower <= d.upper && above(d.lower, values);
  if (good && std::isfinite(d.upper - d.lower)) return "";
  if (values == Values::any) return "[lower, upper] with finite lower <= upper, or one finite number";
  if (values == Values::positive) return "a finite number > 0, or [lower, upper] with finite 0 < lower <= upper";
  return "[lower, upper] with finite 0 <= lower <= upper, or one number >= 0";
}

std::string unmet_by_normal(const Distribution& d, Values values) {
  const Bounds bounds = bounds_of(d);
  if (!(d.spread >= 0) || !std::isfinite(d.centre) || !std::isfinite(bounds.upper - bounds.lower)) {
    return "normal = [mean, deviation] with finite numbers, deviation >= 0";
  }
  if (!above(d.lower, values)) {
    return fmt::format("log_normal, or a normal with min {} 0, as values must be",
                       values == Values::positive ? ">" : ">=");
  }
  if (!(d.lower <= d.centre)) return "min at most the mean, for half of the draws at least must count";
  return "";
}

std::string unmet_by_log_normal(const Distribution& d) {
  const Bounds bounds = bounds_of(d);
  const bool good = d.spread >= 0 && d.centre > 0 && bounds.lower > 0 && std::isfinite(bounds.upper);
  return good && std::isfinite(std::exp(largest_gaussian * d.spread))
             ? ""
             : "log_normal = [median, spread] with median > 0, spread >= 0, and all draws finite and > 0";
}

/// As a message shows it.
std::string shown(const Distribution& d) {
  switch (d.kind) {
    case DistributionKind::log_uniform:
      return fmt::format("log_uniform [{}, {}]", d.lower, d.upper);
    case DistributionKind::normal:
      return fmt::format("normal [{}, {}], min {}", d.centre, d.spread, d.lower);
    case DistributionKind::log_normal:
      return fmt::format("log_normal [{}, {}]", d.centre, d.spread);
    case DistributionKind::tied:
      return fmt::format("{} times {}", d.factor, name(d.source));
    default:
      return d.lower == d.upper ? fmt::format("{}", d.lower) : fmt::format("[{}, {}]", d.lower, d.upper);
  }
}

void require_as_expected(std::string_view field, const Distribution& d, const std::string& expected) {
  if (!expected.empty()) throw InvalidArgument(fmt::format("{} = {}: expected {}", field, shown(d), expected));
}

void require_fraction(std::string_view field, double value, bool may_be_zero) {
  require(value <= 1 && (may_be_zero ? value >= 0 : value > 0), field, value,
          may_be_zero ? "a number from 0 to 1" : "a number > 0 and at most 1");
}

void require_width(std::string_view field, double value) {
  require(value >= narrowest_ring && value <= widest_ring, field, value, "a number of neurons from 0.1 to 1e6");
}

void require_sampling(const Ensemble& e) {
  const bool hypercube = e.sampling == Sampling::latin_hypercube;
  require(!hypercube || e.strata >= 2, "strata", e.strata, "2 or more");
  if (e.sampling == Sampling::random || shares_random_numbers(e)) return;
  throw InvalidArgument(fmt::format("sampling = {}: expected a distribution with one draw per circuit, which it is of",
                                    hypercube ? "latin_hypercube" : "sobol"));
}

/// The matrix of a kind `given`, n x n.
void require_matrix(std::string_view field, const double* matrix, int n, double least) {
  if (matrix == nullptr) throw InvalidArgument(fmt::format("{}: null, expected a matrix, as its kind is given", field));
  for (std::ptrdiff_t k = 0; k < static_cast<std::ptrdiff_t>(n) * n; ++k) {
    if (std::isfinite(matrix[k]) && matrix[k] >= least) continue;
    require(false, fmt::format("{}({}, {})", field, k % n, k / n), matrix[k],
            least == 0 ? "a finite number >= 0" : "a finite number");
  }
}

bool float_holds(double value) {
  const auto in_float = static_cast<float>(value);
  return std::isfinite(in_float) && (value == 0 || std::abs(in_float) >= std::numeric_limits<float>::min());
}

/// Whether float can draw from the distribution; zero and what is next to it are as good as another where zero is.
bool float_draws(const Distribution& d, double factor) {
  const Bounds bounds = bounds_of(d);
  const auto finite = [](double value) { return std::isfinite(static_cast<float>(value)); };
  const bool by_logarithm = d.kind == DistributionKind::log_uniform || d.kind == DistributionKind::log_normal;
  const bool good = finite(bounds.lower) && finite(bounds.upper) && finite(factor * bounds.lower) &&
                    finite(factor * bounds.upper) && finite(bounds.upper - bounds.lower);
  if (!by_logarithm) return good;
  const double spread = d.kind == DistributionKind::log_normal ? d.spread : 0;
  return good && float_holds(bounds.lower) && float_holds(std::exp(largest_gaussian * spread));
}

}  // namespace

const char* name(Parameter parameter) {
  constexpr const char* names[] = {"tau_y", "tau_a", "b0", "b1", "sigma", "z"};
  static_assert(std::size(names) == parameter_count);
  return names[static_cast<int>(parameter)];
}

const char* name(RecurrentWeights kind) {
  constexpr const char* names[] = {"gaussian",      "identity",          "orthogonal",  "symmetric",
                                   "antisymmetric", "positive_definite", "diagonal",    "sparse",
                                   "ring",          "low_rank",          "nonnegative", "given"};
  static_assert(std::size(names) == recurrent_weights_count);
  return names[static_cast<int>(kind)];
}

const char* name(NormalisationWeights kind) {
  constexpr const char* names[] = {"full", "identity", "diagonal", "ring", "sparse", "given"};
  static_assert(std::size(names) == normalisation_weights_count);
  return names[static_cast<int>(kind)];
}

bool may_obey_dale(RecurrentWeights kind) {
  return kind == RecurrentWeights::gaussian || kind == RecurrentWeights::sparse || kind == RecurrentWeights::diagonal;
}

bool shares_random_numbers(const Ensemble& e) {
  bool any = core::shares_one_number(e) && !core::is_constant(e.W);
  for (int p = 0; p < parameter_count; ++p) {
    const Distribution& d = core::distribution_of(e, static_cast<Parameter>(p));
    const bool own = drawn(e, static_cast<Parameter>(p)) && d.kind != DistributionKind::tied;
    any = any || (own && d.per == DrawnPer::circuit && !core::is_constant(d));
  }
  return any;
}

std::string unmet_expectation(const Distribution& d, Values values) {
  switch (d.kind) {
    case DistributionKind::uniform:
      return unmet_by_uniform(d, values);
    case DistributionKind::log_uniform:
      return d.lower > 0 && d.lower <= d.upper && std::isfinite(d.upper)
                 ? ""
                 : "log_uniform = [lower, upper] with finite 0 < lower <= upper";
    case DistributionKind::normal:
      return unmet_by_normal(d, values);
    case DistributionKind::log_normal:
      return unmet_by_log_normal(d);
    default:
      return "a distribution that is not tied";
  }
}

std::string unmet_expectation(const Ensemble& ensemble, Parameter parameter) {
  if (!drawn(ensemble, parameter)) return "";
  const Distribution& own = core::distribution_of(ensemble, parameter);
  const Values values = values_of(parameter);
  if (own.kind != DistributionKind::tied) return unmet_expectation(own, values);
  const Distribution& source = core::distribution_of(ensemble, own.source);
  if (own.source == Parameter::z || own.source == parameter || source.kind == DistributionKind::tied) {
    return "same_as another of tau_y, tau_a, b0, b1, sigma that is not tied itself";
  }
  if (!(own.factor > 0) || !std::isfinite(own.factor)) return "times > 0, a finite number";
  if (!unmet_expectation(source, values_of(own.source)).empty()) {
    return fmt::format("{} to be as it should", name(own.source));
  }
  const Bounds bounds = bounds_of(source);
  const bool good = above(own.factor * bounds.lower, values) && std::isfinite(own.factor * bounds.upper);
  return good ? "" : fmt::format("finite values {} 0", values == Values::positive ? ">" : ">=");
}

void validate(const Ensemble& ensemble) {
  require(ensemble.n >= 1 && ensemble.n <= 4096, "n", ensemble.n, "1 to 4096");
  for (int p = 0; p < parameter_count; ++p) {
    const auto parameter = static_cast<Parameter>(p);
    require_as_expected(name(parameter), core::distribution_of(ensemble, parameter),
                        unmet_expectation(ensemble, parameter));
  }
  require_as_expected("W", ensemble.W, unmet_expectation(ensemble.W, Values::nonnegative));
  require(std::isfinite(ensemble.Wr_norm) && ensemble.Wr_norm >= 0, "Wr_norm", ensemble.Wr_norm, "a number >= 0");
  require(std::isfinite(ensemble.z_norm) && ensemble.z_norm >= 0, "z_norm", ensemble.z_norm, "a number >= 0");
  require_fraction("Wr_density", ensemble.Wr_density, false);
  require_fraction("W_density", ensemble.W_density, false);
  require_fraction("Wr_excitatory", ensemble.Wr_excitatory, true);
  require_width("Wr_width", ensemble.Wr_width);
  require_width("W_width", ensemble.W_width);
  require(ensemble.Wr_inhibition >= 0 && ensemble.Wr_inhibition <= 1e6, "Wr_inhibition", ensemble.Wr_inhibition,
          "a number from 0 to 1e6");
  require(ensemble.Wr_rank >= 1 && ensemble.Wr_rank <= ensemble.n, "Wr_rank", ensemble.Wr_rank, "1 to n");
  require(!ensemble.Wr_dale || may_obey_dale(ensemble.recurrent), "Wr_dale", 1,
          "false, or kind gaussian, sparse or diagonal");
  if (ensemble.recurrent == RecurrentWeights::given) {
    require_matrix("Wr_given", ensemble.Wr_given, ensemble.n, -std::numeric_limits<double>::max());
  }
  if (ensemble.W_kind == NormalisationWeights::given) require_matrix("W_given", ensemble.W_given, ensemble.n, 0);
  require_sampling(ensemble);
}

void require_in_float(const Ensemble& ensemble) {
  constexpr auto expected = "a number that float can hold, since the precision is float32";
  for (int p = 0; p < parameter_count; ++p) {
    const auto parameter = static_cast<Parameter>(p);
    if (!drawn(ensemble, parameter)) continue;
    const Origin origin = origin_of(ensemble, parameter);
    const double least = origin.factor * bounds_of(origin.distribution).lower;
    const bool good = float_draws(origin.distribution, origin.factor) &&
                      (values_of(parameter) != Values::positive || static_cast<float>(least) > 0);
    require_as_expected(name(parameter), core::distribution_of(ensemble, parameter), good ? "" : expected);
  }
  require_as_expected("W", ensemble.W, float_draws(ensemble.W, 1) ? "" : expected);
  const auto holds = [](double value) { return std::isfinite(static_cast<float>(value)); };
  require(holds(ensemble.Wr_norm), "Wr_norm", ensemble.Wr_norm, expected);
  require(holds(ensemble.z_norm), "z_norm", ensemble.z_norm, expected);
  const std::ptrdiff_t entries = static_cast<std::ptrdiff_t>(ensemble.n) * ensemble.n;
  const auto all_held = [&](const double* matrix) { return std::all_of(matrix, matrix + entries, holds); };
  if (ensemble.recurrent == RecurrentWeights::given && !all_held(ensemble.Wr_given)) {
    throw InvalidArgument(fmt::format("Wr_given: expected every entry to be {}", expected));
  }
  if (ensemble.W_kind == NormalisationWeights::given && !all_held(ensemble.W_given)) {
    throw InvalidArgument(fmt::format("W_given: expected every entry to be {}", expected));
  }
}

}  // namespace organics
