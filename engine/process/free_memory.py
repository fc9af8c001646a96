"""How much memory this process could still take, for a failure that is told to a person."""

import resource
from pathlib import Path


def free_memory_bytes() -> int | None:
    """What the machine has left, or what a limit on this process leaves it; None where nobody can tell."""
    left = [size for size in (_available(), *_under_limits()) if size is not None]
    return max(0, min(left)) if left else None


def _available() -> int | None:
    return _kibibytes(Path("/proc/meminfo"), "MemAvailable:")


def _under_limits() -> list[int]:
    left = []
    for limit, name in ((resource.RLIMIT_AS, "VmSize:"), (resource.RLIMIT_DATA, "VmData:")):
        allowed, used = resource.getrlimit(limit)[0], _kibibytes(Path("/proc/self/status"), name)
        if allowed != resource.RLIM_INFINITY and used is not None:
            left.append(allowed - used)
    return left


def _kibibytes(path: Path, name: str) -> int | None:
    try:
        _, found, rest = path.read_text().partition(name)
        return int(rest.split()[0]) * 1024 if found else None
    except (OSError, ValueError, IndexError):
        return None
