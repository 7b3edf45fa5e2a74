"""Gradient descent of a finite network against the dynamics that is closed in A, step by step.

Y = A* + E of 100 x 100, rank 5; σ²w = 10, at widths of 10^3 to 10^6. The wider the network, the closer the two: their
largest distance falls as the root of the width, until what is left is that one step of descent has terms of second order
in η that a step of the self-consistent dynamics has not.
"""

import linnet

task = linnet.tasks.low_rank_plus_noise(dim=100, rank=5, seed=7)
descent = linnet.GradientDescent(step=1e-3, max_steps=100)

distances = []
for width in (10**3, 10**4, 10**5, 10**6):
    variance = 10 / width
    start = linnet.gaussian_gram(task, width=width, variance=variance, seed=8)
    closed = linnet.self_consistent(start, linnet.gaussian_scales(width=width, variance=variance))
    distances.append(linnet.compare(start, closed, task, descent).largest_distance)
    print(f"width {width:>7}: largest distance {distances[-1]:.3f}")

ratios = [a / b for a, b in zip(distances, distances[1:])]
print("each tenfold width divides it by", ", ".join(f"{ratio:.1f}" for ratio in ratios))

# Output:
#   width    1000: largest distance 10.085
#   width   10000: largest distance 3.019
#   width  100000: largest distance 0.971
#   width 1000000: largest distance 0.371
#   each tenfold width divides it by 3.3, 3.1, 2.6
