"""What people are told while requests wait for long: each cause once."""

import queue
from collections.abc import Callable

LONG = 5.0
"""Seconds of waiting that are told about."""


class Notices:
    """Lines that are noted in the loop and told in the caller's thread."""

    def __init__(self, notice: Callable[[str], None] | None) -> None:
        """Tell them to `notice`; None where nobody looks on."""
        self._notice = notice or (lambda line: None)
        self._causes: set[str] = set()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def note(self, cause: str, line: str) -> None:
        """Keep a line, unless there was one of this cause."""
        if cause not in self._causes:
            self._causes.add(cause)
            self._lines.put(line)

    def tell(self) -> None:
        """Tell what was noted since."""
        while not self._lines.empty():
            self._notice(self._lines.get())
