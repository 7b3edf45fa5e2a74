"""`linnet help`, the manual pages, and what is installed beside the command."""

import pathlib
import re
import shutil
import subprocess

import pytest
from command import COMMAND, linnet, refused

SHELLS = {
    "bash": "bash-completion/completions/linnet",
    "zsh": "zsh/site-functions/_linnet",
    "fish": "fish/vendor_completions.d/linnet.fish",
}


def help_of(*command):
    return linnet(*command, "--help", cwd="/").stdout


def commands():
    return re.findall(r"^  (\S+)", help_of().split("Subcommands:\n")[1].split("\n\n")[0], re.MULTILINE)


def test_help_is_a_command(folder):
    assert linnet("help", cwd=folder).stdout == help_of()
    assert "help" in commands()
    for command in commands():
        done = linnet("help", command, cwd=folder)
        assert (done.returncode, done.stdout) == (0, help_of(command))


@pytest.mark.parametrize("command", ["help", "man"])
def test_commands_that_there_are_not(folder, command):
    unknown = "expected a command, got an unknown one"
    all_of_them = "`linnet --help` shows all"
    refused(linnet(command, "swep", cwd=folder), 2, f"swep: {unknown}", f'did you mean "sweep"? {all_of_them}')
    refused(linnet(command, "weather", cwd=folder), 2, f"weather: {unknown}", all_of_them)


def as_read(page):
    """A page as `man` shows it, and what it warns of."""
    done = subprocess.run(
        ["man", "-l", "--warnings=all", "-"],
        input=page, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "1000", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return re.sub(".\b", "", done.stdout), done.stderr


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="there is no man")
def test_pages_say_what_the_help_says(folder):
    for command in ["", *commands()]:
        page = linnet("man", *command.split(), cwd=folder)
        assert page.returncode == 0, page.stderr
        text, warnings = as_read(page.stdout)
        assert warnings == ""
        said = help_of(*command.split())
        meaning = said.splitlines()[0]
        assert re.search(rf"^ +linnet{'-' * bool(command)}{command} [-−–] {re.escape(meaning)}$", text, re.MULTILINE), text
        for option in re.findall(r"^  (?:-\w,)?(--\S+)", said, re.MULTILINE):
            assert re.search(rf"^ +(-\w, )?{option}\b", text, re.MULTILINE), (command, option)
        examples = re.findall(r"^  (linnet .*)", said.split("Example")[-1], re.MULTILINE)
        assert examples and all(re.search(rf"^ +{re.escape(example)}$", text, re.MULTILINE) for example in examples), text
        assert "130 interrupted" in text and ("linnet-run(1)" in text or command == "run")


@pytest.mark.skipif(shutil.which("man") is None or shutil.which("groff") is None, reason="there is no man")
def test_every_line_of_the_help_is_below_its_heading(folder):
    text, _ = as_read(linnet("man", "init", cwd=folder).stdout)
    sections = dict(re.findall(r"^([A-Z ]+)\n((?:(?: .*)?\n)+)", text, re.MULTILINE))
    assert "DESCRIPTION" not in sections and "Kinds" not in text
    assert len(re.findall(r"^ +(?:run|exact|sweep|deep|perceptron|continual) +[A-Z]", sections["KINDS"], re.MULTILINE)) == 6
    assert all(line.split()[0] == "linnet" for line in sections["EXAMPLES"].strip().splitlines())


def test_every_page_is_written_into_a_folder(folder):
    assert linnet("man", "--out", "pages", cwd=folder).returncode == 0
    assert sorted(page.name for page in (folder / "pages").iterdir()) == sorted(
        ["linnet.1", *(f"linnet-{command}.1" for command in commands())]
    )
    assert (folder / "pages" / "linnet-run.1").read_text() == linnet("man", "run", cwd=folder).stdout
    done = linnet("man", "run", "--out", "pages", cwd=folder)
    refused(done, 2, "--out: expected no COMMAND beside it, as it writes every page, got run")


def test_pages_and_completion_are_installed(folder):
    build = pathlib.Path(COMMAND).parents[1]
    install = ["cmake", "--install", build, "--component", "command", "--prefix", folder / "prefix"]
    subprocess.run(install, check=True, capture_output=True)
    share = folder / "prefix" / "share"
    pages = share / "man" / "man1"
    assert {page.name for page in pages.iterdir()} == {"linnet.1", *(f"linnet-{command}.1" for command in commands())}
    assert (pages / "linnet-sweep.1").read_text() == linnet("man", "sweep", cwd=folder).stdout
    for shell, file in SHELLS.items():
        assert (share / file).read_text() == linnet("completion", shell, cwd=folder).stdout
