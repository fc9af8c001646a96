"""Marginal rewards as a detector of poison, in tables: how well it does, epoch by epoch, and slot by slot."""

from collections.abc import Iterator, Sequence

from engine.analyse.marginal_reward import MarginalReward, marginal_rewards
from engine.analyse.outcomes import Spread
from engine.analyse.poison_detector import Score, by_slope, by_t_value, run_scores, scorable, slot_scores
from engine.analyse.roc import Area, Scores, area_over_runs
from engine.analyse.run_record import RunRecord
from engine.analyse.suite_records import Experiment, SuiteRecords
from engine.plan.suites import UNDEFENDED
from ssp_tui.cleaning import clean
from ssp_tui.report.table import Column, Kind, Table, Value

SCORES: dict[str, Score] = {"t value": by_t_value, "slope": by_slope}
"""The score that figures show first. It tells a sure small harm from a large guess: slots of few copies are
rarely sampled, so that their slopes are large by chance."""

MOST_EPOCHS = 30
"""Epochs at which an area is computed; long runs are looked at evenly."""

_NOTE = (
    "Score of a slot: minus its marginal reward, the slope of the validation accuracy on the number of "
    "layers that use it, in standard errors (t value) or in accuracy (slope), over all samples of the "
    "controller phase up to the epoch. Labels are the presets'. A slot of which nothing is known scores 0."
)


def detector_tables(suite: SuiteRecords) -> list[Table]:
    """The tables, where journals hold what they need."""
    if not any(scored_records(suite, variant) for variant in UNDEFENDED):
        return []
    return [_area_table(suite), _group_table(suite), _epoch_table(suite), _slot_table(suite)]


def scored_records(suite: SuiteRecords, variant: str, num_epochs: int = 1) -> list[RunRecord]:
    """The runs of a variant that came so far, finished or not."""
    records = [
        each for (kind, _), one in suite.experiments.items() if kind == variant for each in one.records
    ]
    return scorable(records, num_epochs)


def area_after(records: Sequence[RunRecord], num_epochs: int, score: Score = by_t_value) -> Area | None:
    """The area over all slots of those of the runs that came so far, from their first epochs."""
    reached = scorable(records, num_epochs)
    return area_over_runs([run_scores(record, num_epochs, score) for record in reached])


def most_epochs(records: Sequence[RunRecord]) -> int:
    """Epochs of the longest run."""
    return max((len(record.epochs) for record in records), default=0)


def looked_at(num_epochs: int) -> list[int]:
    """1 to `num_epochs`, or `MOST_EPOCHS` of them, the last included."""
    if num_epochs <= MOST_EPOCHS:
        return list(range(1, num_epochs + 1))
    return sorted({round((i + 1) * num_epochs / MOST_EPOCHS) for i in range(MOST_EPOCHS)})


