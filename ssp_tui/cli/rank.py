"""`ssp-tui rank`: whether a search's shared weights order architectures as training from scratch does."""

from argparse import Namespace

from engine.analyse.rank_correlation import RankCorrelation, rank_correlation
from engine.process.ranking import Ranking, find_rankings
from engine.process.runs import find_home, find_run, list_runs
from ssp_tui.cleaning import clean
from ssp_tui.cli.output import print_json, print_table
from ssp_tui.wording import number, percent

MEASURES = (
    ("shared weights, whole validation set, poison inert", "shared_inert"),
    ("shared weights, whole validation set, poison active", "shared_active"),
    ("shared weights, one batch, as the search saw it", "batch_accuracy"),
)
"""What a search can order its architectures by."""

TRUTHS = (("inert", "scratch_inert"), ("active", "scratch_active"))
"""What training from scratch comes to, poison inert or active."""


def print_ranks(arguments: Namespace) -> int:
    """Print tau for each search and set of settings, every architecture beside it."""
    home = find_home(arguments.home)
    folders = [find_run(home, text) for text in arguments.runs]
    rows = list_runs(home, may_write=not arguments.readonly)
    rankings = [ranking for folder in folders for ranking in find_rankings(folder, rows)]
    if arguments.json:
        print_json(
            rankings=[{"ranking": ranking, "correlations": correlations_of(ranking)} for ranking in rankings]
        )
        return 0
    for index, ranking in enumerate(rankings):
        print("\n" * bool(index), end="")
        _print(ranking)
    return 0


def correlations_of(ranking: Ranking) -> dict[str, dict[str, RankCorrelation]]:
    """Tau of each measure against each truth, by the names of both."""
    values = {
        name: [getattr(each, name) for each in ranking.ranked]
        for name in (*(name for _, name in MEASURES), *(name for _, name in TRUTHS))
    }
    return {
        measure: {truth: rank_correlation(values[measure], values[truth]) for _, truth in TRUTHS}
        for _, measure in MEASURES
    }


def _print(ranking: Ranking) -> None:
    print(
        f"{clean(ranking.search)}: {len(ranking.ranked)} architectures of epoch {ranking.epoch}, "
        f"each trained {ranking.epochs} epochs from scratch; accuracies"
    )
    print_table(
        (
            "CANDIDATE",
            "POISONED",
            "ONE BATCH",
            "SHARED",
            "SHARED ACTIVE",
            "FINAL TEST",
            "FINAL ACTIVE",
            "RUNS",
        ),
        [
            [
                str(each.candidate),
                str(each.num_poisoned),
                percent(each.batch_accuracy),
                percent(each.shared_inert),
                percent(each.shared_active),
                percent(each.scratch_inert),
                percent(each.scratch_active),
                clean(" ".join(each.run_ids), 200),
            ]
            for each in sorted(ranking.ranked, key=lambda each: -each.scratch_inert)
        ],
        right={0, 1, 2, 3, 4, 5, 6},
    )
    found = correlations_of(ranking)
    for title, measure in MEASURES:
        for word, truth in TRUTHS:
            print(f"tau {_tau(found[measure][truth])}  {title}; test accuracy from scratch, poison {word}")


def _tau(found: RankCorrelation) -> str:
    sign = "+" if found.tau > 0 else ""
    how = "all permutations" if found.is_exact else "sampled permutations"
    return f"{sign}{number(found.tau)} (n = {found.num}, p = {number(found.p_value)}, {how})"
