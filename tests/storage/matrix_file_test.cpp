#include "linnet/storage/matrix_file.hpp"

#include <cmath>
#include <cstring>

#include "tests/support/scratch.hpp"

namespace linnet::storage {
namespace {

using testing::bytes_of;
using testing::error_of;
using testing::Scratch;

/// A .npy file written byte by byte from the description of the format.
std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
  std::string header = dictionary + "\n";
  std::string bytes = "\x93NUMPY";
  bytes += version;
  bytes += '\0';
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(header.size() >> (8 * i));
  return bytes + header + data;
}

template <class Number>
std::string raw(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::string header(const std::string& dtype, const std::string& order, const std::string& shape) {
  return "{'descr': " + dtype + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
}

Matrix expected_matrix() {
  Matrix m(2, 3);
  m << 1, 2, 3, 4, 5, -6.5;
  return m;
}

class MatrixFile : public ::testing::Test {
 protected:
  Matrix read(const std::string& name, const std::string& bytes) const {
    return read_matrix(scratch_.put(name, bytes), "task.inputs");
  }
  std::string refusal(const std::string& name, const std::string& bytes) const {
    return error_of(scratch_, [&] { (void)read(name, bytes); });
  }
  Scratch scratch_;
};

TEST_F(MatrixFile, NpyInEveryAcceptedForm) {
  const std::vector<double> rows{1, 2, 3, 4, 5, -6.5};
  const std::vector<double> columns{1, 4, 2, 5, 3, -6.5};
  const std::vector<float> single(rows.begin(), rows.end());
  EXPECT_EQ(read("a.npy", npy(header("'<f8'", "False", "(2, 3)"), raw(rows))), expected_matrix());
  EXPECT_EQ(read("a.npy", npy(header("'<f8'", "True", "(2, 3)"), raw(columns))), expected_matrix());
  EXPECT_EQ(read("a.npy", npy(header("'<f4'", "False", "(2, 3)"), raw(single))), expected_matrix());
  EXPECT_EQ(read("a.npy", npy(header("'=f8'", "False", "(2,3)"), raw(rows), 2)), expected_matrix());
  EXPECT_EQ(read("a.npy", npy(header("\"<f8\"", "False", "( 2 , 3 )"), raw(rows), 3)), expected_matrix());
  EXPECT_EQ(read("a.npy", npy("{\"shape\": (2, 3), \"descr\": \"<f8\", \"fortran_order\": False}", raw(rows))),
            expected_matrix());
}

TEST_F(MatrixFile, AVectorIsAColumn) {
  const Matrix m = read("a.npy", npy(header("'<f8'", "False", "(3,)"), raw(std::vector<double>{1, NAN, 3})));
  ASSERT_EQ(shape_of(m), (Shape{3, 1}));
  EXPECT_EQ(m(2, 0), 3);
  EXPECT_TRUE(std::isnan(m(1, 0)));
}

TEST_F(MatrixFile, WhatIsWrittenIsRead) {
  Matrix m = expected_matrix();
  m(0, 0) = 0.1;
  m(1, 1) = INFINITY;
  write_npy(m, scratch_ / "m.npy");
  EXPECT_EQ(read_matrix(scratch_ / "m.npy", "x"), m);
  EXPECT_EQ(bytes_of(scratch_ / "m.npy").size() % 64, 48u);  // data at a multiple of 64, then six numbers
}

TEST_F(MatrixFile, NpyOfIntegersAndBool) {
  const auto bytes = [](auto... numbers) {
    std::string result;
    (result.append(reinterpret_cast<const char*>(&numbers), sizeof numbers), ...);
    return result;
  };
  const auto row = [&](const std::string& dtype, const std::string& data) {
    const Matrix m = read("a.npy", npy(header("'" + dtype + "'", "False", "(1, 2)"), data));
    return std::pair(m(0, 0), m(0, 1));
  };
  EXPECT_EQ(row("<i8", bytes(std::int64_t{-3}, std::int64_t{1} << 53)), std::pair(-3.0, 9007199254740992.0));
  EXPECT_EQ(row("<i4", bytes(std::int32_t{-3}, std::int32_t{7})), std::pair(-3.0, 7.0));
  EXPECT_EQ(row("<u2", bytes(std::uint16_t{65535}, std::uint16_t{7})), std::pair(65535.0, 7.0));
  EXPECT_EQ(row("|i1", bytes(std::int8_t{-128}, std::int8_t{7})), std::pair(-128.0, 7.0));
  EXPECT_EQ(row("|b1", bytes(std::uint8_t{0}, std::uint8_t{1})), std::pair(0.0, 1.0));
  EXPECT_EQ(
      refusal("a.npy", npy(header("'<i8'", "False", "(1, 1)"), bytes((std::int64_t{1} << 53) + 1))),
      "input| task.inputs: expected whole numbers up to 2^53, which doubles hold, got 9007199254740993 in \"a.npy\"");
}

TEST_F(MatrixFile, NpyOfAnotherDtype) {
  const auto expected = [](const std::string& dtype) {
    return "input| task.inputs: expected a .npy file of dtype '<f8', '<f4', an integer or bool, got '" + dtype +
           "' in \"a.npy\"\n  hint: np.save(\"a.npy\", a.astype(float))";
  };
  for (const std::string dtype : {">f8", ">i8", "<c16", "<f2", "|O", "f8"}) {
    EXPECT_EQ(refusal("a.npy", npy(header("'" + dtype + "'", "False", "(1, 1)"), std::string(8, '\0'))),
              expected(dtype));
  }
  EXPECT_EQ(refusal("a.npy", npy(header("[('x', '<f8')]", "False", "(1,)"), std::string(8, '\0'))),
            expected("[('x', '<f8')]"));
}

TEST_F(MatrixFile, NpyHeadersThatNumpyRefuses) {
  const std::string numbers(48, '\0');
  const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(shape_of(read("a.npy", npy(good, numbers))), (Shape{2, 3}));
  for (const std::string bad : {
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), } and more",
           "and more {'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)",
           "{'descr': '<f8', 'fortran_order': Falsehood, 'shape': (2, 3), }",
           "{'descr': '<f8', 'fortran_order': 0, 'shape': (2, 3), }",
           "{'descr': '<f8', 'fortran_order': 'True', 'shape': (2, 3), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': [2, 3], }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (6), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2 3), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (02, 3), }",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3.0), }",
           "{'descr': '<f8' 'fortran_order': False, 'shape': (2, 3), }",
           "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
           "{'fortran_order': False, 'shape': (2, 3), 'x': \"'descr': '<f8'\"}",
       }) {
    EXPECT_TRUE(refusal("a.npy", npy(bad, numbers)).starts_with("input| task.inputs: expected a .npy header with "))
        << bad;
  }
  std::string version = npy(good, numbers);
  version[7] = '\x01';
  EXPECT_EQ(refusal("a.npy", version),
            "input| task.inputs: expected .npy of version 1, 2 or 3, got version 1.1 in \"a.npy\"");
}

