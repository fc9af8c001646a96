"""What a journal that no engine wrote cannot make a reader hold or copy."""

from pathlib import Path

import pytest

from engine.record import backwards as backwards_module
from engine.record.backwards import lines_backwards
from engine.record.events import Warned
from engine.record.state import EMPTY, MAX_BROKE, MAX_WARNINGS, fold
from tests.fakes import fake_break


def test_a_line_that_is_too_long_to_be_one_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backwards_module, "BLOCK_BYTES", 100)
    monkeypatch.setattr(backwards_module, "LONGEST_BYTES", 250)
    path = tmp_path / "lines"
    for long, kept in ((b"y" * 240, True), (b"x" * 1000, False)):
        path.write_bytes(b"first\n" + long + b"\nlast\n")
        expected = [b"", b"last", *([long] if kept else []), b"first"]
        assert list(lines_backwards(path)) == expected
        path.write_bytes(long + b"\nlast")
        assert list(lines_backwards(path)) == [b"last", *([long] if kept else [])]
        path.write_bytes(b"first\n" + long)
        assert list(lines_backwards(path)) == [*([long] if kept else []), b"first"]


def test_the_newest_warnings_and_the_first_breaks_are_kept() -> None:
    state = EMPTY
    for number in range(MAX_WARNINGS + 10):
        state = fold(state, Warned(str(number)), 1.0)
        state = fold(state, fake_break("loss", step=number), 1.0)
    assert state.warnings == tuple(str(number) for number in range(10, MAX_WARNINGS + 10))
    assert [each.step for each in state.broke] == list(range(MAX_BROKE))
