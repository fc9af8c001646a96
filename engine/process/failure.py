"""An exception as one line that tells a person what happened and what helps."""

import errno
import traceback

from engine.process.free_memory import free_memory_bytes

_GPU_WORDS = (
    "no nvidia driver",
    "no cuda gpus",
    "invalid device ordinal",
    "not compiled with cuda",
    "no such gpu",
)
_LOST_GPU_WORDS = (
    *_GPU_WORDS,
    "no cuda-capable device",
    "devices are busy or unavailable",
    "uncorrectable ecc error",
    "fallen off the bus",
    "gpu is lost",
    "cuda error: unknown error",
    "hardware stack error",
)
_DISK_WORDS = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the disk is read-only",
    errno.EIO: "the disk cannot be read or written",
}
_MEMORY_WORDS = ("can't allocate memory", "not enough memory", "cannot allocate memory")


def failure_reason(error: BaseException) -> str:
    """The reason a run failed, in one line."""
    text = " ".join(str(error).split())[:300]
    # By name: whoever words a failure should not have to import torch.
    if type(error).__name__ == "OutOfMemoryError":
        return f"out of GPU memory; a smaller child.batch_size or child.filters needs less: {text}"
    if isinstance(error, MemoryError) or any(word in text.lower() for word in _MEMORY_WORDS):
        return _out_of_memory(text)
    if isinstance(error, OSError) and error.errno in _DISK_WORDS:
        return f"{_DISK_WORDS[error.errno]}: {text}"
    if any(word in text.lower() for word in _GPU_WORDS):
        return f"no such GPU: {text}"
    if isinstance(error, ValueError):
        return text or "a value was refused"
    return f"{type(error).__name__}: {text}".rstrip(": ")


def _out_of_memory(text: str) -> str:
    """What was asked for is in the text; what was free is measured now, while it is all still held."""
    free = free_memory_bytes()
    left = f" ({free / 2**20:,.0f} MiB were free)" if free is not None else ""
    return f"out of memory{left}; a smaller child.batch_size or child.filters needs less: {text}".rstrip(": ")


def is_lost_gpu(error: BaseException) -> bool:
    """Whether it says that a GPU is not there, or no longer works: on another one the run can go on."""
    return isinstance(error, Exception) and any(word in str(error).lower() for word in _LOST_GPU_WORDS)


def traceback_last_line(error: BaseException) -> str:
    """The last line of the traceback, with the place in the code it came from."""
    last = traceback.format_exception_only(error)[-1].strip().replace("\n", " ")
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].name}, line {frames[-1].lineno} of {frames[-1].filename})" if frames else ""
    return last[:500] + place
