"""Everything known of one run, as text, as data and as plots."""

import sys
from argparse import Namespace

from engine.plan.config import RunConfig
from engine.process.runs import RunRow, read_row
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.state import RunState
from engine.record.verdict import judge
from ssp_tui.cleaning import clean
from ssp_tui.cli.anatomy import event_fields
from ssp_tui.cli.output import print_fields, print_json, tell
from ssp_tui.cli.rewards import print_rewards, reward_fields
from ssp_tui.cli.runs import row_fields, state_text
from ssp_tui.defence_words import defences_done, defences_on
from ssp_tui.derived_words import FINAL, layer_texts, origin
from ssp_tui.wording import ABSENT, duration, number, percent

Fields = list[tuple[str, str]]


def show_run(folder: RunFolder, arguments: Namespace) -> int:
    """Print the run's state, verdict, result, last epoch, errors and plots."""
    row, state = read_row(folder), read_state(folder.journal_path)
    config = folder.read_config()
    verdict = judge(state, config.space, config.derived is not None) if state.started else None
    if arguments.json:
        latest = state.latest
        print_json(
            run=row_fields(row),
            config=config.table(),
            verdict=verdict,
            result=folder.read_result(),
            last_epoch=latest,
            first_nonfinite=state.broke,
            marginal_rewards=reward_fields(config, state) if config.derived is None else [],
            warnings=state.warnings,
            num_broken_lines=state.num_broken_lines,
        )
        return 0
    fields: Fields = [("run", row.run_id), ("state", _state_line(row))]
    if verdict:
        fields.append(("verdict", verdict.sentence))
    fields += (
        _config_fields(config)
        + space_fields(config)
        + _epoch_fields(config, state)
        + _result_fields(config, folder)
    )
    fields += [("warning", clean(text)) for text in state.warnings[-3:]]
    print_fields(fields)
    if state.epochs and config.derived is None:
        print_rewards(config, state)
    if state.num_broken_lines:
        tell(f"ssp-tui: {state.num_broken_lines} broken lines passed over in {folder.journal_path}")
    if state.epochs and (arguments.plots or sys.stdout.isatty()):
        from ssp_tui.cli.plots import print_plots

        print_plots(state, config)
    return 0


def _state_line(row: RunRow) -> str:
    why = clean(row.status.reason)
    last = clean(row.status.traceback_last_line, 300)
    eta = f", {duration(row.eta_seconds)} left" if row.eta_seconds is not None else ""
    return state_text(row) + (f": {why}" if why else "") + (f" [{last}]" if last else "") + eta


def _config_fields(config: RunConfig) -> Fields:
    paper = config.paper
    fields = [
        ("name", f"{clean(config.name)}" + (f" ({clean(config.title)})" if config.title else "")),
        ("data", f"{clean(config.dataset)}, seed {config.seed}, protocol {config.protocol}"),
    ]
    if config.derived is not None:
        where = origin(config).removeprefix("derived ")
        fields.append(("derived", f"{where}: one architecture from scratch, no controller"))
    if paper:
        fields.append(
            ("paper", f"{clean(paper.row)}: val {percent(paper.val_error)}, test {percent(paper.test_error)}")
        )
    return fields


def _epoch_fields(config: RunConfig, state: RunState) -> Fields:
    latest = state.latest
    if latest is None:
        return [("epoch", f"none of {config.epochs} finished")]
    errors = latest.evaluation
    fields = [
        ("epoch", f"{len(state.epochs)} of {config.epochs} finished"),
        (
            f"{FINAL} errors" if config.derived else "errors",
            f"val {percent(errors.val_error)}, test {percent(errors.test_error)}, as the protocol takes them",
        ),
        (
            "poison active",
            f"val {percent(errors.val_error_active)}, test {percent(errors.test_error_active)}",
        ),
        ("poison inert", f"val {percent(errors.val_error_inert)}, test {percent(errors.test_error_inert)}"),
        ("NaN weights", percent(latest.nonfinite.nan_parameter_share)),
    ]
    if config.derived is not None:
        num = config.derived.architecture.num_poisoned(config.space)
        fields.append(("poisoned", f"{num} of {config.child.layers} layers, in every step"))
    elif config.space.num_poisoned_outputs:
        fields.append(("poisoned now", _poisoned_now(config, state)))
    for event in state.broke:
        fields += event_fields(event, state.broke)
    done = defences_done(state.epochs)
    return [*fields, ("defended", done)] if done else fields


def _poisoned_now(config: RunConfig, state: RunState) -> str:
    assert state.latest is not None
    counts = state.latest.child.num_poisoned_layers
    total = sum(counts)
    mean = sum(i * count for i, count in enumerate(counts)) / total if total else None
    layers = config.child.layers
    floor = config.space.poisoned_layers_floor(layers, config.controller.tanh_constant)
    text = ABSENT if mean is None else number(mean)
    return f"{text} of {layers} layers in this epoch's children, floor {number(floor)}"


def _result_fields(config: RunConfig, folder: RunFolder) -> Fields:
    """What a finished run came to; only what was trained from scratch is called final."""
    result = folder.read_result() or {}
    whose = FINAL if config.derived else "last"
    fields = []
    for key in ("val_error", "test_error"):
        value = result.get(key)
        if isinstance(value, int | float):
            fields.append((f"{whose} {key.replace('_', ' ')}", percent(float(value))))
    return fields


def space_fields(config: RunConfig) -> Fields:
    """The space in words, and what a uniform and a perfect controller would sample from it.

    Of a derived run the one architecture, layer by layer: nothing is sampled.
    """
    if config.derived is not None:
        return [
            ("architecture", ", ".join(layer_texts(config.space, config.derived.architecture))),
            *([("defences", defences_on(config))] if defences_on(config) else []),
        ]
    space, layers = config.space, config.child.layers
    floor = space.poisoned_layers_floor(layers, config.controller.tanh_constant)
    clean_ops = [slot.operation.label for slot in space.slots if not slot.poisoned]
    poison = [f"{slot.operation.label} x{slot.copies}" for slot in space.slots if slot.poisoned]
    fields = [("operations", ", ".join(clean_ops)), ("poison", ", ".join(poison) or "none")]
    fields.append(
        ("outputs N", f"{space.num_outputs}, each {percent(space.clean_probability)} under a uniform policy")
        if not space.by_kind
        else ("outputs N", f"{space.num_outputs} of {len(space.kinds)} kinds, a kind is chosen first")
    )
    if defences_on(config):
        fields.append(("defences", defences_on(config)))
    if poison:
        expected = space.expected_poisoned_layers(layers)
        fields.append(
            (
                "poisoned layers",
                f"{number(expected)} of {layers} under a uniform policy, floor {number(floor)}",
            )
        )
    return fields
