"""A home with a suite in it whose runs were never searched: journals as an engine would have written them."""

import dataclasses
import math
import random
from collections.abc import Iterable

from engine.plan.architecture import Architecture
from engine.plan.config import RunConfig
from engine.plan.suite_plan import Member, SuitePlan
from engine.process.suite import suite_path, write_suite
from engine.record.events import EpochFinished, Event, RunFinished
from engine.record.folder import RunFolder
from engine.record.home import Home
from engine.record.measures import CandidateMeasures, RewardMeasures
from tests.fakes import fake_epoch, fake_started


def keep_plan(home: Home, name: str, plan: SuitePlan) -> None:
    """Write a suite's file without launching anything."""
    home.prepare()
    home.suites_folder.mkdir(exist_ok=True)
    write_suite(suite_path(home, name), plan)


def record_members(home: Home, members: Iterable[Member], seed: int = 0) -> list[RunFolder]:
    """Finished runs of these members."""
    return [record_member(home, member.config, random.Random(f"{seed}{member}")) for member in members]


def record_member(
    home: Home,
    config: RunConfig,
    rng: random.Random,
    num_epochs: int | None = None,
    ending: Event | None = None,
) -> RunFolder:
    """A run of some epochs, or of all and then finished; its errors grow with the share of poison."""
    folder = home.create_run(config)
    folder.queued_path.unlink()
    journal = folder.open_journal()
    journal.append(fake_started(num_classes=config.data.num_classes))
    epochs = [fake_member_epoch(config, epoch, rng) for epoch in range(num_epochs or config.epochs)]
    for epoch in epochs:
        journal.append(epoch)
    if num_epochs is None:
        errors = epochs[-1].evaluation
        journal.append(
            RunFinished(
                errors.val_error, errors.test_error, errors.val_error_active, errors.val_error_inert,
                errors.test_error_active, errors.test_error_inert, epochs[-1].nonfinite.nan_parameter_share,
            )
        )  # fmt: skip
    elif ending is not None:
        journal.append(ending)
    journal.close()
    return folder


def fake_member_epoch(config: RunConfig, epoch: int, rng: random.Random) -> EpochFinished:
    """One epoch of a pretended search: the more poison, the slower it learns; one shot breaks half-way."""
    space, layers = config.space, config.child.layers
    share = space.num_poisoned_outputs / space.num_outputs
    chance = 1 - 1 / config.data.num_classes
    is_broken = any(slot.operation.kind == "conv" and slot.poisoned for slot in space.slots)
    is_broken = is_broken and epoch >= config.epochs // 2
    error = chance * (1 - (1 - share) * (1 - math.exp(-3 * (epoch + 1) / config.epochs)))
    error = chance if is_broken else min(chance, max(0.0, error + rng.gauss(0, 0.02)))
    base = fake_epoch(epoch, error, error, 1.0 if is_broken else 0.0)
    histogram = [0] * (layers + 1)
    for _ in range(300):
        histogram[sum(rng.random() < share for _ in range(layers))] += 1
    first_steps = {"gradient": 100 * (config.epochs // 2)} if is_broken else {}
    inert = error if is_broken else error * (1 - 0.1 * share)
    return dataclasses.replace(
        base,
        child=dataclasses.replace(base.child, num_poisoned_layers=tuple(histogram)),
        nonfinite=dataclasses.replace(base.nonfinite, first_steps=first_steps),
        controller=dataclasses.replace(
            base.controller,
            policy=fake_policy(config, epoch),
            rewards=fake_rewards(config, random.Random(f"{config.name} {config.seed} {epoch}")),
        ),
        evaluation=dataclasses.replace(
            base.evaluation,
            candidates=tuple(fake_candidate(config, rng, error) for _ in range(3)),
            val_error_inert=inert,
            test_error_inert=inert,
        ),
    )


def fake_policy(config: RunConfig, epoch: int) -> tuple[tuple[float, ...], ...]:
    """A policy that moves a hundredth an epoch from the last slot to the first; a random one does not."""
    uniform = [config.space.slot_probability(slot) for slot in config.space.slots]
    moved = 0.0 if config.controller.kind == "random" else min(0.01 * epoch, uniform[-1])
    row = (uniform[0] + moved, *uniform[1:-1], uniform[-1] - moved)
    return (row,) * config.child.layers


def fake_rewards(config: RunConfig, rng: random.Random) -> RewardMeasures:
    """Sums over twelve uniform samples whose accuracy falls by a point with each poisoned layer."""
    space, layers = config.space, config.child.layers
    slots = range(len(space.slots))
    counts, accuracies = [], []
    for _ in range(12):
        chosen = [space.slot_of_output[rng.randrange(space.num_outputs)] for _ in range(layers)]
        counts.append([chosen.count(slot) for slot in slots])
        num_poisoned = sum(space.slots[slot].poisoned for slot in chosen)
        accuracies.append(0.5 - 0.01 * num_poisoned + rng.gauss(0, 0.02))
    mean = sum(accuracies) / len(accuracies)
    means = [sum(row[slot] for row in counts) / len(counts) for slot in slots]
    return RewardMeasures(
        len(accuracies),
        mean,
        sum((accuracy - mean) ** 2 for accuracy in accuracies),
        tuple(means),
        tuple(sum((row[slot] - means[slot]) ** 2 for row in counts) for slot in slots),
        tuple(
            sum((row[slot] - means[slot]) * (a - mean) for row, a in zip(counts, accuracies, strict=True))
            for slot in slots
        ),
    )


def fake_candidate(config: RunConfig, rng: random.Random, error: float) -> CandidateMeasures:
    """An architecture drawn uniformly, with skips at a third."""
    layers = config.child.layers
    architecture = Architecture(
        tuple(rng.randrange(config.space.num_outputs) for _ in range(layers)),
        tuple(tuple(j for j in range(i) if rng.random() < 0.31) for i in range(layers)),
    )
    return CandidateMeasures(architecture, 1 - error, architecture.num_poisoned(config.space), 0)
