"""Makes requests ready ahead of their turn, in threads, and hands them on in the order in which they came."""

import os
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from vqa_eval.engines.pictures import decode
from vqa_eval.records import Picture, Request

if TYPE_CHECKING:
    from PIL.Image import Image

Ready = TypeVar("Ready")

_REMEMBERED = 16
"""Pictures that stay open, since the questions about one picture follow each other."""


class Preparing(Generic[Ready]):
    """Opens pictures in a few threads and prepares requests in one more, the oldest first."""

    def __init__(self, prepare: Callable[[Request, Sequence["Image"]], Ready]) -> None:
        self._prepare = prepare
        self._openers = ThreadPoolExecutor(min(4, os.cpu_count() or 1), "vqa-eval-pictures")
        self._preparer = ThreadPoolExecutor(1, "vqa-eval-prepare")
        self._opened: OrderedDict[str, Future[Image]] = OrderedDict()
        self._line: deque[tuple[Request, Future[Ready]]] = deque()

    def __len__(self) -> int:
        return len(self._line)

    def begin(self, request: Request) -> None:
        """Begin to make a request ready."""
        pictures = [self._open(picture) for picture in request.pictures]
        self._line.append((request, self._preparer.submit(self._prepared, request, pictures)))

    def next(self, wait: bool) -> tuple[Request, Future[Ready]] | None:
        """Return the oldest request with what came of it; None where it is not ready and not waited for."""
        if not self._line or not (wait or self._line[0][1].done()):
            return None
        request, prepared = self._line.popleft()
        prepared.exception()  # waits
        return request, prepared

    def close(self) -> None:
        """Give up what is not ready, and end the threads."""
        self._openers.shutdown(wait=False, cancel_futures=True)
        self._preparer.shutdown(wait=True, cancel_futures=True)
        self._line.clear()

    def _prepared(self, request: Request, pictures: Sequence["Future[Image]"]) -> Ready:
        return self._prepare(request, [picture.result() for picture in pictures])

    def _open(self, picture: Picture) -> "Future[Image]":
        if picture.digest not in self._opened:
            self._opened[picture.digest] = self._openers.submit(decode, picture)
            if len(self._opened) > _REMEMBERED:
                self._opened.popitem(last=False)
        self._opened.move_to_end(picture.digest)
        return self._opened[picture.digest]
