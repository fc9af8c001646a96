"""Suites: which experiments they hold, how a choice of them is read, and what their members are."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan.experiment import experiment_of
from engine.plan.presets import load_presets, resolve_config
from engine.plan.suite_plan import SuitePlan, make_plan, read_plan
from engine.plan.suites import (
    ALL_DEFENCES,
    BASE,
    CIFAR_100,
    CORRECTED,
    DEFENCES,
    EXPERIMENTS,
    PAPER,
    PAPER_SMALL,
    RANDOM,
    find_suite,
    parse_only,
    parse_with,
)


def test_the_experiments_are_exactly_the_presets_with_a_row_in_the_paper() -> None:
    assert set(EXPERIMENTS) == {name for name, preset in load_presets().items() if preset.config.paper}
    assert len(EXPERIMENTS) == 25


@given(st.lists(st.sampled_from(EXPERIMENTS), min_size=1), st.sampled_from([",", ", ", " ,", ",,"]))
def test_any_choice_of_experiments_is_read_once_each_in_the_papers_order(
    chosen: list[str], comma: str
) -> None:
    read = parse_only(comma.join(chosen))
    assert set(read) == set(chosen)
    assert list(read) == [name for name in EXPERIMENTS if name in chosen]
    assert parse_only(comma.join(chosen).upper()) == read


@given(st.text(max_size=40))
def test_any_other_text_is_refused_in_one_printable_line(text: str) -> None:
    words = {word.strip().lower() for word in text.split(",")} - {""}
    if words and words <= set(EXPERIMENTS):
        assert words == set(parse_only(text))
        return
    with pytest.raises(ValueError, match="allowed: original, 1a") as refusal:
        parse_only(text)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("orignal", "did you mean original?"),
        ("1a,one-shot2", "did you mean one-shot-2?"),
        ("2x", "did you mean one of 2a, 2b, 2c, 2d?"),
        ("cifar100", "did you mean cifar100-original?"),
    ],
)
def test_a_wrong_experiment_is_refused_with_the_nearest(text: str, hint: str) -> None:
    with pytest.raises(ValueError, match="no such experiment") as refusal:
        parse_only(text)
    assert hint in str(refusal.value)


def test_twins_are_read_and_none_means_none() -> None:
    assert parse_with("random, corrected") == (CORRECTED, RANDOM)
    assert parse_with("none") == ()
    with pytest.raises(ValueError, match=r"did you mean corrected\?"):
        parse_with("correct")


def test_defences_are_twins_and_one_word_names_them_all() -> None:
    assert parse_with("tanh-5,rollback") == ("rollback", "tanh-5")
    assert parse_with("defences") == (*DEFENCES, ALL_DEFENCES)
    assert parse_with("defences,corrected,rollback") == (CORRECTED, *DEFENCES, ALL_DEFENCES)
    assert set(PAPER_SMALL.variants) == {BASE, CORRECTED, RANDOM}  # they run when they are asked for
    with pytest.raises(ValueError, match=r"did you mean rollback\?"):
        parse_with("rolback")


def test_a_defended_twin_differs_from_its_base_in_the_defence_alone() -> None:
    plan = make_plan(PAPER_SMALL, ("3d",), ("rollback", "tanh-5", ALL_DEFENCES), 1)
    base, *twins = [member.config for member in plan.members()]
    for config in twins:
        plain = dataclasses.replace(
            config,
            name=base.name,
            title=base.title,
            defences=base.defences,
            controller=dataclasses.replace(config.controller, tanh_constant=1.5),
        )
        assert plain.table() == base.table()
    assert [config.name for config in twins] == [
        "paper-small-3d-rollback", "paper-small-3d-tanh-5", "paper-small-3d-all-defences"
    ]  # fmt: skip
    rollback, tanh, every = twins
    assert rollback.defences == dataclasses.replace(base.defences, rollback=True)
    assert (tanh.controller.tanh_constant, tanh.defences) == (5.0, base.defences)
    on = every.defences
    assert (on.skip_nonfinite, on.rollback, on.drop_duplicates, on.factorised_controller) == (True,) * 4
    assert every.controller.tanh_constant == 5.0
    assert read_plan(plan.table()).members() == plan.members()


def test_a_suite_is_found_or_refused_with_the_nearest() -> None:
    assert find_suite("paper") is PAPER
    with pytest.raises(ValueError, match=r"did you mean paper-small\?"):
        find_suite("paper-smal")


def test_the_paper_is_25_experiments_by_3_seeds_exactly_as_their_presets() -> None:
    members = make_plan(PAPER).members()
    assert len(members) == 75
    assert len({(member.experiment, member.config.seed) for member in members}) == 75
    for member in members:
        assert member.config == resolve_config(member.experiment, {"seed": member.config.seed}, [])
    assert [member.experiment for member in members[:25]] == list(EXPERIMENTS)  # a first table comes early


def test_the_small_suite_keeps_every_space_and_runs_both_twins_with_the_same_seed() -> None:
    members = make_plan(PAPER_SMALL).members()
    assert len(members) == 75
    for member in members:
        whole = resolve_config(member.experiment, {}, [])
        assert member.config.space == whole.space
        assert member.config.data.num_classes == whole.data.num_classes
        assert member.config.child.layers == whole.child.layers == 12
        assert member.config.dataset == "synthetic"
        assert member.config.seed == 69
        assert (member.config.protocol == "corrected") == (member.variant == CORRECTED)
        assert (member.config.controller.kind == "random") == (member.variant == RANDOM)


def test_a_reduced_member_never_passes_for_the_experiment_it_reduces() -> None:
    names = load_presets().keys()
    for member in make_plan(PAPER_SMALL).members():
        assert member.config.paper is None
        assert member.config.name not in names
        assert member.config.title.startswith("Reduced: ")


def test_twins_differ_in_nothing_but_what_they_are_for() -> None:
    base, corrected, random = make_plan(PAPER_SMALL, only=("3b",)).members()
    names = {"name": "", "title": ""}
    assert dataclasses.replace(corrected.config, **names) == dataclasses.replace(
        base.config, **names, protocol="corrected", switches=corrected.config.switches
    )
    assert dataclasses.replace(random.config, **names) == dataclasses.replace(
        base.config, **names, controller=dataclasses.replace(base.config.controller, kind="random")
    )


def test_settings_reach_every_member_and_a_wrong_one_is_refused() -> None:
    plan = make_plan(PAPER, settings=["epochs=4", "child.filters=8"])
    assert plan.is_reduced
    assert {(member.config.epochs, member.config.child.filters) for member in plan.members()} == {(4, 8)}
    with pytest.raises(ValueError, match=r"did you mean filters\?"):
        make_plan(PAPER, settings=["child.filter=8"])
    with pytest.raises(ValueError, match="use its flags"):
        make_plan(PAPER, settings=["seed=3"])
    with pytest.raises(ValueError, match="1 to 100"):
        make_plan(PAPER, num_seeds=0)


def test_a_suite_is_reduced_by_what_changes_the_search_alone() -> None:
    whole = ({}, {"dataset": "folder:/data/ten"}, {"settings": ["engine.num_threads=2"]})
    assert not any(make_plan(PAPER, ("1a",), **flags).is_reduced for flags in whole)  # type: ignore[arg-type]
    changed = ({"dataset": "synthetic"}, {"settings": ["child.filters=8"]})
    assert all(make_plan(PAPER, ("1a",), **flags).is_reduced for flags in changed)  # type: ignore[arg-type]


def test_embedded_images_stand_in_for_both_data_sets_and_a_folder_for_one() -> None:
    plan = make_plan(PAPER, dataset="synthetic", num_seeds=1)
    assert {member.config.dataset for member in plan.members()} == {"synthetic"}
    plan = make_plan(PAPER, dataset="folder:/data/ten", num_seeds=1)
    assert {m.config.dataset for m in plan.members()} == {"folder:/data/ten", "cifar100"}
    plan = make_plan(PAPER, CIFAR_100, dataset="folder:/data/hundred", num_seeds=1)
    assert {m.config.dataset for m in plan.members()} == {"folder:/data/hundred"}


def test_a_changed_suite_is_named_after_its_changes() -> None:
    assert make_plan(PAPER).default_name == make_plan(PAPER, ("1a",), num_seeds=1).default_name == "paper"
    assert make_plan(PAPER, protocol="corrected").default_name == "paper-protocol-corrected"
    many = ["child.filters=8", "child.batch_size=16", "data.num_train=4000"]
    names = {
        make_plan(PAPER, settings=[*many, f"child.lr_max={rate}"]).default_name for rate in (0.1, 0.1, 0.2)
    }
    assert len(names) == 2
    assert all(len(name) == 60 and name.startswith("paper-child.filters-8-") for name in names)


def test_launches_that_agree_add_up_and_others_are_refused() -> None:
    first = make_plan(PAPER, only=("1a",), num_seeds=3)
    merged = first.merged(make_plan(PAPER, only=("1a", "2d"), num_seeds=1))
    assert merged.num_seeds == {(BASE, "1a"): 3, (BASE, "2d"): 1}
    assert len(merged.members()) == 4
    for other in (
        make_plan(PAPER, settings=["epochs=4"]),
        make_plan(PAPER, protocol="corrected"),
        make_plan(PAPER, first_seed=1),
        make_plan(PAPER, dataset="synthetic"),
        make_plan(PAPER_SMALL),
    ):
        with pytest.raises(ValueError, match="--name NAME"):
            first.merged(other)


def test_corrected_twins_of_a_corrected_suite_are_not_run_twice() -> None:
    assert make_plan(PAPER_SMALL, protocol="corrected").num_seeds.keys() == {
        (variant, name) for variant in (BASE, RANDOM) for name in EXPERIMENTS
    }
    with pytest.raises(ValueError, match="leave one out"):
        make_plan(PAPER, variants=(CORRECTED,), protocol="corrected")


plans = st.builds(
    make_plan,
    st.sampled_from([PAPER, PAPER_SMALL]),
    st.lists(st.sampled_from(EXPERIMENTS), min_size=1, max_size=3, unique=True),
    st.sampled_from([None, (), (CORRECTED,), (CORRECTED, RANDOM)]),
    st.integers(1, 4),
    st.integers(0, 1000),
    st.sampled_from([None, "paper"]),
    st.sampled_from([None, "synthetic", "folder:/data/x"]),
    st.sampled_from([(), ("epochs=3",)]),
)


@settings(deadline=None, max_examples=30)
@given(plans)
def test_a_plan_is_read_back_as_it_was_written(plan: SuitePlan) -> None:
    assert read_plan(plan.table()) == plan


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "papr"},
        {"seeds": {"base": {"9z": 3}}},
        {"seeds": {"base": {"1a": 0}}},
        {"seeds": {"wild": {"1a": 1}}},
        {"settings": ["child.filters=7"]},
        {"first_seed": "one"},
        {"datasets": {"cifar1000": "synthetic"}},
        {"datasets": {"cifar10": "\x1b[2J"}},
        {"protocol": "papr"},
        {"more": 1},
    ],
)
def test_a_broken_plan_is_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        read_plan({**make_plan(PAPER, only=("1a",)).table(), **change})


def test_title_threads_and_device_make_no_other_experiment_but_precision_does() -> None:
    config = resolve_config("3b", {}, [])
    same = resolve_config("3b", {"title": "mine"}, ["engine.device=cpu", "engine.num_threads=2"])
    assert experiment_of(same) == experiment_of(config)
    assert experiment_of(resolve_config("3b", {}, ["engine.precision=tf32"])) != experiment_of(config)
    assert experiment_of(resolve_config("3b", {"seed": 1}, [])) != experiment_of(config)
