#include "cli/plot.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <vector>

#include "cli/child.hpp"
#include "cli/options.hpp"
#include "io/atomic_file.hpp"
#include "organics/error.hpp"

namespace organics::cli {
namespace {

/// The Python that has Matplotlib.
std::string interpreter() {
  const char* chosen = std::getenv("ORGANICS_PYTHON");
  return chosen != nullptr && *chosen != '\0' ? chosen : "python3";
}

/// Beside the program, where it was installed, or in the build tree.
std::string plotting_script() {
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::filesystem::path installed = here / ORGANICS_DATA_FROM_PROGRAM / "plot_sweep.py";
  const std::filesystem::path built = here / "share/organics/plot_sweep.py";
  for (const std::filesystem::path& place : {installed, built}) {
    if (std::filesystem::exists(place)) return place.string();
  }
  throw std::runtime_error(
      fmt::format("--plot: plot_sweep.py is missing, expected it in {}, where it is installed with "
                  "the program",
                  installed.parent_path().lexically_normal().string()));
}

}  // namespace

void add_plot_options(CLI::App& sub, Plot& plot) {
  sub.add_option("--plot", plot.file,
                 "draw the report (.svg, .png or .pdf); needs Python 3 with Matplotlib, ORGANICS_PYTHON names it")
      ->type_name("FILE")
      ->check(not_empty());
  sub.add_flag("--distributions", plot.distributions,
               "in that picture every distribution: abscissa, frequency, damping ratio, norm, iterations, ...");
}

void require_plot(const Plot& plot, std::size_t axes) {
  const std::string& path = plot.file;
  if (path.empty()) {
    if (plot.distributions) throw InvalidArgument("--distributions: given, expected --plot beside it");
    return;
  }
  if (!path.ends_with(".svg") && !path.ends_with(".png") && !path.ends_with(".pdf")) {
    throw InvalidArgument(fmt::format("--plot: {}, expected a name that ends in .svg, .png or .pdf", path));
  }
  if (axes > 2) throw InvalidArgument(fmt::format("--plot: a grid with {} axes, expected one or two", axes));
  if (plot.distributions && axes > 0) {
    throw InvalidArgument("--distributions: given with a grid, expected a single sweep");
  }
  const io::AtomicFile writable(path);  // else it says why now
  plotting_script();
  const ChildOutcome child = run_child({interpreter(), "-c", "import matplotlib"}, "");
  if (child.code == 0) return;
  throw std::runtime_error(
      fmt::format("--plot: {} has no Matplotlib or cannot be run ({}), expected Python 3 with it: apt-get install "
                  "python3-matplotlib, or pip install matplotlib; ORGANICS_PYTHON names another Python",
                  interpreter(), child.said));
}

void draw_plot(const Plot& plot, const std::string& json) {
  const std::string& path = plot.file;
  if (path.empty()) return;
  const std::string picture = path.starts_with('-') ? "./" + path : path;  // not an option of the script's
  std::vector<std::string> words = {interpreter(), plotting_script(), "-", picture};
  if (plot.distributions) words.push_back("--distributions");
  const ChildOutcome child = run_child(words, json);
  if (child.code != 0) throw std::runtime_error(fmt::format("--plot: {} is not drawn ({})", path, child.said));
}

}  // namespace organics::cli