TEST_F(MatrixFile, AVectorIsNoMatrixWhereOneIsWanted) {
  scratch_.put("a.npy", npy(header("'<f8'", "False", "(3,)"), raw(std::vector<double>(3, 1))));
  EXPECT_EQ(
      error_of(scratch_, [&] { (void)read_matrix(scratch_ / "a.npy", "W1", Vectors::refused); }),
      "input| W1: expected a matrix, two dimensions, got one dimension in \"a.npy\"\n  hint: a.reshape(-1, 1) is a "
      "column, a.reshape(1, -1) a row");
}

TEST_F(MatrixFile, LinesEndAsTheyDoAnywhere) {
  EXPECT_EQ(shape_of(read("a.csv", "1\r2\r3\r")), (Shape{3, 1}));
  EXPECT_EQ(read("a.csv", "x,y,z\r1,2,3\r4,5,-6.5"), expected_matrix());
  EXPECT_EQ(read("a.csv", "x,y,z\r\n\r\n1,2,3\n4,5,-6.5\r\n"), expected_matrix());
}

TEST_F(MatrixFile, AFirstRowOfNumbersThatAreNotReadIsNoHeader) {
  for (const std::string first : {"−1,−2", "\"1\",\"2\"", "€1,€2", "$1,$2", "£1,2", "¥1,¥2", "NA,NA", "n/a,null", "١,٢",
                                  "１,２", "(1),(2)", "1 %,2 %", "’1,’2", "true,false", ",", "∞,∞", "\xFF,\xFE"}) {
    EXPECT_TRUE(
        refusal("a.csv", first + "\n3,4\n").starts_with("input| task.inputs: expected a number in line 1, column 1"))
        << first;
  }
  for (const std::string names : {"x,y", "\"x\",\"y (cm)\"", "größe,Μήκος", "_a,b_2", "长度,宽度", "\"a, b\",c"}) {
    EXPECT_EQ(shape_of(read("a.csv", names + "\n3,4\n")), (Shape{1, 2})) << names;
  }
  EXPECT_EQ(
      refusal("a.csv", "x,y,z\n1,2\n"),
      "input| task.inputs: expected 3 numbers in line 2 as there are names above, got 2 in \"a.csv\"\n  hint: begin a "
      "line that is no data with #");
  EXPECT_EQ(refusal("a.csv", "1,\"2\"\n"),
            "input| task.inputs: expected a number in line 1, column 2, got \"\"2\"\" in \"a.csv\"\n"
            "  hint: write numbers without quotes");
}

