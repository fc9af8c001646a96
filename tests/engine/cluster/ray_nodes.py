"""Real Ray nodes on this machine, each started and ended by its own processes alone."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

RAY = [sys.executable, "-c", "from ray.scripts.scripts import main; main()"]
ADDRESS_HOST = "127.0.0.1"
MARKER = "SSP_TUI_TEST_CLUSTER"
"""In the environment of every process of a test's cluster: how they are found again."""


def free_port() -> int:
    """A port nobody listens at, away from those Ray gives its workers (10002 to 19999)."""
    import socket

    while True:
        with socket.socket() as found:
            found.bind((ADDRESS_HOST, 0))
            port = int(found.getsockname()[1])
        if not 10_002 <= port <= 19_999:
            return port


class RayNodes:
    """A cluster of nodes on loopback, with token authentication on."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in `folder`, whose path must be short: sockets are in it."""
        self.folder = folder
        self.port = free_port()
        self.mark = secrets.token_hex(8)
        token_path = folder / "token"
        token_path.write_text(secrets.token_hex(32))
        token_path.chmod(0o600)
        self.environment = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token_path)}

    @property
    def address(self) -> str:
        """Where the head is."""
        return f"{ADDRESS_HOST}:{self.port}"

    def start(self, name: str, num_cpus: int, head: bool = False) -> None:
        """Start a node; CalledProcessError when it does not come up."""
        place = ["--head", f"--port={self.port}", "--include-dashboard=false"]
        command = [*RAY, "start", *(place if head else [f"--address={self.address}"])]
        command += [f"--node-ip-address={ADDRESS_HOST}", f"--node-name={name}", f"--num-cpus={num_cpus}"]
        command += ["--object-store-memory=100000000", "--disable-usage-stats", "--include-log-monitor=false"]
        command += [f"--temp-dir={self.folder / ('h' if head else name)}"] if head else []
        environment = {**os.environ, **self.environment, MARKER: f"{self.mark}-{name}"}
        with (self.folder / f"{name}.log").open("ab") as log:
            subprocess.run(command, env=environment, stdout=log, stderr=log, check=True, timeout=180)

    def processes(self, name: str) -> list[psutil.Process]:
        """Every living process of a node, engines left out: on purpose they outlive it."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                is_engine = any(part.endswith("engine/__main__.py") for part in process.cmdline())
                if process.environ().get(MARKER) == f"{self.mark}-{name}" and not is_engine:
                    found.append(process)
        return found

    def kill(self, name: str) -> None:
        """SIGKILL to all of a node's processes."""
        while processes := self.processes(name):
            for process in processes:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            time.sleep(0.1)

    def engines(self, name: str) -> list[psutil.Process]:
        """Engines that were started on a node."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                is_engine = any(part.endswith("engine/__main__.py") for part in process.cmdline())
                if process.environ().get(MARKER) == f"{self.mark}-{name}" and is_engine:
                    found.append(process)
        return found
