// The driven circuit against its equations written out plainly, its derivatives against differences of those, and
// every width of team against one lane.
#include "organics/core/driven_circuit.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/circuit_data.hpp"
#include "support/crew.hpp"

namespace organics::test {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

/// A signal of two knots that owns its numbers; the tests stay between the knots, where `at` is the plain formula.
struct Line {
  bool given = false;
  double start = 0;
  double end = 1;
  Vector from, to;
  Interpolation kind = Interpolation::linear;
  std::vector<double> times, values;

  Line() = default;
  Line(Random& random, int rows, Interpolation how, double lower, double upper) : given(true), kind(how) {
    start = -random.uniform(0.001, 0.01);
    end = random.uniform(0.02, 0.05);
    const auto first = random.uniforms(rows, lower, upper);
    const auto second = random.uniforms(rows, lower, upper);
    from = Eigen::Map<const Vector>(first.data(), rows);
    to = Eigen::Map<const Vector>(second.data(), rows);
    times = {start, end};
    values = first;
    values.insert(values.end(), second.begin(), second.end());
  }

  core::Series<double> series() const {
    if (!given) return {};
    return {times.data(), values.data(), 2, static_cast<int>(from.size()), kind, -1};
  }
  Vector at(double t) const {
    if (kind == Interpolation::constant) return from;
    return from * ((end - t) / (end - start)) + to * ((t - start) / (end - start));
  }
};

/// A driven circuit that owns its numbers.
struct Driven {
  std::string name;
  CircuitData data;
  Line z, b0, b1, input;
  int inputs = 0;
  bool dynamic = false;
  std::vector<double> tau_b0, tau_b1, W_b0x, W_b1x, W_b0y, W_b0a, W_b1y, W_b1a, W_zx, x_in;

