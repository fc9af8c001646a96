"""How hard to torture, and the figures it came to.

TORTURE_SCALE is a share of the whole: 1 is `make torture` (under 30 minutes on two cores), 0.02 its cut.
TORTURE_SEED moves every random choice; a failure prints it. TORTURE_REPORT is a folder for the figures.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from tests.torture.figures import FIGURE, PROMISE, Figures, promise_of
from tests.torture.fork_server import ForkServer

SEED = int(os.environ.get("TORTURE_SEED", "7"))
SCALE = float(os.environ.get("TORTURE_SCALE", "1"))
FIGURES = pytest.StashKey[Figures]()


class _Listener:
    """Hears of every test, also of those that another process ran."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if dict(report.user_properties).get(PROMISE):
            self._figures.take(report)


def pytest_configure(config: pytest.Config) -> None:
    """Begin to keep figures."""
    figures = config.stash[FIGURES] = Figures(SEED, SCALE)
    config.pluginmanager.register(_Listener(figures))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is torture, and may take its time."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.torture)
            item.add_marker(pytest.mark.timeout(1500))
            docstring = (item.module.__doc__ or "") if isinstance(item, pytest.Function) else ""
            item.user_properties.append((PROMISE, promise_of(docstring)))


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
    return lambda text: request.node.user_properties.append((FIGURE, text))


@pytest.fixture(scope="session")
def fork_server() -> Iterator[ForkServer]:
    """One parent of engines for all tests."""
    torch.set_num_threads(1)
    server = ForkServer()
    yield server
    server.close()