TEST_F(MatrixFile, WhatHasNoEndIsRefused) {
  EXPECT_EQ(error_of(scratch_, [&] { (void)read_matrix("/dev/zero", "W1"); }),
            "input| W1: expected a file, got the device \"/dev/zero\"");
  EXPECT_EQ(error_of(scratch_, [&] { (void)read_matrix("~/w.npy", "W1"); }),
            "input| W1: expected a file that exists, got no file \"~/w.npy\"\n  hint: only a shell expands ~, and only "
            "where a word begins: give the whole path");
}

TEST_F(MatrixFile, NpyOfAnotherShape) {
  const std::string prefix = "input| task.inputs: expected ";
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "()"), std::string(8, '\0'))),
            prefix + "an array of one or two dimensions, got 0 dimensions in \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "(1, 1, 1)"), std::string(8, '\0'))),
            prefix + "an array of one or two dimensions, got 3 dimensions in \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "(0, 3)"), "")),
            prefix + "at least one number, got shape 0 x 3 in \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "(4294967296, 4294967296)"), "")),
            prefix +
                "the 4294967296 x 4294967296 numbers of its header, got 0 in \"a.npy\"\n  hint: the file is "
                "truncated");
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "(-1, 3)"), "")),
            prefix + "a .npy header with a shape, got \"-1, 3\" in \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", npy(header("'<f8'", "False", "(99999999999999999999,)"), "")),
            prefix + "a .npy header with a shape, got \"99999999999999999999,\" in \"a.npy\"");
}

TEST_F(MatrixFile, EveryTruncationOfNpyIsRefused) {
  const std::string whole = npy(header("'<f8'", "False", "(2, 3)"), raw(std::vector<double>(6, 1.0)));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_TRUE(refusal("a.npy", whole.substr(0, length)).starts_with("input| task.inputs: expected ")) << length;
  }
  const std::string prefix = "input| task.inputs: expected ";
  EXPECT_EQ(refusal("a.npy", ""), prefix + "a matrix, got an empty file, \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", whole.substr(0, 4)),
            prefix + "a .npy file, got a truncated one, \"a.npy\"\n  hint: np.save(\"a.npy\", a) writes one");
  EXPECT_EQ(refusal("a.npy", whole.substr(0, 30)), prefix + "a whole .npy header, got a truncated one in \"a.npy\"");
  EXPECT_EQ(refusal("a.npy", whole.substr(0, whole.size() - 9)),
            prefix +
                "the 2 x 3 numbers of its header, got 4 and a part of one in \"a.npy\"\n  hint: the file is "
                "truncated");
  EXPECT_EQ(refusal("a.npy", whole + raw(std::vector<double>{1})),
            prefix + "the 2 x 3 numbers of its header, got 7 in \"a.npy\"\n  hint: the file goes on after its array");
}

