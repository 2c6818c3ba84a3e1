// The [grid] of a sweep file: keys of [ensemble] with the values that they take in turn. docs/sweeps.md lists the forms.
#pragma once

#include <toml++/toml.h>

#include <string>
#include <vector>

#include "io/sweep_file.hpp"

namespace organics::io {

/// The axes of `grid`, in alphabetical order of their keys. Throws InvalidArgument as Section does.
std::vector<GridAxis> read_grid(const std::string& file, const toml::table& grid);

/// The ensemble at every point of the grid, the last axis running fastest; its matrices go to the store. `ensemble`: the
/// table, null where there is none.
std::vector<Ensemble> grid_cells(const std::string& file, const toml::table* ensemble,
                                 const std::vector<GridAxis>& axes, MatrixStore& store);

}  // namespace organics::io
