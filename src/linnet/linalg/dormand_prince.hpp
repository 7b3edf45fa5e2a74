#pragma once

/// The method of Dormand and Prince (1980), of order 5 with an error estimate of order 4, and the dense output of
/// Hairer, Nørsett and Wanner, "Solving ODEs I", II.6. The derivative at the last stage is that at the end of the step.
namespace linnet::linalg::dormand_prince {

inline constexpr int stages = 7;

/// Stage s is at x + h Σ_j tableau[s][j] k_j; the last one is the end of the step.
inline constexpr double tableau[stages][stages] = {
    {0, 0, 0, 0, 0, 0, 0},
    {1.0 / 5, 0, 0, 0, 0, 0, 0},
    {3.0 / 40, 9.0 / 40, 0, 0, 0, 0, 0},
    {44.0 / 45, -56.0 / 15, 32.0 / 9, 0, 0, 0, 0},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729, 0, 0, 0},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656, 0, 0},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
};

/// The error of the step is h Σ_s error_weights[s] k_s.
inline constexpr double error_weights[stages] = {71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                                 -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

/// The last term of the dense output is h Σ_s dense_weights[s] k_s.
inline constexpr double dense_weights[stages] = {-12715105075.0 / 11282082432,  0,
                                                 87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                                 701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                                 69997945.0 / 29380423};

}  // namespace linnet::linalg::dormand_prince
