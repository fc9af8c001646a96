"""Promise 3: a run that asks for more memory than there is fails in words; no other run feels it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.plan.config import read_config
from engine.process.failure import failure_reason
from engine.process.runs import run_status
from engine.record.folder import RunFolder
from engine.record.status import FAILED, FINISHED
from tests.fakes import TINY
from tests.sameness import assert_ended_alike
from tests.torture.fork_server import ForkServer
from tests.torture.test_killed_at_any_instant import wait_for_exit

MIB = 2**20


def made(path: Path, **child: Any) -> RunFolder:
    """A run beside which there is room for the marks and the limit of its own engine."""
    path.mkdir()
    return RunFolder.create(path / "run", read_config({**TINY, "child": {**TINY["child"], **child}}))  # type: ignore[dict-item]


@pytest.mark.parametrize("limit_mib", [16, 64, 200])
def test_more_than_there_is_fails_with_what_was_asked_and_what_was_free(
    tmp_path: Path, fork_server: ForkServer, figure: Callable[[str], None], limit_mib: int
) -> None:
    big = made(tmp_path / "big", filters=512, batch_size=16)
    model, other = made(tmp_path / "model"), made(tmp_path / "other")
    (big.path.parent / "memory-limit").write_text(str(limit_mib * MIB))
    pids = [fork_server.start_engine(each.path, each.path.parent / "marks") for each in (model, big, other)]
    for pid in pids:
        wait_for_exit(pid)
    status = run_status(big)
    assert status.state == FAILED
    assert re.search(r"^out of memory \([0-9,]+ MiB were free\); a smaller .* needs less", status.reason)
    assert "tried to allocate" in status.reason
    assert run_status(other).state == FINISHED
    assert_ended_alike(other, model)
    figure(f"{limit_mib} MiB to take: {status.reason}")


CUDA_TEXT = """CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has a total capacity of 79.19 GiB
of which 3.06 GiB is free. Process 7 has 76.12 GiB memory in use. Of the allocated memory 75.00 GiB is
allocated by PyTorch, and 500.00 MiB is reserved by PyTorch but unallocated. If reserved but unallocated"""


def test_a_gpu_without_memory_is_told_with_what_was_asked_and_what_was_free() -> None:
    reason = failure_reason(torch.OutOfMemoryError(CUDA_TEXT))
    assert reason.startswith("out of GPU memory; a smaller child.batch_size or child.filters needs less")
    assert "Tried to allocate 20.00 GiB" in reason
    assert "of which 3.06 GiB is free" in reason
