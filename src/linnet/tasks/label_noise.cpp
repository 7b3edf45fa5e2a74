#include "linnet/tasks/label_noise.hpp"

#include "linnet/linalg/named_stream.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet {

const Matrix& LabelNoise::draw(Shape shape, Index step) {
  const linalg::RandomKey key{
      .seed = seed_, .point = static_cast<std::uint32_t>(step), .stream = linalg::named_stream("label_noise")};
  noise_ = linalg::normal_matrix(shape.outputs, shape.inputs, deviation_, key);
  return noise_;
}

const Samples& LabelNoise::on(const Samples& samples, Index step) {
  noisy_ = samples;
  noisy_.targets += draw(shape_of(samples.targets), step);
  return noisy_;
}

}  // namespace linnet
