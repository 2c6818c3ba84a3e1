// Everything public, in one include.
#pragma once

#include "organics/batch.hpp"
#include "organics/circuits.hpp"
#include "organics/equilibria.hpp"
#include "organics/error.hpp"
#include "organics/executor.hpp"
#include "organics/hunt.hpp"
#include "organics/integrate.hpp"
#include "organics/noise.hpp"
#include "organics/sensitivity.hpp"
#include "organics/spectra.hpp"
#include "organics/stability.hpp"
#include "organics/steady_state.hpp"
#include "organics/sweep.hpp"
#include "organics/theory.hpp"
#include "organics/wilson.hpp"