  core::DrivenCircuit<double> model() const {
    const auto pointer = [](const std::vector<double>& v) { return v.empty() ? nullptr : v.data(); };
    core::DrivenCircuit<double> driven{data.circuit(), z.series(), b0.series(), b1.series(), input.series()};
    if (dynamic) {
      driven.gains = {inputs,         pointer(tau_b0), pointer(tau_b1), pointer(W_b0x), pointer(W_b1x), pointer(W_b0y),
                      pointer(W_b0a), pointer(W_b1y),  pointer(W_b1a),  pointer(W_zx),  pointer(x_in)};
    }
    return driven;
  }
  int dimension() const { return (dynamic ? 4 : 2) * data.n; }
};

Matrix matrix(const std::vector<double>& values, int rows, int cols) {
  if (values.empty()) return Matrix::Zero(rows, cols);
  return Eigen::Map<const Matrix>(values.data(), rows, cols);
}

Vector vector(const std::vector<double>& values) {
  return Eigen::Map<const Vector>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// The equations in whole matrices.
Vector naive_rhs(const Driven& p, double t, const Vector& x) {
  const int n = p.data.n;
  const Vector y = x.segment(0, n);
  const Vector a = x.segment(n, n);
  const Vector a_plus = a.cwiseMax(0);
  const Vector r = p.data.model == ModelKind::rectified ? Vector(y.cwiseMax(0)) : y;
  const Vector b0 = p.dynamic ? Vector(x.segment(2 * n, n)) : p.b0.given ? p.b0.at(t) : vector(p.data.b0);
  const Vector b1 = p.dynamic ? Vector(x.segment(3 * n, n)) : p.b1.given ? p.b1.at(t) : vector(p.data.b1);
  const Vector in = p.inputs == 0 ? Vector() : p.input.given ? p.input.at(t) : vector(p.x_in);
  const Vector z = !p.W_zx.empty() ? Vector((matrix(p.W_zx, n, p.inputs) * in).cwiseMax(0))
                   : p.z.given     ? p.z.at(t)
                                   : vector(p.data.z);
  Vector dx(p.dimension());
  for (int i = 0; i < n; ++i) {
    const double recurrent = matrix(p.data.Wr, n, n).row(i).dot(r);
    const double pool = matrix(p.data.W, n, n).row(i).dot(r.cwiseAbs2().cwiseProduct(a_plus));
    const double half = b0[i] * vector(p.data.sigma)[i];
    dx[i] = (-y[i] + b1[i] * z[i] + (1 - std::sqrt(a_plus[i])) * recurrent) / vector(p.data.tau_y)[i];
    dx[n + i] = (-a[i] + half * half + pool) / vector(p.data.tau_a)[i];
  }
  if (!p.dynamic) return dx;
  Vector gate0 = matrix(p.W_b0y, n, n) * y + matrix(p.W_b0a, n, n) * a;
  Vector gate1 = matrix(p.W_b1y, n, n) * y + matrix(p.W_b1a, n, n) * a;
  if (p.inputs > 0) gate0 += matrix(p.W_b0x, n, p.inputs) * in;
  if (p.inputs > 0) gate1 += matrix(p.W_b1x, n, p.inputs) * in;
  for (int i = 0; i < n; ++i) {
    dx[2 * n + i] = (-b0[i] + 1 / (1 + std::exp(-gate0[i]))) / vector(p.tau_b0)[i];
    dx[3 * n + i] = (-b1[i] + 1 / (1 + std::exp(-gate1[i]))) / vector(p.tau_b1)[i];
  }
  return dx;
}

/// Dynamic gains with `inputs` inputs, all matrices.
void make_dynamic(Random& random, Driven& p, int inputs) {
  const int n = p.data.n;
  p.dynamic = true;
  p.inputs = inputs;
  for (int i = 0; i < n; ++i) {
    p.tau_b0.push_back(random.log_uniform(1e-3, 3e-2));
    p.tau_b1.push_back(random.log_uniform(1e-3, 3e-2));
  }
  for (auto field : {&Driven::W_b0y, &Driven::W_b0a, &Driven::W_b1y, &Driven::W_b1a})
    p.*field = random.gaussians(n * n);
  if (inputs == 0) return;
  for (auto field : {&Driven::W_b0x, &Driven::W_b1x, &Driven::W_zx}) p.*field = random.gaussians(n * inputs);
  p.x_in = random.gaussians(inputs);
}

/// Every way to drive a circuit of n neurons.
std::vector<Driven> all_ways(Random& random, int n, ModelKind kind) {
  std::vector<Driven> list;
  const auto add = [&](const std::string& name) -> Driven& {
    list.push_back({});
    list.back().name = name + (kind == ModelKind::main ? " main n=" : " rectified n=") + std::to_string(n);
    list.back().data = wild_circuit(random, n, kind);
    return list.back();
  };
  const auto linear = Interpolation::linear;
  add("static");
  add("z linear").z = Line(random, n, linear, -1, 1);
  add("z constant").z = Line(random, n, Interpolation::constant, -1, 1);
  add("b0 linear").b0 = Line(random, n, linear, 0, 1);
  add("b1 linear").b1 = Line(random, n, linear, 0, 1);
  Driven& all = add("z, b0, b1 linear");
  all.z = Line(random, n, linear, -1, 1);
  all.b0 = Line(random, n, linear, 0, 1);
  all.b1 = Line(random, n, linear, 0, 1);
  make_dynamic(random, add("dynamic"), 3);
  make_dynamic(random, add("dynamic without inputs"), 0);
  Driven& driven_z = add("dynamic, z linear");
  make_dynamic(random, driven_z, 0);
  driven_z.z = Line(random, n, linear, -1, 1);
  Driven& bare = add("dynamic without matrices");
  make_dynamic(random, bare, 2);
  for (auto field : {&Driven::W_b0x, &Driven::W_b0y, &Driven::W_b1a, &Driven::W_zx}) (bare.*field).clear();
  for (const Interpolation how : {linear, Interpolation::constant}) {
    Driven& input = add("dynamic, input in time");
    make_dynamic(random, input, 2);
    input.input = Line(random, 2, how, -1, 1);
    input.x_in.clear();
  }
  return list;
}

std::vector<Driven> examples() {
  Random random(71);
  std::vector<Driven> list;
  for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
    for (const int n : {1, 2, 3, 6, 11}) {
      for (Driven& p : all_ways(random, n, kind)) list.push_back(std::move(p));
    }
  }
  return list;
}

/// A state with a > 0 and gains in (0, 1).
Vector random_state_of(Random& random, const Driven& p) {
  const std::vector<double> x = random_state(random, p.data.n);
  Vector state(p.dimension());
  for (int i = 0; i < p.dimension(); ++i) {
    state[i] = i < 2 * p.data.n ? x[static_cast<std::size_t>(i)] : random.uniform(0.05, 0.95);
  }
  return state;
}

TEST(DrivenCircuit, RightHandSideIsTheFormula) {
  Random random(72);
  for (const Driven& p : examples()) {
    auto model = p.model();
    ASSERT_EQ(model.dimension(), p.dimension());
    for (const double t : {0.0, 0.007, 0.019}) {
      Vector x = random_state_of(random, p);
      if (t > 0.01) x[p.data.n] = -0.2;  // the floor
      Vector dx(p.dimension());
      model.enter(t);
      model.rhs(core::Solo{}, t, x.data(), dx.data());
      const Vector expected = naive_rhs(p, t, x);
      for (int i = 0; i < p.dimension(); ++i) {
        EXPECT_NEAR(dx[i], expected[i], 1e-11 * (1 + std::abs(expected[i]))) << p.name << ", component " << i;
      }
    }
  }
}

TEST(DrivenCircuit, JacobianIsTheDerivativeOfTheFormula) {
  Random random(73);
  for (const Driven& p : examples()) {
    auto model = p.model();
    const int m = p.dimension();
    const double t = 0.003;
    const Vector x = random_state_of(random, p);
    Matrix J = Matrix::Constant(m, m, std::nan(""));
    model.enter(t);
    model.jacobian(core::Solo{}, t, x.data(), J.data());
    for (int j = 0; j < m; ++j) {
      const double step = 1e-6 * std::max(1e-1, std::abs(x[j]));
      Vector left = x;
      Vector right = x;
      left[j] -= step;
      right[j] += step;
      const Vector slope = (naive_rhs(p, t, right) - naive_rhs(p, t, left)) / (right[j] - left[j]);
      for (int i = 0; i < m; ++i) {
        EXPECT_NEAR(J(i, j), slope[i], 1e-6 * J.row(i).cwiseAbs().maxCoeff()) << p.name << ", " << i << ", " << j;
      }
    }
  }
}

TEST(DrivenCircuit, TimeDerivativeIsTheDerivativeOfTheFormula) {
  Random random(74);
  for (const Driven& p : examples()) {
    auto model = p.model();
    const double t = 0.004;
    const double step = 1e-5;
    const Vector x = random_state_of(random, p);
    Vector slope = Vector::Constant(p.dimension(), std::nan(""));
    model.enter(t);
    model.time_derivative(core::Solo{}, t, x.data(), slope.data());
    const Vector expected = (naive_rhs(p, t + step, x) - naive_rhs(p, t - step, x)) / (2 * step);
    const double size = expected.cwiseAbs().maxCoeff();
    for (int i = 0; i < p.dimension(); ++i) {
      EXPECT_NEAR(slope[i], expected[i], 1e-6 * size) << p.name << ", component " << i;
    }
    const bool moves = p.name.find("linear") != std::string::npos;
    EXPECT_TRUE(size > 0 || !moves) << p.name << ": this example shows nothing";
  }
}

TEST(DrivenCircuit, InputInTimeReachesZAndTheGates) {
  // The examples above must not all hide it behind a floor at 0: n = 1, weights > 0.
  Random random(75);
  Driven p;
  p.data = wild_circuit(random, 1, ModelKind::main);
  make_dynamic(random, p, 1);
  p.W_zx = {2.0};
  p.W_b0x = {0.5};
  p.W_b1x = {-0.3};
  p.input = Line(random, 1, Interpolation::linear, 0.5, 1);
  auto model = p.model();
  model.enter(0.0);
  const Vector x = random_state_of(random, p);
  Vector slope(4);
  model.time_derivative(core::Solo{}, 0.0, x.data(), slope.data());
  const double rate = (p.input.to[0] - p.input.from[0]) / (p.input.end - p.input.start);
  EXPECT_NEAR(slope[0], x[3] * 2.0 * rate / p.data.tau_y[0], 1e-9 * std::abs(slope[0]));
  EXPECT_NE(slope[2], 0);
  EXPECT_NE(slope[3], 0);
  p.W_zx = {-2.0};  // silent: z = 0 and stays so
  model = p.model();
  model.enter(0.0);
  model.time_derivative(core::Solo{}, 0.0, x.data(), slope.data());
  EXPECT_EQ(slope[0], 0);
}

TEST(DrivenCircuit, StopsWhereAnySignalDoes) {
  Random random(76);
  Driven p;
  p.data = wild_circuit(random, 2, ModelKind::main);
  for (Line* line : {&p.z, &p.b0, &p.b1}) *line = Line(random, 2, Interpolation::linear, 0, 1);
  p.z.times = {1, 5};
  p.b0.times = {2, 3};
  p.b1.times = {4, 6};
  auto model = p.model();
  for (int t = 0; t < 6; ++t) {
    model.enter(t);
    EXPECT_EQ(model.next_stop(t), t + 1);
  }
  model.enter(6);
  EXPECT_EQ(model.next_stop(6.0), core::largest_finite<double>());
  p.input = Line(random, 1, Interpolation::linear, 0, 1);
  p.input.times = {2.5, 9};
  model = p.model();
  model.enter(2);
  EXPECT_EQ(model.next_stop(2.0), 2.5);
}

TEST(DrivenCircuit, WithoutSignalsHasTheBitsOfTheCircuit) {
  Random random(77);
  for (const ModelKind kind : {ModelKind::main, ModelKind::rectified}) {
    for (int n = 1; n <= 9; ++n) {
      const CircuitData data = wild_circuit(random, n, kind);
      const auto m = static_cast<std::size_t>(2 * n);
      const std::vector<double> x = random_state(random, n);
      const core::CircuitModel<double> plain = data.circuit_model();
      core::DrivenCircuit<double> driven{data.circuit()};
      driven.enter(0.0);
      std::vector<double> f(m), g(m), J(m * m), K(m * m), rest(m), rest_driven(m);
      plain.rhs(core::Solo{}, 0.0, x.data(), f.data());
      driven.rhs(core::Solo{}, 0.0, x.data(), g.data());
      plain.jacobian(core::Solo{}, 0.0, x.data(), J.data());
      driven.jacobian(core::Solo{}, 0.0, x.data(), K.data());
      plain.rest(core::Solo{}, rest.data());
      driven.rest(core::Solo{}, rest_driven.data());
      for (int i = 0; i < 2 * n; ++i) {
        EXPECT_EQ(driven.settled_speed(i, x.data(), 0.3, 0.1), plain.settled_speed(i, x.data(), 0.3, 0.1));
      }
      EXPECT_TRUE(compiler_contracts() || (same_bits(f, g) && same_bits(J, K) && same_bits(rest, rest_driven)))
          << "n " << n;
      driven.time_derivative(core::Solo{}, 0.0, x.data(), g.data());
      EXPECT_EQ(g, std::vector<double>(m, 0.0));
    }
  }
}

TEST(DrivenCircuit, RestFollowsB0AndStartsTheGainsAtTheCircuits) {
  Random random(78);
  Driven p;
  p.data = wild_circuit(random, 3, ModelKind::main);
  p.b0 = Line(random, 3, Interpolation::linear, 0, 1);
  auto model = p.model();
  model.enter(0.01);
  Vector x = Vector::Constant(6, 7);
  model.rest(core::Solo{}, x.data());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(x[i], 0);
    EXPECT_NEAR(x[3 + i], std::pow(p.b0.at(0.01)[i] * vector(p.data.sigma)[i], 2), 1e-14);
  }
  p.b0 = Line();
  make_dynamic(random, p, 2);
  model = p.model();
  x = Vector::Constant(12, 7);
  model.rest(core::Solo{}, x.data());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(x[i], 0);
    EXPECT_NEAR(x[3 + i], p.data.c(i), 1e-15);
    EXPECT_EQ(x[6 + i], vector(p.data.b0)[i]);
    EXPECT_EQ(x[9 + i], vector(p.data.b1)[i]);
  }
}

