// One sweep on this process, or on all ranks of an mpirun: with progress, a checkpoint and rules that end it early.
#pragma once

#include <string>
#include <vector>

#include "cli/ranks.hpp"
#include "cli/stop_rules.hpp"
#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::cli {

struct SweepRun {
  io::SweepFile file;                ///< the part that this command was asked for
  IndexRange whole;                  ///< all of it
  std::string checkpoint;            ///< empty: none is kept
  std::string records;               ///< file of a row for each circuit; empty: none
  std::vector<SweptColumn> columns;  ///< of the records
  std::string progress;              ///< said on the progress line before the counts
  bool quiet = false;
};

struct SweepOutcome {
  SweepResults results;
  bool complete = true;  ///< every circuit is done
  bool saved = true;     ///< in the checkpoint and in the records, if there are any
};

/// Throws where checkpoint or records of this run could not be continued or written: to know it before any of several runs.
void check_files(const SweepRun& run, const Ranks& ranks, const Executor& executor);

/// Ends the program where a signal ended the sweep. On ranks but the first the outcome says nothing.
SweepOutcome run_sweep(const SweepRun& run, const Ranks& ranks, const Executor& executor, StopWatch& watch);

}  // namespace organics::cli
