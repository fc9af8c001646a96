"""Promise 6: whatever is in a file, it is shown or refused; nothing crashes, runs, or leaves the home."""

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st

from tests.hostile import HOSTILE
from tests.torture.fuzz_targets import TARGETS, Target
from tests.torture.guard import watched

NUM_INPUTS = 3000
NUM_SHOWN_INPUTS = 300
"""For a target that asks commands to show it, a hundred times slower."""
SHOWN = ("config", "journal", "process", "request", "result", "log")

TOKENS = [
    *(text.encode(errors="surrogatepass")[:2000] for text in HOSTILE),
    *(b"\x00", b"\n", b'"', b"[", b"]" * 9, b"{", b"1e999", b"NaN", b"-1", b"9" * 400, b"true", b"null"),
    *(
        b"../../x",
        b"/etc/passwd",
        b"1970-01-01",
        b'"Infinity"',
        b"inf",
        b"nan",
        b"[[space.poison]]\n",
        b"\xff",
    ),
]


@st.composite
def mutations(draw: st.DrawFn, valid: bytes) -> bytes:
    """The valid bytes with pieces left out, doubled, exchanged and put in; or anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    raw = bytearray(valid)
    for _ in range(draw(st.integers(1, 5))):
        begin = draw(st.integers(0, len(raw)))
        end = begin + draw(st.sampled_from((0, 0, 1, 2, 5, 20, 200)))
        raw[begin:end] = draw(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=8)))
    return bytes(raw)


def refusal_of(target: Target, home: Path, raw: bytes) -> str:
    """What the target said when it refused, else nothing."""
    try:
        target(home, raw)
    except ValueError as error:
        return str(error) or "?"
    return ""


@pytest.mark.parametrize("name", TARGETS)
def test_fuzzed_input_is_read_or_refused_in_one_line(
    tmp_path: Path,
    scaled: Callable[[int, int], int],
    seed: int,
    figure: Callable[[str], None],
    name: str,
) -> None:
    target, valid = TARGETS[name]
    counts = {"inputs": 0, "refused": 0}
    home = tmp_path / "place"
    home.mkdir()
    with contextlib.suppress(ValueError):
        target(home, valid)  # whatever it imports late is imported now

    @with_seed(seed)
    @settings(
        max_examples=scaled(NUM_SHOWN_INPUTS if name in SHOWN else NUM_INPUTS, 30),
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations(valid))
    def survives(raw: bytes) -> None:
        counts["inputs"] += 1
        with watched(tmp_path):
            refusal = refusal_of(target, home, raw)
        counts["refused"] += bool(refusal)
        assert "\n" not in refusal
        for made in home.glob("made-*"):
            shutil.rmtree(made)

    survives()
    figure(f"{counts['inputs']} inputs, {counts['refused']} refused, seed {seed}")
