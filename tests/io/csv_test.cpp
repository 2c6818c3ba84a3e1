// CSV: quoting, every bit of a number, and the table of trajectories.
#include "io/csv.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <sstream>

namespace organics::io {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

CircuitResult circuit_of(int n, std::size_t m, std::vector<double> times, std::vector<double> states) {
  CircuitResult result;
  result.n = n;
  Trajectory& t = result.trajectory.emplace();
  t.m = m;
  t.times = std::move(times);
  t.states = std::move(states);
  t.final_state = std::vector<double>(m, 9);
  t.time_reached = 9;
  return result;
}

TEST(Csv, QuotesWhatNeedsIt) {
  CsvText csv;
  for (const char* text : {"plain", "a,b", "say \"x\"", "two\nlines", ""}) csv.cell(std::string_view(text));
  csv.end_row();
  EXPECT_EQ(csv.text(), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\n");
}

TEST(Csv, NumbersReadBackToTheSameBits) {
  std::vector<double> numbers = {0.1, -0.0, 1e300, 5e-324, 1, 123456789.123456789};
  std::uint64_t bits = 88172645463325252U;
  for (int i = 0; i < 2000; ++i) {
    bits ^= bits << 13U;
    bits ^= bits >> 7U;
    bits ^= bits << 17U;
    const auto x = std::bit_cast<double>(bits);
    if (x - x == 0) numbers.push_back(x);
  }
  for (const double x : numbers) {
    CsvText csv;
    csv.cell(x);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(std::strtod(csv.text().c_str(), nullptr)), std::bit_cast<std::uint64_t>(x));
  }
  CsvText csv;
  csv.cell(none);
  csv.cell(std::size_t{7});
  EXPECT_EQ(csv.text(), ",7");
}

TEST(Csv, HasARowForEveryTimeThatWasReached) {
  auto ended = circuit_of(1, 2, {0, 0.5, 10}, {1, 2, 3, 4, none, none});
  ended.name = "ended, early";
  EXPECT_EQ(trajectories_csv({ended}),
            "circuit,name,time,y[0],a[0]\n0,\"ended, early\",0,1,2\n0,\"ended, early\",0.5,3,4\n");
  ended.trajectory->ended_by = "y[0]>8";
  EXPECT_EQ(trajectories_csv({ended}),
            "circuit,name,time,y[0],a[0]\n0,\"ended, early\",0,1,2\n0,\"ended, early\",0.5,3,4\n"
            "0,\"ended, early\",9,9,9\n")
      << "the event is the last row";
  ended.trajectory->time_reached = 0.5;
  EXPECT_EQ(trajectories_csv({ended}),
            "circuit,name,time,y[0],a[0]\n0,\"ended, early\",0,1,2\n0,\"ended, early\",0.5,3,4\n")
      << "unless it is there already";
}

TEST(Csv, CircuitsOfDifferentSizeShareTheColumns) {
  const auto small = circuit_of(1, 2, {0}, {1, 2});
  const auto large = circuit_of(2, 4, {1}, {1, 2, 3, 4});
  const auto gated = circuit_of(1, 4, {2}, {1, 2, 3, 4});
  EXPECT_EQ(trajectories_csv({small, large, gated}),
            "circuit,name,time,y[0],y[1],a[0],a[1],b0[0],b1[0]\n"
            "0,,0,1,,2,,,\n"
            "1,,1,1,2,3,4,,\n"
            "2,,2,1,,2,,3,4\n");
}

TEST(Csv, NoCircuitsIsAHeader) { EXPECT_EQ(trajectories_csv({}), "circuit,name,time\n"); }

}  // namespace
}  // namespace organics::io
