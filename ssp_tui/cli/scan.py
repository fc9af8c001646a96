"""`ssp-tui scan`: which operations of a space are of no use, by what they were measured to do."""

from argparse import Namespace
from typing import Any

from engine.analyse.ineffective import Rule, flagged_by, nearest_miss
from engine.plan.presets import resolve_config
from engine.process.runs import find_home
from engine.process.scan import run_scan
from engine.record.scan import Response, Scan
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_table
from ssp_tui.cli.source import find_source
from ssp_tui.wording import counted, number


def print_scan(arguments: Namespace) -> int:
    """Print one line of evidence an operation, then how far the others were from being flagged.

    Returns 0 whatever was found: a flag is an answer, not a failure.
    """
    source = find_source(arguments.source, find_home(arguments.home))
    settings = [] if arguments.seed is None else [f"seed={arguments.seed}"]
    settings += [] if arguments.filters is None else [f"child.filters={arguments.filters}"]
    resolve_config(source, {}, settings)  # a mistake is told before torch is loaded for nothing
    scan = run_scan(source, settings)
    if arguments.json:
        fields = [_fields(response) for response in scan.responses]
        print_json(filters=scan.filters, seed=scan.seed, map_sizes=scan.map_sizes, operations=fields)
    else:
        tell_scan(scan)
    return 0


def tell_scan(scan: Scan) -> None:
    """Print a scan for people."""
    _print_flags(scan)
    _print_near_misses(scan)


def _fields(response: Response) -> dict[str, Any]:
    flags, nearest = flagged_by(response), nearest_miss(response)
    return {
        "operation": response,
        "flagged": bool(flags),
        "evidence": [{"measure": rule.measure, "text": rule.evidence(response)} for rule in flags],
        "nearest": {"measure": nearest.measure, "times_away": nearest.distance(response)},
    }


def _print_flags(scan: Scan) -> None:
    sizes = ", ".join(map(str, scan.map_sizes))
    print(f"fresh weights, {scan.filters} filters, seed {scan.seed}, maps of {sizes} pixels\n")
    rows = []
    for response in scan.responses:
        evidence = "; ".join(rule.evidence(response) for rule in flagged_by(response))
        rows.append([
            "FLAG" if evidence else "ok", clean(response.label, 40), f"x{response.copies}", evidence or "-",
        ])  # fmt: skip
    print_table(("", "OPERATION", "COPIES", "EVIDENCE"), rows, right={2})
    num_flagged = sum(bool(flagged_by(response)) for response in scan.responses)
    print(f"\n{num_flagged} of {counted(len(scan.responses), 'operation')} flagged")


def _print_near_misses(scan: Scan) -> None:
    clear = [(nearest_miss(each), each) for each in scan.responses if not flagged_by(each)]
    if not clear:
        return
    clear.sort(key=lambda pair: pair[0].distance(pair[1]))
    print("\nnot flagged, the nearest to it first:")
    print_table(
        ("OPERATION", "NEAREST MEASURE", "VALUE", "FLAGGED", "TIMES AWAY"),
        [_near_miss(rule, response) for rule, response in clear],
        right={2, 3, 4},
    )


def _near_miss(rule: Rule, response: Response) -> list[str]:
    side = "below" if rule.flags_below else "above"
    return [
        clean(response.label, 40),
        rule.measure.replace("_", " "),
        number(getattr(response, rule.measure)),
        f"{side} {number(rule.threshold)}",
        number(rule.distance(response)),
    ]
