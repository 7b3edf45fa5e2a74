#include "linnet/perceptron/accuracy.hpp"

namespace linnet {

double accuracy(const Matrix& outputs, const Matrix& targets) {
  Index right = 0;
  for (Index i = 0; i < outputs.cols(); ++i) {
    if (outputs.rows() == 1) {
      right += (outputs(0, i) > 0) == (targets(0, i) > 0) ? 1 : 0;
      continue;
    }
    Index found = 0;
    Index wanted = 0;
    outputs.col(i).maxCoeff(&found);
    targets.col(i).maxCoeff(&wanted);
    right += found == wanted ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(outputs.cols());
}

}  // namespace linnet
