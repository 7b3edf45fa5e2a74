#include <cstdlib>
#include <string>

#include "linnet/linalg/backend_kernel.hpp"
#include "linnet/linalg/product.hpp"
#include "tests/support/core.hpp"

namespace linnet::linalg {
namespace {

using linnet::testing::normal;
using linnet::testing::relative;

constexpr Processor old{};
constexpr Processor intel_avx2{.avx2 = true};
constexpr Processor intel_avx512{.avx2 = true, .avx512 = true};
constexpr Processor amd_avx2{.avx2 = true, .amd = true};

TEST(Kernel, OfATimeBeforeTheProcessorIsReplaced) {
  EXPECT_EQ(choose_kernel(intel_avx512, "Prescott", nullptr).kernel, "SkylakeX");
  EXPECT_EQ(choose_kernel(intel_avx2, "Prescott", nullptr).kernel, "Haswell");
  EXPECT_EQ(choose_kernel(intel_avx2, "Nehalem", nullptr).kernel, "Haswell");
  EXPECT_EQ(choose_kernel(amd_avx2, "Barcelona", nullptr).kernel, "Zen");
  EXPECT_EQ(choose_kernel(intel_avx512, "Prescott", "").kernel, "SkylakeX");
  EXPECT_EQ(choose_kernel(intel_avx512, "Prescott", nullptr).why,
            "for a processor with AVX-512, which OpenBLAS does not know and takes \"Prescott\" for");
}

TEST(Kernel, ThatSuitsOrWasAskedForStays) {
  for (const char* suits : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "Excavator", "a later one"}) {
    for (const Processor& processor : {old, intel_avx2, intel_avx512, amd_avx2}) {
      EXPECT_EQ(choose_kernel(processor, suits, nullptr).kernel, suits);
    }
  }
  EXPECT_EQ(choose_kernel(old, "Prescott", nullptr).kernel, "Prescott");
  EXPECT_EQ(choose_kernel(intel_avx512, "Prescott", "Prescott").kernel, "Prescott");
  EXPECT_EQ(choose_kernel(intel_avx512, "Prescott", "Prescott").why, "asked for by OPENBLAS_CORETYPE");
}

// OpenBLAS is switched to its oldest kernel, and then to the one for this processor.
TEST(Kernel, IsSwitched) {
  const auto asked = [] {
    const char* value = std::getenv("OPENBLAS_CORETYPE");
    return std::string(value == nullptr ? "unset" : value);
  };
  const std::string asked_before = asked();
  const std::string before = kernel_in_use().kernel;
  ASSERT_FALSE(before.empty());
  const Matrix a = normal(70, 50, 1);
  const Matrix b = normal(50, 60, 2);
  const Matrix product_before = product(a, b);
  ASSERT_EQ(take_kernel("Prescott"), "Prescott");
  EXPECT_LT(relative(product(a, b), product_before), 1e-14);
  const KernelChoice choice = choose_kernel(processor(), "Prescott", nullptr);
  EXPECT_EQ(take_kernel(choice.kernel), choice.kernel);
  EXPECT_LT(relative(product(a, b), product_before), 1e-14);
  EXPECT_EQ(take_kernel(before), before);
  EXPECT_EQ(product(a, b), product_before) << "the same kernel, the same bits";
  EXPECT_EQ(asked(), asked_before) << "the environment is as it was";
}

}  // namespace
}  // namespace linnet::linalg
