// Stochastic circuits: spectra and coherence against those of the linearised circuit, trajectories that depend on
// nothing but themselves, and arguments that are refused.
#include "organics/noise.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <complex>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "support/batch_data.hpp"
#include "support/bits.hpp"
#include "support/naive.hpp"
#include "support/noise_data.hpp"

namespace organics::test {
namespace {

using Matrix = Eigen::MatrixXd;
using ComplexMatrix = Eigen::MatrixXcd;
using Complex = std::complex<double>;

constexpr double two_pi = 6.283185307179586477;

/// The linearised circuit dx = J x dt + G dW.
struct Linearised {
  Matrix J;
  Matrix G;

  /// One-sided spectral density (i w - J)^-1 G G^T (i w - J)^-H, times 2.
  ComplexMatrix spectrum(double frequency) const {
    const auto m = J.rows();
    const ComplexMatrix H = (Complex(0, two_pi * frequency) * Matrix::Identity(m, m) - J).inverse() * G;
    return 2 * H * H.adjoint();
  }

  /// The same of the sequence that a scheme makes of it: x <- A x + B dW, in closed form.
  ComplexMatrix spectrum_of_scheme(NoiseScheme scheme, double h, double frequency) const {
    const auto m = J.rows();
    const Matrix identity = Matrix::Identity(m, m);
    const bool heun = scheme == NoiseScheme::heun;
    const Matrix A = heun ? Matrix(identity + h * J + h * h / 2 * J * J) : Matrix(identity + h * J);
    const Matrix B = heun ? Matrix((identity + h / 2 * J) * G) : G;
    const ComplexMatrix H = (std::exp(Complex(0, two_pi * frequency * h)) * identity - A).inverse() * B;
    return 2 * h * h * H * H.adjoint();
  }
};

constexpr int reach = 40;  // half bins; what the Hann window takes from farther away is below 1e-8

/// Squared transform of the Hann window at -reach .. reach half bins, over its sum: how a periodogram smears.
std::vector<double> smearing(std::int64_t segment) {
  const auto length = static_cast<double>(segment);
  std::vector<double> weights;
  for (int offset = -reach; offset <= reach; ++offset) {
    Complex window = 0;
    for (std::int64_t j = 0; j < segment; ++j) {
      const double place = two_pi * static_cast<double>(j) / length;
      window += (1 - std::cos(place)) / 2 * std::exp(Complex(0, -place * offset / 2));
    }
    weights.push_back(std::norm(window) / (2 * length * length * 3 / 8));
  }
  return weights;
}

/// Expectation of the periodogram in bin k: the spectrum, smeared. On a grid of half bins the sum is the integral.
ComplexMatrix expected_periodogram(const Linearised& linear, const NoiseOptions& options,
                                   const std::vector<double>& weights, int k) {
  ComplexMatrix sum = ComplexMatrix::Zero(linear.J.rows(), linear.J.cols());
  for (int offset = -reach; offset <= reach; ++offset) {
    const double frequency = (k - offset / 2.0) / (static_cast<double>(options.segment) * options.step);
    sum += weights[static_cast<std::size_t>(offset + reach)] *
           linear.spectrum_of_scheme(options.scheme, options.step, frequency);
  }
  return sum;
}

Linearised linearised(const CircuitData& data, const std::vector<double>& state, const std::vector<double>& amplitude,
                      NoiseKind kind) {
  const auto m = static_cast<Eigen::Index>(state.size());
  Linearised linear{naive_jacobian(data, state), Matrix::Zero(m, m)};
  for (Eigen::Index i = 0; i < m; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const auto n = static_cast<std::size_t>(data.n);
    const double tau = k < n ? data.tau_y[k] : data.tau_a[k - n];
    linear.G(i, i) = amplitude[k] / std::sqrt(tau) * (kind == NoiseKind::additive ? 1 : state[k]);
  }
  return linear;
}

/// Simulates many trajectories at a steady state and compares power, cross spectrum and coherence with what the
/// linearised circuit has. Bounds: five standard errors. A periodogram at a frequency is the spectrum there times a
/// chi-square number of two degrees of freedom over 2, so the mean of N has the relative standard error 1 / sqrt(N).
void expect_linearised_spectrum(const CircuitData& data, NoiseOptions options, const std::vector<double>& amplitude) {
  const BatchData<double> one({data});
  const auto settled = settle_all<double>(Cpu{}, one);
  ASSERT_EQ(settled.status[0], Status::ok);
  constexpr std::int64_t trajectories = 32;
  const auto circuits = repeated(one, trajectories);
  auto run = simulate_all<double>(Cpu{}, circuits, settled.states, amplitude, options);
  const int m = 2 * data.n;
  const auto results = run.views(trajectories, m, options);
  const NoiseSpectrum got = average_spectra(options, results);
  EXPECT_EQ(got.circuits, trajectories);
  EXPECT_EQ(got.averages, trajectories * (options.steps / options.segment));
  const auto averages = static_cast<double>(got.averages);
  const double error = 1 / std::sqrt(averages);
  const Linearised linear = linearised(data, settled.states, amplitude, options.kind);
  const auto weights = smearing(options.segment);
  const auto p = options.component;
  const auto q = options.partner;
  double ratio = 0;
  for (int k = 2; k <= options.bins; ++k) {  // the mean, taken away, leaves bin 1 another window
    const auto bin = static_cast<std::size_t>(k - 1);
    const std::string what = "bin " + std::to_string(k) + ", " + std::to_string(got.frequency[bin]) + " Hz";
    EXPECT_NEAR(got.frequency[bin], k / (static_cast<double>(options.segment) * options.step), 1e-9);
    const ComplexMatrix expected = expected_periodogram(linear, options, weights, k);
    const ComplexMatrix analytic = linear.spectrum(got.frequency[bin]);
    const double pp = expected(p, p).real();
    const double qq = expected(q, q).real();
    EXPECT_NEAR(got.power[bin] / pp, 1, 5 * error) << what;
    EXPECT_NEAR(got.partner_power[bin] / qq, 1, 5 * error) << what;
    ratio += got.power[bin] / pp / (options.bins - 1);

    const double bias = std::abs(pp / analytic(p, p).real() - 1);
    EXPECT_LT(bias, 0.05) << what << ": the step and the window are too coarse for this test";
    EXPECT_NEAR(got.power[bin] / analytic(p, p).real(), 1, 5 * error * (1 + bias) + bias) << what;

    Complex cross = 0;
    for (std::int64_t i = 0; i < trajectories; ++i) {
      cross += Complex(results.cross.item(i)[2 * bin], results.cross.item(i)[2 * bin + 1]) /
               static_cast<double>(trajectories);
    }
    EXPECT_LT(std::abs(cross - expected(p, q)), 5 * error * std::sqrt(pp * qq)) << what;
    const double coherence = std::norm(expected(p, q)) / (pp * qq);
    // standard error sqrt(2 C) (1 - C) / sqrt(N) and bias (1 - C)^2 / N (Carter, Knapp and Nuttall 1973)
    const double spread = 5 * std::sqrt(2 * coherence) * (1 - coherence) * error + 10 * (1 - coherence) / averages;
    EXPECT_NEAR(got.coherence[bin], coherence, spread) << what;
    const double analytic_coherence = std::norm(analytic(p, q)) / (analytic(p, p).real() * analytic(q, q).real());
    EXPECT_NEAR(got.coherence[bin], analytic_coherence, spread + std::abs(coherence - analytic_coherence)) << what;
    EXPECT_LT(std::abs(coherence - analytic_coherence), 0.05) << what;
  }
  // neighbouring bins of a Hann periodogram have correlation 4/9, their neighbours 1/36
  EXPECT_NEAR(ratio, 1, 5 * error * std::sqrt((1 + 2 * (4.0 / 9 + 1.0 / 36)) / (options.bins - 1))) << "all bins";
}

NoiseOptions spectrum_options(NoiseScheme scheme, NoiseKind kind, int component, int partner) {
  NoiseOptions options;
  options.scheme = scheme;
  options.kind = kind;
  options.step = 5e-5;
  options.steps = 80000;
  options.discard = 2000;
  options.segment = 4000;
  options.bins = 20;
  options.component = component;
  options.partner = partner;
  return options;
}

/// One neuron of each kind that rings at about 25 Hz.
CircuitData ringing_circuit() { return {1, ModelKind::rectified, {0.002}, {0.01}, {0.5}, {0.5}, {0.1}, {1}, {1}, {1}}; }

TEST(NoiseSpectrum, OfOneNeuronIsThatOfTheLinearisedCircuit) {
  const std::vector<double> amplitude = {2e-4, 1e-4};
  for (const NoiseScheme scheme : {NoiseScheme::euler_maruyama, NoiseScheme::heun}) {
    expect_linearised_spectrum(ringing_circuit(), spectrum_options(scheme, NoiseKind::additive, 0, 1), amplitude);
  }
}

TEST(NoiseSpectrum, OfMultiplicativeNoiseIsThatOfTheLinearisedCircuit) {
  const auto options = spectrum_options(NoiseScheme::heun, NoiseKind::multiplicative, 1, 0);
  expect_linearised_spectrum(ringing_circuit(), options, {2e-4, 5e-4});
}

TEST(NoiseSpectrum, OfThreeNeuronsIsThatOfTheLinearisedCircuit) {
  Random random(81);
  CircuitData data = wild_circuit(random, 3, ModelKind::main);
  for (double& tau : data.tau_y) tau = random.uniform(0.002, 0.008);
  for (double& tau : data.tau_a) tau = random.uniform(0.002, 0.008);
  for (double& b0 : data.b0) b0 = 0.6;  // a_s well above the noise
  for (double& sigma : data.sigma) sigma = 0.5;
  const std::vector<double> amplitude = random.uniforms(6, 1e-4, 2e-4);
  expect_linearised_spectrum(data, spectrum_options(NoiseScheme::heun, NoiseKind::additive, 0, 4), amplitude);
}

std::vector<CircuitData> circuits_of_three(int count) {
  Random random(82);
  std::vector<CircuitData> list;
  for (int i = 0; i < count; ++i) list.push_back(figure4_circuit(random, 3));
  return list;
}

/// Three uncoupled copies of the neuron that blows up.
CircuitData bad_circuit() {
  return {3,
          ModelKind::main,
          filled(3, 0.002),
          filled(3, 0.002),
          filled(3, 1),
          filled(3, 1),
          filled(3, 1),
          filled(3, 1),
          identity_matrix(3, -1),
          identity_matrix(3)};
}

NoiseOptions small_options() {
  NoiseOptions options;
  options.step = 1e-4;
  options.steps = 230;
  options.discard = 10;
  options.save_every = 50;
  options.segment = 100;
  options.bins = 7;
  options.component = 1;
  options.partner = 5;
  return options;
}

template <class T>
void expect_same_circuit(const SimulatedAll<T>& a, std::size_t i, const SimulatedAll<T>& b, std::size_t j) {
  const auto same = [&](const std::vector<T>& left, const std::vector<T>& right, int size) {
    EXPECT_TRUE(same_bits(item(left, i, size), item(right, j, size))) << "circuit " << i << " and circuit " << j;
  };
  same(a.samples, b.samples, 24);
  same(a.final_state, b.final_state, 6);
  same(a.power, b.power, 7);
  same(a.partner_power, b.partner_power, 7);
  same(a.cross, b.cross, 14);
  same(a.time_reached, b.time_reached, 1);
  EXPECT_EQ(a.status[i], b.status[j]);
}

TEST(Noise, ATrajectoryDependsOnItsIndexAndItsCircuitAlone) {
  const auto circuits = circuits_of_three(9);
  const std::vector<double> amplitude = filled(6, 0.01);
  const auto whole = simulate_all<double>(Cpu{1}, BatchData<double>(circuits), {}, amplitude, small_options());
  for (const int threads : {2, 3, 8}) {
    const auto more = simulate_all<double>(Cpu{threads}, BatchData<double>(circuits), {}, amplitude, small_options());
    for (std::size_t i = 0; i < circuits.size(); ++i) expect_same_circuit(more, i, whole, i);
  }
  // from the middle on
  NoiseOptions options = small_options();
  options.first = 4;
  const std::vector<CircuitData> tail(circuits.begin() + 4, circuits.end());
  const auto part = simulate_all<double>(Cpu{}, BatchData<double>(tail), {}, amplitude, options);
  for (std::size_t i = 0; i < tail.size(); ++i) expect_same_circuit(part, i, whole, i + 4);
  // one by one, backwards
  for (std::size_t i = circuits.size(); i-- > 0;) {
    options.first = static_cast<std::int64_t>(i);
    const auto alone = simulate_all<double>(Cpu{}, BatchData<double>({circuits[i]}), {}, amplitude, options);
    expect_same_circuit(alone, 0, whole, i);
  }
}

TEST(Noise, SharedParametersGiveWhatCopiesDo) {
  const CircuitData data = circuits_of_three(1)[0];
  const std::vector<double> amplitude = filled(6, 0.01);
  std::vector<double> amplitudes;
  for (int i = 0; i < 5; ++i) amplitudes.insert(amplitudes.end(), amplitude.begin(), amplitude.end());
  const BatchData<double> copies(std::vector<CircuitData>(5, data));
  const auto expected = simulate_all<double>(Cpu{}, copies, {}, amplitudes, small_options());
  const auto got = simulate_all<double>(Cpu{}, repeated(BatchData<double>({data}), 5), {}, amplitude, small_options());
  for (std::size_t i = 0; i < 5; ++i) expect_same_circuit(got, i, expected, i);
  EXPECT_NE(got.final_state[0], got.final_state[6]) << "trajectories of one circuit differ";
}

TEST(Noise, SeedsGiveOtherTrajectories) {
  const BatchData<double> batch(circuits_of_three(1));
  NoiseOptions options = small_options();
  const auto one = simulate_all<double>(Cpu{}, batch, {}, filled(6, 0.01), options);
  options.seed = 2;
  const auto two = simulate_all<double>(Cpu{}, batch, {}, filled(6, 0.01), options);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_NE(one.final_state[i], two.final_state[i]);
}

TEST(Noise, ARunawayLeavesTheOthersAloneAndIsLeftOut) {
  auto circuits = circuits_of_three(4);
  NoiseOptions options = small_options();
  options.steps = 2000;
  const auto without = simulate_all<double>(Cpu{}, BatchData<double>(circuits), {}, filled(6, 0.01), options);
  circuits[2] = bad_circuit();
  auto with = simulate_all<double>(Cpu{2}, BatchData<double>(circuits), {}, filled(6, 0.01), options);
  EXPECT_EQ(with.status[2], Status::diverged);
  EXPECT_LT(with.time_reached[2], 0.2);
  for (const double value : item(with.power, 2, 7)) EXPECT_TRUE(std::isnan(value));
  for (const std::size_t i : {0U, 1U, 3U}) {
    EXPECT_EQ(with.status[i], Status::ok);
    EXPECT_DOUBLE_EQ(with.time_reached[i], 2010 * options.step);
    EXPECT_TRUE(same_bits(item(with.power, i, 7), item(without.power, i, 7)));
  }
  const auto results = with.views(4, 6, options);
  const NoiseSpectrum mean = average_spectra(options, results);
  EXPECT_EQ(mean.circuits, 3);
  EXPECT_EQ(mean.left_out, 1);
  EXPECT_EQ(mean.averages, 60);
  for (std::size_t k = 0; k < 7; ++k) {
    const double sum = with.power[k] + with.power[7 + k] + with.power[21 + k];
    EXPECT_NEAR(mean.power[k], sum / 3, 1e-14 * sum);
    EXPECT_GE(mean.coherence[k], 0);
    EXPECT_LE(mean.coherence[k], 1);
  }
}

TEST(Noise, FloatFollowsDouble) {
  const auto circuits = circuits_of_three(3);
  NoiseOptions options = small_options();
  // the same words of the generator: 23 of 52 bits of each uniform number, so increments agree to 1e-3 at worst
  const auto wide = simulate_all<double>(Cpu{}, BatchData<double>(circuits), {}, filled(6, 0.01), options);
  const auto narrow = simulate_all<float>(Cpu{}, BatchData<float>(circuits), {}, std::vector<float>(6, 0.01F), options);
  for (std::size_t i = 0; i < wide.final_state.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(narrow.final_state[i]), wide.final_state[i], 1e-4);
  }
  for (std::size_t i = 0; i < wide.power.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(narrow.power[i]) / wide.power[i], 1, 0.02);
  }
}

