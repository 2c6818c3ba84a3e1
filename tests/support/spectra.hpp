// Spectra as sets of complex numbers: by Eigen, and how far two of them are apart.
#pragma once

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <complex>
#include <limits>
#include <utility>
#include <vector>

namespace organics::test {

using Spectrum = std::vector<std::complex<double>>;

inline Spectrum eigen_spectrum(const Eigen::MatrixXd& matrix) {
  const Eigen::VectorXcd values = Eigen::EigenSolver<Eigen::MatrixXd>(matrix, false).eigenvalues();
  return {values.begin(), values.end()};
}

inline double largest_modulus(const Spectrum& spectrum) {
  double largest = 0;
  for (const auto& value : spectrum) largest = std::max(largest, std::abs(value));
  return largest;
}

inline double abscissa_of(const Spectrum& spectrum) {
  double largest = -std::numeric_limits<double>::infinity();
  for (const auto& value : spectrum) largest = std::max(largest, value.real());
  return largest;
}

/// Largest distance in a one-to-one matching of two spectra (closest pairs first); infinite when the sizes differ.
inline double spectral_distance(const Spectrum& a, const Spectrum& b) {
  if (a.size() != b.size()) return std::numeric_limits<double>::infinity();
  std::vector<std::pair<double, std::pair<std::size_t, std::size_t>>> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) pairs.push_back({std::abs(a[i] - b[j]), {i, j}});
  }
  std::sort(pairs.begin(), pairs.end());
  std::vector<bool> used_a(a.size());
  std::vector<bool> used_b(b.size());
  double largest = 0;
  for (const auto& [distance, pair] : pairs) {
    if (used_a[pair.first] || used_b[pair.second] || !(distance == distance)) continue;
    used_a[pair.first] = true;
    used_b[pair.second] = true;
    largest = std::max(largest, distance);
  }
  const bool complete = std::find(used_a.begin(), used_a.end(), false) == used_a.end();
  return complete ? largest : std::numeric_limits<double>::infinity();
}

/// Smallest distance between two members: small when an eigenvalue is nearly repeated.
inline double smallest_gap(const Spectrum& spectrum) {
  double gap = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < spectrum.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) gap = std::min(gap, std::abs(spectrum[i] - spectrum[j]));
  }
  return gap;
}

}  // namespace organics::test
