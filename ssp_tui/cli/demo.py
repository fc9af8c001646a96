"""`ssp-tui demo`: the same small search clean and under one-shot poison."""

from argparse import Namespace

from engine.plan.presets import resolve_config
from engine.process.runs import find_home, launch_runs, run_status
from engine.record.folder import RunFolder
from engine.record.journal import read_state
from engine.record.status import FINISHED
from ssp_tui.cli.dashboard import has_terminal, open_dashboard_on
from ssp_tui.cli.output import print_now
from ssp_tui.cli.verdict import run_verdict
from ssp_tui.wording import counted, percent

DEMO_PRESETS = ("demo-clean", "demo-one-shot")


def demo(arguments: Namespace) -> int:
    """Queue both runs, and open the dashboard on them or, without a terminal, print their progress."""
    home = find_home(arguments.home)
    overrides = {} if arguments.seed is None else {"seed": arguments.seed}
    folders = launch_runs(home, [resolve_config(name, overrides, []) for name in DEMO_PRESETS])
    if not arguments.headless and has_terminal():
        return open_dashboard_on(arguments, *(folder.run_id for folder in folders))
    print_now("two runs on the embedded images: the same search clean, and with poison added to its space")
    from ssp_tui.cli.follow import follow_runs

    follow_runs(home, folders, print_now)
    print()
    for folder in folders:
        print(last_line(folder))
    return 0 if all(run_status(folder).state == FINISHED for folder in folders) else 1


def last_line(folder: RunFolder) -> str:
    """What became of a run: its test error, when its weights broke, and the verdict."""
    state, verdict = read_state(folder.journal_path), run_verdict(folder)
    latest = state.latest
    if latest is None or verdict is None:
        return f"{folder.run_id}: {run_status(folder).state}, no epoch finished"
    steps = [event.step for event in state.broke if event.what in ("gradient", "weight")]
    nan = f"NaN since step {min(steps):,}" if steps else f"no NaN in {counted(len(state.epochs), 'epoch')}"
    return f"{folder.run_id}: test error {percent(latest.evaluation.test_error)}, {nan}. {verdict.sentence}"
