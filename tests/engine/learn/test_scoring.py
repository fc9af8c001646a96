"""Architectures scored together get the scores they get one by one, and a search the same decisions."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.learn.controller_phase import ControllerPhase
from engine.learn.evaluation import candidates_of
from engine.learn.scoring import scores
from engine.learn.search_state import SearchState
from engine.net.population import Population
from engine.plan import cost
from engine.plan.derivation import derived_config
from engine.plan.derived import Derived
from engine.record.events import EpochFinished
from tests.builders import (
    DROPOUT,
    Recorder,
    StopAfter,
    folder_at,
    never,
    poison_table,
    random_architectures,
    run_once,
    search_of,
    small_config,
)

SPACE = poison_table(3, {"op": "gaussian", "sigma": 2.0}, DROPOUT, {"op": "identity"})


def search_with(population: str, **sections: Any) -> SearchState:
    child = {"layers": 6, "batch_size": 8}
    data = {"num_train": 32, "num_val": 24}
    config = small_config(space=SPACE, child=child, data=data, engine={"population": population}, **sections)
    return search_of(config)


def scored(search: SearchState, num: int) -> list[list[float]]:
    architectures = random_architectures(search.config.space, num, 6, seed=1)
    search.child.eval()
    return [each.tolist() for each in scores(search, architectures)]


def test_a_cpu_scores_one_by_one_unless_it_is_told_not_to() -> None:
    assert [search_with(each).evaluates_together for each in ("auto", "on", "off")] == [False, True, False]


def test_a_derived_runs_one_architecture_is_scored_by_its_own_kind_of_network() -> None:
    search = search_with("on").config
    (architecture,) = random_architectures(search.space, 1, 6, seed=1)
    state = search_of(derived_config(search, Derived("search-1", 1, 2, 0.25, architecture), {}, []))
    assert state.config.engine.population == "on"
    assert not state.evaluates_together
    assert [each.architecture for each in candidates_of(state)] == [architecture]
    with pytest.raises(AssertionError, match="skips"):
        Population(state.child.eval(), [architecture])


def test_together_each_has_the_score_it_has_alone_on_a_batch_of_its_own() -> None:
    alone, together = search_with("off"), search_with("on")
    assert scored(together, 12) == scored(alone, 12)
    assert len(set(scored(together, 12)[0])) > 2
    scored(alone, 12)
    states = (search.streams.validation.get_state() for search in (alone, together))
    assert torch.equal(*states)


@pytest.mark.parametrize(("most", "sizes"), [(1, [1] * 7), (3, [3, 3, 1]), (5, [4, 3]), (100, [7])])
def test_as_many_are_passed_together_as_memory_is_allowed_for(
    most: int, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    search, alone = search_with("on"), search_with("off")
    one = cost._evaluation_bytes(search.config)
    monkeypatch.setattr(cost, "MOST_POPULATION_BYTES", most * one + one / 2)
    seen: list[int] = []
    search.child.head.register_forward_hook(lambda _, __, logits: seen.append(len(logits) // 8))
    assert scored(search, 7) == scored(alone, 7)
    assert seen == sizes


def test_an_architecture_that_answers_nan_is_told_from_the_others() -> None:
    search = search_with("on")
    search.child.layer(1).operations[0][1].weight.data.fill_(math.nan)
    architectures = random_architectures(search.config.space, 30, 6, seed=1)
    expected = [float(each.outputs[1] != 0) for each in architectures]
    assert scored(search, 30)[1] == expected
    assert 0 < sum(expected) < 30


def test_an_update_and_the_candidates_are_those_of_the_one_by_one_form() -> None:
    alone, together = search_with("off"), search_with("on")
    phases = []
    for search in (alone, together):
        phase = ControllerPhase.begin(search, 0)
        assert phase.run(Recorder().reporter, never)
        phases.append(phase)
    for name, measured in phases[0].measured.items():
        assert torch.equal(phases[1].measured[name], measured), name
    assert candidates_of(alone) == candidates_of(together)


def test_a_search_that_scores_together_resumes_bit_for_bit(tmp_path: Path) -> None:
    config = search_with("on").config
    whole, events, _ = run_once(config, folder_at(tmp_path / "whole"))
    folder = folder_at(tmp_path / "stopped")
    assert not run_once(config, folder, StopAfter(6))[2]
    resumed, later, done = run_once(config, folder)
    assert done
    assert torch.equal(resumed.weights.values, whole.weights.values)
    for name, values in whole.policy.state_dict().items():
        assert torch.equal(resumed.policy.state_dict()[name], values)
    errors = [
        [e.evaluation.test_error for e in each if isinstance(e, EpochFinished)][-1]
        for each in (events, later)
    ]
    assert errors[0] == errors[1]
