"""How hard to torture, and the figures it came to.

TORTURE_SCALE is a share of the whole: 1 is `make torture` (under 30 minutes on two cores), 0.1 its cut.
TORTURE_SEED moves every random choice; a failure prints it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.torture.fork_server import ForkServer

_FIGURES: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is torture, and may take its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.torture)
            item.add_marker(pytest.mark.timeout(1500))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What docs/RELIABILITY.md quotes."""
    if _FIGURES:
        terminalreporter.section("torture: figures")
    for line in _FIGURES:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def seed() -> int:
    """Of every random choice."""
    chosen = int(os.environ.get("TORTURE_SEED", "7"))
    print(f"TORTURE_SEED={chosen}")
    return chosen


@pytest.fixture(scope="session")
def scaled() -> Callable[[int, int], int]:
    """`scaled(whole, least)`: so many of something at the chosen scale."""
    scale = float(os.environ.get("TORTURE_SCALE", "1"))
    return lambda whole, least: max(least, round(whole * scale))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keep one line for the summary."""
    return lambda text: _FIGURES.append(f"{request.node.name}: {text}")


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """One parent of engines for all tests."""
    torch.set_num_threads(1)
    server = ForkServer()
    yield server
    server.close()
