"""A session's link to a real Ray cluster: connecting, and calls to the coordinator on its head."""

import faulthandler
import hashlib
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import AuthenticationError

from engine.cluster.coordinator import AUTH_VARIABLE, Coordinator, Report
from engine.cluster.order import Order, home_mark
from engine.cluster.session import Session
from engine.plan.opening import open_regular
from engine.process.cluster_trouble import address_digest, note_trouble
from engine.process.engine_lock import LockHeldError, held_lock
from engine.record.home import Home

POLL_SECONDS = 0.25
ANSWER_SECONDS = 20.0
HANG_SECONDS = 90
"""A join to a dead head hangs for minutes: a step that takes so long ends this process."""

OPEN = (
    "it is open: whoever reaches it runs code as you; start its head with RAY_AUTH_MODE=token, "
    "or use it as it is by RAY_AUTH_MODE=disabled here"
)
REFUSED = "it refuses the token here; the right one belongs in RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token"
NO_TOKEN = "no token is here; it belongs in RAY_AUTH_TOKEN_PATH or ~/.ray/auth_token"

MAX_SAID_BYTES = 10**6

NAMESPACE = "ssp-tui"
HEAD_RESOURCE = "node:__internal_head__"


class OpenClusterError(Exception):
    """Nobody needs a token to run code on the cluster."""


class RayLink:
    """Calls the coordinator; a Ray error, or its time-out, ends the session."""

    def __init__(self, home: Home, address: str) -> None:
        """Connect, and find or make this home's coordinator on the head."""
        ray.init(
            address=address or "auto",
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level=logging.ERROR,
            configure_logging=False,
        )
        resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
        self.has_gpus = bool(resources.get("GPU"))
        name = "coordinator-" + hashlib.sha256(f"{home.path}{home_mark(home)}".encode()).hexdigest()[:16]
        coordinator: Any = (
            ray.remote(Coordinator)
            .options(
                name=name,
                lifetime="detached",
                get_if_exists=True,
                num_cpus=0,
                max_concurrency=32,
                resources={HEAD_RESOURCE: 0.001},
            )
            .remote()
        )
        self._coordinator: Any = coordinator
        if self._ask("auth_mode") != "token" and os.environ.get(AUTH_VARIABLE) == "token":
            ray.kill(coordinator)
            raise OpenClusterError(OPEN)

    def _ask(self, method: str, *arguments: Any) -> Any:
        return ray.get(getattr(self._coordinator, method).remote(*arguments), timeout=ANSWER_SECONDS)

    def collect(self, asked: dict[str, dict[str, int]]) -> dict[str, Report]:
        """Reports on runs."""
        reports: dict[str, Report] = self._ask("collect", asked)
        return reports

    def submit(self, order: Order) -> None:
        """Give an order out."""
        self._ask("submit", order, self._coordinator)

    def received(self, run_id: str, token: int, files: dict[str, bytes], checkpoints: list[str]) -> None:
        """Say that whole files are safe at home."""
        self._ask("received", run_id, token, files, checkpoints)

    def ask_to_stop(self, run_id: str) -> None:
        """Have a run stopped."""
        self._ask("ask_to_stop", run_id)

    def forget(self, run_id: str, token: int) -> None:
        """Drop what is known of an order."""
        self._ask("forget", run_id, token)

    def num_pending(self) -> int:
        """Orders no node has taken up yet."""
        return int(self._ask("num_pending"))


def run_session(home: Home, address: str) -> int:
    """Mind the home's runs on the cluster until none is left, or it cannot be reached; the exit code."""
    parent, num_said = os.getppid(), _size(home.cluster_log_path)
    try:
        # A killed minder's session may be at work yet.
        with held_lock(home.path / f"cluster-{address_digest(address)}.lock"):
            faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
            session = Session(home, address, RayLink(home, address))
            note_trouble(home, address, "")
            while session.step():
                if os.getppid() != parent:
                    return 1
                faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
                time.sleep(POLL_SECONDS)
    except LockHeldError:
        return 1
    except Exception as error:  # whatever Ray raises: the minder connects anew
        print(f"{address or 'ray'}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        note_trouble(home, address, explained(error, _read_from(home.cluster_log_path, num_said)))
        return 1
    return 0


def explained(error: Exception, said: bytes) -> str:
    """Why there is no session, in one line; of a wrong token Ray tells in what it said on the way alone."""
    if isinstance(error, OpenClusterError):
        return OPEN
    if isinstance(error, AuthenticationError):
        return NO_TOKEN
    if b"InvalidAuthToken" in said:
        return REFUSED
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0][:200]}"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read_from(path: Path, offset: int) -> bytes:
    if not path.exists():
        return b""
    with open_regular(path) as file:
        file.seek(offset)
        return file.read(MAX_SAID_BYTES)
