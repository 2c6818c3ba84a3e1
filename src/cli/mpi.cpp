// Ranks over MPI: the only file that knows it.
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "cli/ranks.hpp"

namespace organics::cli {

namespace {
constexpr int tag = 0;

std::string receive_message(MPI_Message& message, const MPI_Status& status) {
  int size = 0;
  MPI_Get_count(&status, MPI_CHAR, &size);
  std::string text(static_cast<std::size_t>(size), '\0');
  MPI_Mrecv(text.data(), size, MPI_CHAR, &message, MPI_STATUS_IGNORE);
  return text;
}
}  // namespace

Ranks::Ranks() {
  if (!launched_with_others()) return;
  int provided = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  MPI_Comm here{};
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here);
  MPI_Comm_rank(here, &local_rank_);
  MPI_Comm_size(here, &local_size_);
  MPI_Comm_free(&here);
}

Ranks::~Ranks() {
  if (launched_with_others()) MPI_Finalize();
}

void Ranks::send(int to, const std::string& text) const {
  MPI_Send(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, tag, MPI_COMM_WORLD);
}

std::optional<Ranks::Message> Ranks::poll() const {
  if (size_ == 1) return std::nullopt;
  int there = 0;
  MPI_Message message{};
  MPI_Status status{};
  MPI_Improbe(MPI_ANY_SOURCE, tag, MPI_COMM_WORLD, &there, &message, &status);
  if (there == 0) return std::nullopt;
  return Message{status.MPI_SOURCE, receive_message(message, status)};
}

std::string Ranks::receive(int from) const {
  MPI_Message message{};
  MPI_Status status{};
  MPI_Mprobe(from, tag, MPI_COMM_WORLD, &message, &status);
  return receive_message(message, status);
}

bool Ranks::agree(bool go_on) const {
  if (size_ == 1) return go_on;
  int answer = go_on ? 1 : 0;
  MPI_Bcast(&answer, 1, MPI_INT, 0, MPI_COMM_WORLD);
  return answer != 0;
}

void Ranks::end_all(int code) {
  // what was said is on its way through the launcher, and some launchers (MPICH's) drop it when they end a run
  std::fflush(stderr);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  MPI_Abort(MPI_COMM_WORLD, code);
  std::abort();  // not reached
}

std::string mpi_library() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(text, &length);  // also before MPI_Init
  std::string name = text;
  name.resize(std::min(name.size(), name.find_first_of(",\n")));  // what follows is how it was configured
  std::replace(name.begin(), name.end(), '\t', ' ');
  return name;
}

}  // namespace organics::cli
