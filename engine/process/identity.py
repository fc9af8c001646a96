"""Who a process is: a pid alone proves nothing, since it is used again."""

import dataclasses
import functools
import socket
from pathlib import Path
from typing import Any

from engine.record.folder import RunFolder, read_json
from engine.record.status import Presence, Process

_BOOT_ID_PATH = Path("/proc/sys/kernel/random/boot_id")


@dataclasses.dataclass(frozen=True)
class Identity:
    """A process no other one can be mistaken for."""

    host: str
    boot_id: str
    """Differs after every boot; with it a pid and start ticks are unique."""
    pid_namespace: str
    """Containers on one host count pids apart."""
    pid: int
    start_ticks: int
    """When the process began, in the kernel's clock ticks since boot."""


_KINDS = {field.name: field.type for field in dataclasses.fields(Identity)}
"""The type of each field; asked for once, since thousands of files are read."""


def identify(pid: int) -> Identity | None:
    """The identity of a living process on this host; None when there is none of that pid."""
    start_ticks = _start_ticks(pid)
    if start_ticks is None:
        return None
    return Identity(socket.gethostname(), _boot_id(), _pid_namespace(), pid, start_ticks)


def presence_of(identity: Identity) -> Presence:
    """Whether that very process is alive; a zombie is not."""
    if not _is_here(identity):
        return Presence.ELSEWHERE
    is_there = _start_ticks(identity.pid) == identity.start_ticks and _boot_id() == identity.boot_id
    return Presence.ALIVE if is_there else Presence.GONE


def _is_here(identity: Identity) -> bool:
    return (identity.host, identity.pid_namespace) == (socket.gethostname(), _pid_namespace())


def read_identity(folder: RunFolder) -> Identity | None:
    """The engine process that last took a run up; None without a readable process.json."""
    engine = read_engine(folder.process_path)
    return engine.identity if engine else None


@dataclasses.dataclass(frozen=True)
class Engine:
    """What process.json says of the engine that last took a run up."""

    identity: Identity
    started_time: float
    """Wall time at which it took the run up, seconds since the epoch."""
    journal_bytes: int
    """Size of the journal at that moment."""
    node: str
    """Of a run on a cluster: the name the cluster gives the machine."""


def read_engine(path: str | Path) -> Engine | None:
    """The engine that a process.json names; None without a readable one."""
    plain = read_json(path)
    identity = identity_of(plain) if plain else None
    if plain is None or identity is None:
        return None
    started_time, journal_bytes, node = (plain.get(key) for key in ("time", "journal_bytes", "node"))
    return Engine(
        identity,
        started_time if isinstance(started_time, float) else 0.0,
        journal_bytes if isinstance(journal_bytes, int) else 0,
        node if isinstance(node, str) else "",
    )


def process_of(engine: Engine | None, has_ended: bool = False) -> Process:
    """The process of a run's latest engine, looked at now.

    With `has_ended` it is taken to be gone, if it was here: of thousands that said their last word nobody
    need look which has still to leave.
    """
    if engine is None:
        return Process()
    identity = engine.identity
    presence = Presence.GONE if has_ended and _is_here(identity) else presence_of(identity)
    return Process(presence, engine.started_time, engine.journal_bytes, identity.host, engine.node)


def read_process(folder: RunFolder) -> Process:
    """The latest engine process of a run, looked at now."""
    return process_of(read_engine(folder.process_path))


def identity_of(plain: dict[str, Any]) -> Identity | None:
    """The identity among the values of a JSON object; None when it is not whole."""
    values = [plain.get(name) for name in _KINDS]
    if any(type(value) is not kind for value, kind in zip(values, _KINDS.values(), strict=True)):
        return None
    return Identity(*values)  # type: ignore[arg-type]  # the types were just checked


def _start_ticks(pid: int) -> int | None:
    """Start time of a living process, zombies left out; read from /proc, elsewhere asked of psutil."""
    if pid <= 0:
        return None
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            stat = file.read()
    except OSError:
        return None if _has_proc() else _start_ticks_by_psutil(pid)
    # The second field, the command's name, may hold spaces and brackets: count from its end.
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _start_ticks_by_psutil(pid: int) -> int | None:
    import psutil  # late: Linux never needs it

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else round(process.create_time() * 100)
    except psutil.Error:
        return None


@functools.cache
def _has_proc() -> bool:
    return Path("/proc/self/stat").exists()


def _boot_id() -> str:
    try:
        return _BOOT_ID_PATH.read_text().strip()
    except OSError:
        import psutil

        return str(round(psutil.boot_time()))


@functools.cache
def _pid_namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
