// Eigen, with the decompositions that many tests use as oracles compiled once a program (eigen.cpp): they cost more to
// compile than what is tested. For the precompiled header; tests include what they use of Eigen as ever.
#pragma once

#include <Eigen/Dense>

#ifndef ORGANICS_EIGEN_EXTERN
#define ORGANICS_EIGEN_EXTERN extern
#endif

ORGANICS_EIGEN_EXTERN template class Eigen::EigenSolver<Eigen::MatrixXd>;
ORGANICS_EIGEN_EXTERN template Eigen::EigenSolver<Eigen::MatrixXd>&
Eigen::EigenSolver<Eigen::MatrixXd>::compute<Eigen::MatrixXd>(const Eigen::EigenBase<Eigen::MatrixXd>&, bool);
ORGANICS_EIGEN_EXTERN template class Eigen::JacobiSVD<Eigen::MatrixXd>;
ORGANICS_EIGEN_EXTERN template class Eigen::JacobiSVD<Eigen::MatrixXcd>;
ORGANICS_EIGEN_EXTERN template class Eigen::PartialPivLU<Eigen::MatrixXd>;
ORGANICS_EIGEN_EXTERN template class Eigen::PartialPivLU<Eigen::MatrixXcd>;
