"""A run's epochs as a TensorBoard event file, written by tensorboardX."""

import math
from pathlib import Path

from engine.record.events import EpochFinished
from engine.record.folder import RunFolder
from engine.record.journal import JournalReader, read_state
from ssp_tui.cleaning import clean
from ssp_tui.cli.export import section_numbers


def write_event_files(folder: RunFolder, place: Path) -> int:
    """Write the run's own folder of event files below `place`; returns the number of values.

    A value that is not finite has no place on a curve's axis or in its smoothing: it is left out there and
    stands as a 1 under `not_finite/...` at its epoch. ValueError in one line when tensorboardX is not there,
    or the run was exported to this place before.
    """
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise ValueError("TensorBoard files need tensorboardX: pip install 'ssp-tui[tensorboard]'") from None
    config, own = folder.read_config(), place / folder.run_id
    if own.exists() and any(own.iterdir()):
        raise ValueError(f"{own} holds files already: TensorBoard would show every value twice")
    own.mkdir(parents=True, exist_ok=True)
    num_values, times = 0, _epoch_times(folder)
    with SummaryWriter(str(own)) as writer:
        text = clean(f"{config.name}, seed {config.seed}, protocol {config.protocol}", 300)
        writer.add_text("run", text, 0)
        for epoch in read_state(folder.journal_path).epochs:
            for section, name, value in section_numbers(epoch):
                tag, number = f"{section}/{name}", float(value)
                if not math.isfinite(number):
                    tag, number = f"not_finite/{tag}", 1.0
                writer.add_scalar(tag, number, epoch.epoch, walltime=times[epoch.epoch])
                num_values += 1
    return num_values


def _epoch_times(folder: RunFolder) -> dict[int, float]:
    """When each epoch was last finished, wall time in seconds."""
    reader, times = JournalReader(folder.journal_path), {}
    while entries := reader.read():
        for entry in entries:
            if isinstance(entry.event, EpochFinished):
                times[entry.event.epoch] = entry.time
    return times
