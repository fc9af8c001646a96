"""A fake engine that holds a name the kernel gives to one process only, and tells when it is taken.

The name is an abstract socket: it goes with the process, however that ends, and is no file of ours.
"""

import argparse
import errno
import hashlib
import socket
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from engine.process.main import run_engine
    from engine.record.folder import RunFolder
    from tests.fakes import FakeSearch

    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queued", action="store_true")
    parser.add_argument("--epoch-seconds", type=float, default=0.1)
    parser.add_argument("--violations", type=Path, required=True)
    arguments = parser.parse_args()

    # A name may have 107 bytes, which a folder's path can be longer than.
    digest = hashlib.sha256(str(arguments.folder).encode()).hexdigest()

    def witnessed(*given: Any) -> bool:
        """The fake search, alone on its run or not."""
        with socket.socket(socket.AF_UNIX) as name:
            try:
                name.bind(f"\0ssp-tui-torture-{digest}")
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
                with arguments.violations.open("a") as file:
                    file.write(f"{arguments.folder}: {error}\n")
            return FakeSearch(arguments.epoch_seconds)(*given)

    sys.exit(run_engine(RunFolder(arguments.folder), witnessed, arguments.queued))
