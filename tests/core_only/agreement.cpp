// Linked with linnet::linnet, BLAS and LAPACK: reads the results of the core alone and compares. The tolerance of 1e-10
// is relative to the number, or to 1e-4 for smaller numbers (distances and residuals are differences of numbers near
// 1).
//
//     linnet_core_agreement OUTPUT_OF_linnet_core_only

#include <algorithm>
#include <fstream>
#include <iostream>

#include "digest.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  std::size_t count = 0;
  std::size_t wrong = 0;
  double worst = 0;
  for (const Number& mine : digest()) {
    std::string line;
    if (!std::getline(file, line)) break;
    const auto space = line.rfind(' ');
    const double theirs = std::stod(line.substr(space + 1));
    const double miss = std::abs(mine.value - theirs) / std::max(std::abs(mine.value), 1e-4);
    worst = std::max(worst, miss);
    if (line.substr(0, space) != mine.name || !(miss < 1e-10)) {
      std::cout << mine.name << ": " << mine.value << " by LAPACK, by Eigen " << line << "\n";
      ++wrong;
    }
    ++count;
  }
  std::cout << count << " numbers, largest difference " << worst << "\n";
  std::string rest;
  return count < 500 || wrong > 0 || std::getline(file, rest) ? 1 : 0;
}
