// The explicit Runge-Kutta methods: published coefficients as tableaus.
//
// Orders of the steps, of the error estimates and of the dense output are proved in src/method_proofs.cpp, from the
// conditions of Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), II.2 and II.6.
// Decimals are rounded from exact ones; c and first-same-as-last are derived.
#pragma once

#include "organics/core/method.hpp"
#include "organics/core/scalar.hpp"
#include "organics/core/tableau.hpp"

namespace organics::core {

/// p_0 = b and, where asked for, p_1 and p_2 of the Hermite polynomial (slopes k_first = k_0 and k_last at the ends);
/// see set_dense().
ORGANICS_FN constexpr void hermite(const Tableau<double>& t, double (*p)[max_stages], int last) {
  for (int s = 0; s < t.stages; ++s) {
    p[0][s] = t.b[s];
    p[1][s] = (s == 0 ? 1.0 : 0.0) - t.b[s];
    p[2][s] = t.b[s] - (s == last ? 1.0 : 0.0) - p[1][s];
  }
}

/// Euler (1768). Dense output: the straight line.
ORGANICS_FN constexpr Tableau<double> euler() {
  Tableau<double> t;
  t.stages = 1;
  t.order = t.dense_order = t.dense_degree = 1;
  t.b[0] = 1;
  t.dense[0][0] = 1;
  return derived(t);
}

/// Heun (1900), with Euler embedded. Dense output: the parabola through both states with the first slope.
ORGANICS_FN constexpr Tableau<double> heun() {
  Tableau<double> t;
  t.stages = 2;
  t.order = t.dense_order = t.dense_degree = 2;
  t.embedded_order = 1;
  put(t.row(1), {1.0});
  put(t.b, {0.5, 0.5});
  put(t.e, {-0.5, 0.5});
  double p[3][max_stages] = {};
  hermite(t, p, 1);
  set_dense(t.dense, p, 2);
  return derived(t);
}

/// Bogacki and Shampine (1989), Applied Mathematics Letters 2, 321. Dense output: the cubic Hermite polynomial.
ORGANICS_FN constexpr Tableau<double> bogacki_shampine32() {
  Tableau<double> t;
  t.stages = 4;
  t.order = t.dense_order = t.dense_degree = 3;
  t.embedded_order = 2;
  put(t.row(1), {1.0 / 2});
  put(t.row(2), {0, 3.0 / 4});
  put(t.row(3), {2.0 / 9, 1.0 / 3, 4.0 / 9});
  put(t.b, {2.0 / 9, 1.0 / 3, 4.0 / 9});
  put(t.e, {-5.0 / 72, 1.0 / 12, 1.0 / 9, -1.0 / 8});
  double p[3][max_stages] = {};
  hermite(t, p, 3);
  set_dense(t.dense, p, 3);
  return derived(t);
}

/// The classical method: Kutta (1901). Dense output: the cubic one of order 3 (Hairer, Norsett and Wanner, II.6).
ORGANICS_FN constexpr Tableau<double> rk4() {
  Tableau<double> t;
  t.stages = 4;
  t.order = 4;
  t.dense_order = t.dense_degree = 3;
  put(t.row(1), {1.0 / 2});
  put(t.row(2), {0, 1.0 / 2});
  put(t.row(3), {0, 0, 1.0});
  put(t.b, {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6});
  put(t.dense[0], {1, -3.0 / 2, 2.0 / 3});
  put(t.dense[1], {0, 1, -2.0 / 3});
  put(t.dense[2], {0, 1, -2.0 / 3});
  put(t.dense[3], {0, -1.0 / 2, 2.0 / 3});
  return derived(t);
}

/// Dormand and Prince (1980), Journal of Computational and Applied Mathematics 6, 19. Dense output of order 4:
/// Shampine (1986), Mathematics of Computation 46, 135, in the form of Hairer, Norsett and Wanner, II.6.
ORGANICS_FN constexpr Tableau<double> dormand_prince54() {
  Tableau<double> t;
  t.stages = 7;
  t.order = 5;
  t.embedded_order = t.dense_order = t.dense_degree = 4;
  put(t.row(1), {1.0 / 5});
  put(t.row(2), {3.0 / 40, 9.0 / 40});
  put(t.row(3), {44.0 / 45, -56.0 / 15, 32.0 / 9});
  put(t.row(4), {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729});
  put(t.row(5), {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656});
  put(t.row(6), {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84});
  put(t.b, {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84});
  put(t.e, {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40});
  double p[4][max_stages] = {};
  hermite(t, p, 6);
  put(p[3], {-12715105075.0 / 11282082432.0, 0, 87487479700.0 / 32700410799.0, -10690763975.0 / 1880347072.0,
             701980252875.0 / 199316789632.0, -1453857185.0 / 822651844.0, 69997945.0 / 29380423.0});
  set_dense(t.dense, p, 4);
  return derived(t);
}

/// Tsitouras (2011), Computers and Mathematics with Applications 62, 770, with its dense output of order 4.
ORGANICS_FN constexpr Tableau<double> tsitouras54() {
  Tableau<double> t;
  t.stages = 7;
  t.order = 5;
  t.embedded_order = t.dense_order = t.dense_degree = 4;
  put(t.row(1), {0.161});
  put(t.row(2), {-0.008480655492356989, 0.335480655492357});
  put(t.row(3), {2.897153057105494, -6.359448489975075, 4.362295432869581});
  put(t.row(4), {5.325864828439257, -11.74888356406283, 7.495539342889836, -0.09249506636175525});
  put(t.row(5), {5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.02826905039406838});
  put(t.row(6),
      {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774});
  put(t.b, {0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774});
  put(t.e, {-0.001780011052225777, -0.0008164344596567469, 0.007880878010261995, -0.1447110071732629,
            0.5823571654525552, -0.4580821059291869, 1.0 / 66});
  put(t.dense[0], {1.0, -2.763706197274826, 2.9132554618219126, -1.0530884977290216});
  put(t.dense[1], {0, 0.1317, -0.2234, 0.1017});
  put(t.dense[2], {0, 3.9302962368947516, -5.941033872131505, 2.490627285651253});
  put(t.dense[3], {0, -12.411077166933676, 30.33818863028232, -16.548102889244902});
  put(t.dense[4], {0, 37.50931341651104, -88.1789048947664, 47.37952196281928});
  put(t.dense[5], {0, -27.896526289197286, 65.09189467479366, -34.87065786149661});
  put(t.dense[6], {0, 1.5, -4, 2.5});
  return derived(t);
}

/// Verner (2010), Numerical Algorithms 53, 383: the most efficient 6(5) pair (IIIXb) and its state of order 5 at half
/// the step. Dense output of order 5 (with it the whole solution keeps order 6): the quintic through both ends and that
/// state, with the slopes of all three. Weights reach 180, in the dense output 8000, and cancel: meant for double.
ORGANICS_FN constexpr Tableau<double> verner65() {
  Tableau<double> t;
  t.stages = 9;
  t.dense_stages = 1;
  t.order = 6;
  t.embedded_order = t.dense_order = 5;
  t.dense_degree = 6;
  put(t.row(1), {0.06});
  put(t.row(2), {0.019239962962962962963, 0.07669337037037037037});
  put(t.row(3), {0.035975, 0, 0.107925});
  put(t.row(4), {1.3186834152331482609, 0, -5.0420580636285622254, 4.2206746483954139645});
  put(t.row(5), {-41.872591664327514618, 0, 159.43256216313749177, -122.11921356501003092, 5.5317430662000537683});
  put(t.row(6), {-54.430156935316504333, 0, 207.06725136501846443, -158.61081378458999918, 6.991816585950242322,
                 -0.018597231062203233978});
  put(t.row(7), {-54.663741787281976802, 0, 207.95280625538937345, -159.28895747449950715, 7.0187437407969444347,
                 -0.018338785905045723065, -0.00051194849978820990779});
  put(t.row(8), {0.034389578683570360093, 0, 0, 0.25826245556335034047, 0.42093711896735371506, 4.4053964696693101701,
                 -176.48311902429865762, 172.36413340141507303});
  put(t.row(9), {0.016524159013572806844, 0, 0, 0.30531281875141789314, 0.2071200938201978849, -1.2938791406551231871,
                 57.119884115881491497, -55.879792075109322908, 0.024830028297766013481});
  put(t.e, {0.043012982965771213211, 0, 0, 0.23882842561019763095, 0.44938719155539169897, 2.2956854086040190539,
            -73.02457612433467224, 70.964328782265959309, 0.033333333333333333333});  // b_hat until the next line
  for (int s = 0; s < 9; ++s) {
    t.b[s] = s < 8 ? t.row(8)[s] : 0;
    t.e[s] = t.b[s] - t.e[s];
  }
  double p[5][max_stages] = {};
  hermite(t, p, 8);
  // At theta = 1/2 the polynomial is p_0/2 + p_1/4 + p_2/8 + p_3/16 + p_4/32, its derivative p_0 + p_2/4 + p_4/16.
  for (int s = 0; s < 10; ++s) {
    const double middle = s < 9 ? t.row(9)[s] : 0;
    const double slope = s == 9 ? 1 : 0;
    p[4][s] = 16 * (slope - p[0][s]) - 4 * p[2][s];
    p[3][s] = 16 * middle - 8 * p[0][s] - 4 * p[1][s] - 2 * p[2][s] - p[4][s] / 2;
  }
  set_dense(t.dense, p, 5);
  return derived(t);
}

/// Dormand and Prince, with the estimates of order 5 and 3 and the dense output of order 7 of Hairer, Norsett and
/// Wanner (1993), II.5, II.6 and II.10 (code DOP853). The two estimates together shrink as h^12 / h^4.
ORGANICS_FN constexpr Tableau<double> dormand_prince853() {
  Tableau<double> t;
  t.stages = 13;
  t.dense_stages = 3;
  t.order = 8;
  t.embedded_order = t.dense_order = t.dense_degree = 7;
  t.second_estimate = true;
  put(t.row(1), {0.052600151958767731879});
  put(t.row(2), {0.019725056984537899454, 0.059175170953613698363});
  put(t.row(3), {0.029587585476806849182, 0, 0.088762756430420547545});
  put(t.row(4), {0.2413651341592666855, 0, -0.88454947932828608534, 0.92483400326179200312});
  put(t.row(5), {0.037037037037037037037, 0, 0, 0.17082860872947387128, 0.12546768756682242502});
  put(t.row(6), {0.037109375, 0, 0, 0.17025221101954403931, 0.060216538980455960685, -0.017578125});
  put(t.row(7), {0.037092000118504792711, 0, 0, 0.17038392571223999381, 0.10726203044637328465,
                 -0.015319437748624401753, 0.0082737891638140228876});
  put(t.row(8), {0.62411095871607571711, 0, 0, -3.3608926294469412941, -0.86821934684172600682, 27.592099699446708305,
                 20.154067550477893409, -43.489884181069958848});
  put(t.row(9), {0.47766253643826436589, 0, 0, -2.4881146199716676419, -0.59029082683684299637, 21.230051448181194235,
                 15.279233632882423583, -33.288210968984862919, -0.020331201708508626136});
  put(t.row(10), {-0.93714243008598732572, 0, 0, 5.1863724288440637083, 1.0914373489967295782, -8.1497870107469261251,
                  -18.520065659996959864, 22.739487099350504282, 2.4936055526796523899, -3.0467644718982195004});
  put(t.row(11), {2.2733101475165382079, 0, 0, -10.534495466737250198, -2.0008720582248624991, -17.958931863118798917,
                  27.948884529419960051, -2.8589982771350236947, -8.8728569335306295443, 12.360567175794303065,
                  0.64339274601576353036});
  put(t.row(12),
      {0.054293734116568762238, 0, 0, 0, 0, 4.4503128927524088814, 1.891517899314500383, -5.8012039600105847815,
       0.31116436695781989441, -0.15216094966251607856, 0.20136540080403034837, 0.044710615727772590518});
  put(t.row(13),
      {0.056167502283047952339, 0, 0, 0, 0, 0, 0.25350021021662481109, -0.24623903747080248992, -0.12419142326381636047,
       0.15329179827876569731, 0.0082010522956346898849, 0.0075678976605456997614, -0.008298});
  put(t.row(14),
      {0.031834648163502140506, 0, 0, 0, 0, 0.028300909672366775529, 0.053541988307438567622, -0.054923748571390988465,
       0, 0, -0.00010834732869724932286, 0.00038257109083565841295, -0.0003404650086874045608, 0.14131244367463250028});
  put(t.row(15),
      {-0.42889630158379192341, 0, 0, 0, 0, -4.6976214153611638431, 7.6834211960625990418, 4.0689898183971100797,
       0.35672718745528110927, 0, 0, 0, -0.0013990241651590146213, 2.947514789152772339, -9.1509584721798700108});
  for (int s = 0; s < 12; ++s) t.b[s] = t.row(12)[s];
  put(t.e, {0.013120044994194880733, 0, 0, 0, 0, -1.2251564463762044407, -0.49575894965725019152, 1.664377182454986537,
            -0.35032884874997368169, 0.33417911871301747903, 0.081923206485115712466, -0.022355307863886295259});
  for (int s = 0; s < 12; ++s) t.e2[s] = t.b[s];
  t.e2[0] -= 0.244094488188976377952755905512;
  t.e2[8] -= 0.733846688281611857341361741547;
  t.e2[11] -= 0.0220588235294117647058823529412;
  double p[7][max_stages] = {};
  hermite(t, p, 12);
  put(p[3], {-8.4289382761090128651, 0, 0, 0, 0, 0.56671495351937776963, -3.0689499459498916913, 2.3846676565120698288,
             2.1170345824450282767, -0.87139158377797299207, 2.2404374302607882759, 0.63157877876946881816,
             -0.088990336451333310821, 18.148505520854727257, -9.1946323924783554, -4.4360363875948939664});
  put(p[4], {10.427508642579134603, 0, 0, 0, 0, 242.28349177525818288, 165.20045171727028199, -374.5467547226902028,
             -22.113666853125306036, 7.733432668472263839, -30.674084731089398182, -9.332130526430227873,
             15.697238121770843886, -31.139403219565177677, -9.3529243588444783866, 35.816841486394083752});
  put(p[5], {19.985053242002433821, 0, 0, 0, 0, -387.03730874935176555, -189.17813819516756883, 527.80815920542364901,
             -11.573902539959630126, 6.881232694696300017, -1.0006050966910838403, 0.77771377980534432093,
             -2.7782057523535084066, -60.196695231264120758, 84.320405506677161018, 11.992291136182789328});
  put(p[6], {-25.693933462703749003, 0, 0, 0, 0, -154.18974869023643374, -231.52937917604549568, 357.63911791061412378,
             93.405324183624310004, -37.458323136451633157, 104.09964950896230045, 29.840293426660503123,
             -43.533456590011143754, 96.324553959188282948, -39.177261675615439165, -149.72683625798562581});
  set_dense(t.dense, p, 7);
  return derived(t);
}

/// The tableau of a method over scalar T; empty (no stages) where the method is not an explicit one.
template <class T>
ORGANICS_FN constexpr Tableau<T> explicit_tableau(Method method) {
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
    case Method::verner65:
      return convert<T>(verner65());
    case Method::dormand_prince853:
      return convert<T>(dormand_prince853());
    case Method::rosenbrock23:
    case Method::rodas43:
    case Method::automatic:
      break;
  }
  return {};
}

}  // namespace organics::core
