"""Eight fake cards fill and drain as the rules say, whatever is queued and whoever else is on them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process.queue_settings import QueueSettings
from engine.process.slots import IDLE_SHARE, SPARE_BYTES, Place, Slots, Wish
from tests.fakes import FakeGpus

GIB = 2**30
EIGHT = tuple(str(index) for index in range(8))


def places(slots: Slots, *wishes: Wish) -> list[Place | str]:
    return [slots.take(wish) for wish in wishes]


def gpu_wish(gib: float, device: str = "auto") -> Wish:
    return Wish(device, 1, gib * GIB)


def test_a_card_takes_as_many_runs_as_its_free_memory_holds() -> None:
    cards = FakeGpus("0", total_bytes=24 * GIB)
    slots = Slots(QueueSettings(), 16, cards.read(), [])
    taken = places(slots, *[gpu_wish(7)] * 4)
    assert [type(each) for each in taken] == [Place, Place, Place, str]
    assert "3.0 GiB left, it needs 7.0" in str(taken[3])


def test_memory_a_run_has_taken_is_not_counted_twice() -> None:
    cards = FakeGpus("0", total_bytes=24 * GIB)
    cards.set_free("0", 10 * GIB)
    settled = [Place("0", need_bytes=7 * GIB, is_settled=True)] * 2
    assert isinstance(Slots(QueueSettings(), 16, cards.read(), settled).take(gpu_wish(7)), Place)
    coming = [Place("0", need_bytes=7 * GIB)] * 2
    assert isinstance(Slots(QueueSettings(), 16, cards.read(), coming).take(gpu_wish(7)), str)


def test_other_peoples_memory_is_respected_and_the_freer_card_is_chosen() -> None:
    cards = FakeGpus("0", "1", total_bytes=24 * GIB)
    cards.set_free("0", 2 * GIB)
    cards.set_free("1", 12 * GIB)
    first, second = places(Slots(QueueSettings(), 16, cards.read(), []), gpu_wish(7), gpu_wish(7))
    assert isinstance(first, Place)
    assert first.gpu == "1"
    assert isinstance(second, str)


def test_an_idle_card_takes_one_run_though_the_estimate_says_it_does_not_fit() -> None:
    slots = Slots(QueueSettings(), 16, FakeGpus("0", total_bytes=8 * GIB).read(), [])
    assert [type(each) for each in places(slots, gpu_wish(30), gpu_wish(1))] == [Place, str]


def test_a_number_said_by_a_person_is_the_most_even_with_room_left() -> None:
    slots = Slots(QueueSettings(runs_per_gpu=2), 1, FakeGpus("0", total_bytes=80 * GIB).read(), [])
    assert [type(each) for each in places(slots, *[gpu_wish(1)] * 3)] == [Place, Place, str]


def test_without_such_a_number_cores_bound_the_runs_beyond_one_a_card() -> None:
    slots = Slots(QueueSettings(), 3, FakeGpus("0", "1", total_bytes=80 * GIB).read(), [])
    assert [type(each) for each in places(slots, *[gpu_wish(1)] * 4)] == [Place, Place, Place, str]


def test_a_card_whose_memory_nobody_tells_takes_one_run() -> None:
    slots = Slots(QueueSettings(), 16, FakeGpus("0").read(), [])
    assert [type(each) for each in places(slots, gpu_wish(1), gpu_wish(1))] == [Place, str]


def test_a_large_run_that_waits_is_not_overtaken_for_ever_by_small_ones() -> None:
    cards = FakeGpus("0", total_bytes=24 * GIB)
    occupied = [Place("0", need_bytes=15 * GIB)]
    slots = Slots(QueueSettings(), 16, cards.read(), occupied)
    large, small, cpu = places(slots, gpu_wish(20), gpu_wish(1), Wish("cpu", 1))
    assert isinstance(large, str)
    assert "waited for by a run before it" in str(small)
    assert isinstance(cpu, Place)


def test_a_run_that_began_on_a_gpu_never_goes_on_on_the_cpu() -> None:
    slots = Slots(QueueSettings(), 16, (), [])
    assert "waits for a GPU" in str(slots.take(Wish("auto", 1, GIB, only_gpu=True)))
    assert slots.take(Wish("auto", 1, GIB)) == Place(num_threads=1)


def test_a_card_that_is_lost_takes_nothing_and_the_others_keep_their_numbers() -> None:
    cards = FakeGpus("0", "1", total_bytes=24 * GIB)
    cards.lose("0")
    slots = Slots(QueueSettings(), 16, cards.read(), [])
    assert slots.take(gpu_wish(1, "cuda:0")) == Place()  # its engine is to say so
    by_number = slots.take(gpu_wish(1, "cuda:1"))
    assert isinstance(by_number, Place)
    assert by_number.gpu == "1"


@pytest.mark.parametrize("device", ["auto", "cuda:1"])
def test_every_run_is_shown_its_own_card_alone_counted_as_the_driver_counts(device: str) -> None:
    cards = FakeGpus("2", "GPU-7f", total_bytes=24 * GIB)
    slots = Slots(QueueSettings(), 16, cards.read(), [Place("2", need_bytes=GIB)])
    place = slots.take(gpu_wish(1, device))
    assert isinstance(place, Place)
    assert place.environment() == {
        "SSP_TUI_GPU": "GPU-7f",
        "CUDA_VISIBLE_DEVICES": "GPU-7f",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
    }


def test_a_run_on_the_cpu_is_told_nothing() -> None:
    assert Place(num_threads=1).environment() == {}


@pytest.mark.parametrize(("most", "num_places"), [(0, 2), (1, 1), (5, 5)])
def test_cpu_runs_fill_the_cores_or_the_number_somebody_said(most: int, num_places: int) -> None:
    slots = Slots(QueueSettings(cpu_runs=most), 2, (), [])
    taken = places(slots, *[Wish("cpu", 1)] * 6)
    assert sum(isinstance(each, Place) for each in taken) == num_places
    assert slots.is_full


class Cards:
    """Eight fake cards with the runs on them: what starts, takes memory, settles and ends."""

    def __init__(self, settings: QueueSettings, num_cores: int, others_gib: list[int]) -> None:
        self.settings, self.num_cores = settings, num_cores
        self.gpus = FakeGpus(*EIGHT, total_bytes=24 * GIB)
        self.others = {name: gib * GIB for name, gib in zip(EIGHT, others_gib, strict=True)}
        self.running: list[Place] = []
        self.waiting: list[Wish] = []

    def read_free(self) -> None:
        """The driver's view: what others and settled runs of ours leave."""
        for name in EIGHT:
            ours = sum(place.need_bytes for place in self.running if place.gpu == name and place.is_settled)
            self.gpus.set_free(name, round(max(0, 24 * GIB - self.others[name] - ours)))

    def fill(self) -> list[Place]:
        """One step of a scheduler."""
        self.read_free()
        slots = Slots(self.settings, self.num_cores, self.gpus.read(), self.running)
        started: list[Place] = []
        left: list[Wish] = []
        for wish in self.waiting:
            place = slots.take(wish)
            if isinstance(place, Place):
                started.append(place)
            else:
                left.append(wish)
        self.waiting = left
        self.running += started
        return started

    def settle_all(self) -> None:
        """Every run has taken its memory."""
        self.running = [Place(p.gpu, p.num_threads, p.need_bytes, True) for p in self.running]

    def check(self) -> None:
        """What must hold at any time."""
        for name in EIGHT:
            ours = [place for place in self.running if place.gpu == name]
            if self.settings.runs_per_gpu:
                assert len(ours) <= self.settings.runs_per_gpu
            if len(ours) > 1:
                taken = sum(place.need_bytes for place in ours) + self.others[name]
                first_alone = max(place.need_bytes for place in ours)
                assert taken <= 24 * GIB or first_alone > (1 - IDLE_SHARE) * 24 * GIB - SPARE_BYTES
            if len(ours) == 1 and self.others[name] > IDLE_SHARE * 24 * GIB:
                assert ours[0].need_bytes + self.others[name] <= 24 * GIB
        on_gpus = [place for place in self.running if place.gpu]
        if not self.settings.runs_per_gpu:
            assert len(on_gpus) <= max(self.num_cores, len(EIGHT))


