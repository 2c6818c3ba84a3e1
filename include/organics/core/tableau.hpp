// Butcher tableaus of the explicit Runge-Kutta methods, as data that prove their order while they compile.
//
// A tableau is a value: the same type serves as a compile-time constant (unrolled into registers) and as a run-time
// argument (one kernel for every method). What can be derived is derived: stage times c_i = sum_j a_ij, the
// first-same-as-last property, and the order, from the conditions of Hairer, Norsett and Wanner (1993), II.2.
#pragma once

#include <cstdint>

#include "organics/core/scalar.hpp"

namespace organics {

/// Explicit Runge-Kutta methods. The last digit of a pair is the order of the embedded error estimate.
enum class Method : std::uint8_t {
  euler = 0,           ///< order 1, fixed step only
  heun,                ///< order 2(1)
  bogacki_shampine32,  ///< order 3(2), first same as last
  rk4,                 ///< order 4, fixed step only
  dormand_prince54,    ///< order 5(4), first same as last
  tsitouras54,         ///< order 5(4), first same as last
};

inline constexpr int method_count = 6;

constexpr const char* name(Method method) {
  constexpr const char* names[method_count] = {"euler",      "heun", "bogacki_shampine32", "rk4", "dormand_prince54",
                                               "tsitouras54"};
  const auto i = static_cast<int>(method);
  return i < method_count ? names[i] : "unknown";
}

}  // namespace organics