TEST_F(MatrixFile, FileThatIsNone) {
  const auto refused = [&](const std::string& name) {
    return error_of(scratch_, [&] { (void)read_matrix(scratch_ / name, "task.mask"); });
  };
  EXPECT_EQ(refused("no.npy"), "input| task.mask: expected a file that exists, got no file \"no.npy\"");
  EXPECT_EQ(refused("no.npy/x.npy"), "input| task.mask: expected a file that exists, got no file \"no.npy/x.npy\"");
  std::filesystem::create_directory(scratch_ / "folder.npy");
  EXPECT_EQ(refused("folder.npy"), "input| task.mask: expected a file, got the folder \"folder.npy\"");
  scratch_.put("text.npy", "1,2\n");
  EXPECT_EQ(refused("text.npy"),
            "input| task.mask: expected a .npy file, got a file of another kind, \"text.npy\"\n  hint: "
            "np.save(\"text.npy\", a) writes one");
  scratch_.put("data.mat", "MATLAB");
  EXPECT_EQ(refused("data.mat"),
            "input| task.mask: expected a .npy, .csv or .txt file, got \"data.mat\"\n  hint: np.save(\"data.npy\", a) "
            "writes one");
}

TEST_F(MatrixFile, CsvInEveryAcceptedForm) {
  for (const std::string text : {
           "1,2,3\n4,5,-6.5\n",
           "1, 2, 3\r\n4, 5, -6.5\r\n",
           "1;2;3\n4;5;-6.5",
           "1\t2\t3\n4\t5\t-6.5\n",
           "  1 2   3\n4 \t 5  -6.5  \n",
           "x,y,z\n1,2,3\n4,5,-6.5\n",
           "\xef\xbb\xbfx,y,z\n1,2,3\n4,5,-6.5\n",
           "# a comment, with words\n\n\"x\",\"y\",\"z\"\n1e0,+2,3.0 # the first\n\n4,.5e1,-65E-1\n",
       }) {
    EXPECT_EQ(read("a.csv", text), expected_matrix()) << text;
    EXPECT_EQ(read("a.txt", text), expected_matrix()) << text;
  }
  const Matrix special = read("a.csv", "nan,inf,-inf,1e-400\n");
  EXPECT_TRUE(std::isnan(special(0, 0)));
  EXPECT_EQ(special(0, 1), INFINITY);
  EXPECT_EQ(special(0, 2), -INFINITY);
  EXPECT_EQ(special(0, 3), 0);
}

TEST_F(MatrixFile, CsvThatIsWrong) {
  const std::string prefix = "input| task.inputs: expected ";
  EXPECT_EQ(refusal("a.csv", ""), prefix + "a matrix, got an empty file, \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "# only\n\nx,y\n"), prefix + "numbers, got a file with none, \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "x,y\n1,2\n3\n"), prefix + "2 numbers in line 3 as in line 2, got 1 in \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "1,2\n3,four\n"), prefix + "a number in line 2, column 2, got \"four\" in \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "1,x\n"), prefix + "a number in line 1, column 2, got \"x\" in \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "x,y\nz,w\n"), prefix + "a number in line 2, column 1, got \"z\" in \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", "1,,3\n"), prefix +
                                            "a number in line 1, column 2, got nothing in \"a.csv\"\n  hint: write nan "
                                            "for an entry that is missing");
  EXPECT_EQ(refusal("a.csv", "1,5;2,5\n1;2\n"),
            prefix + "a number in line 1, column 1, got \"1,5\" in \"a.csv\"\n  hint: write decimals with a point");
  EXPECT_EQ(refusal("a.csv", "1,1e999\n"), prefix + "a number in line 1, column 2, got \"1e999\" in \"a.csv\"");
  EXPECT_EQ(refusal("a.csv", std::string("1,\0\x1b[31m\n", 9)),
            prefix + "a number in line 1, column 2, got \"??[31m\" in \"a.csv\"");
}

}  // namespace
}  // namespace linnet::storage
