"""Runs of presets as they would lie in a home, without an engine."""

from collections.abc import Sequence

from engine.plan.presets import resolve_config
from engine.record.events import RunFinished
from engine.record.folder import RunFolder
from engine.record.home import Home
from tests.fakes import fake_epoch, fake_started


def record_run(
    home: Home,
    preset: str,
    seed: int = 69,
    val_errors: Sequence[float] = (0.5, 0.4),
    nan_from: int | None = None,
    is_finished: bool = True,
    settings: Sequence[str] = (),
) -> RunFolder:
    """A run whose test error is always two points above its validation error."""
    folder = home.create_run(resolve_config(preset, {"seed": seed}, list(settings)))
    folder.queued_path.unlink()
    journal = folder.open_journal()
    journal.append(fake_started())
    for epoch, error in enumerate(val_errors):
        share = 1.0 if nan_from is not None and epoch >= nan_from else 0.0
        journal.append(fake_epoch(epoch, error, error + 0.02, share))
    if is_finished:
        last = val_errors[-1]
        journal.append(RunFinished(last, last + 0.02, last, last, last, last, 0.0))
    journal.close()
    return folder
