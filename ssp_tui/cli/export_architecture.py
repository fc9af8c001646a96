"""`ssp-tui export --architecture`: what a run found as JSON, DOT and the source of a plain torch module."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from engine.record.folder import RunFolder
from ssp_tui.exported.found import Found, find_architecture
from ssp_tui.exported.graph import dot_text
from ssp_tui.exported.source import module_source


def write_architecture(folder: RunFolder, place: Path) -> list[Path]:
    """Write the files of one run into `place`, which is made; returns their paths."""
    found = find_architecture(folder)
    texts = dict(_texts(found))
    place.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    return [place / name for name in texts]


def _texts(found: Found) -> Iterator[tuple[str, str]]:
    """File name and contents; a module's name is one that Python can import."""
    yield f"{found.run_id}.json", json.dumps(found.document(), indent=1, allow_nan=False) + "\n"
    yield f"{found.run_id}.dot", dot_text(found)
    stem = "network_" + re.sub(r"[^A-Za-z0-9]", "_", found.run_id)
    for form in found.forms:
        yield f"{stem}_{form}.py", module_source(found, form)
