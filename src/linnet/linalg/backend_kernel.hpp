#pragma once

#include <string>

namespace linnet::linalg {

/// The properties of a processor, as far as the operating system supports them, that decide the choice of the kernel.
struct Processor {
  bool avx2 = false;    ///< with fused multiply-adds
  bool avx512 = false;  ///< F, CD, BW, DQ and VL
  bool amd = false;
};

/// The processor of this machine.
Processor processor();

/// The kernel of OpenBLAS that multiplies, and why it was chosen.
struct KernelChoice {
  std::string kernel;  ///< "Zen"
  std::string why;     ///< for people: "OpenBLAS's own choice"
};

/// OpenBLAS identifies processors by their model numbers, and uses a generic kernel for newer models: on Intel's family
/// 6 model 207, OpenBLAS 0.3.21 uses "Prescott", which multiplies at a tenth of the possible speed. Where `present`,
/// the choice of OpenBLAS, does not use the widest vector instructions of the processor, this function returns the
/// kernel that does. `asked` is the environment variable OPENBLAS_CORETYPE, the user's choice, or null.
KernelChoice choose_kernel(const Processor& processor, const std::string& present, const char* asked);

/// The kernel of this process, by `choose_kernel`. It is selected at the first call, which every function of linalg
/// makes before its first product. Without OpenBLAS both texts are empty.
const KernelChoice& kernel_in_use();

/// Switches OpenBLAS to this kernel, while no product is being computed, and returns the kernel then in use. No effect
/// without OpenBLAS.
std::string take_kernel(const std::string& kernel);

/// Whether threads of OpenBLAS may be waiting for address space. Each of them takes a buffer of 134 MB when it starts,
/// and tries for ever where there is none; OpenBLAS waits for them when the process ends or forks.
bool threads_may_starve();

}  // namespace linnet::linalg
