"""The suites: every experiment of the paper as one list, whole, or reduced to minutes on a CPU."""

import dataclasses
from collections.abc import Iterable, Sequence

from engine.plan.setting import nearest, shown

TABLE_1 = ("original", *(f"{poison}{size}" for poison in "12345" for size in "abcd"))
"""The experiments of the paper's Table 1, in its order."""

TABLE_2 = ("one-shot-6", "one-shot-2")
"""Those of Table 2 that Table 1 does not have."""

CIFAR_100 = ("cifar100-original", "cifar100-one-shot-2")
"""Those of section 4.1."""

EXPERIMENTS = (*TABLE_1, *TABLE_2, *CIFAR_100)
"""Every experiment of the paper by its preset's name."""

BASE, CORRECTED, RANDOM = "base", "corrected", "random"

DEFENCES: dict[str, tuple[str, ...]] = {
    "skip-nonfinite": ("defences.skip_nonfinite=true",),
    "rollback": ("defences.rollback=true",),
    "drop-duplicates": ("defences.drop_duplicates=true",),
    "kinds-first": ("defences.factorised_controller=true",),
    "tanh-5": ("controller.tanh_constant=5.0",),
}
"""Each defence alone (docs/ENGINE.md section 9), by the name of the variant that has it."""

ALL_DEFENCES = "all-defences"
"""The variant that has them all together."""

DEFENDED = (*DEFENCES, ALL_DEFENCES)
"""The variants that have a defence."""

UNDEFENDED = (BASE, CORRECTED, RANDOM)
"""The others, which ask the paper's own question: a reduced suite has every experiment in each."""

TWINS: dict[str, tuple[str, ...]] = {
    CORRECTED: ("protocol=corrected",),
    RANDOM: ("controller.kind=random",),
    **DEFENCES,
    ALL_DEFENCES: tuple(setting for settings in DEFENCES.values() for setting in settings),
}
"""The settings that make each variant of an experiment; all else stays, the seed too."""

_DEFENCES_WORD = "defences"

VARIANTS = (BASE, *TWINS)
"""An experiment as it is, then its twins: corrected, with a controller that never learns, and defended."""


@dataclasses.dataclass(frozen=True)
class Suite:
    """Every experiment of the paper under one set of settings."""

    name: str
    title: str
    settings: tuple[str, ...] = ()
    """`section.key=value` laid over each preset; any at all makes the suite a reduced one."""
    settings_of: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """More of them for single experiments."""
    variants: tuple[str, ...] = (BASE,)
    """What is launched when nobody says."""
    num_seeds: int = 3

    @property
    def is_reduced(self) -> bool:
        """Whether its runs are smaller than the paper's, and so no reproduction of its figures."""
        return bool(self.settings)

    def all_settings(self, experiment: str) -> list[str]:
        """Everything laid over an experiment's preset."""
        return [*self.settings, *dict(self.settings_of).get(experiment, ())]


PAPER = Suite("paper", "The paper: 25 experiments at full size")

PAPER_SMALL = Suite(
    "paper-small",
    "The paper reduced: the same 25 spaces on the embedded images, minutes each",
    settings=(
        "dataset=synthetic",
        "epochs=6",
        "child.filters=8",
        "child.batch_size=16",
        "child.lr_max=0.2",
        "child.lr_half_period=6",
        "controller.updates=10",
        "controller.samples_per_update=10",
        "data.num_train=3000",
        "data.num_val=512",
        "data.num_test=1000",
    ),
    variants=UNDEFENDED,
    num_seeds=1,
)

SUITES = {suite.name: suite for suite in (PAPER, PAPER_SMALL)}


def find_suite(name: str) -> Suite:
    """The suite of that name; ValueError names the nearest one."""
    if name not in SUITES:
        raise ValueError(f"no suite {shown(name)}{nearest(name, SUITES)}; allowed: {', '.join(SUITES)}")
    return SUITES[name]


def parse_only(text: str) -> tuple[str, ...]:
    """Read `--only 1a,2d`: experiments in the paper's order; ValueError names the nearest of a wrong one."""
    return _chosen(text, EXPERIMENTS, "--only", "experiment")


def parse_with(text: str) -> tuple[str, ...]:
    """Read `--with corrected,random`, or `none`: the twins run beside each experiment.

    `defences` stands for each of the defences, and all of them together.
    """
    if text.strip() == "none":
        return ()
    chosen = _chosen(text, (*TWINS, _DEFENCES_WORD), "--with", "twin")
    return tuple(name for name in TWINS if name in chosen or (_DEFENCES_WORD in chosen and name in DEFENDED))


def _chosen(text: str, known: Iterable[str], flag: str, noun: str) -> tuple[str, ...]:
    known = tuple(known)
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    if not words:
        raise ValueError(f"{flag} {shown(text)} names no {noun}; allowed: {', '.join(known)}")
    for word in words:
        if word not in known:
            raise ValueError(
                f"{flag} {shown(word)}: no such {noun}{_hint(word, known)}; allowed: {', '.join(known)}"
            )
    return tuple(each for each in known if each in words)


def _hint(word: str, known: Sequence[str]) -> str:
    """The nearest name; names of two letters are all alike, so for them those that begin as the word does."""
    alike = [name for name in known if name[0] == word[0]]
    return nearest(word, known) or (f" (did you mean one of {', '.join(alike)}?)" if alike else "")