wishes = st.builds(gpu_wish, st.integers(1, 23), st.sampled_from(["auto", "auto", "auto", "cuda:3"]))
cpu_wishes = st.builds(Wish, st.just("cpu"), st.integers(1, 4))


@given(
    st.builds(QueueSettings, runs_per_gpu=st.integers(0, 3), cpu_runs=st.integers(0, 3)),
    st.integers(1, 32),
    st.lists(st.integers(0, 23), min_size=8, max_size=8),
    st.lists(wishes | cpu_wishes, max_size=30),
    st.data(),
)
def test_eight_cards_fill_and_drain_as_the_rules_say(
    settings: QueueSettings, num_cores: int, others: list[int], queue: list[Wish], data: Any
) -> None:
    cards = Cards(settings, num_cores, others)
    cards.waiting = list(queue)
    for _ in range(200):
        before = list(cards.waiting)
        cards.fill()
        cards.check()
        _check_order(before, cards.waiting)
        if data.draw(st.booleans()):
            cards.settle_all()
        assert not cards.fill()  # what could start has started
        if not cards.running:
            break
        cards.running.pop(data.draw(st.integers(0, len(cards.running) - 1)))
    # Whoever still waits, waits for memory that other people hold.
    for wish in cards.waiting:
        assert wish.device != "cpu"
    blocked = [name for name in EIGHT if cards.others[name] > IDLE_SHARE * 24 * GIB]
    assert not cards.waiting or "3" in blocked or len(blocked) == 8


def _check_order(before: list[Wish], after: list[Wish]) -> None:
    """Runs that may go on any card are a strict line: those left are its end."""
    autos = [each for each in before if each.device == "auto"]
    autos_left = [each for each in after if each.device == "auto"]
    assert autos_left == autos[len(autos) - len(autos_left) :]
