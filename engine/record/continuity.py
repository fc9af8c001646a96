"""What a damaged journal or a lost checkpoint cost a run that is taken up again, in words."""

from collections.abc import Collection


def damage_lines(recorded: Collection[int], next_epoch: int, last_saved: int) -> list[str]:
    """One line for epochs that the journal lost, one for epochs that are done again.

    `recorded` are the journal's finished epochs, `next_epoch` and `last_saved` (-1: none) what the loaded
    checkpoint goes on with and ended last.
    """
    lost = [epoch for epoch in range(last_saved) if epoch not in recorded]
    again = sorted(epoch for epoch in recorded if epoch >= next_epoch)
    lines = []
    if lost:
        lines.append(f"the journal is damaged: the figures of {_named(lost)} are lost, the weights are not")
    if again:
        lines.append(f"no whole checkpoint is left of {_named(again)}: done again from epoch {next_epoch}")
    return lines


def _named(epochs: list[int]) -> str:
    if len(epochs) == 1:
        return f"epoch {epochs[0]}"
    return f"{len(epochs)} epochs from {epochs[0]} to {epochs[-1]}"
