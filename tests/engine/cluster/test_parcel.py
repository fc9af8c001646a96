"""News of a run arrive at home in order and once, however often they are sent and wherever it breaks off."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.cluster.parcel import Packer, Parcel, stream_sizes, unpack
from engine.record.folder import RunFolder


def bare(path: Path) -> RunFolder:
    folder = RunFolder(path)
    folder.checkpoint_folder.mkdir(parents=True)
    return folder


def files(folder: RunFolder) -> dict[str, bytes]:
    paths = (path for path in folder.path.rglob("*") if path.is_file() and "draft" not in path.name)
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in paths}


def test_what_a_folder_was_made_of_is_not_sent_again(tmp_path: Path) -> None:
    node = bare(tmp_path / "node")
    node.journal_path.write_bytes(b"old\n")
    (node.checkpoint_folder / "000001-aa.pt").write_bytes(b"weights")
    packer = Packer(node)
    assert not packer.pack()
    with node.journal_path.open("ab") as journal:
        journal.write(b"new\ntorn")
    assert packer.pack() == Parcel({"events.jsonl": (4, b"new\n")})


def test_a_parcel_that_did_not_arrive_is_packed_again(tmp_path: Path) -> None:
    node = bare(tmp_path / "node")
    packer = Packer(node)
    node.journal_path.write_bytes(b"one\n")
    first = packer.pack()
    assert packer.pack() == first
    packer.arrived(first)
    assert not packer.pack()


def test_a_gap_is_never_written_over(tmp_path: Path) -> None:
    home = bare(tmp_path / "home")
    unpack(home, Parcel({"events.jsonl": (5, b"late\n")}))
    assert home.journal_path.read_bytes() == b""
    unpack(home, Parcel({"events.jsonl": (0, b"early\n")}))
    unpack(home, Parcel({"events.jsonl": (2, b"rly\nlate\n")}))  # overlaps what is there
    assert home.journal_path.read_bytes() == b"early\nlate\n"


def test_the_newest_checkpoint_alone_travels_and_two_are_kept(tmp_path: Path) -> None:
    node, home = bare(tmp_path / "node"), bare(tmp_path / "home")
    packer = Packer(node)
    for number in range(1, 5):
        (node.checkpoint_folder / f"{number:06}-aa.pt").write_bytes(b"%d" % number)
        if number != 2:
            parcel = packer.pack()
            packer.arrived(parcel)
            unpack(home, parcel)
    assert sorted(path.name for path in home.checkpoint_folder.iterdir()) == ["000003-aa.pt", "000004-aa.pt"]


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"), st.text(st.characters(codec="ascii", exclude_characters="\n"), max_size=9)
        ),
        st.tuples(st.just("checkpoint"), st.just("")),
        st.tuples(st.just("send"), st.sampled_from(["once", "twice", "lost", "torn"])),
    ),
    max_size=25,
)


@given(steps)
def test_whatever_breaks_off_home_ends_equal_to_the_node(steps: list[tuple[str, str]]) -> None:
    place = Path(tempfile.mkdtemp())
    try:
        _check(place, steps)
    finally:
        shutil.rmtree(place)


def _check(place: Path, steps: list[tuple[str, str]]) -> None:
    node, home = bare(place / "node"), bare(place / "home")
    packer, number = Packer(node), 0
    for what, how in [*steps, ("send", "once")]:
        if what == "write":
            with node.journal_path.open("ab") as journal:
                journal.write(how.encode() + b"\n")
        elif what == "checkpoint":
            number += 1
            (node.checkpoint_folder / f"{number:06}-aa.pt").write_bytes(b"%d" % number)
        else:
            _send(packer, home, how)
        seen, all_said = files(home).get("events.jsonl", b""), files(node).get("events.jsonl", b"")
        assert all_said.startswith(seen)
    assert files(home).get("events.jsonl", b"") == files(node).get("events.jsonl", b"")
    if number:
        assert (home.checkpoint_folder / f"{number:06}-aa.pt").read_bytes() == b"%d" % number


def _send(packer: Packer, home: RunFolder, how: str) -> Any:
    parcel = packer.pack()
    if how == "torn":  # the receiver is killed in the middle of a write
        sizes = stream_sizes(home)
        for name, (offset, data) in parcel.streams.items():
            skip = sizes[name] - offset
            unpack(home, Parcel({name: (offset, data[: max(skip, 0) + 1])}))
        return
    if how != "lost":
        unpack(home, parcel)
        if how == "twice":
            unpack(home, parcel)
        packer.arrived(parcel)