TEST(Noise, NoCircuitsAreNoWork) {
  const BatchData<double> none(std::vector<CircuitData>{});
  Circuits<double> circuits = none;
  circuits.n = 1;
  EXPECT_NO_THROW(simulate<double>(Cpu{}, circuits, {}, {},
                                   [] {
                                     NoiseOptions options;
                                     options.step = 1;
                                     return options;
                                   }(),
                                   {}));
}

TEST(Noise, BadArgumentsAreNamed) {
  const BatchData<double> batch(circuits_of_three(2));
  const std::vector<double> amplitude = filled(6, 0.01);
  const auto expect_refusal = [&](const std::string& part, const std::function<void(NoiseOptions&)>& spoil) {
    NoiseOptions options = small_options();
    spoil(options);
    std::vector<Status> status(2);
    NoiseResults<double> results;
    results.status = packed(status.data(), 2, 1);
    try {
      simulate<double>(Cpu{}, batch, {}, shared(amplitude.data(), 2, 6), options, results);
      ADD_FAILURE() << "accepted: " << part;
    } catch (const InvalidArgument& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  expect_refusal("step = 0", [](NoiseOptions& o) { o.step = 0; });
  expect_refusal("step = nan", [](NoiseOptions& o) { o.step = std::nan(""); });
  expect_refusal("steps = 0", [](NoiseOptions& o) { o.steps = 0; });
  expect_refusal("discard = 4294967296", [](NoiseOptions& o) { o.discard = std::int64_t{1} << 32; });
  expect_refusal("discard = -1", [](NoiseOptions& o) { o.discard = -1; });
  expect_refusal("save_every = -1", [](NoiseOptions& o) { o.save_every = -1; });
  expect_refusal("first = -1", [](NoiseOptions& o) { o.first = -1; });
  expect_refusal("state_bound = -1", [](NoiseOptions& o) { o.state_bound = -1; });
  expect_refusal("segment = 231", [](NoiseOptions& o) { o.segment = 231; });
  expect_refusal("segment = -2", [](NoiseOptions& o) { o.segment = -2; });
  expect_refusal("bins = 0", [](NoiseOptions& o) { o.bins = 0; });
  expect_refusal("bins = 50", [](NoiseOptions& o) { o.bins = 50; });
  expect_refusal("component = 6", [](NoiseOptions& o) { o.component = 6; });
  expect_refusal("partner = 6", [](NoiseOptions& o) { o.partner = 6; });
  expect_refusal("partner = -2", [](NoiseOptions& o) { o.partner = -2; });
  expect_refusal("scheme = 9", [](NoiseOptions& o) { o.scheme = static_cast<NoiseScheme>(9); });
  expect_refusal("kind = 9", [](NoiseOptions& o) { o.kind = static_cast<NoiseKind>(9); });
}

TEST(Noise, BadArraysAreNamed) {
  const BatchData<double> batch(circuits_of_three(2));
  std::vector<double> amplitude = filled(6, 0.01);
  std::vector<double> power(14);
  const auto refusal = [&](BatchView<const double> x0, BatchView<const double> amplitudes, const NoiseOptions& options,
                           const NoiseResults<double>& results) -> std::string {
    try {
      simulate<double>(Cpu{}, batch, x0, amplitudes, options, results);
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return "accepted";
  };
  const auto good = shared<const double>(amplitude.data(), 2, 6);
  EXPECT_EQ(refusal({}, good, small_options(), {}), "accepted");
  EXPECT_NE(refusal({}, {}, small_options(), {}).find("amplitude: no data"), std::string::npos);
  EXPECT_NE(refusal(shared<const double>(amplitude.data(), 2, 5), good, small_options(), {}).find("x0: shape"),
            std::string::npos);
  NoiseResults<double> results;
  results.power = packed(power.data(), 2, 7);
  EXPECT_EQ(refusal({}, good, small_options(), results), "accepted");
  NoiseOptions options = small_options();
  options.bins = 6;
  EXPECT_NE(refusal({}, good, options, results).find("results.power: shape"), std::string::npos);
  options = small_options();
  options.partner = -1;
  results.partner_power = packed(power.data(), 2, 7);
  EXPECT_NE(refusal({}, good, options, results).find("results.partner_power: given"), std::string::npos);
  amplitude[3] = std::numeric_limits<double>::infinity();
  EXPECT_NE(refusal({}, good, small_options(), {}).find("amplitude[3] = inf"), std::string::npos);
}

}  // namespace
}  // namespace organics::test
