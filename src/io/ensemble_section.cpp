#include "io/ensemble_section.hpp"

#include <cstddef>

#include "io/ensemble_json.hpp"

namespace organics::io {
namespace {

constexpr int largest_n = 4096;  // as validate(const Ensemble&)

template <class Kind, std::size_t count>
struct Words {
  std::array<std::string_view, count> words;
  std::array<Kind, count> values;
};

/// The first `count` values of an enumeration by their names.
template <class Kind, std::size_t count>
Words<Kind, count> words_of() {
  Words<Kind, count> all;
  for (std::size_t i = 0; i < count; ++i) {
    all.values[i] = static_cast<Kind>(i);
    all.words[i] = name(all.values[i]);
  }
  return all;
}

/// `key = [a, b]`, where there is such a key.
bool read_pair(Section& s, std::string_view key, double& a, double& b) {
  const toml::node* node = s.find(key);
  if (node == nullptr) return false;
  const toml::array* array = node->as_array();
  const bool two = array != nullptr && array->size() == 2;
  const auto first = two ? as_number((*array)[0]) : std::nullopt;
  const auto second = two ? as_number((*array)[1]) : std::nullopt;
  if (!first || !second) s.refuse(key, *node, "two finite numbers, [a, b]");
  a = *first;
  b = *second;
  return true;
}

bool read_tie(Section& s, Distribution& d) {
  if (s.find("same_as") == nullptr) return false;
  const auto parameters = words_of<Parameter, 5>();
  Parameter source = Parameter::tau_y;
  s.word("same_as", parameters.words, parameters.values, source);
  double times = 1;
  s.positive("times", times);
  d = Distribution::same_as(source, times);
  return true;
}

/// One of the tables uniform, log_uniform, normal, log_normal, same_as. How many of them there are.
int read_distribution_table(Section s, bool may_be_tied, Distribution& d) {
  int found = 0;
  double a = 0;
  double b = 0;
  if (read_pair(s, "uniform", a, b) && ++found > 0) d = {a, b};
  if (read_pair(s, "log_uniform", a, b) && ++found > 0) d = Distribution::log_uniform(a, b);
  if (read_pair(s, "log_normal", a, b) && ++found > 0) d = Distribution::log_normal(a, b);
  if (read_pair(s, "normal", a, b) && ++found > 0) {
    d = Distribution::normal(a, b);
    s.number("min", d.lower);
  }
  if (may_be_tied && read_tie(s, d)) {
    ++found;
  } else {
    s.word("per", std::array<std::string_view, 2>{"neuron", "circuit"}, std::array{DrawnPer::neuron, DrawnPer::circuit},
           d.per);
  }
  s.finish();
  return found;
}

/// A number, [lower, upper], or a table.
void read_distribution(Section& s, std::string_view key, bool may_be_tied, Distribution& out) {
  const toml::node* node = s.find(key);
  if (node == nullptr) return;
  if (node->is_table()) {
    if (read_distribution_table(s.section(key), may_be_tied, out) == 1) return;
    s.refuse(key, *node,
             fmt::format("exactly one of uniform, log_uniform, normal, log_normal{}", may_be_tied ? ", same_as" : ""));
  }
  const toml::array* pair = node->as_array();
  const bool shape = pair == nullptr || pair->size() == 2;
  const auto lower = shape ? as_number(pair == nullptr ? *node : (*pair)[0]) : std::nullopt;
  const auto upper = shape ? as_number(pair == nullptr ? *node : (*pair)[1]) : std::nullopt;
  const double nan = std::numeric_limits<double>::quiet_NaN();  // refused with the words for its key
  out = {lower.value_or(nan), upper.value_or(nan)};
}

void read_recurrent(Section s, int n, Ensemble& e, MatrixStore& store) {
  const auto kinds = words_of<RecurrentWeights, recurrent_weights_count>();
  s.word("kind", kinds.words, kinds.values, e.recurrent);
  if (e.recurrent == RecurrentWeights::given) {
    e.Wr_given = read_given_matrix(s, n, Values::any, store);
    e.Wr_scale = RecurrentScale::none;  // as it is given, unless the file says otherwise
  }
  s.word("scale_by", std::array<std::string_view, 3>{"norm", "radius", "none"},
         std::array{RecurrentScale::norm, RecurrentScale::radius, RecurrentScale::none}, e.Wr_scale);
  constexpr std::string_view sizes[] = {"norm", "radius", "factor"};
  s.nonnegative(sizes[static_cast<int>(e.Wr_scale)], e.Wr_norm);
  if (e.recurrent == RecurrentWeights::sparse) s.fraction("density", e.Wr_density);
  if (e.recurrent == RecurrentWeights::ring) {
    s.in_range("width", 0.1, 1e6, e.Wr_width);
    s.in_range("inhibition", 0, 1e6, e.Wr_inhibition);
  }
  if (e.recurrent == RecurrentWeights::low_rank) s.integer("rank", 1, n, e.Wr_rank);
  if (may_obey_dale(e.recurrent)) {
    e.Wr_dale = s.find("dale") != nullptr;
    s.in_range("dale", 0, 1, e.Wr_excitatory);
  }
  s.finish();
}

/// A distribution of all entries, or a table with the kind.
void read_normalisation(Section& s, Ensemble& e, MatrixStore& store) {
  const toml::node* node = s.find("W");
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table == nullptr || (!table->contains("kind") && !table->contains("entries"))) {
    read_distribution(s, "W", false, e.W);
  } else {
    Section w = s.section("W");
    const auto kinds = words_of<NormalisationWeights, normalisation_weights_count>();
    w.word("kind", kinds.words, kinds.values, e.W_kind);
    if (e.W_kind == NormalisationWeights::given) {
      e.W_given = read_given_matrix(w, e.n, Values::nonnegative, store);
      e.W = 1.0;  // as it is given, unless the file says otherwise
    }
    read_distribution(w, "entries", false, e.W);
    if (e.W_kind == NormalisationWeights::sparse) w.fraction("density", e.W_density);
    if (e.W_kind == NormalisationWeights::ring) w.in_range("width", 0.1, 1e6, e.W_width);
    w.finish();
  }
  const std::string expected = unmet_expectation(e.W, Values::nonnegative);
  if (!expected.empty()) s.refuse("W", *node, expected);
}

/// `norm` of a Gaussian vector, or a distribution.
void read_drive(Section& s, Ensemble& e) {
  const toml::node* node = s.find("z");
  if (node == nullptr) return;
  const toml::table* table = node->as_table();
  if (table != nullptr && (table->empty() || table->contains("norm"))) {
    Section z = s.section("z");
    z.nonnegative("norm", e.z_norm);
    z.finish();
    return;
  }
  e.drive = InputDrive::distribution;
  read_distribution(s, "z", true, e.z);
}

/// "random", "sobol", or a table with the number of strata of a Latin hypercube.
void read_sampling(Section& s, Ensemble& e) {
  const toml::node* node = s.find("sampling");
  if (node == nullptr) return;
  if (node->is_table()) {
    Section table = s.section("sampling");
    table.integer("latin_hypercube", 2, std::numeric_limits<std::uint32_t>::max(), e.strata);
    table.finish();
    e.sampling = Sampling::latin_hypercube;
    if (e.strata == 0) s.refuse("sampling", *node, "{ latin_hypercube = circuits } in a table");
  } else {
    s.word("sampling", std::array<std::string_view, 2>{"random", "sobol"},
           std::array{Sampling::random, Sampling::sobol}, e.sampling);
  }
  if (e.sampling != Sampling::random && !shares_random_numbers(e)) {
    s.refuse("sampling", *node,
             "a parameter with one draw per circuit, such as sigma = { uniform = [0, 1], per = \"circuit\" }");
  }
}

/// Every parameter that the file gives, now that all ties are known.
void check_parameters(Section& s, const Ensemble& e) {
  for (int p = 0; p < parameter_count; ++p) {
    const auto parameter = static_cast<Parameter>(p);
    const toml::node* node = s.find(name(parameter));
    const std::string expected = node == nullptr ? "" : unmet_expectation(e, parameter);
    if (!expected.empty()) s.refuse(name(parameter), *node, expected);
  }
}

std::string toml_value(const nlohmann::ordered_json& value) {
  if (value.is_number_float()) return fmt::format("{}", value.get<double>() + 0.0);  // -0 would read as 0
  if (!value.is_array()) return value.dump();
  std::vector<std::string> items;
  for (const auto& item : value) items.push_back(toml_value(item));
  return fmt::format("[{}]", fmt::join(items, ", "));
}

void add_lines(const std::string& prefix, const nlohmann::ordered_json& object, std::vector<std::string>& lines) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      add_lines(prefix + key + ".", value, lines);
    } else {
      lines.push_back(fmt::format("{}{} = {}", prefix, key, toml_value(value)));
    }
  }
}

}  // namespace

void read_ensemble(Section s, Ensemble& e, MatrixStore& store) {
  s.integer("n", 1, largest_n, e.n);
  s.word("model", std::array<std::string_view, 2>{"main", "rectified"},
         std::array{ModelKind::main, ModelKind::rectified}, e.model);
  read_distribution(s, "tau_y", true, e.tau_y);
  read_distribution(s, "tau_a", true, e.tau_a);
  read_distribution(s, "b0", true, e.b0);
  read_distribution(s, "b1", true, e.b1);
  read_distribution(s, "sigma", true, e.sigma);
  read_normalisation(s, e, store);
  read_recurrent(s.section("Wr"), e.n, e, store);
  read_drive(s, e);
  read_sampling(s, e);
  s.finish();
  check_parameters(s, e);
}

std::vector<std::string> ensemble_lines(const Ensemble& ensemble) {
  std::vector<std::string> lines;
  add_lines("", ensemble_json(ensemble), lines);
  return lines;
}

}  // namespace organics::io
