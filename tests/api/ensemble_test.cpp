// Ensembles with matrices of the caller's, and with even instead of random sampling.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "organics/organics.hpp"

namespace organics::test {
namespace {

// column-major
constexpr double Wr_given[9] = {0.5, -1, 0, 0.25, 1, 0, -0.5, 0, 2};
constexpr double W_given[9] = {1, 0, 0.5, 0.25, 1, 0, 0, 0.5, 1};

Ensemble of_given_matrices() {
  Ensemble e;
  e.n = 3;
  e.recurrent = RecurrentWeights::given;
  e.Wr_given = Wr_given;
  e.Wr_scale = RecurrentScale::none;
  e.W_kind = NormalisationWeights::given;
  e.W_given = W_given;
  return e;
}

SweepOptions options_of(std::int64_t circuits, std::uint64_t seed = 1) {
  SweepOptions options;
  options.circuits = circuits;
  options.seed = seed;
  return options;
}

TEST(GivenMatrices, AreThoseOfEveryCircuit) {
  Ensemble e = of_given_matrices();
  e.W = {2, 3};
  e.Wr_norm = 0.5;
  for (std::int64_t index = 0; index < 20; ++index) {
    const auto wide = draw<double>(e, 7, index);
    const auto narrow = draw<float>(e, 7, index);
    const double number = wide.W[0];
    EXPECT_TRUE(number > 2 && number < 3);
    for (std::size_t k = 0; k < 9; ++k) {
      EXPECT_EQ(wide.Wr[k], 0.5 * Wr_given[k]);
      EXPECT_EQ(narrow.Wr[k], 0.5F * static_cast<float>(Wr_given[k]));
      EXPECT_NEAR(wide.W[k], number * W_given[k], 1e-15);
      EXPECT_NEAR(narrow.W[k], wide.W[k], 1e-6);
    }
  }
  EXPECT_NE(draw<double>(e, 7, 0).W[0], draw<double>(e, 7, 1).W[0]);
}

TEST(GivenMatrices, AreScaledWhereThatIsAsked) {
  Ensemble e = of_given_matrices();
  e.Wr_scale = RecurrentScale::radius;
  e.Wr_norm = 4;
  const auto circuit = draw<double>(e, 1, 0);
  // block triangular: eigenvalue 2, and a pair of 0.5, 1 with product -1/4: the radius is 2
  for (std::size_t k = 0; k < 9; ++k) EXPECT_NEAR(circuit.Wr[k], 2 * Wr_given[k], 1e-14);
}

/// Every circuit of the sweep judged on its own, from its draw.
TEST(GivenMatrices, AreSweptInBothPrecisionsAndInPacks) {
  Ensemble e = of_given_matrices();
  e.Wr_norm = 4;
  const SweepResults results = sweep(Cpu{2}, e, options_of(200));
  std::int64_t stable = 0;
  for (std::int64_t index = 0; index < 200; ++index) {
    const auto circuit = draw<double>(e, 1, index);
    Verdict verdict = Verdict::none;
    std::vector<double> state(6);
    Status status = Status::ok;
    SteadyStateResults<double> settled;
    settled.states = packed(state.data(), 1, 6);
    settled.status = packed(&status, 1, 1);
    steady_state(Cpu{1}, as_batch(circuit), {}, {}, settled);
    StabilityResults<double> judged;
    judged.verdict = packed(&verdict, 1, 1);
    stability(Cpu{1}, as_batch(circuit), packed(static_cast<const double*>(state.data()), 1, 6), judged);
    if (status == Status::ok && verdict == Verdict::stable) ++stable;
  }
  EXPECT_EQ(results.verdicts[static_cast<int>(Verdict::stable)], stable);
  EXPECT_GT(stable, 0);
  EXPECT_LT(stable, 200) << "of either kind, or the test sees little";
  SweepOptions options = options_of(200);
  options.verdict_only = true;
  EXPECT_EQ(sweep(Cpu{2}, e, options).verdicts[static_cast<int>(Verdict::stable)], stable);
  e.Wr_norm = 0.25;  // far from the margin, in any precision
  options.precision = Precision::float32;
  EXPECT_EQ(sweep(Cpu{2}, e, options).verdicts[static_cast<int>(Verdict::stable)], 200);
}

void expect_refused(const std::function<void(Ensemble&)>& change, const std::vector<std::string>& parts,
                    Precision precision = Precision::float64) {
  Ensemble e = of_given_matrices();
  change(e);
  SweepOptions options = options_of(1);
  options.precision = precision;
  try {
    sweep(Cpu{1}, e, options);
    ADD_FAILURE() << parts[0];
  } catch (const InvalidArgument& error) {
    const std::string message = error.what();
    for (const std::string& part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
  }
}

TEST(GivenMatrices, BadOnesAreRefused) {
  static constexpr double infinite[9] = {0, 0, 0, 0, 0, 0, 0, std::numeric_limits<double>::infinity(), 0};
  static constexpr double negative[9] = {0, -2, 0, 0, 0, 0, 0, 0, 0};
  static constexpr double large[9] = {0, 1e300, 0, 0, 0, 0, 0, 0, 0};
  expect_refused([](Ensemble& e) { e.Wr_given = nullptr; }, {"Wr_given: null", "matrix"});
  expect_refused([](Ensemble& e) { e.W_given = nullptr; }, {"W_given: null"});
  expect_refused([&](Ensemble& e) { e.Wr_given = infinite; }, {"Wr_given(1, 2) = inf", "finite"});
  expect_refused([&](Ensemble& e) { e.W_given = negative; }, {"W_given(1, 0) = -2", ">= 0"});
  expect_refused([&](Ensemble& e) { e.Wr_given = large; }, {"Wr_given", "float"}, Precision::float32);
  Ensemble e = of_given_matrices();
  e.Wr_given = negative;
  EXPECT_NO_THROW(validate(e)) << "of Wr they may be negative";
}

TEST(EvenSampling, IsRefusedWhereThereIsNothingToSample) {
  const auto refused = [](Ensemble e, const std::string& part) {
    try {
      validate(e);
      ADD_FAILURE() << part;
    } catch (const InvalidArgument& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  };
  Ensemble e;
  e.sampling = Sampling::sobol;
  refused(e, "sampling = sobol: expected");
  e.sigma = Distribution(0.5).per_circuit();
  refused(e, "sampling = sobol: expected");
  e.sigma = e.b0.per_circuit();
  EXPECT_NO_THROW(validate(e));
  e.sampling = Sampling::latin_hypercube;
  refused(e, "strata = 0: expected 2");
  e.strata = 2;
  EXPECT_NO_THROW(validate(e));
}

/// n = 1 with wr = -1 and everything else drawn once a circuit: the share of stable circuits is the volume of a set in five dimensions.
Ensemble volume(Sampling sampling, std::uint32_t strata) {
  Ensemble e;
  e.n = 1;
  static constexpr double inhibition = -1;
  e.recurrent = RecurrentWeights::given;
  e.Wr_given = &inhibition;
  e.Wr_scale = RecurrentScale::none;
  e.b0 = e.b0.per_circuit();
  e.b1 = e.b1.per_circuit();
  e.sigma = e.sigma.per_circuit();
  e.W = e.W.per_circuit();
  e.drive = InputDrive::distribution;
  e.z = Distribution(0, 20).per_circuit();
  e.sampling = sampling;
  e.strata = strata;
  return e;
}

SweepOptions verdicts_of(std::int64_t circuits, std::uint64_t seed) {
  SweepOptions options = options_of(circuits, seed);
  options.verdict_only = true;
  return options;
}

/// Mean square deviation of the stable share of `circuits` circuits from the true one, over seeds.
double error_of(Sampling sampling, std::int64_t circuits, double share) {
  double sum = 0;
  constexpr int seeds = 40;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const Ensemble e = volume(sampling, static_cast<std::uint32_t>(circuits));
    const SweepResults results = sweep(Cpu{2}, e, verdicts_of(circuits, seed));
    const auto stable = static_cast<double>(results.verdicts[static_cast<int>(Verdict::stable)]);
    sum += std::pow(stable / static_cast<double>(circuits) - share, 2);
  }
  return sum / seeds;
}

TEST(EvenSampling, ConvergesFasterThanRandomSampling) {
  const SweepResults many = sweep(Cpu{2}, volume(Sampling::sobol, 0), verdicts_of(65536, 99));
  const double share = static_cast<double>(many.verdicts[static_cast<int>(Verdict::stable)]) / 65536;
  EXPECT_TRUE(share > 0.1 && share < 0.9) << share;
  const double random = error_of(Sampling::random, 512, share);
  EXPECT_NEAR(random / (share * (1 - share) / 512), 1, 0.7) << "binomial";
  EXPECT_LT(error_of(Sampling::sobol, 512, share), random / 4);
  EXPECT_LT(error_of(Sampling::latin_hypercube, 512, share), random / 1.5);
}

TEST(EvenSampling, PartsOfASweepAreThoseOfTheWhole) {
  for (const Sampling sampling : {Sampling::sobol, Sampling::latin_hypercube}) {
    const Ensemble e = volume(sampling, 100);
    SweepOptions options = options_of(700);
    const SweepResults whole = sweep(Cpu{2}, e, options);
    options.circuits = 333;
    SweepResults parts = sweep(Cpu{1}, e, options);
    options.first = 333;
    options.circuits = 367;
    parts.merge(sweep(Cpu{1}, e, options), options.worst);
    EXPECT_EQ(parts.histogram, whole.histogram);
    EXPECT_EQ(parts.abscissa_max, whole.abscissa_max);
  }
}

}  // namespace
}  // namespace organics::test
