// Where the weights of a circuit lie while it is marched, and who computes what they multiply: policies of the right-hand
// side (model.hpp).
//
// A policy has
//   void hold(const Team& team, Circuit& p, bool same);   // begins with p; same: with the weights of the one before
//   void sums(team, p, rate, drive, pooled, pool) const;
//     // drive(i, sum_j Wr_ij rate(j)) and pool(i, sum_j W_ij pooled(j)) for this lane's rows i, j added in order
// so that every policy gives the same bits. Team contract: as in team.hpp; sums() has no closing sync, and its caller syncs
// before it calls again.
#pragma once

#include "organics/core/row_sums.hpp"

namespace organics::core {

/// In memory, as `layout` says. Every lane computes what it multiplies: for teams of one, and where nothing is shared.
template <MatrixLayout layout = MatrixLayout::columns>
struct WeightsInPlace {
  mutable bool turned = false;  ///< which matrix comes first; changes no bit

  template <class Team, class P>
  ORGANICS_FN static void hold(const Team& /*team*/, const P& /*circuit*/, bool /*same*/) {}

  template <class Team, class P, class Rate, class Drive, class Pooled, class Pool>
  ORGANICS_INLINED_FN void sums(const Team& team, const P& p, Rate&& rate, Drive&& drive, Pooled&& pooled,
                                Pool&& pool) const {
    both_row_sums<layout>(team, p.Wr, p.W, p.n, rate, drive, pooled, pool, turned);
  }
};

/// What one neuron adds to the sums of all: its weights' factors in Wr and in W. A machine loads both at once.
template <class T>
struct alignas(2 * sizeof(T)) Term {
  T rate;
  T pooled;
};

/// In memory by columns. The terms are computed once, by their owners, and read by all.
template <class T>
struct SharedTerms {
  Term<T>* terms;         ///< shared by the team
  const T* Wr = nullptr;  ///< weights of all circuits in nearer memory than theirs; null: there are none
  const T* W = nullptr;

  ORGANICS_FN static constexpr int terms_for(int n) { return n; }

  template <class Team, class P>
  ORGANICS_FN void hold(const Team& /*team*/, P& p, bool /*same*/) const {
    if (Wr == nullptr) return;
    p.Wr = Wr;
    p.W = W;
  }

  template <class Team, class P, class Rate, class Drive, class Pooled, class Pool>
  ORGANICS_FN void sums(const Team& team, const P& p, Rate&& rate, Drive&& drive, Pooled&& pooled, Pool&& pool) const {
    for_each_own(team, p.n, [&](int j) { terms[j] = {rate(j), pooled(j)}; });
    team.sync();
    row_sums(
        team, p.Wr, p.n, 0, [&](int j) { return terms[j].rate; }, drive);
    row_sums(
        team, p.W, p.n, 0, [&](int j) { return terms[j].pooled; }, pool);
  }
};

/// Row i of both matrices with lane i, in its registers, for teams of `width` lanes and n <= width. Weights and terms
/// beyond n are 0, so that loops have a length that the compiler knows: no sum that began with 0 changes by adding 0.
template <class T, int width>
struct HeldRows {
  Term<T>* terms;  ///< shared by the team
  T Wr[width] = {};
  T W[width] = {};

  ORGANICS_FN static constexpr int terms_for(int /*n*/) { return width; }

  template <class Team, class P>
  ORGANICS_FN void hold(const Team& team, const P& p, bool same) {
    if (same) return;
    const int i = team.rank();
    for (int j = 0; j < width; ++j) {
      const bool there = i < p.n && j < p.n;
      Wr[j] = there ? p.Wr[i + j * p.n] : T(0);
      W[j] = there ? p.W[i + j * p.n] : T(0);
    }
  }

  template <class Team, class P, class Rate, class Drive, class Pooled, class Pool>
  ORGANICS_FN void sums(const Team& team, const P& p, Rate&& rate, Drive&& drive, Pooled&& pooled, Pool&& pool) const {
    const int i = team.rank();
    const bool is_neuron = i < p.n;
    terms[i] = is_neuron ? Term<T>{rate(i), pooled(i)} : Term<T>{T(0), T(0)};
    team.sync();
    T of_drive = T(0);
    T of_pool = T(0);
    for (int j = 0; j < width; ++j) {
      const Term<T> term = terms[j];
      of_drive += Wr[j] * term.rate;
      of_pool += W[j] * term.pooled;
    }
    if (!is_neuron) return;
    drive(i, of_drive);
    pool(i, of_pool);
  }
};

}  // namespace organics::core
