// The records of a sweep: a file with a row for each circuit, in the order of their indices, written as the sweep goes and
// continued with it.
//
// A CSV file grows row by row. An HDF5 file (a name that ends in .h5 or .hdf5) would not survive a kill while it is written;
// so its rows are packed into NAME.part, which grows in the same way, and the file itself is made of them, whole, in the end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/append_file.hpp"
#include "io/sweep_file.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

struct RecordsPlan {
  std::string path;  ///< empty: no records
  std::vector<SweptColumn> columns;
  SweepFile file;          ///< what the sweep is; its range of circuits is that of the records
  std::string version;     ///< of the program
  std::string executor;    ///< in words
  bool continues = false;  ///< is to be continued after a kill: a checkpoint is kept
  std::uint64_t mark = 0;  ///< of the file that the checkpoint was saved with; 0: not known
};

/// Whether a file of this name holds HDF5.
bool named_as_hdf5(const std::string& path);

/// The columns that a file of this name gets: those asked for, and in HDF5 the index, which labels the rows.
std::vector<SweptColumn> columns_of_file(const std::string& path, const std::vector<SweptColumn>& asked);

class RecordsFile {
 public:
  /// Throws InvalidArgument where the file cannot begin, or be continued, and std::runtime_error where it cannot be
  /// written. `done`: how many circuits, from the first on, the checkpoint that is continued holds; nothing: there is no
  /// checkpoint to continue, and the file must be new. Changes nothing.
  static void check(const RecordsPlan& plan, std::optional<std::int64_t> done);

  /// The same, and opens the file. Rows of circuits that are not done are cut off.
  RecordsFile(const RecordsPlan& plan, std::optional<std::int64_t> done);

  void append(const SweptCircuits& circuits);
  /// After it, what was appended is safe.
  void flush();
  /// By which a checkpoint knows the file again: a check sum of its header and of every row so far.
  std::uint64_t mark() const;
  /// The last call, where the sweep ended: makes the HDF5 file.
  void finish();

 private:
  void append(const std::string& bytes);

  RecordsPlan plan_;
  std::optional<AppendFile> rows_;  ///< nothing: the HDF5 file is complete
  bool packed_ = false;
  std::uint64_t mark_ = 0;
};

}  // namespace organics::io
