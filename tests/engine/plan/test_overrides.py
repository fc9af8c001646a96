"""`--set section.key=value` and `extends`: what lies over what, and what is refused."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan import presets
from engine.plan.overrides import parse_setting, with_settings
from engine.plan.presets import MAX_FILE_BYTES, read_toml, resolve_config, resolve_table


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("epochs=3", ("epochs",), 3),
        (" epochs = 3 ", ("epochs",), 3),
        ("child.filters=8", ("child", "filters"), 8),
        ("child.lr_max=0.1", ("child", "lr_max"), 0.1),
        ("child.lr_max=1", ("child", "lr_max"), 1.0),
        ("child.lr_max=1e-3", ("child", "lr_max"), 0.001),
        ("controller.kind=random", ("controller", "kind"), "random"),
        ("switches.clip_rule=legacy", ("switches", "clip_rule"), "legacy"),
        ("name=3", ("name",), "3"),
        ("title=a=b", ("title",), "a=b"),
        ("dataset=folder:/a.b/c", ("dataset",), "folder:/a.b/c"),
    ],
)
def test_a_setting_has_the_type_of_its_field(text: str, path: tuple[str, ...], value: Any) -> None:
    found_path, found = parse_setting(text)
    assert (found_path, found, type(found)) == (path, value, type(value))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("epochs", "must read section.key=value"),
        ("=3", "must read section.key=value"),
        ("child.=3", "must read section.key=value"),
        ("a.b.c=3", "must read section.key=value"),
        ("epohcs=3", "did you mean epochs?"),
        ("child.filter=3", "did you mean filters?"),
        ("chid.filters=3", "did you mean child?"),
        ("child.filters=7", "even"),
        ("child.filters=many", "whole number"),
        ("child.filters=8.0", "whole number"),
        ("child.lr_max=nan", "nan"),
        ("child.lr_max=inf", "inf"),
        ("child.lr_max=" + "9" * 50, "number"),
        ("space.base=enas6", "no such section"),
        ("switches.clip_rule=legcy", "did you mean legacy?"),
    ],
)
def test_a_wrong_setting_is_refused_with_what_is_allowed(text: str, part: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_setting(text)
    assert part in str(refusal.value)


@settings(max_examples=300)
@given(text=st.one_of(st.text(), st.from_regex(r"[a-z_]{1,8}\.?[a-z_]{0,8}=.{0,8}", fullmatch=True)))
def test_any_setting_is_read_or_refused_with_a_value_error(text: str) -> None:
    try:
        path, _ = parse_setting(text)
    except ValueError:
        return
    assert 1 <= len(path) <= 2


@pytest.mark.parametrize("text", ["a\nb=1", "a\nb.c=1", "child.\x1b[31m=1", "x" * 100_000 + "=1"])
def test_a_hostile_setting_is_refused_in_one_short_printable_line(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_setting(text)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 600


def test_later_settings_win_and_leave_the_table_as_it_was() -> None:
    table = {"child": {"filters": 8, "layers": 6}}
    assert with_settings(table, ["child.filters=10", "child.filters=12"]) == {
        "child": {"filters": 12, "layers": 6}
    }
    assert table == {"child": {"filters": 8, "layers": 6}}


def test_a_setting_over_a_section_that_is_no_table_is_refused() -> None:
    with pytest.raises(ValueError):
        with_settings({"child": 3}, ["child.filters=8"])


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of presets that holds one, `base`."""
    folder = tmp_path / "presets"
    folder.mkdir()
    (folder / "base.toml").write_text(
        'epochs = 11\nseed = 5\ntitle = "shipped"\n[child]\nfilters = 8\nlayers = 6\n'
        '[space]\nbase = "enas6"\n[[space.poison]]\nop = "dropout"\ncopies = 36\n'
    )
    monkeypatch.setattr(presets, "preset_folder", lambda: folder)
    return folder


def test_a_flag_goes_before_a_file_before_a_preset_before_the_default(shipped: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "base"\nseed = 6\n[child]\nfilters = 10\nbatch_size = 32\n')
    config = resolve_config(str(path), {"seed": 7}, ["child.batch_size=64"])
    assert config.name == "mine"
    assert config.epochs == 11  # the preset's
    assert config.child.layers == 6  # the preset's
    assert config.child.filters == 10  # the file's
    assert config.seed == 7  # the flag's
    assert config.child.batch_size == 64  # the setting's
    assert config.child.momentum == 0.9  # the default
    assert config.space.num_poisoned_outputs == 36
    assert resolve_config("base", {}, []).seed == 5
    assert shipped.is_dir()


def test_a_space_of_ones_own_replaces_the_presets_whole(shipped: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "base"\n[space]\nbase = "paper5"\n')
    assert resolve_config(str(path), {}, []).space.num_poisoned_outputs == 0
    assert shipped.is_dir()


def test_an_unknown_preset_is_refused_with_the_nearest(shipped: Path, tmp_path: Path) -> None:
    for source in ("bas", "nothing at all", "..", ""):
        with pytest.raises(ValueError, match="presets"):
            resolve_table(source)
    with pytest.raises(ValueError, match=r"did you mean base\?"):
        resolve_table("bse")
    for parent in ('"bse"', "3", "[1]", '"../presets/base"', '"a\\nb"'):
        path = tmp_path / "mine.toml"
        path.write_text(f"extends = {parent}\n")
        with pytest.raises(ValueError) as refusal:
            resolve_table(str(path))
        assert "\n" not in str(refusal.value)
    assert shipped.is_dir()


@pytest.mark.parametrize(
    "raw",
    [
        b"epochs = ",
        b"\xff\xfe",
        b"\x00",
        b"a = " + b"[" * 100_000,
        b"a = 1\na = 2",
        b"#" * (MAX_FILE_BYTES + 1),
    ],
    ids=["half", "not utf-8", "a zero", "deep", "twice", "huge"],
)
def test_a_file_that_is_not_toml_is_refused_by_its_name(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"mine\.toml") as refusal:
        read_toml(path)
    assert "\n" not in str(refusal.value)


def test_a_file_with_a_number_too_long_to_read_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("seed = " + "9" * 5000)
    with pytest.raises(ValueError, match=r"mine\.toml"):
        read_toml(path)


def test_a_file_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path, tmp_path / "a\0b.toml"):
        with pytest.raises(ValueError, match="cannot be read"):
            read_toml(path)


def test_a_file_in_the_home_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError):
        resolve_table("~no-such-user-here/x.toml")
