"""`suite launch`, `suite status`, `suite report` and the exports, as commands on real files."""

import html.parser
import json
import random
import re
import struct
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from engine.plan.suite_plan import make_plan
from engine.plan.suites import PAPER, PAPER_SMALL
from engine.process.suite import read_suite
from engine.record.events import RunFailed
from ssp_tui.report import suite_report
from tests.fake_journal import finished_run
from tests.ssp_tui.cli.commands import Commands
from tests.suite_runs import keep_plan, record_member, record_members

SMALL = ("suite", "launch", "paper-small", "--only", "original,2d", "--with", "none")


def test_a_suite_is_launched_once_however_often_it_is_asked_for(commands: Commands) -> None:
    said = commands(*SMALL)
    assert said.code == 0
    assert said.out.splitlines()[0] == "paper-small: 2 runs, 2 queued"
    assert commands(*SMALL).out.splitlines()[0] == "paper-small: 2 runs, 2 running or queued before"
    assert len(commands.home.run_ids()) == 2
    names = sorted(row["name"] for row in commands("runs", "--json").json()["runs"])
    assert names == ["paper-small-2d", "paper-small-original"]


def test_the_whole_paper_is_75_queued_runs(commands: Commands) -> None:
    data = commands("suite", "launch", "paper", "--device", "cpu", "--json").json()
    assert (data["version"], data["suite"], len(data["started"])) == (1, "paper", 75)
    rows = commands("runs", "--json").json()["runs"]
    assert Counter(row["seed"] for row in rows) == {69: 25, 70: 25, 71: 25}
    config = commands.home.run_folder(data["started"][0]).read_config()
    assert (config.name, config.epochs, config.engine.device) == ("original", 300, "cpu")


