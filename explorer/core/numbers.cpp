// Random problems of every kind and their numbers, for the test of agreement: a line of JSON each. Built on BLAS and
// LAPACK here; tests/agreement.test.mjs has the compiled core compute the same.
//
//     linnet_explorer_numbers COUNT [integrated]

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

#include "linnet/linalg/random.hpp"
#include "linnet/tasks/structured.hpp"
#include "scene.hpp"

namespace {

using namespace linnet;
using namespace linnet::explorer;

std::string json(double x) {
  if (std::isnan(x)) return "null";
  if (std::isinf(x)) return x > 0 ? "1e999" : "-1e999";
  char text[32];
  std::snprintf(text, sizeof text, "%.17g", x);
  return text;
}

template <class Numbers>
std::string json_list(const Numbers& numbers) {
  std::string text;
  for (const double x : numbers) text += (text.empty() ? "" : ",") + json(x);
  return "[" + text + "]";
}

std::string json(const Matrix& m) {
  std::string text;
  for (Index i = 0; i < m.rows(); ++i) text += (i == 0 ? "" : ",") + json_list(Vector(m.row(i)));
  return "[" + text + "]";
}

/// A problem as the page writes it, and as the core reads it.
struct Case {
  std::string task;
  Problem problem;
};

class Draws {
 public:
  explicit Draws(std::uint64_t k) : random_({.seed = 22, .point = static_cast<std::uint32_t>(k)}) {}
  double uniform(double low, double high) { return low + (high - low) * random_.uniform(); }
  double log_uniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }
  Index below(Index n) { return static_cast<Index>(random_.below(static_cast<std::uint64_t>(n))); }
  double sign() { return below(2) == 0 ? 1 : -1; }

 private:
  linalg::Random random_;
};

/// A problem with a closed form, or one that is integrated.
Case draw(std::uint64_t k, bool integrated) {
  Draws draws(k + (integrated ? 1'000'000 : 0));
  Case c{.task = "", .problem = {.task = neuron_task()}};
  Problem& p = c.problem;
  const Shape shape{.outputs = 2 + draws.below(6), .inputs = 2 + draws.below(6)};
  const Matrix y = linalg::normal_matrix(shape.outputs, shape.inputs, 1, {.seed = 1000 + k});
  p.task = tasks::target(y);
  c.task = R"({"kind":"target","target":)" + json(y) + "}";
  Start& s = p.start;
  s.seed = k;
  s.scale = draws.log_uniform(1e-9, 5);
  s.balance = draws.below(4) == 0 ? 0 : draws.sign() * draws.log_uniform(1e-2, 8);
  s.neurons = 1 + draws.below(shape.modes());
  if (integrated) {
    s.width = "gaussian";
    s.depth = 2 + draws.below(2);
    s.scale = draws.log_uniform(s.depth == 2 ? 1e-4 : 0.05, 1);
    s.balance = draws.uniform(-0.5, 0.5);
    s.neurons = s.depth == 2 && draws.below(2) == 0 ? s.neurons : 10 + draws.below(200);
    return c;
  }
  switch (k % 9) {
    case 0:
      break;
    case 1:
      s.width = "balanced";
      break;
    case 2:
      s.depth = 3;
      s.scale = draws.log_uniform(0.05, 1);
      s.balance = draws.uniform(-0.5, 0.5);
      break;
    case 3:
      s.width = "balanced";
      s.depth = std::array<Index, 4>{1, 3, 4, 5}[static_cast<std::size_t>(draws.below(4))];
      s.balance = 0;
      s.scale = draws.log_uniform(1e-5, 2);
      break;
    case 4:
      s.width = "balanced";
      s.depth = 3 + draws.below(3);
      s.scale = draws.log_uniform(1e-5, 2);
      break;
    case 5: {
      const tasks::LowRankPlusNoise noise{
          .dim = 6 + draws.below(10), .rank = 1 + draws.below(3), .noise = draws.uniform(0.1, 1), .seed = k};
      p.task = tasks::low_rank_plus_noise(noise);
      c.task = R"({"kind":"noise","dim":)" + std::to_string(noise.dim) + R"(,"rank":)" + std::to_string(noise.rank) +
               R"(,"noise":)" + json(noise.noise) + R"(,"seed":)" + std::to_string(k) + "}";
      break;
    }
    case 6:
      p.task = neuron_task();
      p.angle = draws.uniform(0.1, 3);
      c.task = R"({"kind":"neuron","angle":)" + json(*p.angle) + "}";
      break;
    default:
      s.width = k % 9 == 7 ? "infinite" : "balanced";
      s.balance = draws.sign() * draws.log_uniform(0.1, 8);
      p.task = tasks::reversed(p.task);
      p.reversed = true;
      c.task.insert(c.task.size() - 1, R"(,"reversed":true)");
  }
  return c;
}

void print(const Case& c) {
  const Start& s = c.problem.start;
  std::string text = R"({"problem":{"task":)" + c.task + R"(,"start":{"width":")" + s.width + R"(","neurons":)" +
                     std::to_string(s.neurons) + R"(,"depth":)" + std::to_string(s.depth) + R"(,"scale":)" +
                     json(s.scale) + R"(,"balance":)" + json(s.balance) + R"(,"seed":)" + std::to_string(s.seed) + "}}";
  Scene scene(c.problem);
  while (!scene.work(1000)) {
  }
  const Solution solution = scene.solution(9);
  const double sign = c.problem.reversed ? -1 : 1;
  const Motion& motion = scene.motion();
  text += R"(,"threshold":)" + json(motion.threshold()) + R"(,"target":)" + json_list(Vector(sign * motion.targets()));
  text += R"(,"best":)" + (solution.best ? json(solution.best->test_error) : "null");
  text += R"(,"learningTimes":)" + json_list(solution.learning_times);
  std::vector<double> times{0};
  for (std::size_t i = 0; i < solution.times.size(); i += std::max<std::size_t>(1, solution.times.size() / 8)) {
    times.push_back(solution.times[i]);
  }
  times.push_back(HUGE_VAL);
  text += R"(,"moments":[)";
  for (const double t : times) {
    const Values v = motion.at(t);
    const Picture picture = motion.picture(t);
    if (t > 0) text += ",";
    text += R"({"time":)" + json(t) + R"(,"modes":)" + json_list(Vector(sign * v.modes)) + R"(,"loss":)" +
            json(v.loss) + R"(,"testError":)" + json(v.test_error) + R"(,"kernelDistance":)" + json(v.kernel_distance) +
            R"(,"endToEnd":)" + json(picture.end_to_end) + R"(,"inputRepresentation":)" +
            json(picture.input_representation) + R"(,"outputRepresentation":)" + json(picture.output_representation) +
            "}";
  }
  std::cout << text << "]}\n";
}

}  // namespace

int main(int argc, char** argv) {
  const bool integrated = argc > 2 && std::string(argv[2]) == "integrated";
  const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200;
  for (std::uint64_t k = 0; k < count; ++k) print(draw(k, integrated));
}
