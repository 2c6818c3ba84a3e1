// What the launcher says in the environment, so that MPI is started only where it is needed.
#include <cstdlib>
#include <string>

#include "cli/options.hpp"
#include "cli/ranks.hpp"

namespace organics::cli {
namespace {

/// The first of these variables that holds a number.
int number_from(std::initializer_list<const char*> variables, int otherwise) {
  for (const char* variable : variables) {
    const char* text = std::getenv(variable);
    if (text == nullptr || *text == '\0') continue;
    if (const auto number = integer_in<int>(text)) return *number;
  }
  return otherwise;
}

}  // namespace

// OpenMPI; MPICH and its relatives. Slurm's own variables are there in jobs without MPI, too, and say nothing.
int launched_rank() { return number_from({"OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"}, 0); }

bool launched_with_others() {
  // PMIx tells no size; Slurm, which starts programs by it, does
  const int by_pmix = std::getenv("PMIX_RANK") == nullptr ? 1 : number_from({"SLURM_STEP_NUM_TASKS"}, 2);
  return number_from({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, by_pmix) > 1;
}

}  // namespace organics::cli