TEST(DrivenCircuit, SettleScaleIsTheSizeOfAComponentPerTimeConstant) {
  Random random(79);
  Driven p;
  p.data = wild_circuit(random, 2, ModelKind::main);
  p.z = Line(random, 2, Interpolation::linear, -1, 1);
  auto model = p.model();
  model.enter(0.01);
  Vector x = random_state_of(random, p);
  x[2] = -0.5;
  for (int i = 0; i < 2; ++i) {
    const double u = vector(p.data.b1)[i] * p.z.at(0.01)[i];
    EXPECT_NEAR(model.settled_speed(i, x.data(), 0.3, 0.1),
                (0.3 * (std::abs(u) + std::abs(x[i])) + 0.1) / vector(p.data.tau_y)[i], 1e-9);
    EXPECT_NEAR(model.settled_speed(2 + i, x.data(), 0.3, 0.1),
                (0.3 * std::abs(x[2 + i]) + 0.1) / vector(p.data.tau_a)[i], 1e-9);
  }
  p.z = Line();
  make_dynamic(random, p, 1);
  model = p.model();
  x = random_state_of(random, p);
  const Vector z = (matrix(p.W_zx, 2, 1) * p.x_in[0]).cwiseMax(0);
  for (int i = 0; i < 2; ++i) {
    const double u = x[6 + i] * z[i];
    EXPECT_NEAR(model.settled_speed(i, x.data(), 0.3, 0.1),
                (0.3 * (std::abs(u) + std::abs(x[i])) + 0.1) / vector(p.data.tau_y)[i], 1e-9);
    EXPECT_NEAR(model.settled_speed(4 + i, x.data(), 0.3, 0.1), 0.4 / vector(p.tau_b0)[i], 1e-9);
    EXPECT_NEAR(model.settled_speed(6 + i, x.data(), 0.3, 0.1), 0.4 / vector(p.tau_b1)[i], 1e-9);
  }
}

