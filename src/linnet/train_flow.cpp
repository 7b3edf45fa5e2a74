#include "linnet/train.hpp"
