"""`--part K/N`: every N-th test, from the K-th on, to divide a long file into several tests of ctest."""


def pytest_addoption(parser):
    parser.addoption("--part", default="1/1", help="K/N: every N-th test, from the K-th on")


def pytest_collection_modifyitems(config, items):
    first, parts = (int(number) for number in config.getoption("--part").split("/"))
    items[:] = items[first - 1 :: parts]
