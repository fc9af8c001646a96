"""How hard to torture, and the figures it came to.

TORTURE_SCALE is a share of the whole: 1 is `make torture` (under 30 minutes on two cores), 0.02 its cut.
TORTURE_SEED moves every random choice; a failure prints it. TORTURE_REPORT is a folder for the figures.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.torture.figures import Figures
from tests.torture.fork_server import ForkServer

SEED = int(os.environ.get("TORTURE_SEED", "7"))
SCALE = float(os.environ.get("TORTURE_SCALE", "1"))
FIGURES = pytest.StashKey[Figures]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep figures."""
    config.stash[FIGURES] = Figures(SEED, SCALE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is torture, and may take its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.torture)
            item.add_marker(pytest.mark.timeout(1500))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Keep every test's outcome and time; setting up what others use too is the first one's."""
    report = yield
    if item.path.is_relative_to(Path(__file__).parent):
        row = item.config.stash[FIGURES].row(item)
        row.seconds += report.duration
        row.outcome = report.outcome if report.outcome != "passed" else row.outcome or report.outcome
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """What docs/RELIABILITY.md quotes."""
    rows = config.stash[FIGURES].rows()
    if not rows:
        return
    terminalreporter.section("torture: figures")
    for row in rows:
        terminalreporter.write_line(
            f"{row.promise} {row.test}: {row.outcome}, {row.seconds:.0f} s  {row.figure}"
        )
    if folder := os.environ.get("TORTURE_REPORT"):
        config.stash[FIGURES].write(Path(folder))


@pytest.fixture(scope="session")
def seed() -> int:
    """Of every random choice."""
    print(f"TORTURE_SEED={SEED}")
    return SEED


@pytest.fixture(scope="session")
def scaled() -> Callable[[int, int], int]:
    """`scaled(whole, least)`: so many of something at the chosen scale."""
    return lambda whole, least: max(least, round(whole * SCALE))


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keep one line for the summary."""
    row = request.config.stash[FIGURES].row(request.node)
    return lambda text: setattr(row, "figure", text)


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """One parent of engines for all tests."""
    torch.set_num_threads(1)
    server = ForkServer()
    yield server
    server.close()
