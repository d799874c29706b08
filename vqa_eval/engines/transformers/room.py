"""Whether the GPUs have room for larger batches than those that they answer now."""

from collections.abc import Sequence

LARGEST = 64
"""Prompts of a batch beyond which nothing is gained by more."""

_SPARED = 0.2
"""Share of the free memory that is not counted on: the next prompts may be longer."""


class Room:
    """Watches how much memory a batch takes beside the weights, on each GPU.

    `shut` from the beginning where somebody chose the size, and for good once memory ran out.
    """

    def __init__(self, shut: bool) -> None:
        import torch

        self._devices: Sequence[int] = () if shut else range(torch.cuda.device_count())
        self._before: list[int] = []

    def shut(self) -> None:
        """Say from now on that there is no room."""
        self._devices = ()

    def watch(self) -> None:
        """Begin to watch a batch."""
        import torch

        for device in self._devices:
            torch.cuda.reset_peak_memory_stats(device)
        self._before = [torch.cuda.memory_allocated(device) for device in self._devices]

    def holds_twice(self) -> bool:
        """Say whether twice as much as since `watch` would fit on every GPU; never without one."""
        import torch

        for device, before in zip(self._devices, self._before, strict=True):
            took = torch.cuda.max_memory_allocated(device) - before
            # What torch keeps for itself between batches is free for the next one.
            kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
            if 2 * took > (1 - _SPARED) * (torch.cuda.mem_get_info(device)[0] + kept):
                return False
        return bool(self._devices)
