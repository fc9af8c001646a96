"""Checks of what a run needs: torch, a GPU, data sets, the home, surviving a logout."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from engine.process.gpus import visible_gpus
from engine.process.launch import isolation_flags
from engine.process.logout import logout_warning
from engine.record.home import HOME_VARIABLE, Home

OK, WARNING, ERROR = "ok", "warning", "error"

LEAST_FREE_BYTES = 5 * 2**30

# torch takes seconds to import and never leaves: a process of its own, started as engines are, asks it.
_ASK_TORCH = """
import json, torch, torchvision
found = {"torch": torch.__version__, "torchvision": torchvision.__version__, "cuda": torch.version.cuda}
found["cuda_works"] = torch.cuda.is_available()
found["gpus"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(json.dumps(found))
"""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One checked thing."""

    topic: str
    level: str
    """ok, warning or error."""
    text: str
    """Outside text may be in it: to be cleaned before it is shown."""
    advice: str = ""


def diagnose(home: Home) -> Iterator[Finding]:
    """Check everything but the terminal, the slow question to torch first."""
    torch = ask_torch()
    yield check_torch(torch)
    yield check_gpu(torch, visible_gpus())
    yield from check_home(home)
    yield check_data(home)
    warning = logout_warning()
    yield Finding("logout", WARNING if warning else OK, warning or "detached runs outlive a logout")


def ask_torch(timeout_seconds: float = 120.0) -> dict[str, Any] | str:
    """What torch says of itself, or the last line of its complaint."""
    try:
        asked = subprocess.run(
            [sys.executable, *isolation_flags(), "-c", _ASK_TORCH],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {timeout_seconds:.0f} s"
    if asked.returncode:
        return (asked.stderr.strip().splitlines() or [f"exit code {asked.returncode}"])[-1]
    found: dict[str, Any] = json.loads(asked.stdout.splitlines()[-1])
    return found


def check_torch(torch: dict[str, Any] | str) -> Finding:
    """Whether torch and torchvision import where engines run."""
    if isinstance(torch, str):
        return Finding("torch", ERROR, torch, "install torch and torchvision for this Python")
    build = f"CUDA {torch['cuda']}" if torch["cuda"] else "CPU only"
    return Finding("torch", OK, f"torch {torch['torch']} ({build}), torchvision {torch['torchvision']}")


def check_gpu(torch: dict[str, Any] | str, gpus: tuple[str, ...]) -> Finding:
    """Whether the driver's GPUs and torch's build go together."""
    if isinstance(torch, str):
        return Finding("GPU", WARNING, "not checked, without torch")
    if torch["cuda_works"]:
        return Finding("GPU", OK, ", ".join(torch["gpus"]))
    if not gpus:
        return Finding("GPU", WARNING, "none: runs use the CPU", "a paper preset takes days on a CPU")
    if not torch["cuda"]:
        return Finding(
            "GPU",
            ERROR,
            f"{len(gpus)} seen by the driver, but this torch is a CPU build",
            "install a CUDA build",
        )
    return Finding(
        "GPU",
        ERROR,
        f"{len(gpus)} seen by the driver, but torch's CUDA {torch['cuda']} cannot use it",
        "update the driver (CUDA 13 needs 580 or newer), or install a torch built for an older CUDA",
    )


def check_home(home: Home) -> Iterator[Finding]:
    """Whether runs can be written, and for how long."""
    place = home.path
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        yield Finding("home", ERROR, f"{home.path} cannot be written", f"use --home or ${HOME_VARIABLE}")
        return
    free_bytes = shutil.disk_usage(place).free
    text = f"{home.path}, {len(home.run_folders())} runs, {free_bytes / 2**30:.1f} GiB free"
    is_low = free_bytes < LEAST_FREE_BYTES
    yield Finding("home", WARNING if is_low else OK, text, "make room: checkpoints need it" if is_low else "")


def check_data(home: Home) -> Finding:
    """Which data sets are on disk already."""
    names = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}
    present = [name for name, folder in names.items() if (home.data_folder / folder).is_dir()]
    missing = [name for name in names if name not in present]
    text = ", ".join(["synthetic is made in memory", *(f"{name} is on disk" for name in present)])
    advice = (
        f"{' and '.join(missing)}: downloaded at the first use, into {home.data_folder}" if missing else ""
    )
    return Finding("data sets", OK, text, advice)
