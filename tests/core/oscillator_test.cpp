// Circuits with Wr = I: oscillator form and closed-form spectrum against Eigen, the proof against the theorem and
// against matrices that it must refuse, the energy along trajectories, and width against width.
#include "organics/core/oscillator.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "organics/core/fixed_point.hpp"
#include "support/crew.hpp"
#include "support/naive.hpp"
#include "support/spectra.hpp"

namespace organics::test {
namespace {

constexpr ModelKind kinds[] = {ModelKind::main, ModelKind::rectified};

std::vector<double> log_uniforms(Random& random, int n, double lower, double upper) {
  std::vector<double> values(static_cast<std::size_t>(n));
  for (double& value : values) value = random.log_uniform(lower, upper);
  return values;
}

/// Wr = I, everything else at random over orders of magnitude; every tenth input is zero.
CircuitData identity_circuit(Random& random, int n, ModelKind model) {
  CircuitData data = figure4_circuit(random, n, model);
  data.Wr = identity_matrix(n);
  data.tau_y = log_uniforms(random, n, 1e-4, 1e-1);
  data.tau_a = log_uniforms(random, n, 1e-4, 1e-1);
  data.b0 = log_uniforms(random, n, 1e-2, 1);
  data.sigma = log_uniforms(random, n, 1e-2, 1);
  data.z = random.gaussians(n);
  const double size = random.log_uniform(0.1, 10);
  for (double& z : data.z) z *= random.integer(0, 9) == 0 ? 0 : size;
  return data;
}

/// W = alpha ones, one tau_y, one tau_a, one b0 sigma.
CircuitData uniform_circuit(Random& random, int n, ModelKind model) {
  CircuitData data = identity_circuit(random, n, model);
  data.W = filled(n * n, random.log_uniform(1e-2, 10));
  data.tau_y = filled(n, random.log_uniform(1e-3, 1e-1));
  data.tau_a = filled(n, random.log_uniform(1e-3, 1e-1));
  data.b0 = filled(n, random.log_uniform(0.1, 1));
  data.sigma = filled(n, random.log_uniform(0.1, 1));
  return data;
}

/// Everything the header computes for one circuit.
struct Form {
  std::vector<double> x, B, K, L;
  core::LyapunovProof<double> proof;
  core::Energy<double> energy{0, 0};
};

template <class Team>
void compute(const Team& team, const CircuitData& data, const std::vector<double>& displacement, Form& out,
             std::vector<double>& numbers, std::vector<int>& integers) {
  const core::Circuit<double> p = data.circuit();
  core::closed_form_equilibrium(team, p, out.x.data());
  core::oscillator_form(team, p, out.x.data(), out.B.data(), out.K.data());
  const auto work = core::lyapunov_work(numbers.data(), integers.data(), p.n);
  const auto proof = core::find_lyapunov_diagonal(team, p, out.B.data(), out.K.data(), out.L.data(), work);
  const auto energy = core::oscillator_energy(team, p, out.x.data(), out.B.data(), out.K.data(), out.L.data(),
                                              displacement.data(), work.weights, work.terms);
  if (team.rank() == team.size() - 1) {  // the same on every lane, so the last one's will do
    out.proof = proof;
    out.energy = energy;
  }
}

/// Width 0 stands for Solo.
Form form_of(const CircuitData& data, const std::vector<double>& displacement, int width = 0) {
  const int n = data.n;
  Form out;
  out.x = filled(2 * n, -77);
  out.B = filled(n * n, -77);
  out.K = out.L = filled(n, -77);
  std::vector<double> numbers(core::lyapunov_scratch(n));
  std::vector<int> integers(static_cast<std::size_t>(n));
  if (width == 0) {
    compute(core::Solo{}, data, displacement, out, numbers, integers);
  } else {
    Crew(width).run([&](const CrewLane& lane) { compute(lane, data, displacement, out, numbers, integers); });
  }
  return out;
}

Form form_of(const CircuitData& data) { return form_of(data, filled(2 * data.n, 0)); }

Eigen::MatrixXd as_matrix(const std::vector<double>& values, int n) {
  return Eigen::Map<const Eigen::MatrixXd>(values.data(), n, n);
}
Eigen::VectorXd as_vector(const std::vector<double>& values) {
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// The companion matrix of l^2 I + l B + K, with x' in units of a rate so that its blocks are alike: Eigen's
/// eigensolver does not balance.
Eigen::MatrixXd companion(const Form& form, int n) {
  const double rate = std::sqrt(as_vector(form.K).mean());
  Eigen::MatrixXd C = Eigen::MatrixXd::Zero(2 * n, 2 * n);
  C.topRightCorner(n, n) = rate * Eigen::MatrixXd::Identity(n, n);
  C.bottomLeftCorner(n, n) = -Eigen::MatrixXd(as_vector(form.K).asDiagonal()) / rate;
  C.bottomRightCorner(n, n) = -as_matrix(form.B, n);
  return C;
}

TEST(Oscillator, HasTheSpectrumOfTheJacobian) {
  Random random(81);
  double worst = 0;
  for (const ModelKind kind : kinds) {
    for (int n = 1; n <= 30; ++n) {
      CircuitData data = identity_circuit(random, n, kind);
      for (double& tau : data.tau_y) tau = random.log_uniform(1e-3, 3e-2);
      for (double& tau : data.tau_a) tau = random.log_uniform(1e-3, 3e-2);
      const Form form = form_of(data);
      const Spectrum expected = eigen_spectrum(naive_jacobian(data, form.x));
      const double size = largest_modulus(expected);
      const double distance = spectral_distance(eigen_spectrum(companion(form, n)), expected) / size;
      // eigenvalues that nearly repeat are known to the square root of rounding
      if (smallest_gap(expected) > 1e-3 * size) worst = std::max(worst, distance);
      EXPECT_LE(distance, 1e-7) << "n " << n;
    }
  }
  EXPECT_GT(worst, 0);
  EXPECT_LE(worst, 5e-13);
}

/// The identity det(l I - J) = det(l^2 I + l B + K), away from the spectrum.
TEST(Oscillator, HasTheCharacteristicPolynomialOfTheJacobian) {
  Random random(82);
  for (const ModelKind kind : kinds) {
    for (int i = 0; i < 200; ++i) {
      const int n = random.integer(1, 20);
      const CircuitData data = identity_circuit(random, n, kind);
      const Form form = form_of(data);
      const Eigen::MatrixXd J = naive_jacobian(data, form.x);
      const double l = J.norm() * random.uniform(0.2, 1);
      const Eigen::MatrixXd left = l * Eigen::MatrixXd::Identity(2 * n, 2 * n) - J;
      Eigen::MatrixXd right = l * l * Eigen::MatrixXd::Identity(n, n) + l * as_matrix(form.B, n);
      right.diagonal() += as_vector(form.K);
      EXPECT_NEAR(std::log(std::abs(left.determinant())), std::log(std::abs(right.determinant())), 1e-11) << "n " << n;
    }
  }
}

TEST(LyapunovDiagonal, ProvesEveryCircuit) {
  Random random(83);
  double smallest = 1;
  for (int i = 0; i < 4000; ++i) {
    const int n = i < 400 ? random.integer(20, 50) : random.integer(1, 20);
    const CircuitData data = identity_circuit(random, n, kinds[i % 2]);
    const Form form = form_of(data);
    ASSERT_TRUE(form.proof.proven) << "n " << n << ", margin " << form.proof.margin;
    smallest = std::min(smallest, form.proof.margin);
    if (i % 20 != 0) continue;
    // Eigen agrees: L B + B^T L, scaled to a unit diagonal, is positive definite
    const Eigen::MatrixXd LB = as_vector(form.L).asDiagonal() * as_matrix(form.B, n);
    Eigen::MatrixXd Q = LB + LB.transpose();
    const Eigen::VectorXd scale = Q.diagonal().cwiseSqrt().cwiseInverse();
    Q = scale.asDiagonal() * Q * scale.asDiagonal();
    EXPECT_GT(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(Q).eigenvalues()(0), 0) << "n " << n;
    EXPECT_TRUE((as_vector(form.L).array() > 0).all());
  }
  EXPECT_GT(smallest, 0);
}

/// Shifts B until l^2 I + l B + K has a root with positive real part: then no diagonal can prove it.
TEST(LyapunovDiagonal, RefusesWhatIsNotStable) {
  Random random(84);
  int refused = 0;
  for (int i = 0; i < 500; ++i) {
    const int n = random.integer(1, 12);
    const CircuitData data = identity_circuit(random, n, kinds[i % 2]);
    Form form = form_of(data);
    const auto p = data.circuit();
    std::vector<double> numbers(core::lyapunov_scratch(n));
    std::vector<int> integers(static_cast<std::size_t>(n));
    const auto work = core::lyapunov_work(numbers.data(), integers.data(), n);
    const std::vector<double> good = form.L;
    const int k = random.integer(0, n - 1);
    double& entry = form.B[static_cast<std::size_t>(k * (n + 1))];
    const double first = entry;
    for (double shift = 1e-3; abscissa_of(eigen_spectrum(companion(form, n))) <= 0; shift *= 2) {
      entry = first - shift * std::abs(first);
    }
    // neither the diagonal of the stable circuit nor one computed for this B
    EXPECT_FALSE(
        core::check_lyapunov_diagonal(core::Solo{}, p, form.B.data(), form.K.data(), good.data(), work.terms).proven);
    EXPECT_FALSE(
        core::find_lyapunov_diagonal(core::Solo{}, p, form.B.data(), form.K.data(), form.L.data(), work).proven);
    ++refused;
  }
  EXPECT_EQ(refused, 500);
}

TEST(LyapunovDiagonal, RefusesBadDiagonalsAndStiffness) {
  Random random(85);
  const CircuitData data = identity_circuit(random, 4, ModelKind::main);
  Form form = form_of(data);
  std::vector<double> terms(4);
  const auto check = [&] {
    return core::check_lyapunov_diagonal(core::Solo{}, data.circuit(), form.B.data(), form.K.data(), form.L.data(),
                                         terms.data())
        .proven;
  };
  EXPECT_TRUE(check());
  for (const double bad : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    const double good = form.L[2];
    form.L[2] = bad;
    EXPECT_FALSE(check()) << bad;
    form.L[2] = good;
    const double stiffness = form.K[1];
    form.K[1] = bad;
    EXPECT_FALSE(check()) << bad;
    form.K[1] = stiffness;
  }
  EXPECT_TRUE(check());
  form.B[5] = std::nan("");
  EXPECT_FALSE(check());
}

/// V and dV/dt at a displacement d of the equilibrium.
core::Energy<double> energy_at(const CircuitData& data, const Form& form, const Eigen::VectorXd& d) {
  std::vector<double> speed(static_cast<std::size_t>(data.n));
  std::vector<double> terms(speed.size());
  return core::oscillator_energy(core::Solo{}, data.circuit(), form.x.data(), form.B.data(), form.K.data(),
                                 form.L.data(), d.data(), speed.data(), terms.data());
}

/// One classical Runge-Kutta step of d' = J d.
Eigen::VectorXd rk4(const Eigen::MatrixXd& J, const Eigen::VectorXd& d, double h) {
  const Eigen::VectorXd k1 = J * d;
  const Eigen::VectorXd k2 = J * (d + h / 2 * k1);
  const Eigen::VectorXd k3 = J * (d + h / 2 * k2);
  const Eigen::VectorXd k4 = J * (d + h * k3);
  return d + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
}

TEST(Energy, FallsAlongTheLinearisedFlowAtTheRateItSays) {
  Random random(86);
  for (int i = 0; i < 200; ++i) {
    const int n = random.integer(1, 10);
    CircuitData data = identity_circuit(random, n, kinds[i % 2]);
    for (double& tau : data.tau_y) tau = random.log_uniform(2e-3, 2e-2);
    for (double& tau : data.tau_a) tau = random.log_uniform(2e-3, 2e-2);
    const Form form = form_of(data);
    const Eigen::MatrixXd J = naive_jacobian(data, form.x);
    Eigen::VectorXd d = as_vector(random.gaussians(2 * n));
    const double h = 0.01 / J.norm();
    auto energy = energy_at(data, form, d);
    for (int step = 0; step < 300; ++step) {
      ASSERT_GT(energy.value, 0);
      ASSERT_LE(energy.rate, 0);
      const Eigen::VectorXd middle = rk4(J, d, h / 2);
      d = rk4(J, d, h);
      const auto after = energy_at(data, form, d);
      ASSERT_LT(after.value, energy.value);
      // the integral of the rate by Simpson's rule
      const double change = h / 6 * (energy.rate + 4 * energy_at(data, form, middle).rate + after.rate);
      ASSERT_NEAR(after.value - energy.value, change, 1e-8 * energy.value);
      energy = after;
    }
  }
}

TEST(Energy, IsTheQuadraticFormOfTheDefinition) {
  Random random(87);
  for (int i = 0; i < 100; ++i) {
    const int n = random.integer(1, 12);
    const CircuitData data = identity_circuit(random, n, kinds[i % 2]);
    const Form form = form_of(data);
    const Eigen::VectorXd d = as_vector(random.gaussians(2 * n));
    const Eigen::VectorXd speed = naive_jacobian(data, form.x).topRows(n) * d;
    const Eigen::VectorXd x = d.head(n);
    const Eigen::VectorXd L = as_vector(form.L);
    const double value = speed.dot(L.cwiseProduct(speed)) + x.dot(L.cwiseProduct(as_vector(form.K)).cwiseProduct(x));
    const auto got = energy_at(data, form, d);
    EXPECT_NEAR(got.value, value, 1e-12 * value);
    const double rate = -2 * speed.dot(L.cwiseProduct(as_matrix(form.B, n) * speed));
    const double terms = speed.cwiseAbs().dot(L.cwiseProduct(as_matrix(form.B, n).cwiseAbs() * speed.cwiseAbs()));
    EXPECT_NEAR(got.rate, rate, 1e-12 * terms);
  }
}

TEST(ClosedFormSpectrum, IsTheOneEigenFinds) {
  Random random(88);
  int silent_some = 0;
  for (const ModelKind kind : kinds) {
    for (int i = 0; i < 300; ++i) {
      const int n = random.integer(1, 20);
      CircuitData data = uniform_circuit(random, n, kind);
      if (i % 30 == 0) data.z = filled(n, kind == ModelKind::main ? 0.0 : -1.0);  // nobody is active
      ASSERT_TRUE(core::has_uniform_normalisation(data.circuit()));
      std::vector<double> re(static_cast<std::size_t>(2 * n));
      std::vector<double> im(re.size());
      core::uniform_normalisation_spectrum(core::Solo{}, data.circuit(), re.data(), im.data());
      Spectrum got;
      for (std::size_t k = 0; k < re.size(); ++k) got.emplace_back(re[k], im[k]);
      const Spectrum expected = eigen_spectrum(naive_jacobian(data, form_of(data).x));
      EXPECT_LE(spectral_distance(got, expected), 4e-13 * largest_modulus(expected)) << "n " << n;
      for (const double z : data.z) silent_some += kind == ModelKind::rectified && z < 0 ? 1 : 0;
    }
  }
  EXPECT_GT(silent_some, 100);
}

TEST(ClosedFormSpectrum, KnowsWhereItApplies) {
  Random random(89);
  const CircuitData good = uniform_circuit(random, 3, ModelKind::main);
  EXPECT_TRUE(core::has_uniform_normalisation(good.circuit()));
  for (const auto member : {&CircuitData::tau_y, &CircuitData::tau_a, &CircuitData::b0, &CircuitData::sigma,
                            &CircuitData::Wr, &CircuitData::W}) {
    CircuitData bad = good;
    (bad.*member)[2] += 0.25;
    EXPECT_FALSE(core::has_uniform_normalisation(bad.circuit()));
  }
}

TEST(Modes, OfAKnownOscillator) {
  const double omega = 120;
  const double zeta = 0.3;
  EXPECT_NEAR(core::natural_frequency(-zeta * omega, omega * std::sqrt(1 - zeta * zeta)), omega, 1e-12);
  EXPECT_NEAR(core::damping_ratio(-zeta * omega, omega * std::sqrt(1 - zeta * zeta)), zeta, 1e-15);
  EXPECT_EQ(core::damping_ratio(-3.0, 0.0), 1);
  EXPECT_EQ(core::damping_ratio(3.0, 0.0), -1);
  EXPECT_TRUE(std::isnan(core::damping_ratio(0.0, 0.0)));
}

void expect_same_for_all_widths(const CircuitData& data, const std::vector<double>& displacement) {
  const Form solo = form_of(data, displacement);
  for (const int width : crew_widths) {
    const Form crew = form_of(data, displacement, width);
    const auto check = [&](const std::vector<double>& a, const std::vector<double>& b) {
      if (!compiler_contracts()) {
        EXPECT_TRUE(same_bits(a, b)) << "n " << data.n << ", width " << width;
        return;
      }
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-9 * (std::abs(a[i]) + 1e-3));
    };
    check(solo.x, crew.x);
    check(solo.B, crew.B);
    check(solo.K, crew.K);
    check(solo.L, crew.L);
    check({solo.energy.value, solo.energy.rate, solo.proof.margin},
          {crew.energy.value, crew.energy.rate, crew.proof.margin});
    EXPECT_EQ(solo.proof.proven, crew.proof.proven);
  }
}

TEST(Oscillator, EveryWidthGivesTheSameBits) {
  Random random(90);
  for (const ModelKind kind : kinds) {
    for (const int n : {1, 2, 3, 4, 7, 16, 33}) {
      const CircuitData data = identity_circuit(random, n, kind);
      expect_same_for_all_widths(data, random.gaussians(2 * n));
      CircuitData quiet = data;
      quiet.z = filled(n, 0);
      expect_same_for_all_widths(quiet, random.gaussians(2 * n));
    }
  }
}

TEST(ClosedFormSpectrum, EveryWidthGivesTheSameBits) {
  Random random(91);
  for (const ModelKind kind : kinds) {
    for (const int n : {1, 2, 5, 12}) {
      const CircuitData data = uniform_circuit(random, n, kind);
      std::vector<double> solo = filled(4 * n, 0);
      core::uniform_normalisation_spectrum(core::Solo{}, data.circuit(), solo.data(), solo.data() + 2 * n);
      for (const int width : crew_widths) {
        std::vector<double> crew = filled(4 * n, 0);
        Crew(width).run([&](const CrewLane& lane) {
          core::uniform_normalisation_spectrum(lane, data.circuit(), crew.data(), crew.data() + 2 * n);
        });
        EXPECT_TRUE(same_bits(solo, crew) || compiler_contracts()) << "n " << n << ", width " << width;
      }
    }
  }
}

}  // namespace
}  // namespace organics::test
