// The checkpoint of a sweep: what is written is what is read, and what is not whole or not the same is refused.
#include "io/sweep_checkpoint.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "organics/error.hpp"

namespace organics::io {
namespace {

SweepFile small_sweep() {
  SweepFile file =
      parse_sweep("s.toml", "ensemble.n = 2\nensemble.b0 = [0.1, 0.3]\nhistogram.bins = 7\nsweep.worst = 4\n");
  file.options.seed = 0xfedcba9876543210U;
  file.options.certify = true;
  file.options.circuits = 300;
  return file;
}

/// With these circuits of 0 to 999 done.
SweepCheckpoint made(SweepFile file, IndexRange range) {
  file.options.first = range.first;
  file.options.circuits = range.circuits;
  SweepCheckpoint checkpoint{"1.2.3", "cpu", file, {0, 1000}, {}};
  sweep(Cpu{1}, file.ensemble, file.options, checkpoint.state);
  return checkpoint;
}

std::string refusal(const std::string& text) {
  try {
    parse_checkpoint("c.sweep", text);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

TEST(SweepCheckpoint, ReadsWhatItWrote) {
  const SweepCheckpoint checkpoint = made(small_sweep(), {40, 300});
  const std::string text = checkpoint_text(checkpoint);
  const SweepCheckpoint again = parse_checkpoint("c.sweep", text);
  EXPECT_EQ(checkpoint_text(again), text);
  EXPECT_EQ(again.file.options.seed, 0xfedcba9876543210U);
  EXPECT_EQ(again.state.done, (std::vector<IndexRange>{{40, 300}}));
  EXPECT_EQ(again.file.options.first, 40);
  EXPECT_EQ(again.file.options.circuits, 300);
  EXPECT_EQ(again.whole, (IndexRange{0, 1000}));
  EXPECT_EQ(again.state.results.worst.size(), 4U);
  EXPECT_EQ(again.state.results.marginal.size(), 4U);
  for (std::size_t i = 0; i < again.state.results.digests.size(); ++i) {
    EXPECT_EQ(again.state.results.digests[i], checkpoint.state.results.digests[i]);
    EXPECT_GT(again.state.results.digests[i].total(), 0);
  }
  EXPECT_EQ(again.state.results.abscissa_max, checkpoint.state.results.abscissa_max);
  EXPECT_EQ(again.state.results.proven, checkpoint.state.results.proven);
}

TEST(SweepCheckpoint, NothingButTheWholeTextIsRead) {
  const std::string text = checkpoint_text(made(small_sweep(), {0, 20}));
  ASSERT_EQ(refusal(text), "");
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_NE(refusal(text.substr(0, size)).find("c.sweep: "), std::string::npos) << size;
  }
  for (const char* number : {"\"circuits\":20", "[[0,20]]"}) {
    std::string altered = text;
    altered[altered.find("20", altered.find(number))] = '3';
    EXPECT_NE(refusal(altered).find("check sum"), std::string::npos) << altered;
  }
}

TEST(SweepCheckpoint, DistributionsMustBePossible) {
  const SweepCheckpoint good = made(small_sweep(), {0, 20});
  ASSERT_EQ(refusal(checkpoint_text(good)), "");
  for (std::size_t i = 0; i < good.state.results.digests.size(); ++i) {
    for (const int change : {0, 1, 2, 3}) {
      SweepCheckpoint bad = good;
      Digest& digest = bad.state.results.digests[i];
      if (change == 0) ++digest.counts[0];
      if (change == 1) digest.first = -1;
      if (change == 2) digest.first = 1000000000;
      if (change == 3) digest.counts.insert(digest.counts.begin() + 1, {-1, 1});
      EXPECT_NE(refusal(checkpoint_text(bad)).find("its counts do not add up"), std::string::npos) << i << change;
    }
  }
}

TEST(SweepCheckpoint, RangesMustBePossible) {
  SweepCheckpoint checkpoint = made(small_sweep(), {0, 20});
  const auto with = [&](std::vector<IndexRange> done) {
    checkpoint.state.done = std::move(done);
    return refusal(checkpoint_text(checkpoint));
  };
  ASSERT_EQ(with({{0, 5}, {6, 15}}), "");
  for (const std::vector<IndexRange>& done : std::vector<std::vector<IndexRange>>{
           {{0, 5}, {5, 15}}, {{0, 5}, {4, 15}}, {{10, 5}, {0, 15}}, {{0, 20}, {30, 0}}, {{0, 21}}, {{0, 19}}}) {
    EXPECT_NE(with(done).find("its counts do not add up"), std::string::npos) << done.front().circuits;
  }
  EXPECT_NE(with({{-5, 20}}).find("cannot be"), std::string::npos);
  EXPECT_NE(with({{0, -20}, {50, 40}}).find("cannot be"), std::string::npos);
  EXPECT_NE(with({{0x7fffffffffffffff - 10, 20}}).find("cannot be"), std::string::npos);
}

TEST(SweepCheckpoint, EveryKeyOfTheSpecificationCounts) {
  const SweepCheckpoint wanted{"1", "cpu", small_sweep(), {0, 300}, {}};
  const auto refused = [&](const SweepCheckpoint& saved) -> std::string {
    try {
      require_same_sweep("c.sweep", saved, wanted);
    } catch (const InvalidArgument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refused(wanted), "");
  SweepCheckpoint other = wanted;
  other.file.options.circuits = 7;
  other.file.options.first = 8;
  other.file.options.chunk = 9;
  other.file.stop.seconds = 3;
  other.whole = {0, 15};
  EXPECT_EQ(refused(other), "") << "a sweep may be cut and extended";
  const auto expect_refused = [&](auto&& change, const std::string& what) {
    SweepCheckpoint changed = wanted;
    change(changed);
    EXPECT_NE(refused(changed).find(what), std::string::npos) << refused(changed);
  };
  expect_refused([](SweepCheckpoint& c) { c.version = "2"; }, "it has version = 2, this one version = 1");
  expect_refused([](SweepCheckpoint& c) { c.executor = "cuda"; }, "executor");
  expect_refused([](SweepCheckpoint& c) { c.file.options.seed = 3; }, "sweep.seed");
  expect_refused([](SweepCheckpoint& c) { c.file.options.certify = false; }, "sweep.certify");
  expect_refused([](SweepCheckpoint& c) { c.file.options.verdict_only = true; }, "sweep.verdict_only");
  expect_refused([](SweepCheckpoint& c) { c.file.options.steady_state.cycle_steps = 1; }, "steady_state.cycle_steps");
  expect_refused([](SweepCheckpoint& c) { c.file.options.precision = Precision::float32; }, "sweep.precision");
  expect_refused([](SweepCheckpoint& c) { c.file.options.precision = Precision::mixed; }, "sweep.precision");
  expect_refused([](SweepCheckpoint& c) { c.file.options.worst = 3; }, "sweep.worst");
  expect_refused([](SweepCheckpoint& c) { c.file.options.histogram.upper = 1; }, "histogram.upper");
  expect_refused([](SweepCheckpoint& c) { c.file.options.steady_state.max_steps = 1; }, "steady_state.max_steps");
  expect_refused([](SweepCheckpoint& c) { c.file.ensemble.b0.upper = std::nextafter(0.3, 1.0); }, "ensemble.b0");
  expect_refused([](SweepCheckpoint& c) { c.file.ensemble.Wr_norm = 2; }, "ensemble.Wr.norm");
  expect_refused([](SweepCheckpoint& c) { c.file.ensemble.model = ModelKind::rectified; }, "ensemble.model");
}

TEST(SweepCheckpoint, TheSweepFileItHoldsReadsAsTheSame) {
  SweepFile file = small_sweep();
  file.ensemble.tau_y = 1.0 / 3;
  file.ensemble.z_norm = 1e20;
  file.ensemble.b0 = {-0.0, 0.5};
  file.options.histogram.upper = -0.0;
  const auto lines = sweep_file_lines(file);
  EXPECT_EQ(sweep_file_lines(parse_sweep("s.toml", sweep_file_text(file))), lines);
  EXPECT_EQ(sweep_file_lines(parse_sweep("s.toml", "")), sweep_file_lines(SweepFile{}));
}

}  // namespace
}  // namespace organics::io
