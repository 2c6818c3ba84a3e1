// A matrix that a sweep file gives: its rows, or the name of a text file that holds them.
#pragma once

#include <memory>
#include <vector>

#include "io/toml_section.hpp"
#include "organics/sweep.hpp"

namespace organics::io {

/// The matrices that ensembles point to; they live as long as a copy of this.
using MatrixStore = std::vector<std::shared_ptr<const std::vector<double>>>;

/// `rows = [[1, 2], [3, 4]]` or `file = "matrix.csv"`, relative to the folder of the sweep file: n x n numbers, into the
/// store (column-major). A file has a row a line, its numbers apart by commas or semicolons, or else by blanks; what
/// follows a # is not read. Throws InvalidArgument as Section does.
const double* read_given_matrix(Section& section, int n, Values values, MatrixStore& store);

}  // namespace organics::io