namespace organics::core {

inline constexpr int max_stages = 7;

/// x_new = x + h sum_i b_i k_i, k_i = f(t + c_i h, x + h sum_{j<i} a_ij k_j); error = h sum_i e_i k_i, e = b - b_hat.
template <class T>
struct Tableau {
  int stages = 0;
  int order = 0;           ///< of b
  int embedded_order = 0;  ///< of b_hat = b - e; 0: no error estimate
  bool first_same_as_last = false;
  T a[max_stages][max_stages] = {};
  T b[max_stages] = {};
  T e[max_stages] = {};
  T c[max_stages] = {};
};

/// The same tableau over another scalar.
template <class T, class From>
ORGANICS_FN constexpr Tableau<T> convert(const Tableau<From>& from) {
  Tableau<T> to;
  to.stages = from.stages;
  to.order = from.order;
  to.embedded_order = from.embedded_order;
  to.first_same_as_last = from.first_same_as_last;
  for (int i = 0; i < max_stages; ++i) {
    to.b[i] = static_cast<T>(from.b[i]);
    to.e[i] = static_cast<T>(from.e[i]);
    to.c[i] = static_cast<T>(from.c[i]);
    for (int j = 0; j < max_stages; ++j) to.a[i][j] = static_cast<T>(from.a[i][j]);
  }
  return to;
}

/// Fills in what follows from a, b and e.
ORGANICS_FN constexpr Tableau<double> derived(Tableau<double> t) {
  t.first_same_as_last = t.stages > 1;
  for (int i = 0; i < t.stages; ++i) {
    for (int j = 0; j < i; ++j) t.c[i] += t.a[i][j];
    if (t.a[t.stages - 1][i] != t.b[i]) t.first_same_as_last = false;
  }
  return t;
}

/// Largest violation of the order conditions of the weights `w` up to `order` <= 5 (one per rooted tree).
constexpr double order_defect(const Tableau<double>& t, const double (&w)[max_stages], int order) {
  double A1[max_stages] = {};    // sum_j a_ij c_j        elementary weights of the inner trees
  double A2[max_stages] = {};    // sum_j a_ij c_j^2
  double A3[max_stages] = {};    // sum_j a_ij c_j^3
  double AA1[max_stages] = {};   // sum_j a_ij A1_j
  double AcA1[max_stages] = {};  // sum_j a_ij c_j A1_j
  double AA2[max_stages] = {};   // sum_j a_ij A2_j
  double AAA1[max_stages] = {};  // sum_j a_ij AA1_j
  for (int i = 0; i < t.stages; ++i) {
    for (int j = 0; j < i; ++j) {
      const double aij = t.a[i][j];
      const double cj = t.c[j];
      A1[i] += aij * cj;
      A2[i] += aij * cj * cj;
      A3[i] += aij * cj * cj * cj;
      AA1[i] += aij * A1[j];
      AcA1[i] += aij * cj * A1[j];
      AA2[i] += aij * A2[j];
      AAA1[i] += aij * AA1[j];
    }
  }
  double sums[17] = {};
  for (int i = 0; i < t.stages; ++i) {
    const double c = t.c[i];
    const double terms[17] = {1.0,           c,      c * c,         A1[i],         c * c * c, c * A1[i],
                              A2[i],         AA1[i], c * c * c * c, c * c * A1[i], c * A2[i], c * AA1[i],
                              A1[i] * A1[i], A3[i],  AcA1[i],       AA2[i],        AAA1[i]};
    for (int k = 0; k < 17; ++k) sums[k] += w[i] * terms[k];
  }
  constexpr double wanted[17] = {1.0,      1.0 / 2,  1.0 / 3,  1.0 / 6,  1.0 / 4,  1.0 / 8,
                                 1.0 / 12, 1.0 / 24, 1.0 / 5,  1.0 / 10, 1.0 / 15, 1.0 / 30,
                                 1.0 / 20, 1.0 / 20, 1.0 / 40, 1.0 / 60, 1.0 / 120};
  constexpr int trees_up_to[6] = {0, 1, 2, 4, 8, 17};
  double defect = 0;
  for (int k = 0; k < trees_up_to[order]; ++k) {
    const double d = sums[k] > wanted[k] ? sums[k] - wanted[k] : wanted[k] - sums[k];
    if (d > defect) defect = d;
  }
  return defect;
}

/// True when b has exactly the order stated (the conditions of the next one fail) and b - e at least the embedded one.
constexpr bool proves_order(const Tableau<double>& t) {
  constexpr double rounding = 1e-13;
  double hat[max_stages] = {};
  for (int i = 0; i < t.stages; ++i) hat[i] = t.b[i] - t.e[i];
  if (order_defect(t, t.b, t.order) > rounding) return false;
  if (t.order < 5 && order_defect(t, t.b, t.order + 1) < 1e-6) return false;
  return t.embedded_order == 0 ||
         (order_defect(t, hat, t.embedded_order) < rounding && order_defect(t, hat, t.embedded_order + 1) > 1e-6);
}

/// Euler (1768).
ORGANICS_FN constexpr Tableau<double> euler() {
  Tableau<double> t;
  t.stages = 1;
  t.order = 1;
  t.b[0] = 1;
  return derived(t);
}

/// Heun (1900), with Euler embedded.
ORGANICS_FN constexpr Tableau<double> heun() {
  Tableau<double> t;
  t.stages = 2;
  t.order = 2;
  t.embedded_order = 1;
  t.a[1][0] = 1;
  t.b[0] = 0.5;
  t.b[1] = 0.5;
  t.e[0] = -0.5;
  t.e[1] = 0.5;
  return derived(t);
}

/// Bogacki and Shampine (1989), Applied Mathematics Letters 2, 321.
ORGANICS_FN constexpr Tableau<double> bogacki_shampine32() {
  Tableau<double> t;
  t.stages = 4;
  t.order = 3;
  t.embedded_order = 2;
  t.a[1][0] = 1.0 / 2;
  t.a[2][1] = 3.0 / 4;
  constexpr double b[4] = {2.0 / 9, 1.0 / 3, 4.0 / 9, 0};
  constexpr double hat[4] = {7.0 / 24, 1.0 / 4, 1.0 / 3, 1.0 / 8};
  for (int i = 0; i < 4; ++i) {
    t.a[3][i] = b[i];
    t.b[i] = b[i];
    t.e[i] = b[i] - hat[i];
  }
  return derived(t);
}

/// The classical method: Kutta (1901).
ORGANICS_FN constexpr Tableau<double> rk4() {
  Tableau<double> t;
  t.stages = 4;
  t.order = 4;
  t.a[1][0] = 0.5;
  t.a[2][1] = 0.5;
  t.a[3][2] = 1;
  t.b[0] = 1.0 / 6;
  t.b[1] = 1.0 / 3;
  t.b[2] = 1.0 / 3;
  t.b[3] = 1.0 / 6;
  return derived(t);
}

/// Dormand and Prince (1980), Journal of Computational and Applied Mathematics 6, 19.
ORGANICS_FN constexpr Tableau<double> dormand_prince54() {
  Tableau<double> t;
  t.stages = 7;
  t.order = 5;
  t.embedded_order = 4;
  t.a[1][0] = 1.0 / 5;
  t.a[2][0] = 3.0 / 40;
  t.a[2][1] = 9.0 / 40;
  t.a[3][0] = 44.0 / 45;
  t.a[3][1] = -56.0 / 15;
  t.a[3][2] = 32.0 / 9;
  t.a[4][0] = 19372.0 / 6561;
  t.a[4][1] = -25360.0 / 2187;
  t.a[4][2] = 64448.0 / 6561;
  t.a[4][3] = -212.0 / 729;
  t.a[5][0] = 9017.0 / 3168;
  t.a[5][1] = -355.0 / 33;
  t.a[5][2] = 46732.0 / 5247;
  t.a[5][3] = 49.0 / 176;
  t.a[5][4] = -5103.0 / 18656;
  constexpr double b[7] = {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0};
  constexpr double hat[7] = {5179.0 / 57600, 0, 7571.0 / 16695, 393.0 / 640, -92097.0 / 339200, 187.0 / 2100, 1.0 / 40};
  for (int i = 0; i < 7; ++i) {
    t.a[6][i] = b[i];
    t.b[i] = b[i];
    t.e[i] = b[i] - hat[i];
  }
  return derived(t);
}

/// Tsitouras (2011), Computers and Mathematics with Applications 62, 770.
ORGANICS_FN constexpr Tableau<double> tsitouras54() {
  Tableau<double> t;
  t.stages = 7;
  t.order = 5;
  t.embedded_order = 4;
  t.a[1][0] = 0.161;
  t.a[2][0] = -0.008480655492356989;
  t.a[2][1] = 0.335480655492357;
  t.a[3][0] = 2.897153057105494;
  t.a[3][1] = -6.359448489975075;
  t.a[3][2] = 4.362295432869581;
  t.a[4][0] = 5.325864828439257;
  t.a[4][1] = -11.74888356406283;
  t.a[4][2] = 7.495539342889836;
  t.a[4][3] = -0.09249506636175525;
  t.a[5][0] = 5.86145544294642;
  t.a[5][1] = -12.92096931784711;
  t.a[5][2] = 8.159367898576159;
  t.a[5][3] = -0.071584973281401;
  t.a[5][4] = -0.02826905039406838;
  constexpr double b[7] = {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081,
                           2.324710524099774,   0.0};
  constexpr double e[7] = {-0.001780011052225777,
                           -0.0008164344596567469,
                           0.007880878010261995,
                           -0.1447110071732629,
                           0.5823571654525552,
                           -0.4580821059291869,
                           1.0 / 66};
  for (int i = 0; i < 7; ++i) {
    t.a[6][i] = b[i];
    t.b[i] = b[i];
    t.e[i] = e[i];
  }
  return derived(t);
}

static_assert(proves_order(euler()));
static_assert(proves_order(heun()));
static_assert(proves_order(bogacki_shampine32()));
static_assert(proves_order(rk4()));
static_assert(proves_order(dormand_prince54()));
static_assert(proves_order(tsitouras54()));

/// The tableau of a method, over scalar T.
template <class T>
ORGANICS_FN constexpr Tableau<T> tableau(Method method) {
  switch (method) {
    case Method::euler:
      return convert<T>(euler());
    case Method::heun:
      return convert<T>(heun());
    case Method::bogacki_shampine32:
      return convert<T>(bogacki_shampine32());
    case Method::rk4:
      return convert<T>(rk4());
    case Method::dormand_prince54:
      return convert<T>(dormand_prince54());
    case Method::tsitouras54:
      return convert<T>(tsitouras54());
  }
  return {};
}

}  // namespace organics::core
