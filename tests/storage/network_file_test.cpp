#include "linnet/storage/network_file.hpp"

#include "linnet/networks/gaussian.hpp"
#include "linnet/storage/netcdf.hpp"
#include "tests/support/core.hpp"

namespace linnet::storage {
namespace {

using linnet::testing::error_of;
using linnet::testing::normal;

TEST(NetworkFile, EveryNetworkIsReadAsItWasWritten) {
  const DeepLinear narrow(normal(2, 5, 1), normal(3, 2, 2));
  const DeepLinear deep({normal(4, 5, 1), normal(2, 4, 2), normal(3, 2, 3)});
  const std::vector<Network> all{narrow,
                                 deep,
                                 GramState::from_weights(narrow),
                                 networks::gaussian_gram({.outputs = 3, .inputs = 5}, {.width = 50}),
                                 SelfConsistent(normal(3, 5, 4), {0.1, 0.3}),
                                 DeepLinearized(deep),
                                 DeepBalanced(normal(3, 5, 4), 2.5),
                                 Diagonal(Vector(normal(4, 1, 5)), Vector(normal(4, 1, 6))),
                                 DeepDiagonal(normal(3, 4, 5)),
                                 Perceptron({normal(4, 5, 1), normal(2, 4, 2)}, {.slope = 0.25}),
                                 Perceptron({normal(4, 5, 1), normal(2, 4, 2)}, {.activation = Activation::quadratic})};
  for (const Network& network : all) {
    const Dataset written = to_dataset(network);
    const Network read = std::get<Network>(held_by(written));
    ASSERT_EQ(read.index(), network.index());
    const Dataset again = to_dataset(read);
    EXPECT_EQ(again.attributes, written.attributes);
    ASSERT_EQ(again.variables.size(), written.variables.size());
    for (std::size_t i = 0; i < again.variables.size(); ++i) {
      EXPECT_EQ(again.variables[i].reals(), written.variables[i].reals()) << again.variables[i].name;
    }
  }
}

TEST(NetworkFile, RefusesWhatIsNoNetwork) {
  Dataset other;
  EXPECT_NE(error_of([&] { (void)held_by(other); }).find("a network or a checkpoint"), std::string::npos);
  Dataset later = to_dataset(Network(SelfConsistent(normal(2, 2, 1), 1.0)));
  later.attributes["file_format"] = std::vector<std::int64_t>{99};
  EXPECT_NE(error_of([&] { (void)held_by(later); }).find("format 99"), std::string::npos);
  Dataset unknown = to_dataset(Network(SelfConsistent(normal(2, 2, 1), 1.0)));
  unknown.attributes["form"] = "Transformer";
  EXPECT_NE(error_of([&] { (void)held_by(unknown); }).find("Transformer"), std::string::npos);
  Dataset wrong = to_dataset(Network(GramState::from_weights(DeepLinear(normal(1, 2, 1), normal(2, 1, 2)))));
  for (Variable& v : wrong.variables) {
    if (v.name == "factor") v.dims = {"factor_column", "factor_row"};
  }
  EXPECT_NE(error_of([&] { (void)held_by(wrong); }).find("a factor of the Gram state"), std::string::npos);
  Dataset less = to_dataset(Network(SelfConsistent(normal(2, 2, 1), 1.0)));
  less.attributes.erase("scales");
  EXPECT_NE(error_of([&] { (void)held_by(less); }).find("scales"), std::string::npos);
}

}  // namespace
}  // namespace linnet::storage
