// The processes of one mpirun. A program that runs alone, or was built without MPI, is rank 0 of 1.
#pragma once

#include <optional>
#include <string>

namespace organics::cli {

/// Made once, where the ranks are to work together. A rank that cannot go on calls end_all, since the others would wait
/// for it for good.
class Ranks {
 public:
  Ranks();
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  int local_rank() const { return local_rank_; }  ///< among those on this machine
  int local_size() const { return local_size_; }

  struct Message {
    int from;
    std::string text;
  };
  void send(int to, const std::string& text) const;
  std::optional<Message> poll() const;         ///< the next message, if one is there
  std::string receive(int from) const;         ///< waits
  bool agree(bool go_on) const;                ///< what the first rank says; all call it
  [[noreturn]] static void end_all(int code);  ///< of this and every other rank

 private:
  int rank_ = 0, size_ = 1, local_rank_ = 0, local_size_ = 1;
};

/// The rank that the launcher (OpenMPI, MPICH, Slurm) gave this process; 0 without one. Needs no MPI.
int launched_rank();

/// Whether a launcher started this process as one of several.
bool launched_with_others();

/// Name and version of the MPI library; empty without one.
std::string mpi_library();

}  // namespace organics::cli
