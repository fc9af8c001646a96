"""Coverage-guided fuzzing of one target: `python -m tests.torture.atheris_fuzz TARGET SECONDS SEED`.

Atheris is optional (`pip install ".[fuzz]"`); it feeds on what the parsers' own branches do with the bytes.
"""

import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["engine", "ssp_tui", "tomllib", "json"]):
    from tests.torture.fuzz_targets import TARGETS

from tests.torture.guard import watched


def main(name: str, seconds: str, seed: str) -> None:
    """Fuzz until the time is over; anything but a refusal ends the process with the input that did it."""
    target, valid = TARGETS[name]
    with tempfile.TemporaryDirectory() as scratch:
        place, corpus = Path(scratch) / "place", Path(scratch) / "corpus"
        place.mkdir()
        corpus.mkdir()
        (corpus / "valid").write_bytes(valid)
        with contextlib.suppress(ValueError):
            target(place, valid)  # whatever it imports late is imported now

        def once(raw: bytes) -> None:
            with watched(place), contextlib.suppress(ValueError):
                target(place, raw)
            for made in place.glob("made-*"):
                shutil.rmtree(made)

        arguments = [sys.argv[0], f"-max_total_time={seconds}", f"-seed={seed}", "-print_final_stats=1"]
        atheris.Setup([*arguments, f"-artifact_prefix={scratch}/", str(corpus)], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
