// One sweep on all ranks of an mpirun.
#pragma once

#include "cli/ranks.hpp"
#include "io/sweep_checkpoint.hpp"

namespace organics::cli {

/// Does what is missing in `checkpoint.state` on every rank. Rank 0 hands out ranges of about a second each, to whoever
/// is done, works itself, and merges what comes back into its `checkpoint.state`: the statistics do not depend on who
/// did what. The callbacks of the options are called there after each part. Other ranks return when all is done.
void sweep_over_ranks(const Ranks& ranks, const Executor& executor, io::SweepCheckpoint& checkpoint);

}  // namespace organics::cli
