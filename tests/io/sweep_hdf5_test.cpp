// organics sweep --hdf5: the file holds what the JSON report says, under dimensions with their labels.
#include <nlohmann/json.hpp>

#include "io/hdf5_file.hpp"
#include "program_run.hpp"

#ifdef ORGANICS_HAS_HDF5
#include <hdf5.h>
#include <hdf5_hl.h>
#endif

namespace organics {
namespace {

using json = nlohmann::ordered_json;  // in the order of the report

class ProgramHdf5 : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  std::string sweep =
      folder.write("s.toml", "[sweep]\ncircuits = 300\nseed = 5\n[ensemble]\nn = 1\nz = { norm = 2 }\n");
};

#ifdef ORGANICS_HAS_HDF5

/// What the tests need of a file.
class Reader {
 public:
  explicit Reader(const std::string& path) : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)) {
    EXPECT_GE(file_, 0) << path;
  }
  ~Reader() { H5Fclose(file_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::vector<hsize_t> shape(const std::string& name) const {
    int rank = 0;
    EXPECT_GE(H5LTget_dataset_ndims(file_, name.c_str(), &rank), 0) << name;
    std::vector<hsize_t> dimensions(static_cast<std::size_t>(rank));
    EXPECT_GE(H5LTget_dataset_info(file_, name.c_str(), dimensions.data(), nullptr, nullptr), 0);
    return dimensions;
  }
  std::vector<double> numbers(const std::string& name) const {
    hsize_t count = 1;
    for (const hsize_t size : shape(name)) count *= size;
    std::vector<double> values(count);
    EXPECT_GE(H5LTread_dataset_double(file_, name.c_str(), values.data()), 0) << name;
    return values;
  }
  std::string text(const std::string& attribute) const {
    char* value = nullptr;
    EXPECT_GE(H5LTget_attribute_string(file_, "/", attribute.c_str(), reinterpret_cast<char*>(&value)), 0) << attribute;
    std::string copy = value == nullptr ? "" : value;
    H5free_memory(value);
    return copy;
  }
  /// The label of a dimension of an array.
  std::string dimension(const std::string& name, unsigned index) const {
    const hid_t dataset = H5Dopen2(file_, name.c_str(), H5P_DEFAULT);
    std::string label;
    const auto visit = [](hid_t, unsigned, hid_t scale, void* to) -> herr_t {
      char found[64] = "";
      H5DSget_scale_name(scale, found, sizeof found);
      *static_cast<std::string*>(to) = found;
      return 1;
    };
    H5DSiterate_scales(dataset, index, nullptr, visit, &label);
    H5Dclose(dataset);
    return label;
  }

 private:
  hid_t file_;
};

std::vector<double> values_of(const json& object) {
  std::vector<double> values;
  for (const json& value : object) values.push_back(value.is_null() ? std::nan("") : value.get<double>());
  return values;
}

TEST_F(ProgramHdf5, HoldsWhatTheReportSays) {
  const std::string path = folder.path("s.h5");
  const ProgramRun run = run_program("sweep --json --certify '" + sweep + "' --hdf5 '" + path + "'");
  ASSERT_EQ(run.code, 0) << run.err;
  const json report = json::parse(run.out);
  const Reader file(path);
  EXPECT_EQ(file.numbers("verdicts"), values_of(report["verdicts"]));
  EXPECT_EQ(file.numbers("statuses"), values_of(report["statuses"]));
  EXPECT_EQ(file.numbers("rungs"), values_of(report["rungs"]));
  EXPECT_EQ(file.numbers("histogram"), values_of(report["histogram"]["bins"]));
  EXPECT_EQ(file.numbers("abscissa_max")[0], report["abscissa_max"]);
  EXPECT_EQ(file.numbers("proven")[0], report["certificates"]["proven"]);
  EXPECT_EQ(file.numbers("circuits")[0], 300);
  EXPECT_EQ(file.shape("quantiles"), (std::vector<hsize_t>{1, 6, 7}));
  EXPECT_EQ(file.numbers("quantiles")[3], report["distributions"]["abscissa"]["quantiles"]["0.5"]);
  const std::vector<double> numbers = file.numbers("distributions/state_norm/number");
  const std::vector<double> circuits = file.numbers("distributions/state_norm/circuits");
  const std::vector<double> widths = file.numbers("distributions/state_norm/width");
  for (std::size_t k = 0; k + 1 < numbers.size(); ++k) EXPECT_EQ(numbers[k] + widths[k], numbers[k + 1]);
  std::size_t at = 0;
  for (const json& bin : report["distributions"]["state_norm"]["bins"]) {
    while (circuits[at] == 0) ++at;
    EXPECT_EQ(numbers[at], bin[0]);
    EXPECT_EQ(circuits[at++], bin[1]);
  }
  const std::vector<double> worst = file.numbers("worst_index");
  const std::vector<double> unsettled = file.numbers("unsettled_index");
  ASSERT_EQ(worst.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(worst[i], report["worst"][i]["index"]);
    EXPECT_EQ(unsettled[i], report["unsettled"][i]["index"]);
  }
  EXPECT_EQ(file.dimension("verdicts", 0), "cell");
  EXPECT_EQ(file.dimension("verdicts", 1), "verdict");
  EXPECT_EQ(file.dimension("quantiles", 2), "share");
  const std::string specification = file.text("specification");
  EXPECT_NE(specification.find("ensemble.z"), std::string::npos) << specification;
  EXPECT_EQ(file.text("executor"), report["executor"].get<std::string>());
}

TEST_F(ProgramHdf5, HoldsEveryPointOfAGrid) {
  const std::string grid = folder.write(
      "g.toml", "[sweep]\ncircuits = 40\n[ensemble]\nn = 2\n[grid]\nsigma = [0.1, 0.5]\nWr.norm = [0.5, 1, 2]\n");
  const std::string path = folder.path("g.h5");
  const ProgramRun run = run_program("sweep --json '" + grid + "' --hdf5 '" + path + "'");
  ASSERT_EQ(run.code, 0) << run.err;
  const json cells = json::parse(run.out)["cells"];
  const Reader file(path);
  EXPECT_EQ(file.shape("verdicts"), (std::vector<hsize_t>{6, 4}));
  const std::vector<double> verdicts = file.numbers("verdicts");
  for (std::size_t cell = 0; cell < 6; ++cell) {
    EXPECT_EQ(verdicts[4 * cell], cells[cell]["verdicts"]["stable"]);
    EXPECT_EQ(file.numbers("Wr.norm")[cell], cells[cell]["at"][0]);
    EXPECT_EQ(file.numbers("sigma")[cell], cells[cell]["at"][1]);
    EXPECT_EQ(file.numbers("abscissa_max")[cell], cells[cell]["abscissa_max"]);
  }
  EXPECT_EQ(file.text("coordinates"), "Wr.norm sigma");
  // the specification is a sweep file: it makes the same sweep
  const std::string again = folder.write("again.toml", file.text("specification"));
  const ProgramRun same = run_program("sweep --json '" + again + "' --circuits 40");
  ASSERT_EQ(same.code, 0) << same.err;
  EXPECT_EQ(json::parse(same.out)["cells"], cells);
}

TEST_F(ProgramHdf5, SaysBeforeItWorksThatItCannotWrite) {
  const ProgramRun run = run_program("sweep '" + sweep + "' --circuits 1000000000000 --hdf5 /nowhere/s.h5");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("/nowhere/s.h5"), std::string::npos) << run.err;
}

