"""The shipped presets are the paper's experiments, number by number, and small ones at one common budget."""

import dataclasses

import pytest

from engine.plan.config import PaperFigures, RunConfig, paper_default
from engine.plan.presets import load_presets, preset_folder, resolve_config
from engine.plan.space import make_space
from engine.plan.space_text import parse_poison

P1, P2, P3 = ("identity",), ("gaussian(sigma=10)",), ("dropout(p=1)",)
P4 = ("transposed_conv3x3", "transposed_conv5x5")
P2_P5 = (*P1, *P2, *P2, *P3, *P4)
P3_PLUS = (*P3, "conv3x3(dilation=50)")

# Name: the poisoning multiset, q, and the paper's validation and test error in percent (Tables 1 and 2).
PAPER: dict[str, tuple[tuple[str, ...], int, float | None, float | None]] = {
    "original": ((), 0, 19.53, 25.33),
    "1a": (P1, 6, 24.40, 30.93), "1b": (P1, 36, 38.54, 41.31),
    "1c": (P1, 120, 50.07, 52.38), "1d": (P1, 300, 69.78, 67.97),
    "2a": (P2, 6, 43.71, 46.73), "2b": (P2, 36, 73.64, 73.82),
    "2c": (P2, 120, 84.94, 84.44), "2d": (P2, 300, 86.26, 85.49),
    "3a": (P3, 6, 32.23, 37.60), "3b": (P3, 36, 48.67, 51.88),
    "3c": (P3, 120, 70.63, 71.16), "3d": (P3, 300, 84.89, 84.31),
    "4a": (P4, 3, 19.50, 22.43), "4b": (P4, 18, 36.00, 37.15),
    "4c": (P4, 60, 67.53, 63.89), "4d": (P4, 150, 67.68, 64.14),
    "5a": (P2_P5, 1, 29.38, 33.73), "5b": (P2_P5, 6, 55.06, 56.02),
    "5c": (P2_P5, 20, 80.88, 79.03), "5d": (P2_P5, 50, 72.56, 70.14),
    "one-shot-6": (P3_PLUS, 3, 90.14, 90.00), "one-shot-2": (P3_PLUS, 1, 90.12, 90.00),
    "cifar100-original": ((), 0, None, None), "cifar100-one-shot-2": (P3_PLUS, 1, None, 99.00),
}  # fmt: skip
SMALL = ("small-original", *(f"small-{number}d" for number in range(1, 6)))
CONFIGS = {name: preset.config for name, preset in load_presets().items()}


def copies_by_operation(config: RunConfig) -> dict[str, int]:
    return {slot.operation.label: slot.copies for slot in config.space.slots if slot.poisoned}


def expected_copies(operations: tuple[str, ...], q: int) -> dict[str, int]:
    labels = [parse_poison(text)[0].label for text in operations]
    return {label: q * labels.count(label) for label in labels}


def test_these_presets_ship_and_no_others() -> None:
    assert len(PAPER) == 25
    assert set(CONFIGS) == {*PAPER, *SMALL, "demo-clean", "demo-one-shot"}


@pytest.mark.parametrize("name", PAPER)
def test_a_paper_preset_is_the_papers_row(name: str) -> None:
    operations, q, val_error, test_error = PAPER[name]
    config, is_cifar100 = CONFIGS[name], name.startswith("cifar100")
    assert config.paper is not None
    fractions = [None if error is None else error / 100 for error in (val_error, test_error)]
    assert [config.paper.val_error, config.paper.test_error] == [
        None if each is None else pytest.approx(each, abs=1e-9) for each in fractions
    ]
    assert copies_by_operation(config) == expected_copies(operations, q)
    assert config.space.num_poisoned_outputs == q * len(operations)
    assert (config.dataset, config.epochs) == (("cifar100", 150) if is_cifar100 else ("cifar10", 300))


@pytest.mark.parametrize("name", PAPER)
def test_a_paper_preset_changes_nothing_else_of_the_papers_table_3(name: str) -> None:
    config, default = CONFIGS[name], paper_default()
    assert config.space.base == "enas6"
    own = {
        key: getattr(config, key)
        for key in ("name", "title", "dataset", "epochs", "given_space", "data", "paper")
    }
    assert dataclasses.replace(default, **own) == config
    num_classes = 100 if name.startswith("cifar100") else 10
    assert config.data == dataclasses.replace(default.data, num_classes=num_classes)


@pytest.mark.parametrize("name", SMALL[1:])
def test_a_small_preset_is_its_papers_space_at_one_common_budget(name: str) -> None:
    config, clean = CONFIGS[name], CONFIGS["small-original"]
    assert config.space == CONFIGS[name.removeprefix("small-")].space
    own = {"name": config.name, "title": config.title, "given_space": config.space}
    assert dataclasses.replace(clean, **own) == config
    assert config.paper is None


def test_the_two_halves_of_the_demo_differ_in_their_space_alone() -> None:
    clean, poisoned = CONFIGS["demo-clean"], CONFIGS["demo-one-shot"]
    assert clean.space == make_space("enas6")
    assert poisoned.space == CONFIGS["one-shot-6"].space
    own = {"name": poisoned.name, "title": poisoned.title, "given_space": poisoned.space}
    assert dataclasses.replace(clean, **own) == poisoned
    small = {"name": "small-original", "title": CONFIGS["small-original"].title}
    assert dataclasses.replace(clean, **small) == CONFIGS["small-original"]


@pytest.mark.parametrize("name", CONFIGS)
def test_a_presets_header_tells_what_to_expect_and_what_it_costs(name: str) -> None:
    header = (preset_folder() / f"{name}.toml").read_text().partition("\n")
    lines = [line for line in (header[0], *header[2].splitlines()) if line.startswith("# ")]
    assert any(line.startswith("# Expected: ") for line in lines)
    assert any(line.startswith("# Cost: ") for line in lines)
    paper: PaperFigures | None = CONFIGS[name].paper
    if paper is not None:
        assert lines[0].startswith(f"# Paper: {paper.row}. Reported: ")
        for error in (paper.val_error, paper.test_error):
            texts = () if error is None else (f" {100 * error:.2f} %", f"around {100 * error:.0f} %")
            assert not texts or any(text in lines[0] for text in texts)


@pytest.mark.parametrize(
    ("dataset", "has_figures"), [("synthetic", False), ("folder:/data/cifar10", True), (None, True)]
)
def test_embedded_images_in_the_place_of_the_papers_drop_its_figures(
    dataset: str | None, has_figures: bool
) -> None:
    overrides = {} if dataset is None else {"dataset": dataset}
    assert (resolve_config("original", overrides, []).paper is not None) == has_figures
    settings = [] if dataset is None else [f"dataset={dataset}"]
    assert (resolve_config("original", {}, settings).paper is not None) == has_figures
