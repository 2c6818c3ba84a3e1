#define ORGANICS_EIGEN_EXTERN
#include "support/eigen.hpp"