TEST(DrivenCircuit, AFullyOpenGateHasNoSlopeAndNoNan) {
  Random random(80);
  for (const double large : {1e3, 1e308, -1e3, -1e308}) {
    Driven p;
    p.data = wild_circuit(random, 1, ModelKind::main);
    make_dynamic(random, p, 1);
    p.W_b0x = {large};
    p.x_in = {1.0};
    const auto model = p.model();
    const Vector x = random_state_of(random, p);
    Vector dx(4);
    Matrix J(4, 4);
    model.rhs(core::Solo{}, 0.0, x.data(), dx.data());
    model.jacobian(core::Solo{}, 0.0, x.data(), J.data());
    EXPECT_NEAR(dx[2] * p.tau_b0[0], (large > 0 ? 1 : 0) - x[2], 1e-14);
    EXPECT_EQ(J(2, 0), 0);
    EXPECT_TRUE(J.allFinite());
  }
}

/// Right-hand side, Jacobian, time derivative and rest, one after the other, as one team computes them.
template <class Team>
void everything(const Team& team, core::DrivenCircuit<double> model, const double* x, double* out) {
  const std::ptrdiff_t m = model.dimension();
  const double t = 0.006;
  model.enter(t);
  model.rhs(team, t, x, out);
  model.time_derivative(team, t, x, out + m);
  model.rest(team, out + 2 * m);
  model.jacobian(team, t, x, out + 3 * m);
  team.sync();
}

TEST(DrivenCircuitWidth, EveryWidthGivesTheBitsOfOneLane) {
  if (compiler_contracts()) GTEST_SKIP() << "fused multiply-add: build the preset exact";
  Random random(81);
  for (const Driven& p : examples()) {
    Vector x = random_state_of(random, p);
    x[0] = 0;
    const auto m = static_cast<std::size_t>(p.dimension());
    std::vector<double> solo(m * (m + 3));
    everything(core::Solo{}, p.model(), x.data(), solo.data());
    for (const int width : crew_widths) {
      std::vector<double> crew(solo.size(), std::nan(""));
      Crew(width).run([&](const auto& lane) { everything(lane, p.model(), x.data(), crew.data()); });
      EXPECT_TRUE(same_bits(crew, solo)) << p.name << ", width " << width;
    }
  }
}

}  // namespace
}  // namespace organics::test