def _area_table(suite: SuiteRecords) -> Table:
    columns = (
        Column("variant", Kind.TEXT), Column("score", Kind.TEXT), Column("runs", Kind.COUNT),
        Column("poisoned slots", Kind.COUNT), Column("clean slots", Kind.COUNT),
        Column("AUC", Kind.NUMBER), Column("low", Kind.NUMBER), Column("high", Kind.NUMBER),
        Column("first suspect is poison"), Column("by chance"),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for variant in UNDEFENDED:
        records = scored_records(suite, variant)
        for name, score in SCORES.items():
            # Each run from all its epochs: a preset may have more of them than another.
            area = area_over_runs([run_scores(each, len(each.epochs), score) for each in records])
            if area is not None:
                rows.append(
                    (
                        variant, name, area.num_runs, area.num_poisoned, area.num_clean,
                        area.value, area.low, area.high, *_first_suspects(records, score),
                    )
                )  # fmt: skip
    notes = (
        _NOTE,
        "AUC: the chance that a poisoned slot of any run scores above a clean slot of any run; 0.5 is "
        "guessing. Low and high: 95 % bootstrap over runs. First suspect is poison: of the runs that have "
        "some, those whose highest score is a poisoned slot's; by chance: the mean share of poisoned slots. "
        "An area of exactly 1 or 0 has no interval: every draw of its runs gives it again.",
    )
    return Table("poison-detector", "Marginal reward as a poison detector", notes, columns, tuple(rows))


def _first_suspects(records: Sequence[RunRecord], score: Score) -> tuple[float | None, float | None]:
    """How often the highest score of a run is poison's, and how often a slot drawn blindly would be."""
    hits, blind = [], []
    for record in records:
        labels = [slot.poisoned for slot in record.config.space.slots]
        if any(labels) and not all(labels):
            scores = slot_scores(record, len(record.epochs), score)
            highest = [label for label, each in zip(labels, scores, strict=True) if each == max(scores)]
            hits.append(sum(highest) / len(highest))
            blind.append(sum(labels) / len(labels))
    return (sum(hits) / len(hits), sum(blind) / len(blind)) if hits else (None, None)


def _group_table(suite: SuiteRecords) -> Table:
    columns = (
        Column("variant", Kind.TEXT), Column("poison", Kind.TEXT), Column("runs", Kind.COUNT),
        Column("poisoned slots", Kind.COUNT), Column("clean slots", Kind.COUNT),
        Column("AUC", Kind.NUMBER), Column("low", Kind.NUMBER), Column("high", Kind.NUMBER),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for variant in UNDEFENDED:
        for group, runs in _groups(scored_records(suite, variant)):
            area = area_over_runs(runs)
            if area is not None:
                counts = (area.num_runs, area.num_poisoned, area.num_clean)
                interval = (area.low, area.high) if area.num_runs > 1 else (None, None)
                rows.append((variant, group, *counts, area.value, *interval))
    notes = (
        "By t value over all epochs. Poisoned slots of the runs with so many poisoned copies in all, then of "
        "the operation named; each against the clean slots of the same runs.",
    )
    return Table("poison-detector-groups", "Which poison it finds", notes, columns, tuple(rows))


def _groups(records: Sequence[RunRecord]) -> Iterator[tuple[str, list[Scores]]]:
    """Runs by how many poisoned outputs their space has, then by each kind of poison they hold."""
    scored = [(record.config.space, run_scores(record, len(record.epochs))) for record in records]
    for number in sorted({space.num_poisoned_outputs for space, _ in scored} - {0}):
        yield f"{number} copies", [one for space, one in scored if space.num_poisoned_outputs == number]
    poison = [[slot.operation.kind for slot in space.slots if slot.poisoned] for space, _ in scored]
    for kind in dict.fromkeys(kind for kinds in poison for kind in kinds):
        own = [
            Scores(tuple(s for s, each in zip(one.poisoned, kinds, strict=True) if each == kind), one.clean)
            for (_, one), kinds in zip(scored, poison, strict=True)
            if kind in kinds
        ]
        yield kind, own


def _epoch_table(suite: SuiteRecords) -> Table:
    records = {variant: each for variant in UNDEFENDED if (each := scored_records(suite, variant))}
    columns = [Column("epochs", Kind.COUNT)]
    for variant in records:
        columns += [Column(f"{variant}, {what}", Kind.NUMBER) for what in ("AUC", "low", "high")]
        columns.append(Column(f"{variant}, runs", Kind.COUNT))
    rows = []
    for num_epochs in looked_at(max(map(most_epochs, records.values()))):
        row: list[Value] = [num_epochs]
        for each in records.values():
            area = area_after(each, num_epochs)
            row += [area.value, area.low, area.high, area.num_runs] if area else [None] * 4
        rows.append(tuple(row))
    notes = (_NOTE, "By t value, from the samples of the first epochs together; runs that came so far.")
    return Table(
        "poison-detector-epochs", "The poison detector, epoch by epoch", notes, tuple(columns), tuple(rows)
    )


def _slot_table(suite: SuiteRecords) -> Table:
    columns = [
        Column("experiment", Kind.TEXT), Column("slot", Kind.COUNT), Column("operation", Kind.TEXT),
        Column("label", Kind.TEXT), Column("copies", Kind.COUNT),
    ]  # fmt: skip
    variants = [variant for variant in UNDEFENDED if scored_records(suite, variant)]
    for variant in variants:
        columns += [Column(f"{variant}, points a layer", Kind.GAP), Column(f"{variant}, t", Kind.NUMBER)]
    rows: list[tuple[Value, ...]] = []
    for name in dict.fromkeys(name for _, name in suite.experiments):
        found = [slot_rewards(suite.get(name, variant)) for variant in variants]
        preset = next(each.preset for (_, one), each in suite.experiments.items() if one == name)
        for i, slot in enumerate(preset.space.slots):
            row: list[Value] = [
                name, i, clean(slot.operation.label), "poison" if slot.poisoned else "clean", slot.copies
            ]  # fmt: skip
            for each in found:
                row += _slope_cells(each[i] if i < len(each) else None)
            rows.append(tuple(row))
    notes = (
        "Points of accuracy a layer ± standard error, over all samples of all epochs and seeds, each epoch "
        "with a constant of its own. Counts add up to the layers, so a slope is relative: one more layer of "
        "the slot in the place of the policy's mix. Where most of the mix is poison, that is its measure.",
    )
    return Table("marginal-rewards", "Marginal reward of every operation", notes, tuple(columns), tuple(rows))


def slot_rewards(each: Experiment | None) -> tuple[MarginalReward | None, ...]:
    """Every slot's marginal reward over all seeds of an experiment."""
    records = scorable(each.records, 1) if each is not None else []
    if not records:
        return ()
    num_slots = len(records[0].config.space.slots)
    return marginal_rewards((one for record in records for one in record.rewards), num_slots)


def _slope_cells(found: MarginalReward | None) -> list[Value]:
    return [Spread(found.slope, found.standard_error), found.t_value] if found else [None, None]
