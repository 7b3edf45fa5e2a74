#include "linnet/solvers/gradient_flow.hpp"