def test_settings_make_a_suite_of_another_name_and_reach_every_run(commands: Commands) -> None:
    changed = ("suite", "launch", "paper", "--only", "1a", "--seeds", "2", "--set", "epochs=3")
    assert commands(*changed).out.startswith("paper-epochs-3: 2 runs, 2 queued\n")
    configs = [folder.read_config() for folder in commands.home.run_folders()]
    assert [(config.epochs, config.name) for config in configs] == 2 * [(3, "1a")]
    assert read_suite(commands.home, "paper-epochs-3").settings == ("epochs=3",)
    assert commands(*changed).out.startswith("paper-epochs-3: 2 runs, 2 running or queued before\n")
    assert commands(*changed, "--name", "quick").out.startswith("quick: 2 runs, 2 running")
    assert commands("suite", "launch", "paper", "--only", "1a").out.startswith("paper: 3 runs, 3 queued\n")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["launch", "papr"], "did you mean paper?"),
        (["launch", "paper", "--only", "orignal"], "did you mean original?"),
        (["launch", "paper", "--with", "randm"], "did you mean random?"),
        (["launch", "paper", "--seeds", "0"], "1 to 100"),
        (["launch", "paper", "--seed", "-1"], "0 to 2,147,483,647"),
        (["launch", "paper", "--seed", "2147483646"], "the last seed"),
        (["launch", "paper", "--protocol", "papr"], "did you mean paper?"),
        (["launch", "paper", "--set", "child.filtrs=8", "--name", "x"], "did you mean filters?"),
        (["launch", "paper", "--name", "../x"], "letters, digits"),
        (["launch", "paper", "--dataset", "cifar"], "is not one of"),
        (["status"], "no suite was launched"),
        (["status", "paper"], "never launched"),
        (["report", "paper", "--out", "x"], "never launched"),
        (["lunch"], "did you mean launch?"),
        ([], "required"),
    ],
)
def test_mistakes_are_refused_in_one_line_before_anything_is_made(
    commands: Commands, arguments: list[str], hint: str
) -> None:
    said = commands("suite", *arguments)
    assert (said.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert hint in said.err
    assert not commands.home.runs_folder.exists()


def test_read_only_launches_no_suite_but_tells_of_one(commands: Commands) -> None:
    said = commands("--readonly", *SMALL)
    assert said.code == 2
    assert "`suite launch` is refused" in said.err
    assert commands(*SMALL).code == 0
    assert commands("--readonly", "suite", "status").code == 0


def test_status_shows_each_experiment_beside_the_paper_and_what_is_to_do(commands: Commands) -> None:
    plan = make_plan(PAPER, only=("original", "2d"), num_seeds=2)
    keep_plan(commands.home, "paper", plan)
    members = plan.members()
    record_members(commands.home, members[:1])
    record_member(commands.home, members[1].config, random.Random(0), 30, RunFailed("disk \x1b[2Jfull", ""))
    commands.home.create_run(members[2].config)
    out = commands("suite", "status").out
    assert "\x1b" not in out
    [original] = [line for line in out.splitlines() if line.startswith("original ")]
    cells = original.split()
    assert cells[:6] == ["original", "base", "1/2", "-", "1", "-"]
    assert "19.53 %" in original
    assert "2d (base): failed: disk full" in out
    assert "1 of 4 runs finished, 28 % of all epochs, 1 queued, 1 ended, 1 missing" in out
    assert "launching paper again" in out
    assert "test error at the end of the search, %, by experiment" in out
    data = commands("suite", "status", "--json").json()
    assert data["counts"] == {"finished": 1, "running": 0, "queued": 1, "ended": 1, "missing": 1}
    assert data["eta_seconds"] == pytest.approx(300 * 2.0)
    assert [each["experiment"] for each in data["experiments"]] == ["original", "2d"]
    assert data["experiments"][1]["paper_test_error"] == 0.8549


def test_a_final_error_that_is_not_finite_is_shown_as_such_and_never_plotted(commands: Commands) -> None:
    plan = make_plan(PAPER, only=("original",), num_seeds=1)
    keep_plan(commands.home, "paper", plan)
    [folder] = record_members(commands.home, plan.members())
    text = folder.journal_path.read_text()
    head, _, end = text.rpartition('"event":"run_finished"')
    ending = json.loads("{" + end.partition(",")[2])
    changed = end.replace(f'"test_error":{ending["test_error"]}', '"test_error":"NaN"', 1)
    folder.journal_path.write_text(f'{head}"event":"run_finished"{changed}')
    said = commands("suite", "status")
    assert said.code == 0
    assert "NaN" in said.out
    assert "test error at the end" not in said.out
    assert commands("suite", "status", "--json").json()["experiments"][0]["test_error_mean"] == "NaN"


def test_a_reduced_suite_says_so_and_makes_no_difference_to_the_paper(commands: Commands) -> None:
    plan = make_plan(PAPER_SMALL, only=("2d",), variants=())
    keep_plan(commands.home, "paper-small", plan)
    record_members(commands.home, plan.members())
    out = commands("suite", "status").out
    assert "reduced: the paper's figures stand beside it for their order" in out
    [row] = [line for line in out.splitlines() if line.startswith("2d ")]
    assert row.split()[-1] == "-"


class Page(html.parser.HTMLParser):
    """What a page consists of, and everything it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.links += [value or "" for key, value in attrs if key in ("src", "href", "data", "srcset")]
        assert not any(key.startswith("on") for key, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_report_holds_tables_one_page_and_every_runs_configuration(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets = suite_report.paper_sheets
    monkeypatch.setattr(suite_report, "paper_sheets", lambda suite: sheets(suite)[:1])  # one says enough
    monkeypatch.setattr(suite_report, "detector_sheets", lambda suite: sheets(suite)[:0])
    plan = make_plan(PAPER_SMALL, only=("original", "2d"))
    keep_plan(commands.home, "paper-small", plan)
    folders = record_members(commands.home, plan.members())
    hostile = "a<script>alert(1)</script>"
    folders[0].path.rename(folders[0].path.with_name(hostile.replace("/", "")))
    out = tmp_path / "out"
    said = commands("suite", "report", "--out", str(out))
    assert (said.code, said.err) == (0, "")
    assert f"begin with {out / 'index.html'}" in said.out
    names = {path.name for path in (out / "tables").iterdir()}
    for stem in (
        "table-1",
        "table-2",
        "active-inert-base",
        "protocols",
        "controllers",
        "poison-detector",
        "runs",
    ):
        assert {f"{stem}.md", f"{stem}.csv", f"{stem}.tex"} <= names
    page = Page((out / "index.html").read_text())
    assert (page.tags["script"], page.tags["img"]) == (0, 1)
    assert all(link.startswith(("data:image/svg+xml;base64,", "#")) for link in page.links)
    assert "a<script>alert(1)<script>" in page.text
    assert "reduced" in page.text
    repository_page = (out / "README.md").read_text()
    assert "<script" not in repository_page
    pictures = re.findall(r"!\[[^]]*\]\(([^)]*)\)", repository_page)
    assert pictures
    assert all((out / picture).is_file() for picture in pictures)
    for folder in folders[1:]:
        kept = tomllib.loads((out / "runs" / folder.run_id / "config.toml").read_text())
        assert kept == folder.read_config().table()
        assert folder.run_id in page.text
        assert folder.run_id in repository_page


def test_a_report_without_matplotlib_has_its_tables_and_says_how_to_get_figures(
    commands: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "matplotlib", None)
    plan = make_plan(PAPER_SMALL, only=("original",), variants=())
    keep_plan(commands.home, "paper-small", plan)
    [folder] = record_members(commands.home, plan.members())
    assert commands("suite", "report", "--out", str(tmp_path / "out")).code == 0
    assert "pip install 'ssp-tui[figures]'" in Page((tmp_path / "out" / "index.html").read_text()).text
    refused = commands("export", folder.run_id, "--figures", str(tmp_path / "figures"))
    assert (refused.code, len(refused.err.splitlines())) == (2, 1)
    assert "pip install 'ssp-tui[figures]'" in refused.err


@pytest.mark.slow
def test_a_finished_real_journal_is_exported_as_figures(commands: Commands, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    run = finished_run(commands.home, "collapsed-s3-1123-bbbb", "collapsed")
    said = commands("export", run.run_id, "--figures", str(tmp_path / "figures"))
    assert said.code == 0
    paths = [Path(line) for line in said.out.splitlines()]
    assert len(paths) == 12
    assert all(path.stat().st_size > 1000 for path in paths)


def records_of(path: Path) -> list[bytes]:
    """The records of an event file: length, its checksum, the bytes, theirs."""
    raw, records = path.read_bytes(), []
    while raw:
        [length] = struct.unpack("<Q", raw[:8])
        records.append(raw[12 : 12 + length])
        raw = raw[16 + length :]
    return records


def test_tensorboard_files_hold_every_number_with_its_time_and_no_value_that_is_not_finite(
    commands: Commands, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event

    run = finished_run(commands.home, "collapsed-s3-1123-bbbb", "collapsed")
    assert commands("export", run.run_id, "--tensorboard", str(tmp_path)).code == 0
    [path] = (tmp_path / run.run_id).iterdir()
    values: dict[tuple[str, int], tuple[float, float]] = {}
    for record in records_of(path):
        event = Event.FromString(record)
        for value in event.summary.value:
            values[value.tag, event.step] = (value.simple_value, event.wall_time)
    num_strange = 0
    for line in run.journal_path.read_text().splitlines():
        plain = json.loads(line)
        if plain["event"] != "epoch_finished":
            continue
        epoch = plain["epoch"]
        assert values["evaluation/val_error", epoch] == pytest.approx(
            (plain["evaluation"]["val_error"], plain["time"]), rel=1e-6
        )
        loss = plain["child"]["loss"]
        if isinstance(loss, str):
            num_strange += 1
            assert values["not_finite/child/loss", epoch][0] == 1.0
            assert ("child/loss", epoch) not in values
        else:
            assert values["child/loss", epoch][0] == pytest.approx(loss, rel=1e-6)
    assert num_strange > 0
    refused = commands("export", run.run_id, "--tensorboard", str(tmp_path))
    assert refused.code == 2
    assert "holds files already" in refused.err


def test_csv_and_files_can_be_exported_at_once(commands: Commands, tmp_path: Path) -> None:
    pytest.importorskip("tensorboardX")
    run = finished_run(commands.home, "clean-s7-1123-aaaa")
    said = commands("export", run.run_id, "--csv", "--tensorboard", str(tmp_path))
    assert said.out.startswith("run,name,")
    assert "values of 1 run" in said.err
    assert commands("export", run.run_id).code == 2  # as nothing
