// Selects the OpenBLAS kernel for the processor.

#include "linnet/linalg/backend_kernel.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "linnet/linalg/backend_names.hpp"

// A function that only OpenBLAS builds for several processors have.
extern "C" {
[[gnu::weak]] char* openblas_get_corename();
[[gnu::weak]] void gotoblas_dynamic_init();
[[gnu::weak]] void gotoblas_dynamic_quit();
}

namespace linnet::linalg {

namespace {

/// Whether the kernel is older than AVX2.
bool is_old(const std::string& kernel) {
  constexpr std::array old{"Generic",   "Katmai", "Coppermine", "Northwood", "Prescott",     "Banias",    "Atom",
                           "Core2",     "Penryn", "Dunnington", "Nehalem",   "Sandybridge",  "Athlon",    "Opteron",
                           "Barcelona", "Bobcat", "Nano",       "generic",   "Opteron_SSE3", "Bulldozer", "Piledriver"};
  return std::find(old.begin(), old.end(), kernel) != old.end();
}

/// Sets an environment variable during the lifetime of the object.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() {
    if (before_) {
      setenv(name_, before_->c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

constexpr const char* variable = "OPENBLAS_CORETYPE";

KernelChoice choose_here() {
  if (openblas_get_corename == nullptr) return {};
  const std::string present = openblas_get_corename();
  KernelChoice choice = choose_kernel(processor(), present, std::getenv(variable));
  if (choice.kernel == present) return choice;
  if (const std::string taken = take_kernel(choice.kernel); taken != choice.kernel) {
    return {.kernel = taken,
            .why = choice.why + "; this OpenBLAS cannot be switched to " + choice.kernel + ": set " + variable};
  }
  return choice;
}

}  // namespace

Processor processor() {
#if defined(__x86_64__)
  return {.avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0,
          .avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512cd") != 0 &&
                    __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                    __builtin_cpu_supports("avx512vl") != 0,
          .amd = __builtin_cpu_is("amd") != 0};
#else
  return {};
#endif
}

KernelChoice choose_kernel(const Processor& processor, const std::string& present, const char* asked) {
  if (asked != nullptr && *asked != '\0') return {.kernel = present, .why = std::string("asked for by ") + variable};
  if (!is_old(present) || !processor.avx2) return {.kernel = present, .why = "OpenBLAS's own choice"};
  return {.kernel = processor.avx512 ? "SkylakeX"
                    : processor.amd  ? "Zen"
                                     : "Haswell",
          .why = "for a processor with " + std::string(processor.avx512 ? "AVX-512" : "AVX2") +
                 ", which OpenBLAS does not know and takes \"" + present + "\" for"};
}

const KernelChoice& kernel_in_use() {
  static const KernelChoice choice = choose_here();
  return choice;
}

std::string take_kernel(const std::string& kernel) {
  if (openblas_get_corename == nullptr) return {};
  if (gotoblas_dynamic_init != nullptr && gotoblas_dynamic_quit != nullptr) {
    const Variable asked(variable, kernel);
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
  }
  return openblas_get_corename();
}

}  // namespace linnet::linalg
