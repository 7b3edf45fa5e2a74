#include "linnet/storage/netcdf.hpp"

#include <netcdf.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "linnet/support/constants.hpp"
#include "tests/support/scratch.hpp"

namespace linnet::storage {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::Scratch;
constexpr double inf = std::numeric_limits<double>::infinity();

Dataset example() {
  Dataset data;
  data.add_dimension("time", 3);
  data.add_dimension("dynamics", 2);
  data.add_dimension("nothing", 0);
  data.attributes = {{"title", "A run · κ = 0.1"}, {"kind", "run"}, {"empty", ""}, {"configuration", "a = 1\nb = 2\n"}};
  data.add({.name = "time",
            .dims = {"time"},
            .values = std::vector<double>{0, 0.1, 1e300},
            .attributes = {{"long_name", "gradient-flow time t"}, {"units", "1"}}});
  data.add({.name = "dynamics", .dims = {"dynamics"}, .values = std::vector<std::string>{"self-consistent", "é"}});
  data.add({.name = "step",
            .dims = {"time"},
            .values = std::vector<std::int64_t>{0, -1, std::numeric_limits<std::int64_t>::max()}});
  data.add(
      {.name = "cost", .dims = {"dynamics", "time"}, .values = std::vector<double>{1, nan, inf, -inf, -0.0, 5e-324}});
  data.add({.name = "a_scalar", .dims = {}, .values = std::vector<double>{0.1}});
  data.add({.name = "label", .dims = {}, .values = std::vector<std::string>{""}});
  data.add({.name = "none", .dims = {"nothing", "time"}, .values = std::vector<double>{}});
  return data;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

void expect_same(const Dataset& got, const Dataset& expected) {
  EXPECT_EQ(got.dimensions, expected.dimensions);
  EXPECT_EQ(got.attributes, expected.attributes);
  ASSERT_EQ(got.variables.size(), expected.variables.size());
  for (std::size_t i = 0; i < got.variables.size(); ++i) {
    const Variable& a = got.variables[i];
    const Variable& b = expected.variables[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.dims, b.dims) << a.name;
    EXPECT_EQ(a.attributes, b.attributes) << a.name;
    ASSERT_EQ(a.values.index(), b.values.index()) << a.name;
    if (std::holds_alternative<std::vector<double>>(a.values)) {
      EXPECT_TRUE(same_bits(a.reals(), b.reals())) << a.name;
    } else {
      EXPECT_EQ(a.values, b.values) << a.name;
    }
  }
}

TEST(NetCdf, GivesBackWhatWasWritten) {
  const Scratch scratch;
  write_netcdf(example(), scratch / "a.nc");
  expect_same(read_netcdf(scratch / "a.nc"), example());
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.nc"});
}

TEST(NetCdf, SameDataSameBytes) {
  const Scratch scratch;
  write_netcdf(example(), scratch / "a.nc");
  write_netcdf(read_netcdf(scratch / "a.nc"), scratch / "b.nc");
  EXPECT_EQ(bytes_of(scratch / "a.nc"), bytes_of(scratch / "b.nc"));
}

TEST(NetCdf, NumbersInAttributesStayNumbers) {
  const Scratch scratch;
  Dataset data = example();
  data.attributes["ratio"] = std::vector<double>{0.1};
  data.attributes["sizes"] = std::vector<std::int64_t>{3, -9007199254740993};
  data.variables[0].attributes["range"] = std::vector<double>{0, inf};
  write_netcdf(data, scratch / "a.nc");
  const Dataset read = read_netcdf(scratch / "a.nc");
  expect_same(read, data);
  EXPECT_EQ(read.attribute("ratio"), "0.1");
  EXPECT_EQ(read.attribute("sizes"), "3 -9007199254740993");
}

// A file with declarations but no data: 6 KB, whatever sizes it declares.
void outline(const std::filesystem::path& file, const std::vector<std::pair<const char*, std::size_t>>& dimensions,
             const char* variable, const std::vector<int>& over) {
  int id = 0;
  ASSERT_EQ(nc_create(file.c_str(), NC_NETCDF4, &id), NC_NOERR);
  int number = 0;
  for (const auto& [name, length] : dimensions) ASSERT_EQ(nc_def_dim(id, name, length, &number), NC_NOERR);
  ASSERT_EQ(nc_def_var(id, variable, NC_DOUBLE, static_cast<int>(over.size()), over.data(), &number), NC_NOERR);
  const std::vector<std::size_t> chunks(over.size(), 1);
  ASSERT_EQ(nc_def_var_chunking(id, number, NC_CHUNKED, chunks.data()), NC_NOERR);
  ASSERT_EQ(nc_close(id), NC_NOERR);
}

TEST(NetCdf, ShapesThatLieAreRefusedBeforeMemoryIsTaken) {
  const Scratch scratch;
  const auto read = [&] { return error_of(scratch, [&] { (void)read_netcdf(scratch / "a.nc"); }); };
  outline(scratch / "a.nc", {{"x", 10'000'000}, {"y", 1'000'000}}, "cost", {0, 1});
  EXPECT_EQ(
      read(),
      "input| a.nc: expected a NetCDF file, got one that is truncated or damaged: more numbers than it has room for "
      "(\"cost\")");
  outline(scratch / "a.nc", {{"x", 4294967296}, {"y", 4294967296}}, "cost", {0, 1});
  EXPECT_EQ(read(),
            "input| a.nc: expected a NetCDF file with a product below 2^63, got a larger one of (x, y) for dimensions");
  outline(scratch / "a.nc", {{"x", 3}, {"y", 40}}, "x", {1});
  EXPECT_EQ(read(),
            "input| a.nc: expected a NetCDF file with the coordinate of the dimension of its name, over (x), got one "
            "over (y) "
            "for variable \"x\"");
  outline(scratch / "a.nc", {{"x", 3}, {"y", 40}}, "cost", {0, 1});
  EXPECT_EQ(read(), "no error");
}

TEST(NetCdf, HoldsALongConfiguration) {
  const Scratch scratch;
  Dataset data = example();
  data.attributes["configuration"] = std::string(300'000, 'c');
  write_netcdf(data, scratch / "a.nc");
  expect_same(read_netcdf(scratch / "a.nc"), data);
}

TEST(NetCdf, HoldsALargeVariable) {
  const Scratch scratch;
  Dataset data;
  data.add_dimension("step", 1000);
  data.add_dimension("mode", 501);
  std::vector<double> values(501'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = 1 / (1.0 + static_cast<double>(i));
  data.add({.name = "singular_values", .dims = {"step", "mode"}, .values = values});
  write_netcdf(data, scratch / "a.nc");
  expect_same(read_netcdf(scratch / "a.nc"), data);
  EXPECT_LT(std::filesystem::file_size(scratch / "a.nc"), values.size() * 8 + 200'000);
}

TEST(NetCdf, FileThatIsMissingEmptyOrOfAnotherKind) {
  const Scratch scratch;
  const auto read = [&](const std::string& name) {
    return error_of(scratch, [&] { (void)read_netcdf(scratch / name); });
  };
  scratch.put("empty.nc", "");
  scratch.put("text.nc", "time,cost\n");
  EXPECT_EQ(read("no.nc"), "input| no.nc: expected a file that exists, got none");
  EXPECT_EQ(read(""), "input| : expected a file, got the folder");
  EXPECT_EQ(read("empty.nc"), "input| empty.nc: expected a NetCDF file, got an empty file");
  EXPECT_EQ(read("text.nc"), "input| text.nc: expected a NetCDF file, got one that does not start as NetCDF does");
}

TEST(NetCdf, EveryTruncationIsRefusedInSilence) {
  const Scratch scratch;
  write_netcdf(example(), scratch / "whole.nc");
  const std::string whole = bytes_of(scratch / "whole.nc");
  ::testing::internal::CaptureStderr();
  for (std::size_t length = 8; length < whole.size(); length += length < 2000 ? 97 : 4001) {
    scratch.put("cut.nc", whole.substr(0, length));
    const std::string text = error_of(scratch, [&] { (void)read_netcdf(scratch / "cut.nc"); });
    EXPECT_TRUE(text.starts_with("input| cut.nc: expected a NetCDF file, got one that is truncated or damaged: "))
        << length << ": " << text;
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(NetCdf, DataSetThatDoesNotFitItsDimensions) {
  const Scratch scratch;
  Dataset data = example();
  data.variables[0].values = std::vector<double>{1, 2};
  EXPECT_EQ(error_of(scratch, [&] { write_netcdf(data, scratch / "a.nc"); }),
            "output| a.nc: expected a data set that NetCDF can hold, got a variable that does not fit its dimensions "
            "(\"time\")");
  EXPECT_TRUE(scratch.files().empty());
}

TEST(NetCdf, FullDiskKeepsTheOlderFileAndTheProcess) {
  Scratch scratch;
  if (!scratch.mount_small("128k")) GTEST_SKIP() << "mounting is not permitted here";
  write_netcdf(example(), scratch / "a.nc");
  Dataset large;
  large.add_dimension("x", 30'000);
  large.add({.name = "x", .dims = {"x"}, .values = std::vector<double>(30'000, 1.5)});
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(error_of(scratch, [&] { write_netcdf(large, scratch / "a.nc"); }),
            "output| a.nc: expected a file that can be written, got No space left on device\n"
            "  hint: free some space or write to another folder");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  expect_same(read_netcdf(scratch / "a.nc"), example());
  EXPECT_EQ(scratch.files(), std::vector<std::string>{"a.nc"});
}

TEST(Dataset, NamesTheNearest) {
  const Scratch scratch;
  const Dataset data = example();
  EXPECT_EQ(error_of(scratch, [&] { (void)data["cots"]; }),
            "input| variable: expected one of the data set's, got \"cots\"\n  hint: did you mean \"cost\"?");
  EXPECT_EQ(error_of(scratch, [&] { (void)data.length("tim"); }),
            "input| dimension: expected one of the data set's, got \"tim\"\n  hint: did you mean \"time\"?");
  EXPECT_EQ(error_of(scratch, [&] { (void)data["step"].reals(); }),
            "input| variable \"step\": expected real numbers, got whole numbers");
  EXPECT_EQ(error_of(scratch, [&] { (void)data["dynamics"].as_reals(); }),
            "input| variable \"dynamics\": expected numbers, got texts");
  EXPECT_EQ(data["step"].as_reals()[1], -1.0);
  EXPECT_EQ(data["time"].attribute("units"), "1");
  EXPECT_EQ(data["cost"].attribute("units", "none"), "none");
}

TEST(Dataset, RefusesWhatDoesNotFit) {
  const Scratch scratch;
  Dataset data = example();
  data.add_dimension("mode", 3);
  EXPECT_EQ(error_of(scratch, [&] { data.add({.name = "mode", .dims = {"time"}, .values = std::vector<double>(3)}); }),
            "input| variable \"mode\": expected the coordinate of the dimension of its name, over (mode), got one over "
            "(time)");
  EXPECT_EQ(error_of(scratch, [&] { data.add({.name = "time", .values = std::vector<double>{1}}); }),
            "input| variable \"time\": expected a name of its own, got one that is taken");
  EXPECT_EQ(error_of(scratch,
                     [&] {
                       data.add({.name = "x", .dims = {"dynamics", "time"}, .values = std::vector<double>{1}});
                     }),
            "input| variable \"x\": expected 6 values over (dynamics, time), got 1");
  EXPECT_EQ(error_of(scratch, [&] { data.add_dimension("time", 2); }),
            "input| dimension \"time\": expected a name of its own, got one that is taken");
}

}  // namespace
}  // namespace linnet::storage
