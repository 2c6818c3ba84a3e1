// SUNDIALS as its examples use it: serial vectors, one integrator for circuits of one size, begun anew for each.
#include <arkode/arkode_erkstep.h>
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_version.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include "integrate_peer.hpp"
#include "plain_circuit.hpp"

namespace organics::bench::sundials {
namespace {

static_assert(std::is_same_v<realtype, double>, "this SUNDIALS does not compute in double");

constexpr long max_steps = 1000000;

void check(int flag, const char* what) {
  if (flag < 0) throw std::runtime_error(std::string("SUNDIALS: ") + what + " failed");
}

/// What SUNDIALS gives is freed by a function of its own.
template <class T, class Free>
std::unique_ptr<T, Free> owned(T* pointer, Free free, const char* what) {
  if (pointer == nullptr) throw std::runtime_error(std::string("SUNDIALS: ") + what + " failed");
  return {pointer, free};
}

struct Context {
  SUNContext value = nullptr;
  Context() { check(SUNContext_Create(nullptr, &value), "SUNContext_Create"); }
  ~Context() { SUNContext_Free(&value); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

int rhs(realtype /*t*/, N_Vector x, N_Vector dx, void* circuit) {
  static_cast<const PlainCircuit*>(circuit)->rhs(N_VGetArrayPointer(x), N_VGetArrayPointer(dx));
  return 0;
}

/// `solve(circuit, x)` integrates one circuit and adds to the counts; negative where it failed.
template <class Solve>
void each(const PlainBatch& batch, N_Vector x, double* states, IntegrateCounts& counts, Solve&& solve) {
  double* values = N_VGetArrayPointer(x);
  for (std::int64_t i = 0; i < batch.items; ++i) {
    PlainCircuit circuit(batch, i);
    circuit.rest(values);
    counts.failed += solve(circuit) < 0 ? 1 : 0;
    std::copy_n(values, 2 * batch.n, states + i * 2 * batch.n);
  }
}

enum class Iteration { newton, fixed_point };

IntegrateCounts cvode(int family, Iteration iteration, const PlainBatch& batch, const IntegrateTask& task,
                      double* states) {
  const int m = 2 * batch.n;
  const Context context;
  const auto x = owned(N_VNew_Serial(m, context.value), N_VDestroy_Serial, "N_VNew_Serial");
  const auto free_cvode = [](void* memory) { CVodeFree(&memory); };
  const auto memory = owned(CVodeCreate(family, context.value), free_cvode, "CVodeCreate");
  void* const cv = memory.get();
  check(CVodeInit(cv, rhs, 0, x.get()), "CVodeInit");
  check(CVodeSStolerances(cv, task.rtol, task.atol), "CVodeSStolerances");
  check(CVodeSetMaxNumSteps(cv, max_steps), "CVodeSetMaxNumSteps");
  const auto matrix = owned(SUNDenseMatrix(m, m, context.value), SUNMatDestroy_Dense, "SUNDenseMatrix");
  const auto dense = owned(SUNLinSol_Dense(x.get(), matrix.get(), context.value), SUNLinSolFree, "SUNLinSol_Dense");
  const auto fixed_point = owned(SUNNonlinSol_FixedPoint(x.get(), 0, context.value), SUNNonlinSolFree, "SUNNonlinSol");
  if (iteration == Iteration::newton) check(CVodeSetLinearSolver(cv, dense.get(), matrix.get()), "SetLinearSolver");
  if (iteration == Iteration::fixed_point) check(CVodeSetNonlinearSolver(cv, fixed_point.get()), "SetNonlinearSolver");

  IntegrateCounts counts;
  each(batch, x.get(), states, counts, [&](PlainCircuit& circuit) {
    double t = 0;
    CVodeReInit(cv, 0, x.get());
    CVodeSetUserData(cv, &circuit);
    CVodeSetStopTime(cv, task.end);
    const int flag = CVode(cv, task.end, x.get(), &t, CV_NORMAL);
    long steps = 0;
    long failures = 0;
    long calls = 0;
    long jacobian_calls = 0;  // of differences
    CVodeGetNumSteps(cv, &steps);
    CVodeGetNumErrTestFails(cv, &failures);
    CVodeGetNumRhsEvals(cv, &calls);
    if (iteration == Iteration::newton) CVodeGetNumLinRhsEvals(cv, &jacobian_calls);
    counts.accepted += steps;
    counts.attempted += steps + failures;
    counts.rhs += calls + jacobian_calls;
    return flag;
  });
  return counts;
}

}  // namespace

std::string version() {
  char text[32] = {};
  SUNDIALSGetVersion(text, sizeof text);
  return std::string("SUNDIALS ") + text;
}

IntegrateCounts cvode_bdf(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  return cvode(CV_BDF, Iteration::newton, batch, task, states);
}
IntegrateCounts cvode_adams_dense(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  return cvode(CV_ADAMS, Iteration::newton, batch, task, states);
}
IntegrateCounts cvode_adams_fixed_point(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  return cvode(CV_ADAMS, Iteration::fixed_point, batch, task, states);
}

IntegrateCounts arkode_dormand_prince(const PlainBatch& batch, const IntegrateTask& task, double* states) {
  const Context context;
  const auto x = owned(N_VNew_Serial(2 * batch.n, context.value), N_VDestroy_Serial, "N_VNew_Serial");
  const auto free_erk = [](void* memory) { ERKStepFree(&memory); };
  const auto memory = owned(ERKStepCreate(rhs, 0, x.get(), context.value), free_erk, "ERKStepCreate");
  void* const erk = memory.get();
  check(ERKStepSetTableNum(erk, ARKODE_DORMAND_PRINCE_7_4_5), "ERKStepSetTableNum");
  check(ERKStepSStolerances(erk, task.rtol, task.atol), "ERKStepSStolerances");
  check(ERKStepSetMaxNumSteps(erk, max_steps), "ERKStepSetMaxNumSteps");

  IntegrateCounts counts;
  each(batch, x.get(), states, counts, [&](PlainCircuit& circuit) {
    double t = 0;
    ERKStepReInit(erk, rhs, 0, x.get());
    ERKStepSetUserData(erk, &circuit);
    ERKStepSetStopTime(erk, task.end);
    const int flag = ERKStepEvolve(erk, task.end, x.get(), &t, ARK_NORMAL);
    long steps = 0;
    long attempts = 0;
    long calls = 0;
    ERKStepGetNumSteps(erk, &steps);
    ERKStepGetNumStepAttempts(erk, &attempts);
    ERKStepGetNumRhsEvals(erk, &calls);
    counts.accepted += steps;
    counts.attempted += attempts;
    counts.rhs += calls;
    return flag;
  });
  return counts;
}

}  // namespace organics::bench::sundials
