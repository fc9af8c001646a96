"""Why a home's runs do not get to their cluster: written by whoever tries, shown by the queue."""

import hashlib
from pathlib import Path

from engine.record.folder import RunFolder, read_json, write_json
from engine.record.home import Home, home_of


def address_digest(address: str) -> str:
    """Part of a file's name for a cluster's address."""
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def note_trouble(home: Home, address: str, text: str) -> None:
    """Keep in one line what stands between this home and a cluster; nothing does when it is empty."""
    if text == _read(home, address):
        return
    if text:
        write_json(_path(home, address), {"version": 1, "text": text})
    else:
        _path(home, address).unlink(missing_ok=True)


def trouble_of(folder: RunFolder) -> str:
    """What stands between a run and its cluster: outside text, empty when nothing is known to."""
    address = (read_json(folder.cluster_path) or {}).get("address")
    return _read(home_of(folder), address) if isinstance(address, str) else ""


def _read(home: Home, address: str) -> str:
    text = (read_json(_path(home, address)) or {}).get("text")
    return text if isinstance(text, str) else ""


def _path(home: Home, address: str) -> Path:
    return home.path / f"cluster-{address_digest(address)}.trouble"
