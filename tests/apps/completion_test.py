"""Completion by bash, zsh and fish: the scripts are executed by the shells."""

import re
import shutil
import subprocess

import pytest
from command import COMMAND, linnet

FILES = ["a.toml", "b b.toml", "w.npy", "w.csv", "w.png", "r.nc"]


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"there is no {shell}")


@pytest.fixture
def folder(tmp_path):
    for name in FILES:
        (tmp_path / name).touch()
    (tmp_path / "inner").mkdir()
    return tmp_path


def listed_in_help(command, title):
    """The first words of the lines below a title of the help."""
    lines = linnet(*command, "--help", cwd="/").stdout.split(f"{title}:\n")[1].split("\n\n")[0].splitlines()
    return [line.split()[0].split(",")[-1] for line in lines if re.match(r"  \S", line)]


def by_bash(cwd, *words):
    """What bash offers for the last of these words; "--a=b" is three words to it."""
    taken_apart = [part for word in words for part in re.split(r"(=)", word) if part or not word]
    script = (
        'source <("$0" completion bash) || exit; COMP_WORDS=(linnet "$@"); COMP_CWORD=$#; complete -p linnet >/dev/null || exit\n'
        '_linnet linnet "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-uc", script, COMMAND, *taken_apart], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return sorted(line for line in done.stdout.splitlines() if line)


def by_fish(cwd, *words):
    line = "linnet " + " ".join(words)
    done = subprocess.run(
        ["fish", "--no-config", "-c", "$argv[1] completion fish | source; complete -C $argv[2]", COMMAND, line],
        cwd=cwd, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "HOME": str(cwd)},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return sorted(line.split("\t")[0].replace("\\ ", " ") for line in done.stdout.splitlines())


@pytest.fixture(params=[pytest.param(by_bash, marks=needs("bash")), pytest.param(by_fish, marks=needs("fish"))])
def offered(request, folder):
    return lambda *words: request.param(folder, *words)


def test_commands(offered):
    commands = listed_in_help([], "Subcommands")
    assert {"run", "sweep", "init", "man"} <= set(commands)
    assert offered("") == sorted(commands)
    assert offered("rep") == ["report", "reproduce"] and offered("repr") == ["reproduce"]


def test_options_of_each_command(offered):
    for command in listed_in_help([], "Subcommands"):
        assert sorted(set(offered(command, "--")) - {"--help"}) == sorted(
            set(listed_in_help([command], "Options")) - {"--help"}
        )
    assert offered("sweep", "--res") == ["--resume"]


def test_values_of_options(offered):
    assert offered("reproduce", "--format", "") == ["pdf", "png", "svg"]
    assert offered("reproduce", "--format", "s") == ["svg"]
    assert offered("plot", "r.nc", "--kind", "cur") == ["curves"]
    assert offered("sweep", "--jobs", "") == []
    assert [word.rstrip() for word in offered("run", "a.toml", "--set", "network.wid")] == [
        "network.width=", "network.width_exponent=", "network.widths="]  # fmt: skip


def test_values_after_an_equals_sign(folder):
    assert by_bash(folder, "reproduce", "--format=p") == ["pdf", "png"]
    assert by_bash(folder, "run", "a.toml", "--out=r") == ["r.nc"]
    assert by_bash(folder, "run", "--out=x.nc", "a") == ["a.toml"]


def test_words_of_arguments(offered):
    names = [line.split()[0] for line in linnet("reproduce", "list", cwd="/").stdout.splitlines()[1:] if line]
    assert len(names) > 20 and set(names) <= set(offered("reproduce", ""))
    assert offered("reproduce", "list", "mixed/figure-1") == ["mixed/figure-1"]
    assert {"run", "sweep"} <= set(offered("init", ""))
    assert offered("completion", "") == ["bash", "fish", "zsh"]
    assert offered("help", "sw") == offered("man", "sw") == ["sweep"]


def test_files_by_their_endings(offered):
    def files(*words):
        return [name.rstrip("/") for name in offered(*words)]

    assert files("run", "") == ["a.toml", "b b.toml", "inner"]
    assert files("sweep", "--quiet", "") == ["a.toml", "b b.toml", "inner"]
    assert files("plot", "") == files("report", "") == files("show", "") == ["inner", "r.nc"]
    assert files("diagnose", "w.npy", "w") == ["w.csv", "w.npy"]
    assert files("run", "a.toml", "--plot", "w") == ["w.png"]
    assert files("reproduce", "--out", "") == ["inner"]


def test_where_bash_begins_nothing_is_said(folder):
    assert by_bash(folder, "nonsense", "") == [] == by_bash(folder, "info", "")


@needs("zsh")
@pytest.mark.parametrize("by", ["source", "fpath"])
def test_zsh_takes_the_script(folder, by):
    (folder / "_linnet").write_text(linnet("completion", "zsh", cwd=folder).stdout)
    before, after = (f"fpath=({folder} $fpath)", ":") if by == "fpath" else (":", "source ./_linnet")
    script = f"{before}; autoload -Uz compinit; compinit -u -D; {after}; print -r -- $_comps[linnet]"
    done = subprocess.run(["zsh", "-fc", script], cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "_linnet\n", "")


# zsh completes in a terminal only: zpty is one. There `linnet` prints what it is called with.
IN_A_TERMINAL = r"""
zmodload zsh/zpty
zpty terminal zsh -f -i
zpty -w terminal "PS1=; autoload -Uz compinit; compinit -u -D; source <($1 completion zsh)"
zpty -w terminal 'linnet() { print -r -- "called with <${(j:, :)@}>" }; print re""ady'
zpty -r terminal text '*ready*'
zpty -n -w terminal "linnet $2"$'\t\n'
zpty -r terminal text '*called with <*>*'
print -r -- "$text"
"""


@needs("zsh")
@pytest.mark.parametrize(
    "typed, called",
    [
        ("repr", "reproduce"),
        ("sweep --res", "sweep, --resume"),
        ("plot r.nc --kind cu", "plot, r.nc, --kind, curves"),
        ("plot --kind=cu", "plot, --kind=curves"),
        ("run --set task.di", "run, --set, task.dim="),
        ("run a", "run, a.toml"),
        ("diagnose w.npy w.c", "diagnose, w.npy, w.csv"),
        ("run a.toml --plot w", "run, a.toml, --plot, w.png"),
        ("reproduce --out inn", "reproduce, --out, inner"),
        ("reproduce list mixed/figure-2-i", "reproduce, list, mixed/figure-2-infinite-width"),
        ("init cont", "init, continual"),
        ("man sw", "man, sweep"),
    ],
)
def test_words_by_zsh(folder, typed, called):
    done = subprocess.run(
        ["zsh", "-fc", IN_A_TERMINAL, "zsh", COMMAND, typed],
        cwd=folder, capture_output=True, text=True, timeout=300, env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb"},
    )  # fmt: skip
    assert f"called with <{called}>" in done.stdout, done.stdout + done.stderr
