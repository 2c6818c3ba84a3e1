// Who integrates: the library with the methods that could win, and the peers that were found.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "integrate_peer.hpp"
#include "support.hpp"

namespace organics::bench {

struct Contender {
  std::string library;  // "organics", "Boost.odeint", ...
  std::string use;      // "at its best", "as users write it"; of ours "as it comes"
  std::string method;
  bool adaptive;      // else with steps of one size
  Method operations;  // the method whose operations its steps are counted as, where there is a count
  std::function<IntegrateCounts(const DrawnBatch&, const IntegrateTask&, double* states)> run;

  std::string name() const { return library + ", " + method + ", " + use; }
};

/// On one core. Ours come first, and Dormand and Prince first of all: to it the others are compared.
std::vector<Contender> contenders();

/// "Boost 1.74", ...: the peers that this program was built with.
std::vector<std::string> peer_versions();

/// One of ours: a method of the library on one core.
IntegrateCounts integrate_ours(Method method, const DrawnBatch& batch, const IntegrateTask& task, double* states);

}  // namespace organics::bench
