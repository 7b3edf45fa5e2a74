#include <cstdio>

#include "linnet/landscape/plateaus.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"

int main() {
  using namespace linnet;
  Vector modes(3);
  modes << 4, 1.6, 0.6;
  const Task task = tasks::modes({.shape = {.outputs = 10, .inputs = 10}, .values = modes, .seed = 1});
  const DeepLinear start =
      networks::gaussian_deep(networks::layer_sizes(task.shape(), 3, 20), {.variance = 1e-8, .seed = 1});

  const Trajectory run =
      train(start, task, GradientFlow{.t_end = 2e4, .rtol = 1e-8, .method = GradientFlow::Method::bdf},
            {.observables = {observables::cost(), observables::singular_values()},
             .schedule = Schedule::logarithmic(1, 300)});

  const auto path = landscape::greedy_low_rank(task.train, {.depth = 3});
  for (const landscape::Plateau& p : landscape::find_plateaus(run)) {
    std::printf("rank %td, cost %.4f\n", p.rank, p.cost);
  }
  for (const landscape::GreedySaddle& s : path.saddles) std::printf("saddle of rank %td, cost %.4f\n", s.rank, s.cost);
}

// Output:
//   rank 0, cost 9.4600
//   rank 1, cost 1.4600
//   rank 2, cost 0.1800
//   rank 3, cost 0.0000
//   saddle of rank 0, cost 9.4600
//   saddle of rank 1, cost 1.4600
//   saddle of rank 2, cost 0.1800
//   saddle of rank 3, cost 0.0000
