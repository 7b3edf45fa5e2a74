#pragma once

#include <string>

namespace linnet::linalg {

/// What of a processor, as the system lets it be used, decides which kernels suit it.
struct Processor {
  bool avx2 = false;    ///< with fused multiply-adds
  bool avx512 = false;  ///< F, CD, BW, DQ and VL
  bool amd = false;
};

/// This one.
Processor processor();

/// Which of OpenBLAS's kernels multiplies.
struct KernelChoice {
  std::string kernel;  ///< "Zen"
  std::string why;     ///< for people: "OpenBLAS's own choice"
};

/// OpenBLAS knows the processors of its time by their numbers and takes what suits any for those after it: on Intel's
/// family 6 model 207, OpenBLAS 0.3.21 takes "Prescott", which multiplies at a tenth of the speed. Where `present`, its
/// choice, is of a time before the widest vectors that the processor has, this is the kernel for those. `asked` is the
/// variable OPENBLAS_CORETYPE, by which a user has decided, or null.
KernelChoice choose_kernel(const Processor& processor, const std::string& present, const char* asked);

/// What multiplies in this process, by `choose_kernel`; taken at the first call, which every function of linalg makes
/// before its first product. Without OpenBLAS both texts are empty.
const KernelChoice& kernel_in_use();

/// Switch OpenBLAS to this kernel, while nothing multiplies; what it then has. No effect without OpenBLAS.
std::string take_kernel(const std::string& kernel);

}  // namespace linnet::linalg
