"""How much memory a batch took, on GPUs that are made up."""

import pytest

from vqa_eval.engines.transformers.room import Room

pytestmark = pytest.mark.engine

GIB = 2**30


class Gpus:
    """Stands in for `torch.cuda`: one number a device, in GiB."""

    def __init__(self, weights: list[int], peak: list[int], reserved: list[int], total: int) -> None:
        self._weights, self._peak, self._reserved, self._total = weights, peak, reserved, total

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put the numbers in the place of the real ones."""
        for name, answer in {
            "device_count": lambda: len(self._weights),
            "reset_peak_memory_stats": lambda device: None,
            "memory_allocated": lambda device: self._weights[device] * GIB,
            "max_memory_allocated": lambda device: self._peak[device] * GIB,
            "memory_reserved": lambda device: self._reserved[device] * GIB,
            "mem_get_info": lambda device: ((self._total - self._reserved[device]) * GIB, self._total * GIB),
        }.items():
            monkeypatch.setattr(f"torch.cuda.{name}", answer)


@pytest.mark.parametrize(
    ("holds", "weights", "peak", "reserved"),
    [
        # Of 80 GiB the weights take 20, so 60 are free, whatever of them torch keeps: 48 may be counted on.
        (True, [20], [44], [44]),
        (True, [20], [44], [70]),
        (False, [20], [45], [45]),
        # The fuller of two decides.
        (True, [20, 20], [30, 40], [30, 40]),
        (False, [20, 60], [30, 69], [30, 69]),
    ],
)
def test_twice_a_batch_fits_or_not(
    monkeypatch: pytest.MonkeyPatch, holds: bool, weights: list[int], peak: list[int], reserved: list[int]
) -> None:
    """Twice what a batch took beside the weights, held against four fifths of what is free on each GPU."""
    Gpus(weights, peak, reserved, total=80).install(monkeypatch)
    room = Room(shut=False)
    room.watch()
    assert holds == room.holds_twice()


def test_no_room_once_it_is_shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the size was chosen, or memory ran out, there is no room; nor is there without a GPU."""
    Gpus([1], [2], [2], total=80).install(monkeypatch)
    chosen, ran_out = Room(shut=True), Room(shut=False)
    ran_out.watch()
    assert ran_out.holds_twice()
    ran_out.shut()
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    for room in (chosen, ran_out, Room(shut=False)):
        room.watch()
        assert not room.holds_twice()
