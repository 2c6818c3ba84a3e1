// A program built without MPI refuses to be one of several ranks that would all do the same.
#include "cli/ranks.hpp"
#include "organics/error.hpp"

namespace organics::cli {

Ranks::Ranks() {
  if (launched_with_others()) {
    throw InvalidArgument(
        "started as one of several ranks, but built without MPI (expected a build with ORGANICS_MPI=ON)");
  }
}
Ranks::~Ranks() = default;
void Ranks::send(int, const std::string&) const {}
std::optional<Ranks::Message> Ranks::poll() const { return std::nullopt; }
std::string Ranks::receive(int) const { return {}; }
bool Ranks::agree(bool go_on) const { return go_on; }
void Ranks::end_all(int code) { std::exit(code); }
std::string mpi_library() { return {}; }

}  // namespace organics::cli
