// The checkpoint of a sweep: a file that holds what is done, from which the same sweep continues, here or elsewhere.
//
// One JSON object, replaced as a whole at each save. It carries the specification, and is refused for any other one; and
// a check sum, so that a cut or altered file is noticed.
#pragma once

#include <cstdint>
#include <string>

#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

struct SweepCheckpoint {
  std::string version;   ///< of the program
  std::string executor;  ///< "cpu" or "cuda": the last bits may differ between them
  SweepFile file;        ///< the specification; its range of circuits is that of this file's part of the sweep
  IndexRange whole;      ///< circuits of the whole sweep
  SweepState state;
  std::uint64_t records_mark = 0;  ///< of the file of records that belongs to it (records_file.hpp); 0: none yet
};

std::string checkpoint_text(const SweepCheckpoint& checkpoint);

/// Reads a checkpoint. Throws InvalidArgument with one line that names the file and what is wrong with it.
SweepCheckpoint read_checkpoint(const std::string& path);

/// The same from text; `path` is only for messages.
SweepCheckpoint parse_checkpoint(const std::string& path, const std::string& text);

/// Throws InvalidArgument, naming the first thing in which they differ, unless the checkpoint `saved` (in the file
/// `path`) belongs to the sweep `wanted`. The range of circuits and the size of a chunk may differ.
void require_same_sweep(const std::string& path, const SweepCheckpoint& saved, const SweepCheckpoint& wanted);

}  // namespace organics::io
