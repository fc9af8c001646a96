"""Bad input is told in one line, with exit code 2, and creates nothing."""

import re
from pathlib import Path

import pytest

from tests.ssp_tui.cli.commands import Commands, write_toml

POISON = 'dataset = "synthetic"\n[space]\n[[space.poison]]\nop = "dropout"\n'


def refused(commands: Commands, arguments: list[str], expected: str) -> None:
    said = commands(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith("ssp-tui: ")
    assert re.search(expected, said.err), said.err
    assert not commands.home.path.exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--readonly", "launch", "demo-clean"], "--readonly changes nothing: `launch` is refused"),
        (["--readonly", "rm", "some-run", "--yes"], "--readonly changes nothing: `rm` is refused"),
        (["launch", "one-sht-2"], "no preset or file 'one-sht-2' .did you mean one-shot-2"),
        (["launch", "no.toml"], "no.toml: cannot be read"),
        (["launch", "one-shot-2", "--set", "child.filtrs=8"], "did you mean filters"),
        (["launch", "one-shot-2", "--set", "chld.filters=8"], "did you mean child"),
        (["launch", "one-shot-2", "--set", "child.filters=x"], "child.filters = 'x' must be a whole number"),
        (
            ["launch", "one-shot-2", "--set", "child.filters=7"],
            "child.filters = 7 is not allowed: an even number",
        ),
        (["launch", "one-shot-2", "--set", "child.filters"], "must read section.key=value"),
        (["launch", "one-shot-2", "--epochs", "0"], "epochs = 0 is not allowed"),
        (["launch", "one-shot-2", "--epochs", "many"], "--epochs: invalid int value"),
        (["launch", "one-shot-2", "--seed", "-1"], "seed = -1 is not allowed"),
        (["launch", "one-shot-2", "--seeds", "0"], "--seeds 0 is not allowed: 1 to 1000"),
        (["launch", "one-shot-2", "--protocol", "papr"], "did you mean paper"),
        (["launch", "one-shot-2", "--dataset", "cifar1"], "did you mean cifar10"),
        (["launch", "one-shot-2", "--dataset", "folder:/not/there"], "/not/there is not a folder"),
        (["launch", "one-shot-2", "--device", "gpu"], "engine.device = 'gpu' is not one of"),
        (["launch", "one-shot-2", "--device", "cuda:99"], "no such GPU"),
        (["launch"], "PRESET_OR_FILE|launch what"),
        (["lanch", "one-shot-2"], "did you mean launch"),
        (["launch", "one-shot-2", "--sed", "3"], "--sed"),
        (["runs", "--filter", "stat=x"], "did you mean state"),
        (["show", "one-sht-2"], "no preset or run 'one-sht-2' .did you mean one-shot-2"),
        (["stop", "nothing"], "no run 'nothing'"),
        (["stop"], "required: RUN"),
        (["logs", "nothing"], "no run 'nothing'"),
        (["export", "nothing"], "say what as"),
        (["completion", "fish"], "choose from 'bash', 'zsh'"),
        ([], "the dashboard needs a terminal"),
        (["attach", "nothing"], "no run 'nothing'"),
    ],
)
def test_flags(commands: Commands, arguments: list[str], expected: str) -> None:
    refused(commands, arguments, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("epoch = 3\n", "unknown key epoch .did you mean epochs"),
        ("[child]\nfilter = 3\n", "unknown key child.filter .did you mean filters"),
        ('epochs = "3"\n', "epochs = '3' must be a whole number"),
        ("epochs = true\n", "epochs = True must be a whole number"),
        ("child = 3\n", r"\[child\] must be a table"),
        (POISON + "copies = 0\n", "copies = 0 is not allowed: a whole number, 1 to 10,000"),
        (POISON + "copies = 1000000000\n", "copies = 1000000000 is not allowed"),
        (POISON + "q = 0\n", "unknown key"),
        (POISON + "p = 1.5\n", "p = 1.5 is not allowed"),
        ("[space]\nbase = []\n", "space is empty"),
        ('[space]\nbase = "enas7"\n', "did you mean enas6"),
        ('[space]\nbase = ["conv2x2"]\n', "conv2x2|kernel"),
        ("[child]\nfilters = 7\n", "child.filters = 7"),
        ("[child]\nlr_min = 1.0\n", "child.lr_min = 1 is above"),
        ("[data]\nnum_train = 100\n", "less than one batch"),
        ('extends = "orginal"\n', "did you mean original"),
        ("epochs = 3\nepochs = 4\n", "not TOML"),
        ("\x00", "not TOML"),
        ('name = "\\u001b]0;x\\u0007"\n', "name = .* is not allowed: printable text"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_files(commands: Commands, tmp_path: Path, text: str, expected: str) -> None:
    refused(commands, ["launch", write_toml(tmp_path / "mine.toml", text)], expected)


def test_a_home_that_cannot_be_written(commands: Commands) -> None:
    said = commands("launch", "demo-clean", "--home", "/dev/null/home")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "/dev/null/home cannot be written" in said.err


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], "train is missing"),
        (["train/cat/1.png", "test/cat/1.png"], "needs 2 class folders"),
        (["train/cat/1.png", "train/dog/1.png"], "test is missing"),
        (["train/cat/1.png", "train/dog/notes.txt", "test/cat/1.png"], "notes.txt is not an image file"),
    ],
)
def test_image_folders(commands: Commands, tmp_path: Path, files: list[str], expected: str) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"no image")
    refused(commands, ["launch", "demo-clean", "--dataset", f"folder:{tmp_path}"], expected)


def test_a_file_that_only_looks_like_an_image_is_named(commands: Commands, tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name in ("cat", "dog"):
            (tmp_path / part / name).mkdir(parents=True)
            for number in range(40):
                (tmp_path / part / name / f"{number}.png").write_bytes(b"no image")
    sizes = [f"data.{key}={value}" for key, value in (("num_train", 40), ("num_val", 40), ("num_test", 0))]
    settings = [flag for text in [*sizes, "child.batch_size=32"] for flag in ("--set", text)]
    refused(commands, ["launch", "demo-clean", "--dataset", f"folder:{tmp_path}", *settings], r"0\.png")


def test_a_refusal_obeys_no_escape_sequence(commands: Commands) -> None:
    for text in ("a\x1b]0;title\x07", "\x1b[2J", "a\x9b31m", "x\ny"):
        said = commands("launch", text)
        assert said.code == 2
        assert said.err.count("\n") == 1
        assert said.err.strip().isprintable()
