"""One thread for torch in every engine test: tensors this small lose by more, tenfold on a busy machine."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    torch.set_num_threads(1)