TEST_F(ProgramHdf5, AFullDiskLosesTheFileAndNotTheReport) {
  const ProgramRun run = run_program("sweep --json '" + sweep + "' --hdf5 /dev/full");
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.err.find("/dev/full"), std::string::npos) << run.err;
  EXPECT_EQ(json::parse(run.out)["circuits"], 300);
}

TEST_F(ProgramHdf5, VerdictsAloneHaveNoAbscissae) {
  const std::string path = folder.path("v.h5");
  ASSERT_EQ(run_program("sweep '" + sweep + "' --verdict-only --hdf5 '" + path + "'").code, 0);
  const Reader file(path);
  EXPECT_EQ(file.shape("verdicts"), (std::vector<hsize_t>{1, 4}));
  EXPECT_EQ(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), 0);
  const hid_t whole = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
  EXPECT_EQ(H5Lexists(whole, "histogram", H5P_DEFAULT), 0);
  EXPECT_EQ(H5Lexists(whole, "worst_index", H5P_DEFAULT), 0);
  EXPECT_GT(H5Lexists(whole, "unsettled_index", H5P_DEFAULT), 0);
  H5Fclose(whole);
}

#else

TEST_F(ProgramHdf5, IsRefusedWhereItIsNotBuiltIn) {
  const ProgramRun run = run_program("sweep '" + sweep + "' --hdf5 s.h5");
  EXPECT_EQ(run.code, 2);
  EXPECT_NE(run.err.find("built without HDF5"), std::string::npos) << run.err;
}

#endif

}  // namespace
}  // namespace organics
