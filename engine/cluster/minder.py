"""The process that minds a home's runs on clusters: light, without Ray, it keeps one session a cluster going.

Ray ends the process of a driver whose head is lost, so sessions are processes of their own, begun again as
soon as their cluster answers. This one may be killed like the scheduler: the next command starts another.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from engine.cluster.minded import minded_runs
from engine.process.cluster_trouble import note_trouble
from engine.process.engine_lock import work_alone
from engine.process.launch import ENGINE_SCRIPT, engine_environment, isolation_flags
from engine.record.folder import changed_ns, write_json
from engine.record.home import Home

POLL_SECONDS = 0.5
SCAN_SECONDS = 10.0
RETRY_SECONDS = 3.0
CONNECT_SECONDS = 2.0


def mind(home_path: Path, address: str | None) -> int:
    """Mind all of a home's clusters until none of its runs is left, or one cluster alone in this process."""
    home = Home(home_path)
    if address is not None:
        from engine.cluster.ray_link import run_session  # late: the only one that needs Ray

        return run_session(home, address)

    def is_wanted() -> bool:
        return home.cluster_work_path.exists() or bool(minded_runs(home))

    work_alone(home.cluster_lock_path, is_wanted, lambda: _Minder(home).run())
    return 0


class _Minder:
    def __init__(self, home: Home) -> None:
        self._home = home
        self._sessions: dict[str, subprocess.Popen[bytes]] = {}
        self._next_try: dict[str, float] = {}

    def run(self) -> None:
        write_json(self._home.cluster_work_path, {"version": 1, "pid": os.getpid()})
        addresses: set[str] = set()
        bell, next_scan = -1, 0.0
        while True:
            now = time.monotonic()
            rung = changed_ns(self._home.bell_path)
            if rung != bell or now > next_scan:
                bell, next_scan = rung, now + SCAN_SECONDS
                addresses = set(minded_runs(self._home))
            if self._reap(now):
                next_scan = 0.0
            if not addresses and not self._sessions:
                break
            for address in addresses - set(self._sessions):
                if now >= self._next_try.get(address, 0.0):
                    self._begin(address)
            time.sleep(POLL_SECONDS)
        self._home.cluster_work_path.unlink(missing_ok=True)

    def _reap(self, now: float) -> bool:
        """Note the sessions that have ended; whether any has."""
        ended = [address for address, process in self._sessions.items() if process.poll() is not None]
        for address in ended:
            is_done = self._sessions.pop(address).returncode == 0
            self._next_try[address] = now + (0 if is_done else RETRY_SECONDS)
        return bool(ended)

    def _begin(self, address: str) -> None:
        if not answers(address):
            note_trouble(self._home, address, f"nobody answers at {address}")
            self._next_try[address] = time.monotonic() + RETRY_SECONDS
            return
        command = [sys.executable, *isolation_flags(), str(ENGINE_SCRIPT), "--cluster"]
        command += [f"--address={address}", str(self._home.path)]
        environment = {"RAY_AUTH_MODE": os.environ.get("RAY_AUTH_MODE", "token")}
        self._sessions[address] = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            cwd=self._home.path,
            env=engine_environment(os.environ, environment),
        )


def answers(address: str) -> bool:
    """Whether anybody listens at HOST:PORT; the cluster at hand is asked by whoever joins it."""
    if not address:
        return True
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), CONNECT_SECONDS):
            return True
    except OSError:
        return False
