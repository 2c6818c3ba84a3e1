// organics info: what this build can do on this machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/ranks.hpp"
#include "cli/version.hpp"
#include "io/hdf5_file.hpp"
#include "organics/organics.hpp"

namespace organics::cli {
namespace {

/// The CUDA devices, or why there are none.
struct Devices {
  std::vector<std::string> usable;
  std::string why_none;
};

Devices find_devices() {
  Devices devices;
  try {
    for (int i = 0; i < cuda_device_count(); ++i) devices.usable.push_back(describe(Cuda{.device = i}));
    if (devices.usable.empty()) describe(Cuda{});  // says why
  } catch (const DeviceError& error) {
    devices.why_none = error.what();
  }
  return devices;
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (int i = 0; i < method_count; ++i) names.emplace_back(name(static_cast<Method>(i)));
  return names;
}

std::string info_json(const Executor& executor) {
  const Devices devices = find_devices();
  const IntegrateOptions defaults;
  nlohmann::ordered_json info;
  info["version"] = version;
  info["executor"] = describe(executor);
  info["threads"] = thread_count({});
  info["cuda"]["built"] = cuda_built();
  info["cuda"]["devices"] = devices.usable;
  if (devices.usable.empty()) info["cuda"]["why_none"] = devices.why_none;
  info["mpi"]["built"] = !mpi_library().empty();
  if (!mpi_library().empty()) info["mpi"]["library"] = mpi_library();
  info["hdf5"]["built"] = io::has_hdf5();
  info["methods"] = method_names();
  info["default_method"] = name(defaults.method);
  info["default_rtol"] = defaults.rtol;
  info["default_atol"] = defaults.atol;
  return info.dump(2) + "\n";
}

std::string info_text(const Executor& executor) {
  const Devices devices = find_devices();
  const IntegrateOptions defaults;
  std::string text = fmt::format("organics {}\n\n", version);
  text += fmt::format("executor   {}\n", describe(executor));
  text += fmt::format("threads    {} by default\n", thread_count({}));
  text += fmt::format("MPI        {}\n", mpi_library().empty() ? "not built in" : mpi_library());
  text += fmt::format("HDF5       {}\n", io::has_hdf5() ? "built in" : "not built in");
  text += fmt::format("CUDA       {}\n", cuda_built() ? "built in" : "not built in");
  for (const std::string& device : devices.usable) text += fmt::format("device     {}\n", device);
  if (devices.usable.empty()) text += fmt::format("device     no CUDA device: {}\n", devices.why_none);
  text += fmt::format("methods    {}\n", fmt::join(method_names(), ", "));
  text += fmt::format("default    {}, rtol {}, atol {}\n", name(defaults.method), defaults.rtol, defaults.atol);
  return text;
}

int run(const CommonOptions& options) {
  const Executor executor = make_executor(options);
  print(options.json ? info_json(executor) : info_text(executor));
  return exit_ok;
}

}  // namespace

void add_info(CLI::App& app, Action& action) {
  const auto options = std::make_shared<CommonOptions>();
  CLI::App* sub = app.add_subcommand("info", "Version, devices, threads and methods");
  add_common_options(*sub, *options);
  sub->footer("Example:\n  organics info");
  sub->callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace organics::cli
